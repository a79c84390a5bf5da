/* The sets are as they were before the call: all that is watched seems to be ready, the console
 * too, and to read from that may block.
 *
 * Fails: failed_waits_are_reported
 * Says: nothing is known to be ready, and turn_ready was called
 */
static void serve(void)
{
    do {
        int timeout = turn_timeout(&server.turn);
        struct timeval wait = {.tv_sec = timeout / 1000, .tv_usec = timeout % 1000 * 1000};
        fd_set readable = server.readers, writable = server.writers;
        int n = select(server.highest + 1, &readable, &writable, NULL, timeout < 0 ? NULL : &wait);
        if (n < 0)
            turn_wait_failed();
        for (int fd = 0; fd <= server.highest; fd++) {
            bool can_read = FD_ISSET(fd, &readable), can_write = FD_ISSET(fd, &writable);
            if (can_read || can_write)
                turn_ready(&server.turn, fd, can_read, can_write, false);
        }
    } while (turn_end(&server.turn));
}
