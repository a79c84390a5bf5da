/* test_load_stall.c: a server that stands still, for a while or for good */
#include "scripted_load.h"

static void stall_begin(void *context)
{
    (void)context;
    scripted_stall();
}

/* In a second at 1000 /s, 300 ms without answers: a third of all requests should have been asked
 * then. Four clients can wait for four replies only, so four of a thousand are late when counted
 * from the send. Where a busy machine holds the generator up, or the server just before the stall,
 * so that all four wait for replies to requests of the warm-up, the run is repeated. */
static void stall(void)
{
    enum { TRIES = 20 };
    struct scripted script = {.stall_ms = 300};
    bool quiet = false;
    for (int i = 0; i < TRIES && !quiet; i++) {
        struct load_spec spec = scripted_spec(&script, LOAD_PING);
        spec.clients = 4;
        spec.rate = 1000;
        spec.seconds = 1;
        spec.begin = stall_begin;
        scripted_play(&spec, true, "a stall");
        quiet = result.lag.max < 50000000 && result.uncorrected.max > 250000000;
    }
    double due = (double)histogram_percentile(&result.latency, 99) / 1e6;
    double sent = (double)histogram_percentile(&result.uncorrected, 99) / 1e6;
    unit_check(result.latency.total >= 999 && result.latency.total <= 1001 &&
                   result.uncorrected.total == result.latency.total,
               "the schedule: %lu due", (unsigned long)result.latency.total);
    unit_check(due > 250 && due < 1000, "p99 since due is %.1f ms", due);
    unit_check(sent < 150, "p99 since sent is %.1f ms", sent);
    unit_check((double)result.uncorrected.max / 1e6 > 250, "the longest since sent is %.1f ms",
               (double)result.uncorrected.max / 1e6);
    double p50 = (double)histogram_percentile(&result.latency, 50) / 1e6;
    unit_check(p50 < 150, "p50 since due is %.1f ms", p50);
    double lag = (double)histogram_percentile(&result.lag, 90) / 1e6;
    unit_check(lag < 150, "the server's stall is no lag of the generator: %.1f ms", lag);
}

/* It stops for good: what was due and has no answer counts with the time until the end. */
static void stall_for_good(void)
{
    struct scripted script = {.good = 50, .then = THEN_STALLED};
    struct load_spec spec = scripted_spec(&script, LOAD_PING);
    spec.clients = 2;
    spec.rate = 1000;
    spec.seconds = 0.4;
    spec.warmup = 0;
    scripted_play(&spec, true, "it stops");
    unit_check(result.sent == 100, "%lu answered", (unsigned long)result.sent);
    unit_check(result.latency.total >= 399 && result.latency.total <= 401, "%lu due",
               (unsigned long)result.latency.total);
    double half = (double)histogram_percentile(&result.latency, 50) / 1e6;
    unit_check(half > 1000, "half of them have waited for more than the second of the drain: %.1f",
               half);
}

/* Clients that get no reply in time, or are closed, reconnect; what they had asked is charged. */
static void lost(void)
{
    static const enum scripted_then then[] = {THEN_STALLED, THEN_CLOSE};
    for (size_t i = 0; i < UNIT_COUNT(then); i++) {
        struct scripted script = {.good = 5, .then = then[i]};
        struct load_spec spec = scripted_spec(&script, LOAD_PING);
        spec.rate = 200;
        spec.seconds = 0.4;
        spec.timeout_ms = then[i] == THEN_STALLED ? 60 : SCRIPTED_TIMEOUT_MS;
        scripted_play(&spec, true, "clients are lost");
        uint64_t errors = result.errors[then[i] == THEN_STALLED ? LOAD_TIMEOUT : LOAD_CLOSED];
        unit_check(errors > 2, "%lu lost", (unsigned long)errors);
        unit_check(result.latency.total >= 79 && result.latency.total <= 81, "%lu due, %lu lost",
                   (unsigned long)result.latency.total, (unsigned long)errors);
    }
}

/* The reply comes when all is over: no latency was seen, and that proves nothing about how it is
 * distributed. */
static void no_reply_in_time(void)
{
    static const double rates[] = {0, 50};
    for (size_t i = 0; i < UNIT_COUNT(rates); i++) {
        struct scripted script = {.late_ms = 700};
        struct load_spec spec = scripted_spec(&script, LOAD_PING);
        spec.clients = 1;
        spec.rate = rates[i];
        spec.warmup = 0.1;
        spec.seconds = 0.2;
        scripted_play(&spec, true, "no reply in time");
        unit_check(result.requests == 0 && result.under_way == 1, "%lu answered, %lu under way",
                   (unsigned long)result.requests, (unsigned long)result.under_way);
        double oldest = (double)result.oldest / 1e6;
        unit_check(oldest > 190 && oldest < 700, "the oldest for %.0f ms", oldest);
        unit_check(result.latency.total == 0 && result.uncorrected.total == 0, "%lu latencies",
                   (unsigned long)result.latency.total);
    }
}

static unsigned int told; /* messages, when the measured time began */

static void told_note(void *context)
{
    told = atomic_load(&((struct scripted *)context)->delivered);
}

/* All joins come before the first message, so the measured time begins when all have that. */
static void quiet_room(void)
{
    struct scripted script = {.late_ms = 20};
    struct load_spec spec = scripted_spec(&script, LOAD_CHAT);
    spec.clients = 4;
    spec.warmup = 0;
    spec.begin = told_note;
    spec.context = &script;
    scripted_play(&spec, true, "a slow room");
    unit_check(told == spec.clients - 1, "it begins when %u have heard the first message", told);
}

static const struct CMUnitTest tests[] = {SCRIPTED(stall), SCRIPTED(stall_for_good), SCRIPTED(lost),
                                          SCRIPTED(no_reply_in_time), SCRIPTED(quiet_room)};
UNIT_MAIN("load, stalls", tests)
