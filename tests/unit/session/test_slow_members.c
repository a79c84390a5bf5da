/* test_slow_members.c: members that do not read what is said in the chat room */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "party.h"
#include "waits.h"

static struct session *const slow = &party.visitors[1].session;

static bool is_slow(const struct session *s)
{
    return s->member != NULL && room_too_far_behind(party.shared.room, s->member);
}

/* One that does not read becomes slow; the others are not touched, and what waits for it is
 * bounded. An event that has begun is ended; what stands behind it is dropped. */
static void slow_member(size_t begun)
{
    enum { BACKLOG = 4096 };
    static const char event[] = "* SAY a something that takes a bit of room in the log\n";
    size_t said = 0;
    party_begin(BACKLOG);
    for (size_t i = 0; i < 3; i++)
        visitor_enter(i);
    party_idle();
    while (!is_slow(slow)) {
        visitor_ask(0, "S something that takes a bit of room in the log\n", "OK 0\n");
        visitor_expect(2, event);
        if (said++ == 0)
            visitor_send(1, begun);
        size_t unread = room_unread(party.shared.room, slow->member);
        unit_check(unread == said * (sizeof event - 1) - begun, "%zu bytes wait", unread);
        unit_check(continues(slow) == (unread > BACKLOG), "%zu bytes wait, slow is %d", unread,
                   is_slow(slow));
        unit_check(slow->out.bytes == 0, "%zu bytes of them are copies", slow->out.bytes);
    }
    unit_check(continues(slow) && !reads(slow), "it does not want to say so");
    visitor_feed(0, "S more\n");
    visitor_expect(2, "* SAY a more\n");
    continue_all(slow);
    unit_check(session_waits_for(slow) != 0, "done before its error line was sent");
    visitor_expect(0, "OK 0\n* LEAVE b\n");
    visitor_expect(2, "* LEAVE b\n");
    visitor_flush(1);
    struct sink *received = &party.visitors[1].received;
    char want[200];
    int n = snprintf(want, sizeof want, "%sERR slow %s\n", begun > 0 ? event : "",
                     proto_code_text(PROTO_SLOW));
    unit_same("what a slow one hears", "", 0, want, (size_t)n, received->bytes, received->len);
    unit_check(session_waits_for(slow) == 0, "not done after its error line was sent");
    party_end();
}

static void test_slow_member(void)
{
    slow_member(0);
    slow_member(1);
    slow_member(11);
}

/* So much is sent at once that what it is in the middle of is overwritten: it can't be sent
 * anything. */
static void test_slow_beyond_the_ring(void)
{
    for (size_t begun = 0; begun < 2; begun++) {
        party_of_two(4096);
        room_announce(party.shared.room, "the first one", 13);
        visitor_send(1, begun);
        sink_reset(&party.visitors[1].received);
        for (int i = 0; i < 1000; i++)
            room_announce(party.shared.room, "one that stands in its place", 28);
        struct outbox_chunk chunk;
        outbox_peek(&slow->out, &chunk);
        unit_check(chunk.count == 0 && !outbox_empty(&slow->out),
                   "what was overwritten is to be sent, in %d pieces", chunk.count);
        unit_check(session_waits_for(slow) != 0, "done before its error line was sent");
        party_news();
        continue_all(slow);
        unit_check(slow->out.failed == (begun > 0), "begun %zu: broken is %d", begun,
                   slow->out.failed);
        if (begun == 0)
            visitor_expect(1, "ERR slow\n");
        unit_check(session_waits_for(slow) == 0, "not done");
        party_end();
    }
}

/* It wants to leave, and what it has not received is overwritten: there is no OK for events with a
 * gap. */
static void test_leaving_beyond_the_ring(void)
{
    static const char *const ways[] = {"X\n", "Q\n"};
    for (size_t way = 0; way < UNIT_COUNT(ways); way++)
        for (int behind = 62; behind <= 400; behind += 338) { /* more than may wait; overwritten */
            party_of_two(4096);
            sink_reset(&party.visitors[1].received);
            for (int i = 0; i < behind; i++)
                room_announce(party.shared.room,
                              "many of these are more than may wait for somebody who reads", 59);
            room_delivered(party.shared.room, room_head(party.shared.room));
            session_feed(slow, ways[way], 2);
            continue_all(slow);
            sink_reset(&party.visitors[0].received);
            visitor_expect(1, "ERR slow\n");
            unit_check(session_waits_for(slow) == 0, "not done");
            party_end();
        }
}

/* What it has not received by the time it leaves is kept only as far as the budget goes. */
static void test_leaving_beyond_the_budget(void)
{
    enum { X, Q, END, TIMEOUT, WAYS, EVENTS = 100 };
    static const char *const lines[WAYS] = {"X\n", "Q\n", "", "N"};
    static const char *const replies[WAYS] = {"OK 0\n", "OK 0\n", "", "ERR timeout\n"};
    static const char text[] = "this is heard by those who read", event[] = "* ADMIN ";
    for (int way = 0; way < WAYS; way++)
        for (int enough = 0; enough < 2; enough++) {
            struct sink want = {0};
            party_of_two(64 * 1024);
            sink_reset(&party.visitors[1].received);
            for (int i = 0; i < EVENTS; i++) {
                room_announce(party.shared.room, text, sizeof text - 1);
                sink_add(&want, event, sizeof event - 1);
                sink_add(&want, text, sizeof text - 1);
                sink_add(&want, "\n", 1);
            }
            room_delivered(party.shared.room, room_head(party.shared.room));
            sink_add(&want, replies[way], strlen(replies[way]) + 1);
            party.budget.max = enough ? 2 * want.len : want.len / 2;
            session_feed(slow, lines[way], strlen(lines[way]));
            if (way == TIMEOUT)
                session_fail(slow, PROTO_TIMEOUT);
            continue_all(slow);
            unit_check(enough || party.part.used <= party.budget.max,
                       "way %d: %zu bytes of %zu are used", way, (size_t)party.part.used,
                       party.budget.max);
            visitor_expect(1, enough ? want.bytes : "ERR slow\n");
            unit_check((session_waits_for(slow) == 0) == (way != X || !enough),
                       "way %d, enough %d: closed, or not", way, enough);
            sink_reset(&party.visitors[0].received);
            sink_free(&want);
            party_end();
        }
}

/* It becomes slow in the middle of whatever it does. */
static void test_slow_in_every_state(void)
{
    static const char *const begun[] = {"", "N", "W\n", "W\nW\nN\n"};
    for (size_t i = 0; i < UNIT_COUNT(begun); i++) {
        party_of_two(4096);
        if (begun[i][0] != '\0')
            visitor_feed(1, begun[i]);
        while (!is_slow(slow)) {
            visitor_speak(0, "S to somebody who does not read\n");
        }
        continue_all(slow);
        party.visitors[0].received.len = 0;
        visitor_expect(0, "* LEAVE b\n");
        visitor_flush(1);
        unit_check(session_waits_for(slow) == 0, "begun with %s: not done",
                   unit_quote(begun[i], 1));
        party_end();
    }
}

static const struct CMUnitTest tests[] = {
    TEST(test_slow_member),
    TEST(test_slow_beyond_the_ring),
    TEST(test_leaving_beyond_the_ring),
    TEST(test_leaving_beyond_the_budget),
    TEST(test_slow_in_every_state),
};
UNIT_MAIN("slow_members", tests)
