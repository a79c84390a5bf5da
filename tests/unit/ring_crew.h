/* ring_crew.h: many flows of control in one ring, the same for threads and for processes
 *
 * A hand is a member as the servers have it: a session, and a listener of its own that waits for
 * the ring to grow and writes down what it hears. Hands share a crew and nothing else.
 */
#ifndef RING_CREW_H
#define RING_CREW_H

#include "ring_cases.h"

enum {
    HANDS = 12,
    HEARD_MAX = 1024 * 1024, /* bytes that a hand can write down */
    BOUND = 100,             /* seconds after which nothing happens any more */
};

struct hand {
    struct member *member;
    unsigned int number;              /* it is called w<number> */
    bool slow, ended;                 /* has fallen behind; has heard the end */
    _Atomic bool deaf;                /* its listener does not listen */
    _Atomic bool lame;                /* its listener stops in the middle, until all is said */
    _Atomic unsigned int seen[HANDS]; /* messages heard from each of the others */
    size_t len;
    char heard[HEARD_MAX];
};

struct crew {
    struct room *room;
    unsigned int hands, writers, messages, window; /* window 0: nobody waits for the readers */
    pthread_barrier_t barrier;                     /* hands, and the test */
    pthread_mutex_t mutex;
    pthread_cond_t changed;   /* somebody has heard something, or has ended */
    _Atomic bool fault, said; /* said: all of it */
    char note[400];           /* the first thing that went wrong */
    unsigned int rounds;
    enum proto_code codes[HANDS];
    struct hand hand[HANDS];
};

static struct crew *crew; /* of the running test: a listener's callback has no other way to it */

static void crew_fault(const char *what, const char *detail)
{
    if (!crew->fault)
        (void)snprintf(crew->note, sizeof crew->note, "%s: %.300s", what, detail);
    crew->fault = true;
}

/* ---- the listener ---- */

static void hand_count(struct hand *hand, const char *line, size_t len)
{
    static const char say[] = "* SAY w";
    if (len > sizeof say && memcmp(line, say, sizeof say - 1) == 0) {
        unsigned int from = (unsigned int)strtoul(line + sizeof say - 1, NULL, 10);
        if (from < HANDS)
            hand->seen[from]++;
    }
    if (len == 12 && memcmp(line, "* ADMIN end\n", 12) == 0)
        hand->ended = true;
}

/* Writes down all there is. Hold the write lock. */
static void hand_hear(struct hand *hand)
{
    ssize_t n = 0;
    while (hand->len + PROTO_EVENT_MAX <= HEARD_MAX && !hand->slow) {
        char *to = hand->heard + hand->len;
        n = room_read(crew->room, hand->member, to, HEARD_MAX - hand->len);
        if (n <= 0)
            break;
        hand->len += (size_t)n;
        pthread_mutex_lock(&crew->mutex);
        for (char *end = to + n, *lf; to < end; to = lf + 1) {
            lf = memchr(to, '\n', (size_t)(end - to));
            if (lf == NULL) {
                crew_fault("half an event", to);
                break;
            }
            hand_count(hand, to, (size_t)(lf + 1 - to));
        }
        pthread_cond_broadcast(&crew->changed);
        pthread_mutex_unlock(&crew->mutex);
    }
    if (n < 0) {
        pthread_mutex_lock(&crew->mutex);
        hand->slow = true;
        pthread_cond_broadcast(&crew->changed);
        pthread_mutex_unlock(&crew->mutex);
    }
}

static void hand_rest(struct hand *hand)
{
    pthread_mutex_lock(&crew->mutex);
    while (!crew->said && hand->len > 4096)
        pthread_cond_wait(&crew->changed, &crew->mutex);
    pthread_mutex_unlock(&crew->mutex);
}

static void listener_run(void *arg)
{
    struct hand *hand = arg;
    while (!hand->deaf && !hand->slow && room_wait(crew->room, hand->member)) {
        if (hand->lame)
            hand_rest(hand);
        if (!room_write_lock(hand->member))
            crew_fault("the write lock", "its last holder died");
        hand_hear(hand);
        room_write_unlock(hand->member);
    }
}

/* ---- the session ---- */

static struct flow *listener_flow(struct hand *hand);

static bool listen_crew(void *owner, struct member *member)
{
    struct hand *hand = owner;
    hand->member = member;
    return flow_start(listener_flow(hand), listener_run, hand);
}

