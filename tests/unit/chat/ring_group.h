/* ring_group.h: many flows of control in one ring, the same for threads and for processes
 *
 * An actor is a member as the servers have it: a session, and a forwarder of its own that waits for
 * the ring to grow and keeps what it receives. Actors share a group and nothing else.
 *
 * The source that includes this defines how a flow of control is started and joined: a thread or a
 * process. A flow can't fail a test, since it may be a process of its own: it leaves a note in
 * shared memory, and the test looks there. All that flows share comes from sync_alloc.
 */
#ifndef RING_GROUP_H
#define RING_GROUP_H

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ring.h"

struct flow {
    int pid; /* if it is a process; else the rest is used: */
    pthread_t thread;
    void (*run)(void *);
    void *arg;
};

static bool flow_start(struct flow *flow, void (*run)(void *), void *arg);
static bool flow_join(struct flow *flow); /* false: it did not end well */

enum {
    ACTORS = 12,
    RECEIVED_MAX = 1024 * 1024, /* bytes that an actor can keep */
};

struct ring_actor {
    struct member *member;
    unsigned int number;               /* it is called w<number> */
    bool slow, ended;                  /* has fallen behind; has received the end */
    _Atomic bool never_reads;          /* its forwarder does not read */
    _Atomic bool pauses;               /* its forwarder stops in the middle, until all is sent */
    _Atomic unsigned int seen[ACTORS]; /* messages received from each of the others */
    size_t len;
    char received[RECEIVED_MAX];
};

struct group {
    struct room *room;
    unsigned int actors, writers, messages, window; /* window 0: nobody waits for the readers */
    pthread_barrier_t barrier;                      /* actors, and the test */
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* somebody has received something, or has ended */
    _Atomic bool fault, all_sent;
    char note[400]; /* the first thing that went wrong */
    unsigned int rounds;
    enum proto_code codes[ACTORS];
    struct ring_actor actor[ACTORS];
};

static struct group *group; /* of the running test: a forwarder's callback has no other way to it */
static struct flow sessions[ACTORS], forwarders[ACTORS];

static struct flow *forwarder_flow(const struct ring_actor *actor)
{
    return &forwarders[actor - group->actor];
}

static void group_fault(const char *what, const char *detail)
{
    if (!group->fault)
        (void)snprintf(group->note, sizeof group->note, "%s: %.300s", what, detail);
    group->fault = true;
}

/* ---- the forwarder ---- */

static void actor_count(struct ring_actor *actor, const char *line, size_t len)
{
    static const char say[] = "* SAY w";
    if (len > sizeof say && memcmp(line, say, sizeof say - 1) == 0) {
        unsigned int from = (unsigned int)strtoul(line + sizeof say - 1, NULL, 10);
        if (from < ACTORS)
            actor->seen[from]++;
    }
    if (len == 12 && memcmp(line, "* ADMIN end\n", 12) == 0)
        actor->ended = true;
}

/* Receives all there is. The caller holds the write lock. */
static void actor_receive(struct ring_actor *actor)
{
    ssize_t n = 0;
    while (actor->len + PROTO_EVENT_MAX <= RECEIVED_MAX && !actor->slow) {
        char *to = actor->received + actor->len;
        n = room_read(group->room, actor->member, to, RECEIVED_MAX - actor->len);
        if (n <= 0)
            break;
        actor->len += (size_t)n;
        pthread_mutex_lock(&group->mutex);
        for (char *end = to + n, *lf; to < end; to = lf + 1) {
            lf = memchr(to, '\n', (size_t)(end - to));
            if (lf == NULL) {
                group_fault("half an event", to);
                break;
            }
            actor_count(actor, to, (size_t)(lf + 1 - to));
        }
        pthread_cond_broadcast(&group->changed);
        pthread_mutex_unlock(&group->mutex);
    }
    if (n < 0) {
        pthread_mutex_lock(&group->mutex);
        actor->slow = true;
        pthread_cond_broadcast(&group->changed);
        pthread_mutex_unlock(&group->mutex);
    }
}

static void actor_pause(struct ring_actor *actor)
{
    pthread_mutex_lock(&group->mutex);
    while (!group->all_sent && actor->len > 4096)
        pthread_cond_wait(&group->changed, &group->mutex);
    pthread_mutex_unlock(&group->mutex);
}

static void forwarder_run(void *arg)
{
    struct ring_actor *actor = arg;
    while (!actor->never_reads && !actor->slow && room_wait(group->room, actor->member)) {
        if (actor->pauses)
            actor_pause(actor);
        if (!room_forward_lock(actor->member))
            group_fault("the write lock", "its last holder died");
        actor_receive(actor);
        room_write_unlock(actor->member);
    }
}

/* ---- the session ---- */

