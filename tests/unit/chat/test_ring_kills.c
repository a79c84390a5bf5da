/* test_ring_kills.c: members of the ring as 02_fork has it, killed at random moments and at each
 * instruction
 */
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "ring_scene.h"

enum {
    KILLS_MIN = 100, /* of a case, however long a busy machine takes */
    NOT_TRACED = 4,  /* status of a child: ptrace is not possible here */
};

static void test_killed_at_random_moments(void)
{
    enum { KILLS = 600, TIME = 5000 };
    struct unit_random random = {.state = 31};
    unsigned int killed = 0;
    pid_t survivors[SURVIVORS];
    int64_t until = clock_now() + TIME;
    scene_begin(SURVIVORS + 2, ring_forward_yes); /* one place for all the victims */
    for (unsigned int i = 0; i < SURVIVORS; i++)
        survivors[i] = survivor_start(i);
    while (scene.survivors[0].next == 0 || scene.survivors[1].next == 0)
        scene_watch();
    for (; killed < KILLS && (killed < KILLS_MIN || clock_now() < until); killed++) {
        victim_next(killed);
        pid_t child = ring_child();
        unit_check(child >= 0, "fork: %s", strerror(errno));
        if (child == 0)
            victim_loop();
        unsigned int steps = (unsigned int)unit_random_below(&random, 25);
        victim_await(child, steps, unit_random_below(&random, 20000));
        victim_kill(child);
        ring_reap(scene.room, child);
        victim_check();
    }
    for (unsigned int i = 0; i < SURVIVORS; i++) { /* they live, and continue */
        unsigned int next = scene.survivors[i].next;
        while (scene.survivors[i].next < next + 50)
            scene_watch();
        close(scene.credit[i]);
        scene.credit[i] = -1;
        int status = unit_wait(survivors[i]);
        unit_check(status == 0, "survivor %u: %x", i, (unsigned int)status);
        scene_watch();
        unit_check(scene.survivors[i].leaves == 1, "survivor %u has not left", i);
    }
    print_message("             %u killed, %u messages of survivors\n", killed,
                  scene.survivors[0].next + scene.survivors[1].next);
    scene_end();
}

/* ==== killed at an instruction ==== */

enum { OP_ENTER, OP_SAY, OP_READ, OP_NAMES, OP_LEAVE, OP_RELEASE, OPS };

static const char *const op_names[OPS] = {"room_enter", "room_say",   "room_read",
                                          "room_names", "room_leave", "room_release"};

static void op_do(int op)
{
    switch (op) {
    case OP_ENTER: victim_step(victim_enter()); break;
    case OP_SAY: victim_say(0); break;
    case OP_READ: victim_step(scene_read(victim->member)); break;
    case OP_NAMES: body_release(room_names(scene.room, ring_budget())); break;
    case OP_LEAVE: room_leave(scene.room, victim->member); break;
    default: room_release(scene.room, victim->member); break;
    }
}

/* Comes to the operation, stops, does it, and stops again. */
static _Noreturn void stepped_main(int op)
{
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
        _exit(NOT_TRACED);
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

static bool is_stopped_by(int status, int signal)
{
    return WIFSTOPPED(status) && WSTOPSIG(status) == signal;
}

/* One instruction on. False: it has come to its end. */
static bool single_step(pid_t child)
{
    unit_check(ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) == 0, "ptrace: %s", strerror(errno));
    int status = unit_wait(child);
    bool ended = is_stopped_by(status, SIGSTOP);
    unit_check(ended || is_stopped_by(status, SIGTRAP), "v%u ended by itself: %x", victim->number,
               (unsigned int)status);
    return !ended;
}

/* Lets the victim do so many instructions of the operation, then kills and reaps it. Returns how
 * many it did: fewer if the operation has no more. */
static unsigned long kill_after(int op, unsigned long most, bool *possible)
{
    unsigned long done = 0;
    pid_t child = ring_child();
    unit_check(child >= 0, "fork: %s", strerror(errno));
    if (child == 0)
        stepped_main(op);
    int status = unit_wait(child);
    *possible = !WIFEXITED(status) || WEXITSTATUS(status) != NOT_TRACED;
    if (!*possible)
        return 0;
    unit_check(is_stopped_by(status, SIGSTOP), "v%u ended by itself: %x", victim->number,
               (unsigned int)status);
    while (done < most && single_step(child))
        done++;
    victim->operation = op_names[op];
    victim->instructions = done;
    victim_kill(child);
    ring_reap(scene.room, child);
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
                scene_note(line);
        }
    }
}

