/* test_room_sessions.c: sessions in one chat room, in a server with one thread */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "chat/room_ring.h"
#include "sink.h"
#include "waits.h"

enum { VISITORS = 8 };

struct visitor {
    struct session session;
    struct sink received;
};

static struct party {
    struct budget budget;
    struct budget_part part;
    struct session_shared shared;
    struct store store; /* nobody asks for a file */
    struct visitor visitors[VISITORS];
} party;

static void party_begin(size_t backlog)
{
    party = (struct party){.store = {.dir = -1}};
    budget_init(&party.budget, &party.part, 1024 * 1024);
    party.shared = (struct session_shared){.model = "test",
                                           .store = &party.store,
                                           .room = room_ring_new(VISITORS, backlog, NULL),
                                           .budget = &party.budget,
                                           .follows = true};
    unit_check(party.shared.room != NULL, "out of memory");
    for (size_t i = 0; i < VISITORS; i++) {
        struct visitor *visitor = &party.visitors[i];
        session_init(&visitor->session, &party.shared, &visitor->session);
        sink_take_all(&visitor->received, &visitor->session.out, SIZE_MAX);
        sink_reset(&visitor->received);
    }
}

static void party_end(void)
{
    for (size_t i = 0; i < VISITORS; i++) {
        session_free(&party.visitors[i].session);
        sink_free(&party.visitors[i].received);
    }
    unsigned int place = 0;
    unit_check(room_next(party.shared.room, &place) == NULL, "the room is not empty");
    unit_check(party.part.used == 0, "%zu bytes of the budget are not given back",
               (size_t)party.part.used);
    room_ring_free(party.shared.room);
}

/* What a turn does once something was sent; all have had their chance to read. */
static void news(void)
{
    struct room *room = party.shared.room;
    unsigned int place = 0;
    for (struct session *member; (member = room_next(room, &place)) != NULL;)
        session_check_lag(member);
    room_delivered(room, room_head(room));
}

/* Feeds a line or several, and continues until the session needs its replies to be sent. */
static void feed(size_t i, const char *lines)
{
    struct session *s = &party.visitors[i].session;
    unit_check(reads(s), "visitor %zu does not want to read %s", i,
               unit_quote(lines, strlen(lines)));
    session_feed(s, lines, strlen(lines));
    news();
    while (continues(s)) {
        session_continue(s);
        news();
    }
}

static void send_part(size_t i, size_t len)
{
    struct visitor *visitor = &party.visitors[i];
    size_t sent = sink_take(&visitor->received, &visitor->session.out, len);
    unit_check(sent == len, "%zu of %zu bytes were sent", sent, len);
}

/* Sends all; continues the session if that is possible then. */
static void flush(size_t i)
{
    struct visitor *visitor = &party.visitors[i];
    do {
        sink_take_all(&visitor->received, &visitor->session.out, 5);
        if (continues(&visitor->session))
            session_continue(&visitor->session);
        news();
    } while (!outbox_empty(&visitor->session.out) || continues(&visitor->session));
}

/* All receive what there is, and forget it. */
static void idle(void)
{
    for (size_t i = 0; i < VISITORS; i++) {
        flush(i);
        sink_reset(&party.visitors[i].received);
    }
}

/* Feeds lines, and sends all replies. */
static void speak(size_t i, const char *lines)
{
    feed(i, lines);
    flush(i);
}

/* This visitor enters the room as "a", "b", and so on by its number. */
static void enter(size_t i)
{
    const char line[] = {'C', ' ', (char)('a' + i), '\n', '\0'};
    speak(i, line);
}

/* A party at which a and b have entered the room, one after the other. */
static void party_of_two(size_t backlog)
{
    party_begin(backlog);
    enter(0);
    enter(1);
}

static bool is_slow(const struct session *s)
{
    return s->member != NULL && room_too_far_behind(party.shared.room, s->member);
}

static void visitor_expect(size_t i, const char *want)
{
    struct sink plain = {0};
    flush(i);
    struct sink *received = &party.visitors[i].received;
    const char *wrong = sink_strict(received, &plain);
    unit_check(wrong == NULL, "visitor %zu: %s: %s", i, wrong,
               unit_quote(received->bytes, received->len));
    char what[32];
    (void)snprintf(what, sizeof what, "visitor %zu", i);
    unit_same(what, "", 0, want, strlen(want), plain.bytes, plain.len);
    sink_reset(received);
    sink_free(&plain);
}

