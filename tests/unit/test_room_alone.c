/* test_room_alone.c: the chat room of a server with one thread, bare and with sessions in it
 *
 * Nobody waits here: members are sent what lies behind their positions. test_room_log.c has that
 * part by itself, in every way it can be sent.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/room_ring.h"
#include "session/session.h"
#include "sink.h"

static struct budget budget;
static struct budget_part part;

/* ==== the bare room ==== */

static struct room *room_new(unsigned int members, size_t backlog)
{
    struct room *room = room_ring_new(members, backlog, NULL);
    unit_check(room != NULL, "out of memory");
    budget_init(&budget, &part, 1024 * 1024);
    return room;
}

static struct member *enter(struct room *room, const char *nick, void *owner)
{
    struct member *member = NULL;
    enum proto_code code = room_enter(room, nick, strlen(nick), owner, &member);
    unit_check(code == PROTO_OK && member != NULL, "%s enters: %s", nick, proto_code_word(code));
    return member;
}

static void leave(struct room *room, struct member *member)
{
    room_leave(room, member);
    room_release(room, member);
}

/* Reads all there is. */
static void receive(struct room *room, struct member *member, struct sink *received)
{
    struct iovec vec[3];
    int count;
    while ((count = room_peek(room, member, false, vec, 3)) > 0)
        for (int i = 0; i < count; i++) {
            sink_add(received, vec[i].iov_base, vec[i].iov_len);
            room_sent(room, member, vec[i].iov_len);
        }
    unit_check(room_unread(room, member) == 0, "%zu bytes can't be read",
               room_unread(room, member));
}

static void expect_events(struct room *room, struct member *member, const char *name,
                          const char *want)
{
    struct sink received = {0};
    receive(room, member, &received);
    unit_same(name, "", 0, want, strlen(want), received.bytes, received.len);
    sink_free(&received);
}

static void expect_names(struct room *room, const char *want)
{
    struct body *names = room_names(room, &budget);
    unit_check((names == NULL) == (want[0] == '\0'), "names %d, expected %s", names != NULL, want);
    if (names != NULL)
        unit_same("the names in the room", "", 0, want, strlen(want), names->bytes, names->len);
    body_release(names);
    unit_check(part.used == 0, "%zu bytes of the budget are not given back", (size_t)part.used);
}

static void test_events(void **state)
{
    struct room *room = room_new(3, 4096);
    (void)state;
    struct member *alice = enter(room, "alice", NULL);
    expect_events(room, alice, "alice, alone", "");
    struct member *bob = enter(room, "bob", NULL);
    struct member *carol = enter(room, "carol", NULL);
    room_say(room, bob, "hello", 5);
    room_announce(room, "break", 5);
    room_leave(room, bob);
    room_say(room, carol, "bye", 3);
    expect_events(room, alice, "alice",
                  "* JOIN bob\n* JOIN carol\n* SAY bob hello\n* ADMIN break\n* LEAVE bob\n"
                  "* SAY carol bye\n");
    expect_events(room, bob, "bob", "* JOIN carol\n* ADMIN break\n");
    expect_events(room, carol, "carol", "* SAY bob hello\n* ADMIN break\n* LEAVE bob\n");
    room_release(room, bob);
    room_leave(room, alice);
    expect_events(room, alice, "alice, after it left", "");
    room_release(room, alice);
    room_leave(room, carol);
    expect_events(room, carol, "carol", "* LEAVE alice\n");
    room_release(room, carol);
    room_announce(room, "nobody is here", 14);
    room_ring_free(room);
}

static void test_a_nick_is_taken_once(void **state)
{
    struct room *room = room_new(4, 4096);
    struct member *alice = enter(room, "alice", NULL), *other = NULL;
    (void)state;
    enum proto_code code = room_enter(room, "alice", 5, NULL, &other);
    unit_check(code == PROTO_NICK_TAKEN && other == NULL, "a second alice: %s",
               proto_code_word(code));
    expect_events(room, alice, "alice", "");
    struct member *upper = enter(room, "Alice", NULL), *shorter = enter(room, "alic", NULL);
    expect_names(room, "Alice\nalic\nalice\n");
    leave(room, alice);
    alice = enter(room, "alice", NULL);
    leave(room, alice);
    leave(room, upper);
    leave(room, shorter);
    room_ring_free(room);
}

