/* test_session_bounds.c: a session whose uploads fail, whose replies are not read, whose requests
 * take many steps; and what its server learns of it */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chat/room_ring.h"
#include "session/requests.h"
#include "session_fixture.h"

/* ---- uploads that fail in the middle ---- */

/* Lets the upload's writes fail as a disk does that is full just now. */
static void disk_full(struct session *s)
{
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    unit_check(full >= 0 && dup2(full, s->upload->file) >= 0, "/dev/full: %s", strerror(errno));
    close(full);
}

static void test_disk_full_in_the_body(void)
{
    static const char head[] = "P 20 new\n", rest[] = "12345678901234567890N\nQ\n";
    const size_t head_len = sizeof head - 1, body = 20, all = sizeof rest - 1;
    struct session_fixture fixture;
    session_fixture_begin(&fixture);
    for (size_t good = 0; good < body; good++)          /* bytes that are still written */
        for (size_t upto = good; upto <= all; upto++) { /* bytes that come before the end */
            char say[64];
            struct session_run run;
            struct sink leaves = {0}, plain = {0}, want = {0};
            int hidden;
            memcpy(say, head, head_len);
            memcpy(say + head_len, rest, all);
            session_run_begin(&run, &fixture, say, head_len + all);
            session_run_to(&run, head_len + good);
            disk_full(&run.session);
            session_run_to(&run, head_len + upto);
            if (upto > good && upto < body)
                unit_check(unit_hidden(fixture.path) == 1, "the temporary file stays");
            session_run_end(&run);
            const char *wrong = sink_strict(&run.sent, &plain);
            unit_check(wrong == NULL, "%s: %s", wrong, unit_quote(run.sent.bytes, run.sent.len));
            sink_add(&want, SESSION_GREETING, sizeof SESSION_GREETING - 1);
            sink_add(&want, "GO\n", 3);
            if (upto >= body)
                sink_add(&want, "ERR no-space\n", 13);
            if (upto >= body + 2)
                sink_add(&want, "OK 0\n", 5);
            if (upto >= body + 4)
                sink_add(&want, "OK 0\n", 5);
            unit_same("a disk that is full in the body", say, head_len + upto, want.bytes, want.len,
                      plain.bytes, plain.len);
            session_fixture_restore(&fixture, &leaves, &hidden);
            unit_check(hidden == 0 && leaves.len == 0, "something is left: %d, %s", hidden,
                       unit_quote(leaves.bytes, leaves.len));
            sink_free(&run.sent);
            sink_free(&plain);
            sink_free(&want);
            sink_free(&leaves);
        }
    session_fixture_end(&fixture);
}

/* Ends the run: this is all that the session has replied. */
static void run_replied(struct session_run *run, const char *what, const char *want)
{
    struct sink plain = {0};
    session_run_end(run);
    const char *wrong = sink_strict(&run->sent, &plain);
    unit_check(wrong == NULL, "%s: %s", wrong, unit_quote(run->sent.bytes, run->sent.len));
    unit_same(what, run->input, run->len, want, strlen(want), plain.bytes, plain.len);
    sink_free(&run->sent);
    sink_free(&plain);
}

/* What is left of the body may come in many pieces, and none of it is a request. */
static void test_disk_full_in_pieces(void)
{
    static const char say[] = "P 9 new\n12Q\nQ\n345N\n";
    struct session_fixture fixture;
    struct session_run run;
    session_fixture_begin(&fixture);
    session_run_begin(&run, &fixture, say, sizeof say - 1);
    session_run_to(&run, 8);
    disk_full(&run.session);
    for (size_t upto = 9; upto <= run.len; upto++) {
        session_run_to(&run, upto);
        size_t left = upto < 17 ? 17 - upto : 0;
        unit_check(left == 0 || session_read_size(&run.session) == left,
                   "%zu bytes of the body are left, %zu are asked for", left,
                   session_read_size(&run.session));
    }
    run_replied(&run, "a disk that is full, in pieces",
                SESSION_GREETING "GO\nERR no-space\nOK 0\n");
    session_fixture_end(&fixture);
}

