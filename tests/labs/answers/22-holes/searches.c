/* Without the second array: slower, and as right. */
static bool watch_begin(int fd)
{
    struct pollfd *polled = array_reach(server.polled, &server.size, server.count, sizeof *polled);
    if (polled == NULL)
        return false;
    server.polled = polled;
    server.polled[server.count++].fd = fd;
    return true;
}

static void watch_end(int fd)
{
    size_t i = 0;
    while (server.polled[i].fd != fd)
        i++;
    server.polled[i] = server.polled[--server.count];
}

static bool watch(int fd, unsigned int from, unsigned int to)
{
    if (to == 0 && from != 0)
        watch_end(fd);
    if (to == 0)
        return true;
    if (from == 0 && !watch_begin(fd))
        return false;
    size_t i = 0;
    while (server.polled[i].fd != fd)
        i++;
    server.polled[i].events =
        (short)((to & WATCH_READ ? POLLIN : 0) | (to & WATCH_WRITE ? POLLOUT | POLLWRNORM : 0));
    return true;
}
