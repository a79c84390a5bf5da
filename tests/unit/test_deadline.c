/* test_deadline.c: how long a client is waited for, with made-up times */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "base/options.h"
#include "sink.h"
#include "sockets/deadline.h"

enum { IDLE = 300, HEADER = 30 }; /* seconds */

static const int64_t start = 1000000;

struct lab {
    struct store store;
    struct session_shared shared;
    struct budget budget;
    struct budget_part part;
    struct session session;
    struct timeouts timeouts;
    struct deadline deadline;
    struct sink sent;
};

static void lab_begin(struct lab *lab)
{
    const struct options options = {.idle_timeout = IDLE, .header_timeout = HEADER};
    *lab = (struct lab){.store = {.dir = -1}};
    budget_init(&lab->budget, &lab->part, 1024 * 1024);
    lab->shared =
        (struct session_shared){.model = "test", .store = &lab->store, .budget = &lab->budget};
    lab->timeouts = timeouts_of(&options);
    session_init(&lab->session, &lab->shared, NULL);
    deadline_start(&lab->deadline, &lab->timeouts, &lab->session, start);
}

static void lab_end(struct lab *lab)
{
    session_free(&lab->session);
    sink_free(&lab->sent);
}

static void left(const struct lab *lab, const char *when, int64_t now, int64_t want)
{
    int64_t got = deadline_left(&lab->deadline, &lab->timeouts, start + now);
    unit_check(got == want, "%s, after %lld ms: expected %lld ms, received %lld", when,
               (long long)now, (long long)want, (long long)got);
}

static void noted(struct lab *lab, const char *when, size_t moved, int64_t now, bool want)
{
    bool got = deadline_update(&lab->deadline, &lab->session, moved, start + now);
    unit_check(got == want, "%s: restarted is %d, expected %d", when, got, want);
}

static void flush(struct lab *lab)
{
    sink_take_all(&lab->sent, &lab->session.out, SIZE_MAX);
}

static void feed(struct lab *lab, const char *bytes)
{
    session_feed(&lab->session, bytes, strlen(bytes));
    while ((session_waits_for(&lab->session) & SESSION_CONTINUE) != 0)
        session_continue(&lab->session);
}

static void test_limits(void **state)
{
    const struct options options = {.idle_timeout = 5, .header_timeout = 7};
    struct timeouts timeouts = timeouts_of(&options);
    (void)state;
    unit_check(timeouts.limit[PHASE_IDLE] == 5000 && timeouts.limit[PHASE_LINE] == 7000 &&
                   timeouts.limit[PHASE_TRANSFER] == 7000 && timeouts.limit[PHASE_CHAT] == 0,
               "idle %lld, line %lld, transfer %lld, chat %lld",
               (long long)timeouts.limit[PHASE_IDLE], (long long)timeouts.limit[PHASE_LINE],
               (long long)timeouts.limit[PHASE_TRANSFER], (long long)timeouts.limit[PHASE_CHAT]);
    const struct options most = {.idle_timeout = 1000000, .header_timeout = 1000000};
    timeouts = timeouts_of(&most);
    unit_check(timeouts.limit[PHASE_IDLE] == 1000000000, "a million seconds");
}

static void test_left(void **state)
{
    static const struct {
        enum session_phase phase;
        int64_t now, left;
    } cases[] = {
        {PHASE_IDLE, 0, 300000},     {PHASE_IDLE, 1, 299999},    {PHASE_IDLE, 299999, 1},
        {PHASE_IDLE, 300000, 0},     {PHASE_IDLE, 300001, 0},    {PHASE_IDLE, 900000000, 0},
        {PHASE_LINE, 0, 30000},      {PHASE_LINE, 29999, 1},     {PHASE_LINE, 30000, 0},
        {PHASE_TRANSFER, 0, 30000},  {PHASE_TRANSFER, 30000, 0}, {PHASE_CHAT, 0, -1},
        {PHASE_CHAT, 900000000, -1},
    };
    struct lab lab;
    (void)state;
    lab_begin(&lab);
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        lab.deadline = (struct deadline){.phase = cases[i].phase, .since = start};
        left(&lab, "a phase", cases[i].now, cases[i].left);
    }
    lab_end(&lab);
}

