/* The hole stays for the rest of the turn only. */
static void serve(void)
{
    do {
        size_t kept = 0;
        for (size_t i = 0; i < server.count; i++) {
            if (server.polled[i].fd < 0)
                continue;
            server.polled[kept] = server.polled[i];
            server.index_of[server.polled[kept].fd] = kept;
            kept++;
        }
        server.count = kept;
        int n = poll(server.polled, server.count, turn_timeout(&server.turn));
        if (n < 0)
            turn_wait_failed();
        for (size_t i = 0, most = server.count; n > 0 && i < most; i++) {
            struct pollfd entry = server.polled[i];
            if (entry.revents == 0)
                continue;
            n--;
            turn_ready(&server.turn, entry.fd, entry.revents & POLLIN, entry.revents & POLLOUT,
                       entry.revents & (POLLERR | POLLHUP));
        }
    } while (turn_end(&server.turn));
}

static void watch_end(int fd)
{
    server.polled[server.index_of[fd]].fd = -1;
}
