/* test_session_bounds.c: a session whose replies are not read, whose requests take many steps */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session_fixture.h"
#include "waits.h"

/* The most that may stand in memory for a client that sends requests and reads nothing. */
enum { MUCH = 64 * 1024 };

static void test_backpressure(void)
{
    enum { PINGS = 200000 };
    struct session_run run;
    char *say = malloc(PINGS * 2);
    unit_check(say != NULL, "out of memory");
    for (size_t i = 0; i < PINGS * 2; i++)
        say[i] = "N\n"[i % 2];
    session_run_begin(&run, say, PINGS * 2);
    struct session *s = &run.session;
    while (reads(s) || continues(s)) { /* nobody reads the replies */
        if (continues(s)) {
            session_continue(s);
        } else {
            size_t most = session_read_size(s);
            session_feed(s, say + run.at, most);
            run.at += most;
        }
        unit_check(s->out.bytes < MUCH && s->in_len < MUCH, "%zu bytes of replies, %u of requests",
                   s->out.bytes, s->in_len);
    }
    unit_check(run.at < run.len / 2, "%zu bytes were taken from a client that does not read",
               run.at);
    run.lazy = true;
    run.send_max = 1000;
    session_run_to(&run, run.len);
    session_run_end(&run);
    unit_check(run.sent.len == sizeof SESSION_GREETING - 1 + 5 * PINGS,
               "expected %d replies, received %s", PINGS, unit_quote(run.sent.bytes, run.sent.len));
    for (size_t i = 0; i < PINGS; i++)
        unit_check(memcmp(run.sent.bytes + sizeof SESSION_GREETING - 1 + 5 * i, "OK 0\n", 5) == 0,
                   "reply %zu is wrong", i);
    sink_free(&run.sent);
    free(say);
}

/* The budget is nearly used up, by others: each client still gets its replies, one at a time. */
static void test_tight_budget(void)
{
    struct session_run run;
    budget_count(&fixture.budget, fixture.budget.max);
    session_run_text(&run, "N\nN\nN\nC bob\nN\n");
    struct session *s = &run.session;
    sink_take_all(&run.sent, &s->out, SIZE_MAX);
    sink_reset(&run.sent);
    unit_check(session_read_size(s) == PROTO_LINE_MAX, "it wants to read %zu bytes",
               session_read_size(s));
    session_run_feed(&run);
    for (int i = 0; i < 5; i++) {
        unit_check(s->out.bytes == 5 && !reads(s) && !continues(s),
                   "%zu bytes wait, and it goes on", s->out.bytes);
        sink_take_all(&run.sent, &s->out, 2);
        if (continues(s))
            session_continue(s);
    }
    unit_same("a tight budget", run.input, run.len, "OK 0\nOK 0\nOK 0\nOK 0\nOK 0\n", 25,
              run.sent.bytes, run.sent.len);
    unit_check(reads(s), "it does not go on");
    session_run_drop(&run);
    budget_give(&fixture.budget, fixture.budget.max);
}

/* What does not fit is refused, whatever is asked for; the connection stays, and all is given
 * back. */
static void test_beyond_the_budget(void)
{
    static const char none[] = "HELLO 1 test\nERR io\nOK 0\nOK 0\nERR io\nOK 6\nhello\nOK 0\n";
    for (size_t most = 0; most < 2000; most++) {
        struct sink plain = {0};
        struct session_run run;
        fixture.budget.max = most;
        session_run_text(&run, "L\nN\nC bob\nW\nG a.txt\nX\n");
        session_run_to(&run, run.len);
        session_run_replies(&run, &plain);
        if (most < 10)
            unit_same("no budget", run.input, run.len, none, sizeof none - 1, plain.bytes,
                      plain.len);
        unit_check(fixture.part.used == 0, "%zu of %zu bytes are not given back",
                   (size_t)fixture.part.used, most);
        unit_check(most < 1999 || memmem(plain.bytes, plain.len, "ERR", 3) == NULL,
                   "refused, though there is enough: %s", unit_quote(plain.bytes, plain.len));
        sink_free(&plain);
        session_alice_forget();
    }
}

/* While a body waits to be sent, no second one is made. */
static void test_one_body_at_a_time(void)
{
    struct session_run run;
    session_run_text(&run, "G b b\nG b b\nL\nG b b\nN\n");
    struct session *s = &run.session;
    int before = unit_descriptors();
    session_run_feed(&run);
    for (;;) {
        unit_check(s->out.bodies <= 1 && unit_descriptors() <= before + 1,
                   "%u bodies wait, %d descriptors", s->out.bodies, unit_descriptors() - before);
        unit_check(s->out.bodies == 0 || (!continues(s) && !reads(s)),
                   "goes on while a body waits");
        if (continues(s))
            session_continue(s);
        else if (sink_take(&run.sent, &s->out, 3) == 0)
            break;
    }
    session_run_replied(&run, "bodies in a row",
                        "HELLO 1 test\nOK 10\n0123456789OK 10\n0123456789OK 32\n"
                        "6 a.txt\n10 b b\n0 empty\n1 \xc3\xbc.txt\nOK 10\n0123456789OK 0\n");
}

