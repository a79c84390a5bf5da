/* test_room_list.c: the chat room of a server with one thread, bare and with sessions in it */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "room_list.h"
#include "session.h"
#include "sink.h"

/* ==== the bare room ==== */

static void ear_hear(void *owner, const char *event, size_t len)
{
    sink_add(owner, event, len);
}

static struct room *room_new(room_hear *hear)
{
    struct room *room = room_list_new(hear);
    unit_check(room != NULL, "out of memory");
    return room;
}

static struct member *enter(struct room *room, const char *nick, struct sink *ear)
{
    struct member *member = NULL;
    enum proto_code code = room_enter(room, nick, strlen(nick), ear, &member);
    unit_check(code == PROTO_OK && member != NULL, "%s enters: %s", nick, proto_code_word(code));
    return member;
}

static void hears(struct sink *ear, const char *who, const char *want)
{
    unit_same(who, "", 0, want, strlen(want), ear->bytes, ear->len);
    sink_reset(ear);
}

static void who(struct room *room, const char *want)
{
    size_t len;
    char *names = room_names(room, &len);
    unit_same("who is in the room", "", 0, want, strlen(want), names, len);
    free(names);
}

static void test_events(void **state)
{
    struct sink a = {0}, b = {0}, c = {0};
    struct room *room = room_new(ear_hear);
    (void)state;
    struct member *alice = enter(room, "alice", &a);
    hears(&a, "alice, alone", "");
    struct member *bob = enter(room, "bob", &b);
    struct member *carol = enter(room, "carol", &c);
    room_say(room, bob, "hello", 5);
    room_announce(room, "break", 5);
    room_leave(room, bob);
    room_say(room, carol, "bye", 3);
    hears(&a, "alice",
          "* JOIN bob\n* JOIN carol\n* SAY bob hello\n* ADMIN break\n* LEAVE bob\n"
          "* SAY carol bye\n");
    hears(&b, "bob", "* JOIN carol\n* ADMIN break\n");
    hears(&c, "carol", "* SAY bob hello\n* ADMIN break\n* LEAVE bob\n");
    room_leave(room, alice);
    room_leave(room, carol);
    hears(&c, "carol", "* LEAVE alice\n");
    hears(&a, "alice, who has left", "");
    room_announce(room, "nobody is here", 14);
    room_list_free(room);
    sink_free(&a);
    sink_free(&b);
    sink_free(&c);
}

static void test_a_nick_is_taken_once(void **state)
{
    struct sink ear = {0};
    struct room *room = room_new(ear_hear);
    struct member *alice = enter(room, "alice", &ear), *other = NULL;
    (void)state;
    enum proto_code code = room_enter(room, "alice", 5, &ear, &other);
    unit_check(code == PROTO_NICK_TAKEN && other == NULL, "a second alice: %s",
               proto_code_word(code));
    hears(&ear, "alice", "");
    struct member *upper = enter(room, "Alice", &ear), *shorter = enter(room, "alic", &ear);
    who(room, "Alice\nalic\nalice\n");
    room_leave(room, alice);
    alice = enter(room, "alice", &ear);
    room_leave(room, alice);
    room_leave(room, upper);
    room_leave(room, shorter);
    room_list_free(room);
    sink_free(&ear);
}

/* Many, in a random order: names sorted by bytes, everybody told. */
static void test_many(void **state)
{
    enum { MANY = 500 };
    static struct member *members[MANY];
    static struct sink ears[MANY];
    struct unit_random random = {.state = 11};
    struct room *room = room_new(ear_hear);
    size_t len, order[MANY];
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
        members[i] = enter(room, nick, &ears[i]);
    }
    char *names = room_names(room, &len);
    unit_check(len == MANY * 6, "%zu bytes of names", len);
    for (size_t i = 0; i < MANY; i++) {
        char line[16];
        int n = snprintf(line, sizeof line, "\xc3\xbc%03zu\n", i);
        unit_check(memcmp(names + i * 6, line, (size_t)n) == 0, "name %zu of the list", i);
    }
    free(names);
    for (size_t i = 0; i < MANY; i++) {
        unit_check(ears[i].len == (MANY - 1 - i) * 13 + i * 14, "member %zu heard %zu bytes", i,
                   ears[i].len);
        room_leave(room, members[i]);
        sink_free(&ears[i]);
    }
    who(room, "");
    room_list_free(room);
}

