/* event_bits: what poll and select report, one situation a line
 *
 * poll(2) is asked for every event. select(2) gets the descriptor in all three sets; r, w and x are
 * the sets in which it leaves it.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ALL = POLLIN | POLLOUT | POLLPRI | POLLRDHUP };

static int peer = -1; /* the other end, open until the line is printed */

static struct sockaddr_in any_port;
static socklen_t any_len = sizeof any_port;

static int listen_anywhere(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    any_port =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (fd < 0 || bind(fd, (struct sockaddr *)&any_port, any_len) != 0 || listen(fd, 1) != 0 ||
        getsockname(fd, (struct sockaddr *)&any_port, &any_len) != 0)
        err(1, "listen");
    return fd;
}

static int connected(void)
{
    int listener = listen_anywhere(), fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&any_port, any_len) != 0)
        err(1, "connect");
    peer = accept(listener, NULL, NULL);
    if (peer < 0)
        err(1, "accept");
    close(listener);
    return fd;
}

static void must(ssize_t result, const char *call)
{
    if (result < 0)
        err(1, "%s", call);
}

static int byte_sent(void)
{
    int fd = connected();
    must(send(peer, "x", 1, 0), "send");
    return fd;
}

static int urgent_sent(void)
{
    int fd = connected();
    must(send(peer, "!", 1, MSG_OOB), "send");
    return fd;
}

static int buffer_full(void)
{
    int pair[2];
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), "socketpair");
    peer = pair[1];
    while (send(pair[0], "x", 1, 0) == 1)
        continue;
    return pair[0];
}

static int peer_shut(void)
{
    int fd = connected();
    must(shutdown(peer, SHUT_WR), "shutdown");
    return fd;
}

static int both_shut(void)
{
    int fd = peer_shut();
    must(shutdown(fd, SHUT_WR), "shutdown");
    return fd;
}

static int peer_reset(void)
{
    int fd = connected();
    struct linger at_once = {.l_onoff = 1};
    must(setsockopt(peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), "setsockopt");
    close(peer);
    peer = -1;
    return fd;
}

static int refused(void)
{
    int listener = listen_anywhere(), fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    close(listener); /* the port is free again: nobody listens */
    if (connect(fd, (struct sockaddr *)&any_port, any_len) == 0 ||
        (errno != EINPROGRESS && errno != ECONNREFUSED))
        err(1, "connect");
    return fd;
}

static int pipe_end(int kept)
{
    int ends[2];
    must(pipe(ends), "pipe");
    close(ends[1 - kept]);
    return ends[kept];
}

static int writer_closed(void)
{
    return pipe_end(0);
}

static int reader_closed(void)
{
    return pipe_end(1);
}

static int file(void)
{
    int fd = open("README.md", O_RDONLY);
    must(fd, "README.md");
    return fd;
}

static int closed(void)
{
    int fd = file();
    close(fd);
    return fd;
}

static const struct {
    const char *situation;
    int (*make)(void);
    short awaited; /* the network may need a moment: an event to wait for, or 0 */
} cases[] = {
    {"a new connection", connected, POLLOUT},
    {"the peer sent a byte", byte_sent, POLLIN},
    {"the peer sent an urgent byte", urgent_sent, POLLPRI},
    {"the peer does not read, the buffer is full", buffer_full, 0},
    {"the peer shut down its sending side", peer_shut, POLLRDHUP},
    {"both ends shut down their sending side", both_shut, POLLHUP},
    {"the peer reset the connection", peer_reset, POLLHUP},
    {"connect: nobody listens on that port", refused, POLLHUP},
    {"a pipe, all its writers have closed", writer_closed, 0},
    {"a pipe, all its readers have closed", reader_closed, 0},
    {"a regular file", file, 0},
    {"a number that is no open descriptor", closed, 0},
};

static void print_poll(int fd)
{
    static const struct {
        short bit;
        const char *name;
    } bits[] = {{POLLIN, "IN"},   {POLLOUT, "OUT"},   {POLLPRI, "PRI"},    {POLLERR, "ERR"},
                {POLLHUP, "HUP"}, {POLLNVAL, "NVAL"}, {POLLRDHUP, "RDHUP"}};
    struct pollfd entry = {.fd = fd, .events = ALL};
    must(poll(&entry, 1, 0), "poll");
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++)
        printf(" %-*s", i > 4 ? 5 : 3, (entry.revents & bits[i].bit) != 0 ? bits[i].name : ".");
}

static void print_select(int fd)
{
    fd_set sets[3];
    struct timeval at_once = {0, 0};
    for (int i = 0; i < 3; i++) {
        FD_ZERO(&sets[i]);
        FD_SET(fd, &sets[i]);
    }
    if (select(fd + 1, &sets[0], &sets[1], &sets[2], &at_once) < 0)
        printf("  -1 %s\n", errno == EBADF ? "EBADF" : "?");
    else
        printf("  %c %c %c\n", FD_ISSET(fd, &sets[0]) ? 'r' : '.',
               FD_ISSET(fd, &sets[1]) ? 'w' : '.', FD_ISSET(fd, &sets[2]) ? 'x' : '.');
}

int main(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int fd = cases[i].make();
        struct pollfd entry = {.fd = fd, .events = cases[i].awaited};
        if (cases[i].awaited != 0)
            must(poll(&entry, 1, 1000), "poll");
        printf("%-43s", cases[i].situation);
        print_poll(fd);
        print_select(fd);
        if (cases[i].make != closed)
            close(fd);
        if (peer >= 0)
            close(peer);
        peer = -1;
    }
    return 0;
}
