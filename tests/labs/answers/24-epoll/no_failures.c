/* A client that has gone is found out only by a call that fails.
 *
 * Fails: events_are_reported
 * Says: EPOLLHUP alone
 */
static void serve(void)
{
    struct epoll_event events[EVENTS_A_TURN];
    do {
        int n = epoll_wait(server.epoll, events, EVENTS_A_TURN, turn_timeout(&server.turn));
        for (int i = 0; i < n; i++) {
            uint32_t e = events[i].events;
            turn_ready(&server.turn, events[i].data.fd, e & EPOLLIN, e & EPOLLOUT, false);
        }
    } while (turn_end(&server.turn));
}
