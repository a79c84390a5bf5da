/* sockets.c: see sockets.h */
#include "sockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sockets/net.h"
#include "unit.h"

void sockets_pair(int pair[2])
{
    unit_check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0, "socketpair: %s",
               strerror(errno));
}

int sockets_listener(struct options *options)
{
    char why[300];
    int fd = net_listen(options, why, sizeof why);
    unit_check(fd >= 0, "net_listen: %s", why);
    return fd;
}

void sockets_tcp(int pair[2])
{
    struct options options = {.address = "127.0.0.1"};
    struct sockaddr_in address;
    socklen_t len = sizeof address;
    int listener = sockets_listener(&options);
    unit_check(getsockname(listener, (struct sockaddr *)&address, &len) == 0, "getsockname");
    pair[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unit_check(pair[1] >= 0 && connect(pair[1], (struct sockaddr *)&address, len) == 0,
               "connect: %s", strerror(errno));
    pair[0] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    unit_check(pair[0] >= 0, "accept: %s", strerror(errno));
    close(listener);
}

void sockets_close(int pair[2])
{
    close(pair[0]);
    close(pair[1]);
}

void sockets_receive(int fd, struct sink *sink)
{
    char bytes[4096];
    ssize_t n;
    while ((n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
        sink_add(sink, bytes, (size_t)n);
}

bool sockets_receive_all(int fd, struct sink *sink)
{
    char bytes[4096];
    ssize_t n;
    while ((n = recv(fd, bytes, sizeof bytes, 0)) > 0)
        sink_add(sink, bytes, (size_t)n);
    return n == 0;
}

void sockets_wait(int fd, short events)
{
    struct pollfd one = {.fd = fd, .events = events};
    unit_check(poll(&one, 1, 10000) == 1, "nothing came in 10 s");
}
