/* Memory is bounded in sum, with many clients at once that do not read. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conformance.h"

static bool memory_is_back(void *most_kb)
{
    return procfs_memory_kb(suite.server->pid) <= *(const long *)most_kb;
}

/* Many ask for the listing and do not read it: all hold one copy. */
static void listings_unread(void)
{
    enum { MANY = 100, ROOM_KB = 3 * SUITE_LISTING_KB + 2048 };
    struct wire *wires[MANY];

    suite_skip_instrumented();
    suite_long_listing();
    long before = procfs_memory_kb(suite.server->pid), most = before;
    for (int i = 0; i < MANY; i++)
        wires[i] = suite_open_narrowest(suite.server);
    long with_clients = procfs_memory_kb(suite.server->pid);
    for (int i = 0; i < MANY; i++) {
        wire_stop_reading(wires[i]);
        wire_puts(wires[i], "L\n");
    }
    for (int i = 0; i < MANY; i++) {
        verdict_check(wire_next_is(wires[i], "OK "), "no listing for client %d", i);
        long now = procfs_memory_kb(suite.server->pid);
        most = now > most ? now : most;
    }
    /* each process of 02_fork writes to its own copy of the heap, the stack, … */
    long bound = with_clients + ROOM_KB + (suite.model == ON_FORK ? 64 * MANY : 0);
    verdict_check(most < bound, "%d listings of %d KiB that nobody reads: %ld KiB, before %ld KiB",
                  MANY, SUITE_LISTING_KB, most, with_clients);
    suite_close_many(wires, MANY);
    most = before + (suite.model == ON_THREAD ? 6 * 1024 : 1024); /* the C library keeps stacks */
    verdict_check(bound_await(memory_is_back, &most, BOUND_GENEROUS),
                  "all have left, and the server keeps %ld KiB; before they came it had %ld",
                  procfs_memory_kb(suite.server->pid), before);
}

/* Children of 02_fork are killed while their clients do not read listings, each a different one:
 * the memory is free again, though the next children do not list. */
static void listings_of_killed_children(void)
{
    enum { KILLED = 3, LISTINGS = 16 }; /* more than the kernel's buffers take */
    struct wire *wires[KILLED];
    pid_t children[KILLED];
    char name[16];

    suite_skip_instrumented();
    suite_long_listing();
    for (int i = 0; i < KILLED; i++) {
        wires[i] = suite_open_narrowest(suite.server);
        wire_stop_reading(wires[i]);
        for (int k = 0; k < LISTINGS; k++)
            wire_puts(wires[i], "L\n");
        verdict_check(wire_next_is(wires[i], "OK "), "no listing for client %d", i);
        suite_check_sleeps("with listings that are not read"); /* what the kernel takes is sent */
        snprintf(name, sizeof name, "new%d", i);
        folder_write(suite.server->dir, name, "", 0);
    }
    verdict_check(procfs_children(suite.server->pid, children, KILLED) == KILLED, "children");
    for (int i = 0; i < KILLED; i++)
        verdict_check(kill(children[i], SIGKILL) == 0, "kill");
    verdict_check(serverproc_await_no_children(suite.server), "a child is left");
    for (int i = 0; i < KILLED; i++)
        wire_expect_quiet(suite_open());
    struct wire *wire = suite_open();
    wire_puts(wire, "L\n");
    verdict_check(wire_next_is(wire, "OK "), "no listing after %d children were killed", KILLED);
}

/* What is larger than the budget is refused, and nobody is worse off for it. */
static void budget_refuses(struct wire *wire)
{
    suite_long_listing();
    folder_write(suite.server->dir, "file", "hello", 5);
    suite_refused(wire, "L\n", "io");
    wire_ask_text(wire, "G file\nC m\nW\nX\n", "hello");
    wire_expect_ok(wire);
    wire_expect_text(wire, "m\n");
    wire_expect_ok(wire);
    suite_refused(wire, "L\n", "io");
    wire_expect_quiet(wire);
}

/* 1000 members, of whom 900 do not read, cost no more than the room's one log, which is twice a
 * backlog; and, for each that is slow and not closed yet, the rest of an event. */
