/* test_session.c: a corpus of conversations, in every way they can arrive and be answered
 *
 * talks.c has the corpus. Here each conversation is fed whole, byte by byte and cut in two at
 * every place; what is answered is sent a byte, seven bytes or everything at a time, at once or
 * only when the session can't go on without it. The replies must be the same each time. Behind
 * that come the tests that no table can hold.
 */
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chat/room_ring.h"
#include "session/requests.h"
#include "session/session.h"
#include "sink.h"
#include "talks.h"

static const char greeting[] = "HELLO 1 test\n";

/* ---- a library and a room that are the same at the beginning of every run ---- */

static const struct {
    const char *name, *bytes;
} library[] = {{"a.txt", "hello\n"}, {"b b", "0123456789"}, {"empty", ""}, {"\xc3\xbc.txt", "x"}};

struct session_fixture {
    struct budget_part part;
    struct budget budget;
    char path[UNIT_PATH];
    struct store store;
    struct session_shared shared;
    struct session alice;
    struct sink alice_hears;
};

static void fixture_fill(const struct session_fixture *fixture)
{
    for (size_t i = 0; i < UNIT_COUNT(library); i++)
        unit_write_text(fixture->path, library[i].name, library[i].bytes);
}

static void fixture_begin(struct session_fixture *fixture)
{
    *fixture = (struct session_fixture){0};
    unit_folder(fixture->path);
    fixture_fill(fixture);
    unit_write_text(fixture->path, ".hidden", "not for you");
    unit_check(store_open(&fixture->store, fixture->path) == 0, "store_open %s", fixture->path);
    int dir = fixture->store.dir;
    unit_check(mkdirat(dir, "folder", 0755) == 0 && mkfifoat(dir, "fifo", 0644) == 0 &&
                   symlinkat("a.txt", dir, "link") == 0 && symlinkat("x", dir, "dangling") == 0,
               "can't make what is no file: %s", strerror(errno));
    fixture->store.max_upload = 1000;
    fixture->store.quota = 900;
    fixture->store.max_files = 6;
    budget_init(&fixture->budget, &fixture->part, 1024 * 1024);
    fixture->shared =
        (struct session_shared){.model = "test",
                                .store = &fixture->store,
                                .room = room_ring_new(4, 64 * 1024, NULL),
                                .catalog = catalog_new(&fixture->store, &fixture->budget),
                                .budget = &fixture->budget,
                                .follows = true};
    unit_check(fixture->shared.room != NULL && fixture->shared.catalog != NULL, "out of memory");
    session_init(&fixture->alice, &fixture->shared, &fixture->alice);
    session_feed(&fixture->alice, "C alice\n", 8);
    sink_take_all(&fixture->alice_hears, &fixture->alice.out, SIZE_MAX);
    sink_reset(&fixture->alice_hears);
}

static void fixture_end(struct session_fixture *fixture)
{
    session_free(&fixture->alice);
    sink_free(&fixture->alice_hears);
    room_ring_free(fixture->shared.room);
    catalog_free(fixture->shared.catalog);
    unit_check(fixture->part.used == 0, "%zu bytes of the budget are not given back",
               (size_t)fixture->part.used);
    store_close(&fixture->store);
    unit_folder_remove(fixture->path);
}

/* Alice has read all there is, and knows nothing of it any more. */
static void alice_forgets(struct session_fixture *fixture)
{
    sink_take_all(&fixture->alice_hears, &fixture->alice.out, SIZE_MAX);
    sink_reset(&fixture->alice_hears);
    room_delivered(fixture->shared.room, room_head(fixture->shared.room));
}

static void alice_is_alone(struct session_fixture *fixture, const char *say, size_t len)
{
    struct body *names = room_names(fixture->shared.room, &fixture->budget);
    unit_check(names != NULL, "nobody is in the room");
    unit_same("the names in the room", say, len, "alice\n", 6, names->bytes, names->len);
    body_release(names);
}

static bool in_library(const char *name)
{
    for (size_t i = 0; i < UNIT_COUNT(library); i++)
        if (strcmp(library[i].name, name) == 0)
            return true;
    return false;
}