static enum proto_code hand_enter(struct hand *hand)
{
    char nick[16];
    int len = snprintf(nick, sizeof nick, "w%u", hand->number);
    hand->len = 0;
    hand->slow = false;
    hand->ended = false;
    struct member *member; /* not hand->member: the listener looks at that already */
    return room_enter(crew->room, nick, (size_t)len, hand, &member);
}

/* Leaves, hears the rest, gives the place back. */
static void hand_leave(struct hand *hand)
{
    room_leave(crew->room, hand->member);
    if (!room_write_lock(hand->member))
        crew_fault("the write lock", "its last holder died");
    if (!hand->deaf)
        hand_hear(hand);
    room_write_unlock(hand->member);
    if (!flow_join(listener_flow(hand)))
        crew_fault("a listener", "did not end well");
    room_release(crew->room, hand->member);
}

/* Has every reader that is not slow heard so many messages of this hand? */
static bool heard_by_all(const struct hand *hand, unsigned int messages)
{
    for (unsigned int i = 0; i < crew->hands; i++) {
        const struct hand *other = &crew->hand[i];
        if (other != hand && !other->slow && !other->deaf && other->seen[hand->number] < messages)
            return false;
    }
    return true;
}

static void hand_talk(struct hand *hand)
{
    for (unsigned int i = 0; i < crew->messages && !crew->fault; i++) {
        char text[64];
        int len =
            snprintf(text, sizeof text, "%u%.*s", i, (int)(i * 7 % 23), " ......................");
        if (crew->window > 0 && i > crew->window) {
            pthread_mutex_lock(&crew->mutex);
            while (!heard_by_all(hand, i - crew->window))
                pthread_cond_wait(&crew->changed, &crew->mutex);
            pthread_mutex_unlock(&crew->mutex);
        }
        room_say(crew->room, hand->member, text, (size_t)len);
    }
}

/* ---- making and looking ---- */

