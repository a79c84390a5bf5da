/* bench/load/load_thread.c: one thread of the generator: an epoll instance, a clock, and its
 * clients */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "load/load_private.h"

enum { SWEEP_MS = 50, SWEEP_SOON_MS = 5, HELD_US = 200 };

/* ---- allocation ---- */

static unsigned int share_of(unsigned int all, const struct worker *w)
{
    unsigned int threads = w->load->threads;
    return all / threads + (w->index < all % threads);
}

/* Requests that are the same for all clients, as many as the pipeline takes. */
static bool script_make(struct worker *w)
{
    const struct load_spec *spec = w->load->spec;
    const struct load_work *work = &w->load->dialect->work[spec->kind];
    char request[LOAD_REQUEST];
    if (spec->kind == LOAD_CHAT) /* each message differs: see chat_send */
        return (w->script = malloc((size_t)w->load->pipeline * w->load->frames[FRAME_SAY].len)) !=
               NULL;
    w->request_len = (unsigned int)snprintf(request, sizeof request, "%s%s%s", work->request,
                                            work->file ? spec->file : "", work->rest);
    w->script = malloc((size_t)w->load->pipeline * w->request_len);
    for (unsigned int i = 0; w->script != NULL && i < w->load->pipeline; i++)
        memcpy(w->script + (size_t)i * w->request_len, request, w->request_len);
    return w->script != NULL;
}

static void head_make(struct worker *w)
{
    const struct load_spec *spec = w->load->spec;
    const struct load_work *work = &w->load->dialect->work[spec->kind];
    w->body = spec->kind == LOAD_SUM ? LOAD_SUM_TEXT : work->file ? spec->file_bytes : 0;
    w->head_len = (unsigned int)snprintf(w->head, sizeof w->head, "%s", work->head);
    if (work->file && !w->load->dialect->headers)
        w->head_len += (unsigned int)snprintf(w->head + w->head_len, sizeof w->head - w->head_len,
                                              "%llu\n", (unsigned long long)w->body);
}

static bool clients_make(struct worker *w)
{
    const struct load *load = w->load;
    const struct load_spec *spec = load->spec;
    w->clients = aligned_alloc(LOAD_CACHE_LINE, w->count * sizeof *w->clients);
    w->stamps = calloc((size_t)w->count * load->pipeline, sizeof *w->stamps);
    if (w->clients == NULL || w->stamps == NULL)
        return false;
    if (spec->kind == LOAD_CHAT &&
        (w->expected = calloc((size_t)w->working * load->speakers + 1, sizeof(uint32_t))) == NULL)
        return false;
    for (unsigned int i = 0; i < w->count; i++) {
        struct client *c = &w->clients[i];
        *c = (struct client){.fd = -1, .idle = i >= w->working};
        unsigned int base = c->idle ? spec->clients : 0, at = c->idle ? i - w->working : i;
        c->number = base + at * load->threads + w->index;
        c->tried = !c->idle && spec->kind == LOAD_SESSION; /* it comes and goes */
        atomic_fetch_add(&w->untried, !c->tried);
    }
    return true;
}

/* Else each wait would fail at once, and look like one in which nothing happened. */
static bool can_wait(int epoll)
{
    struct epoll_event event;
    return epoll_pwait2(epoll, &event, 1, &(struct timespec){0}, NULL) >= 0;
}

bool worker_make(struct worker *w)
{
    const struct load_spec *spec = w->load->spec;
    struct epoll_event event = {.events = EPOLLIN | EPOLLET}; /* and need not be read */
    w->working = share_of(spec->clients, w);
    w->senders = spec->kind == LOAD_CHAT ? share_of(w->load->speakers, w) : w->working;
    w->count = w->away = w->working + share_of(spec->idle, w);
    w->next_open = spec->active_last && w->working < w->count ? w->working : 0;
    atomic_store(&w->speaker, UINT32_MAX);
    schedule_make(w);
    head_make(w);
    w->buffer = malloc(LOAD_CHUNK);
    w->epoll = epoll_create1(EPOLL_CLOEXEC);
    w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return w->buffer != NULL && w->epoll >= 0 && w->wake >= 0 && can_wait(w->epoll) &&
           epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->wake, &event) == 0 && script_make(w) &&
           clients_make(w) && load_result_make(&w->own);
}

void worker_free(struct worker *w)
{
    load_result_free(&w->own);
    if (w->epoll >= 0)
        close(w->epoll);
    if (w->wake >= 0)
        close(w->wake);
    free(w->clients);
    free(w->stamps);
    free(w->buffer);
    free(w->script);
    free(w->expected);
}

/* ---- its own processor time ---- */

/* Nanoseconds of processor time, and of waiting for a processor (proc(5), schedstat). */
static void cpu_read(uint64_t *cpu, uint64_t *wait)
{
    unsigned long long waited = 0;
    *cpu = load_processor_time();
    FILE *stat = fopen("/proc/thread-self/schedstat", "re");
    if (stat != NULL && fscanf(stat, "%*u %llu", &waited) != 1)
        waited = 0;
    if (stat != NULL)
        fclose(stat);
    *wait = waited;
}

/* Counts requests that have no reply when the measured time ends. */
static void under_way_count(struct worker *w)
{
    for (unsigned int i = 0; i < w->working; i++) {
        const struct client *c = &w->clients[i];
        if (c->in_flight == 0)
            continue;
        uint64_t sent = w->stamps[(size_t)i * w->load->pipeline + c->first].sent;
        uint64_t age = w->until > sent ? w->until - sent : 0;
        w->own.under_way += c->in_flight;
        w->own.oldest = age > w->own.oldest ? age : w->own.oldest;
    }
}

