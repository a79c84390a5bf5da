/* ring_cases.h: the tests of the ring that are the same for threads and for processes
 *
 * The source that includes this defines before it what a flow of control is, struct flow, and
 * behind it how one is started and joined. A flow can't fail a test, since it may be a process of
 * its own: it leaves a note in shared memory, and the test looks there. All that flows share comes
 * from sync_alloc.
 */
#ifndef RING_CASES_H
#define RING_CASES_H

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ring.h"

static bool flow_start(struct flow *flow, void (*run)(void *), void *arg);
static bool flow_join(struct flow *flow); /* false: it did not end well */

/* ==== one flow of control: what was sent, and which members receive it ==== */

static void case_joiner_and_leaver(void)
{
    struct room *room = ring_new(4, 4096, ring_forward_yes);
    struct member *alice = ring_enter(room, "alice");
    ring_say(room, alice, "before");
    struct member *bob = ring_enter(room, "bob");
    ring_expect(room, bob, "bob, just joined", "");
    ring_say(room, alice, "one");
    ring_say(room, bob, "two");
    room_announce(room, "three", 5);
    ring_expect(room, bob, "bob", "* SAY alice one\n* ADMIN three\n");
    ring_expect(room, alice, "alice", "* JOIN bob\n* SAY bob two\n* ADMIN three\n");
    ring_say(room, alice, "last");
    room_leave(room, bob);
    ring_say(room, alice, "after");
    unit_check(!room_wait(room, bob), "a member that has left waits for more");
    ring_expect(room, bob, "bob, after it left", "* SAY alice last\n");
    ring_expect(room, bob, "bob, once more", "");
    room_release(room, bob);
    ring_expect(room, alice, "alice", "* LEAVE bob\n");
    ring_who(room, "alice\n");
    ring_leave(room, alice);
    ring_who(room, "");
    room_ring_free(room);
}

static void case_own_messages_are_skipped(void)
{
    struct room *room = ring_new(4, 4096, ring_forward_yes);
    struct member *alice = ring_enter(room, "alice");
    for (int i = 0; i < 1000; i++) {
        ring_say(room, alice, "to myself");
        ring_expect(room, alice, "alice", "");
    }
    ring_leave(room, alice);
    room_ring_free(room);
}

/* Events of one length after another go round the ring: its end falls behind every byte of an
 * event. */
static void wrap_around(size_t backlog, size_t nick_len, size_t text_len, int events)
{
    static char nick[PROTO_NICK_MAX + 1], text[PROTO_TEXT_MAX], want[PROTO_EVENT_MAX + 1];
    struct room *room = ring_new(2, backlog, ring_forward_yes);
    memset(nick, 'n', nick_len);
    nick[nick_len] = '\0';
    struct member *reader = ring_enter(room, "reader"), *writer = ring_enter(room, nick);
    char received[PROTO_EVENT_MAX];
    (void)room_read(room, reader, received, sizeof received); /* the JOIN */
    for (int i = 0; i < events; i++) {
        for (size_t k = 0; k < text_len; k++)
            text[k] = (char)('!' + (k * 7 + (size_t)i) % 90);
        int n = snprintf(want, sizeof want, "* SAY %s %.*s\n", nick, (int)text_len, text);
        room_say(room, writer, text, text_len);
        ssize_t got =
            room_read(room, writer, received, sizeof received); /* or speakers wait for it */
        unit_check(got == 0, "the writer receives its own");
        got = room_read(room, reader, received, sizeof received);
        unit_check(got == n && memcmp(received, want, (size_t)n) == 0,
                   "backlog %zu, text of %zu, event %d: expected %s, received %s", backlog,
                   text_len, i, unit_quote(want, (size_t)n),
                   got < 0 ? "slow" : unit_quote(received, (size_t)got));
    }
    ring_leave(room, writer);
    ring_leave(room, reader);
    room_ring_free(room);
}

