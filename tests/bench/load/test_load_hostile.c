/* test_load_hostile.c: the load generator against servers that err, and one that stands still
 *
 * Every fault must be counted under its cause, and be survived.
 */
#include <stdio.h>
#include <string.h>

#include "load_fixture.h"
#include "scripted.h"

enum { TIMEOUT_MS = 5000, SHORT_MS = 60, BOUND_S = 60 };

static int hostile_end(void **test)
{
    scripted_stop();
    return loads_end(test);
}

#define HOSTILE(function) TEST_AROUND(unit_begin, function, hostile_end)

static struct load_spec scripted_spec(struct scripted *script, enum load_kind kind)
{
    const struct serverproc server = {.port = scripted_start(script)};
    struct load_spec spec = spec_of(&server, kind);
    spec.clients = 2;
    spec.threads = 1;
    spec.seconds = 0.2;
    spec.timeout_ms = TIMEOUT_MS;
    spec.file_bytes = SCRIPTED_FILE;
    return spec;
}

static void play(const struct load_spec *spec, bool measured, const char *what)
{
    load_result_free(&result);
    unit_bound(BOUND_S, what);
    bool got = load_run(spec, &result);
    scripted_stop();
    unit_check(got == measured, "%s: load_run says %d; %s", what, got, result_text());
}

/* This error, and no other. */
static void only(enum load_error error, const char *what)
{
    for (int i = 0; i < LOAD_ERRORS; i++)
        unit_check((result.errors[i] > 0) == (i == (int)error), "%s: expected only %s; %s", what,
                   load_error_word[error], result_text());
    unit_check(result.example[0] != '\0', "%s: no example", what);
}

/* ---- replies that are wrong ---- */

static char body_wrong[SCRIPTED_FILE + 16], body_long[SCRIPTED_FILE + 32], body_short[30000];

static void bodies_make(void)
{
    size_t head = (size_t)snprintf(body_wrong, sizeof body_wrong, "OK %d\n", SCRIPTED_FILE);
    for (size_t i = 0; i < SCRIPTED_FILE; i++)
        body_wrong[head + i] = (char)load_file_byte(i);
    memcpy(body_long, body_wrong, head + SCRIPTED_FILE);
    memcpy(body_short, body_wrong, sizeof body_short);
    memset(body_long + head + SCRIPTED_FILE, 'x', 5);
    body_wrong[head + SCRIPTED_FILE - 1] ^= 1; /* the very last byte */
}

enum { HEAD = sizeof "OK 50000\n" - 1 };

static const char garbage[] = "\x01\xff\xfe\x80 \x00garbage\x7f";
static const char endless[] =
    "OK 00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000";

/* with what stands around it, longer than the lines that the generator keeps */
#define X50  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define LONG X50 X50 X50 X50

struct hostile_server {
    const char *name;
    enum load_error error;
    struct scripted script;
    const char *example; /* what stands in it */
};

static const struct hostile_server pings[] = {
    {"another reply", LOAD_WRONG, {.reply = "NO\n"}, "'NO'"},
    {"a body that nobody asked for", LOAD_WRONG, {.reply = "OK 1\nx"}, "'OK 1'"},
    {"an error", LOAD_WRONG, {.reply = "ERR io the disk is gone\n"}, "disk is gone"},
    {"an error in Chinese", LOAD_WRONG, {.reply = "ERR io 磁盘坏了\n"}, "磁盘坏了"},
    {"one reply too many", LOAD_WRONG, {.reply = "OK 0\nOK 0\n"}, "OK 0"},
    {"garbage", LOAD_WRONG, {.reply = garbage, .reply_len = sizeof garbage - 1}, "\\x01\\xff"},
    {"a line without end", LOAD_WRONG, {.reply = endless}, "OK 0000"},
    {"garbage, in single bytes", LOAD_WRONG, {.reply = "OK x\n", .pieces = 1}, "OK x"},
    {"an error, in single bytes", LOAD_WRONG, {.reply = "ERR io sorry\n", .pieces = 1}, "sorry"},
    {"never", LOAD_TIMEOUT, {.then = THEN_STALLED}, "no reply"},
    {"half a reply", LOAD_TIMEOUT, {.reply = "OK", .then = THEN_STALLED}, "no reply"},
    {"a close instead", LOAD_CLOSED, {.then = THEN_CLOSE}, "closed"},
    {"a close in the middle", LOAD_CLOSED, {.reply = "OK", .then = THEN_CLOSE}, "closed"},
    {"a reset", LOAD_RESET, {.then = THEN_RESET}, "reset"},
    {"a close between two requests",
     LOAD_CLOSED,
     {.reply = "OK 0\n", .then = THEN_CLOSE},
     "closed"},
    {"busy", LOAD_BUSY, {.greeting = "ERR busy come back later\n", .then = THEN_CLOSE}, "busy"},
    {"another greeting", LOAD_WRONG, {.greeting = "SSH-2.0-OpenSSH_9.2\r\n"}, "SSH"},
    {"another version", LOAD_WRONG, {.greeting = "HELLO 2 epoll\n"}, "HELLO 2"},
    {"no greeting", LOAD_TIMEOUT, {.greeting = ""}, "no reply"},
    {"half a greeting", LOAD_TIMEOUT, {.greeting = "HELLO 1"}, "no reply"},
    {"a close instead of it", LOAD_CLOSED, {.greeting = "", .then = THEN_CLOSE}, "closed"},
    {"a reset instead of it", LOAD_RESET, {.greeting = "", .then = THEN_RESET}, "reset"},
    {"a greeting too long", LOAD_WRONG, {.greeting = "HELLO 1 " LONG "\n"}, "HELLO 1"},
    {"more than a greeting", LOAD_WRONG, {.greeting = "HELLO 1 x\nOK 0\n"}, "OK 0"},
};

