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
#include "waits.h"

static void begin(struct session_run *run, const char *say)
{
    session_run_begin(run, say, strlen(say));
}

/* Feeds all of it at once. */
static void feed(struct session_run *run)
{
    session_feed(&run->session, run->input, run->len);
    run->at = run->len;
}

/* Ends the run: its replies, without the texts of errors. */
static void end(struct session_run *run, struct sink *plain)
{
    session_run_end(run);
    const char *wrong = sink_strict(&run->sent, plain);
    unit_check(wrong == NULL, "%s: %s", wrong, unit_quote(run->sent.bytes, run->sent.len));
    sink_free(&run->sent);
}

/* Ends the run: this is all that the session has replied. */
static void end_replied(struct session_run *run, const char *what, const char *want)
{
    struct sink plain = {0};
    end(run, &plain);
    unit_same(what, run->input, run->at, want, strlen(want), plain.bytes, plain.len);
    sink_free(&plain);
}

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
    static const char say[] = "P 20 new\n12345678901234567890N\nQ\n";
    const size_t head = 9, body = 20, all = sizeof say - 1 - head;
    for (size_t good = 0; good < body; good++)          /* bytes that are still written */
        for (size_t upto = good; upto <= all; upto++) { /* bytes that come before the end */
            struct session_run run;
            char want[100];
            begin(&run, say);
            session_run_to(&run, head + good);
            disk_full(&run.session);
            session_run_to(&run, head + upto);
            if (upto > good && upto < body)
                unit_check(unit_hidden(fixture.path) == 1, "the temporary file stays");
            (void)snprintf(want, sizeof want, SESSION_GREETING "GO\n%s%s%s",
                           upto >= body ? "ERR no-space\n" : "", upto >= body + 2 ? "OK 0\n" : "",
                           upto >= body + 4 ? "OK 0\n" : "");
            end_replied(&run, "a disk that is full in the body", want);
            session_fixture_restore(say, head + upto);
            unit_check(fixture.changes.len == 0, "something is left: %s",
                       unit_quote(fixture.changes.bytes, fixture.changes.len));
        }
}

/* What is left of the body may come in many pieces, and none of it is a request. */
static void test_disk_full_in_pieces(void)
{
    struct session_run run;
    begin(&run, "P 9 new\n12Q\nQ\n345N\n");
    session_run_to(&run, 8);
    disk_full(&run.session);
    for (size_t upto = 9; upto <= run.len; upto++) {
        session_run_to(&run, upto);
        size_t left = upto < 17 ? 17 - upto : 0;
        unit_check(left == 0 || session_read_size(&run.session) == left,
                   "%zu bytes of the body are left, %zu are asked for", left,
                   session_read_size(&run.session));
    }
    end_replied(&run, "a disk that is full, in pieces",
                SESSION_GREETING "GO\nERR no-space\nOK 0\n");
}

static void test_folder_in_the_way_after_go(void)
{
    struct session_run run;
    begin(&run, "P 3 new\nabcN\n");
    session_run_to(&run, 9);
    unit_check(mkdirat(fixture.store.dir, "new", 0755) == 0, "mkdir");
    session_run_to(&run, run.len);
    end_replied(&run, "a folder in the way", SESSION_GREETING "GO\nERR io\nOK 0\n");
    unit_check(unit_hidden(fixture.path) == 1, "a temporary file is left");
}

/* ---- much of everything ---- */

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
    budget_count(&fixture.budget, fixture.budget.most);
    begin(&run, "N\nN\nN\nC bob\nN\n");
    struct session *s = &run.session;
    sink_take_all(&run.sent, &s->out, SIZE_MAX);
    sink_reset(&run.sent);
    unit_check(session_read_size(s) == PROTO_LINE_MAX, "it wants to read %zu bytes",
               session_read_size(s));
    feed(&run);
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
    session_free(s);
    sink_free(&run.sent);
    budget_give(&fixture.budget, fixture.budget.most);
}

/* What does not fit is refused, whatever is asked for; the connection stays, and all is given
 * back. */