static void ask(size_t i, const char *lines, const char *want)
{
    feed(i, lines);
    visitor_expect(i, want);
}

/* Replies come first, events behind them; but an event that has begun is ended before anything
 * else. */
static void test_events_between_replies(void)
{
    static const char join[] = "* JOIN b\n";
    for (size_t begun = 0; begun <= sizeof join - 1; begun++) { /* bytes that are on their way */
        party_begin(64 * 1024);
        ask(0, "C a\n", "OK 0\n");
        ask(1, "C b\n", "OK 0\n");
        send_part(0, begun);
        feed(0, "N\n");
        feed(1, "S one\n");
        feed(0, "W\n");
        feed(1, "S two\n");
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
    flush(0);
    speak(0, "N\n");
    feed(1, "S one\n");
    flush(0);
    speak(0, "W\n");
    feed(1, "S two\n");
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
            ask(0, "C a\n", "OK 0\n");
            speak(1, "C b\nS one\n");
            ask(0, "S own\n", "OK 0\n* JOIN b\n* SAY b one\n");
            speak(1, "X\nC b\nS one\n");
            ask(1, "S two\n", "OK 0\nOK 0\n* SAY a own\nOK 0\nOK 0\nOK 0\nOK 0\n");
            send_part(0, begun);
            feed(0, quits ? "N\nQ\n" : "N\nX\n");
            feed(1, "S three\n");
            flush(0);
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
    feed(0, "C a\n");
    feed(1, "N\n"); /* a reply that still waits when it enters */
    flush(0);
    feed(0, "S before\n");
    feed(1, "C b\nS pipelined\nX\n");
    ask(2, "C c\n", "OK 0\n");
    feed(2, "S between\n");
    visitor_expect(1, "OK 0\nOK 0\n* JOIN c\n* SAY c between\nOK 0\nOK 0\n");
    visitor_expect(0, "OK 0\nOK 0\n* JOIN b\n* JOIN c\n* SAY c between\n* SAY b pipelined\n"
                      "* LEAVE b\n");
    party_end();
}

/* Entering and leaving again and again: nothing from before, nothing from after. */
static void test_visits(void)
{
    party_begin(64 * 1024);
    ask(0, "C a\n", "OK 0\n");
    for (int i = 0; i < 50; i++) {
        feed(0, "S outside\n");
        ask(1, "C b\n", "OK 0\n");
        feed(0, "S inside\n");
        feed(1, "X\n");
        feed(0, "S outside\n");
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
        case 0: feed(1, "X\n"); break;
        case 1: feed(1, "Q\n"); break;
        case 2: session_feed(s, NULL, 0); break;
        case 3: session_fail(s, PROTO_TIMEOUT); break;
        case 4: session_fail(s, PROTO_SLOW); break;
        case 5: session_free(s); break;
        default: { /* a line that is too long */
            static char line[PROTO_LINE_MAX + 1];
            memset(line, 'x', PROTO_LINE_MAX);
            feed(1, line);
        }
        }
        party.visitors[0].received.len = 0;
        visitor_expect(0, "* JOIN b\n* LEAVE b\n");
        feed(2, "C b\n"); /* the nick is free at once */
        visitor_expect(2, "OK 0\n");
        flush(1);
        session_free(s);
        visitor_expect(0, "* JOIN b\n");
        party_end();
    }
}

/* One that does not read becomes slow; the others are not touched, and what waits for it is
 * bounded. An event that has begun is ended; what stands behind it is dropped. */
