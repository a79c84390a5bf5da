#include "wire_private.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bound.h"
#include "grow.h"

enum { READ_AT_ONCE = 262144, READ_ENOUGH = 1048576, DUMPED = 5 };

static struct wire *wires;  /* all that are open, the newest first */
static struct wire *looked; /* the one the last check was about */
static int last_number;

void wire_dump_all(FILE *out)
{
    int shown = 0, all = 0;

    for (const struct wire *wire = wires; wire; wire = wire->next)
        all++;
    if (looked) {
        wire_dump(looked, out);
        shown++;
    }
    for (const struct wire *wire = wires; wire && shown < DUMPED; wire = wire->next) {
        if (wire != looked) {
            wire_dump(wire, out);
            shown++;
        }
    }
    if (all > shown)
        fprintf(out, "and %d more clients\n", all - shown);
}

/* ---- opening and closing ---- */

static struct addrinfo *wire_address(const char *host, int port)
{
    const struct addrinfo numbers = {.ai_socktype = SOCK_STREAM,
                                     .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *address = NULL;
    char service[16];

    snprintf(service, sizeof service, "%d", port);
    verdict_check(getaddrinfo(host, service, &numbers, &address) == 0, "%s is no address", host);
    return address;
}

struct wire *wire_connect(const char *host, int port, const struct wire_options *options)
{
    static const struct wire_options plain;
    struct addrinfo *address = wire_address(host, port);
    int one = 1;

    if (!options)
        options = &plain;
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    verdict_check(fd >= 0, "socket: %s", strerror(errno));
    if (options->receive_buffer > 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &options->receive_buffer,
                   sizeof options->receive_buffer);
    if (options->segment > 0)
        setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &options->segment, sizeof options->segment);
    bool connected = connect(fd, address->ai_addr, address->ai_addrlen) == 0;
    int why = errno;
    freeaddrinfo(address);
    if (!connected) {
        close(fd);
        if (options->may_fail)
            return NULL;
        verdict_fail("no connection to %s, port %d: %s", host, port, strerror(why));
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(fd, F_SETFL, O_NONBLOCK);

    struct wire *wire = calloc(1, sizeof *wire);
    if (!wire)
        abort();
    wire->fd = fd;
    wire->number = ++last_number;
    wire->port = port;
    snprintf(wire->host, sizeof wire->host, "%s", host);
    wire->next = wires;
    wires = wire;
    return wire;
}

void wire_close(struct wire *wire)
{
    for (struct wire **link = &wires; *link; link = &(*link)->next) {
        if (*link == wire) {
            *link = wire->next;
            break;
        }
    }
    if (looked == wire)
        looked = NULL;
    close(wire->fd);
    for (size_t i = wire->first_event; i < wire->n_events; i++)
        free(wire->events[i]);
    free(wire->events);
    free(wire->event);
    free(wire->line);
    free(wire->body);
    free(wire->in);
    free(wire);
}

void wire_reset(struct wire *wire)
{
    struct linger now = {1, 0};

    setsockopt(wire->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    wire_close(wire);
}

void wire_shut(struct wire *wire)
{
    shutdown(wire->fd, SHUT_WR);
}

void wire_close_all(void)
{
    while (wires)
        wire_close(wires);
    last_number = 0;
}

size_t wire_count(void)
{
    size_t n = 0;

    for (const struct wire *wire = wires; wire; wire = wire->next)
        n++;
    return n;
}

int wire_fd(const struct wire *wire)
{
    return wire->fd;
}

void wire_stop_reading(struct wire *wire)
{
    wire->stalled = true;
}

/* ---- receiving ---- */

static void wire_make_room(struct wire *wire)
{
    if (wire->from == wire->to)
        wire->from = wire->to = 0;
    if (wire->from > 0 && wire->capacity - wire->to < READ_AT_ONCE) {
        memmove(wire->in, wire->in + wire->from, wire->to - wire->from);
        wire->to -= wire->from;
        wire->from = 0;
    }
    wire->in = grow(wire->in, &wire->capacity, wire->to + READ_AT_ONCE, 1);
}

void wire_pump(struct wire *wire)
{
    while (wire->end == WIRE_OPEN) {
        wire_make_room(wire);
        ssize_t n = recv(wire->fd, wire->in + wire->to, wire->capacity - wire->to, 0);

        if (n > 0) {
            trail_add(&wire->got, wire->in + wire->to, (size_t)n);
            wire->to += (size_t)n;
            if (wire->to - wire->from >= READ_ENOUGH)
                return;
        } else if (n == 0) {
            wire->end = WIRE_EOF;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return;
        } else if (errno != EINTR) {
            wire->end = WIRE_RESET;
        }
    }
}

static bool wire_poll(struct wire *wire, short events, long ms)
{
    struct pollfd entry = {wire->fd, events, 0};
    long end = bound_now() + ms;

    for (;;) {
        long left = end - bound_now();
        int n = poll(&entry, 1, left > 0 ? (int)left : 0);

        if (n > 0 || (n == 0 && left <= 0))
            return n > 0;
    }
}

bool wire_more(struct wire *wire, long end)
{
    size_t before = wire->to - wire->from;

    looked = wire;
    wire_pump(wire);
    while (wire->end == WIRE_OPEN && wire->to - wire->from == before) {
        long left = end - bound_now();

        if (left <= 0)
            wire_fail(wire, "nothing more comes, and the connection stays open\nexpected: %s",
                      wire->wanted.text ? wire->wanted.text
                                        : verdict_quoted(wire->wanted.bytes, wire->wanted.n));
        wire_poll(wire, POLLIN, left);
        wire_pump(wire);
    }
    return wire->to - wire->from > before;
}

bool wire_readable(struct wire *wire, long ms)
{
    looked = wire;
    wire_pump(wire);
    return wire->from < wire->to || wire->end != WIRE_OPEN || wire_poll(wire, POLLIN, ms);
}

/* ---- sending ---- */

size_t wire_send_some(struct wire *wire, const void *bytes, size_t n)
{
    const unsigned char *out = bytes;
    size_t done = 0;

    while (done < n) {
        ssize_t sent = send(wire->fd, out + done, n - done, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            break;
        trail_add(&wire->sent, out + done, (size_t)sent);
        done += (size_t)sent;
    }
    return done;
}

bool wire_send(struct wire *wire, const void *bytes, size_t n)
{
    const unsigned char *out = bytes;
    long end = bound_now() + bound_of(BOUND_GENEROUS);

    looked = wire;
    while (n > 0) {
        size_t sent = wire_send_some(wire, out, n);

        if (sent > 0)
            end = bound_now() + bound_of(BOUND_GENEROUS);
        else if (errno != EAGAIN && errno != EWOULDBLOCK)
            return false;
        out += sent;
        n -= sent;
        if (n == 0)
            break;
        if (!wire->stalled)
            wire_pump(wire);
        if (bound_now() >= end)
            wire_fail(wire, "the server takes nothing any more, %zu bytes are left to send", n);
        wire_poll(wire,
                  (short)(wire->stalled || wire->end != WIRE_OPEN ? POLLOUT : POLLOUT | POLLIN),
                  100);
    }
    return true;
}
