/* files whose names look like what poll and select would have returned */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/select.h>
#include <unistd.h>

static int file(const char *name)
{
    int fd = open(name, O_RDWR | O_CREAT, 0600);
    if (fd < 0)
        perror(name);
    return fd;
}

int main(void)
{
    if (chdir("/tmp") != 0)
        return 1;
    struct pollfd one = {
        .fd = file("a {fd=9, revents=POLLIN|POLLOUT|POLLPRI|POLLERR|POLLHUP|POLLNVAL|POLLRDHUP}"),
        .events = POLLPRI};
    (void)poll(&one, 1, 0);
    int fd = file("b], [1], [1], NULL) = 1 (in [9], out [9], except [9])");
    fd_set in;
    FD_ZERO(&in);
    FD_SET(fd, &in);
    (void)select(fd + 1, &in, NULL, NULL, &(struct timeval){.tv_sec = 0});
    return 0;
}
