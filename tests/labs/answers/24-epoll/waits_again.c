/* A wait that a signal has interrupted is repeated: the signal has made a descriptor readable. */
static void serve(void)
{
    struct epoll_event events[EVENTS_A_TURN];
    bool more = true;
    while (more) {
        int n;
        do
            n = epoll_wait(server.epoll, events, EVENTS_A_TURN, turn_timeout(&server.turn));
        while (n < 0 && errno == EINTR);
        while (n-- > 0) {
            uint32_t e = events[n].events;
            bool failed = (e & EPOLLERR) || (e & EPOLLHUP);
            turn_ready(&server.turn, events[n].data.fd, e & (EPOLLIN | EPOLLHUP), e & EPOLLOUT,
                       failed);
        }
        more = turn_end(&server.turn);
    }
}