/* ==== sessions in one room ==== */

enum { GUESTS = 8 };

struct guest {
    struct session session;
    struct sink heard;
};

static struct party {
    struct session_shared shared;
    struct store store; /* nobody asks for a file */
    struct guest guests[GUESTS];
} party;

static void session_ear(void *owner, const char *event, size_t len)
{
    session_hear(owner, event, len);
}

static void party_begin(size_t max_backlog)
{
    party = (struct party){.store = {.dir = -1}};
    party.shared = (struct session_shared){.model = "test",
                                           .store = &party.store,
                                           .room = room_new(session_ear),
                                           .max_backlog = max_backlog};
    for (size_t i = 0; i < GUESTS; i++) {
        struct guest *guest = &party.guests[i];
        session_init(&guest->session, &party.shared, &guest->session);
        sink_take_all(&guest->heard, &guest->session.out, SIZE_MAX);
        sink_reset(&guest->heard);
    }
}

static void party_end(void)
{
    for (size_t i = 0; i < GUESTS; i++) {
        session_free(&party.guests[i].session);
        sink_free(&party.guests[i].heard);
    }
    size_t len;
    char *names = room_names(party.shared.room, &len);
    unit_check(len == 0, "still in the room: %s", unit_quote(names, len));
    free(names);
    room_list_free(party.shared.room);
}

/* Feeds a line or several, and goes on until the session needs its replies to be sent. */
static void tell(size_t i, const char *lines)
{
    struct session *s = &party.guests[i].session;
    unit_check(session_wants_read(s), "guest %zu does not want to read %s", i,
               unit_quote(lines, strlen(lines)));
    session_feed(s, lines, strlen(lines));
    while (session_runnable(s))
        session_run(s);
}

/* Sends all, going on where that lets it go on. */
static void flush(size_t i)
{
    struct guest *guest = &party.guests[i];
    do {
        sink_take_all(&guest->heard, &guest->session.out, 5);
        if (session_runnable(&guest->session))
            session_run(&guest->session);
    } while (!outbox_empty(&guest->session.out) || session_runnable(&guest->session));
}

/* All hear what there is, and forget it. */
static void calm(void)
{
    for (size_t i = 0; i < GUESTS; i++) {
        flush(i);
        sink_reset(&party.guests[i].heard);
    }
}

static void guest_hears(size_t i, const char *want)
{
    struct sink plain = {0};
    flush(i);
    struct sink *heard = &party.guests[i].heard;
    const char *wrong = sink_strict(heard, &plain);
    unit_check(wrong == NULL, "guest %zu: %s: %s", i, wrong, unit_quote(heard->bytes, heard->len));
    char what[32];
    (void)snprintf(what, sizeof what, "guest %zu", i);
    unit_same(what, "", 0, want, strlen(want), plain.bytes, plain.len);
    sink_reset(heard);
    sink_free(&plain);
}

static void test_events_between_replies(void **state)
{
    (void)state;
    party_begin(64 * 1024);
    tell(0, "C a\n");
    guest_hears(0, "OK 0\n");
    tell(1, "C b\n");
    guest_hears(1, "OK 0\n");
    tell(0, "N\n");
    tell(1, "S one\n");
    tell(0, "W\n");
    tell(1, "S two\n");
    guest_hears(0, "* JOIN b\nOK 0\n* SAY b one\nOK 4\na\nb\n* SAY b two\n");
    guest_hears(1, "OK 0\nOK 0\n");
    party_end();
}

