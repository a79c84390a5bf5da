/* Each client that sends something would be closed.
 *
 * Fails: events_are_reported
 * Says: nothing has failed
 */
static void serve(void)
{
    struct epoll_event events[EVENTS_A_TURN];
    do {
        int n = epoll_wait(server.epoll, events, EVENTS_A_TURN, turn_timeout(&server.turn));
        for (int i = 0; i < n; i++) {
            uint32_t e = events[i].events;
            turn_ready(&server.turn, events[i].data.fd, e & EPOLLIN, e & EPOLLOUT, true);
        }
    } while (turn_end(&server.turn));
}
