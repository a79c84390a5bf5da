/* ring_visits.h: tests of the ring: members of a group that come and go, and race for one nick */
#ifndef RING_VISITS_H
#define RING_VISITS_H

#include "ring_group.h"

/* ==== many race for one nick ==== */

static void race_run(void *arg)
{
    struct ring_actor *actor = arg;
    unsigned int self = actor->number;
    actor->number = 0; /* all want to be w0 */
    for (unsigned int round = 0; round < group->rounds; round++) {
        pthread_barrier_wait(&group->barrier);
        group->codes[self] = actor_enter(actor);
        pthread_barrier_wait(&group->barrier);
        pthread_barrier_wait(&group->barrier); /* the codes were compared */
        if (group->codes[self] == PROTO_OK)
            actor_leave(actor);
    }
}

static void test_race_for_a_nick(void)
{
    group_new(ACTORS, 4096);
    group->rounds = 150;
    group_work(race_run);
    for (unsigned int round = 0; round < group->rounds; round++) {
        unsigned int won = 0, taken = 0;
        pthread_barrier_wait(&group->barrier);
        pthread_barrier_wait(&group->barrier);
        for (unsigned int i = 0; i < group->actors; i++) {
            won += group->codes[i] == PROTO_OK;
            taken += group->codes[i] == PROTO_NICK_TAKEN;
        }
        unit_check(won == 1 && taken == group->actors - 1,
                   "round %u: %u of %u got the nick, %u were refused it", round, won, group->actors,
                   taken);
        ring_who(group->room, "w0\n");
        pthread_barrier_wait(&group->barrier);
    }
    group_wait();
    group_free();
}

/* ==== coming and going while others speak ==== */

enum { VISITS = 120 };

/* One visit: the messages of others without gaps, and none of its own. */
static void visit_check(const struct ring_actor *actor)
{
    bool begun[ACTORS] = {false};
    unsigned int last[ACTORS] = {0};
    char self[32];
    (void)snprintf(self, sizeof self, "w%u", actor->number);
    for (size_t at = 0; at < actor->len;) {
        char line[128];
        unsigned int writer, number;
        at = line_at(actor, at, line, sizeof line);
        if (!message_parse(line, &writer, &number)) {
            const char *nick = strrchr(line, ' ');
            if (nick == NULL || strcmp(nick + 1, self) == 0)
                group_fault("a visitor receives its own event", line);
            continue;
        }
        if (writer >= 3) /* a visitor: it does not count */
            continue;
        if (begun[writer] && number != last[writer] + 1)
            group_fault("a gap", line);
        begun[writer] = true;
        last[writer] = number;
    }
}

static void visits_run(void *arg)
{
    struct ring_actor *actor = arg;
    bool stays = actor->number < 3;
    pthread_barrier_wait(&group->barrier);
    if (stays && actor_enter(actor) != PROTO_OK)
        group_fault("room_enter", "refused");
    pthread_barrier_wait(&group->barrier);
    if (stays && actor->number > 0) /* the first receives all, and does not speak */
        actor_speak(actor);
    for (int i = 0; !stays && i < VISITS && !group->fault; i++) {
        if (actor_enter(actor) != PROTO_OK) {
            group_fault("room_enter", "refused");
            break;
        }
        room_say(group->room, actor->member, "x", 1);
        actor_leave(actor);
        if (!actor->slow)
            visit_check(actor);
    }
    pthread_barrier_wait(&group->barrier); /* all visits are over */
    if (stays)
        actor_leave(actor);
}

static void watch_check(const struct ring_actor *actor)
{
    unsigned int joined[ACTORS] = {0}, left[ACTORS] = {0}, next[ACTORS] = {0};
    for (size_t at = 0; at < actor->len;) {
        char line[128];
        unsigned int speaker, number;
        at = line_at(actor, at, line, sizeof line);
        if (strncmp(line, "* JOIN w", 8) == 0) {
            speaker = (unsigned int)strtoul(line + 8, NULL, 10);
            unit_check(joined[speaker] == left[speaker], "%s, which is there already", line);
            joined[speaker]++;
        } else if (strncmp(line, "* LEAVE w", 9) == 0) {
            speaker = (unsigned int)strtoul(line + 9, NULL, 10);
            left[speaker]++;
            unit_check(joined[speaker] == left[speaker] || speaker < 3, "%s, which is not there",
                       line);
        } else if (message_parse(line, &speaker, &number) && speaker < 3) {
            unit_check(number == next[speaker], "%s, expected number %u", line, next[speaker]);
            next[speaker]++;
        } else {
            unit_check(message_parse(line, &speaker, &number) &&
                           joined[speaker] == left[speaker] + 1,
                       "%s, which is not there", line);
        }
    }
    for (unsigned int i = 3; i < group->actors; i++)
        unit_check(joined[i] == VISITS && left[i] == VISITS, "w%u: %u JOIN, %u LEAVE", i, joined[i],
                   left[i]);
    unit_check(next[1] == group->messages && next[2] == group->messages, "%u and %u messages",
               next[1], next[2]);
}

static void test_coming_and_going(void)
{
    group_new(8, RECEIVED_MAX);
    group->messages = 3000;
    group_work(visits_run);
    for (int i = 0; i < 3; i++)
        pthread_barrier_wait(&group->barrier);
    group_wait();
    unit_check(!group->actor[0].slow, "the watcher is slow");
    watch_check(&group->actor[0]);
    group_free();
}

#define RING_VISITS TEST(test_race_for_a_nick), TEST(test_coming_and_going)

#endif
