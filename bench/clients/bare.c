/* bench/clients/bare.c: the bare client, which the generator is compared with
 *
 * A cheap way to send pings: one thread, one epoll instance, blocking sockets. Of a reply only the
 * last byte is looked at; there are no latencies, and one timeout for all. `lab-bench --self-check`
 * says how near the generator comes to it.
 */
#include <errno.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "clients/clients.h"

static bool ask(int fd)
{
    return send(fd, "N\n", 2, MSG_NOSIGNAL) == 2;
}

/* On loopback a line comes as a whole, if it is short. */
static bool answered(int fd)
{
    char line[256];
    ssize_t n = recv(fd, line, sizeof line, 0);
    errno = n < 0 ? errno : n == 0 ? ECONNRESET : ETIMEDOUT; /* of the next wait, if none comes */
    return n > 0 && line[n - 1] == '\n';
}

static bool bare_open(const struct load_spec *spec, int epoll, int *fd)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)spec->port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = *fd};
    return *fd >= 0 && connect(*fd, (const struct sockaddr *)&to, sizeof to) == 0 &&
           epoll_ctl(epoll, EPOLL_CTL_ADD, *fd, &event) == 0 &&
           epoll_wait(epoll, &event, 1, spec->timeout_ms) == 1 && answered(*fd);
}

/* All clients ask again and again for so long, and then get their last replies. */
static bool bare_drive(const struct load_spec *spec, int epoll, const int *fds, double seconds,
                       uint64_t *replies)
{
    struct epoll_event ready[LOAD_EVENTS];
    unsigned int under_way = 0;
    uint64_t until = load_now() + (uint64_t)(1e9 * seconds);
    while (under_way < spec->clients && ask(fds[under_way]))
        under_way++;
    bool ok = under_way == spec->clients, more = true;
    while (ok && under_way > 0) {
        int n = epoll_wait(epoll, ready, LOAD_EVENTS, spec->timeout_ms);
        ok = n > 0;
        more = more && load_now() < until;
        for (int i = 0; i < n && ok; i++, ++*replies, under_way -= !more)
            ok = answered(ready[i].data.fd) && (!more || ask(ready[i].data.fd));
    }
    return ok;
}

bool bare_run(const struct load_spec *spec, struct load_result *result)
{
    int fds[BARE_CLIENTS], epoll = epoll_create1(EPOLL_CLOEXEC);
    unsigned int opened = 0;
    bool ok = result->started = epoll >= 0 && spec->clients <= BARE_CLIENTS;
    for (; ok && opened < spec->clients; opened += fds[opened] >= 0)
        ok = bare_open(spec, epoll, &fds[opened]);
    ok = ok && bare_drive(spec, epoll, fds, spec->warmup, &result->sent);
    uint64_t warmup = result->sent;
    if (ok && spec->begin != NULL)
        spec->begin(spec->context);
    uint64_t from = load_now(), own = load_processor_time();
    ok = ok && bare_drive(spec, epoll, fds, spec->seconds, &result->sent);
    result->own_seconds = (double)(load_processor_time() - own) / 1e9;
    result->seconds = (double)(load_now() - from) / 1e9;
    result->requests = result->sent - warmup;
    if (ok && spec->end != NULL)
        spec->end(spec->context);
    while (opened > 0)
        close(fds[--opened]);
    close(epoll);
    return ok;
}