static const struct hostile_server downloads[] = {
    {"a wrong byte",
     LOAD_WRONG,
     {.reply = body_wrong, .reply_len = HEAD + SCRIPTED_FILE},
     "a body has other bytes"},
    {"a body too long",
     LOAD_WRONG,
     {.reply = body_long, .reply_len = HEAD + SCRIPTED_FILE + 5},
     "xxxxx"},
    {"half a body",
     LOAD_TIMEOUT,
     {.reply = body_short, .reply_len = sizeof body_short, .then = THEN_STALLED},
     "no reply"},
    {"a close in a body",
     LOAD_CLOSED,
     {.reply = body_short, .reply_len = sizeof body_short, .then = THEN_CLOSE},
     "closed"},
    {"a reset in a body",
     LOAD_RESET,
     {.reply = body_short, .reply_len = sizeof body_short, .then = THEN_RESET},
     "reset"},
    {"another size", LOAD_WRONG, {.reply = "OK 49999\n"}, "49999"},
    {"no such file", LOAD_WRONG, {.reply = "ERR not-found no\n"}, "not-found"},
};

static const struct hostile_server uploads[] = {
    {"no go", LOAD_WRONG, {.reply = "OK 0\n"}, "OK 0"},
    {"no space", LOAD_WRONG, {.reply = "ERR no-space full\n"}, "no-space"},
    {"go and end", LOAD_WRONG, {.reply = "GO\nOK 0\n"}, "was answered"},
    {"go and a close", LOAD_RESET, {.reply = "GO\n", .then = THEN_RESET}, "reset"},
};

static const struct hostile_server sessions[] = {
    {"a session: the last reply is wrong", LOAD_WRONG, {.reply = "OK 1\n", .good = 1}, "OK 1"},
    {"a session: no close", LOAD_TIMEOUT, {.reply = "OK 0\n", .good = 1}, "no reply"},
    {"a session: more after the last", LOAD_WRONG, {.reply = "OK 0\nOK 0\n", .good = 1}, "OK 0"},
    {"a session: a close too early", LOAD_CLOSED, {.then = THEN_CLOSE}, "closed"},
};

static const struct hostile_server chats[] = {
    {"chat: not let in", LOAD_WRONG, {.reply = "ERR nick-taken no\n"}, "nick-taken"},
    {"chat: an event before it is in", LOAD_WRONG, {.reply = "* JOIN me\nOK 0\n"}, "* JOIN me"},
    {"chat: no event", LOAD_WRONG, {.reply = "* WHAT\n", .good = 1}, "* WHAT"},
    {"chat: no event, and long", LOAD_WRONG, {.reply = "* WHAT " LONG "\n", .good = 1}, "W"},
    {"chat: the same in pieces",
     LOAD_WRONG,
     {.reply = "* WHAT " LONG "\n", .good = 1, .pieces = 7},
     "* WHAT"},
    {"chat: thrown out", LOAD_WRONG, {.reply = "ERR slow\n", .good = 3}, "ERR slow"},
};