/* What happens after a joiner's C, but before its OK is sent, comes behind the OK. */
static void test_joiner(void **state)
{
    (void)state;
    party_begin(64 * 1024);
    tell(0, "C a\n");
    tell(1, "N\n"); /* a reply that still waits when it enters */
    flush(0);
    tell(0, "S before\n");
    tell(1, "C b\nS pipelined\nX\n");
    tell(2, "C c\n");
    guest_hears(2, "OK 0\n");
    tell(2, "S between\n");
    guest_hears(1, "OK 0\nOK 0\n* JOIN c\n* SAY c between\nOK 0\nOK 0\n");
    guest_hears(0, "OK 0\nOK 0\n* JOIN b\n* JOIN c\n* SAY c between\n* SAY b pipelined\n"
                   "* LEAVE b\n");
    party_end();
}

/* Entering and leaving again and again: nothing from before, nothing from after. */
static void test_visits(void **state)
{
    (void)state;
    party_begin(64 * 1024);
    tell(0, "C a\n");
    guest_hears(0, "OK 0\n");
    for (int i = 0; i < 50; i++) {
        tell(0, "S outside\n");
        tell(1, "C b\n");
        guest_hears(1, "OK 0\n");
        tell(0, "S inside\n");
        tell(1, "X\n");
        tell(0, "S outside\n");
        guest_hears(1, "* SAY a inside\nOK 0\n");
        guest_hears(0, "OK 0\n* JOIN b\nOK 0\n* LEAVE b\nOK 0\n");
    }
    party_end();
}

/* Every way to leave: the others are told once. */
static void test_leaving_in_every_way(void **state)
{
    (void)state;
    for (int way = 0; way < 7; way++) {
        struct session *s = &party.guests[1].session;
        party_begin(64 * 1024);
        tell(0, "C a\n");
        flush(0);
        tell(1, "C b\n");
        flush(1);
        switch (way) {
        case 0: tell(1, "X\n"); break;
        case 1: tell(1, "Q\n"); break;
        case 2: session_end(s); break;
        case 3: session_fail(s, PROTO_TIMEOUT); break;
        case 4: session_fail(s, PROTO_SLOW); break;
        case 5: session_free(s); break;
        default: { /* a line that is too long */
            static char line[PROTO_LINE_MAX + 1];
            memset(line, 'x', PROTO_LINE_MAX);
            tell(1, line);
        }
        }
        party.guests[0].heard.len = 0;
        guest_hears(0, "* JOIN b\n* LEAVE b\n");
        tell(2, "C b\n"); /* the nick is free at once */
        guest_hears(2, "OK 0\n");
        flush(1);
        session_free(s);
        guest_hears(0, "* JOIN b\n");
        party_end();
    }
}

/* One that does not read becomes slow; the others are not touched, and its memory is bounded. */
static void test_slow_member(void **state)
{
    enum { BACKLOG = 4096 };
    struct session *slow = &party.guests[1].session;
    size_t said = 0;
    (void)state;
    party_begin(BACKLOG);
    for (size_t i = 0; i < 3; i++) {
        char line[8] = {'C', ' ', (char)('a' + i), '\n'};
        tell(i, line);
        flush(i);
    }
    calm();
    while (!slow->slow) {
        tell(0, "S something that takes a bit of room in everybody's outbox\n");
        guest_hears(0, "OK 0\n");
        guest_hears(2, "* SAY a something that takes a bit of room in everybody's outbox\n");
        unit_check(slow->out.event_bytes <= BACKLOG, "%zu bytes of events wait",
                   slow->out.event_bytes);
        unit_check(++said < BACKLOG / 60, "%zu messages, and it is not slow", said);
    }
    unit_check(said > BACKLOG / 80, "slow after only %zu messages", said);
    unit_check(session_runnable(slow) && !session_wants_read(slow), "it does not want to say so");
    size_t waits = slow->out.bytes;
    tell(0, "S more\n"); /* nothing is added */
    unit_check(slow->out.bytes == waits, "%zu bytes wait, before it were %zu", slow->out.bytes,
               waits);
    guest_hears(2, "* SAY a more\n");
    while (session_runnable(slow))
        session_run(slow);
    unit_check(!session_done(slow), "done before it was told");
    guest_hears(0, "OK 0\n* LEAVE b\n");
    guest_hears(2, "* LEAVE b\n");
    flush(1);
    struct sink *heard = &party.guests[1].heard;
    char want[120];
    int n = snprintf(want, sizeof want, "outbox\nERR slow %s\n", proto_code_text(PROTO_SLOW));
    unit_check(heard->len > (size_t)n, "it was told %zu bytes", heard->len);
    unit_same("the last that a slow one hears", "", 0, want, (size_t)n,
              heard->bytes + heard->len - n, (size_t)n);
    unit_check(session_done(slow), "not done after it was told");
    party_end();
}