static void case_wraps_at_every_alignment(void)
{
    for (size_t backlog = 1200; backlog < 1208; backlog++)
        for (size_t text_len = 1; text_len <= 40; text_len++)
            wrap_around(backlog, 1, text_len, 600);
    for (size_t backlog = 4400; backlog < 4600; backlog++)
        wrap_around(backlog, PROTO_NICK_MAX, PROTO_TEXT_MAX, 60);
}

static void case_reads_whole_events(void)
{
    struct room *room = ring_new(2, 64 * 1024, ring_forward_yes);
    char want[8192], received[PROTO_EVENT_MAX];
    size_t want_len = 0, at = 0;
    struct member *reader = ring_enter(room, "reader"), *writer = ring_enter(room, "writer");
    want_len += (size_t)snprintf(want, sizeof want, "* JOIN writer\n");
    for (int i = 0; i < 200; i++) {
        char text[32];
        (void)snprintf(text, sizeof text, "%.*s%d", i % 20, "....................", i);
        ring_say(room, writer, text);
        want_len +=
            (size_t)snprintf(want + want_len, sizeof want - want_len, "* SAY writer %s\n", text);
    }
    ssize_t n;
    while ((n = room_read(room, reader, received, sizeof received)) > 0) {
        unit_check(received[n - 1] == '\n' && received[0] == '*', "not whole events: %s",
                   unit_quote(received, (size_t)n));
        unit_check((size_t)n + 60 > sizeof received || at + (size_t)n == want_len,
                   "only %zd bytes, though more would have fitted", n);
        unit_same("events", "", 0, want + at, (size_t)n, received, (size_t)n);
        at += (size_t)n;
    }
    unit_check(n == 0 && at == want_len, "expected %zu bytes, received %zu", want_len, at);
    ring_leave(room, writer);
    ring_leave(room, reader);
    room_ring_free(room);
}

static void case_a_stalled_reader_is_slow(void)
{
    enum { BACKLOG = 4096 };
    static const char text[] = "a text that takes some room in the ring, for nobody to read it";
    struct room *room = ring_new(3, BACKLOG, ring_forward_yes);
    char received[PROTO_EVENT_MAX];
    size_t waiting = sizeof "* JOIN reader\n* JOIN writer\n" - 1;
    struct member *stalled = ring_enter(room, "stalled"), *reader = ring_enter(room, "reader");
    struct member *writer = ring_enter(room, "writer");
    (void)room_read(room, reader, received, sizeof received);
    while (!room_lags(room, stalled)) {
        unit_check(waiting <= BACKLOG, "%zu bytes wait, and nobody is slow", waiting);
        ring_say(room, writer, text);
        ring_expect(
            room, reader, "reader",
            "* SAY writer a text that takes some room in the ring, for nobody to read it\n");
        waiting += sizeof "* SAY writer \n" - 1 + sizeof text - 1;
        unit_check(!room_lags(room, reader), "a member that reads is slow");
    }
    unit_check(waiting > BACKLOG, "slow with only %zu bytes waiting", waiting);
    for (int i = 0; i < 500; i++) { /* until the ring has long gone round */
        unit_check(room_read(room, stalled, received, sizeof received) == -1,
                   "it is not slow any more");
        unit_check(room_lags(room, stalled), "it does not lag any more");
        ring_say(room, writer, text);
        (void)room_read(room, reader, received, sizeof received);
    }
    unit_check(room_wait(room, stalled), "a slow member does not wait");
    ring_leave(room, stalled);
    ring_expect(room, reader, "reader", "* LEAVE stalled\n");
    struct member *next = ring_enter(room, "next");
    ring_expect(room, next, "the member in the place of a slow one", "");
    ring_leave(room, next);
    ring_leave(room, writer);
    ring_leave(room, reader);
    room_ring_free(room);
}

