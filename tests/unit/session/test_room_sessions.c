/* test_room_sessions.c: sessions in one chat room: who receives what, and when
 *
 * test_slow_members.c has those that do not read.
 */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "party.h"
#include "waits.h"

/* Replies come first, events behind them; but an event that has begun is ended before anything
 * else. */
static void test_events_between_replies(void)
{
    static const char join[] = "* JOIN b\n";
    for (size_t begun = 0; begun <= sizeof join - 1; begun++) { /* bytes that are on their way */
        party_begin(64 * 1024);
        visitor_ask(0, "C a\n", "OK 0\n");
        visitor_ask(1, "C b\n", "OK 0\n");
        visitor_send(0, begun);
        visitor_feed(0, "N\n");
        visitor_feed(1, "S one\n");
        visitor_feed(0, "W\n");
        visitor_feed(1, "S two\n");
        visitor_expect(0, begun == 0 ? "OK 0\nOK 4\na\nb\n* JOIN b\n* SAY b one\n* SAY b two\n"
                                     : "* JOIN b\nOK 0\nOK 4\na\nb\n* SAY b one\n* SAY b two\n");
        visitor_expect(1, "OK 0\nOK 0\n");
        party_end();
    }
}

/* A client that reads at once gets everything as it happens. */
static void test_events_in_time(void)
{
    party_of_two(64 * 1024);
    visitor_flush(0);
    visitor_speak(0, "N\n");
    visitor_feed(1, "S one\n");
    visitor_flush(0);
    visitor_speak(0, "W\n");
    visitor_feed(1, "S two\n");
    visitor_expect(0, "OK 0\n* JOIN b\nOK 0\n* SAY b one\nOK 4\na\nb\n* SAY b two\n");
    visitor_expect(1, "OK 0\nOK 0\nOK 0\n");
    party_end();
}

/* Leaving by X or Q, in the middle of an event or not: all that happened before comes first. */
static void test_leaving_hears_all(void)
{
    static const char events[] = "* JOIN b\n* SAY b one\n* SAY b two\n";
    for (int quits = 0; quits < 2; quits++)
        for (size_t begun = 0; begun <= sizeof events - 1; begun++) {
            party_begin(64 * 1024);
            visitor_ask(0, "C a\n", "OK 0\n");
            visitor_speak(1, "C b\nS one\n");
            visitor_ask(0, "S own\n", "OK 0\n* JOIN b\n* SAY b one\n");
            visitor_speak(1, "X\nC b\nS one\n");
            visitor_ask(1, "S two\n", "OK 0\nOK 0\n* SAY a own\nOK 0\nOK 0\nOK 0\nOK 0\n");
            visitor_send(0, begun);
            visitor_feed(0, quits ? "N\nQ\n" : "N\nX\n");
            visitor_feed(1, "S three\n");
            visitor_flush(0);
            /* the position of N's reply depends on how much was sent; the rest does not */
            struct sink *received = &party.visitors[0].received;
            char *reply = memmem(received->bytes, received->len, "OK 0\n", 5);
            unit_check(reply != NULL &&
                           memcmp(received->bytes + received->len - 5, "OK 0\n", 5) == 0,
                       "after %zu bytes: %s", begun, unit_quote(received->bytes, received->len));
            memmove(reply, reply + 5, (size_t)(received->bytes + received->len - reply) - 5);
            static const char want[] = "* LEAVE b\n* JOIN b\n* SAY b one\n* SAY b two\nOK 0\n";
            unit_same("one that leaves", "", 0, want, sizeof want - 1, received->bytes,
                      received->len - 5);
            party_end();
        }
}

/* What happens after a joiner's C, but before its OK is sent, comes behind the OK. */
static void test_joiner(void)
{
    party_begin(64 * 1024);
    visitor_feed(0, "C a\n");
    visitor_feed(1, "N\n"); /* a reply that still waits when it enters */
    visitor_flush(0);
    visitor_feed(0, "S before\n");
    visitor_feed(1, "C b\nS pipelined\nX\n");
    visitor_ask(2, "C c\n", "OK 0\n");
    visitor_feed(2, "S between\n");
    visitor_expect(1, "OK 0\nOK 0\n* JOIN c\n* SAY c between\nOK 0\nOK 0\n");
    visitor_expect(0, "OK 0\nOK 0\n* JOIN b\n* JOIN c\n* SAY c between\n* SAY b pipelined\n"
                      "* LEAVE b\n");
    party_end();
}

/* Entering and leaving again and again: nothing from before, nothing from after. */
static void test_visits(void)
{
    party_begin(64 * 1024);
    visitor_ask(0, "C a\n", "OK 0\n");
    for (int i = 0; i < 50; i++) {
        visitor_feed(0, "S outside\n");
        visitor_ask(1, "C b\n", "OK 0\n");
        visitor_feed(0, "S inside\n");
        visitor_feed(1, "X\n");
        visitor_feed(0, "S outside\n");
        visitor_expect(1, "* SAY a inside\nOK 0\n");
        visitor_expect(0, "OK 0\nOK 0\nOK 0\n* JOIN b\n* LEAVE b\n");
    }
    party_end();
}

