/* tests/chaos/clients/chaos_peer.c: see chaos_peer.h */
#include "chaos_peer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bound.h"
#include "grow.h"
#include "harness.h"
#include "verdict.h"

static struct chaos_peer *peers[PEERS_MAX]; /* those that are open, in no order */
static size_t n_peers;
static unsigned long long received;

/* ---- opening and closing ---- */

void peer_open(struct chaos_peer *peer, int port, peer_on_event *on_event)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)port),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    verdict_check(peer->fd < 0 && n_peers < PEERS_MAX, "too many clients");
    peer->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    verdict_check(peer->fd >= 0, "socket: %s", strerror(errno));
    (void)setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(peer->fd, (const struct sockaddr *)&address, sizeof address) != 0)
        verdict_check(errno == EINPROGRESS || errno == ECONNREFUSED, "connect: %s",
                      strerror(errno)); /* refused: the server has died; the next read fails */
    peer->on_event = on_event;
    peer->paused = peer->in_body = false;
    peer->out_from = peer->out_to = peer->from = peer->to = 0;
    peer->body_left = 0;
    peer->slot = (int)n_peers;
    peers[n_peers++] = peer;
}

void peer_close(struct chaos_peer *peer)
{
    if (peer->fd < 0)
        return;
    close(peer->fd);
    peer->fd = -1;
    peers[peer->slot] = peers[--n_peers];
    peers[peer->slot]->slot = peer->slot;
}

void peer_reset(struct chaos_peer *peer)
{
    const struct linger now = {1, 0};
    if (peer->fd >= 0)
        (void)setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    peer_close(peer);
}

void peer_shut(struct chaos_peer *peer)
{
    if (peer->fd >= 0)
        (void)shutdown(peer->fd, SHUT_WR);
}

void peer_free(struct chaos_peer *peer)
{
    peer_close(peer);
    free(peer->out);
    peer->out = NULL;
    peer->out_size = 0;
}

unsigned long long peers_received(void)
{
    return received;
}

/* ---- sending ---- */

size_t peer_unsent(const struct chaos_peer *peer)
{
    return peer->out_to - peer->out_from;
}

static void flush(struct chaos_peer *peer)
{
    while (peer->fd >= 0 && peer_unsent(peer) > 0) {
        ssize_t n = send(peer->fd, peer->out + peer->out_from, peer_unsent(peer), MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n < 0) /* the next read shows how it has ended */
            n = (ssize_t)peer_unsent(peer);
        peer->out_from += (size_t)n;
    }
    peer->out_from = peer->out_to = 0;
}

void peer_send(struct chaos_peer *peer, const void *bytes, size_t n)
{
    if (peer->fd < 0)
        return;
    if (peer->out_size - peer->out_to < n) {
        memmove(peer->out, peer->out + peer->out_from, peer_unsent(peer));
        peer->out_to -= peer->out_from;
        peer->out_from = 0;
    }
    peer->out = grow(peer->out, &peer->out_size, peer->out_to + n, 1);
    memcpy(peer->out + peer->out_to, bytes, n);
    peer->out_to += n;
    flush(peer);
}

void peer_printf(struct chaos_peer *peer, const char *format, ...)
{
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    verdict_check(n >= 0 && (size_t)n < sizeof text, "a line that is too long");
    peer_send(peer, text, (size_t)n);
}

/* ---- receiving ---- */

static void wrong(struct chaos_peer *peer, const char *line, size_t n)
{
    peer_close(peer);
    peer->on_event(peer, PEER_WRONG, line, n);
}