/* New and changed files as text, sorted, and all as it was before; *hidden counts the rest. */
static void fixture_restore(const struct session_fixture *fixture, struct sink *leaves, int *hidden)
{
    struct dirent **names;
    int count = scandir(fixture->path, &names, NULL, alphasort);
    unit_check(count > 0, "scandir: %s", strerror(errno));
    bool changed = false;
    sink_reset(leaves);
    *hidden = -3; /* ".", ".." and ".hidden" */
    for (int i = 0; i < count; i++) {
        struct stat st;
        const char *name = names[i]->d_name;
        *hidden += name[0] == '.';
        bool ours = names[i]->d_type == DT_REG && name[0] != '.' &&
                    fstatat(fixture->store.dir, name, &st, 0) == 0;
        bool same = ours && in_library(name);
        for (size_t k = 0; k < UNIT_COUNT(library) && same; k++)
            if (strcmp(library[k].name, name) == 0)
                same = (size_t)st.st_size == strlen(library[k].bytes);
        if (ours && !same) {
            char line[300];
            int n = snprintf(line, sizeof line, "%lld %s\n", (long long)st.st_size, name);
            sink_add(leaves, line, (size_t)n);
            unit_unlink(fixture->path, name);
            changed = true;
        }
        free(names[i]);
    }
    free(names);
    if (changed)
        fixture_fill(fixture);
}

/* ---- one run of a conversation ---- */

struct talk_run {
    struct session session;
    const char *say;
    size_t len, at; /* at: fed so far */
    size_t send_max;
    bool lazy; /* sends only when nothing else can be done */
    struct sink sent;
};

static void run_begin(struct talk_run *run, const struct session_fixture *fixture, const char *say,
                      size_t len)
{
    *run = (struct talk_run){.say = say, .len = len, .send_max = SIZE_MAX};
    session_init(&run->session, &fixture->shared, &run->session);
}

static void run_check(const struct talk_run *run)
{
    const struct session *s = &run->session;
    size_t size = (session_waits_for(s) & SESSION_READ) != 0 ? session_read_size(s) : 1;
    unit_check(size >= 1 && size <= SESSION_READ_MAX, "fed %s: wants to read %zu bytes",
               unit_quote(run->say, run->at), size);
    unit_check(session_waits_for(s) != 0 || ((session_waits_for(s) & SESSION_READ) == 0 &&
                                             (session_waits_for(s) & SESSION_CONTINUE) == 0),
               "fed %s: is done, and wants more", unit_quote(run->say, run->at));
    unit_check(!s->out.failed, "fed %s: broken", unit_quote(run->say, run->at));
}

/* Feeds up to byte upto and goes on until nothing is left to do. */
static void run_to(struct talk_run *run, size_t upto)
{
    struct session *s = &run->session;
    for (;;) {
        run_check(run);
        bool feeds = (session_waits_for(s) & SESSION_READ) != 0 && run->at < upto;
        bool waits = run->lazy && ((session_waits_for(s) & SESSION_CONTINUE) != 0 ||
                                   feeds); /* sends when it must */
        if (!waits && !outbox_empty(&s->out)) {
            sink_take(&run->sent, &s->out, run->send_max);
        } else if ((session_waits_for(s) & SESSION_CONTINUE) != 0) {
            session_continue(s);
        } else if (feeds) {
            size_t part = upto - run->at, most = session_read_size(s);
            part = part < most ? part : most;
            run->at += part; /* before: what is read meanwhile is what was fed */
            session_feed(s, run->say + run->at - part, part);
        } else {
            break;
        }
    }
    unit_check(run->at == upto || session_waits_for(s) == 0,
               "fed %s: takes no more, and is not done", unit_quote(run->say, run->at));
}

static void run_end(struct talk_run *run)
{
    session_feed(&run->session, NULL, 0);
    run_to(run, run->at);
    unit_check(session_waits_for(&run->session) == 0, "fed %s and the end of input: is not done",
               unit_quote(run->say, run->len));
    session_free(&run->session);
}

/* ---- the corpus ---- */

