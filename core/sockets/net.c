/* core/sockets/net.c: see net.h */
#include "sockets/net.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/options.h"
#include "protocol/proto.h"

/* Set once on the listener: on Linux accepted sockets inherit all of them (tcp(7), socket(7)). */
static int options_set(int fd, int family)
{
    static const struct {
        int level, name, value;
    } all[] = {
        {SOL_SOCKET, SO_REUSEADDR, 1}, /* bind while old connections are in TIME_WAIT */
        {SOL_SOCKET, SO_KEEPALIVE, 1}, /* finds members whose machine is gone */
        {IPPROTO_TCP, TCP_KEEPIDLE, 60},
        {IPPROTO_TCP, TCP_KEEPINTVL, 10},
        {IPPROTO_TCP, TCP_KEEPCNT, 6},
        {IPPROTO_TCP, TCP_NODELAY, 1}, /* a chat line must not wait for the last one's ACK */
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (setsockopt(fd, all[i].level, all[i].name, &all[i].value, sizeof(int)) != 0)
            return -1;
    int off = 0; /* "::" takes IPv4 clients too */
    if (family == AF_INET6)
        return setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    return 0;
}

static int listen_on(const struct addrinfo *info)
{
    int fd = socket(info->ai_family, info->ai_socktype | SOCK_CLOEXEC, info->ai_protocol);
    if (fd < 0)
        return -1;
    if (options_set(fd, info->ai_family) == 0 && bind(fd, info->ai_addr, info->ai_addrlen) == 0 &&
        listen(fd, SOMAXCONN) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

int net_listen(const struct options *options, char *why, size_t why_size)
{
    char port[8], address[128];
    (void)log_escape(address, sizeof address, options->address, strlen(options->address));
    (void)snprintf(port, sizeof port, "%u", options->port);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found;
    int failed = getaddrinfo(options->address, port, &hints, &found);
    if (failed != 0) {
        (void)snprintf(why, why_size, "can't listen on %s: %s", address, gai_strerror(failed));
        return -1;
    }
    int fd = -1;
    for (const struct addrinfo *info = found; info != NULL && fd < 0; info = info->ai_next)
        fd = listen_on(info);
    if (fd < 0)
        (void)snprintf(why, why_size, "can't listen on %s port %s: %s", address, port,
                       strerror(errno));
    freeaddrinfo(found);
    return fd;
}

bool net_set_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

bool net_exhausted(int errnum)
{
    return errnum == EMFILE || errnum == ENFILE || errnum == ENOBUFS || errnum == ENOMEM;
}

static const char *name_print(const struct sockaddr_storage *address, socklen_t len, char *buffer,
                              size_t size)
{
    char host[NI_MAXHOST], port[NI_MAXSERV];
    int flags = NI_NUMERICHOST | NI_NUMERICSERV;
    if (getnameinfo((const struct sockaddr *)address, len, host, sizeof host, port, sizeof port,
                    flags) != 0)
        (void)snprintf(buffer, size, "somebody");
    else
        (void)snprintf(buffer, size, address->ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host,
                       port);
    return buffer;
}

const char *net_name(int fd, char *buffer, size_t size)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;
    (void)getsockname(fd, (struct sockaddr *)&address, &len);
    return name_print(&address, len, buffer, size);
}

const char *net_peer(int fd, char *buffer, size_t size)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;
    (void)getpeername(fd, (struct sockaddr *)&address, &len);
    return name_print(&address, len, buffer, size);
}

void net_send_error(int fd, enum proto_code code)
{
    char line[128];
    int len =
        snprintf(line, sizeof line, "ERR %s %s\n", proto_code_word(code), proto_code_text(code));
    (void)send(fd, line, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

bool net_ready(int fd, short events)
{
    struct pollfd polled = {.fd = fd, .events = events};
    return poll(&polled, 1, 0) > 0 && (polled.revents & events) != 0;
}

static bool timeout_set(int fd, int option, int64_t ms)
{
    struct timeval value = {.tv_sec = (time_t)(ms / 1000),
                            .tv_usec = (suseconds_t)(ms % 1000) * 1000};
    return setsockopt(fd, SOL_SOCKET, option, &value, sizeof value) == 0;
}

bool net_receive_timeout(int fd, int64_t ms)
{
    return timeout_set(fd, SO_RCVTIMEO, ms);
}

bool net_send_timeout(int fd, int64_t ms)
{
    return timeout_set(fd, SO_SNDTIMEO, ms);
}
