/* Children of 02_fork that are killed, stopped, or end together: the parent reaps them, and the
 * others continue. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "family.h"

static bool all_are_zombies(void *n)
{
    return procfs_zombies(suite.server->pid) >= *(size_t *)n;
}

/* Children that end while their parent stands still: one signal stands for all of them. */
static void children_end_together(void)
{
    enum { N = 20 };
    struct wire *wires[N];
    size_t n = N;

    suite_open_many(wires, N);
    family_signal(suite.server->pid, SIGSTOP);
    suite_close_many(wires, N);
    bool ended = bound_await(all_are_zombies, &n, BOUND_GENEROUS);
    verdict_check(kill(suite.server->pid, SIGCONT) == 0 && ended, "a child has not ended");
    verdict_check(serverproc_await_no_zombies(suite.server),
                  "%d children have ended together, and %zu of them stay zombies", N,
                  procfs_zombies(suite.server->pid));
}

/* Each process that a member has is killed once: the member is gone, the room continues. */
static void child_killed(void)
{
    struct wire *anna = suite_member("anna"), *berta, *carla;
    struct family fresh;
    size_t which = 0;

    do {
        berta = family_open("berta", &fresh);
        wire_expect(anna, "* JOIN berta\n");
        family_signal(fresh.pids[which], SIGKILL);
        wire_expect(anna, "* LEAVE berta\n");
        wire_drain(berta, NULL);
        wire_close(berta);
        carla = suite_member("carla");
        wire_expect(anna, "* JOIN carla\n");
        wire_ask_ok(carla, "S go on\nX\n");
        wire_close(carla);
        wire_expect(anna, "* SAY carla go on\n* LEAVE carla\n");
        wire_ask_text(anna, "W\n", "anna\n");
    } while (++which < fresh.n);
    wire_expect_quiet(anna);
}

/* A member, berta, with her two processes: the session, and the forwarder, which sleeps, so that it
 * holds no lock when it is stopped. */
static struct wire *member_of_two(struct wire *anna, struct family *both)
{
    struct wire *berta = family_open("berta", both);

    wire_expect_event(anna, "* JOIN berta");
    verdict_check(both->n == 2, "a member has %zu processes; expected session and forwarder",
                  both->n);
    verdict_check(procfs_await_state(both->pids[1], "S"), "a forwarder never sleeps");
    return berta;
}

/* A session is killed while its forwarder is busy, as one is that writes to a client which does not
 * read: the forwarder is killed with it, and the connection ends with both. */
static void forwarder_dies_with_its_session(void)
{
    struct family both;
    struct wire *anna = suite_member("anna"), *berta = member_of_two(anna, &both);

    family_signal(both.pids[1], SIGSTOP);
    family_signal(both.pids[0], SIGKILL);
    wire_expect_event(anna, "* LEAVE berta");
    verdict_check(wire_readable(berta, bound_of(BOUND_GENEROUS)),
                  "the session was killed, and its forwarder keeps the connection open");
    wire_expect_quiet(anna);
}

/* A speaker waits for a forwarder that gets no processor, for a moment and once: then the others
 * continue, and the member gets ERR slow. */
static void stopped_forwarder_delays_nobody(void)
{
    enum { LINES = 400 }; /* of 900 bytes: more than may wait for a member */
    struct family both;
    struct wire *anna = suite_member("anna"), *berta = member_of_two(anna, &both);
    char *filler = suite_repeated("f", 900);

    family_signal(both.pids[1], SIGSTOP);
    for (int i = 0; i < LINES; i++)
        wire_ask_ok(anna, "S %s\n", filler);
    free(filler);
    family_signal(both.pids[1], SIGCONT);
    wire_expect_last_error(berta, "slow");
    wire_expect_event(anna, "* LEAVE berta");
}

/* A member that ends its input still gets what was sent before, though its forwarder has not run */
static void half_close_gets_all_replies(void)
{
    struct family both;
    struct wire *anna = suite_member("anna"), *berta = member_of_two(anna, &both);

    family_signal(both.pids[1], SIGSTOP);
    wire_ask_ok(anna, "S hello\n");
    wire_shut(berta);
    wire_expect(berta, "* SAY anna hello\n");
    family_signal(both.pids[1], SIGCONT);
    wire_expect_eof(berta);
    wire_expect_event(anna, "* LEAVE berta");
}

/* A session that is killed can't leave by itself: its parent has to take it out, and soon. */
static void nick_of_a_killed_session(void)
{
    long shortest = NICK_FREE_MS * 100;

    for (int i = 0; i < NICK_ATTEMPTS && shortest >= bound_of(NICK_FREE_MS); i++) {
        struct wire *next = suite_open(), *visitor;
        struct family before, fresh;
        long start;

        family_take(&before);
        visitor = suite_open();
        suite_enter_when_free(visitor, "guest");
        fresh = family_new(&before);
        start = bound_now();
        family_signal(fresh.pids[0], SIGKILL);
        suite_enter_when_free(next, "guest");
        if (bound_now() - start < shortest)
            shortest = bound_now() - start;
        wire_close(visitor);
        wire_close(next);
    }
    suite_check_nick_freed(shortest, "its member's session was killed");
}