static void case_places(void)
{
    struct room *room = ring_new(3, 4096, ring_forward_yes);
    struct member *a = ring_enter(room, "a"), *b = ring_enter(room, "b"),
                  *c = ring_enter(room, "c");
    ring_refused(room, "d", PROTO_IO);
    ring_refused(room, "b", PROTO_NICK_TAKEN);
    room_leave(room, b);
    ring_who(room, "a\nc\n");
    ring_refused(room, "d", PROTO_IO); /* its forwarder may still run */
    room_release(room, b);
    struct member *d = ring_enter(room, "d");
    ring_refused(room, "b", PROTO_IO);
    ring_leave(room, a);
    struct member *b2 = ring_enter(room, "b");
    ring_who(room, "b\nc\nd\n");
    ring_expect(room, c, "c", "* LEAVE b\n* JOIN d\n* LEAVE a\n* JOIN b\n");
    ring_leave(room, b2);
    ring_leave(room, c);
    ring_leave(room, d);
    for (int i = 0; i < 1000; i++) { /* places are used again, and again */
        struct member *all[3];
        for (int k = 0; k < 3; k++) {
            char nick[16];
            (void)snprintf(nick, sizeof nick, "n%d", i * 3 + k);
            all[k] = ring_enter(room, nick);
        }
        ring_refused(room, "x", PROTO_IO);
        for (int k = 0; k < 3; k++)
            ring_leave(room, all[(k + i) % 3]);
    }
    ring_who(room, "");
    room_ring_free(room);
}

static void case_a_nick_is_free_at_once(void)
{
    struct room *room = ring_new(4, 4096, ring_forward_yes);
    struct member *watcher = ring_enter(room, "watcher"), *old = ring_enter(room, "bob");
    room_leave(room, old); /* and not yet released */
    struct member *new = ring_enter(room, "bob");
    unit_check(new != old, "a place that was not released is used");
    ring_say(room, new, "hello");
    ring_expect(room, old, "the old bob", "");
    room_release(room, old);
    ring_expect(room, watcher, "watcher", "* JOIN bob\n* LEAVE bob\n* JOIN bob\n* SAY bob hello\n");
    ring_leave(room, new);
    ring_leave(room, watcher);
    room_ring_free(room);
}

static void case_names_are_sorted_by_bytes(void)
{
    static const char *const nicks[] = {"b", "a", "\xc3\xa4", "Z", "\xe4\xbd\xa0", "aa", "~", "0"};
    struct member *members[UNIT_COUNT(nicks)];
    struct room *room = ring_new(UNIT_COUNT(nicks), 4096, ring_forward_yes);
    ring_who(room, "");
    for (size_t i = 0; i < UNIT_COUNT(nicks); i++)
        members[i] = ring_enter(room, nicks[i]);
    ring_who(room, "0\nZ\na\naa\nb\n~\n\xc3\xa4\n\xe4\xbd\xa0\n");
    for (size_t i = 0; i < UNIT_COUNT(nicks); i++)
        ring_leave(room, members[i]);
    room_ring_free(room);
}

/* ---- what happens while somebody is entering ---- */

struct entering {
    struct room *room;
    struct member *talker;
    bool answer;
    enum proto_code second; /* the error that a second one with this nick gets meanwhile */
};

static bool forward_look(void *owner, struct member *member)
{
    struct entering *entering = owner;
    struct member *other;
    (void)member;
    if (entering == NULL)
        return true;
    entering->second = room_enter(entering->room, "bob", 3, NULL, &other);
    ring_who(entering->room, "alice\n");
    ring_say(entering->room, entering->talker, "meanwhile");
    return entering->answer;
}