/* It becomes slow in the middle of whatever it does. */
static void test_slow_in_every_state(void **state)
{
    static const char *const begun[] = {"", "N", "W\n", "W\nW\nN\n"};
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(begun); i++) {
        struct session *slow = &party.guests[1].session;
        party_begin(4096);
        tell(0, "C a\n");
        flush(0);
        tell(1, "C b\n");
        flush(1);
        if (begun[i][0] != '\0')
            tell(1, begun[i]);
        while (!slow->slow) {
            tell(0, "S to somebody who does not read\n");
            flush(0);
        }
        while (session_runnable(slow))
            session_run(slow);
        party.guests[0].heard.len = 0;
        guest_hears(0, "* LEAVE b\n");
        flush(1);
        unit_check(session_done(slow), "begun with %s: not done", unit_quote(begun[i], 1));
        party_end();
    }
}

/* Events do not count as replies: who hears much can still ask. */
static void test_events_are_no_backpressure(void **state)
{
    (void)state;
    party_begin(256 * 1024);
    tell(0, "C a\n");
    flush(0);
    tell(1, "C b\n");
    flush(1);
    for (int i = 0; i < 1000; i++) {
        tell(0, "S to somebody who will read it later, but all of it, and that is much\n");
        flush(0);
    }
    struct session *s = &party.guests[1].session;
    unit_check(s->out.event_bytes > 64 * 1024 && session_wants_read(s),
               "with %zu bytes of events it does not want to read", s->out.event_bytes);
    tell(1, "N\n");
    flush(1);
    struct sink *heard = &party.guests[1].heard;
    unit_check(memcmp(heard->bytes + heard->len - 5, "OK 0\n", 5) == 0, "its reply is not last");
    party_end();
}

/* Members hear all events in one order, whatever the order in which they are served. */
static void test_one_order(void **state)
{
    struct unit_random random = {.state = 99};
    (void)state;
    party_begin(1024 * 1024);
    for (size_t i = 0; i < GUESTS; i++) {
        char line[8] = {'C', ' ', (char)('a' + i), '\n'};
        tell(i, line);
        flush(i);
    }
    calm();
    struct sink want = {0};
    for (unsigned int n = 0; n < 5000; n++) {
        size_t i = (size_t)unit_random_below(&random, GUESTS - 2); /* the last two only listen */
        char line[32], event[32];
        (void)snprintf(line, sizeof line, "S %u\n", n);
        int len = snprintf(event, sizeof event, "* SAY %c %u\n", (char)('a' + (int)i), n);
        tell(i, line);
        flush((size_t)unit_random_below(&random, GUESTS - 1));
        flush(i);
        sink_add(&want, event, (size_t)len);
    }
    for (size_t i = GUESTS - 2; i < GUESTS; i++) {
        flush(i);
        unit_same("one who only listens", "", 0, want.bytes, want.len, party.guests[i].heard.bytes,
                  party.guests[i].heard.len);
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
        UNIT(test_events_between_replies),
        UNIT(test_joiner),
        UNIT(test_visits),
        UNIT(test_leaving_in_every_way),
        UNIT(test_slow_member),
        UNIT(test_slow_in_every_state),
        UNIT(test_events_are_no_backpressure),
        UNIT(test_one_order),
    };
    return unit_run("room_list", tests, argc, argv);
}
