/* test_deadline.c: how long a client is waited for, with made-up times */
#include "unit.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/options.h"
#include "sink.h"
#include "sockets/deadline.h"
#include "waits.h"

enum { IDLE = 300, HEADER = 30 }; /* seconds */

static const int64_t start = 1000000;

static struct deadline_fixture {
    struct budget_part part;
    struct budget budget;
    struct store store;
    struct session_shared shared;
    struct session session;
    struct timeouts timeouts;
    struct deadline deadline;
    struct sink sent;
} fixture;

static void fixture_begin(void)
{
    const struct options options = {.idle_timeout = IDLE, .header_timeout = HEADER};
    fixture = (struct deadline_fixture){.store = {.dir = -1}};
    budget_init(&fixture.budget, &fixture.part, 1024 * 1024);
    fixture.shared = (struct session_shared){
        .model = "test", .store = &fixture.store, .budget = &fixture.budget};
    fixture.timeouts = timeouts_of(&options);
    session_init(&fixture.session, &fixture.shared, NULL);
    deadline_start(&fixture.deadline, &fixture.timeouts, &fixture.session, start);
}

static void fixture_end(void)
{
    session_free(&fixture.session);
    sink_free(&fixture.sent);
}

#define FIXTURE(function) TEST_BETWEEN(fixture_begin, function, fixture_end)

static void left(const char *when, int64_t now, int64_t want)
{
    int64_t got = deadline_left(&fixture.deadline, &fixture.timeouts, start + now);
    unit_check(got == want, "%s, after %lld ms: expected %lld ms, received %lld", when,
               (long long)now, (long long)want, (long long)got);
}

static void noted(const char *when, size_t moved, int64_t now, bool want)
{
    bool got = deadline_update(&fixture.deadline, &fixture.session, moved, start + now);
    unit_check(got == want, "%s: restarted is %d, expected %d", when, got, want);
}

static void flush(void)
{
    sink_take_all(&fixture.sent, &fixture.session.out, SIZE_MAX);
}

static void feed(const char *bytes)
{
    session_feed(&fixture.session, bytes, strlen(bytes));
    continue_all(&fixture.session);
}

static void test_limits(void)
{
    const struct options options = {.idle_timeout = 5, .header_timeout = 7};
    struct timeouts timeouts = timeouts_of(&options);
    unit_check(timeouts.limit[PHASE_IDLE] == 5000 && timeouts.limit[PHASE_LINE] == 7000 &&
                   timeouts.limit[PHASE_TRANSFER] == 7000 && timeouts.limit[PHASE_CHAT] == 0,
               "idle %lld, line %lld, transfer %lld, chat %lld",
               (long long)timeouts.limit[PHASE_IDLE], (long long)timeouts.limit[PHASE_LINE],
               (long long)timeouts.limit[PHASE_TRANSFER], (long long)timeouts.limit[PHASE_CHAT]);
    const struct options most = {.idle_timeout = 1000000, .header_timeout = 1000000};
    timeouts = timeouts_of(&most);
    unit_check(timeouts.limit[PHASE_IDLE] == 1000000000, "a million seconds");
}

static void test_left(void)
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
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        fixture.deadline = (struct deadline){.phase = cases[i].phase, .since = start};
        left("a phase", cases[i].now, cases[i].left);
    }
}

static void test_idle(void)
{
    noted("the greeting waits", 0, 10, false);
    flush();
    noted("the greeting is sent", 13, 20, true);
    left("idle", 20, 300000);
    noted("nothing happens", 0, 100000, false);
    left("idle", 100000, 200020);
    feed("N\n");
    flush();
    noted("a ping, answered in the same turn", 7, 200000, true);
    left("idle", 200000, 300000);
    feed("bad\n");
    flush();
    noted("a bad request", 40, 300000, true);
}

/* A line must end in time, however it trickles. */
static void test_line_that_trickles(void)
{
    flush();
    noted("the greeting is sent", 13, 0, true);
    feed("G");
    noted("a line begins", 1, 1000, true);
    for (int i = 1; i <= 25; i++) {
        feed("x");
        noted("a byte of a line", 1, 1000 + i * 1000, false);
        left("line", 1000 + i * 1000, 30000 - i * 1000);
    }
    left("line", 31000, 0);
    feed("\nN");
    flush();
    noted("it ends, and the next begins", 50, 30000, true);
    left("the next line", 30000, 30000);
}