/* Checks a finished run against the corpus. how: of the run, for the report. */
static void talk_check(struct session_fixture *fixture, const struct talk *talk,
                       struct talk_run *run, const char *how)
{
    static struct sink plain, want, leaves;
    char what[200];
    int hidden;
    (void)snprintf(what, sizeof what, "\"%s\", %s", talk->name, how);
    const char *wrong = sink_strict(&run->sent, &plain);
    unit_check(wrong == NULL, "%s: %s\n  received %s", what, wrong,
               unit_quote(run->sent.bytes, run->sent.len));
    sink_reset(&want);
    sink_add(&want, greeting, sizeof greeting - 1);
    sink_add(&want, talk->hear, talk->hear_len);
    unit_same(what, talk->say, talk->say_len, want.bytes, want.len, plain.bytes, plain.len);
    sink_take_all(&fixture->alice_hears, &fixture->alice.out, SIZE_MAX);
    unit_same("what alice hears", talk->say, talk->say_len, talk->alice, strlen(talk->alice),
              fixture->alice_hears.bytes, fixture->alice_hears.len);
    alice_forgets(fixture);
    fixture_restore(fixture, &leaves, &hidden);
    unit_same("files that are left", talk->say, talk->say_len, talk->leaves, strlen(talk->leaves),
              leaves.bytes, leaves.len);
    unit_check(hidden == 0, "%s: %d temporary files are left", what, hidden);
    sink_free(&run->sent);
    sink_free(&plain);
    sink_free(&want);
    sink_free(&leaves);
}

struct pace {
    const char *name;
    size_t send_max;
    bool lazy;
};

static const struct pace paces[] = {
    {"all at once", SIZE_MAX, false},    {"a byte at a time", 1, false},
    {"seven bytes at a time", 7, false}, {"late, all at once", SIZE_MAX, true},
    {"late, a byte at a time", 1, true}, {"late, seven bytes at a time", 7, true},
};

/* Fed in two parts of which the first has cut bytes. */
static void talk_cut(struct session_fixture *fixture, const struct talk *talk,
                     const struct pace *pace, size_t cut)
{
    struct talk_run run;
    char how[120];
    (void)snprintf(how, sizeof how, "cut at byte %zu, sent %s", cut, pace->name);
    run_begin(&run, fixture, talk->say, talk->say_len);
    run.send_max = pace->send_max;
    run.lazy = pace->lazy;
    run_to(&run, cut);
    run_to(&run, talk->say_len);
    bool closed = session_waits_for(&run.session) == 0;
    unit_check(closed == talk->closes, "\"%s\", %s: closed is %d", talk->name, how, closed);
    unit_check(!closed || run.session.in_len == 0, "\"%s\", %s: closed, and keeps %u bytes",
               talk->name, how, run.session.in_len);
    run_end(&run);
    talk_check(fixture, talk, &run, how);
}

static void test_whole(void **state)
{
    struct session_fixture fixture;
    (void)state;
    fixture_begin(&fixture);
    unit_check(talks_count >= 40, "only %zu conversations", talks_count);
    for (size_t i = 0; i < talks_count; i++)
        for (size_t p = 0; p < UNIT_COUNT(paces); p++)
            talk_cut(&fixture, &talks[i], &paces[p], talks[i].say_len);
    fixture_end(&fixture);
}

static void test_byte_by_byte(void **state)
{
    struct session_fixture fixture;
    (void)state;
    fixture_begin(&fixture);
    for (size_t i = 0; i < talks_count; i++)
        for (size_t p = 0; p < UNIT_COUNT(paces); p++) {
            struct talk_run run;
            run_begin(&run, &fixture, talks[i].say, talks[i].say_len);
            run.send_max = paces[p].send_max;
            run.lazy = paces[p].lazy;
            for (size_t at = 1; at <= talks[i].say_len; at++)
                run_to(&run, at);
            run_end(&run);
            talk_check(&fixture, &talks[i], &run, "byte by byte");
        }
    fixture_end(&fixture);
}

static void test_every_cut_in_two(void **state)
{
    struct session_fixture fixture;
    (void)state;
    fixture_begin(&fixture);
    for (size_t i = 0; i < talks_count; i++)
        for (size_t cut = 1; cut < talks[i].say_len; cut++)
            for (size_t p = 0; p < UNIT_COUNT(paces); p++)
                if (talks[i].say_len < 300 || p == cut % UNIT_COUNT(paces))
                    talk_cut(&fixture, &talks[i], &paces[p], cut);
    fixture_end(&fixture);
}

/* The end of input after every byte: exactly what was answered without it, nothing else; no
 * temporary file, and alice is alone again. */
