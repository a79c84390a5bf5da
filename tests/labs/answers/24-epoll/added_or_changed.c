/* The kernel knows whether it has it. */
static bool watch(int fd, unsigned int from, unsigned int to)
{
    struct epoll_event event = {.events = 0, .data = {.fd = fd}};
    (void)from;
    if (to == 0)
        return epoll_ctl(server.epoll, EPOLL_CTL_DEL, fd, NULL) == 0;
    event.events = (to & WATCH_READ ? EPOLLIN : 0U) | (to & WATCH_WRITE ? EPOLLOUT : 0U);
    return epoll_ctl(server.epoll, EPOLL_CTL_MOD, fd, &event) == 0 ||
           epoll_ctl(server.epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}
