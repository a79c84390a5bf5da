/* A wait by the nanosecond is one, too.
 *
 * Fails: events_are_reported
 * Says: EPOLLHUP alone
 */
static void serve(void)
{
    struct epoll_event events[EVENTS_A_TURN];
    do {
        int ms = turn_timeout(&server.turn);
        struct timespec limit = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
        int n = epoll_pwait2(server.epoll, events, EVENTS_A_TURN, ms < 0 ? NULL : &limit, NULL);
        for (int i = 0; i < n; i++) {
            uint32_t e = events[i].events;
            turn_ready(&server.turn, events[i].data.fd, e & EPOLLIN, e & EPOLLOUT, false);
        }
    } while (turn_end(&server.turn));
}
