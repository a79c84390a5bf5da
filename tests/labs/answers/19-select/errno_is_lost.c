/* What is printed first may set errno.
 *
 * Fails: failed_waits_are_reported
 * Says: errno was no longer that of the wait
 */
static void serve(void)
{
    do {
        int timeout = turn_timeout(&server.turn);
        struct timeval wait = {.tv_sec = timeout / 1000, .tv_usec = timeout % 1000 * 1000};
        fd_set readable = server.readers, writable = server.writers;
        int n = select(server.highest + 1, &readable, &writable, NULL, timeout < 0 ? NULL : &wait);
        if (n < 0) {
            perror("select");
            errno = 0;
            turn_wait_failed();
        }
        for (int fd = 0; n > 0 && fd <= server.highest; fd++) {
            bool can_read = FD_ISSET(fd, &readable), can_write = FD_ISSET(fd, &writable);
            if (can_read || can_write)
                turn_ready(&server.turn, fd, can_read, can_write, false);
        }
    } while (turn_end(&server.turn));
}
