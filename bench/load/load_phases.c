/* bench/load/load_phases.c: all connect, warm up, are measured, complete what they began, close */
#include <time.h>
#include <unistd.h>

#include "load/load_private.h"

enum { CONNECT_MS = 120 * 1000, POLL_MS = 20, DRAIN_MS = 1000 };

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

static void phase_set(struct load *load, enum load_phase phase)
{
    unsigned int last = atomic_load(&load->phase);
    atomic_store(&load->phase, last - last % PHASES + PHASES + phase);
    for (unsigned int i = 0; i < load->threads; i++) {
        ssize_t n = write(load->workers[i].wake, &(uint64_t){1}, sizeof(uint64_t));
        (void)n; /* its counter is never full */
    }
}

static bool all_tried(const struct load *load)
{
    for (unsigned int i = 0; i < load->threads; i++)
        if (atomic_load(&load->workers[i].untried) > 0)
            return false;
    return true;
}

static unsigned int count_ready(const struct load *load)
{
    unsigned int ready = 0;
    for (unsigned int i = 0; i < load->threads; i++)
        ready += atomic_load(&load->workers[i].ready);
    return ready;
}

/* How many events are still due. Once a client was lost, some always are. */
static uint64_t undelivered(const struct load *load)
{
    uint64_t sent, received;
    unsigned int members = count_ready(load);
    chat_count(load, &sent, &received);
    bool none = load->spec->kind != LOAD_CHAT || members == 0 || received >= sent * (members - 1);
    return none ? 0 : sent * (members - 1) - received;
}

static bool all_drained(const struct load *load)
{
    for (unsigned int i = 0; i < load->threads; i++)
        if (atomic_load(&load->workers[i].drained) != atomic_load(&load->phase))
            return false;
    return atomic_load(&load->lost) || undelivered(load) == 0; /* once lost, some never come */
}

static bool all_marked(const struct load *load)
{
    uint64_t sent, received;
    chat_count(load, &sent, &received);
    return sent > 0 && undelivered(load) == 0;
}

/* In the measured time; see `least`. */
static bool all_enough(const struct load *load)
{
    uint64_t answered = 0;
    for (unsigned int i = 0; i < load->threads; i++)
        answered += atomic_load(&load->workers[i].answered);
    return answered >= load->enough;
}

/* Polls every millisecond. False: not within the bound, or stopped. */
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

/* All events come in one order, so a member that has received the first message has also received
 * all joins. */
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
    if (spec->kind == LOAD_STORM)
        return !stopped(load);
    (void)await(load, all_tried, CONNECT_MS * 1000000ULL, true);
    if (stopped(load) ||
        (spec->kind != LOAD_SESSION && spec->clients > 0 && count_ready(load) == 0))
        return false;
    return spec->kind != LOAD_CHAT || chat_begin(load);
}

static void wait_until(const struct load *load, uint64_t when)
{
    for (uint64_t now; !stopped(load) && (now = load_now()) < when;)
        pause_until(now + POLL_MS * 1000000 < when ? now + POLL_MS * 1000000 : when);
}

/* The beginning or the end of the measured time. */
static void measure_mark(const struct load *load, struct machine_clock *ticks,
                         void (*call)(void *context))
{
    machine_clock_read(ticks);
    if (call != NULL)
        call(load->spec->context);
}

/* A client that makes no progress is lost, and then has nothing under way. An event that does not
 * come makes no client time out, and what a lost client owes is not sent: then there is a bound. */
static bool complete(const struct load *load)
{
    bool bounded = load->spec->kind == LOAD_CHAT || load->spec->rate > 0;
    return await(load, all_drained, bounded ? load->timeout : UINT64_MAX / 2, true);
}

/* A schedule begins; returns when it ends. An open loop ends by itself, a closed one when all is
 * complete, and a storm when each has been greeted, or has failed. */
static uint64_t run_begin(struct load *load, double seconds)
{
    bool storm = load->spec->kind == LOAD_STORM;
    uint64_t start = load_now(), until = start + (storm ? 0 : (uint64_t)(seconds * 1e9));
    atomic_store(&load->start, start);
    if (load->spec->rate > 0)
        atomic_store(&load->until, until);
    phase_set(load, PHASE_RUN);
    wait_until(load, until);
    (void)await(load, storm ? all_tried : all_enough,
                storm ? UINT64_MAX / 2 : (uint64_t)(load->spec->prolong * 1e9), true);
    phase_set(load, PHASE_DRAIN);
    return until;
}

/* When a thread saw that all is complete, it had been for a while. */
static uint64_t last_reply(const struct load *load, uint64_t last)
{
    for (unsigned int i = 0; i < load->threads; i++) {
        uint64_t one = atomic_load(&load->workers[i].replied);
        last = one > last ? one : last;
    }
    return last;
}

static bool measure_whole(struct load *load, struct machine_clock ticks[2])
{
    const struct load_spec *spec = load->spec;
    if (spec->kind != LOAD_STORM)
        (void)run_begin(load, spec->warmup);
    if (spec->kind != LOAD_STORM && !complete(load))
        return false;
    measure_mark(load, &ticks[0], load->spec->begin);
    load->enough = spec->rate <= 0 ? spec->least : 0;
    atomic_store(&load->from, load_now());
    uint64_t until = run_begin(load, spec->seconds);
    bool completed = complete(load);
    if (spec->rate <= 0 || stopped(load))
        atomic_store(&load->until, completed ? last_reply(load, until) : load_now());
    measure_mark(load, &ticks[1], load->spec->end);
    return true;
}

/* The measured time is fixed beforehand, and the load continues until `end` has returned. */
static bool measure(struct load *load, struct machine_clock ticks[2])
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
    measure_mark(load, &ticks[0], load->spec->begin);
    wait_until(load, until);
    if (load_now() < until)
        atomic_store(&load->until, load_now());
    measure_mark(load, &ticks[1], load->spec->end);
    phase_set(load, PHASE_DRAIN);
    return true;
}

void load_end(struct load *load)
{
    phase_set(load, PHASE_END);
    for (unsigned int i = 0; i < load->threads; i++)
        if (load->workers[i].started)
            pthread_join(load->workers[i].thread, NULL);
    neighbour_end(load);
}

bool load_drive(struct load *load, struct machine_clock ticks[2])
{
    const struct load_spec *spec = load->spec;
    bool whole = spec->whole || spec->kind == LOAD_STORM;
    if (!connect_all(load) || !(whole ? measure_whole : measure)(load, ticks))
        return false;
    uint64_t bound = spec->rate > 0 ? DRAIN_MS * 1000000ULL : load->timeout;
    if (!await(load, all_drained, bound, false) && !atomic_load(&load->lost))
        load->undelivered = undelivered(load);
    return true;
}