/* There are as many places in the room as clients: that of a killed session is free again. */
static void places_are_freed(void)
{
    struct wire *anna = suite_member("anna");

    for (int turn = 0; turn < 40; turn++) {
        struct family before, fresh;
        struct wire *berta;

        family_take(&before);
        berta = suite_open();
        wire_puts(berta, "C berta\n");
        verdict_check(wire_next_is(berta, "OK 0\n"),
                      "after %d killed sessions there is no place in the room", turn);
        wire_expect_ok(berta);
        wire_expect_event(anna, "* JOIN berta");
        fresh = family_new(&before);
        family_signal(fresh.pids[0], SIGKILL);
        wire_expect_event(anna, "* LEAVE berta");
        wire_drain(berta, NULL);
        wire_close(berta);
        verdict_check(serverproc_await_no_zombies(suite.server), "the server has %zu zombies",
                      procfs_zombies(suite.server->pid));
    }
}

/* Members are killed at any moment while everybody speaks: also while they hold a lock. The room
 * continues, and the others receive everything that was sent. */
static void children_killed_while_speaking(void)
{
    enum { TURNS = 30, SAYS = 20 };
    struct wire *anna = suite_member("anna"), *witness = suite_member("witness");

    wire_expect_event(anna, "* JOIN witness");
    for (int turn = 0; turn < TURNS; turn++) {
        char nick[16];
        struct family fresh;
        int says = 0;
        bool left = false;

        snprintf(nick, sizeof nick, "v%d", turn);
        struct wire *victim = family_open(nick, &fresh);
        for (int i = 0; i < SAYS; i++) {
            wire_printf(victim, "S %d\n", i);
            wire_printf(anna, "S %d-%d\n", turn, i);
            if (i == turn % SAYS) {
                for (size_t k = 0; k < fresh.n; k++)
                    kill(fresh.pids[(k + (size_t)turn) % fresh.n], SIGKILL);
            }
        }
        wire_expect_oks(anna, SAYS);
        while (says < SAYS || !left) {
            const char *event = wire_event(witness);
            int t, i;

            verdict_check(event, "expected an event");
            if (sscanf(event, "* SAY anna %d-%d", &t, &i) == 2) {
                verdict_check(t == turn && i == says, "expected %d-%d, received %s", turn, says,
                              event);
                says++;
            } else if (strncmp(event, "* LEAVE v", 9) == 0) {
                verdict_check(!left, "LEAVE was sent twice");
                left = true;
            }
        }
        wire_close(victim);
    }
    wire_ask_text(witness, "W\n", "anna\nwitness\n");
    wire_expect_quiet(witness);
}

/* A child dies in the middle of an upload: nothing is stored, and what it may have left is
 * removed by the next server that starts in the folder. */
static void child_killed_in_upload(void)
{
    struct serverproc_config same = {.dir = suite.server->dir};
    struct family fresh;
    struct wire *wire = family_open(NULL, &fresh);

    wire_ask(wire, "P 1000 file\n", "GO\n");
    wire_puts(wire, "part of it");
    family_signal(fresh.pids[0], SIGKILL);
    wire_drain(wire, NULL);
    wire_close(wire);
    wire = suite_open();
    wire_ask(wire, "L\nG file\n", "OK 0\n");
    wire_expect_error(wire, "not-found");
    suite_upload(wire, "file", "whole", 5);
    serverproc_start(&same);
    verdict_check(folder_await_clean(same.dir), "a temporary file is left for ever");
}

static bool signal_is_delivered(void *pid)
{
    return !procfs_pending(*(const pid_t *)pid, SIGTERM);
}

/* SIGTERM to all processes, as killall sends it: a session gets that and the one of its parent, and
 * its transfer has its time. */
static void all_are_signalled(void)
{
    struct family fresh;
    struct wire *wire = family_open(NULL, &fresh);

    wire_ask(wire, "P 1000 file\n", "GO\n");
    family_signal(fresh.pids[0], SIGTERM);
    verdict_check(bound_await(signal_is_delivered, &fresh.pids[0], BOUND_GENEROUS),
                  "still pending");
    serverproc_signal(suite.server, SIGTERM);
    bound_observe(100); /* the parent's has come as well, or it has not: both shall do */
    wire_send_pattern(wire, 1000, 1);
    wire_expect_ok(wire);
    wire_drain(wire, NULL);
    suite_check_ended(suite.server);
}

const struct conformance_case child_cases[] = {
    {"process_child_killed", ON_FORK, CASE_OURS, .run = child_killed},
    {"process_children_end_together", ON_FORK, CASE_OURS, .run = children_end_together},
    {"process_nick_of_a_killed_session", ON_FORK, CASE_OURS, .run = nick_of_a_killed_session},
    {"process_forwarder_dies_with_its_session", ON_FORK, CASE_OURS,
     .run = forwarder_dies_with_its_session},
    {"process_stopped_forwarder_delays_nobody", ON_FORK, CASE_OURS,
     .run = stopped_forwarder_delays_nobody},
    {"process_half_close_gets_all_replies", ON_FORK, CASE_OURS, .run = half_close_gets_all_replies},
    {"process_places_are_freed", ON_FORK, CASE_OURS, "--max-clients 5", .run = places_are_freed},
    {"process_children_killed_while_speaking", ON_FORK, CASE_OURS,
     .run = children_killed_while_speaking},
    {"process_all_are_signalled", ON_FORK, CASE_OURS, .run = all_are_signalled},
    {"process_child_killed_in_upload", ON_FORK, CASE_OURS, .run = child_killed_in_upload},
    {.name = NULL},
};
