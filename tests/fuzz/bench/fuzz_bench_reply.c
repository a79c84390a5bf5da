/* fuzz_bench_reply.c: the load generator, and a server that answers anything
 *
 * Three clients of a worker that has been made by hand have asked what there is to ask, and the
 * answers come: whole to each, byte by byte, and a portion at a time now for this one, now for that
 * one. How it is cut must not change what is counted. Nobody asks again, and nobody comes back:
 * with a client that asks for the second time as soon as it has got the first reply, the pieces
 * would matter.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "fuzz_bench.h"
#include "load/load_private.h"

enum {
    CLIENTS = 4, /* the last one is idle */
    PIPELINE = 3,
    SPEAKERS = 2,
    FILE_BYTES = 24,
    KINDS_KEPT = 6, /* once there were so many kinds: the kept inputs mean the same still */
    SOCKET = 1000   /* and on: numbers that are no descriptors of this process */
};

static struct {
    enum fuzz_way way;
    struct fuzz_choices choices;
    const uint8_t *bytes;
    size_t len, at[CLIENTS];
} sim;

/* What was counted; no holes in it: it is compared as bytes. */
struct reply_counts {
    uint64_t sent, received, deliveries, bytes, errors[LOAD_ERRORS], here[CLIENTS];
};

uint64_t load_now(void)
{
    return 2000000000;
}

/* ---- the system ---- */

ssize_t __wrap_recv(int fd, void *to, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t len, int flags);
int __wrap_close(int fd);
int __real_close(int fd);

ssize_t __wrap_recv(int fd, void *to, size_t size, int flags)
{
    (void)flags;
    fuzz_check(fd >= SOCKET && fd < SOCKET + CLIENTS && size > 0, "recv(%d, %zu)", fd, size);
    size_t *at = &sim.at[fd - SOCKET], left = sim.len - *at, part = left < size ? left : size;
    if (sim.way != WAY_WHOLE) {
        size_t most = sim.way == WAY_BYTES ? 1 : 1 + fuzz_choose(&sim.choices, 100);
        part = part < most ? part : most;
    }
    if (part > 0)
        memcpy(to, sim.bytes + *at, part);
    *at += part;
    return (ssize_t)part;
}

ssize_t __wrap_send(int fd, const void *bytes, size_t len, int flags)
{
    (void)bytes;
    fuzz_check(fd >= SOCKET && fd < SOCKET + CLIENTS && (flags & MSG_NOSIGNAL) != 0, "send(%d)",
               fd);
    size_t part = sim.way == WAY_WILD ? fuzz_choose(&sim.choices, 64) : len;
    return (ssize_t)(part < len ? part : len);
}

int __wrap_close(int fd)
{
    return fd >= SOCKET && fd < SOCKET + CLIENTS ? 0 : __real_close(fd);
}

/* ---- a worker, made by hand ---- */

static void head_make(struct worker *w)
{
    const struct load_spec *spec = w->load->spec;
    bool download = spec->kind == LOAD_DOWNLOAD;
    w->body = download ? spec->file_bytes : 0;
    w->head_len =
        (unsigned int)snprintf(w->head, sizeof w->head, "OK %llu\n", (unsigned long long)w->body);
}

static void clients_make(struct worker *w)
{
    unsigned int pipeline = w->load->pipeline;
    for (unsigned int i = 0; i < CLIENTS; i++) {
        struct client *c = &w->clients[i];
        bool idle = i == CLIENTS - 1;
        *c = (struct client){.fd = SOCKET + (int)i, .number = i, .idle = idle};
        c->state = CLIENT_GREETING;
        c->in_flight = idle ? 0 : pipeline;
        c->step = !idle && w->load->spec->kind == LOAD_UPLOAD ? STEP_GO : STEP_REPLY;
        w->in_flight += c->in_flight;
    }
    w->opening = CLIENTS;
    atomic_store(&w->untried, CLIENTS);
    for (unsigned int i = 0; i < CLIENTS * PIPELINE; i++)
        w->stamps[i] = (struct stamp){1000, 1100};
}

static struct histogram histogram;

static void worker_begin(struct worker *w, struct load *load)
{
    *w = (struct worker){.load = load, .epoll = -1, .wake = -1, .phase = PHASE_DRAIN};
    w->working = w->senders = CLIENTS - 1;
    w->count = CLIENTS;
    w->now = load_now();
    w->until = UINT64_MAX;
    w->clients = aligned_alloc(LOAD_CACHE_LINE, CLIENTS * sizeof *w->clients);
    w->stamps = calloc((size_t)CLIENTS * PIPELINE, sizeof *w->stamps);
    w->buffer = malloc(sim.len > 0 ? sim.len : 1); /* no more comes at once */
    w->expected = calloc((size_t)CLIENTS * SPEAKERS, sizeof *w->expected);
    fuzz_check(w->clients != NULL && w->stamps != NULL && w->buffer != NULL &&
                   w->expected != NULL && (histogram.counts != NULL || histogram_init(&histogram)),
               "no memory for the fuzzer itself");
    w->own.latency = w->own.uncorrected = histogram; /* large, and looked at by nobody */
    head_make(w);
    clients_make(w);
}

