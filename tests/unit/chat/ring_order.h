/* ring_order.h: tests of the ring: members that are not slow receive the same, in one order; and
 * replies in between */
#ifndef RING_ORDER_H
#define RING_ORDER_H

#include <sched.h>

#include "ring_group.h"

static void everybody_run(void *arg)
{
    struct ring_actor *actor = arg;
    if (actor_enter(actor) != PROTO_OK) {
        group_fault("room_enter", "refused");
        actor->member = NULL;
    }
    pthread_barrier_wait(&group->barrier); /* all are there */
    pthread_barrier_wait(&group->barrier); /* the beginning was announced */
    if (actor->number < group->writers && !group->fault)
        actor_speak(actor);
    pthread_barrier_wait(&group->barrier); /* all is sent */
    pthread_barrier_wait(&group->barrier); /* the end was announced */
    pthread_mutex_lock(&group->mutex);
    while (!actor->ended && !actor->slow && !actor->never_reads && !group->fault)
        pthread_cond_wait(&group->changed, &group->mutex);
    pthread_mutex_unlock(&group->mutex);
    pthread_barrier_wait(&group->barrier); /* all have received it */
    if (actor->member != NULL)
        actor_leave(actor);
}

/* Keeps only what was received between the two announcements. */
static void actor_cut(struct ring_actor *actor)
{
    size_t at = 0, from = actor->len, to = actor->len;
    while (at < actor->len) {
        char line[128];
        size_t next = line_at(actor, at, line, sizeof line);
        if (strcmp(line, "* ADMIN begin") == 0)
            from = next;
        if (strcmp(line, "* ADMIN end") == 0)
            to = at;
        at = next;
    }
    to = to < from ? from : to;
    memmove(actor->received, actor->received + from, to - from);
    actor->len = to - from;
}

/* Every writer's messages come in their order, and none is missing but at the end. */
static void actor_check_numbers(const struct ring_actor *actor)
{
    unsigned int next[ACTORS] = {0};
    for (size_t at = 0; at < actor->len;) {
        char line[128];
        unsigned int writer, number;
        at = line_at(actor, at, line, sizeof line);
        unit_check(message_parse(line, &writer, &number), "w%u received %s", actor->number, line);
        unit_check(writer != actor->number, "w%u received itself: %s", actor->number, line);
        unit_check(number == next[writer], "w%u received %s, expected number %u", actor->number,
                   line, next[writer]);
        next[writer]++;
    }
    for (unsigned int i = 0; i < group->writers; i++)
        unit_check(actor->slow || i == actor->number || next[i] == group->messages,
                   "w%u is not slow, and received %u of %u messages of w%u", actor->number, next[i],
                   group->messages, i);
}

/* Both have received the same, apart from their own messages; if one is slow, up to some point. */
static void actor_check_order(const struct ring_actor *actor, const struct ring_actor *all)
{
    size_t at = 0, at_all = 0;
    while (at < actor->len && at_all < all->len) {
        char line[128], line_all[128];
        unsigned int writer, number;
        size_t next = line_at(actor, at, line, sizeof line);
        size_t next_all = line_at(all, at_all, line_all, sizeof line_all);
        if (message_parse(line_all, &writer, &number) && writer == actor->number) {
            at_all = next_all;
            continue;
        }
        if (message_parse(line, &writer, &number) && writer == all->number) {
            at = next;
            continue;
        }
        unit_check(strcmp(line, line_all) == 0, "w%u and w%u receive another order: %s, %s",
                   actor->number, all->number, line, line_all);
        at = next;
        at_all = next_all;
    }
}

/* Returns how many became slow. */
static unsigned int everybody(unsigned int writers, unsigned int messages, unsigned int window)
{
    unsigned int slow = 0;
    group->writers = writers;
    group->messages = messages;
    group->window = window;
    group_work(everybody_run);
    pthread_barrier_wait(&group->barrier);
    room_announce(group->room, "begin", 5);
    pthread_barrier_wait(&group->barrier);
    pthread_barrier_wait(&group->barrier);
    pthread_mutex_lock(&group->mutex);
    group->all_sent = true;
    pthread_cond_broadcast(&group->changed);
    pthread_mutex_unlock(&group->mutex);
    room_announce(group->room, "end", 3);
    pthread_barrier_wait(&group->barrier);
    pthread_barrier_wait(&group->barrier);
    group_wait();
    for (unsigned int i = 0; i < group->actors; i++) {
        struct ring_actor *actor = &group->actor[i];
        slow += actor->slow;
        if (actor->never_reads)
            continue;
        unit_check(actor->len + PROTO_EVENT_MAX <= RECEIVED_MAX, "too much was received");
        actor_cut(actor);
        actor_check_numbers(actor);
        for (unsigned int k = 0; k < i; k++)
            if (!group->actor[k].never_reads)
                actor_check_order(actor, &group->actor[k]);
    }
    return slow;
}