static void test_end_of_input_after_every_byte(void **state)
{
    struct session_fixture fixture;
    (void)state;
    fixture_begin(&fixture);
    for (size_t i = 0; i < talks_count; i++) {
        const struct talk *talk = &talks[i];
        struct talk_run slow;
        struct sink leaves = {0};
        int hidden;
        run_begin(&slow, &fixture, talk->say, talk->say_len);
        size_t *answered = calloc(talk->say_len + 1, sizeof *answered);
        unit_check(answered != NULL, "out of memory");
        for (size_t at = 0; at <= talk->say_len; at++) {
            run_to(&slow, at);
            answered[at] = slow.sent.len;
        }
        run_end(&slow);
        fixture_restore(&fixture, &leaves, &hidden);
        for (size_t at = 0; at <= talk->say_len; at++) {
            struct talk_run run;
            run_begin(&run, &fixture, talk->say, talk->say_len);
            run.lazy = at % 2 == 1;
            run_to(&run, at);
            run_end(&run);
            unit_same(talk->name, talk->say, at, slow.sent.bytes, answered[at], run.sent.bytes,
                      run.sent.len);
            fixture_restore(&fixture, &leaves, &hidden);
            unit_check(hidden == 0, "\"%s\", ended at byte %zu: a temporary file is left",
                       talk->name, at);
            alice_is_alone(&fixture, talk->say, at);
            alice_forgets(&fixture);
            sink_free(&run.sent);
        }
        alice_forgets(&fixture);
        sink_free(&slow.sent);
        sink_free(&leaves);
        free(answered);
    }
    fixture_end(&fixture);
}

/* A failure after every byte: it is the last that is said, and the session is over. */
static void test_failure_after_every_byte(void **state)
{
    static const enum proto_code codes[] = {PROTO_TIMEOUT, PROTO_SLOW};
    struct session_fixture fixture;
    (void)state;
    fixture_begin(&fixture);
    for (size_t i = 0; i < talks_count; i++)
        for (size_t at = 0; at <= talks[i].say_len && !talks[i].closes; at++) {
            struct talk_run run;
            struct sink leaves = {0};
            int hidden;
            enum proto_code code = codes[at % 2];
            run_begin(&run, &fixture, talks[i].say, talks[i].say_len);
            run_to(&run, at);
            size_t before = run.sent.len;
            uint32_t requests = run.session.requests;
            session_fail(&run.session, code);
            unit_check(run.session.requests != requests, "the timeout is not restarted");
            unit_check((session_waits_for(&run.session) & SESSION_READ) == 0 &&
                           (session_waits_for(&run.session) & SESSION_CONTINUE) == 0,
                       "\"%s\", failed at byte %zu: goes on", talks[i].name, at);
            run_to(&run, at);
            unit_check(session_waits_for(&run.session) == 0,
                       "\"%s\", failed at byte %zu: is not done", talks[i].name, at);
            char want[200];
            int n = snprintf(want, sizeof want, "ERR %s %s\n", proto_code_word(code),
                             proto_code_text(code));
            unit_same(talks[i].name, talks[i].say, at, want, (size_t)n, run.sent.bytes + before,
                      run.sent.len - before);
            alice_is_alone(&fixture, talks[i].say, at);
            session_free(&run.session);
            fixture_restore(&fixture, &leaves, &hidden);
            unit_check(hidden == 0, "\"%s\", failed at byte %zu: a temporary file is left",
                       talks[i].name, at);
            sink_free(&run.sent);
            sink_free(&leaves);
            alice_forgets(&fixture);
        }
    fixture_end(&fixture);
}

/* A connection that breaks: nothing is sent any more, everything is freed. */
static void test_broken_after_every_byte(void **state)
{
    struct session_fixture fixture;
    (void)state;
    fixture_begin(&fixture);
    for (size_t i = 0; i < talks_count; i++)
        for (size_t at = 0; at <= talks[i].say_len; at++)
            for (int sends = 0; sends < 2; sends++) {
                struct talk_run run;
                struct sink leaves = {0};
                int hidden;
                run_begin(&run, &fixture, talks[i].say, talks[i].say_len);
                if (sends == 1) {
                    run_to(&run, at);
                } else { /* feed once, and never send the greeting and what follows */
                    size_t most = session_read_size(&run.session);
                    session_feed(&run.session, run.say, at < most ? at : most);
                }
                session_free(&run.session);
                fixture_restore(&fixture, &leaves, &hidden);
                unit_check(hidden == 0, "\"%s\", broken at byte %zu: a temporary file is left",
                           talks[i].name, at);
                alice_forgets(&fixture);
                sink_free(&run.sent);
                sink_free(&leaves);
            }
    fixture_end(&fixture);
}

/* ---- uploads that fail in the middle ---- */