/* A line, ended by NUL. */
static void line_taken(struct chaos_peer *peer, const char *line, size_t n)
{
    char *end;
    if (strncmp(line, "* ", 2) == 0) {
        peer->on_event(peer, PEER_EVENT, line + 2, n - 2);
    } else if (strncmp(line, "OK ", 3) == 0 && line[3] >= '0' && line[3] <= '9') {
        unsigned long long size = strtoull(line + 3, &end, 10);
        if (*end != '\0') {
            wrong(peer, line, n);
            return;
        }
        peer->in_body = true;
        peer->body_left = (size_t)size;
        peer->on_event(peer, PEER_OK, line, (size_t)size);
    } else if (strcmp(line, "GO") == 0) {
        peer->on_event(peer, PEER_GO, line, n);
    } else if (strncmp(line, "ERR ", 4) == 0) {
        peer->on_event(peer, PEER_ERR, line + 4, n - 4);
    } else if (strncmp(line, "HELLO 1 ", 8) == 0) {
        peer->on_event(peer, PEER_HELLO, line, n);
    } else {
        wrong(peer, line, n);
    }
}

static void body_taken(struct chaos_peer *peer)
{
    size_t part = peer->to - peer->from;
    if (part > peer->body_left)
        part = peer->body_left;
    const char *bytes = peer->in + peer->from;
    peer->from += part;
    peer->body_left -= part;
    if (part > 0)
        peer->on_event(peer, PEER_BODY, bytes, part);
    if (peer->fd >= 0 && peer->body_left == 0) {
        peer->in_body = false;
        peer->on_event(peer, PEER_DONE, "", 0);
    }
}

/* Takes apart what has come, as far as it is complete. */
static void take(struct chaos_peer *peer)
{
    while (peer->fd >= 0) {
        if (peer->in_body) {
            if (peer->from == peer->to && peer->body_left > 0)
                break;
            body_taken(peer);
            continue;
        }
        char *start = peer->in + peer->from;
        char *lf = memchr(start, '\n', peer->to - peer->from);
        if (lf == NULL)
            break;
        *lf = '\0';
        peer->from += (size_t)(lf - start) + 1;
        line_taken(peer, start, (size_t)(lf - start));
    }
    memmove(peer->in, peer->in + peer->from, peer->to - peer->from);
    peer->to -= peer->from;
    peer->from = 0;
    if (peer->fd >= 0 && peer->to == PEER_BUFFER)
        wrong(peer, "a line that does not end", 24);
}

/* Reads once. */
static void receive(struct chaos_peer *peer)
{
    ssize_t n = recv(peer->fd, peer->in + peer->to, PEER_BUFFER - peer->to, 0);
    if (n > 0) {
        received += (unsigned long long)n;
        peer->to += (size_t)n;
        take(peer);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        peer_close(peer);
        peer->on_event(peer, PEER_END, peer->in, peer->to); /* what is left was cut off */
    }
}

void peers_turn(int ms)
{
    static struct pollfd polled[PEERS_MAX];
    static struct chaos_peer *polled_peers[PEERS_MAX];
    size_t n = n_peers;
    harness_check_interrupt();
    for (size_t i = 0; i < n; i++) {
        polled_peers[i] = peers[i];
        polled[i] = (struct pollfd){.fd = peers[i]->fd};
        polled[i].events =
            (short)((peers[i]->paused ? 0 : POLLIN) | (peer_unsent(peers[i]) > 0 ? POLLOUT : 0));
        if (polled[i].events == 0)
            polled[i].fd = -1; /* an error would be reported again and again */
    }
    int happened = poll(polled, n, ms);
    for (size_t i = 0; i < n && happened > 0; i++) {
        if (polled_peers[i]->fd != polled[i].fd || polled[i].revents == 0)
            continue;
        if (polled[i].revents & POLLOUT)
            flush(polled_peers[i]);
        if (!polled_peers[i]->paused && (polled[i].revents & (POLLIN | POLLERR | POLLHUP)))
            receive(polled_peers[i]);
    }
}

bool peers_await(bool (*ready)(void *argument), void *argument)
{
    long until = bound_now() + bound_of(BOUND_GENEROUS);
    while (!ready(argument)) {
        if (bound_now() >= until)
            return false;
        peers_turn(10);
    }
    return true;
}
