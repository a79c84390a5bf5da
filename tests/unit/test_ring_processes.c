/* test_ring_processes.c: the ring as 02_fork has it, a process for each flow of control, any of
 * which can be killed at any instruction
 */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

struct flow {
    int pid;
};

#include "ring_group.h"

#include "base/clock.h"

static struct flow sessions[ACTORS], forwarders[ACTORS];

/* A child that does not outlive us: 0 in the child. */
static pid_t child_start(void)
{
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
    }
    return child;
}

static bool flow_start(struct flow *flow, void (*run)(void *), void *arg)
{
    flow->pid = child_start();
    if (flow->pid == 0) {
        run(arg);
        _exit(0);
    }
    return flow->pid > 0;
}

static bool flow_join(struct flow *flow)
{
    int status;
    while (waitpid(flow->pid, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return status == 0;
}

/* As the parent does: now, or as soon as the lock can be had. */
static void reap(struct room *room, pid_t dead)
{
    while (!room_reap(room, dead))
        ;
}

static struct flow *forwarder_flow(struct ring_actor *actor)
{
    return &forwarders[actor - group->actor];
}

static void test_lockstep(void **state)
{
    (void)state;
    group_lockstep(sessions);
}

static void test_large_backlog(void **state)
{
    (void)state;
    group_large_backlog(sessions);
}

static void test_small_backlog(void **state)
{
    (void)state;
    group_small_backlog(sessions);
}

static void test_overrun(void **state)
{
    (void)state;
    group_overrun(sessions);
}

static void test_stalled_reader(void **state)
{
    (void)state;
    group_stalled(sessions);
}

static void test_race_for_a_nick(void **state)
{
    (void)state;
    group_race(sessions);
}

static void test_coming_and_going(void **state)
{
    (void)state;
    group_visits(sessions);
}

/* ==== the events that the watcher receives of killed members ==== */

enum { VICTIMS = 2000, SURVIVORS = 2 };

/* A member that speaks: what was received of it. */
struct fate {
    unsigned int joins, leaves, next; /* next: the number of its next message */
};

static struct scene {
    struct room *room;
    struct member *watcher;
    struct fate victims[VICTIMS], survivors[SURVIVORS];
    int credit[SURVIVORS]; /* a byte for each message of a survivor that was received */
} scene;

static struct fate *fate_of(const char *nick)
{
    unsigned long i = strtoul(nick + 1, NULL, 10);
    unit_check((nick[0] == 'v' && i < VICTIMS) || (nick[0] == 's' && i < SURVIVORS),
               "an event of somebody unknown: %s", nick);
    return nick[0] == 'v' ? &scene.victims[i] : &scene.survivors[i];
}

static void fate_note(const char *line)
{
    char nick[64], verb[16];
    unsigned int number;
    int n = sscanf(line, "* %15s %63s %u", verb, nick, &number);
    unit_check(n >= 2, "not an event: %s", line);
    struct fate *fate = fate_of(nick);
    bool present = fate->joins > fate->leaves;
    if (strcmp(verb, "JOIN") == 0) {
        unit_check(!present, "%s, which is there already", line);
        fate->joins++;
    } else if (strcmp(verb, "LEAVE") == 0) {
        unit_check(present, "%s, which is not there", line);
        fate->leaves++;
    } else {
        unit_check(n == 3 && strcmp(verb, "SAY") == 0, "not an event: %s", line);
        unit_check(present, "%s, which is not there", line);
        unit_check(number == fate->next, "%s, expected number %u", line, fate->next);
        fate->next++;
        if (nick[0] == 's' && scene.credit[nick[1] - '0'] >= 0) {
            ssize_t put = write(scene.credit[nick[1] - '0'], "", 1);
            unit_check(put == 1, "no credit: %s", strerror(errno));
        }
    }
}

/* The watcher receives all there is. */
static void watch(void)
{
    static char received[64 * 1024];
    ssize_t n;
    unit_check(room_write_lock(scene.watcher), "the last holder of the watcher's write lock died");
    while ((n = room_read(scene.room, scene.watcher, received, sizeof received - 1)) > 0) {
        received[n] = '\0';
        for (char *line = received, *lf; (lf = strchr(line, '\n')) != NULL; line = lf + 1) {
            *lf = '\0';
            fate_note(line);
        }
    }
    room_write_unlock(scene.watcher);
    unit_check(n == 0, "the watcher is slow");
}

static void scene_begin(unsigned int places, room_forward *forward)
{
    memset(&scene, 0, sizeof scene);
    scene.room = ring_new(places, 256 * 1024, forward);
    scene.watcher = ring_enter(scene.room, "watcher");
}

static void scene_end(void)
{
    ring_who(scene.room, "watcher\n");
    ring_leave(scene.room, scene.watcher);
    room_ring_free(scene.room);
    unit_bound_end();
}

/* ---- survivors ---- */

static _Noreturn void survivor_main(unsigned int i, int credit)
{
    char nick[16], text[16], byte;
    struct member *member;
    int len = snprintf(nick, sizeof nick, "s%u", i);
    if (room_enter(scene.room, nick, (size_t)len, NULL, &member) != PROTO_OK)
        _exit(1);
    for (unsigned int n = 0; read(credit, &byte, 1) == 1; n++) {
        char received[4096];
        len = snprintf(text, sizeof text, "%u", n);
        room_say(scene.room, member, text, (size_t)len);
        if (!room_write_lock(member))
            _exit(2);
        while (room_read(scene.room, member, received, sizeof received) > 0)
            ;
        room_write_unlock(member);
    }
    ring_leave(scene.room, member);
    _exit(0);
}

static pid_t survivor_start(unsigned int i)
{
    int ends[2];
    unit_check(pipe(ends) == 0, "pipe: %s", strerror(errno));
    pid_t child = child_start();
    unit_check(child >= 0, "fork: %s", strerror(errno));
    if (child == 0) {
        close(ends[1]);
        for (unsigned int k = 0; k < i; k++)
            close(scene.credit[k]); /* or the other never sees the end */
        survivor_main(i, ends[0]);
    }
    close(ends[0]);
    scene.credit[i] = ends[1];
    unit_check(write(ends[1], "12345678", 8) == 8, "write: %s", strerror(errno));
    return child;
}

/* ---- victims ---- */

/* Shared with the running victim. */
struct ring_victim {
    _Atomic unsigned int steps; /* what it has done so far */
    _Atomic bool failed;        /* something was refused */
    _Atomic bool resting;       /* it has done enough, and waits to be killed */
    _Atomic int forwarder;      /* 0: none */
    unsigned int number;
    struct member *member;
};

static struct ring_victim *victim; /* in shared memory */

static void step(bool ok)
{
    if (!ok)
        victim->failed = true;
    victim->steps++;
}

static bool victim_enter(void)
{
    char nick[16];
    int len = snprintf(nick, sizeof nick, "v%u", victim->number);
    return room_enter(scene.room, nick, (size_t)len, NULL, &victim->member) == PROTO_OK;
}

static void victim_say(unsigned int n)
{
    char text[16];
    int len = snprintf(text, sizeof text, "%u", n);
    room_say(scene.room, victim->member, text, (size_t)len);
}

/* False: the write lock's last holder died. */
static bool victim_read(void)
{
    char received[4096];
    bool ok = room_write_lock(victim->member);
    while (room_read(scene.room, victim->member, received, sizeof received) > 0)
        ;
    room_write_unlock(victim->member);
    return ok;
}

/* A victim speaks as fast as it can. If the machine is busy, the watcher could not keep up with
 * that for ever. */
enum { ROUNDS = 40 };

static _Noreturn void victim_rest(void)
{
    victim->resting = true;
    for (;;)
        pause();
}

static _Noreturn void victim_loop(void)
{
    for (unsigned int n = 0; n < 3 * ROUNDS; n += 3) {
        step(victim_enter());
        if (victim->failed)
            _exit(3);
        for (unsigned int i = 0; i < 3; i++) {
            victim_say(n + i);
            step(true);
            step(victim_read());
        }
        struct body *names = room_names(scene.room, ring_budget());
        step(names != NULL);
        body_release(names);
        room_leave(scene.room, victim->member);
        step(true);
        room_release(scene.room, victim->member);
        step(true);
    }
    victim_rest();
}

/* Watches until the victim has done something, and then for a moment more. */
static void watch_steps(pid_t child, unsigned int steps, uint64_t moment)
{
    while (victim->steps < steps) {
        int status;
        unit_check(waitpid(child, &status, WNOHANG) == 0, "v%u ended by itself: %x", victim->number,
                   (unsigned int)status);
        watch();
        sched_yield();
    }
    for (volatile uint64_t i = 0; i < moment; i++)
        ;
}

static void kill_and_reap(pid_t child)
{
    int status;
    unit_check(kill(child, SIGKILL) == 0 && waitpid(child, &status, 0) == child, "kill: %s",
               strerror(errno));
    unit_check(WIFSIGNALED(status), "v%u ended by itself: %x", victim->number,
               (unsigned int)status);
}

/* After it was reaped: it has left the room, once; and the room still works. */
static void victim_check(void)
{
    char nick[16];
    watch();
    const struct fate *fate = &scene.victims[victim->number];
    unit_check(!victim->failed, "v%u was refused something", victim->number);
    unit_check(fate->joins == fate->leaves, "v%u: %u JOIN, %u LEAVE", victim->number, fate->joins,
               fate->leaves);
    int n = snprintf(nick, sizeof nick, "v%u\n", victim->number);
    struct body *names = room_names(scene.room, ring_budget());
    unit_check(names != NULL, "v%u: no names", victim->number);
    unit_check(memmem(names->bytes, names->len, nick, (size_t)n) == NULL, "v%u is a ghost: %s",
               victim->number, unit_quote(names->bytes, names->len));
    body_release(names);
}

static void victim_next(unsigned int number)
{
    *victim = (struct ring_victim){.number = number};
}

static void test_killed_at_random_moments(void **state)
{
    enum { KILLS = 600, TIME = 5000 };
    struct unit_random random = {.state = 31};
    unsigned int killed = 0;
    pid_t survivors[SURVIVORS];
    int64_t until = clock_now() + TIME;
    (void)state;
    unit_bound(BOUND, "a room whose members are killed");
    victim = sync_alloc(sizeof *victim);
    unit_check(victim != NULL, "out of memory");
    scene_begin(SURVIVORS + 2, forward_yes); /* one place for all the victims */
    for (unsigned int i = 0; i < SURVIVORS; i++)
        survivors[i] = survivor_start(i);
    while (scene.survivors[0].next == 0 || scene.survivors[1].next == 0)
        watch();
    for (; killed < KILLS && clock_now() < until; killed++) {
        victim_next(killed);
        pid_t child = child_start();
        unit_check(child >= 0, "fork: %s", strerror(errno));
        if (child == 0)
            victim_loop();
        unsigned int steps = (unsigned int)unit_random_below(&random, 25);
        watch_steps(child, steps, unit_random_below(&random, 20000));
        kill_and_reap(child);
        reap(scene.room, child);
        victim_check();
    }
    for (unsigned int i = 0; i < SURVIVORS; i++) { /* they live, and continue */
        unsigned int next = scene.survivors[i].next;
        while (scene.survivors[i].next < next + 50)
            watch();
        close(scene.credit[i]);
        scene.credit[i] = -1;
        int status;
        unit_check(waitpid(survivors[i], &status, 0) == survivors[i] && status == 0,
                   "survivor %u: %x", i, (unsigned int)status);
        watch();
        unit_check(scene.survivors[i].leaves == 1, "survivor %u has not left", i);
    }
    unit_check(killed >= 100, "only %u kills in %d ms", killed, TIME);
    print_message("             %u killed, %u messages of survivors\n", killed,
                  scene.survivors[0].next + scene.survivors[1].next);
    scene_end();
    sync_free(victim, sizeof *victim);
}

/* ==== killed at an instruction ==== */

enum { OP_ENTER, OP_SAY, OP_READ, OP_NAMES, OP_LEAVE, OP_RELEASE, OPS };

static const char *const op_names[OPS] = {"room_enter", "room_say",   "room_read",
                                          "room_names", "room_leave", "room_release"};

static void op_do(int op)
{
    switch (op) {
    case OP_ENTER: step(victim_enter()); break;
    case OP_SAY: victim_say(0); break;
    case OP_READ: step(victim_read()); break;
    case OP_NAMES: body_release(room_names(scene.room, ring_budget())); break;
    case OP_LEAVE: room_leave(scene.room, victim->member); break;
    default: room_release(scene.room, victim->member); break;
    }
}

/* Comes to the operation, stops, does it, and stops again. */
static _Noreturn void stepped_main(int op)
{
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
        _exit(4);
    if (op > OP_ENTER)
        op_do(OP_ENTER);
    if (op == OP_RELEASE)
        op_do(OP_LEAVE);
    if (op == OP_READ) /* something to read */
        room_announce(scene.room, "x", 1);
    raise(SIGSTOP);
    op_do(op);
    raise(SIGSTOP);
    _exit(5);
}

/* One instruction on. False: it has come to its end. */
static bool single_step(pid_t child)
{
    int status;
    unit_check(ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) == 0, "ptrace: %s", strerror(errno));
    unit_check(waitpid(child, &status, 0) == child, "waitpid: %s", strerror(errno));
    unit_check(WIFSTOPPED(status), "v%u ended by itself: %x", victim->number, (unsigned int)status);
    return WSTOPSIG(status) == SIGTRAP;
}

/* Lets the victim do so many instructions of the operation, then kills and reaps it. Returns how
 * many it did: fewer if the operation has no more. */
static unsigned long kill_after(int op, unsigned long most, bool *possible)
{
    int status;
    unsigned long done = 0;
    pid_t child = child_start();
    unit_check(child >= 0, "fork: %s", strerror(errno));
    if (child == 0)
        stepped_main(op);
    unit_check(waitpid(child, &status, 0) == child, "waitpid: %s", strerror(errno));
    *possible = WIFSTOPPED(status);
    if (!*possible)
        return 0;
    while (done < most && single_step(child))
        done++;
    kill_and_reap(child);
    reap(scene.room, child);
    return done;
}

static void stepped_check(int op, unsigned long at)
{
    const struct fate *fate = &scene.victims[victim->number];
    victim_check();
    unit_check(fate->joins == 1 || (op == OP_ENTER && fate->joins == 0),
               "%s, killed after instruction %lu: %u JOIN", op_names[op], at, fate->joins);
    unit_check(fate->next <= (op == OP_SAY ? 1U : 0U), "%s: %u messages", op_names[op], fate->next);
}

/* The announcement that gives room_read something to read is no event of a victim's. */
static void watch_announcement(int op)
{
    char received[PROTO_EVENT_MAX * 4];
    if (op == OP_READ) {
        ssize_t n = room_read(scene.room, scene.watcher, received, sizeof received - 1);
        unit_check(n > 0, "nothing was received");
        received[n] = '\0';
        for (char *line = received, *lf; (lf = strchr(line, '\n')) != NULL; line = lf + 1) {
            *lf = '\0';
            if (strcmp(line, "* ADMIN x") != 0)
                fate_note(line);
        }
    }
}

static void test_killed_at_every_instruction(void **state)
{
    enum { TIME = 5000 };
    struct unit_random random = {.state = 77};
    bool possible;
    unsigned int killed = 0;
    (void)state;
    unit_bound(BOUND, "a member that is killed at an instruction");
    victim = sync_alloc(sizeof *victim);
    unit_check(victim != NULL, "out of memory");
    scene_begin(2, forward_yes); /* one place for all the victims */
    for (int op = 0; op < OPS; op++) {
        int64_t until = clock_now() + TIME / OPS;
        unsigned long all = 0;
        for (unsigned int i = 0; i < VICTIMS / OPS && clock_now() < until; i++, killed++) {
            victim_next(killed);
            unsigned long at = i == 0 ? ULONG_MAX : unit_random_below(&random, all + 1);
            unsigned long done = kill_after(op, at, &possible);
            if (!possible) {
                scene_end();
                sync_free(victim, sizeof *victim);
                unit_skip("ptrace is not possible here: nobody is killed at an instruction");
            }
            all = i == 0 ? done : all;
            watch_announcement(op);
            stepped_check(op, done);
        }
        print_message("             %s: %lu instructions\n", op_names[op], all);
    }
    unit_check(killed >= 60, "only %u kills in %d ms", killed, TIME);
    print_message("             %u killed\n", killed);
    scene_end();
    sync_free(victim, sizeof *victim);
}

/* ==== with forwarders of their own ==== */

static bool forwarder_forks(void *owner, struct member *member)
{
    (void)owner;
    if (victim == NULL) /* the watcher */
        return true;
    pid_t child = child_start();
    if (child == 0) {
        char received[4096];
        victim->forwarder = getpid();
        room_forwarder(member, getpid());
        while (room_wait(scene.room, member)) {
            bool ok = room_write_lock(member);
            while (ok && room_read(scene.room, member, received, sizeof received) > 0)
                ;
            room_write_unlock(member);
            if (!ok)
                break;
        }
        _exit(0);
    }
    return child > 0;
}

static _Noreturn void session_loop(void)
{
    bool ok = true;
    for (unsigned int n = 0; ok && n < 3 * ROUNDS; n += 3) {
        victim->forwarder = 0;
        step(victim_enter());
        for (unsigned int i = 0; i < 3; i++) {
            victim_say(n + i);
            step(true);
        }
        room_leave(scene.room, victim->member);
        step(true);
        ok = victim_read();
        while (wait(NULL) < 0 && errno == EINTR)
            ;
        room_forwarder(victim->member, 0);
        room_release(scene.room, victim->member);
        step(true);
    }
    if (ok)
        victim_rest();
    _exit(0);
}

/* Waits for all children, also those that have become ours, and reaps them. */
static void reap_all(void)
{
    pid_t dead;
    while ((dead = waitpid(-1, NULL, 0)) > 0 || errno == EINTR)
        if (dead > 0)
            reap(scene.room, dead);
}

static void test_sessions_and_forwarders_killed(void **state)
{
    enum { KILLS = 300, TIME = 4000 };
    struct unit_random random = {.state = 5};
    unsigned int killed = 0, forwarders_killed = 0;
    int64_t until = clock_now() + TIME;
    (void)state;
    unit_bound(BOUND, "a room whose members and forwarders are killed");
    unit_check(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0, "prctl: %s", strerror(errno));
    victim = NULL;
    scene_begin(2, forwarder_forks);
    victim = sync_alloc(sizeof *victim);
    unit_check(victim != NULL, "out of memory");
    for (; killed < KILLS && clock_now() < until; killed++) {
        victim_next(killed);
        pid_t child = child_start();
        unit_check(child >= 0, "fork: %s", strerror(errno));
        if (child == 0)
            session_loop();
        watch_steps(child, (unsigned int)unit_random_below(&random, 20),
                    unit_random_below(&random, 20000));
        while (killed % 2 == 1 && victim->forwarder == 0 && !victim->resting)
            watch();
        pid_t forwarder = victim->forwarder;
        if (killed % 2 == 1 && forwarder > 0 && kill(forwarder, SIGKILL) == 0) {
            forwarders_killed++;
            unsigned int now = victim->steps; /* the session continues, or ends in order */
            while (victim->steps < now + 6 && !victim->resting) {
                siginfo_t info = {0};
                watch();
                if (waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
                    info.si_pid == child)
                    break;
                sched_yield();
            }
        }
        kill(child, SIGKILL);
        reap_all();
        victim_check();
    }
    unit_check(killed >= 50 && forwarders_killed > 5, "only %u kills, %u of forwarders", killed,
               forwarders_killed);
    print_message("             %u killed, and %u forwarders\n", killed, forwarders_killed);
    scene_end();
    sync_free(victim, sizeof *victim);
    unit_check(prctl(PR_SET_CHILD_SUBREAPER, 0) == 0, "prctl: %s", strerror(errno));
}

/* ==== one thing each ==== */

static void test_the_holder_of_a_write_lock_dies(void **state)
{
    (void)state;
    unit_bound(BOUND, "a write lock whose holder died");
    struct room *room = ring_new(1, 4096, forward_yes);
    for (int round = 0; round < 20; round++) {
        struct member *member = ring_enter(room, "bob");
        unit_check(room_write_lock(member), "the last holder of a new member's write lock died");
        room_write_unlock(member);
        struct flow holder;
        holder.pid = child_start();
        if (holder.pid == 0) {
            if (room_write_lock(member))
                (void)kill(getpid(), SIGKILL);
            _exit(1);
        }
        unit_check(!flow_join(&holder), "the holder was not killed");
        unit_check(!room_write_lock(member), "the holder's death is not reported");
        room_write_unlock(member);
        unit_check(room_write_lock(member), "the holder's death is reported twice");
        room_write_unlock(member);
        ring_leave(room, member);
    }
    for (int round = 0; round < 20; round++) { /* dies, and nobody looks at the lock any more */
        struct flow holder;
        holder.pid = child_start();
        if (holder.pid == 0) {
            if (room_write_lock(ring_enter(room, "bob")))
                (void)kill(getpid(), SIGKILL);
            _exit(1);
        }
        unit_check(!flow_join(&holder), "the holder was not killed");
        reap(room, holder.pid);
        ring_who(room, "");
        struct member *next = ring_enter(room, "next");
        unit_check(room_write_lock(next), "the next owner of the place inherits a death");
        room_write_unlock(next);
        ring_leave(room, next);
    }
    room_ring_free(room);
    unit_bound_end();
}

static void test_reaping(void **state)
{
    (void)state;
    struct room *room = ring_new(3, 4096, forward_yes);
    struct member *watcher = ring_enter(room, "watcher");
    struct flow dead, stranger;
    dead.pid = child_start();
    if (dead.pid == 0) {
        ring_say(room, ring_enter(room, "bob"), "last words");
        _exit(0);
    }
    stranger.pid = child_start();
    if (stranger.pid == 0)
        _exit(0);
    unit_check(flow_join(&dead) && flow_join(&stranger), "a child did not end well");
    reap(room, stranger.pid);
    ring_who(room, "bob\nwatcher\n");
    ring_expect(room, watcher, "watcher", "* JOIN bob\n* SAY bob last words\n");
    reap(room, dead.pid);
    ring_who(room, "watcher\n");
    reap(room, dead.pid);
    reap(room, stranger.pid);
    ring_expect(room, watcher, "watcher", "* LEAVE bob\n");
    struct member *a = ring_enter(room, "a"), *b = ring_enter(room, "b");
    ring_refused(room, "c", PROTO_IO);
    ring_leave(room, a);
    ring_leave(room, b);
    ring_leave(room, watcher);
    room_ring_free(room);
}

/* The place of a dead session is not given away while its forwarder lives. */
static void test_a_place_with_a_living_forwarder(void **state)
{
    struct room *room = ring_new(2, 4096, forward_yes);
    struct member *watcher = ring_enter(room, "watcher");
    int ends[2];
    char byte;
    (void)state;
    unit_bound(BOUND, "a forwarder that survives its session");
    unit_check(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0 && pipe(ends) == 0, "%s", strerror(errno));
    pid_t session = child_start();
    if (session == 0) {
        struct member *member = ring_enter(room, "bob");
        pid_t forwarder = fork();
        if (forwarder == 0) {
            room_forwarder(member, getpid());
            close(ends[1]);
            _exit(read(ends[0], &byte, 1) == 0 ? 0 : 1);
        }
        room_forwarder(member, forwarder);
        _exit(0);
    }
    int status;
    unit_check(waitpid(session, &status, 0) == session && status == 0, "the session: %x",
               (unsigned int)status);
    reap(room, session);
    ring_who(room, "watcher\n");
    ring_refused(room, "next", PROTO_IO);
    close(ends[0]);
    close(ends[1]);
    pid_t forwarder = waitpid(-1, &status, 0);
    unit_check(forwarder > 0 && status == 0, "the forwarder: %x", (unsigned int)status);
    reap(room, forwarder);
    struct member *next = ring_enter(room, "next");
    ring_expect(room, watcher, "watcher", "* JOIN bob\n* LEAVE bob\n* JOIN next\n");
    ring_leave(room, next);
    ring_leave(room, watcher);
    room_ring_free(room);
    unit_check(prctl(PR_SET_CHILD_SUBREAPER, 0) == 0, "prctl: %s", strerror(errno));
    unit_bound_end();
}

/* The next holder of a dead process's lock learns of the death, once; then it is a lock like any.
 * */
static void test_a_lock_outlives_its_holder(void **state)
{
    int status = 0;
    (void)state;
    unit_bound(BOUND, "a lock whose holder has died");
    struct sync_lock *lock = sync_alloc(sizeof *lock);
    unit_check(lock != NULL, "out of memory");
    sync_lock_init(lock);
    for (int round = 0; round < 3; round++) {
        pid_t child = child_start();
        if (child == 0) {
            (void)sync_acquire(lock);
            _exit(0);
        }
        unit_check(child > 0 && waitpid(child, &status, 0) == child && status == 0, "child: %x",
                   (unsigned int)status);
        unit_check(sync_acquire(lock) == SYNC_ORPHANED, "round %d: nobody says that it died",
                   round);
        sync_release(lock);
        int error = pthread_mutex_trylock(&lock->mutex);
        unit_check(error == 0, "after its holder died it can't be locked any more: %s",
                   strerror(error));
        sync_release(lock);
    }
    sync_lock_destroy(lock);
    sync_free(lock, sizeof *lock);
    unit_bound_end();
}

static bool process_sleeps(pid_t pid)
{
    char path[64], state = '?';
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *stat = fopen(path, "re");
    bool sleeps = stat != NULL && fscanf(stat, "%*d (%*[^)]) %c", &state) == 1 && state == 'S';
    if (stat != NULL)
        (void)fclose(stat);
    return sleeps;
}

/* glibc's unlock sets the word to 0, then wakes one sleeper. Killed in between, and with somebody a
 * process takes the free lock before the kernel looks at what the dead has left, it wakes nobody:
 * the new holder does not know of sleepers. Here the holder gets no further than the first half. */
static void test_killed_while_unlocking(void **state)
{
    int status = 0;
    (void)state;
    unit_bound(BOUND, "a sleeper that nobody wakes");
    struct sync_lock *lock = sync_alloc(sizeof *lock);
    unit_check(lock != NULL, "out of memory");
    sync_lock_init(lock);
    _Atomic int *word = (_Atomic int *)&lock->mutex.__data.__lock;
    pid_t holder = child_start();
    if (holder == 0) {
        (void)sync_acquire(lock);
        for (;;)
            (void)pause();
    }
    while (*word == 0)
        sched_yield();
    pid_t sleeper = child_start();
    if (sleeper == 0)
        _exit(sync_acquire(lock) == SYNC_OK ? 0 : 1);
    while ((*word & (int)FUTEX_WAITERS) == 0 || !process_sleeps(sleeper))
        sched_yield();
    *word = 0;
    unit_check(kill(holder, SIGKILL) == 0 && waitpid(holder, &status, 0) == holder, "holder");
    unit_check(sleeper > 0 && waitpid(sleeper, &status, 0) == sleeper && status == 0, "sleeper: %x",
               (unsigned int)status);
    sync_free(lock, sizeof *lock); /* which its last holder has taken to the grave */
    unit_bound_end();
}

/* A process that holds the lock is stopped, and not killed: the parent, which must not wait for it,
 * does not. */
static void test_holder_is_stopped(void **state)
{
    (void)state;
    struct sync_lock *lock = sync_alloc(sizeof *lock);
    int status;
    unit_check(lock != NULL, "out of memory");
    sync_lock_init(lock);
    unit_bound(BOUND, "the holder of a lock is stopped");
    unit_check(sync_acquire_soon(lock, 0) == SYNC_OK, "a free lock");
    sync_release(lock);
    pid_t holder = child_start();
    if (holder == 0) {
        (void)sync_acquire(lock);
        raise(SIGSTOP);
        sync_release(lock);
        _exit(0);
    }
    unit_check(waitpid(holder, &status, WUNTRACED) == holder && WIFSTOPPED(status), "waitpid");
    for (int ms = 0; ms <= 20; ms += 10)
        unit_check(sync_acquire_soon(lock, ms) == SYNC_BUSY, "a lock that somebody holds");
    unit_check(kill(holder, SIGCONT) == 0 && waitpid(holder, &status, 0) == holder, "waitpid");
    unit_check(sync_acquire_soon(lock, 0) == SYNC_OK, "the lock is free again");
    sync_release(lock);
    holder = child_start();
    if (holder == 0) {
        (void)sync_acquire(lock);
        _exit(0);
    }
    unit_check(waitpid(holder, &status, 0) == holder, "waitpid");
    unit_check(sync_acquire_soon(lock, 0) == SYNC_ORPHANED, "the holder's death is not reported");
    sync_release(lock);
    sync_lock_destroy(lock);
    sync_free(lock, sizeof *lock);
    unit_bound_end();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        RING_CASES,
        UNIT(test_lockstep),
        UNIT(test_large_backlog),
        UNIT(test_small_backlog),
        UNIT(test_overrun),
        UNIT(test_stalled_reader),
        UNIT(test_race_for_a_nick),
        UNIT(test_coming_and_going),
        UNIT(test_a_lock_outlives_its_holder),
        UNIT(test_killed_while_unlocking),
        UNIT(test_the_holder_of_a_write_lock_dies),
        UNIT(test_reaping),
        UNIT(test_holder_is_stopped),
        UNIT(test_a_place_with_a_living_forwarder),
        UNIT(test_killed_at_random_moments),
        UNIT(test_killed_at_every_instruction),
        UNIT(test_sessions_and_forwarders_killed),
    };
    return unit_run("ring_processes", tests, argc, argv);
}
