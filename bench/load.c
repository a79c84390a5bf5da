/* bench/load.c: load_run: leads the threads through their phases, and adds up what they have seen */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "load_private.h"

enum { TIMEOUT_MS = 5000, CONNECT_MS = 120 * 1000, LOOK_MS = 20, DRAIN_MS = 1000 };

uint64_t load_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static bool stopped(const struct load *load)
{
    return load->spec->stop != NULL && *load->spec->stop != 0;
}

static void pause_until(uint64_t when)
{
    struct timespec at = {.tv_sec = (time_t)(when / 1000000000U),
                          .tv_nsec = (long)(when % 1000000000U)};
    (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

/* ---- before ---- */

static bool address_parse(struct load *load)
{
    const struct load_spec *spec = load->spec;
    const char *host = spec->host != NULL ? spec->host : "127.0.0.1";
    struct sockaddr_in *four = (struct sockaddr_in *)&load->to;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&load->to;
    if (inet_pton(AF_INET, host, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons((uint16_t)spec->port);
        load->to_len = sizeof *four;
        load->spread = four->sin_addr.s_addr == htonl(INADDR_LOOPBACK);
        return true;
    }
    six->sin6_family = AF_INET6;
    six->sin6_port = htons((uint16_t)spec->port);
    load->to_len = sizeof *six;
    return inet_pton(AF_INET6, host, &six->sin6_addr) == 1;
}

static void descriptors_raise(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static bool load_make(struct load *load, const struct load_spec *spec)
{
    static atomic_uint runs; /* nicks of two runs never meet */
    unsigned int all = spec->clients + spec->idle;
    bool alone = spec->kind == LOAD_UPLOAD || spec->kind == LOAD_SESSION; /* nothing to pipeline */
    *load = (struct load){.spec = spec, .neighbour = -1, .run = atomic_fetch_add(&runs, 1)};
    load->threads = spec->threads == 0 ? 1 : spec->threads;
    if (load->threads > all)
        load->threads = all;
    load->pipeline = spec->pipeline == 0 || alone ? 1 : spec->pipeline;
    load->speakers = spec->speakers == 0 ? 1 : spec->speakers;
    if (load->speakers > spec->clients)
        load->speakers = spec->clients;
    load->timeout = (uint64_t)(spec->timeout_ms > 0 ? spec->timeout_ms : TIMEOUT_MS) * 1000000U;
    atomic_store(&load->marker, UINT32_MAX);
    atomic_store(&load->from, UINT64_MAX);
    atomic_store(&load->until, UINT64_MAX);
    load->epoch = load_now();
    chat_prepare(load);
    load->workers = calloc(load->threads, sizeof *load->workers);
    return all > 0 && load->workers != NULL && address_parse(load);
}

static bool workers_start(struct load *load)
{
    sigset_t all, before;
    bool fine = true;
    for (unsigned int i = 0; i < load->threads; i++) {
        struct worker *w = &load->workers[i];
        w->load = load;
        w->index = i;
        w->epoll = w->wake = -1;
    }
    for (unsigned int i = 0; fine && i < load->threads; i++)
        fine = worker_make(&load->workers[i]);
    sigfillset(&all); /* signals are for the thread that called us */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (unsigned int i = 0; fine && i < load->threads; i++) {
        struct worker *w = &load->workers[i];
        w->started = fine = pthread_create(&w->thread, NULL, worker_main, w) == 0;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return fine;
}

/* ---- the phases ---- */

static void phase_set(struct load *load, enum load_phase phase)
{
    atomic_store(&load->phase, (int)phase);
    for (unsigned int i = 0; i < load->threads; i++) {
        ssize_t n = write(load->workers[i].wake, &(uint64_t){1}, sizeof(uint64_t));
        (void)n; /* full: it will wake up anyway */
    }
}

static bool all_settled(const struct load *load)
{
    unsigned int unsettled = 0;
    for (unsigned int i = 0; i < load->threads; i++)
        unsettled += atomic_load(&load->workers[i].unsettled);
    return unsettled == 0;
}

static unsigned int count_ready(const struct load *load)
{
    unsigned int ready = 0;
    for (unsigned int i = 0; i < load->threads; i++)
        ready += atomic_load(&load->workers[i].ready);
    return ready;
}

static void count_chat(const struct load *load, uint64_t *said, uint64_t *heard)
{
    *said = *heard = 0;
    for (unsigned int i = 0; i < load->threads; i++) {
        *said += atomic_load(&load->workers[i].said);
        *heard += atomic_load(&load->workers[i].heard);
    }
}

/* Has everybody heard all that was said? Where somebody was lost on the way, never. */
static bool all_heard(const struct load *load)
{
    uint64_t said, heard;
    unsigned int members = count_ready(load);
    count_chat(load, &said, &heard);
    return load->spec->kind != LOAD_CHAT || members == 0 || heard >= said * (members - 1);
}

static bool all_drained(const struct load *load)
{
    for (unsigned int i = 0; i < load->threads; i++)
        if (!atomic_load(&load->workers[i].drained))
            return false;
    return all_heard(load);
}

static bool all_marked(const struct load *load)
{
    uint64_t said, heard;
    count_chat(load, &said, &heard);
    return said > 0 && all_heard(load);
}

/* Looks every millisecond. False: it did not come to that. */
static bool await(const struct load *load, bool (*done)(const struct load *), uint64_t bound,
                  bool stops)
{
    uint64_t end = load_now() + bound;
    while (!done(load)) {
        if (load_now() > end || (stops && stopped(load)))
            return false;
        pause_until(load_now() + 1000000);
    }
    return true;
}

/* All events come in one order, so who has heard the first message has seen all that entered before. */
static bool chat_begin(struct load *load)
{
    unsigned int speaker = UINT32_MAX;
    for (unsigned int i = 0; i < load->threads; i++) {
        unsigned int one = atomic_load(&load->workers[i].speaker);
        speaker = one < speaker ? one : speaker;
    }
    if (speaker == UINT32_MAX)
        return false;
    atomic_store(&load->marker, speaker);
    phase_set(load, PHASE_CONNECT);
    (void)await(load, all_marked, load->timeout, true);
    return true;
}

static bool connect_all(struct load *load)
{
    const struct load_spec *spec = load->spec;
    (void)await(load, all_settled, CONNECT_MS * 1000000ULL, true);
    if (stopped(load) || (spec->kind != LOAD_SESSION && count_ready(load) == 0))
        return false;
    return spec->kind != LOAD_CHAT || chat_begin(load);
}

static void wait_until(const struct load *load, uint64_t when)
{
    for (uint64_t now; !stopped(load) && (now = load_now()) < when;)
        pause_until(now + LOOK_MS * 1000000 < when ? now + LOOK_MS * 1000000 : when);
}

/* The measured time is fixed beforehand, and the load goes on until `end` has returned. So if it takes a
 * while to read the clocks of a thousand processes, both ends are late by the same time. */
static bool measure(struct load *load, struct load_ticks ticks[2])
{
    const struct load_spec *spec = load->spec;
    uint64_t start = load_now();
    uint64_t from = start + (uint64_t)(spec->warmup * 1e9);
    uint64_t until = from + (uint64_t)(spec->seconds * 1e9);
    atomic_store(&load->start, start);
    atomic_store(&load->from, from);
    atomic_store(&load->until, until);
    phase_set(load, PHASE_RUN);
    wait_until(load, from);
    if (stopped(load) && load_now() < from)
        return false;
    ticks[0] = load_ticks_read(spec->cpus);
    if (spec->begin != NULL)
        spec->begin(spec->context);
    wait_until(load, until);
    if (load_now() < until)
        atomic_store(&load->until, load_now());
    ticks[1] = load_ticks_read(spec->cpus);
    if (spec->end != NULL)
        spec->end(spec->context);
    return true;
}

static void load_end(struct load *load)
{
    phase_set(load, PHASE_END);
    for (unsigned int i = 0; i < load->threads; i++)
        if (load->workers[i].started)
            pthread_join(load->workers[i].thread, NULL);
    if (load->neighbour >= 0)
        close(load->neighbour);
}

static bool load_drive(struct load *load, struct load_ticks ticks[2])
{
    uint64_t patience = load->spec->rate > 0 ? DRAIN_MS * 1000000ULL : load->timeout;
    if (!connect_all(load) || !measure(load, ticks))
        return false;
    phase_set(load, PHASE_DRAIN);
    (void)await(load, all_drained, patience, false);
    return true;
}

static bool result_make(struct load_result *result)
{
    *result = (struct load_result){0};
    bool fine = histogram_init(&result->latency);
    fine = histogram_init(&result->uncorrected) && fine;
    return histogram_init(&result->lag) && fine;
}

static bool neighbour_start(struct load *load, struct load_result *result)
{
    if (load->spec->neighbour == NEIGHBOUR_NONE)
        return true;
    load->neighbour = neighbour_open(load);
    if (load->neighbour >= 0)
        return true;
    result->errors[load_error_of(errno)]++;
    snprintf(result->example, sizeof result->example, "the neighbour: %s", strerror(errno));
    return false;
}

bool load_run(const struct load_spec *spec, struct load_result *result)
{
    struct load load;
    struct load_ticks ticks[2] = {{0}};
    verify_prepare();
    descriptors_raise();
    bool fine = result_make(result) && load_make(&load, spec);
    if (!fine) {
        snprintf(result->example, sizeof result->example,
                 "no memory, no clients, or the host is not an address in numbers");
        return false;
    }
    if (neighbour_start(&load, result)) {
        fine = workers_start(&load) && load_drive(&load, ticks);
        load_end(&load);
        load_sum(&load, ticks, result);
        for (unsigned int i = 0; i < load.threads; i++)
            worker_free(&load.workers[i]);
    } else {
        fine = false;
    }
    free(load.workers);
    return fine && result->sent > 0;
}
