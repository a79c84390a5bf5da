/* What the kernel refuses is a client that is never heard.
 *
 * Fails: watch_removes_and_refuses
 * Says: watch has returned true
 */
static bool watch(int fd, unsigned int from, unsigned int to)
{
    struct epoll_event event = {.data.fd = fd};
    if ((to & WATCH_READ) != 0)
        event.events |= EPOLLIN;
    if ((to & WATCH_WRITE) != 0)
        event.events |= EPOLLOUT;
    int change = from == 0 ? EPOLL_CTL_ADD : to == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
    epoll_ctl(server.epoll, change, fd, &event);
    return true;
}