/* Many, in a random order: names sorted by bytes, events for all. */
static void test_many(void **state)
{
    enum { MANY = 500 };
    static struct member *members[MANY];
    struct unit_random random = {.state = 11};
    struct room *room = room_new(MANY, 64 * 1024);
    size_t order[MANY];
    (void)state;
    for (size_t i = 0; i < MANY; i++)
        order[i] = i;
    for (size_t i = MANY - 1; i > 0; i--) {
        size_t k = (size_t)unit_random_below(&random, i + 1), swap = order[i];
        order[i] = order[k];
        order[k] = swap;
    }
    for (size_t i = 0; i < MANY; i++) {
        char nick[16];
        (void)snprintf(nick, sizeof nick, "\xc3\xbc%03zu", order[i]);
        members[i] = enter(room, nick, NULL);
    }
    struct body *names = room_names(room, &budget);
    unit_check(names != NULL && names->len == MANY * 6 && part.used == MANY * 6,
               "%zu bytes of the budget", (size_t)part.used);
    for (size_t i = 0; i < MANY; i++) {
        char line[16];
        int n = snprintf(line, sizeof line, "\xc3\xbc%03zu\n", i);
        unit_check(memcmp(names->bytes + i * 6, line, (size_t)n) == 0, "name %zu of the list", i);
    }
    body_release(names);
    for (size_t i = 0; i < MANY; i++) {
        struct sink received = {0};
        receive(room, members[i], &received);
        unit_check(received.len == (MANY - 1 - i) * 13 + i * 14, "member %zu heard %zu bytes", i,
                   received.len);
        leave(room, members[i]);
        sink_free(&received);
    }
    expect_names(room, "");
    room_ring_free(room);
}

/* Whom a server has to send something: each member once, also when others come and go meanwhile. */
static void test_owners(void **state)
{
    enum { FEW = 5 };
    struct member *members[FEW];
    int owners[FEW] = {0};
    (void)state;
    struct room *room = room_new(FEW, 4096);
    unsigned int place = 0;
    unit_check(room_next(room, &place) == NULL, "somebody is in an empty room");
    for (int i = 0; i < FEW; i++) {
        char nick[4] = {(char)('a' + i)};
        members[i] = enter(room, nick, &owners[i]);
    }
    room_leave(room, members[1]); /* not released yet: it is no member any more */
    leave(room, members[3]);
    place = 0;
    for (int *owner; (owner = room_next(room, &place)) != NULL;)
        (*owner)++;
    for (int i = 0; i < FEW; i++)
        unit_check(owners[i] == (i == 1 || i == 3 ? 0 : 1), "owner %d: %d times", i, owners[i]);
    room_release(room, members[1]);
    for (int i = 0; i < FEW; i += 2)
        leave(room, members[i]);
    room_ring_free(room);
}

/* So much may be sent before all have had their chance to read: a quarter of the backlog. */
static void test_crowded(void **state)
{
    enum { BACKLOG = 4096 };
    struct room *room = room_new(2, BACKLOG);
    (void)state;
    struct member *a = enter(room, "a", NULL);
    uint64_t begin = room_head(room);
    room_delivered(room, begin);
    while (!room_crowded(room)) {
        unit_check(room_head(room) - begin <= BACKLOG / 4, "%d bytes, and it is not crowded",
                   (int)(room_head(room) - begin));
        room_say(room, a, "hello", 5);
    }
    unit_check(room_head(room) - begin > BACKLOG / 4, "crowded with %d bytes",
               (int)(room_head(room) - begin));
    room_delivered(room, room_head(room) - BACKLOG / 4 - 1);
    unit_check(room_crowded(room), "a byte too many, and not crowded");
    room_delivered(room, room_head(room) - BACKLOG / 4);
    unit_check(!room_crowded(room), "crowded, though all have had their chance");
    leave(room, a);
    room_ring_free(room);
}

