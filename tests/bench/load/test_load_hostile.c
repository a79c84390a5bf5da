/* test_load_hostile.c: the load generator against servers that err
 *
 * Every fault must be counted under its cause, and be survived.
 */
#include <stdio.h>
#include <string.h>

#include "bound.h"
#include "scripted_load.h"

enum { SHORT_MS = 60 };

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

#define REPLY(bytes, len) .reply = (bytes), .reply_len = (len)

static const struct hostile_server pings[] = {
    {"another reply", LOAD_WRONG, {.reply = "NO\n"}, "'NO'"},
    {"a body that nobody asked for", LOAD_WRONG, {.reply = "OK 1\nx"}, "'OK 1'"},
    {"an error", LOAD_WRONG, {.reply = "ERR io the disk is gone\n"}, "disk is gone"},
    {"an error in Chinese", LOAD_WRONG, {.reply = "ERR io 磁盘坏了\n"}, "磁盘坏了"},
    {"one reply too many", LOAD_WRONG, {.reply = "OK 0\nOK 0\n"}, "OK 0"},
    {"garbage", LOAD_WRONG, {REPLY(garbage, sizeof garbage - 1)}, "\\x01\\xff"},
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
    {"more than a greeting", LOAD_WRONG, {.greeting = "HELLO 1 x\nOK 0\n"}, "OK 0"}};

static const struct hostile_server downloads[] = {
    {"a wrong byte",
     LOAD_WRONG,
     {REPLY(body_wrong, HEAD + SCRIPTED_FILE)},
     "a body has other bytes"},
    {"a body too long", LOAD_WRONG, {REPLY(body_long, HEAD + SCRIPTED_FILE + 5)}, "xxxxx"},
    {"half a body",
     LOAD_TIMEOUT,
     {REPLY(body_short, sizeof body_short), .then = THEN_STALLED},
     "no reply"},
    {"a close in a body",
     LOAD_CLOSED,
     {REPLY(body_short, sizeof body_short), .then = THEN_CLOSE},
     "closed"},
    {"a reset in a body",
     LOAD_RESET,
     {REPLY(body_short, sizeof body_short), .then = THEN_RESET},
     "reset"},
    {"another size", LOAD_WRONG, {.reply = "OK 49999\n"}, "49999"},
    {"no such file", LOAD_WRONG, {.reply = "ERR not-found no\n"}, "not-found"}};

static const struct hostile_server uploads[] = {
    {"no go", LOAD_WRONG, {.reply = "OK 0\n"}, "OK 0"},
    {"no space", LOAD_WRONG, {.reply = "ERR no-space full\n"}, "no-space"},
    {"go and end", LOAD_WRONG, {.reply = "GO\nOK 0\n"}, "was answered"},
    {"go and a close", LOAD_RESET, {.reply = "GO\n", .then = THEN_RESET}, "reset"}};

static const struct hostile_server sessions[] = {
    {"a session: the last reply is wrong", LOAD_WRONG, {.reply = "OK 1\n", .good = 1}, "OK 1"},
    {"a session: no close", LOAD_TIMEOUT, {.reply = "OK 0\n", .good = 1}, "no reply"},
    {"a session: more after the last", LOAD_WRONG, {.reply = "OK 0\nOK 0\n", .good = 1}, "OK 0"},
    {"a session: a close too early", LOAD_CLOSED, {.then = THEN_CLOSE}, "closed"}};

static const struct hostile_server chats[] = {
    {"chat: not let in", LOAD_WRONG, {.reply = "ERR nick-taken no\n"}, "nick-taken"},
    {"chat: an event before it is in", LOAD_WRONG, {.reply = "* JOIN me\nOK 0\n"}, "* JOIN me"},
    {"chat: no event", LOAD_WRONG, {.reply = "* WHAT\n", .good = 1}, "* WHAT"},
    {"chat: no event, and long", LOAD_WRONG, {.reply = "* WHAT " LONG "\n", .good = 1}, "W"},
    {"chat: the same in pieces",
     LOAD_WRONG,
     {.reply = "* WHAT " LONG "\n", .good = 1, .pieces = 7},
     "* WHAT"},
    {"chat: thrown out", LOAD_WRONG, {.reply = "ERR slow\n", .good = 3}, "ERR slow"}};

static void play_all(enum load_kind kind, const struct hostile_server *hostile, size_t count)
{
    for (const struct hostile_server *end = hostile + count; hostile < end; hostile++) {
        struct scripted script = hostile->script;
        struct load_spec spec = scripted_spec(&script, kind);
        spec.seconds = hostile->error == LOAD_TIMEOUT ? 2.0 * SHORT_MS / 1000 : 0.05;
        spec.timeout_ms = hostile->error == LOAD_TIMEOUT ? SHORT_MS : SCRIPTED_TIMEOUT_MS;
        spec.warmup = 0;
        unit_bound(SCRIPTED_BOUND_S, hostile->name);
        load_result_free(&result);
        bool measured = load_run(&spec, &result);
        scripted_stop();
        scripted_only(hostile->error, hostile->name);
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

/* Clients try again after 10 ms, 20, 40, …, as long as the load goes on; that of pings ends when
 * each has tried once, or when the machine lets it notice. */
static void play_refused(struct load_spec *spec, enum load_kind kind, const char *what)
{
    long begin = bound_now(), took, next = 0;
    uint64_t tries = 1;
    spec->kind = kind;
    scripted_play(spec, false, what);
    scripted_only(LOAD_REFUSED, what);
    took = bound_now() - begin;
    for (long pause = 10; (next += pause) <= took; pause *= 2)
        tries++;
    unit_check(result.errors[LOAD_REFUSED] >= spec->clients, "%s: not all: %s", what,
               result_text());
    unit_check(result.errors[LOAD_REFUSED] <= tries * spec->clients,
               "%s: more than %lu tries a client in %ld ms: %s", what, (unsigned long)tries, took,
               result_text());
}

static void nobody_listens(void)
{
    struct scripted script = {0};
    struct load_spec spec = scripted_spec(&script, LOAD_PING);
    scripted_stop(); /* the port is free again */
    play_refused(&spec, LOAD_PING, "nobody listens");
    play_refused(&spec, LOAD_SESSION, "nobody listens, sessions");
    spec.host = "localhost";
    scripted_play(&spec, false, "no address in numbers");
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
    scripted_play(&spec, false, "thrown out at once");
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
            scripted_play(&spec, true, "right, in pieces");
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
        scripted_play(&spec, true, faults[i].name);
        scripted_only(LOAD_WRONG, faults[i].name);
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
        scripted_play(&spec, true, "others talk");
        no_errors("others talk");
        unit_check(result.received == result.sent * 4 &&
                       result.received == atomic_load(&script.delivered),
                   "%lu messages, %lu received, %u told", (unsigned long)result.sent,
                   (unsigned long)result.received, atomic_load(&script.delivered));
    }
}

static const struct CMUnitTest tests[] = {SCRIPTED(wrong_replies), SCRIPTED(nobody_listens),
                                          SCRIPTED(no_storm),      SCRIPTED(right_in_pieces),
                                          SCRIPTED(chat_faults),   SCRIPTED(chat_others)};
UNIT_MAIN("load, hostile servers", tests)
