/* All entries behind the hole move by one: slower, and as right. */
static void watch_end(int fd)
{
    server.count--;
    for (size_t i = server.index_of[fd]; i < server.count; i++) {
        server.polled[i] = server.polled[i + 1];
        server.index_of[server.polled[i].fd] = i;
    }
}