static void test_idle(void **state)
{
    struct lab lab;
    (void)state;
    lab_begin(&lab);
    noted(&lab, "the greeting waits", 0, 10, false);
    flush(&lab);
    noted(&lab, "the greeting is sent", 13, 20, true);
    left(&lab, "idle", 20, 300000);
    noted(&lab, "nothing happens", 0, 100000, false);
    left(&lab, "idle", 100000, 200020);
    feed(&lab, "N\n");
    flush(&lab);
    noted(&lab, "a ping, answered in the same turn", 7, 200000, true);
    left(&lab, "idle", 200000, 300000);
    feed(&lab, "bad\n");
    flush(&lab);
    noted(&lab, "a bad request", 40, 300000, true);
    lab_end(&lab);
}

/* A line must end in time, however it trickles. */
static void test_line_that_trickles(void **state)
{
    struct lab lab;
    (void)state;
    lab_begin(&lab);
    flush(&lab);
    noted(&lab, "the greeting is sent", 13, 0, true);
    feed(&lab, "G");
    noted(&lab, "a line begins", 1, 1000, true);
    for (int i = 1; i <= 25; i++) {
        feed(&lab, "x");
        noted(&lab, "a byte of a line", 1, 1000 + i * 1000, false);
        left(&lab, "line", 1000 + i * 1000, 30000 - i * 1000);
    }
    left(&lab, "line", 31000, 0);
    feed(&lab, "\nN");
    flush(&lab);
    noted(&lab, "it ends, and the next begins", 50, 30000, true);
    left(&lab, "the next line", 30000, 30000);
    lab_end(&lab);
}

/* Lines that never quite end, but each in time: every one counts anew. */
static void test_many_lines(void **state)
{
    struct lab lab;
    (void)state;
    lab_begin(&lab);
    flush(&lab);
    feed(&lab, "N");
    noted(&lab, "a line begins", 1, 0, true);
    for (int i = 1; i <= 20; i++) {
        feed(&lab, "\nN");
        flush(&lab);
        noted(&lab, "the next line", 2, i * 29000, true);
        left(&lab, "the next line", i * 29000, 30000);
    }
    lab_end(&lab);
}

/* A transfer has to move a kilobyte in time; a byte now and then is no progress. */
static void test_transfer(void **state)
{
    struct lab lab;
    (void)state;
    for (size_t step = 1; step <= 2048; step *= 2) {
        lab_begin(&lab);
        size_t moved = 0;
        left(&lab, "the greeting waits", 0, 30000);
        for (int64_t now = 1; now <= 3000; now++) {
            moved += step;
            noted(&lab, "some bytes", step, now, moved >= 1024);
            if (moved >= 1024)
                moved = 0;
        }
        lab_end(&lab);
    }
    lab_begin(&lab);
    for (int i = 1; i < 1024; i++)
        noted(&lab, "a byte of a transfer", 1, i * 30, false);
    left(&lab, "a transfer of 1023 bytes", 30000, 0);
    noted(&lab, "the 1024th byte", 1, 29999, true);
    left(&lab, "a transfer of 1024 bytes", 29999, 30000);
    lab_end(&lab);
}

static void test_a_failure_begins_anew(void **state)
{
    struct lab lab;
    (void)state;
    lab_begin(&lab);
    noted(&lab, "the greeting waits", 0, 10, false);
    session_fail(&lab.session, PROTO_TIMEOUT); /* a transfer still, but there is more to say */
    noted(&lab, "a failure", 0, 30000, true);
    left(&lab, "a failure", 30000, 30000);
    lab_end(&lab);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        UNIT(test_limits),
        UNIT(test_left),
        UNIT(test_idle),
        UNIT(test_line_that_trickles),
        UNIT(test_many_lines),
        UNIT(test_transfer),
        UNIT(test_a_failure_begins_anew),
    };
    return unit_run("deadline", tests, argc, argv);
}
