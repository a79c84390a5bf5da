/* every bit that poll returns, each from a descriptor that it belongs to */
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static void look(const char *what, int fd, short events)
{
    struct pollfd one = {.fd = fd, .events = events};
    int n = poll(&one, 1, 1000);
    printf("%-45s poll returns %d, revents %#x\n", what, n, (unsigned)one.revents);
}

/* Asks for the descriptor in all three sets of select. */
static void third_set(int fd)
{
    fd_set in, out, except;
    FD_ZERO(&in);
    FD_SET(fd, &in);
    out = except = in;
    if (select(fd + 1, &in, &out, &except, &(struct timeval){.tv_sec = 1}) >= 0)
        printf("in %d, out %d, except %d\n", FD_ISSET(fd, &in), FD_ISSET(fd, &out),
               FD_ISSET(fd, &except));
}

/* Two ends of a TCP connection; out-of-band data needs TCP. */
static int tcp_pair(int ends[2])
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    ends[0] = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || ends[0] < 0 || bind(listener, (struct sockaddr *)&at, size) != 0 ||
        listen(listener, 1) != 0 || getsockname(listener, (struct sockaddr *)&at, &size) != 0 ||
        connect(ends[0], (struct sockaddr *)&at, size) != 0)
        return -1;
    ends[1] = accept(listener, NULL, NULL);
    return ends[1];
}

int main(void)
{
    int ends[2], tcp[2], broken[2], other[2];
    if (pipe(ends) != 0 || pipe(other) != 0 || tcp_pair(tcp) < 0 || tcp_pair(broken) < 0 ||
        write(ends[1], "x", 1) != 1)
        return 1;

    look("a pipe that holds a byte", ends[0], POLLIN);
    look("its other end", ends[1], POLLOUT);
    close(ends[1]);
    look("a pipe without a writer", ends[0], POLLIN);
    close(other[0]);
    look("a pipe without a reader", other[1], POLLOUT);
    third_set(other[1]);
    close(other[1]);
    look("a number that is no descriptor", other[1], POLLIN);

    if (send(tcp[0], "!", 1, MSG_OOB) != 1)
        return 1;
    look("TCP with out-of-band data", tcp[1], POLLPRI);
    third_set(tcp[1]);
    shutdown(tcp[0], SHUT_WR);
    look("TCP, the peer has shut down its sending side", tcp[1], POLLIN | POLLRDHUP);

    if (send(broken[1], "unread", 6, 0) != 6 || send(broken[0], "unread", 6, 0) != 6)
        return 1;
    look("TCP with data", broken[1], POLLIN);
    close(broken[0]); /* with unread data: a reset */
    look("TCP after a reset", broken[1], POLLHUP | POLLRDHUP);
    return 0;
}