/* Lets the upload's writes fail as a disk does that is full just now. */
static void disk_full(struct session *s)
{
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    unit_check(full >= 0 && dup2(full, s->upload->file) >= 0, "/dev/full: %s", strerror(errno));
    close(full);
}

static void test_disk_full_in_the_body(void **state)
{
    static const char head[] = "P 20 new\n", rest[] = "12345678901234567890N\nQ\n";
    const size_t head_len = sizeof head - 1, body = 20, all = sizeof rest - 1;
    struct session_fixture fixture;
    (void)state;
    fixture_begin(&fixture);
    for (size_t good = 0; good < body; good++)          /* bytes that are still written */
        for (size_t upto = good; upto <= all; upto++) { /* bytes that come before the end */
            char say[64];
            struct talk_run run;
            struct sink leaves = {0}, plain = {0}, want = {0};
            int hidden;
            memcpy(say, head, head_len);
            memcpy(say + head_len, rest, all);
            run_begin(&run, &fixture, say, head_len + all);
            run_to(&run, head_len + good);
            disk_full(&run.session);
            run_to(&run, head_len + upto);
            if (upto > good && upto < body)
                unit_check(unit_hidden(fixture.path) == 1, "the temporary file stays");
            run_end(&run);
            const char *wrong = sink_strict(&run.sent, &plain);
            unit_check(wrong == NULL, "%s: %s", wrong, unit_quote(run.sent.bytes, run.sent.len));
            sink_add(&want, greeting, sizeof greeting - 1);
            sink_add(&want, "GO\n", 3);
            if (upto >= body)
                sink_add(&want, "ERR no-space\n", 13);
            if (upto >= body + 2)
                sink_add(&want, "OK 0\n", 5);
            if (upto >= body + 4)
                sink_add(&want, "OK 0\n", 5);
            unit_same("a disk that is full in the body", say, head_len + upto, want.bytes, want.len,
                      plain.bytes, plain.len);
            fixture_restore(&fixture, &leaves, &hidden);
            unit_check(hidden == 0 && leaves.len == 0, "something is left: %d, %s", hidden,
                       unit_quote(leaves.bytes, leaves.len));
            sink_free(&run.sent);
            sink_free(&plain);
            sink_free(&want);
            sink_free(&leaves);
        }
    fixture_end(&fixture);
}

/* What is left of the body may come in many pieces, and none of it is a request. */
static void test_disk_full_in_pieces(void **state)
{
    static const char say[] = "P 9 new\n12Q\nQ\n345N\n";
    struct session_fixture fixture;
    struct talk_run run;
    struct sink plain = {0};
    (void)state;
    fixture_begin(&fixture);
    run_begin(&run, &fixture, say, sizeof say - 1);
    run_to(&run, 8);
    disk_full(&run.session);
    for (size_t upto = 9; upto <= run.len; upto++) {
        run_to(&run, upto);
        size_t left = upto < 17 ? 17 - upto : 0;
        unit_check(left == 0 || session_read_size(&run.session) == left,
                   "%zu bytes of the body are left, %zu are asked for", left,
                   session_read_size(&run.session));
    }
    run_end(&run);
    const char *wrong = sink_strict(&run.sent, &plain);
    unit_check(wrong == NULL, "%s", wrong);
    static const char want[] = "HELLO 1 test\nGO\nERR no-space\nOK 0\n";
    unit_same("a disk that is full, in pieces", say, sizeof say - 1, want, sizeof want - 1,
              plain.bytes, plain.len);
    sink_free(&run.sent);
    sink_free(&plain);
    fixture_end(&fixture);
}

static void test_folder_in_the_way_after_go(void **state)
{
    static const char say[] = "P 3 new\nabcN\n";
    struct session_fixture fixture;
    struct talk_run run;
    struct sink plain = {0};
    (void)state;
    fixture_begin(&fixture);
    run_begin(&run, &fixture, say, sizeof say - 1);
    run_to(&run, 9);
    unit_check(mkdirat(fixture.store.dir, "new", 0755) == 0, "mkdir");
    run_to(&run, run.len);
    run_end(&run);
    const char *wrong = sink_strict(&run.sent, &plain);
    unit_check(wrong == NULL, "%s", wrong);
    static const char want[] = "HELLO 1 test\nGO\nERR io\nOK 0\n";
    unit_same("a folder in the way", say, sizeof say - 1, want, sizeof want - 1, plain.bytes,
              plain.len);
    unit_check(unit_hidden(fixture.path) == 1, "a temporary file is left");
    sink_free(&run.sent);
    sink_free(&plain);
    fixture_end(&fixture);
}

