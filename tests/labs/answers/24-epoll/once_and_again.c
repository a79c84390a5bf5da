/* EPOLLONESHOT: the kernel reports a descriptor once, and has to be asked again after each report.
 *
 * Fails: requests_cost_no_epoll_ctl
 * Says: epoll_ctl, 8 times in 8 turns
 */
static bool watch(int fd, unsigned int from, unsigned int to)
{
    struct epoll_event event = {.events = EPOLLONESHOT, .data = {.fd = fd}};
    event.events |= (to & WATCH_READ ? EPOLLIN : 0U) | (to & WATCH_WRITE ? EPOLLOUT : 0U);
    int change = from == 0 ? EPOLL_CTL_ADD : to == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
    return epoll_ctl(server.epoll, change, fd, &event) == 0;
}

static void serve(void)
{
    struct epoll_event events[EVENTS_A_TURN];
    do {
        int n = epoll_wait(server.epoll, events, EVENTS_A_TURN, turn_timeout(&server.turn));
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            uint32_t e = events[i].events;
            turn_ready(&server.turn, fd, e & EPOLLIN, e & EPOLLOUT, e & (EPOLLERR | EPOLLHUP));
            const struct client *c = clients_find(&server.turn.clients, fd);
            watch(fd, WATCH_READ, c != NULL ? c->watched : WATCH_READ);
        }
    } while (turn_end(&server.turn));
}