static bool forwarder_begin(void *owner, struct member *member)
{
    struct ring_actor *actor = owner;
    actor->member = member;
    return flow_start(forwarder_flow(actor), forwarder_run, actor);
}

static enum proto_code actor_enter(struct ring_actor *actor)
{
    char nick[16];
    int len = snprintf(nick, sizeof nick, "w%u", actor->number);
    actor->len = 0;
    actor->slow = false;
    actor->ended = false;
    struct member *member; /* not actor->member: the forwarder looks at that already */
    return room_enter(group->room, nick, (size_t)len, actor, &member);
}

/* Leaves, receives the rest, releases the place. */
static void actor_leave(struct ring_actor *actor)
{
    room_leave(group->room, actor->member);
    if (!room_write_lock(actor->member))
        group_fault("the write lock", "its last holder died");
    if (!actor->never_reads)
        actor_receive(actor);
    room_write_unlock(actor->member);
    if (!flow_join(forwarder_flow(actor)))
        group_fault("a forwarder", "did not end well");
    room_release(group->room, actor->member);
}

/* Has every reader that is not slow received so many messages of this actor? */
static bool received_by_all(const struct ring_actor *actor, unsigned int messages)
{
    for (unsigned int i = 0; i < group->actors; i++) {
        const struct ring_actor *other = &group->actor[i];
        if (other != actor && !other->slow && !other->never_reads &&
            other->seen[actor->number] < messages)
            return false;
    }
    return true;
}

static void actor_speak(struct ring_actor *actor)
{
    for (unsigned int i = 0; i < group->messages && !group->fault; i++) {
        char text[64];
        int len =
            snprintf(text, sizeof text, "%u%.*s", i, (int)(i * 7 % 23), " ......................");
        if (group->window > 0 && i > group->window) {
            pthread_mutex_lock(&group->mutex);
            while (!received_by_all(actor, i - group->window))
                pthread_cond_wait(&group->changed, &group->mutex);
            pthread_mutex_unlock(&group->mutex);
        }
        room_say(group->room, actor->member, text, (size_t)len);
    }
}

/* ---- making and looking ---- */

static struct group *group_new(unsigned int actors, size_t backlog)
{
    unit_bound(BOUND, "a group");
    group = sync_alloc(sizeof *group);
    unit_check(group != NULL, "out of memory");
    group->actors = actors;
    group->room = ring_new(actors, backlog, forwarder_begin);
    for (unsigned int i = 0; i < actors; i++)
        group->actor[i].number = i;
    pthread_barrierattr_t barrier;
    pthread_mutexattr_t mutex;
    pthread_condattr_t changed;
    pthread_barrierattr_init(&barrier);
    pthread_mutexattr_init(&mutex);
    pthread_condattr_init(&changed);
    pthread_barrierattr_setpshared(&barrier, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
    pthread_condattr_setpshared(&changed, PTHREAD_PROCESS_SHARED);
    unit_check(pthread_barrier_init(&group->barrier, &barrier, actors + 1) == 0 &&
                   pthread_mutex_init(&group->mutex, &mutex) == 0 &&
                   pthread_cond_init(&group->changed, &changed) == 0,
               "can't make a barrier");
    return group;
}

static void group_free(void)
{
    bool fault = group->fault;
    char note[sizeof group->note];
    memcpy(note, group->note, sizeof note);
    ring_who(group->room, "");
    room_free(group->room);
    pthread_barrier_destroy(&group->barrier);
    pthread_mutex_destroy(&group->mutex);
    pthread_cond_destroy(&group->changed);
    sync_free(group, sizeof *group);
    unit_check(!fault, "%s", note);
}

static void group_work(void (*run)(void *))
{
    for (unsigned int i = 0; i < group->actors; i++)
        unit_check(flow_start(&sessions[i], run, &group->actor[i]), "can't start a flow");
}

static void group_wait(void)
{
    for (unsigned int i = 0; i < group->actors; i++)
        unit_check(flow_join(&sessions[i]), "a session did not end well: %s", group->note);
}

/* Copies the line that begins at `at` to line, with a NUL; returns where the next begins. */
static size_t line_at(const struct ring_actor *actor, size_t at, char *line, size_t size)
{
    const char *lf = memchr(actor->received + at, '\n', actor->len - at);
    size_t len = lf == NULL ? actor->len - at : (size_t)(lf - actor->received) - at;
    (void)snprintf(line, size, "%.*s", (int)len, actor->received + at);
    return at + len + 1;
}

/* Is the line a message of a writer? Then sets *writer and its *number. */
static bool message_parse(const char *line, unsigned int *writer, unsigned int *number)
{
    char *end;
    if (strncmp(line, "* SAY w", 7) != 0)
        return false;
    *writer = (unsigned int)strtoul(line + 7, &end, 10);
    *number = (unsigned int)strtoul(end + 1, NULL, 10);
    return *writer < ACTORS;
}

#endif
