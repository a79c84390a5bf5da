/* What the processes of a server do to the machine, whatever they are: its descriptors, children,
 * processor time and memory. The cases need the greeting and N only. */
#include <stdlib.h>

#include "conformance.h"

enum { CLIENTS = 40 };

/* A server that was only asked to start by the command has processes elsewhere. */
static void need_processes(void)
{
    if (serverproc_visible(suite.server))
        return;
    verdict_check(!procfs_is_ours(procfs_listener(suite.server->port)),
                  "the server has left the session in which it was started: its processes can't be "
                  "looked at");
    verdict_skip("no process that the command has started listens: they can't be looked at");
}

/* Clients come and go. */
static void come_and_go(int n)
{
    for (int i = 0; i < n; i++) {
        struct wire *wire = suite_open();

        wire_ask(wire, "N\n", "OK 0\n");
        wire_close(wire);
    }
}

/* ---- processor time ---- */

static void idle_server_sleeps(void)
{
    struct wire *idle;

    need_processes();
    suite_check_sleeps("without clients");
    idle = suite_open();
    wire_ask(idle, "N\n", "OK 0\n");
    suite_check_sleeps("with a client that sends nothing");
    wire_puts(idle, "N"); /* and half a line */
    suite_check_sleeps("with a client that has sent half a line");
    wire_close(idle);
    come_and_go(4);
    suite_check_sleeps("after clients have left");
}

/* ---- descriptors ---- */

/* A server may open something once and keep it: what counts is that more clients cost no more. */
static void descriptors_are_closed(void)
{
    enum { KEPT = 8 };

    need_processes();
    come_and_go(CLIENTS);
    size_t most = procfs_group_descriptors(suite.server->pid) + KEPT;
    come_and_go(CLIENTS);
    verdict_check(
        procfs_await_few(procfs_group_descriptors, suite.server->pid, most),
        "the server leaks descriptors: after %d clients it had %zu open, after %d more it "
        "has %zu",
        CLIENTS, most - KEPT, CLIENTS, procfs_group_descriptors(suite.server->pid));
}

/* ---- children ---- */

static bool no_zombies(void *arg)
{
    const struct serverproc *server = arg;

    wire_ask(suite_open(), "N\n", "OK 0\n"); /* some reap before they accept the next */
    wire_close_all();
    return procfs_group_zombies(server->pid) <= 1; /* and this client's child may have ended */
}

static void children_are_reaped(void)
{
    need_processes();
    come_and_go(CLIENTS);
    verdict_check(bound_await(no_zombies, suite.server, 2000),
                  "the server never reaps: %zu of its children have ended, and are zombies",
                  procfs_group_zombies(suite.server->pid));
}

/* fork: each client has a process, which ends with it. */
static void process_for_each_client(void)
{
    enum { TOGETHER = 5 };

    need_processes();
    for (int i = 0; i < TOGETHER; i++)
        wire_ask(suite_open(), "N\n", "OK 0\n");
    size_t with = procfs_group(suite.server->pid);
    wire_close_all();
    bool fewer =
        with > TOGETHER && procfs_await_few(procfs_group, suite.server->pid, with - TOGETHER);
    verdict_check(
        fewer, "the server greets as fork, and has %zu processes with %d clients and %zu without",
        with, TOGETHER, procfs_group(suite.server->pid));
}

/* ---- resets ---- */

/* greeted: waits for the greeting, and takes it */
static struct wire *connect_or_dead(const char *what, bool greeted)
{
    const struct wire_options options = {.may_fail = true};
    struct wire *wire = serverproc_connect(suite.server, &options);
    bool up = wire && !serverproc_wait(suite.server, 0);

    if (up && greeted)
        up = wire_readable(wire, bound_of(BOUND_GENEROUS)) && wire_line_or_end(wire);
    verdict_check(up, "the server dies of a reset: %s", what);
    return wire;
}

static void resets_do_no_harm(void)
{
    static const char *const when[] = {
        "a client has reset its connection before the greeting",
        "a client has reset its connection after a reply",
        "a client has gone while replies were sent to it (SIGPIPE, EPIPE or ECONNRESET)"};
    char *much = suite_repeated("N\n", 2000);

    for (int i = 0; i < 60; i++) {
        const char *what = when[i / 20];
        struct wire *wire = connect_or_dead(what, i >= 20);

        if (i >= 40)
            wire_puts(wire, much);
        else if (i >= 20)
            wire_ask(wire, "N\n", "OK 0\n");
        (i % 2 || i < 40 ? wire_reset : wire_close)(wire);
        if (i % 20 == 19)
            wire_ask(connect_or_dead(what, true), "N\n", "OK 0\n");
        wire_close_all();
    }
    free(much);
}

/* ---- memory ---- */

/* A client that sends and does not read: what the server has read and answered, it has to keep. */
static void unread_replies_are_bounded(void)
{
    enum { MIB = 1 << 20, MOST = 32, KEPT_KB = 24576 };
    long before, grown = 0;

    need_processes();
    suite_skip_instrumented();
    struct wire *wire = suite_open_narrow(suite.server);
    char *much = suite_repeated("N\n", MIB / 2);
    before = procfs_memory_kb(suite.server->pid);
    wire_stop_reading(wire);
    for (int i = 0, full = 0; i < MOST && full < 10 && grown < KEPT_KB; i++) {
        size_t sent = wire_send_some(wire, much, MIB);

        full = sent == 0 ? full + 1 : 0;
        bound_observe(sent == MIB ? 0 : 20); /* it takes more while it buffers */
        grown = procfs_memory_kb(suite.server->pid) - before;
    }
    free(much);
    verdict_check(grown < KEPT_KB,
                  "the server buffers for ever: it has grown by %ld KiB, of replies to a client "
                  "that does not read",
                  grown);
    wire_reset(wire);
}

const struct conformance_case hygiene_cases[] = {
    {"hygiene_idle_server_sleeps", ON_ALL, CASE_SHARED, .run = idle_server_sleeps},
    {"hygiene_descriptors_are_closed", ON_ALL, CASE_SHARED, .run = descriptors_are_closed},
    {"hygiene_children_are_reaped", ON_ALL, CASE_SHARED, .run = children_are_reaped},
    {"hygiene_process_for_each_client", ON_FORK, CASE_SHARED, .run = process_for_each_client},
    {"hygiene_resets_do_no_harm", ON_ALL, CASE_SHARED, .run = resets_do_no_harm},
    {"hygiene_unread_replies_are_bounded", ON_ALL, .run = unread_replies_are_bounded},
    {.name = NULL},
};