/* ---- much of everything ---- */

/* The most that may stand in memory for a client that sends requests and reads nothing. */
enum { MUCH = 64 * 1024 };

static void test_backpressure(void **state)
{
    enum { PINGS = 200000 };
    struct session_fixture fixture;
    struct talk_run run;
    (void)state;
    fixture_begin(&fixture);
    char *say = malloc(PINGS * 2);
    unit_check(say != NULL, "out of memory");
    for (size_t i = 0; i < PINGS * 2; i++)
        say[i] = "N\n"[i % 2];
    run_begin(&run, &fixture, say, PINGS * 2);
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
    run_to(&run, run.len);
    run_end(&run);
    unit_check(run.sent.len == sizeof greeting - 1 + 5 * PINGS, "expected %d replies, received %s",
               PINGS, unit_quote(run.sent.bytes, run.sent.len));
    for (size_t i = 0; i < PINGS; i++)
        unit_check(memcmp(run.sent.bytes + sizeof greeting - 1 + 5 * i, "OK 0\n", 5) == 0,
                   "reply %zu is wrong", i);
    sink_free(&run.sent);
    free(say);
    fixture_end(&fixture);
}

/* The budget is nearly used up, by others: each client still gets its replies, one at a time. */
static void test_tight_budget(void **state)
{
    struct session_fixture fixture;
    struct talk_run run;
    (void)state;
    fixture_begin(&fixture);
    budget_count(&fixture.budget, fixture.budget.most);
    run_begin(&run, &fixture, "N\nN\nN\nC bob\nN\n", 14);
    struct session *s = &run.session;
    sink_take_all(&run.sent, &s->out, SIZE_MAX);
    sink_reset(&run.sent);
    unit_check(session_read_size(s) == PROTO_LINE_MAX, "it wants to read %zu bytes",
               session_read_size(s));
    session_feed(s, run.say, run.len);
    for (int i = 0; i < 5; i++) {
        unit_check(s->out.bytes == 5 && (session_waits_for(s) & SESSION_READ) == 0 &&
                       (session_waits_for(s) & SESSION_CONTINUE) == 0,
                   "%zu bytes wait, and it goes on", s->out.bytes);
        sink_take_all(&run.sent, &s->out, 2);
        if ((session_waits_for(s) & SESSION_CONTINUE) != 0)
            session_continue(s);
    }
    unit_same("a tight budget", run.say, run.len, "OK 0\nOK 0\nOK 0\nOK 0\nOK 0\n", 25,
              run.sent.bytes, run.sent.len);
    unit_check((session_waits_for(s) & SESSION_READ) != 0, "it does not go on");
    session_free(s);
    sink_free(&run.sent);
    budget_give(&fixture.budget, fixture.budget.most);
    fixture_end(&fixture);
}

/* What does not fit is refused, whatever is asked for; the connection stays, and all is given
 * back. */
static void test_beyond_the_budget(void **state)
{
    static const char say[] = "L\nN\nC bob\nW\nG a.txt\nX\n";
    static const char none[] = "HELLO 1 test\nERR io\nOK 0\nOK 0\nERR io\nOK 6\nhello\nOK 0\n";
    struct session_fixture fixture;
    (void)state;
    fixture_begin(&fixture);
    for (size_t most = 0; most < 2000; most++) {
        struct sink plain = {0};
        struct talk_run run;
        fixture.budget.most = most;
        run_begin(&run, &fixture, say, sizeof say - 1);
        run_to(&run, run.len);
        run_end(&run);
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
        alice_forgets(&fixture);
    }
    fixture_end(&fixture);
}

/* While a body waits to be sent, no second one is made. */
static void test_one_body_at_a_time(void **state)
{
    static const char say[] = "G b b\nG b b\nL\nG b b\nN\n";
    struct session_fixture fixture;
    struct talk_run run;
    (void)state;
    fixture_begin(&fixture);
    run_begin(&run, &fixture, say, sizeof say - 1);
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
    run_end(&run);
    static const char want[] = "HELLO 1 test\nOK 10\n0123456789OK 10\n0123456789OK 32\n"
                               "6 a.txt\n10 b b\n0 empty\n1 \xc3\xbc.txt\nOK 10\n0123456789OK 0\n";
    unit_same("bodies in a row", say, run.len, want, sizeof want - 1, run.sent.bytes, run.sent.len);
    sink_free(&run.sent);
    fixture_end(&fixture);
}