static void play_all(enum load_kind kind, const struct hostile_server *hostile, size_t count)
{
    for (const struct hostile_server *end = hostile + count; hostile < end; hostile++) {
        struct scripted script = {.greeting = hostile->script.greeting,
                                  .reply = hostile->script.reply,
                                  .reply_len = hostile->script.reply_len,
                                  .good = hostile->script.good,
                                  .then = hostile->script.then,
                                  .pieces = hostile->script.pieces};
        struct load_spec spec = scripted_spec(&script, kind);
        spec.seconds = hostile->error == LOAD_TIMEOUT ? 2.0 * SHORT_MS / 1000 : 0.05;
        spec.timeout_ms = hostile->error == LOAD_TIMEOUT ? SHORT_MS : TIMEOUT_MS;
        spec.warmup = 0;
        unit_bound(BOUND_S, hostile->name);
        load_result_free(&result);
        bool measured = load_run(&spec, &result);
        scripted_stop();
        only(hostile->error, hostile->name);
        unit_check(measured == (result.sent > 0), "%s: measured %d, %lu answered", hostile->name,
                   measured, (unsigned long)result.sent);
        unit_check(strstr(result.example, hostile->example) != NULL, "%s: '%s' is not in '%s'",
                   hostile->name, hostile->example, result.example);
    }
}

static void wrong_replies(void)
{
    bodies_make();
    play_all(LOAD_PING, pings, UNIT_COUNT(pings));
    play_all(LOAD_DOWNLOAD, downloads, UNIT_COUNT(downloads));
    play_all(LOAD_UPLOAD, uploads, UNIT_COUNT(uploads));
    play_all(LOAD_SESSION, sessions, UNIT_COUNT(sessions));
    play_all(LOAD_CHAT, chats, UNIT_COUNT(chats));
}

/* ---- no server ---- */

static void nobody_listens(void)
{
    struct scripted script = {0};
    struct load_spec spec = scripted_spec(&script, LOAD_PING);
    scripted_stop(); /* the port is free again */
    play(&spec, false, "nobody listens");
    only(LOAD_REFUSED, "nobody listens");
    unit_check(result.errors[LOAD_REFUSED] == spec.clients, "once for each client: %s",
               result_text());
    spec.kind = LOAD_SESSION; /* which tries again and again, but not often */
    play(&spec, false, "nobody listens, sessions");
    only(LOAD_REFUSED, "nobody listens, sessions");
    unit_check(result.errors[LOAD_REFUSED] <= 6 * spec.clients, "a storm: %s", result_text());
    spec.host = "localhost";
    play(&spec, false, "no address in numbers");
    unit_check(strstr(result.example, "numbers") != NULL, "%s", result.example);
}

/* A client whose request is not answered comes back after 10 ms, 20, 40, …: in a third of a second
 * five or six times. */
static void no_storm(void)
{
    struct scripted script = {.then = THEN_CLOSE};
    struct load_spec spec = scripted_spec(&script, LOAD_PING);
    spec.clients = 1;
    spec.seconds = 0.3;
    spec.warmup = 0;
    play(&spec, false, "thrown out at once");
    unsigned int tries = atomic_load(&script.connections);
    unit_check(tries >= 3 && tries <= 8, "%u connections; %s", tries, result_text());
}

/* ---- what is right, in unusual pieces ---- */

static void right_in_pieces(void)
{
    static const size_t pieces[] = {1, 3, 7, 0};
    for (int kind = 0; kind < LOAD_KINDS; kind++) {
        for (size_t i = 0; i < UNIT_COUNT(pieces); i++) {
            struct scripted script = {.pieces =
                                          kind == LOAD_DOWNLOAD ? pieces[i] * 100 : pieces[i]};
            struct load_spec spec = scripted_spec(&script, (enum load_kind)kind);
            spec.seconds = 0.1;
            spec.pipeline = kind == LOAD_UPLOAD || kind == LOAD_SESSION ? 1 : 3;
            play(&spec, true, "right, in pieces");
            no_errors("in pieces");
            unit_check(result.requests > 0 && result.sent >= result.requests, "kind %d", kind);
            unsigned int each = kind == LOAD_SESSION ? 2 : kind != LOAD_STORM; /* N and Q */
            unsigned int other = kind == LOAD_CHAT ? spec.clients : 0;         /* C */
            unit_check(atomic_load(&script.requests) == result.sent * each + other,
                       "kind %d: the server has seen %u requests, the generator %lu", kind,
                       atomic_load(&script.requests), (unsigned long)result.sent);
        }
    }
}

