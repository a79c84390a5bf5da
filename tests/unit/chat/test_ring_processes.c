/* test_ring_processes.c: the ring as 02_fork has it, a process for each flow of control, any of
 * which can be killed; see also test_ring_kills.c
 */
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ring_events.h"
#include "ring_order.h"
#include "ring_places.h"
#include "ring_visits.h"

static bool flow_start(struct flow *flow, void (*run)(void *), void *arg)
{
    flow->pid = ring_child();
    if (flow->pid == 0) {
        run(arg);
        _exit(0);
    }
    return flow->pid > 0;
}

static bool flow_join(struct flow *flow)
{
    return unit_wait(flow->pid) == 0;
}

/* ==== what a death leaves behind ==== */

/* A process that is killed while it holds the write lock of a member; NULL: of its own. */
static pid_t holder_killed(struct room *room, struct member *member)
{
    pid_t holder = ring_child();
    if (holder == 0) {
        unit_check(room_write_lock(member != NULL ? member : ring_enter(room, "bob")), "no lock");
        (void)kill(getpid(), SIGKILL);
    }
    unit_check(unit_killed(unit_wait(holder)), "the holder was not killed");
    return holder;
}

static void test_the_holder_of_a_write_lock_dies(void)
{
    unit_bound(BOUND, "a write lock whose holder died");
    struct room *room = ring_new(1, 4096, ring_forward_yes);
    for (int round = 0; round < 20; round++) {
        struct member *member = ring_enter(room, "bob");
        unit_check(room_write_lock(member), "the last holder of a new member's write lock died");
        room_write_unlock(member);
        (void)holder_killed(room, member);
        unit_check(!room_write_lock(member), "the holder's death is not reported");
        room_write_unlock(member);
        unit_check(room_write_lock(member), "the holder's death is reported twice");
        room_write_unlock(member);
        ring_leave(room, member);
    }
    for (int round = 0; round < 20; round++) { /* dies, and nobody looks at the lock any more */
        ring_reap(room, holder_killed(room, NULL));
        ring_who(room, "");
        struct member *next = ring_enter(room, "next");
        unit_check(room_write_lock(next), "the next owner of the place inherits a death");
        room_write_unlock(next);
        ring_leave(room, next);
    }
    room_free(room);
}

static void test_reaping(void)
{
    struct room *room = ring_new(3, 4096, ring_forward_yes);
    struct member *watcher = ring_enter(room, "watcher");
    struct flow dead, stranger;
    dead.pid = ring_child();
    if (dead.pid == 0) {
        ring_say(room, ring_enter(room, "bob"), "last words");
        _exit(0);
    }
    stranger.pid = ring_child();
    if (stranger.pid == 0)
        _exit(0);
    unit_check(flow_join(&dead) && flow_join(&stranger), "a child did not end well");
    ring_reap(room, stranger.pid);
    ring_who(room, "bob\nwatcher\n");
    ring_expect(room, watcher, "watcher", "* JOIN bob\n* SAY bob last words\n");
    ring_reap(room, dead.pid);
    ring_who(room, "watcher\n");
    ring_reap(room, dead.pid);
    ring_reap(room, stranger.pid);
    ring_expect(room, watcher, "watcher", "* LEAVE bob\n");
    struct member *a = ring_enter(room, "a"), *b = ring_enter(room, "b");
    ring_refused(room, "c", PROTO_IO);
    RING_END(room, a, b, watcher);
}

/* The place of a dead session is not given away while its forwarder lives. */
static void test_a_place_with_a_living_forwarder(void)
{
    struct room *room = ring_new(2, 4096, ring_forward_yes);
    struct member *watcher = ring_enter(room, "watcher");
    int ends[2];
    char byte;
    unit_bound(BOUND, "a forwarder that survives its session");
    unit_check(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0 && pipe(ends) == 0, "%s", strerror(errno));
    pid_t session = ring_child();
    if (session == 0) {
        struct member *member = ring_enter(room, "bob");
        pid_t forwarder = fork();
        if (forwarder == 0) {
            room_set_forwarder_pid(member, getpid());
            close(ends[1]);
            _exit(read(ends[0], &byte, 1) == 0 ? 0 : 1);
        }
        room_set_forwarder_pid(member, forwarder);
        _exit(0);
    }
    int status = unit_wait(session);
    unit_check(status == 0, "the session: %x", (unsigned int)status);
    ring_reap(room, session);
    ring_who(room, "watcher\n");
    ring_refused(room, "next", PROTO_IO);
    close(ends[0]);
    close(ends[1]);
    pid_t forwarder = waitpid(-1, &status, 0);
    unit_check(forwarder > 0 && status == 0, "the forwarder: %x", (unsigned int)status);
    ring_reap(room, forwarder);
    struct member *next = ring_enter(room, "next");
    ring_expect(room, watcher, "watcher", "* JOIN bob\n* LEAVE bob\n* JOIN next\n");
    RING_END(room, next, watcher);
    unit_check(prctl(PR_SET_CHILD_SUBREAPER, 0) == 0, "prctl: %s", strerror(errno));
}

static const struct CMUnitTest tests[] = {
    RING_EVENTS,
    RING_PLACES,
    RING_ORDER,
    RING_VISITS,
    TEST(test_the_holder_of_a_write_lock_dies),
    TEST(test_reaping),
    TEST(test_a_place_with_a_living_forwarder),
};
UNIT_MAIN("ring_processes", tests)