/* One call answers a bounded number of requests, also of those that cost no reply space. */
static void test_bounded_steps(void **state)
{
    enum { LINES = 8000 };
    static char say[LINES * 2];
    struct session_fixture fixture;
    struct talk_run run;
    (void)state;
    fixture_begin(&fixture);
    for (size_t i = 0; i < sizeof say; i++)
        say[i] = "N\n"[i % 2];
    run_begin(&run, &fixture, say, sizeof say);
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
    unit_check(run.sent.len == sizeof greeting - 1 + 5 * LINES, "received %zu bytes", run.sent.len);
    session_free(s);
    sink_free(&run.sent);
    fixture_end(&fixture);
}

static void test_memory_is_flat_for_a_line_without_end(void **state)
{
    struct session_fixture fixture;
    (void)state;
    fixture_begin(&fixture);
    for (size_t step = 1; step <= 1100; step += 7) {
        static char stream[1 << 20];
        struct talk_run run;
        size_t fed = 0;
        memset(stream, 'a', sizeof stream);
        run_begin(&run, &fixture, stream, sizeof stream);
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
    fixture_end(&fixture);
}

/* A body goes straight to its file: nothing of it stays in memory. */
static void big_upload(uint64_t quota)
{
    enum { SIZE = 8 * 1024 * 1024 };
    static char block[SESSION_READ_MAX];
    struct session_fixture fixture;
    struct talk_run run;
    struct stat st;
    fixture_begin(&fixture);
    fixture.store.max_upload = SIZE * 2;
    fixture.store.quota = quota;
    run_begin(&run, &fixture, "P 8388608 big\n", 14);
    run_to(&run, 14);
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
    run_to(&run, 14);
    run_end(&run);
    static const char want[] = "HELLO 1 test\nGO\nOK 0\n";
    unit_same("a big upload", "P 8388608 big\n", 14, want, sizeof want - 1, run.sent.bytes,
              run.sent.len);
    unit_check(fstatat(fixture.store.dir, "big", &st, 0) == 0 && st.st_size == SIZE, "its size");
    sink_free(&run.sent);
    fixture_end(&fixture);
}

static void test_memory_is_flat_for_a_body(void **state)
{
    (void)state;
    big_upload(64 << 20); /* reserved */
    big_upload(16 << 20); /* counted as it comes */
}

/* A large folder is read, and counted, in steps: the others get their turn in between. */
static void test_many_files_take_many_steps(void **state)
{
    enum { FILES = 700 };
    static const char say[] = "L\nP 1 new\nxN\n";
    struct session_fixture fixture;
    struct talk_run run;
    unsigned int steps = 0;
    (void)state;
    fixture_begin(&fixture);
    fixture.store.max_files = 0;
    for (int i = 0; i < FILES; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "f%03d", i);
        unit_write_text(fixture.path, name, "");
    }
    run_begin(&run, &fixture, say, sizeof say - 1);
    struct session *s = &run.session;
    session_feed(s, say, run.len);
    run.at = run.len;
    for (; !outbox_empty(&s->out) || (session_waits_for(s) & SESSION_CONTINUE) != 0; steps++) {
        if ((session_waits_for(s) & SESSION_CONTINUE) != 0)
            session_continue(s);
        else
            sink_take_all(&run.sent, &s->out, SIZE_MAX);
    }
    run_end(&run);
    unit_check(steps >= 8, "%u steps", steps); /* 700 in, 700 out, 700 counted, 256 at once */
    size_t lines = 0;
    for (size_t i = 0; i < run.sent.len; i++)
        lines += run.sent.bytes[i] == '\n';
    unit_check(lines == 1 + 1 + 4 + FILES + 3, "%zu lines, %s", lines,
               unit_quote(run.sent.bytes, run.sent.len));
    sink_free(&run.sent);
    fixture_end(&fixture);
}

/* ---- what the server asks ---- */