static void test_beyond_the_budget(void)
{
    static const char none[] = "HELLO 1 test\nERR io\nOK 0\nOK 0\nERR io\nOK 6\nhello\nOK 0\n";
    for (size_t most = 0; most < 2000; most++) {
        struct sink plain = {0};
        struct session_run run;
        fixture.budget.most = most;
        begin(&run, "L\nN\nC bob\nW\nG a.txt\nX\n");
        session_run_to(&run, run.len);
        end(&run, &plain);
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
    begin(&run, "G b b\nG b b\nL\nG b b\nN\n");
    struct session *s = &run.session;
    int before = unit_descriptors();
    feed(&run);
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
    end_replied(&run, "bodies in a row",
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
    session_free(s);
    sink_free(&run.sent);
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
        session_free(&run.session);
        sink_free(&run.sent);
    }
}

/* A body goes straight to its file: nothing of it stays in memory. */
static void big_upload(uint64_t quota)
{
    enum { SIZE = 8 * 1024 * 1024 };
    static char block[SESSION_READ_MAX];
    struct session_run run;
    struct stat st;
    fixture.store.max_upload = SIZE * 2;
    fixture.store.quota = quota;
    begin(&run, "P 8388608 big\n");
    session_run_to(&run, run.len);
    memset(block, 'b', sizeof block);
    size_t left = SIZE;
    while (left > 0) {
        unit_check(reads(&run.session), "%zu bytes before the end: wants no more", left);
        size_t most = session_read_size(&run.session);
        unit_check(most <= left, "wants %zu of %zu bytes", most, left);
        session_feed(&run.session, block, most);
        left -= most;
        unit_check(run.session.in_len == 0, "%u bytes are kept", run.session.in_len);
        while (continues(&run.session)) /* what has come is counted */
            session_continue(&run.session);
    }
    session_run_to(&run, run.len);
    end_replied(&run, "a big upload", "HELLO 1 test\nGO\nOK 0\n");
    unit_check(fstatat(fixture.store.dir, "big", &st, 0) == 0 && st.st_size == SIZE, "its size");
    unit_unlink(fixture.path, "big");
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
    struct session_run run;
    unsigned int steps = 0;
    fixture.store.max_files = 0;
    for (int i = 0; i < FILES; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "f%03d", i);
        unit_write_text(fixture.path, name, "");
    }
    begin(&run, "L\nP 1 new\nxN\n");
    struct session *s = &run.session;
    feed(&run);
    for (; !outbox_empty(&s->out) || continues(s); steps++) {
        if (continues(s))
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
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        struct session_run run;
        begin(&run, cases[i].say);
        unit_check(session_phase(&run.session) == PHASE_TRANSFER, "the greeting waits");
        session_run_to(&run, run.len);
        unit_check(session_phase(&run.session) == cases[i].phase,
                   "fed %s: expected phase %d, received %d", unit_quote(run.input, run.len),
                   cases[i].phase, session_phase(&run.session));
        session_free(&run.session);
        sink_free(&run.sent);
        session_fixture_restore(run.input, run.len);
    }
}

/* Each line is counted: that restarts the client's timeout. */
static void test_requests_are_counted(void)
{
    struct session_run run;
    begin(&run, "N\nbad\n\nL\nG a.txt\nP 2 new\nabC bob\nX\n");
    session_run_to(&run, run.len);
    unit_check(run.session.requests == 8, "expected 8 requests, received %u", run.session.requests);
    session_run_end(&run);
    session_fixture_restore(run.input, run.len);
    sink_free(&run.sent);
}

/* The replies before it are sent first; then each step counts as progress. */
static void test_steps_of_a_sum(void)
{
    enum { STEPS = 5 };
    static char bytes[STEPS * SUM_STEP];
    struct session_run run;
    unit_write(fixture.path, "big", bytes, sizeof bytes);
    begin(&run, "N\nH big\nN\n");
    struct session *s = &run.session;
    feed(&run);
    unit_check(session_waits_for(s) == SESSION_WRITE, "does not send the reply to N first");
    sink_take_all(&run.sent, &s->out, SIZE_MAX);
    for (int i = 0; i < STEPS; i++) {
        uint32_t before = s->requests;
        unit_check(session_waits_for(s) == SESSION_CONTINUE && session_phase(s) == PHASE_TRANSFER,
                   "step %d: waits for %u in phase %d", i, session_waits_for(s), session_phase(s));
        session_continue(s);
        unit_check(s->requests != before, "step %d is no progress", i);
    }
    end_replied(&run, "a sum",
                "HELLO 1 test\nOK 0\nOK 65\n"
                "dae4d3dce1bb0a9414f61a65ee07622fa225ec01e6efe6df6e78f9ad5c58480d\nOK 0\n");
    unit_unlink(fixture.path, "big");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION(test_disk_full_in_the_body),
        SESSION(test_disk_full_in_pieces),
        SESSION(test_folder_in_the_way_after_go),
        SESSION(test_backpressure),
        SESSION(test_tight_budget),
        SESSION(test_beyond_the_budget),
        SESSION(test_one_body_at_a_time),
        SESSION(test_bounded_steps),
        SESSION(test_memory_is_flat_for_a_line_without_end),
        SESSION(test_memory_is_flat_for_a_body),
        SESSION(test_many_files_take_many_steps),
        SESSION(test_phases),
        SESSION(test_requests_are_counted),
        SESSION(test_steps_of_a_sum),
    };
    return unit_run("session_bounds", tests, argc, argv);
}