static void members_unread(void)
{
    enum { SILENT = 900, MEMBERS = 1000, SAID = 2 << 20, LINE = 1000, BATCH = 64 };
    enum { RING_KB = 2 * 256, RESTS_KB = SILENT, SLACK_KB = 512 };
    static struct wire *members[MEMBERS];

    suite_skip_instrumented();
    if (sysconf(_SC_OPEN_MAX) < MEMBERS + 24)
        verdict_skip("%ld descriptors are too few for %d clients", sysconf(_SC_OPEN_MAX), MEMBERS);
    char *filler = suite_repeated("x", LINE);
    for (int i = 0; i < MEMBERS; i++)
        members[i] = i < SILENT ? suite_open_narrowest(suite.server) : suite_open();
    serverproc_signal(suite.server, SIGSTOP); /* they enter in one turn, not in a thousand */
    for (int i = 0; i < MEMBERS; i++)
        wire_printf(members[i], "C m%d\n", i);
    serverproc_signal(suite.server, SIGCONT);
    for (int i = 0; i < MEMBERS; i++)
        wire_expect_ok(members[i]); /* the last thing that most of them read */
    long before = procfs_memory_kb(suite.server->pid), most = before;
    for (int said = 0; said < SAID; said += BATCH * LINE) {
        for (int i = 0; i < BATCH; i++)
            wire_printf(members[SILENT], "S %s\n", filler);
        wire_expect_oks(members[SILENT], BATCH);
        for (int i = SILENT + 1; i < MEMBERS; i++)
            for (int n = 0; n < BATCH;)
                n += strncmp(suite_some_event(members[i]), "* SAY ", 6) == 0;
        long now = procfs_memory_kb(suite.server->pid);
        most = now > most ? now : most;
    }
    free(filler);
    verdict_check(
        most - before < RING_KB + RESTS_KB + SLACK_KB,
        "%d members do not read, and the server uses %ld KiB more for their unread events", SILENT,
        most - before);
}

/* The log goes round many times: for the only member, who speaks; for the same one, who listens;
 * and for nobody. */
static void log_wraps_around(void)
{
    enum { LINES = 1500, LEN = 900, BATCH = 100 };
    char line[LEN + 2];
    struct wire *wire;

    memset(line, 'x', LEN);
    memcpy(line + LEN, "\n", 2);
    wire = suite_member("m");
    for (int i = 0; i < LINES; i++)
        wire_printf(wire, "S %s", line);
    wire_expect_oks(wire, LINES);
    for (int i = 0; i < LINES; i += BATCH) {
        for (int k = 0; k < BATCH; k++)
            serverproc_announce(suite.server, line);
        for (int k = 0; k < BATCH; k++)
            verdict_check(wire_event(wire), "an announcement is missing");
    }
    wire_ask_ok(wire, "X\n");
    for (int i = 0; i < LINES; i++)
        serverproc_announce(suite.server, line);
    wire_ask_ok(wire, "C m\nS hello\n");
}

/* The console announces more than a member can lag, and the member does not read: it is slow, the
 * server sleeps again, and the member receives ERR slow if it reads after all. */
static void announcements_unread(void)
{
    enum { LINES = 8000, LEN = 1000 };
    struct wire *wire = suite_open_narrow(suite.server);
    char line[LEN + 2];

    wire_ask_ok(wire, "C m\n");
    memset(line, 'x', LEN);
    memcpy(line + LEN, "\n", 2);
    for (int i = 0; i < LINES; i++)
        serverproc_announce(suite.server, line);
    suite_check_sleeps("with a member that does not read");
    wire_drain(wire, NULL);
    wire_expect_quiet(suite_open());
}

const struct conformance_case memory_cases[] = {
    {"memory_listings_unread", ON_MANY, CASE_OURS, "--max-files 0 --max-memory 8M",
     .run = listings_unread},
    {"memory_listings_of_killed_children", ON_FORK, CASE_OURS, "--max-files 0 --max-memory 3600K",
     .run = listings_of_killed_children},
    {"memory_budget_refuses", ON_ALL, CASE_OURS, "--max-files 0 --max-memory 256K",
     .talk = budget_refuses},
    {"memory_members_unread", ON_TURN, CASE_OURS, .run = members_unread},
    {"room_log_wraps_around", ON_ALL, CASE_OURS, .run = log_wraps_around},
    {"room_announcements_unread", ON_ALL, CASE_OURS, .run = announcements_unread},
    {.name = NULL},
};
