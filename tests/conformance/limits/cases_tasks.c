/* Memory of clients that ask nothing; no memory for a thread, and no more processes and threads. */
#include <sys/resource.h>
#include <unistd.h>

#include "busy.h"

/* ---- memory ---- */

static bool memory_is_below(void *most_kb)
{
    return procfs_memory_kb(suite.server->pid) < *(const long *)most_kb;
}

/* What a client costs that asks nothing, though it has sent a large file before: no buffers, and of
 * its stack only what was touched. */
static void idle_clients_use_little_memory(void)
{
    enum { CLIENTS = 100, LARGE = 256 * 1024 };
    struct wire *wires[CLIENTS];
    long most = suite.model == ON_THREAD ? 64 : 8, before, grown;

    suite_skip_instrumented();
    suite_upload_pattern(suite_open(), "file", LARGE, 1);
    before = procfs_memory_kb(suite.server->pid);
    for (int i = 0; i < CLIENTS; i++) {
        wires[i] = suite_open();
        suite_upload_pattern(wires[i], "file", LARGE, 1);
        wire_expect_quiet(wires[i]);
    }
    long bound = before + CLIENTS * most * bound_scale();
    bool below = bound_await(memory_is_below, &bound, BOUND_GENEROUS); /* it is kept for a moment */
    grown = procfs_memory_kb(suite.server->pid) - before;
    verdict_check(below, "%d idle clients cost %ld KiB, that is %ld each; expected less than %ld",
                  CLIENTS, grown, grown / CLIENTS, most);
}

/* No address space for another stack: pthread_create fails. The newcomer gets ERR busy, the others
 * are served, and as soon as there is room for a client and a small stack it goes on by itself. */
static void no_memory_for_a_thread(void)
{
    const rlim_t page = (rlim_t)sysconf(_SC_PAGESIZE), stack = 256 * 1024;

    suite_skip_instrumented();
    struct wire *first = suite_open();
    struct rlimit before;
    unsigned long pages = 0;
    bool served = false;

    verdict_check(procfs_scan(suite.server->pid, "statm", "%lu", &pages), "no statm");
    verdict_check(prlimit(suite.server->pid, RLIMIT_AS, NULL, &before) == 0, "prlimit");
    for (rlim_t room = stack / 4; !served && room <= 4 * stack; room += stack / 4) {
        suite_limit(RLIMIT_AS, pages * page + room); /* for the client and its stack, up to both */
        struct wire *wire = suite_connect();
        verdict_check(wire_readable(wire, bound_of(BOUND_GENEROUS)),
                      "with %lu KiB left, a client gets neither HELLO nor ERR busy",
                      (unsigned long)room / 1024);
        served = wire_next_is(wire, "HELLO ");
        if (!served)
            busy_expect(wire);
        wire_expect_quiet(first);
    }
    verdict_check(served, "with %lu KiB left there is no room for a thread: its stack is not small",
                  (unsigned long)(4 * stack) / 1024);
    suite_limit(RLIMIT_AS, before.rlim_cur);
    wire_expect_quiet(suite_open());
    wire_expect_quiet(first);
}

/* ---- processes and threads ---- */

enum { MOST = 8 };

/* The user may have no more processes and threads: a client that would need one gets ERR, be it for
 * a connection or for the room; the others are served, and when somebody has left there is room
 * again. */
static void no_more_processes(void)
{
    struct wire *wires[MOST];
    long end = bound_now() + bound_of(BOUND_GENEROUS);
    int served = 0;

    for (;; served++) {
        wires[served] = suite_connect();
        if (!wire_next_is(wires[served], "HELLO "))
            break;
        verdict_check(served < MOST - 1, "%d clients are served by %d processes or threads",
                      served + 1, MOST);
        verdict_check(wire_line(wires[served]), "expected HELLO");
        wire_expect_quiet(wires[served]);
    }
    busy_expect(wires[served]);
    verdict_check(served >= 3, "%d clients are served by %d processes or threads", served, MOST);
    suite_refused(wires[0], "C anna\n", "io");
    for (int i = 0; i < served; i++)
        wire_expect_quiet(wires[i]);
    wire_close(wires[--served]);
    wires[served] = suite_open_when_free(suite.server, 5000);
    wire_expect_quiet(wires[served]);
    wire_close(wires[served]);
    wire_puts(wires[0], "C anna\n");
    while (!wire_next_is(wires[0], "OK 0\n")) { /* until its process has gone, too */
        wire_expect_error(wires[0], "io");
        verdict_check(bound_now() < end, "a client has gone, and there is no process for the room");
        wire_puts(wires[0], "C anna\n");
    }
    wire_expect_ok(wires[0]);
}

const struct conformance_case task_cases[] = {
    {"limit_idle_clients_use_little_memory", ON_MANY & ~ON_FORK, CASE_OURS,
     .run = idle_clients_use_little_memory},
    {"limit_no_memory_for_a_thread", ON_THREAD, CASE_OURS, .run = no_memory_for_a_thread},
    {"limit_no_more_processes", ON_FORK | ON_THREAD, CASE_OURS, .run = no_more_processes,
     .config.max_tasks = MOST},
    {.name = NULL},
};