/* ==== sessions in one room ==== */

enum { GUESTS = 8 };

struct visitor {
    struct session session;
    struct sink received;
};

static struct party {
    struct session_shared shared;
    struct store store; /* nobody asks for a file */
    struct visitor visitors[GUESTS];
} party;

static void party_begin(size_t backlog)
{
    party = (struct party){.store = {.dir = -1}};
    party.shared = (struct session_shared){.model = "test",
                                           .store = &party.store,
                                           .room = room_new(GUESTS, backlog),
                                           .budget = &budget,
                                           .follows = true};
    for (size_t i = 0; i < GUESTS; i++) {
        struct visitor *visitor = &party.visitors[i];
        session_init(&visitor->session, &party.shared, &visitor->session);
        sink_take_all(&visitor->received, &visitor->session.out, SIZE_MAX);
        sink_reset(&visitor->received);
    }
}

static void party_end(void)
{
    for (size_t i = 0; i < GUESTS; i++) {
        session_free(&party.visitors[i].session);
        sink_free(&party.visitors[i].received);
    }
    expect_names(party.shared.room, "");
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
    unit_check((session_waits_for(s) & SESSION_READ) != 0, "guest %zu does not want to read %s", i,
               unit_quote(lines, strlen(lines)));
    session_feed(s, lines, strlen(lines));
    news();
    while ((session_waits_for(s) & SESSION_CONTINUE) != 0) {
        session_continue(s);
        news();
    }
}

/* Sends all; continues the session if that is possible then. */
static void flush(size_t i)
{
    struct visitor *visitor = &party.visitors[i];
    do {
        sink_take_all(&visitor->received, &visitor->session.out, 5);
        if ((session_waits_for(&visitor->session) & SESSION_CONTINUE) != 0)
            session_continue(&visitor->session);
        news();
    } while (!outbox_empty(&visitor->session.out) ||
             (session_waits_for(&visitor->session) & SESSION_CONTINUE) != 0);
}

/* All receive what there is, and forget it. */
static void idle(void)
{
    for (size_t i = 0; i < GUESTS; i++) {
        flush(i);
        sink_reset(&party.visitors[i].received);
    }
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
    unit_check(wrong == NULL, "guest %zu: %s: %s", i, wrong,
               unit_quote(received->bytes, received->len));
    char what[32];
    (void)snprintf(what, sizeof what, "guest %zu", i);
    unit_same(what, "", 0, want, strlen(want), plain.bytes, plain.len);
    sink_reset(received);
    sink_free(&plain);
}

/* Replies come first, events behind them; but an event that has begun is ended before anything
 * else. */