static void nobody_slow(unsigned int writers, unsigned int messages, unsigned int window)
{
    group_new(8, RECEIVED_MAX);
    unsigned int slow = everybody(writers, messages, window);
    unit_check(slow == 0, "%u are slow in a ring that is large enough", slow);
    group_free();
}

/* All fits into the backlog: nobody may be slow. */
static void test_large_backlog(void)
{
    nobody_slow(4, 2500, 0);
}

/* The speaker is at most two words ahead of the slowest: a wake-up that does not reach everybody is
 * not made up for by the next message, and stops it. (Processes look again after a second:
 * sync_process.c.) */
static void test_lockstep(void)
{
    nobody_slow(1, 300, 1);
}

/* The ring goes round and round; writers wait for the readers, so none of these may be slow. */
static void test_small_backlog(void)
{
    group_new(8, 4096);
    (void)everybody(4, 2500, 12);
    for (unsigned int i = 4; i < 8; i++)
        unit_check(!group->actor[i].slow, "w%u is slow, though the writers wait for it", i);
    group_free();
}

/* No flow control but the room's own, and one stops reading in the middle: what it has received is
 * complete up to there, and then it gets ERR slow. */
static void test_overrun(void)
{
    for (int round = 0; round < 3; round++) {
        group_new(8, 2048);
        group->actor[7].pauses = true;
        (void)everybody(4, 2000, 0);
        unit_check(group->actor[7].slow, "a member that has stopped reading is not slow");
        unit_check(group->actor[7].len > 1000, "it has received only %zu bytes",
                   group->actor[7].len);
        group_free();
    }
}

/* One does not read at all: it becomes slow, and the others are not delayed. */
static void test_stalled_reader(void)
{
    group_new(6, 4096);
    group->actor[5].never_reads = true;
    unsigned int slow = 0;
    (void)everybody(2, 2500, 20);
    for (unsigned int i = 2; i < 5; i++)
        slow += group->actor[i].slow;
    unit_check(slow == 0, "%u others are slow", slow);
    group_free();
}

/* ==== a reply among events ==== */

enum { REPLIES = 50 };

struct contest {
    struct member *member;
    _Atomic unsigned int replies, rounds; /* of the session, of the forwarder */
};

/* SCHED_BATCH: once it is woken, it does not take the forwarder's processor. */
static void contest_run(void *arg)
{
    struct contest *contest = arg;
    (void)sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){0});
    for (unsigned int rounds = 0; contest->replies < REPLIES; rounds = contest->rounds) {
        while (contest->rounds == rounds)
            sched_yield();
        (void)room_write_lock(contest->member);
        contest->replies++;
        room_write_unlock(contest->member);
    }
}

/* The forwarder, while others speak without pause. */
static void test_reply_among_events(void)
{
    struct room *room = ring_new(1, 4096, ring_forward_yes);
    struct contest *contest = sync_alloc(sizeof *contest);
    struct flow session;
    unit_bound(BOUND, "a reply among events");
    contest->member = ring_enter(room, "bob");
    unit_check(flow_start(&session, contest_run, contest), "can't start a flow");
    for (unsigned int replies = 0, before = 0; replies < REPLIES; contest->rounds++) {
        unit_check(room_forward_lock(contest->member), "the write lock's last holder died");
        before = (contest->replies == replies ? before : 0) + room_reply_waits(contest->member);
        replies = contest->replies;
        room_write_unlock(contest->member);
        unit_check(before <= 1, "a reply waited, and events were sent before it, twice");
    }
    unit_check(flow_join(&session), "the session did not end well");
    ring_leave(room, contest->member);
    room_free(room);
    sync_free(contest, sizeof *contest);
}

#define RING_ORDER                                                                               \
    TEST(test_lockstep), TEST(test_large_backlog), TEST(test_small_backlog), TEST(test_overrun), \
        TEST(test_stalled_reader), TEST(test_reply_among_events)

#endif
