/* bench/clients/conn.c: one client's connection
 *
 * A client that is lost reconnects, but not at once: the pause doubles with each failure in a row,
 * so that a server that is down or full gets few attempts.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "clients/clients.h"

enum load_error load_error_of(int error)
{
    switch (error) {
    case ECONNREFUSED: return LOAD_REFUSED;
    case ECONNRESET: return LOAD_RESET;
    case EPIPE: return LOAD_CLOSED;
    case ETIMEDOUT: return LOAD_TIMEOUT;
    case EADDRNOTAVAIL: return LOAD_PORTS;
    case EMFILE:
    case ENFILE: return LOAD_DESCRIPTORS;
    default: return LOAD_OTHER;
    }
}

/* ---- connecting and closing ---- */

void client_tried(struct worker *w, struct client *c, bool ready)
{
    if (ready && !c->idle)
        atomic_fetch_add(&w->ready, 1);
    if (c->tried)
        return;
    c->tried = true;
    atomic_fetch_sub(&w->untried, 1);
}

/* A request without a reply must not make the figures better: it has taken at least this long. */
static void client_charge(struct worker *w, const struct client *c)
{
    unsigned int pipeline = w->load->pipeline;
    bool charged = w->load->spec->rate > 0 && w->load->spec->kind != LOAD_CHAT;
    for (unsigned int i = 0; charged && i < c->in_flight; i++) {
        const struct stamp *one =
            &w->stamps[(size_t)(c - w->clients) * pipeline + (c->first + i) % pipeline];
        uint64_t now = load_now(); /* it may have been sent in this very turn */
        if (one->due < w->from || one->due >= w->until)
            continue;
        histogram_record(&w->own.latency, now - one->due, 1);
        histogram_record(&w->own.uncorrected, now - one->sent, 1);
    }
}

void client_close(struct worker *w, struct client *c)
{
    client_charge(w, c);
    if (c->fd >= 0)
        close(c->fd); /* which also removes it from epoll */
    if (c->state == CLIENT_GREETING || c->state == CLIENT_ENTERING)
        w->opening--;
    else if (c->state != CLIENT_AWAY && !c->idle)
        atomic_fetch_sub(&w->ready, 1);
    if (c->state != CLIENT_AWAY)
        w->away++;
    w->in_flight -= c->in_flight;
    c->fd = -1;
    c->state = CLIENT_AWAY;
    c->in_flight = c->line_len = c->rest_len = c->rest_at = 0;
    c->body_left = c->out_left = 0;
    c->step = STEP_REPLY;
    c->writing = c->skipping = false;
    free(c->rest);
    c->rest = NULL;
    c->retry_at = 0;
}

/* By RST: no side keeps the port for a minute (TIME_WAIT), and the next sample can use all of
 * them. */
void client_reset(struct worker *w, struct client *c)
{
    struct linger at_once = {.l_onoff = 1};
    if (c->fd >= 0)
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    client_close(w, c);
}

void client_lose(struct worker *w, struct client *c, enum load_error error, const char *what)
{
    w->own.errors[error]++;
    atomic_store(&w->load->lost, true);
    load_example(w, error, what, NULL, 0);
    client_reset(w, c);
    uint64_t pause = (uint64_t)LOAD_FIRST_BACKOFF_MS << c->tries;
    c->retry_at = w->now + (pause < 1000 ? pause : 1000) * 1000000U;
    c->tries = (unsigned char)(c->tries < 7 ? c->tries + 1 : 7);
    client_tried(w, c, false);
}

/* One address has 28,232 ports towards another, and finding the last of them takes long (connect
 * first searches half of them): more connections use more addresses. connect chooses the port,
 * since it knows the other end, not bind (ip(7), IP_BIND_ADDRESS_NO_PORT). */
static bool client_bind(const struct worker *w, const struct client *c)
{
    struct sockaddr_in from = {.sin_family = AF_INET};
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + c->number / LOAD_PER_ADDRESS);
    if (!w->load->spread || c->number < LOAD_PER_ADDRESS)
        return true;
    setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &(int){1}, sizeof(int));
    return bind(c->fd, (struct sockaddr *)&from, sizeof from) == 0;
}

/* The greeting shows success and an error failure, so there is no need to wait for EPOLLOUT, if
 * there is one. */