/* Every way to leave: the others get one event. */
static void test_leaving_in_every_way(void)
{
    for (int way = 0; way < 7; way++) {
        struct session *s = &party.visitors[1].session;
        party_of_two(64 * 1024);
        switch (way) {
        case 0: visitor_feed(1, "X\n"); break;
        case 1: visitor_feed(1, "Q\n"); break;
        case 2: session_feed(s, NULL, 0); break;
        case 3: session_fail(s, PROTO_TIMEOUT); break;
        case 4: session_fail(s, PROTO_SLOW); break;
        case 5: session_free(s); break;
        default: { /* a line that is too long */
            static char line[PROTO_LINE_MAX + 1];
            memset(line, 'x', PROTO_LINE_MAX);
            visitor_feed(1, line);
        }
        }
        party.visitors[0].received.len = 0;
        visitor_expect(0, "* JOIN b\n* LEAVE b\n");
        visitor_feed(2, "C b\n"); /* the nick is free at once */
        visitor_expect(2, "OK 0\n");
        visitor_flush(1);
        session_free(s);
        visitor_expect(0, "* JOIN b\n");
        party_end();
    }
}

/* Events do not count as replies: a member that receives much can still ask, and its reply comes
 * first. */
static void test_events_are_no_backpressure(void)
{
    party_of_two(256 * 1024);
    for (int i = 0; i < 1000; i++) {
        visitor_speak(0, "S to somebody who will read it later, but all of it, and that is much\n");
    }
    struct session *s = &party.visitors[1].session;
    unit_check(room_unread(party.shared.room, s->member) > 64 * 1024 && reads(s),
               "with %zu bytes of events it does not want to read",
               room_unread(party.shared.room, s->member));
    sink_reset(&party.visitors[1].received);
    visitor_speak(1, "N\n");
    struct sink *received = &party.visitors[1].received;
    unit_check(memcmp(received->bytes, "OK 0\n* SAY a to", 15) == 0, "its reply is not first: %s",
               unit_quote(received->bytes, received->len));
    party_end();
}

/* While the room is crowded no member speaks, and none enters; other clients are not held up. */
static void test_crowded_sessions(void)
{
    party_of_two(4096);
    struct room *room = party.shared.room;
    party_idle();
    while (!room_crowded(room))
        room_announce(room, "an announcement that takes some room", 36);
    uint64_t head = room_head(room);
    static const char *const lines[] = {"S hi\n", "C x\n", "C c\nN\n", "N\n"};
    for (size_t i = 1; i < 4; i++) {
        struct session *s = &party.visitors[i].session;
        session_feed(s, lines[i - 1], strlen(lines[i - 1]));
        for (int k = 0; k < 3 && continues(s); k++)
            session_continue(s);
        unit_check(room_head(room) == head && s->out.head == NULL && continues(s),
                   "visitor %zu: %s was not held up", i, lines[i - 1]);
    }
    session_feed(&party.visitors[4].session, "N\n", 2);
    visitor_expect(4, "OK 0\n"); /* news in it: all have had their chance */
    unit_check(!room_crowded(room), "still crowded");
    for (size_t i = 1; i < 4; i++)
        visitor_flush(i);
    party_idle();
    for (size_t i = 1; i < 4; i++)
        unit_check(reads(&party.visitors[i].session), "visitor %zu is held up", i);
    visitor_ask(1, "W\n", "OK 8\na\nb\nc\nx\n");
    party_end();
}

/* Members receive all events in one order, whatever the order in which they are served. */
static void test_one_order(void)
{
    struct unit_random random = {.state = 99};
    party_begin(1024 * 1024);
    for (size_t i = 0; i < VISITORS; i++)
        visitor_enter(i);
    party_idle();
    struct sink want = {0};
    for (unsigned int n = 0; n < 5000; n++) {
        size_t i = (size_t)unit_random_below(&random, VISITORS - 2); /* the last two only listen */
        char line[32], event[32];
        (void)snprintf(line, sizeof line, "S %u\n", n);
        int len = snprintf(event, sizeof event, "* SAY %c %u\n", (char)('a' + (int)i), n);
        visitor_feed(i, line);
        visitor_flush((size_t)unit_random_below(&random, VISITORS - 1));
        visitor_flush(i);
        sink_add(&want, event, (size_t)len);
    }
    for (size_t i = VISITORS - 2; i < VISITORS; i++) {
        visitor_flush(i);
        unit_same("a member that only listens", "", 0, want.bytes, want.len,
                  party.visitors[i].received.bytes, party.visitors[i].received.len);
    }
    sink_free(&want);
    party_end();
}

static const struct CMUnitTest tests[] = {
    TEST(test_events_between_replies),
    TEST(test_events_in_time),
    TEST(test_leaving_hears_all),
    TEST(test_joiner),
    TEST(test_visits),
    TEST(test_leaving_in_every_way),
    TEST(test_events_are_no_backpressure),
    TEST(test_crowded_sessions),
    TEST(test_one_order),
};
UNIT_MAIN("room_sessions", tests)