static void test_folder_in_the_way_after_go(void)
{
    static const char say[] = "P 3 new\nabcN\n";
    struct session_fixture fixture;
    struct session_run run;
    session_fixture_begin(&fixture);
    session_run_begin(&run, &fixture, say, sizeof say - 1);
    session_run_to(&run, 9);
    unit_check(mkdirat(fixture.store.dir, "new", 0755) == 0, "mkdir");
    session_run_to(&run, run.len);
    run_replied(&run, "a folder in the way", SESSION_GREETING "GO\nERR io\nOK 0\n");
    unit_check(unit_hidden(fixture.path) == 1, "a temporary file is left");
    session_fixture_end(&fixture);
}

/* ---- much of everything ---- */

/* The most that may stand in memory for a client that sends requests and reads nothing. */
enum { MUCH = 64 * 1024 };

static void test_backpressure(void)
{
    enum { PINGS = 200000 };
    struct session_fixture fixture;
    struct session_run run;
    session_fixture_begin(&fixture);
    char *say = malloc(PINGS * 2);
    unit_check(say != NULL, "out of memory");
    for (size_t i = 0; i < PINGS * 2; i++)
        say[i] = "N\n"[i % 2];
    session_run_begin(&run, &fixture, say, PINGS * 2);
    struct session *s = &run.session;
    while ((session_waits_for(s) & SESSION_READ) != 0 ||
           (session_waits_for(s) & SESSION_CONTINUE) != 0) { /* nobody reads the replies */
        if ((session_waits_for(s) & SESSION_CONTINUE) != 0) {
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
    session_fixture_end(&fixture);
}

/* The budget is nearly used up, by others: each client still gets its replies, one at a time. */
static void test_tight_budget(void)
{
    struct session_fixture fixture;
    struct session_run run;
    session_fixture_begin(&fixture);
    budget_count(&fixture.budget, fixture.budget.most);
    session_run_begin(&run, &fixture, "N\nN\nN\nC bob\nN\n", 14);
    struct session *s = &run.session;
    sink_take_all(&run.sent, &s->out, SIZE_MAX);
    sink_reset(&run.sent);
    unit_check(session_read_size(s) == PROTO_LINE_MAX, "it wants to read %zu bytes",
               session_read_size(s));
    session_feed(s, run.input, run.len);
    for (int i = 0; i < 5; i++) {
        unit_check(s->out.bytes == 5 && (session_waits_for(s) & SESSION_READ) == 0 &&
                       (session_waits_for(s) & SESSION_CONTINUE) == 0,
                   "%zu bytes wait, and it goes on", s->out.bytes);
        sink_take_all(&run.sent, &s->out, 2);
        if ((session_waits_for(s) & SESSION_CONTINUE) != 0)
            session_continue(s);
    }
    unit_same("a tight budget", run.input, run.len, "OK 0\nOK 0\nOK 0\nOK 0\nOK 0\n", 25,
              run.sent.bytes, run.sent.len);
    unit_check((session_waits_for(s) & SESSION_READ) != 0, "it does not go on");
    session_free(s);
    sink_free(&run.sent);
    budget_give(&fixture.budget, fixture.budget.most);
    session_fixture_end(&fixture);
}

/* What does not fit is refused, whatever is asked for; the connection stays, and all is given
 * back. */
static void test_beyond_the_budget(void)
{
    static const char say[] = "L\nN\nC bob\nW\nG a.txt\nX\n";
    static const char none[] = "HELLO 1 test\nERR io\nOK 0\nOK 0\nERR io\nOK 6\nhello\nOK 0\n";
    struct session_fixture fixture;
    session_fixture_begin(&fixture);
    for (size_t most = 0; most < 2000; most++) {
        struct sink plain = {0};
        struct session_run run;
        fixture.budget.most = most;
        session_run_begin(&run, &fixture, say, sizeof say - 1);
        session_run_to(&run, run.len);
        session_run_end(&run);
        const char *wrong = sink_strict(&run.sent, &plain);
        unit_check(wrong == NULL, "%zu bytes: %s", most, wrong);
        if (most < 10)
            unit_same("no budget", say, run.len, none, sizeof none - 1, plain.bytes, plain.len);
        unit_check(fixture.part.used == 0, "%zu of %zu bytes are not given back",
                   (size_t)fixture.part.used, most);
        unit_check(most < 1999 || memmem(plain.bytes, plain.len, "ERR", 3) == NULL,
                   "refused, though there is enough: %s", unit_quote(plain.bytes, plain.len));
        sink_free(&run.sent);
        sink_free(&plain);
        session_alice_forget(&fixture);
    }
    session_fixture_end(&fixture);
}

/* While a body waits to be sent, no second one is made. */
static void test_one_body_at_a_time(void)
{
    static const char say[] = "G b b\nG b b\nL\nG b b\nN\n";
    struct session_fixture fixture;
    struct session_run run;
    session_fixture_begin(&fixture);
    session_run_begin(&run, &fixture, say, sizeof say - 1);
    struct session *s = &run.session;
    int before = unit_descriptors();
    session_feed(s, say, run.len);
    run.at = run.len;
    for (;;) {
        unit_check(s->out.bodies <= 1 && unit_descriptors() <= before + 1,
                   "%u bodies wait, %d descriptors", s->out.bodies, unit_descriptors() - before);
        unit_check(s->out.bodies == 0 || ((session_waits_for(s) & SESSION_CONTINUE) == 0 &&
                                          (session_waits_for(s) & SESSION_READ) == 0),
                   "goes on while a body waits");
        if ((session_waits_for(s) & SESSION_CONTINUE) != 0)
            session_continue(s);
        else if (sink_take(&run.sent, &s->out, 3) == 0)
            break;
    }
    session_run_end(&run);
    static const char want[] = "HELLO 1 test\nOK 10\n0123456789OK 10\n0123456789OK 32\n"
                               "6 a.txt\n10 b b\n0 empty\n1 \xc3\xbc.txt\nOK 10\n0123456789OK 0\n";
    unit_same("bodies in a row", say, run.len, want, sizeof want - 1, run.sent.bytes, run.sent.len);
    sink_free(&run.sent);
    session_fixture_end(&fixture);
}

/* One call answers a bounded number of requests, also of those that cost no reply space. */
static void test_bounded_steps(void)
{
    enum { LINES = 8000 };
    static char say[LINES * 2];
    struct session_fixture fixture;
    struct session_run run;
    session_fixture_begin(&fixture);
    for (size_t i = 0; i < sizeof say; i++)
        say[i] = "N\n"[i % 2];
    session_run_begin(&run, &fixture, say, sizeof say);
    struct session *s = &run.session;
    size_t replies = s->out.bytes;
    session_feed(s, say, sizeof say < session_read_size(s) ? sizeof say : session_read_size(s));
    for (;;) {
        unit_check((s->out.bytes - replies) / 5 <= 1024, "%zu requests were answered in one step",
                   (s->out.bytes - replies) / 5);
        sink_take_all(&run.sent, &s->out, SIZE_MAX);
        replies = 0;
        if ((session_waits_for(s) & SESSION_CONTINUE) == 0)
            break;
        session_continue(s);
    }
    unit_check(run.sent.len == sizeof SESSION_GREETING - 1 + 5 * LINES, "received %zu bytes",
               run.sent.len);
    session_free(s);
    sink_free(&run.sent);
    session_fixture_end(&fixture);
}

static void test_memory_is_flat_for_a_line_without_end(void)
{
    struct session_fixture fixture;
    session_fixture_begin(&fixture);
    for (size_t step = 1; step <= 1100; step += 7) {
        static char stream[1 << 20];
        struct session_run run;
        size_t fed = 0;
        memset(stream, 'a', sizeof stream);
        session_run_begin(&run, &fixture, stream, sizeof stream);
        while ((session_waits_for(&run.session) & SESSION_READ) != 0 &&
               fed + step <= sizeof stream) {
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
        session_free(&run.session);
        sink_free(&run.sent);
    }
    session_fixture_end(&fixture);
}

/* A body goes straight to its file: nothing of it stays in memory. */
static void big_upload(uint64_t quota)
{
    enum { SIZE = 8 * 1024 * 1024 };
    static char block[SESSION_READ_MAX];
    struct session_fixture fixture;
    struct session_run run;
    struct stat st;
    session_fixture_begin(&fixture);
    fixture.store.max_upload = SIZE * 2;
    fixture.store.quota = quota;
    session_run_begin(&run, &fixture, "P 8388608 big\n", 14);
    session_run_to(&run, 14);
    memset(block, 'b', sizeof block);
    size_t left = SIZE;
    while (left > 0) {
        unit_check((session_waits_for(&run.session) & SESSION_READ) != 0,
                   "%zu bytes before the end: wants no more", left);
        size_t most = session_read_size(&run.session);
        unit_check(most <= left, "wants %zu of %zu bytes", most, left);
        session_feed(&run.session, block, most);
        left -= most;
        unit_check(run.session.in_len == 0, "%u bytes are kept", run.session.in_len);
        while ((session_waits_for(&run.session) & SESSION_CONTINUE) !=
               0) /* what has come is counted */
            session_continue(&run.session);
    }
    session_run_to(&run, 14);
    session_run_end(&run);
    static const char want[] = "HELLO 1 test\nGO\nOK 0\n";
    unit_same("a big upload", "P 8388608 big\n", 14, want, sizeof want - 1, run.sent.bytes,
              run.sent.len);
    unit_check(fstatat(fixture.store.dir, "big", &st, 0) == 0 && st.st_size == SIZE, "its size");
    sink_free(&run.sent);
    session_fixture_end(&fixture);
}

static void test_memory_is_flat_for_a_body(void)
{
    big_upload(64 << 20); /* reserved */
    big_upload(16 << 20); /* counted as it comes */
}

/* A large folder is read, and counted, in steps: the others get their turn in between. */
static void test_many_files_take_many_steps(void)
{
    enum { FILES = 700 };
    static const char say[] = "L\nP 1 new\nxN\n";
    struct session_fixture fixture;
    struct session_run run;
    unsigned int steps = 0;
    session_fixture_begin(&fixture);
    fixture.store.max_files = 0;
    for (int i = 0; i < FILES; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "f%03d", i);
        unit_write_text(fixture.path, name, "");
    }
    session_run_begin(&run, &fixture, say, sizeof say - 1);
    struct session *s = &run.session;
    session_feed(s, say, run.len);
    run.at = run.len;
    for (; !outbox_empty(&s->out) || (session_waits_for(s) & SESSION_CONTINUE) != 0; steps++) {
        if ((session_waits_for(s) & SESSION_CONTINUE) != 0)
            session_continue(s);
        else
            sink_take_all(&run.sent, &s->out, SIZE_MAX);
    }
    session_run_end(&run);
    unit_check(steps >= 8, "%u steps", steps); /* 700 in, 700 out, 700 counted, 256 at once */
    size_t lines = 0;
    for (size_t i = 0; i < run.sent.len; i++)
        lines += run.sent.bytes[i] == '\n';
    unit_check(lines == 1 + 1 + 4 + FILES + 3, "%zu lines, %s", lines,
               unit_quote(run.sent.bytes, run.sent.len));
    sink_free(&run.sent);
    session_fixture_end(&fixture);
}

/* ---- what the server asks ---- */

static void test_phases(void)
{
    static const struct {
        const char *say;
        enum session_phase phase;
    } cases[] = {{"", PHASE_IDLE},
                 {"N\n", PHASE_IDLE},
                 {"N", PHASE_LINE},
                 {"N\nG a.t", PHASE_LINE},
                 {"P 5 new\n", PHASE_TRANSFER},
                 {"P 5 new\n12", PHASE_TRANSFER},
                 {"P 5 new\n12345", PHASE_IDLE},
                 {"C bob\n", PHASE_CHAT},
                 {"C bob\nS", PHASE_LINE},
                 {"C bob\nX\n", PHASE_IDLE},
                 {"bad\n", PHASE_IDLE},
                 {"Q\n", PHASE_TRANSFER}};
    struct session_fixture fixture;
    struct sink leaves = {0};
    int hidden;
    session_fixture_begin(&fixture);
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        struct session_run run;
        session_run_begin(&run, &fixture, cases[i].say, strlen(cases[i].say));
        unit_check(session_phase(&run.session) == PHASE_TRANSFER, "the greeting waits");
        session_run_to(&run, run.len);
        unit_check(session_phase(&run.session) == cases[i].phase,
                   "fed %s: expected phase %d, received %d", unit_quote(run.input, run.len),
                   cases[i].phase, session_phase(&run.session));
        session_free(&run.session);
        sink_free(&run.sent);
        session_fixture_restore(&fixture, &leaves, &hidden);
    }
    sink_free(&leaves);
    session_fixture_end(&fixture);
}

/* Each line is counted: that restarts the client's timeout. */
static void test_requests_are_counted(void)
{
    static const char say[] = "N\nbad\n\nL\nG a.txt\nP 2 new\nabC bob\nX\n";
    struct session_fixture fixture;
    struct session_run run;
    struct sink leaves = {0};
    int hidden;
    session_fixture_begin(&fixture);
    session_run_begin(&run, &fixture, say, sizeof say - 1);
    session_run_to(&run, run.len);
    unit_check(run.session.requests == 8, "expected 8 requests, received %u", run.session.requests);
    session_run_end(&run);
    session_fixture_restore(&fixture, &leaves, &hidden);
    sink_free(&leaves);
    sink_free(&run.sent);
    session_fixture_end(&fixture);
}

/* The replies before it are sent first; then each step counts as progress. */
static void test_steps_of_a_sum(void)
{
    enum { STEPS = 5 };
    static const char say[] = "N\nH big\nN\n";
    static char bytes[STEPS * SUM_STEP];
    struct session_fixture fixture;
    struct session_run run;
    session_fixture_begin(&fixture);
    unit_write(fixture.path, "big", bytes, sizeof bytes);
    session_run_begin(&run, &fixture, say, sizeof say - 1);
    struct session *s = &run.session;
    session_feed(s, say, sizeof say - 1);
    unit_check(session_waits_for(s) == SESSION_WRITE, "does not send the reply to N first");
    sink_take_all(&run.sent, &s->out, SIZE_MAX);
    for (int i = 0; i < STEPS; i++) {
        uint32_t before = s->requests;
        unit_check(session_waits_for(s) == SESSION_CONTINUE && session_phase(s) == PHASE_TRANSFER,
                   "step %d: waits for %u in phase %d", i, session_waits_for(s), session_phase(s));
        session_continue(s);
        unit_check(s->requests != before, "step %d is no progress", i);
    }
    run.at = run.len;
    session_run_end(&run);
    static const char want[] =
        "HELLO 1 test\nOK 0\nOK 65\n"
        "dae4d3dce1bb0a9414f61a65ee07622fa225ec01e6efe6df6e78f9ad5c58480d\nOK 0\n";
    unit_same("a sum", say, run.len, want, sizeof want - 1, run.sent.bytes, run.sent.len);
    sink_free(&run.sent);
    unit_unlink(fixture.path, "big");
    session_fixture_end(&fixture);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(test_disk_full_in_the_body),
        TEST(test_disk_full_in_pieces),
        TEST(test_folder_in_the_way_after_go),
        TEST(test_backpressure),
        TEST(test_tight_budget),
        TEST(test_beyond_the_budget),
        TEST(test_one_body_at_a_time),
        TEST(test_bounded_steps),
        TEST(test_memory_is_flat_for_a_line_without_end),
        TEST(test_memory_is_flat_for_a_body),
        TEST(test_many_files_take_many_steps),
        TEST(test_phases),
        TEST(test_requests_are_counted),
        TEST(test_steps_of_a_sum),
    };
    return unit_run("session_bounds", tests, argc, argv);
}