static struct crew *crew_new(unsigned int hands, size_t backlog)
{
    unit_bound(BOUND, "a crew");
    crew = sync_alloc(sizeof *crew);
    unit_check(crew != NULL, "out of memory");
    crew->hands = hands;
    crew->room = ring_new(hands, backlog, listen_crew);
    for (unsigned int i = 0; i < hands; i++)
        crew->hand[i].number = i;
    pthread_barrierattr_t barrier;
    pthread_mutexattr_t mutex;
    pthread_condattr_t changed;
    pthread_barrierattr_init(&barrier);
    pthread_mutexattr_init(&mutex);
    pthread_condattr_init(&changed);
    pthread_barrierattr_setpshared(&barrier, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
    pthread_condattr_setpshared(&changed, PTHREAD_PROCESS_SHARED);
    unit_check(pthread_barrier_init(&crew->barrier, &barrier, hands + 1) == 0 &&
                   pthread_mutex_init(&crew->mutex, &mutex) == 0 &&
                   pthread_cond_init(&crew->changed, &changed) == 0,
               "can't make a barrier");
    return crew;
}

static void crew_free(void)
{
    unit_bound_end();
    bool fault = crew->fault;
    char note[sizeof crew->note];
    memcpy(note, crew->note, sizeof note);
    ring_who(crew->room, "");
    room_ring_free(crew->room);
    pthread_barrier_destroy(&crew->barrier);
    pthread_mutex_destroy(&crew->mutex);
    pthread_cond_destroy(&crew->changed);
    sync_free(crew, sizeof *crew);
    unit_check(!fault, "%s", note);
}

static void crew_work(struct flow *flows, void (*run)(void *))
{
    for (unsigned int i = 0; i < crew->hands; i++)
        unit_check(flow_start(&flows[i], run, &crew->hand[i]), "can't start a flow");
}

static void crew_wait(struct flow *flows)
{
    for (unsigned int i = 0; i < crew->hands; i++)
        unit_check(flow_join(&flows[i]), "a session did not end well: %s", crew->note);
}

/* The line at at, NUL-terminated in line; returns where the next begins. */
static size_t line_at(const struct hand *hand, size_t at, char *line, size_t size)
{
    const char *lf = memchr(hand->heard + at, '\n', hand->len - at);
    size_t len = lf == NULL ? hand->len - at : (size_t)(lf - hand->heard) - at;
    (void)snprintf(line, size, "%.*s", (int)len, hand->heard + at);
    return at + len + 1;
}

/* Does the line say message `number` of some writer? */
static bool line_said(const char *line, unsigned int *writer, unsigned int *number)
{
    char *end;
    if (strncmp(line, "* SAY w", 7) != 0)
        return false;
    *writer = (unsigned int)strtoul(line + 7, &end, 10);
    *number = (unsigned int)strtoul(end + 1, NULL, 10);
    return *writer < HANDS;
}

/* ==== everybody hears the same ==== */

static void everybody_run(void *arg)
{
    struct hand *hand = arg;
    if (hand_enter(hand) != PROTO_OK) {
        crew_fault("room_enter", "refused");
        hand->member = NULL;
    }
    pthread_barrier_wait(&crew->barrier); /* all are there */
    pthread_barrier_wait(&crew->barrier); /* the beginning was announced */
    if (hand->number < crew->writers && !crew->fault)
        hand_talk(hand);
    pthread_barrier_wait(&crew->barrier); /* all is said */
    pthread_barrier_wait(&crew->barrier); /* the end was announced */
    pthread_mutex_lock(&crew->mutex);
    while (!hand->ended && !hand->slow && !hand->deaf && !crew->fault)
        pthread_cond_wait(&crew->changed, &crew->mutex);
    pthread_mutex_unlock(&crew->mutex);
    pthread_barrier_wait(&crew->barrier); /* all have heard it */
    if (hand->member != NULL)
        hand_leave(hand);
}

/* What stands between the two announcements, as far as it was heard. */
static void hand_cut(struct hand *hand)
{
    size_t at = 0, from = hand->len, to = hand->len;
    while (at < hand->len) {
        char line[128];
        size_t next = line_at(hand, at, line, sizeof line);
        if (strcmp(line, "* ADMIN begin") == 0)
            from = next;
        if (strcmp(line, "* ADMIN end") == 0)
            to = at;
        at = next;
    }
    to = to < from ? from : to;
    memmove(hand->heard, hand->heard + from, to - from);
    hand->len = to - from;
}

/* Every writer's messages come in their order, and none is missing but at the end. */
static void hand_check_numbers(const struct hand *hand)
{
    unsigned int next[HANDS] = {0};
    for (size_t at = 0; at < hand->len;) {
        char line[128];
        unsigned int writer, number;
        at = line_at(hand, at, line, sizeof line);
        unit_check(line_said(line, &writer, &number), "w%u heard %s", hand->number, line);
        unit_check(writer != hand->number, "w%u heard itself: %s", hand->number, line);
        unit_check(number == next[writer], "w%u heard %s, expected number %u", hand->number, line,
                   next[writer]);
        next[writer]++;
    }
    for (unsigned int i = 0; i < crew->writers; i++)
        unit_check(hand->slow || i == hand->number || next[i] == crew->messages,
                   "w%u is not slow, and heard %u of %u messages of w%u", hand->number, next[i],
                   crew->messages, i);
}

/* What the one has heard is what the other has, their own messages apart; where one is slow, up to
 * some point. */
static void hand_check_order(const struct hand *hand, const struct hand *all)
{
    size_t at = 0, at_all = 0;
    while (at < hand->len && at_all < all->len) {
        char line[128], line_all[128];
        unsigned int writer, number;
        size_t next = line_at(hand, at, line, sizeof line);
        size_t next_all = line_at(all, at_all, line_all, sizeof line_all);
        if (line_said(line_all, &writer, &number) && writer == hand->number) {
            at_all = next_all;
            continue;
        }
        if (line_said(line, &writer, &number) && writer == all->number) {
            at = next;
            continue;
        }
        unit_check(strcmp(line, line_all) == 0, "w%u and w%u hear another order: %s, %s",
                   hand->number, all->number, line, line_all);
        at = next;
        at_all = next_all;
    }
}

/* Returns how many became slow. */
static unsigned int everybody(struct flow *flows, unsigned int writers, unsigned int messages,
                              unsigned int window)
{
    unsigned int slow = 0;
    crew->writers = writers;
    crew->messages = messages;
    crew->window = window;
    crew_work(flows, everybody_run);
    pthread_barrier_wait(&crew->barrier);
    room_announce(crew->room, "begin", 5);
    pthread_barrier_wait(&crew->barrier);
    pthread_barrier_wait(&crew->barrier);
    pthread_mutex_lock(&crew->mutex);
    crew->said = true;
    pthread_cond_broadcast(&crew->changed);
    pthread_mutex_unlock(&crew->mutex);
    room_announce(crew->room, "end", 3);
    pthread_barrier_wait(&crew->barrier);
    pthread_barrier_wait(&crew->barrier);
    crew_wait(flows);
    for (unsigned int i = 0; i < crew->hands; i++) {
        struct hand *hand = &crew->hand[i];
        slow += hand->slow;
        if (hand->deaf)
            continue;
        unit_check(hand->len + PROTO_EVENT_MAX <= HEARD_MAX, "too much was heard");
        hand_cut(hand);
        hand_check_numbers(hand);
        for (unsigned int k = 0; k < i; k++)
            if (!crew->hand[k].deaf)
                hand_check_order(hand, &crew->hand[k]);
    }
    return slow;
}

/* All fits into the backlog: nobody may be slow. */
static void crew_large_backlog(struct flow *flows)
{
    crew_new(8, HEARD_MAX);
    unsigned int slow = everybody(flows, 4, 2500, 0);
    unit_check(slow == 0, "%u are slow in a ring that is large enough", slow);
    crew_free();
}

/* The speaker is at most two words ahead of the slowest: a wake-up that does not reach everybody is
 * not mended by what is said next, and stops it. (Processes look again after a second:
 * sync_process.c.) */
static void crew_lockstep(struct flow *flows)
{
    crew_new(8, HEARD_MAX);
    unsigned int slow = everybody(flows, 1, 300, 1);
    unit_check(slow == 0, "%u are slow, though the speaker waits for them", slow);
    crew_free();
}

/* The ring goes round and round; writers wait for the readers, so none of these may be slow. */
static void crew_small_backlog(struct flow *flows)
{
    crew_new(8, 4096);
    (void)everybody(flows, 4, 2500, 12);
    for (unsigned int i = 4; i < 8; i++)
        unit_check(!crew->hand[i].slow, "w%u is slow, though the writers wait for it", i);
    crew_free();
}

/* No flow control but the room's own, and one stops reading in the middle: what it has heard is
 * complete up to there, and then it gets ERR slow. */
static void crew_overrun(struct flow *flows)
{
    for (int round = 0; round < 3; round++) {
        crew_new(8, 2048);
        crew->hand[7].lame = true;
        (void)everybody(flows, 4, 2000, 0);
        unit_check(crew->hand[7].slow, "a member that has stopped reading is not slow");
        unit_check(crew->hand[7].len > 1000, "it has heard only %zu bytes", crew->hand[7].len);
        crew_free();
    }
}

/* One does not listen at all: it becomes slow, and the others are not delayed. */
static void crew_stalled(struct flow *flows)
{
    crew_new(6, 4096);
    crew->hand[5].deaf = true;
    unsigned int slow = 0;
    (void)everybody(flows, 2, 2500, 20);
    for (unsigned int i = 2; i < 5; i++)
        slow += crew->hand[i].slow;
    unit_check(slow == 0, "%u others are slow", slow);
    crew_free();
}

/* ==== many race for one nick ==== */

static void race_run(void *arg)
{
    struct hand *hand = arg;
    unsigned int self = hand->number;
    hand->number = 0; /* all want to be w0 */
    for (unsigned int round = 0; round < crew->rounds; round++) {
        pthread_barrier_wait(&crew->barrier);
        crew->codes[self] = hand_enter(hand);
        pthread_barrier_wait(&crew->barrier);
        pthread_barrier_wait(&crew->barrier); /* the codes were looked at */
        if (crew->codes[self] == PROTO_OK)
            hand_leave(hand);
    }
}

static void crew_race(struct flow *flows)
{
    crew_new(HANDS, 4096);
    crew->rounds = 150;
    crew_work(flows, race_run);
    for (unsigned int round = 0; round < crew->rounds; round++) {
        unsigned int won = 0, taken = 0;
        pthread_barrier_wait(&crew->barrier);
        pthread_barrier_wait(&crew->barrier);
        for (unsigned int i = 0; i < crew->hands; i++) {
            won += crew->codes[i] == PROTO_OK;
            taken += crew->codes[i] == PROTO_NICK_TAKEN;
        }
        unit_check(won == 1 && taken == crew->hands - 1,
                   "round %u: %u of %u got the nick, %u were refused it", round, won, crew->hands,
                   taken);
        ring_who(crew->room, "w0\n");
        pthread_barrier_wait(&crew->barrier);
    }
    crew_wait(flows);
    crew_free();
}

/* ==== coming and going while others speak ==== */

enum { VISITS = 120 };

/* One visit: without gaps, whatever was said meanwhile; and nothing of its own. */
static void visit_check(const struct hand *hand)
{
    bool begun[HANDS] = {false};
    unsigned int last[HANDS] = {0};
    char self[32];
    (void)snprintf(self, sizeof self, "w%u", hand->number);
    for (size_t at = 0; at < hand->len;) {
        char line[128];
        unsigned int writer, number;
        at = line_at(hand, at, line, sizeof line);
        if (!line_said(line, &writer, &number)) {
            const char *nick = strrchr(line, ' ');
            if (nick == NULL || strcmp(nick + 1, self) == 0)
                crew_fault("a visitor hears of itself", line);
            continue;
        }
        if (writer >= 3) /* a visitor: it does not count */
            continue;
        if (begun[writer] && number != last[writer] + 1)
            crew_fault("a gap", line);
        begun[writer] = true;
        last[writer] = number;
    }
}

static void visits_run(void *arg)
{
    struct hand *hand = arg;
    pthread_barrier_wait(&crew->barrier);
    if (hand->number == 0) { /* stays, and hears all */
        if (hand_enter(hand) != PROTO_OK)
            crew_fault("room_enter", "refused");
        pthread_barrier_wait(&crew->barrier);
    } else if (hand->number < 3) { /* stays, and talks */
        if (hand_enter(hand) != PROTO_OK)
            crew_fault("room_enter", "refused");
        pthread_barrier_wait(&crew->barrier);
        hand_talk(hand);
    } else {
        pthread_barrier_wait(&crew->barrier);
        for (int i = 0; i < VISITS && !crew->fault; i++) {
            if (hand_enter(hand) != PROTO_OK) {
                crew_fault("room_enter", "refused");
                break;
            }
            room_say(crew->room, hand->member, "x", 1);
            hand_leave(hand);
            if (!hand->slow)
                visit_check(hand);
        }
    }
    pthread_barrier_wait(&crew->barrier); /* all visits are over */
    if (hand->number < 3)
        hand_leave(hand);
}

static void watch_check(const struct hand *hand)
{
    unsigned int joined[HANDS] = {0}, left[HANDS] = {0}, next[HANDS] = {0};
    for (size_t at = 0; at < hand->len;) {
        char line[128];
        unsigned int speaker, number;
        at = line_at(hand, at, line, sizeof line);
        if (strncmp(line, "* JOIN w", 8) == 0) {
            speaker = (unsigned int)strtoul(line + 8, NULL, 10);
            unit_check(joined[speaker] == left[speaker], "%s, which is there already", line);
            joined[speaker]++;
        } else if (strncmp(line, "* LEAVE w", 9) == 0) {
            speaker = (unsigned int)strtoul(line + 9, NULL, 10);
            left[speaker]++;
            unit_check(joined[speaker] == left[speaker] || speaker < 3, "%s, which is not there",
                       line);
        } else if (line_said(line, &speaker, &number) && speaker < 3) {
            unit_check(number == next[speaker], "%s, expected number %u", line, next[speaker]);
            next[speaker]++;
        } else {
            unit_check(line_said(line, &speaker, &number) && joined[speaker] == left[speaker] + 1,
                       "%s, which is not there", line);
        }
    }
    for (unsigned int i = 3; i < crew->hands; i++)
        unit_check(joined[i] == VISITS && left[i] == VISITS, "w%u: %u JOIN, %u LEAVE", i, joined[i],
                   left[i]);
    unit_check(next[1] == crew->messages && next[2] == crew->messages, "%u and %u messages",
               next[1], next[2]);
}

static void crew_visits(struct flow *flows)
{
    crew_new(8, HEARD_MAX);
    crew->messages = 3000;
    crew_work(flows, visits_run);
    for (int i = 0; i < 3; i++)
        pthread_barrier_wait(&crew->barrier);
    crew_wait(flows);
    unit_check(!crew->hand[0].slow, "the watcher is slow");
    watch_check(&crew->hand[0]);
    crew_free();
}

#endif