static void case_entering(void)
{
    for (int answer = 0; answer < 2; answer++) {
        struct room *room = ring_new(2, 4096, forward_look);
        struct member *bob = NULL;
        struct entering entering = {.room = room, .talker = ring_enter(room, "alice")};
        entering.answer = answer == 1;
        enum proto_code code = room_enter(room, "bob", 3, &entering, &bob);
        enum proto_code want = answer == 1 ? PROTO_OK : PROTO_IO;
        unit_check(code == want, "with a forwarder %d: expected %s, received %s", answer,
                   proto_code_word(want), proto_code_word(code));
        unit_check(entering.second == PROTO_NICK_TAKEN, "a second bob meanwhile: %s",
                   proto_code_word(entering.second));
        if (answer == 1) {
            ring_expect(room, bob, "bob", "");
            ring_leave(room, bob);
        }
        ring_expect(room, entering.talker, "alice", answer == 1 ? "* JOIN bob\n* LEAVE bob\n" : "");
        bob = ring_enter(room, "bob"); /* nick and place are free again */
        ring_leave(room, bob);
        ring_leave(room, entering.talker);
        room_ring_free(room);
    }
}

/* ---- a long random life, against a model of it ---- */

enum { CAST = 5, MODEL_MAX = 8192 };

struct ring_part {
    struct member *member; /* NULL: not in the room */
    char want[MODEL_MAX];  /* the events it is to receive */
    size_t len;
};

static void part_expects(struct ring_part *parts, const struct ring_part *but, const char *line)
{
    for (int i = 0; i < CAST; i++) {
        struct ring_part *part = &parts[i];
        if (part == but || part->member == NULL)
            continue;
        unit_check(part->len + strlen(line) < MODEL_MAX, "the model is too small");
        memcpy(part->want + part->len, line, strlen(line) + 1);
        part->len += strlen(line);
    }
}

static void case_random_life(void)
{
    static struct ring_part parts[CAST];
    struct unit_random random = {.state = 20241};
    struct room *room = ring_new(CAST, 4096, ring_forward_yes);
    memset(parts, 0, sizeof parts);
    for (int step = 0; step < 60000; step++) {
        int member = (int)unit_random_below(&random, CAST),
            what = (int)unit_random_below(&random, 10);
        struct ring_part *part = &parts[member];
        char line[128], text[80];
        if (part->member == NULL && what < 4) {
            (void)snprintf(text, sizeof text, "p%d", member);
            (void)snprintf(line, sizeof line, "* JOIN p%d\n", member);
            part_expects(parts, NULL, line);
            part->member = ring_enter(room, text);
            part->len = 0;
            part->want[0] = '\0';
        } else if (part->member != NULL && what == 0) {
            room_leave(room, part->member);
            ring_expect(room, part->member, "a member that has left", part->want);
            room_release(room, part->member);
            part->member = NULL;
            (void)snprintf(line, sizeof line, "* LEAVE p%d\n", member);
            part_expects(parts, NULL, line);
        } else if (part->member != NULL && what < 6) {
            int pad = (int)unit_random_below(&random, 50);
            (void)snprintf(text, sizeof text, "%d%.*s", step, pad,
                           "..................................................");
            (void)snprintf(line, sizeof line, "* SAY p%d %s\n", member, text);
            ring_say(room, part->member, text);
            part_expects(parts, part, line);
        } else if (part->member != NULL) {
            ring_expect(room, part->member, "one of the cast", part->want);
            part->len = 0;
            part->want[0] = '\0';
        }
        for (int i = 0; i < CAST; i++) /* nobody may become slow here */
            if (parts[i].member != NULL && (parts[i].len > 1000 || step % 13 == 0)) {
                ring_expect(room, parts[i].member, "one of the cast", parts[i].want);
                parts[i].len = 0;
                parts[i].want[0] = '\0';
            }
    }
    for (int i = 0; i < CAST; i++)
        if (parts[i].member != NULL)
            ring_leave(room, parts[i].member);
    room_ring_free(room);
}

#define RING_CASES                                                                                 \
    TEST(case_joiner_and_leaver), TEST(case_own_messages_are_skipped),                             \
        TEST(case_wraps_at_every_alignment), TEST(case_reads_whole_events),                        \
        TEST(case_a_stalled_reader_is_slow), TEST(case_places), TEST(case_a_nick_is_free_at_once), \
        TEST(case_names_are_sorted_by_bytes), TEST(case_entering), TEST(case_random_life)

#endif
