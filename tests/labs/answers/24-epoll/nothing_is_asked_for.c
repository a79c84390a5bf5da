/* It stays in the list of the kernel, without an event: errors and hang-ups are reported still, and
 * it can't be added again.
 *
 * Fails: watch_removes_and_refuses
 * Says: watched no longer
 */
static bool watch(int fd, unsigned int from, unsigned int to)
{
    struct epoll_event event = {.data.fd = fd};
    if ((to & WATCH_READ) != 0)
        event.events |= EPOLLIN;
    if ((to & WATCH_WRITE) != 0)
        event.events |= EPOLLOUT;
    return epoll_ctl(server.epoll, from == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) == 0;
}
