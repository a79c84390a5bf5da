/* The kernel checks each bit that there can be: slower, and as right. */
static void serve(void)
{
    do {
        int ms = turn_timeout(&server.turn);
        struct timeval wait = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000L};
        fd_set sets[2] = {server.readers, server.writers};
        int n = select(FD_SETSIZE, &sets[0], &sets[1], NULL, ms < 0 ? NULL : &wait);
        if (n < 0)
            turn_wait_failed();
        for (int fd = 0; n > 0 && fd < FD_SETSIZE; fd++)
            if (FD_ISSET(fd, &sets[0]) || FD_ISSET(fd, &sets[1]))
                turn_ready(&server.turn, fd, FD_ISSET(fd, &sets[0]), FD_ISSET(fd, &sets[1]), false);
    } while (turn_end(&server.turn));
}

static bool watch(int fd, unsigned int from, unsigned int to)
{
    (void)from;
    if (fd >= FD_SETSIZE) {
        errno = EMFILE;
        return false;
    }
    FD_CLR(fd, &server.readers);
    FD_CLR(fd, &server.writers);
    if ((to & WATCH_READ) != 0)
        FD_SET(fd, &server.readers);
    if ((to & WATCH_WRITE) != 0)
        FD_SET(fd, &server.writers);
    return true;
}
