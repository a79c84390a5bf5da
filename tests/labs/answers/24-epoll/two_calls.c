/* turn_ready adds up what it is told; a wait that a signal has interrupted is no failure. */
static void serve(void)
{
    struct epoll_event events[64];
    do {
        int n = epoll_pwait(server.epoll, events, 64, turn_timeout(&server.turn), NULL);
        if (n < 0)
            turn_wait_failed();
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            if ((events[i].events & (EPOLLERR | EPOLLHUP)) != 0)
                turn_ready(&server.turn, fd, false, false, true);
            turn_ready(&server.turn, fd, (events[i].events & EPOLLIN) != 0,
                       (events[i].events & EPOLLOUT) != 0, false);
        }
    } while (turn_end(&server.turn));
}