/* A thread that sleeps through one of the two moments has used nothing meanwhile. An `until` before
 * `from` is still that of the warm-up. */
static void time_mark(struct worker *w)
{
    if (!w->began && w->now >= w->from) {
        w->began = true;
        cpu_read(&w->begin_cpu, &w->begin_wait);
    }
    if (w->began && !w->ended && w->until > w->from && w->now >= w->until) {
        w->ended = true;
        cpu_read(&w->end_cpu, &w->end_wait);
        under_way_count(w);
    }
}

/* ---- running ---- */

/* In this order they connect, and select and poll go through them at each turn: so it is a part of
 * the load where the active ones are. */
static struct client *client_at(const struct worker *w, unsigned int place)
{
    uint64_t half = w->count / 2, before = ((uint64_t)place * w->working + half) / w->count;
    uint64_t after = ((place + 1ULL) * w->working + half) / w->count;
    if (w->load->spec->active_first || w->load->spec->active_last)
        return &w->clients[place];
    return &w->clients[after > before ? before : w->working + place - before];
}

static void clients_connect(struct worker *w)
{
    bool sessions = w->load->spec->kind == LOAD_SESSION || w->load->spec->kind == LOAD_STORM;
    for (unsigned int i = 0; i < w->count && w->opening < LOAD_OPENING && w->away > 0; i++) {
        struct client *c = client_at(w, w->next_open);
        w->next_open = w->next_open + 1 == w->count ? 0 : w->next_open + 1;
        if (c->state != CLIENT_AWAY || c->retry_at > w->now)
            continue;
        if (c->idle || !sessions)
            client_open(w, c);
        else
            schedule_client(w, c, w->now);
    }
}

static void clients_expire(struct worker *w)
{
    for (unsigned int i = 0; i < w->count; i++) {
        struct client *c = &w->clients[i];
        bool waits = c->state != CLIENT_AWAY && (c->state != CLIENT_READY || c->in_flight > 0);
        if (waits && w->now > c->since + w->load->timeout)
            client_lose(w, c, LOAD_TIMEOUT, "no reply in time");
    }
}

static void sweep(struct worker *w)
{
    if (w->now < w->sweep_at)
        return;
    bool soon = w->phase == PHASE_DRAIN || w->away > 0;
    w->sweep_at = w->now + (soon ? SWEEP_SOON_MS : SWEEP_MS) * 1000000U;
    clients_expire(w);
    if (w->away > 0 && w->phase != PHASE_DRAIN)
        clients_connect(w);
}

static void phase_update(struct worker *w)
{
    struct load *load = w->load;
    w->phase_read = atomic_load(&load->phase);
    enum load_phase phase = (enum load_phase)(w->phase_read % PHASES);
    uint64_t start = atomic_load_explicit(&load->start, memory_order_relaxed);
    if (start != w->start) {
        w->start = start;
        schedule_restart(w);
    }
    w->from = atomic_load_explicit(&load->from, memory_order_relaxed);
    w->until = atomic_load_explicit(&load->until, memory_order_relaxed);
    time_mark(w); /* before what this phase sends */
    if (load->spec->kind == LOAD_CHAT)
        schedule_mark(w);
    if (phase == w->phase)
        return;
    w->phase = phase;
    w->sweep_at = 0;
    for (unsigned int i = 0; phase == PHASE_RUN && w->period <= 0 && i < w->working; i++)
        schedule_client(w, &w->clients[i], w->now);
}

static int worker_wait(const struct worker *w, struct epoll_event *events)
{
    uint64_t next = schedule_next(w), now = load_now();
    next = next < w->sweep_at ? next : w->sweep_at;
    if (w->load->spec->kind == LOAD_CHAT && w->phase == PHASE_RUN && chat_held(w))
        next = next < now + HELD_US * 1000U ? next : now + HELD_US * 1000U;
    uint64_t left = next > now ? next - now : 0;
    struct timespec timeout = {.tv_sec = (time_t)(left / 1000000000U),
                               .tv_nsec = (long)(left % 1000000000U)};
    return epoll_pwait2(w->epoll, events, LOAD_EVENTS, &timeout, NULL);
}

static void worker_turn(struct worker *w)
{
    struct epoll_event events[LOAD_EVENTS];
    int n = worker_wait(w, events);
    w->now = load_now();
    phase_update(w);
    for (int i = 0; i < n; i++) {
        struct client *c = events[i].data.ptr; /* NULL: w->wake */
        if (c != NULL)
            client_event(w, c, events[i].events);
    }
    schedule_run(w);
    if (w->phase == PHASE_CONNECT && w->opening < LOAD_OPENING / 2 && w->away > 0 && n > 0)
        clients_connect(w);
    sweep(w);
    if (w->load->spec->kind == LOAD_CHAT)
        schedule_chat(w);
    bool drained = w->phase == PHASE_DRAIN && w->in_flight == 0 && !schedule_owes(w);
    if (drained && atomic_load(&w->drained) != w->phase_read)
        cpu_read(&w->drained_cpu, &(uint64_t){0});
    atomic_store(&w->drained, drained ? w->phase_read : 0);
}

void *worker_main(void *worker)
{
    struct worker *w = worker;
    const cpu_set_t *cpus = w->load->spec->cpus;
    if (cpus != NULL)
        (void)pthread_setaffinity_np(pthread_self(), sizeof *cpus, cpus);
    prctl(PR_SET_TIMERSLACK, 1UL); /* nanoseconds a wait may be late; 50,000 otherwise */
    w->now = load_now();
    while (w->phase != PHASE_END)
        worker_turn(w);
    schedule_charge(w);
    for (unsigned int i = 0; i < w->count; i++)
        client_reset(w, &w->clients[i]);
    return NULL;
}