void client_open(struct worker *w, struct client *c)
{
    const struct load *load = w->load;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    c->writing = load->dialect->greeting == NULL; /* else that shows that it is connected */
    event.events |= c->writing ? (uint32_t)EPOLLOUT : 0;
    c->fd = socket(load->to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || !client_bind(w, c) ||
        setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) < 0 ||
        (connect(c->fd, (const struct sockaddr *)&load->to, load->to_len) < 0 &&
         errno != EINPROGRESS) ||
        epoll_ctl(w->epoll, EPOLL_CTL_ADD, c->fd, &event) < 0) {
        client_lose(w, c, load_error_of(errno), strerror(errno));
        return;
    }
    w->away--;
    w->opening++;
    c->state = CLIENT_GREETING;
    c->since = w->now;
}

/* ---- sending ---- */

static void client_watch(struct worker *w, struct client *c, bool writing)
{
    struct epoll_event event = {.events = EPOLLIN | (writing ? (uint32_t)EPOLLOUT : 0),
                                .data.ptr = c};
    if (c->writing == writing)
        return;
    c->writing = writing;
    (void)epoll_ctl(w->epoll, EPOLL_CTL_MOD, c->fd, &event); /* it is registered: can't fail */
}

/* Stores what the socket had no room for. Rare: only with deep pipelines, or a server that does not
 * read. */
static bool client_keep(struct worker *w, struct client *c, const char *bytes, size_t n)
{
    char *rest = realloc(c->rest, c->rest_len + n);
    if (rest == NULL) {
        client_lose(w, c, LOAD_OTHER, "no memory");
        return false;
    }
    memcpy(rest + c->rest_len, bytes, n);
    c->rest = rest;
    c->rest_len += (unsigned int)n;
    client_watch(w, c, true);
    return true;
}

static ssize_t client_push(struct worker *w, struct client *c, const void *bytes, size_t n)
{
    ssize_t sent = send(c->fd, bytes, n, MSG_NOSIGNAL);
    if (sent >= 0)
        return sent;
    if (errno == EAGAIN || errno == EINTR)
        return 0;
    client_lose(w, c, load_error_of(errno), strerror(errno));
    return -1;
}

bool client_send(struct worker *w, struct client *c, const char *bytes, size_t n)
{
    if (c->rest_len > 0)
        return client_keep(w, c, bytes, n);
    ssize_t sent = client_push(w, c, bytes, n);
    if (sent < 0)
        return false;
    return (size_t)sent == n || client_keep(w, c, bytes + sent, n - (size_t)sent);
}

bool client_offer(struct worker *w, struct client *c)
{
    const struct load_spec *spec = w->load->spec;
    char request[LOAD_REQUEST];
    int n =
        snprintf(request, sizeof request, "P %llu %s-%u\n", (unsigned long long)spec->file_bytes,
                 spec->file != NULL ? spec->file : "load", c->number);
    c->step = STEP_GO;
    return client_send(w, c, request, (size_t)n);
}

bool client_upload(struct worker *w, struct client *c)
{
    uint64_t at = w->load->spec->file_bytes - c->out_left;
    size_t n = c->out_left < LOAD_CHUNK ? (size_t)c->out_left : LOAD_CHUNK;
    ssize_t sent = n == 0 ? 0 : client_push(w, c, load_pattern + at % LOAD_PATTERN, n);
    if (sent < 0)
        return false;
    if (sent > 0)
        c->since = w->now;
    c->out_left -= (uint64_t)sent;
    if (c->out_left == 0)
        c->step = STEP_REPLY;
    client_watch(w, c, c->out_left > 0);
    return true;
}

bool client_writable(struct worker *w, struct client *c)
{
    if (c->state == CLIENT_GREETING) { /* of a server that sends none */
        client_watch(w, c, false);
        return client_begin(w, c);
    }
    if (c->rest_len == 0)
        return c->step != STEP_BODY || client_upload(w, c);
    ssize_t sent = client_push(w, c, c->rest + c->rest_at, c->rest_len - c->rest_at);
    if (sent < 0)
        return false;
    c->rest_at += (unsigned int)sent;
    if (c->rest_at == c->rest_len) {
        c->rest_len = c->rest_at = 0;
        client_watch(w, c, false);
    }
    return true;
}
