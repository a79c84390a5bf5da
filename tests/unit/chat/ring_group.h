/* ring_group.h: many flows of control in one ring, the same for threads and for processes
 *
 * An actor is a member as the servers have it: a session, and a forwarder of its own that waits for
 * the ring to grow and keeps what it receives. Actors share a group and nothing else.
 */
#ifndef RING_GROUP_H
#define RING_GROUP_H

#include "ring_cases.h"

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
        if (!room_write_lock(actor->member))
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
    room_ring_free(group->room);
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

/* ==== all receive the same ==== */

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

/* All fits into the backlog: nobody may be slow. */
static void test_large_backlog(void)
{
    group_new(8, RECEIVED_MAX);
    unsigned int slow = everybody(4, 2500, 0);
    unit_check(slow == 0, "%u are slow in a ring that is large enough", slow);
    group_free();
}

/* The speaker is at most two words ahead of the slowest: a wake-up that does not reach everybody is
 * not made up for by the next message, and stops it. (Processes look again after a second:
 * sync_process.c.) */
static void test_lockstep(void)
{
    group_new(8, RECEIVED_MAX);
    unsigned int slow = everybody(1, 300, 1);
    unit_check(slow == 0, "%u are slow, though the speaker waits for them", slow);
    group_free();
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
    pthread_barrier_wait(&group->barrier);
    if (actor->number == 0) { /* stays, and receives all */
        if (actor_enter(actor) != PROTO_OK)
            group_fault("room_enter", "refused");
        pthread_barrier_wait(&group->barrier);
    } else if (actor->number < 3) { /* stays, and speaks */
        if (actor_enter(actor) != PROTO_OK)
            group_fault("room_enter", "refused");
        pthread_barrier_wait(&group->barrier);
        actor_speak(actor);
    } else {
        pthread_barrier_wait(&group->barrier);
        for (int i = 0; i < VISITS && !group->fault; i++) {
            if (actor_enter(actor) != PROTO_OK) {
                group_fault("room_enter", "refused");
                break;
            }
            room_say(group->room, actor->member, "x", 1);
            actor_leave(actor);
            if (!actor->slow)
                visit_check(actor);
        }
    }
    pthread_barrier_wait(&group->barrier); /* all visits are over */
    if (actor->number < 3)
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

#define RING_GROUP                                                                               \
    TEST(test_lockstep), TEST(test_large_backlog), TEST(test_small_backlog), TEST(test_overrun), \
        TEST(test_stalled_reader), TEST(test_race_for_a_nick), TEST(test_coming_and_going)

#endif