static void test_events_between_replies(void **state)
{
    static const char join[] = "* JOIN b\n";
    (void)state;
    for (size_t begun = 0; begun <= sizeof join - 1; begun++) { /* bytes that are on their way */
        struct visitor *a = &party.visitors[0];
        party_begin(64 * 1024);
        feed(0, "C a\n");
        visitor_expect(0, "OK 0\n");
        feed(1, "C b\n");
        visitor_expect(1, "OK 0\n");
        size_t sent = sink_take(&a->received, &a->session.out, begun);
        unit_check(sent == begun, "%zu of %zu bytes were sent", sent, begun);
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
static void test_events_in_time(void **state)
{
    (void)state;
    party_begin(64 * 1024);
    feed(0, "C a\n");
    flush(0);
    feed(1, "C b\n");
    flush(1);
    flush(0);
    feed(0, "N\n");
    flush(0);
    feed(1, "S one\n");
    flush(0);
    feed(0, "W\n");
    flush(0);
    feed(1, "S two\n");
    visitor_expect(0, "OK 0\n* JOIN b\nOK 0\n* SAY b one\nOK 4\na\nb\n* SAY b two\n");
    visitor_expect(1, "OK 0\nOK 0\nOK 0\n");
    party_end();
}

/* Leaving by X or Q, in the middle of an event or not: all that happened before comes first. */
static void test_leaving_hears_all(void **state)
{
    static const char events[] = "* JOIN b\n* SAY b one\n* SAY b two\n";
    (void)state;
    for (int quits = 0; quits < 2; quits++)
        for (size_t begun = 0; begun <= sizeof events - 1; begun++) {
            struct visitor *a = &party.visitors[0];
            party_begin(64 * 1024);
            feed(0, "C a\n");
            visitor_expect(0, "OK 0\n");
            feed(1, "C b\nS one\n");
            flush(1);
            feed(0, "S own\n");
            visitor_expect(0, "OK 0\n* JOIN b\n* SAY b one\n");
            feed(1, "X\nC b\nS one\n");
            flush(1);
            feed(1, "S two\n");
            visitor_expect(1, "OK 0\nOK 0\n* SAY a own\nOK 0\nOK 0\nOK 0\nOK 0\n");
            size_t sent = sink_take(&a->received, &a->session.out, begun);
            unit_check(sent == begun, "%zu of %zu bytes were sent", sent, begun);
            feed(0, quits ? "N\nQ\n" : "N\nX\n");
            feed(1, "S three\n");
            flush(0);
            /* the position of N's reply depends on how much was sent; the rest does not */
            struct sink *received = &a->received;
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
static void test_joiner(void **state)
{
    (void)state;
    party_begin(64 * 1024);
    feed(0, "C a\n");
    feed(1, "N\n"); /* a reply that still waits when it enters */
    flush(0);
    feed(0, "S before\n");
    feed(1, "C b\nS pipelined\nX\n");
    feed(2, "C c\n");
    visitor_expect(2, "OK 0\n");
    feed(2, "S between\n");
    visitor_expect(1, "OK 0\nOK 0\n* JOIN c\n* SAY c between\nOK 0\nOK 0\n");
    visitor_expect(0, "OK 0\nOK 0\n* JOIN b\n* JOIN c\n* SAY c between\n* SAY b pipelined\n"
                      "* LEAVE b\n");
    party_end();
}

/* Entering and leaving again and again: nothing from before, nothing from after. */
static void test_visits(void **state)
{
    (void)state;
    party_begin(64 * 1024);
    feed(0, "C a\n");
    visitor_expect(0, "OK 0\n");
    for (int i = 0; i < 50; i++) {
        feed(0, "S outside\n");
        feed(1, "C b\n");
        visitor_expect(1, "OK 0\n");
        feed(0, "S inside\n");
        feed(1, "X\n");
        feed(0, "S outside\n");
        visitor_expect(1, "* SAY a inside\nOK 0\n");
        visitor_expect(0, "OK 0\nOK 0\nOK 0\n* JOIN b\n* LEAVE b\n");
    }
    party_end();
}

/* Every way to leave: the others get one event. */
static void test_leaving_in_every_way(void **state)
{
    (void)state;
    for (int way = 0; way < 7; way++) {
        struct session *s = &party.visitors[1].session;
        party_begin(64 * 1024);
        feed(0, "C a\n");
        flush(0);
        feed(1, "C b\n");
        flush(1);
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
    for (size_t i = 0; i < 3; i++) {
        char line[8] = {'C', ' ', (char)('a' + i), '\n'};
        feed(i, line);
        flush(i);
    }
    idle();
    while (!is_slow(slow)) {
        feed(0, "S something that takes a bit of room in the log\n");
        visitor_expect(0, "OK 0\n");
        visitor_expect(2, event);
        if (said++ == 0)
            sink_take(&party.visitors[1].received, &slow->out, begun);
        size_t unread = room_unread(party.shared.room, slow->member);
        unit_check(unread == said * (sizeof event - 1) - begun, "%zu bytes wait", unread);
        unit_check(((session_waits_for(slow) & SESSION_CONTINUE) != 0) == (unread > BACKLOG),
                   "%zu bytes wait, slow is %d", unread, is_slow(slow));
        unit_check(slow->out.bytes == 0, "%zu bytes of them are copies", slow->out.bytes);
    }
    unit_check((session_waits_for(slow) & SESSION_CONTINUE) != 0 &&
                   (session_waits_for(slow) & SESSION_READ) == 0,
               "it does not want to say so");
    feed(0, "S more\n");
    visitor_expect(2, "* SAY a more\n");
    while ((session_waits_for(slow) & SESSION_CONTINUE) != 0)
        session_continue(slow);
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

static void test_slow_member(void **state)
{
    (void)state;
    slow_member(0);
    slow_member(1);
    slow_member(11);
}

/* So much is sent at once that what it is in the middle of is overwritten: it can't be sent
 * anything. */
static void test_slow_beyond_the_ring(void **state)
{
    struct session *slow = &party.visitors[1].session;
    (void)state;
    for (size_t begun = 0; begun < 2; begun++) {
        party_begin(4096);
        feed(0, "C a\n");
        flush(0);
        feed(1, "C b\n");
        flush(1);
        room_announce(party.shared.room, "the first one", 13);
        sink_take(&party.visitors[1].received, &slow->out, begun);
        sink_reset(&party.visitors[1].received);
        for (int i = 0; i < 1000; i++)
            room_announce(party.shared.room, "one that stands in its place", 28);
        struct outbox_chunk chunk;
        outbox_peek(&slow->out, &chunk);
        unit_check(chunk.count == 0 && !outbox_empty(&slow->out),
                   "what was overwritten is to be sent, in %d pieces", chunk.count);
        unit_check(session_waits_for(slow) != 0, "done before its error line was sent");
        news();
        while ((session_waits_for(slow) & SESSION_CONTINUE) != 0)
            session_continue(slow);
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
static void test_leaving_beyond_the_ring(void **state)
{
    static const char *const ways[] = {"X\n", "Q\n"};
    (void)state;
    for (size_t way = 0; way < UNIT_COUNT(ways); way++)
        for (int behind = 62; behind <= 400; behind += 338) { /* more than may wait; overwritten */
            struct session *slow = &party.visitors[1].session;
            party_begin(4096);
            feed(0, "C a\n");
            flush(0);
            feed(1, "C b\n");
            flush(1);
            sink_reset(&party.visitors[1].received);
            for (int i = 0; i < behind; i++)
                room_announce(party.shared.room,
                              "many of these are more than may wait for somebody who reads", 59);
            room_delivered(party.shared.room, room_head(party.shared.room));
            session_feed(slow, ways[way], 2);
            while ((session_waits_for(slow) & SESSION_CONTINUE) != 0)
                session_continue(slow);
            sink_reset(&party.visitors[0].received);
            visitor_expect(1, "ERR slow\n");
            unit_check(session_waits_for(slow) == 0, "not done");
            party_end();
        }
}

/* It becomes slow in the middle of whatever it does. */
static void test_slow_in_every_state(void **state)
{
    static const char *const begun[] = {"", "N", "W\n", "W\nW\nN\n"};
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(begun); i++) {
        struct session *slow = &party.visitors[1].session;
        party_begin(4096);
        feed(0, "C a\n");
        flush(0);
        feed(1, "C b\n");
        flush(1);
        if (begun[i][0] != '\0')
            feed(1, begun[i]);
        while (!is_slow(slow)) {
            feed(0, "S to somebody who does not read\n");
            flush(0);
        }
        while ((session_waits_for(slow) & SESSION_CONTINUE) != 0)
            session_continue(slow);
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
static void test_events_are_no_backpressure(void **state)
{
    (void)state;
    party_begin(256 * 1024);
    feed(0, "C a\n");
    flush(0);
    feed(1, "C b\n");
    flush(1);
    for (int i = 0; i < 1000; i++) {
        feed(0, "S to somebody who will read it later, but all of it, and that is much\n");
        flush(0);
    }
    struct session *s = &party.visitors[1].session;
    unit_check(room_unread(party.shared.room, s->member) > 64 * 1024 &&
                   (session_waits_for(s) & SESSION_READ) != 0,
               "with %zu bytes of events it does not want to read",
               room_unread(party.shared.room, s->member));
    sink_reset(&party.visitors[1].received);
    feed(1, "N\n");
    flush(1);
    struct sink *received = &party.visitors[1].received;
    unit_check(memcmp(received->bytes, "OK 0\n* SAY a to", 15) == 0, "its reply is not first: %s",
               unit_quote(received->bytes, received->len));
    party_end();
}

/* While the room is crowded no member speaks, and none enters; other clients are not held up. */
static void test_crowded_sessions(void **state)
{
    struct room *room;
    (void)state;
    party_begin(4096);
    room = party.shared.room;
    feed(0, "C a\n");
    flush(0);
    feed(1, "C b\n");
    flush(1);
    idle();
    while (!room_crowded(room))
        room_announce(room, "an announcement that takes some room", 36);
    uint64_t head = room_head(room);
    static const char *const lines[] = {"S hi\n", "C x\n", "C c\nN\n", "N\n"};
    for (size_t i = 1; i < 4; i++) {
        struct session *s = &party.visitors[i].session;
        session_feed(s, lines[i - 1], strlen(lines[i - 1]));
        for (int k = 0; k < 3 && (session_waits_for(s) & SESSION_CONTINUE) != 0; k++)
            session_continue(s);
        unit_check(room_head(room) == head && s->out.head == NULL &&
                       (session_waits_for(s) & SESSION_CONTINUE) != 0,
                   "guest %zu: %s was not held up", i, lines[i - 1]);
    }
    session_feed(&party.visitors[4].session, "N\n", 2);
    visitor_expect(4, "OK 0\n"); /* news in it: all have had their chance */
    unit_check(!room_crowded(room), "still crowded");
    for (size_t i = 1; i < 4; i++)
        flush(i);
    idle();
    for (size_t i = 1; i < 4; i++)
        unit_check((session_waits_for(&party.visitors[i].session) & SESSION_READ) != 0,
                   "guest %zu is held up", i);
    expect_names(room, "a\nb\nc\nx\n");
    party_end();
}

/* Members receive all events in one order, whatever the order in which they are served. */
static void test_one_order(void **state)
{
    struct unit_random random = {.state = 99};
    (void)state;
    party_begin(1024 * 1024);
    for (size_t i = 0; i < GUESTS; i++) {
        char line[8] = {'C', ' ', (char)('a' + i), '\n'};
        feed(i, line);
        flush(i);
    }
    idle();
    struct sink want = {0};
    for (unsigned int n = 0; n < 5000; n++) {
        size_t i = (size_t)unit_random_below(&random, GUESTS - 2); /* the last two only listen */
        char line[32], event[32];
        (void)snprintf(line, sizeof line, "S %u\n", n);
        int len = snprintf(event, sizeof event, "* SAY %c %u\n", (char)('a' + (int)i), n);
        feed(i, line);
        flush((size_t)unit_random_below(&random, GUESTS - 1));
        flush(i);
        sink_add(&want, event, (size_t)len);
    }
    for (size_t i = GUESTS - 2; i < GUESTS; i++) {
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
        UNIT(test_events),
        UNIT(test_a_nick_is_taken_once),
        UNIT(test_many),
        UNIT(test_owners),
        UNIT(test_crowded),
        UNIT(test_events_between_replies),
        UNIT(test_events_in_time),
        UNIT(test_leaving_hears_all),
        UNIT(test_joiner),
        UNIT(test_visits),
        UNIT(test_leaving_in_every_way),
        UNIT(test_slow_member),
        UNIT(test_slow_beyond_the_ring),
        UNIT(test_leaving_beyond_the_ring),
        UNIT(test_slow_in_every_state),
        UNIT(test_events_are_no_backpressure),
        UNIT(test_crowded_sessions),
        UNIT(test_one_order),
    };
    return unit_run("room_alone", tests, argc, argv);
}