/* Lines that never quite end, but each in time: every one restarts the timeout. */
static void test_many_lines(void)
{
    flush();
    feed("N");
    noted("a line begins", 1, 0, true);
    for (int i = 1; i <= 20; i++) {
        feed("\nN");
        flush();
        noted("the next line", 2, i * 29000, true);
        left("the next line", i * 29000, 30000);
    }
}

/* A transfer has to move a kilobyte in time; a byte now and then is no progress. */
static void test_transfer(void)
{
    for (size_t step = 1; step <= 2048; step *= 2) {
        fixture_begin();
        size_t moved = 0;
        left("the greeting waits", 0, 30000);
        for (int64_t now = 1; now <= 3000; now++) {
            moved += step;
            noted("some bytes", step, now, moved >= 1024);
            if (moved >= 1024)
                moved = 0;
        }
        fixture_end();
    }
    fixture_begin();
    for (int i = 1; i < 1024; i++)
        noted("a byte of a transfer", 1, i * 30, false);
    left("a transfer of 1023 bytes", 30000, 0);
    noted("the 1024th byte", 1, 29999, true);
    left("a transfer of 1024 bytes", 29999, 30000);
    fixture_end();
}

static void test_a_failure_restarts(void)
{
    noted("the greeting waits", 0, 10, false);
    session_fail(&fixture.session, PROTO_TIMEOUT); /* a transfer still, but there is more to send */
    noted("a failure", 0, 30000, true);
    left("a failure", 30000, 30000);
}

/* A send that blocks: the same rule, however little it has sent now. */
static void test_sent(void)
{
    static const struct {
        int64_t age;
        size_t sent;
        bool ok;
    } cases[] = {
        {0, 0, true}, {0, 1, true}, {30000, 0, false}, {30000, 1023, false}, {30000, 1024, true}};
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        struct deadline deadline = {.phase = PHASE_TRANSFER, .since = clock_now() - cases[i].age};
        unit_check(deadline_after_send(&deadline, &fixture.timeouts, &fixture.session,
                                       cases[i].sent, -1) == cases[i].ok,
                   "%zu bytes after %d ms", cases[i].sent, (int)cases[i].age);
        deadline = (struct deadline){.phase = PHASE_TRANSFER, .since = start};
        unit_check(deadline_progress(&deadline, cases[i].sent, start) == (cases[i].sent >= 1024),
                   "progress of %zu bytes", cases[i].sent);
    }
}

static bool receives(int fd)
{
    return deadline_before_recv(&fixture.deadline, &fixture.timeouts, &fixture.session, fd);
}

/* The time is over, but the server may have stood still: what has come is in time, and so is what
 * was read, so that more can be sent. */
static void test_a_last_look(void)
{
    int pair[2];
    unit_check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0, "socketpair");
    struct deadline sends = {.phase = PHASE_TRANSFER, .since = clock_now() - HEADER * 1000};
    unit_check(deadline_after_send(&sends, &fixture.timeouts, &fixture.session, 0, pair[0]),
               "given up, though it has read");
    flush();
    deadline_start(&fixture.deadline, &fixture.timeouts, &fixture.session,
                   clock_now() - IDLE * 1000);
    unit_check(send(pair[1], "G", 1, 0) == 1 && receives(pair[0]), "given up, though a byte came");
    unit_check(recv(pair[0], &(char){0}, 1, 0) == 1 && !receives(pair[0]),
               "it has all the time it likes");
    close(pair[0]);
    close(pair[1]);
}

static const struct CMUnitTest tests[] = {
    TEST(test_limits),
    FIXTURE(test_left),
    FIXTURE(test_idle),
    FIXTURE(test_line_that_trickles),
    FIXTURE(test_many_lines),
    TEST(test_transfer),
    FIXTURE(test_a_failure_restarts),
    FIXTURE(test_sent),
    FIXTURE(test_a_last_look),
};
UNIT_MAIN("deadline", tests)
