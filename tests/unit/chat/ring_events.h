/* ring_events.h: tests of the ring, in one flow of control: which events which members receive */
#ifndef RING_EVENTS_H
#define RING_EVENTS_H

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ring.h"

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
    room_free(room);
}

static void case_own_messages_are_skipped(void)
{
    struct room *room = ring_new(4, 4096, ring_forward_yes);
    struct member *alice = ring_enter(room, "alice");
    for (int i = 0; i < 1000; i++) {
        ring_say(room, alice, "to myself");
        ring_expect(room, alice, "alice", "");
    }
    RING_END(room, alice);
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
    RING_END(room, writer, reader);
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
    RING_END(room, writer, reader);
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
    RING_END(room, next, writer, reader);
}

/* What others say after it has left does not make it slow, until its own is overwritten. */
static void case_one_that_has_left(void)
{
    enum { BACKLOG = 4096 };
    struct room *room = ring_new(3, BACKLOG, ring_forward_yes);
    char received[PROTO_EVENT_MAX];
    struct member *writer = ring_enter(room, "writer"), *gone = ring_enter(room, "gone");
    struct member *lost = ring_enter(room, "lost");
    ring_say(room, writer, "last");
    room_leave(room, gone);
    room_leave(room, lost);
    (void)room_read(room, writer, received, sizeof received); /* or speakers wait for it */
    while (room_head(room) < 2 * BACKLOG) {
        unit_check(!room_lags(room, gone), "slow after %d bytes", (int)room_head(room));
        ring_say(room, writer, "to others");
    }
    ring_expect(room, gone, "gone", "* JOIN lost\n* SAY writer last\n");
    while (room_head(room) < 4 * BACKLOG)
        ring_say(room, writer, "to others");
    unit_check(room_lags(room, lost) && room_read(room, lost, received, sizeof received) == -1,
               "what is overwritten can be read");
    room_release(room, gone);
    room_release(room, lost);
    RING_END(room, writer);
}

/* Once the room is closed, members still get what is in the log, and nobody is told who leaves. */
static void case_closed(void)
{
    struct room *room = ring_new(3, 4096, ring_forward_yes);
    struct member *alice = ring_enter(room, "alice"), *bob = ring_enter(room, "bob");
    struct member *carol = ring_enter(room, "carol");
    ring_say(room, carol, "last");
    ring_expect(room, bob, "bob", "* JOIN carol\n* SAY carol last\n");
    unit_check(room_close(room), "the room can't be closed");
    unit_check(room_wait(room, alice), "alice can't read what was said before");
    unit_check(!room_wait(room, bob), "bob waits for more");
    ring_leave(room, bob);
    ring_expect(room, alice, "alice", "* JOIN bob\n* JOIN carol\n* SAY carol last\n");
    ring_who(room, "alice\ncarol\n");
    ring_leave(room, carol);
    ring_expect(room, alice, "alice, alone", "");
    ring_leave(room, alice);
    ring_who(room, "");
    room_free(room);
}

/* The console has more lines than may wait for a member: they are announced as fast as it reads.
 * For one whose client blocks, and for one that does nothing, they are not held back for long. */
static void case_announcing_without_end(void)
{
    enum { BACKLOG = 4096, LINES = 2000, TIMEOUT = 1000 };
    struct room *room = ring_new(1, BACKLOG, ring_forward_yes);
    struct member *reader = ring_enter(room, "reader");
    char received[BACKLOG];
    size_t got = 0;
    ssize_t n;
    for (int i = 0; i < LINES; i++)
        while (!room_announce(room, "x", 1)) {
            n = room_read(room, reader, received, sizeof received);
            unit_check(n > 0, "line %d waits, and the reader got %zd bytes", i, n);
            got += (size_t)n;
        }
    while ((n = room_read(room, reader, received, sizeof received)) > 0)
        got += (size_t)n;
    unit_check(n == 0, "a member that reads is slow");
    unit_check(got == LINES * (sizeof "* ADMIN x\n" - 1), "%zu bytes were received", got);
    room_client_blocks(reader, true);
    while (!room_lags(room, reader))
        unit_check(room_announce(room, "x", 1), "a line waits for a client that does not read");
    ring_leave(room, reader);

    reader = ring_enter(room, "stalled");
    int64_t since = clock_now();
    while (!room_lags(room, reader)) {
        unit_check(clock_now() - since < 20 * TIMEOUT, "a line waits for ever");
        if (!room_announce(room, "x", 1))
            clock_pause(10);
    }
    unit_check(clock_now() - since >= TIMEOUT, "a member had less than %d ms", TIMEOUT);
    RING_END(room, reader);
}

#define RING_EVENTS                                                                           \
    TEST(case_joiner_and_leaver), TEST(case_own_messages_are_skipped),                        \
        TEST(case_wraps_at_every_alignment), TEST(case_reads_whole_events),                   \
        TEST(case_a_stalled_reader_is_slow), TEST(case_one_that_has_left), TEST(case_closed), \
        TEST(case_announcing_without_end)

#endif
