/* ring_places.h: tests of the ring, in one flow of control: places and nicks */
#ifndef RING_PLACES_H
#define RING_PLACES_H

#include <stdio.h>
#include <string.h>

#include "ring.h"

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
    room_free(room);
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
    RING_END(room, new, watcher);
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
    room_free(room);
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
        RING_END(room, bob, entering.talker);
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
    room_free(room);
}

#define RING_PLACES                                                                             \
    TEST(case_places), TEST(case_a_nick_is_free_at_once), TEST(case_names_are_sorted_by_bytes), \
        TEST(case_entering), TEST(case_random_life)

#endif
