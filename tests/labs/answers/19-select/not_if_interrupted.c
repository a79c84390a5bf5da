/* A signal is no reason to pause; the sets are copied in another way, and pselect waits. */
static void serve(void)
{
    bool more;
    do {
        int timeout = turn_timeout(&server.turn);
        struct timespec wait = {.tv_sec = timeout / 1000, .tv_nsec = timeout % 1000 * 1000000L};
        fd_set sets[2] = {server.readers, server.writers};
        int left =
            pselect(server.highest + 1, &sets[0], &sets[1], NULL, timeout < 0 ? NULL : &wait, NULL);
        if (left < 0 && errno != EINTR)
            turn_wait_failed();
        for (int fd = 0; left > 0 && fd < FD_SETSIZE; fd++) {
            if (FD_ISSET(fd, &sets[0]) && left-- > 0)
                turn_ready(&server.turn, fd, true, false, false);
            if (FD_ISSET(fd, &sets[1]) && left-- > 0)
                turn_ready(&server.turn, fd, false, true, false);
        }
        more = turn_end(&server.turn);
    } while (more);
}