/* Does the client send no more? Then the server need not wait for it to close (linger.h). */
static void test_quit(void **state)
{
    static const struct {
        const char *say;
        bool ended;
    } rows[] = {
        {"N\n", false},  {"Q\n", true},        {"N\nQ\r\n", true}, {"Q\nN\n", false},
        {"Q\nx", false}, {"C ann\nQ\n", true}, {"Q \n", false},    {"GET / HTTP/1.1\n", false},
    };
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++)
        for (int whole = 0; whole < 2; whole++) {
            struct session_fixture fixture;
            struct talk_run run;
            fixture_begin(&fixture);
            run_begin(&run, &fixture, rows[i].say, strlen(rows[i].say));
            struct session *s = &run.session;
            size_t part = whole != 0 ? run.len : 1;
            session_feed(s, rows[i].say, part);
            if (part < run.len)
                session_feed(s, rows[i].say + part, run.len - part);
            while ((session_waits_for(s) & SESSION_CONTINUE) != 0 || !outbox_empty(&s->out)) {
                sink_take_all(&run.sent, &s->out, SIZE_MAX);
                session_continue(s);
            }
            unit_check(s->input_ended == rows[i].ended, "%s: input behind Q is %s", rows[i].say,
                       s->input_ended ? "not expected" : "expected");
            run_end(&run);
            sink_free(&run.sent);
            fixture_end(&fixture);
        }
}

static void test_phases(void **state)
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
    (void)state;
    fixture_begin(&fixture);
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        struct talk_run run;
        run_begin(&run, &fixture, cases[i].say, strlen(cases[i].say));
        unit_check(session_phase(&run.session) == PHASE_TRANSFER, "the greeting waits");
        run_to(&run, run.len);
        unit_check(session_phase(&run.session) == cases[i].phase,
                   "fed %s: expected phase %d, received %d", unit_quote(run.say, run.len),
                   cases[i].phase, session_phase(&run.session));
        session_free(&run.session);
        sink_free(&run.sent);
        fixture_restore(&fixture, &leaves, &hidden);
    }
    sink_free(&leaves);
    fixture_end(&fixture);
}

/* Each line is counted: that restarts the client's timeout. */
static void test_requests_are_counted(void **state)
{
    static const char say[] = "N\nbad\n\nL\nG a.txt\nP 2 new\nabC bob\nX\n";
    struct session_fixture fixture;
    struct talk_run run;
    struct sink leaves = {0};
    int hidden;
    (void)state;
    fixture_begin(&fixture);
    run_begin(&run, &fixture, say, sizeof say - 1);
    run_to(&run, run.len);
    unit_check(run.session.requests == 8, "expected 8 requests, received %u", run.session.requests);
    run_end(&run);
    fixture_restore(&fixture, &leaves, &hidden);
    sink_free(&leaves);
    sink_free(&run.sent);
    fixture_end(&fixture);
}

/* The replies before it are sent first; then each step counts as progress. */
static void test_steps_of_a_sum(void **state)
{
    enum { STEPS = 5 };
    static const char say[] = "N\nH big\nN\n";
    static char bytes[STEPS * SUM_STEP];
    struct session_fixture fixture;
    struct talk_run run;
    (void)state;
    fixture_begin(&fixture);
    unit_write(fixture.path, "big", bytes, sizeof bytes);
    run_begin(&run, &fixture, say, sizeof say - 1);
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
    run_end(&run);
    static const char want[] =
        "HELLO 1 test\nOK 0\nOK 65\n"
        "dae4d3dce1bb0a9414f61a65ee07622fa225ec01e6efe6df6e78f9ad5c58480d\nOK 0\n";
    unit_same("a sum", say, run.len, want, sizeof want - 1, run.sent.bytes, run.sent.len);
    sink_free(&run.sent);
    unit_unlink(fixture.path, "big");
    fixture_end(&fixture);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        UNIT(test_whole),
        UNIT(test_byte_by_byte),
        UNIT(test_every_cut_in_two),
        UNIT(test_end_of_input_after_every_byte),
        UNIT(test_failure_after_every_byte),
        UNIT(test_broken_after_every_byte),
        UNIT(test_disk_full_in_the_body),
        UNIT(test_disk_full_in_pieces),
        UNIT(test_folder_in_the_way_after_go),
        UNIT(test_backpressure),
        UNIT(test_tight_budget),
        UNIT(test_beyond_the_budget),
        UNIT(test_one_body_at_a_time),
        UNIT(test_bounded_steps),
        UNIT(test_memory_is_flat_for_a_line_without_end),
        UNIT(test_memory_is_flat_for_a_body),
        UNIT(test_many_files_take_many_steps),
        UNIT(test_quit),
        UNIT(test_phases),
        UNIT(test_requests_are_counted),
        UNIT(test_steps_of_a_sum),
    };
    return unit_run("session", tests, argc, argv);
}