/* One call answers a bounded number of requests, also of those that cost no reply space. */
static void test_bounded_steps(void)
{
    enum { LINES = 8000 };
    static char say[LINES * 2];
    struct session_run run;
    for (size_t i = 0; i < sizeof say; i++)
        say[i] = "N\n"[i % 2];
    session_run_begin(&run, say, sizeof say);
    struct session *s = &run.session;
    size_t replies = s->out.bytes;
    session_feed(s, say, sizeof say < session_read_size(s) ? sizeof say : session_read_size(s));
    for (;;) {
        unit_check((s->out.bytes - replies) / 5 <= 1024, "%zu requests were answered in one step",
                   (s->out.bytes - replies) / 5);
        sink_take_all(&run.sent, &s->out, SIZE_MAX);
        replies = 0;
        if (!continues(s))
            break;
        session_continue(s);
    }
    unit_check(run.sent.len == sizeof SESSION_GREETING - 1 + 5 * LINES, "received %zu bytes",
               run.sent.len);
    session_run_drop(&run);
}

static void test_memory_is_flat_for_a_line_without_end(void)
{
    for (size_t step = 1; step <= 1100; step += 7) {
        static char stream[1 << 20];
        struct session_run run;
        size_t fed = 0;
        memset(stream, 'a', sizeof stream);
        session_run_begin(&run, stream, sizeof stream);
        while (reads(&run.session) && fed + step <= sizeof stream) {
            session_feed(&run.session, stream, step);
            fed += step;
            unit_check(run.session.in_len <= PROTO_LINE_MAX, "%u bytes are kept of a line",
                       run.session.in_len);
        }
        unit_check(fed >= PROTO_LINE_MAX && fed < PROTO_LINE_MAX + step,
                   "in steps of %zu: %zu bytes were taken", step, fed);
        unit_check(run.session.in_len == 0 && session_waits_for(&run.session) != 0,
                   "%u bytes are kept", run.session.in_len);
        sink_take_all(&run.sent, &run.session.out, SIZE_MAX);
        static const char want[] = "HELLO 1 test\nERR too-long ";
        unit_same("a line without end", stream, fed, want, sizeof want - 1, run.sent.bytes,
                  sizeof want - 1);
        unit_check(session_waits_for(&run.session) == 0, "not done");
        session_run_drop(&run);
    }
}

/* A large folder is read, and counted, in steps: the others get their turn in between. Each counts
 * as progress. */
static void test_many_files_take_many_steps(void)
{
    enum { FILES = 700 };
    struct session_run run;
    unsigned int steps = 0;
    fixture.store.max_files = 0;
    for (int i = 0; i < FILES; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "f%03d", i);
        unit_write_text(fixture.path, name, "");
    }
    session_run_text(&run, "L\nP 1 new\nxN\n");
    struct session *s = &run.session;
    session_run_feed(&run);
    for (; !outbox_empty(&s->out) || continues(s); steps++) {
        uint32_t before = s->restarts;
        if (!continues(s)) {
            sink_take_all(&run.sent, &s->out, SIZE_MAX);
            continue;
        }
        session_continue(s);
        unit_check(s->restarts != before, "step %u is no progress", steps);
    }
    session_run_end(&run);
    unit_check(steps >= 8, "%u steps", steps); /* 700 in, 700 out, 700 counted, 256 at once */
    size_t lines = 0;
    for (size_t i = 0; i < run.sent.len; i++)
        lines += run.sent.bytes[i] == '\n';
    unit_check(lines == 1 + 1 + 4 + FILES + 3, "%zu lines, %s", lines,
               unit_quote(run.sent.bytes, run.sent.len));
    sink_free(&run.sent);
}

/* The replies before it are sent first; then each step counts as progress. */
static void test_steps_of_a_sum(void)
{
    enum { STEPS = 5 };
    static char bytes[STEPS * SUM_STEP];
    struct session_run run;
    unit_write(fixture.path, "big", bytes, sizeof bytes);
    session_run_text(&run, "N\nH big\nN\n");
    struct session *s = &run.session;
    session_run_feed(&run);
    unit_check(session_waits_for(s) == SESSION_WRITE, "does not send the reply to N first");
    sink_take_all(&run.sent, &s->out, SIZE_MAX);
    for (int i = 0; i < STEPS; i++) {
        uint32_t before = s->restarts;
        unit_check(session_waits_for(s) == SESSION_CONTINUE && session_phase(s) == PHASE_TRANSFER,
                   "step %d: waits for %u in phase %d", i, session_waits_for(s), session_phase(s));
        session_continue(s);
        unit_check(s->restarts != before, "step %d is no progress", i);
    }
    session_run_replied(&run, "a sum",
                        "HELLO 1 test\nOK 0\nOK 65\n"
                        "dae4d3dce1bb0a9414f61a65ee07622fa225ec01e6efe6df6e78f9ad5c58480d\nOK 0\n");
    unit_unlink(fixture.path, "big");
}

static const struct CMUnitTest tests[] = {
    SESSION(test_backpressure),
    SESSION(test_tight_budget),
    SESSION(test_beyond_the_budget),
    SESSION(test_one_body_at_a_time),
    SESSION(test_bounded_steps),
    SESSION(test_memory_is_flat_for_a_line_without_end),
    SESSION(test_many_files_take_many_steps),
    SESSION(test_steps_of_a_sum),
};
UNIT_MAIN("session_bounds", tests)