static void worker_end(struct worker *w)
{
    for (unsigned int i = 0; i < CLIENTS; i++)
        client_close(w, &w->clients[i]);
    fuzz_check(w->in_flight == 0 && w->opening == 0, "%u under way, %u opening", w->in_flight,
               w->opening);
    free(w->clients);
    free(w->stamps);
    free(w->buffer);
    free(w->expected);
}

/* ---- promises ---- */

static void client_check(const struct worker *w, const struct client *c)
{
    fuzz_check(c->line_len <= LOAD_LINE, "%u bytes of a line", c->line_len);
    fuzz_check(c->in_flight <= w->load->pipeline && c->first < w->load->pipeline, "%u under way",
               c->in_flight);
    fuzz_check(c->body_left <= c->body || c->body_left == 0, "a body of %llu, %llu left",
               (unsigned long long)c->body, (unsigned long long)c->body_left);
    fuzz_check((c->fd < 0) == (c->state == CLIENT_AWAY), "descriptor %d in state %d", c->fd,
               c->state);
    size_t example = strnlen(w->own.example, sizeof w->own.example);
    fuzz_check(example < sizeof w->own.example && fuzz_printable(w->own.example, example),
               "example: %s", fuzz_quote(w->own.example, example));
    fuzz_check(w->head_len < sizeof w->head, "a head of %u bytes", w->head_len);
}

static void client_turn(struct worker *w, struct client *c)
{
    client_event(w, c, EPOLLIN | (c->writing ? (uint32_t)EPOLLOUT : 0));
    client_check(w, c);
}

/* A client has it all before the next one gets anything; or everybody gets a little, in turn. */
static void answers_receive(struct worker *w)
{
    bool left = true;
    for (unsigned int i = 0; i < CLIENTS && sim.way != WAY_WILD; i++)
        for (unsigned int n = 0; w->clients[i].fd >= 0 && n <= sim.len; n++)
            client_turn(w, &w->clients[i]);
    while (left && sim.way == WAY_WILD) {
        left = false;
        for (unsigned int i = 0; i < CLIENTS; i++)
            if (w->clients[i].fd >= 0) {
                client_turn(w, &w->clients[i]);
                left = true;
            }
    }
}

static struct reply_counts answers_count(const struct load_spec *spec, enum fuzz_way way)
{
    static struct worker w;
    struct load load = {
        .spec = spec, .dialect = load_dialects, .threads = 1, .speakers = SPEAKERS, .epoch = 1000};
    bool alone = spec->kind == LOAD_UPLOAD || spec->kind == LOAD_SESSION;
    load.pipeline = alone ? 1 : PIPELINE;
    load.workers = &w;
    memcpy(load.prefix, "* SAY l0000000a0001-", 20);
    load.prefix_len = 20;
    sim.way = way;
    memset(sim.at, 0, sizeof sim.at);
    worker_begin(&w, &load);
    answers_receive(&w);
    struct reply_counts count = {w.own.sent, w.own.received, w.own.deliveries, w.own.bytes, {0},
                                 {0}};
    memcpy(count.errors, w.own.errors, sizeof count.errors);
    for (unsigned int i = 0; i < CLIENTS; i++)
        count.here[i] = w.clients[i].fd >= 0;
    worker_end(&w);
    return count;
}

/* ---- what is right ---- */

/* What each client got is a greeting, then replies. Were they counted rightly? */
static void right_check(const struct load_spec *spec, const struct reply_counts *count)
{
    const char *begin = (const char *)sim.bytes, *end = begin + sim.len;
    const char *lf = sim.len > 0 ? memchr(begin, '\n', sim.len) : NULL,
               *at = lf != NULL ? lf + 1 : end;
    uint64_t pings = 0;
    while (pings < PIPELINE && end - at >= 5 && memcmp(at, "OK 0\n", 5) == 0) {
        pings++;
        at += 5;
    }
    bool greeted = lf != NULL && lf - begin >= 9 && lf - begin < LOAD_LINE &&
                   memcmp(begin, "HELLO 1 ", 8) == 0;
    uint64_t due = greeted ? pings * (CLIENTS - 1) : 0;
    fuzz_check(spec->kind != LOAD_PING || count->sent == due, "%llu pings are right, %llu counted",
               (unsigned long long)due, (unsigned long long)count->sent);
}

void reply_check(struct fuzz_choices *choices, const uint8_t *bytes, size_t len)
{
    struct load_spec spec = {.clients = CLIENTS - 1, .file = "load", .file_bytes = FILE_BYTES};
    verify_prepare();
    spec.kind = (enum load_kind)fuzz_choose(choices, KINDS_KEPT);
    if (spec.kind >= LOAD_KINDS)
        return;
    (void)fuzz_choose(choices, 2);
    sim.choices = *choices;
    sim.bytes = bytes;
    sim.len = len;
    struct reply_counts whole = answers_count(&spec, WAY_WHOLE),
                        single = answers_count(&spec, WAY_BYTES);
    fuzz_check(memcmp(&whole, &single, sizeof whole) == 0,
               "kind %d, whole: %llu right, %llu wrong; byte by byte: %llu right, %llu wrong",
               spec.kind, (unsigned long long)whole.sent,
               (unsigned long long)whole.errors[LOAD_WRONG], (unsigned long long)single.sent,
               (unsigned long long)single.errors[LOAD_WRONG]);
    right_check(&spec, &whole);
    (void)answers_count(&spec, WAY_WILD);
}
