/* test_room_alone.c: the chat room of a server with one thread
 *
 * Nobody waits here: members are sent what lies behind their positions. test_room_log.c has that
 * part by itself, in every way it can be sent; test_room_sessions.c has sessions in the room.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ring.h"
#include "sink.h"

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

static void test_events(void)
{
    struct room *room = ring_new(3, 4096, NULL);
    struct member *alice = ring_enter(room, "alice");
    expect_events(room, alice, "alice, alone", "");
    struct member *bob = ring_enter(room, "bob");
    struct member *carol = ring_enter(room, "carol");
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
    room_free(room);
}

static void test_a_nick_is_taken_once(void)
{
    struct room *room = ring_new(4, 4096, NULL);
    struct member *alice = ring_enter(room, "alice");
    ring_refused(room, "alice", PROTO_NICK_TAKEN);
    expect_events(room, alice, "alice", "");
    struct member *upper = ring_enter(room, "Alice"), *shorter = ring_enter(room, "alic");
    ring_who(room, "Alice\nalic\nalice\n");
    ring_leave(room, alice);
    alice = ring_enter(room, "alice");
    RING_END(room, alice, upper, shorter);
}

/* Many, in a random order: names sorted by bytes, events for all. */
static void test_many(void)
{
    enum { MANY = 500 };
    static struct member *members[MANY];
    struct unit_random random = {.state = 11};
    struct room *room = ring_new(MANY, 64 * 1024, NULL);
    size_t order[MANY];
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
        members[i] = ring_enter(room, nick);
    }
    struct body *names = room_names(room, ring_budget());
    size_t used = ring_budget()->own->used;
    unit_check(names != NULL && names->len == MANY * 6 && used == MANY * 6,
               "%zu bytes of the budget", used);
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
        ring_leave(room, members[i]);
        sink_free(&received);
    }
    ring_who(room, "");
    room_free(room);
}

/* Whom a server has to send something: each member once, also when others come and go meanwhile. */
static void test_owners(void)
{
    enum { FEW = 5 };
    struct member *members[FEW];
    int owners[FEW] = {0};
    struct room *room = ring_new(FEW, 4096, NULL);
    unsigned int place = 0;
    unit_check(room_next(room, &place) == NULL, "somebody is in an empty room");
    for (int i = 0; i < FEW; i++) {
        char nick[4] = {(char)('a' + i)};
        members[i] = NULL;
        unit_check(room_enter(room, nick, 1, &owners[i], &members[i]) == PROTO_OK &&
                       members[i] != NULL,
                   "%s", nick);
    }
    room_leave(room, members[1]); /* not released yet: it is no member any more */
    ring_leave(room, members[3]);
    place = 0;
    for (int *owner; (owner = room_next(room, &place)) != NULL;)
        (*owner)++;
    for (int i = 0; i < FEW; i++)
        unit_check(owners[i] == (i == 1 || i == 3 ? 0 : 1), "owner %d: %d times", i, owners[i]);
    room_release(room, members[1]);
    for (int i = 0; i < FEW; i += 2)
        ring_leave(room, members[i]);
    room_free(room);
}

/* So much may be sent before all have had their chance to read: a quarter of the backlog. */
static void test_crowded(void)
{
    enum { BACKLOG = 4096 };
    struct room *room = ring_new(2, BACKLOG, NULL);
    struct member *a = ring_enter(room, "a");
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
    RING_END(room, a);
}

static const struct CMUnitTest tests[] = {
    TEST(test_events),  TEST(test_a_nick_is_taken_once), TEST(test_many), TEST(test_owners),
    TEST(test_crowded),
};
UNIT_MAIN("room_alone", tests)