/* ---- the chat room ---- */

static void chat_faults(void)
{
    static const struct {
        const char *name;
        enum scripted_room room;
    } faults[] = {{"a message is lost", ROOM_LOSES},
                  {"a message comes twice", ROOM_TWICE},
                  {"two messages change places", ROOM_SWAPS},
                  {"a speaker hears itself", ROOM_ECHOES}};
    for (size_t i = 0; i < UNIT_COUNT(faults); i++) {
        struct scripted script = {.room = faults[i].room};
        struct load_spec spec = scripted_spec(&script, LOAD_CHAT);
        spec.clients = 4;
        spec.timeout_ms = 300;
        play(&spec, true, faults[i].name);
        only(LOAD_WRONG, faults[i].name);
        unit_check(strstr(result.example, "* SAY ") != NULL, "%s: %s", faults[i].name,
                   result.example);
    }
}

/* An announcement longer than any line of ours, and messages of strangers, are no errors. */
static void chat_others(void)
{
    struct scripted script = {.room = ROOM_SHOUTS};
    for (size_t pieces = 0; pieces < 200; pieces += 37) {
        script.pieces = pieces;
        atomic_store(&script.delivered, 0);
        struct load_spec spec = scripted_spec(&script, LOAD_CHAT);
        spec.clients = 5;
        spec.speakers = 2;
        spec.threads = 2;
        spec.seconds = 0.1;
        play(&spec, true, "others talk");
        no_errors("others talk");
        unit_check(result.received == result.sent * 4 &&
                       result.received == atomic_load(&script.delivered),
                   "%lu messages, %lu received, %u told", (unsigned long)result.sent,
                   (unsigned long)result.received, atomic_load(&script.delivered));
    }
}

/* ---- a server that stands still ---- */

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
    enum { TRIES = 5 };
    struct scripted script = {.stall_ms = 300};
    bool quiet = false;
    for (int i = 0; i < TRIES && !quiet; i++) {
        struct load_spec spec = scripted_spec(&script, LOAD_PING);
        spec.clients = 4;
        spec.rate = 1000;
        spec.seconds = 1;
        spec.begin = stall_begin;
        play(&spec, true, "a stall");
        quiet = result.lag.most < 50000000 && result.uncorrected.most > 250000000;
    }
    double due = (double)histogram_percentile(&result.latency, 99) / 1e6;
    double sent = (double)histogram_percentile(&result.uncorrected, 99) / 1e6;
    unit_check(result.latency.total >= 999 && result.latency.total <= 1001 &&
                   result.uncorrected.total == result.latency.total,
               "the schedule: %lu due", (unsigned long)result.latency.total);
    unit_check(due > 250 && due < 1000, "p99 since due is %.1f ms", due);
    unit_check(sent < 150, "p99 since sent is %.1f ms", sent);
    unit_check((double)result.uncorrected.most / 1e6 > 250, "the longest since sent is %.1f ms",
               (double)result.uncorrected.most / 1e6);
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
    play(&spec, true, "it stops");
    unit_check(result.sent == 100, "%lu answered", (unsigned long)result.sent);
    unit_check(result.latency.total >= 399 && result.latency.total <= 401, "%lu due",
               (unsigned long)result.latency.total);
    double half = (double)histogram_percentile(&result.latency, 50) / 1e6;
    unit_check(half > 1000, "half of them have waited for more than the second of the drain: %.1f",
               half);
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
        play(&spec, true, "no reply in time");
        unit_check(result.requests == 0 && result.under_way == 1, "%lu answered, %lu under way",
                   (unsigned long)result.requests, (unsigned long)result.under_way);
        double oldest = (double)result.oldest / 1e6;
        unit_check(oldest > 190 && oldest < 700, "the oldest for %.0f ms", oldest);
        unit_check(result.latency.total == 0 && result.uncorrected.total == 0, "%lu latencies",
                   (unsigned long)result.latency.total);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        HOSTILE(wrong_replies),   HOSTILE(nobody_listens), HOSTILE(no_storm),
        HOSTILE(right_in_pieces), HOSTILE(chat_faults),    HOSTILE(chat_others),
        HOSTILE(stall),           HOSTILE(stall_for_good), HOSTILE(no_reply_in_time),
    };
    return unit_run("load, hostile servers", tests, argc, argv);
}