static void slow_member(size_t begun)
{
    enum { BACKLOG = 4096 };
    static const char event[] = "* SAY a something that takes a bit of room in the log\n";
    struct session *slow = &party.visitors[1].session;
    size_t said = 0;
    party_begin(BACKLOG);
    for (size_t i = 0; i < 3; i++)
        enter(i);
    idle();
    while (!is_slow(slow)) {
        ask(0, "S something that takes a bit of room in the log\n", "OK 0\n");
        visitor_expect(2, event);
        if (said++ == 0)
            send_part(1, begun);
        size_t unread = room_unread(party.shared.room, slow->member);
        unit_check(unread == said * (sizeof event - 1) - begun, "%zu bytes wait", unread);
        unit_check(continues(slow) == (unread > BACKLOG), "%zu bytes wait, slow is %d", unread,
                   is_slow(slow));
        unit_check(slow->out.bytes == 0, "%zu bytes of them are copies", slow->out.bytes);
    }
    unit_check(continues(slow) && !reads(slow), "it does not want to say so");
    feed(0, "S more\n");
    visitor_expect(2, "* SAY a more\n");
    continue_all(slow);
    unit_check(session_waits_for(slow) != 0, "done before its error line was sent");
    visitor_expect(0, "OK 0\n* LEAVE b\n");
    visitor_expect(2, "* LEAVE b\n");
    flush(1);
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
    struct session *slow = &party.visitors[1].session;
    for (size_t begun = 0; begun < 2; begun++) {
        party_of_two(4096);
        room_announce(party.shared.room, "the first one", 13);
        send_part(1, begun);
        sink_reset(&party.visitors[1].received);
        for (int i = 0; i < 1000; i++)
            room_announce(party.shared.room, "one that stands in its place", 28);
        struct outbox_chunk chunk;
        outbox_peek(&slow->out, &chunk);
        unit_check(chunk.count == 0 && !outbox_empty(&slow->out),
                   "what was overwritten is to be sent, in %d pieces", chunk.count);
        unit_check(session_waits_for(slow) != 0, "done before its error line was sent");
        news();
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
            struct session *slow = &party.visitors[1].session;
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

/* It becomes slow in the middle of whatever it does. */
static void test_slow_in_every_state(void)
{
    static const char *const begun[] = {"", "N", "W\n", "W\nW\nN\n"};
    for (size_t i = 0; i < UNIT_COUNT(begun); i++) {
        struct session *slow = &party.visitors[1].session;
        party_of_two(4096);
        if (begun[i][0] != '\0')
            feed(1, begun[i]);
        while (!is_slow(slow)) {
            speak(0, "S to somebody who does not read\n");
        }
        continue_all(slow);
        party.visitors[0].received.len = 0;
        visitor_expect(0, "* LEAVE b\n");
        flush(1);
        unit_check(session_waits_for(slow) == 0, "begun with %s: not done",
                   unit_quote(begun[i], 1));
        party_end();
    }
}

/* Events do not count as replies: a member that receives much can still ask, and its reply comes
 * first. */
static void test_events_are_no_backpressure(void)
{
    party_of_two(256 * 1024);
    for (int i = 0; i < 1000; i++) {
        speak(0, "S to somebody who will read it later, but all of it, and that is much\n");
    }
    struct session *s = &party.visitors[1].session;
    unit_check(room_unread(party.shared.room, s->member) > 64 * 1024 && reads(s),
               "with %zu bytes of events it does not want to read",
               room_unread(party.shared.room, s->member));
    sink_reset(&party.visitors[1].received);
    speak(1, "N\n");
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
    idle();
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
        flush(i);
    idle();
    for (size_t i = 1; i < 4; i++)
        unit_check(reads(&party.visitors[i].session), "visitor %zu is held up", i);
    ask(1, "W\n", "OK 8\na\nb\nc\nx\n");
    party_end();
}

/* Members receive all events in one order, whatever the order in which they are served. */
static void test_one_order(void)
{
    struct unit_random random = {.state = 99};
    party_begin(1024 * 1024);
    for (size_t i = 0; i < VISITORS; i++)
        enter(i);
    idle();
    struct sink want = {0};
    for (unsigned int n = 0; n < 5000; n++) {
        size_t i = (size_t)unit_random_below(&random, VISITORS - 2); /* the last two only listen */
        char line[32], event[32];
        (void)snprintf(line, sizeof line, "S %u\n", n);
        int len = snprintf(event, sizeof event, "* SAY %c %u\n", (char)('a' + (int)i), n);
        feed(i, line);
        flush((size_t)unit_random_below(&random, VISITORS - 1));
        flush(i);
        sink_add(&want, event, (size_t)len);
    }
    for (size_t i = VISITORS - 2; i < VISITORS; i++) {
        flush(i);
        unit_same("a member that only listens", "", 0, want.bytes, want.len,
                  party.visitors[i].received.bytes, party.visitors[i].received.len);
    }
    sink_free(&want);
    party_end();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(test_events_between_replies),
        TEST(test_events_in_time),
        TEST(test_leaving_hears_all),
        TEST(test_joiner),
        TEST(test_visits),
        TEST(test_leaving_in_every_way),
        TEST(test_slow_member),
        TEST(test_slow_beyond_the_ring),
        TEST(test_leaving_beyond_the_ring),
        TEST(test_slow_in_every_state),
        TEST(test_events_are_no_backpressure),
        TEST(test_crowded_sessions),
        TEST(test_one_order),
    };
    return unit_run("room_sessions", tests, argc, argv);
}