static void test_killed_at_every_instruction(void)
{
    enum { TIME = 5000, LEAST = 40 }; /* milliseconds; kills of each operation, however long */
    struct unit_random random = {.state = 77};
    bool possible;
    unsigned int killed = 0;
    scene_begin(2, ring_forward_yes); /* one place for all the victims */
    for (int op = 0; op < OPS; op++) {
        int64_t until = clock_now() + TIME / OPS;
        unsigned long all = 0;
        for (unsigned int i = 0; i < LEAST || (i < VICTIMS / OPS && clock_now() < until);
             i++, killed++) {
            victim_next(killed);
            unsigned long at = i == 0 ? ULONG_MAX : unit_random_below(&random, all + 1);
            unsigned long done = kill_after(op, at, &possible);
            if (!possible) {
                scene_end();
                unit_skip("ptrace is not possible here: nobody is killed at an instruction");
            }
            all = i == 0 ? done : all;
            watch_announcement(op);
            stepped_check(op, done);
        }
        print_message("             %s: %lu instructions\n", op_names[op], all);
    }
    print_message("             %u killed\n", killed);
    scene_end();
}

/* ==== with forwarders of their own ==== */

static bool forwarder_forks(void *owner, struct member *member)
{
    (void)owner;
    if (victim == NULL) /* the watcher */
        return true;
    pid_t child = ring_child();
    if (child == 0) {
        victim->forwarder = getpid();
        room_set_forwarder_pid(member, getpid());
        while (room_wait(scene.room, member) && scene_read(member))
            ;
        _exit(0);
    }
    return child > 0;
}

static _Noreturn void session_loop(void)
{
    bool ok = true;
    for (unsigned int n = 0; ok && n < 3 * ROUNDS; n += 3) {
        victim->forwarder = 0;
        victim_step(victim_enter());
        for (unsigned int i = 0; i < 3; i++) {
            victim_say(n + i);
            victim_step(true);
        }
        room_leave(scene.room, victim->member);
        victim_step(true);
        ok = scene_read(victim->member);
        int status = 0;
        while (wait(&status) < 0 && errno == EINTR)
            ;
        room_set_forwarder_pid(victim->member, 0);
        room_release(scene.room, victim->member);
        victim_step(status == 0 || unit_killed(status)); /* the forwarder has not crashed */
    }
    if (ok)
        victim_rest();
    _exit(0);
}

/* Waits for all children, also those that have become ours, and reaps them. */
static void reap_all(void)
{
    pid_t dead;
    int status = 0;
    while ((dead = waitpid(-1, &status, 0)) > 0 || errno == EINTR) {
        unit_check(status == 0 || unit_killed(status), "%d ends with %x", dead,
                   (unsigned int)status);
        if (dead > 0)
            ring_reap(scene.room, dead);
    }
}

static void test_sessions_and_forwarders_killed(void)
{
    enum { KILLS = 300, TIME = 4000 };
    struct unit_random random = {.state = 5};
    unsigned int killed = 0, forwarders_killed = 0;
    int64_t until = clock_now() + TIME;
    unit_check(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0, "prctl: %s", strerror(errno));
    scene_begin(2, forwarder_forks);
    for (; killed < KILLS && (killed < KILLS_MIN || clock_now() < until); killed++) {
        victim_next(killed);
        pid_t child = ring_child();
        unit_check(child >= 0, "fork: %s", strerror(errno));
        if (child == 0)
            session_loop();
        victim_await(child, (unsigned int)unit_random_below(&random, 20),
                     unit_random_below(&random, 20000));
        while (killed % 2 == 1 && victim->forwarder == 0 && !victim->finished)
            scene_watch();
        pid_t forwarder = victim->forwarder;
        if (killed % 2 == 1 && forwarder > 0 && kill(forwarder, SIGKILL) == 0) {
            forwarders_killed++;
            unsigned int now = victim->steps; /* the session continues, or ends in order */
            while (victim->steps < now + 6 && !victim->finished) {
                siginfo_t info = {0};
                scene_watch();
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
    unit_check(forwarders_killed > 5, "only %u of %u kills were of forwarders", forwarders_killed,
               killed);
    print_message("             %u killed, and %u forwarders\n", killed, forwarders_killed);
    scene_end();
    unit_check(prctl(PR_SET_CHILD_SUBREAPER, 0) == 0, "prctl: %s", strerror(errno));
}

static const struct CMUnitTest tests[] = {
    TEST(test_killed_at_random_moments),
    TEST(test_killed_at_every_instruction),
    TEST(test_sessions_and_forwarders_killed),
};
UNIT_MAIN("ring_kills", tests)
