/* Full: more clients than the server takes, more descriptors than there are. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance.h"

enum { PLACES = 5, MORE = 10 };

/* What a client is sent first: HELLO, or ERR busy. */
static bool was_refused(struct wire *wire)
{
    const char *line = wire_line(wire);

    verdict_check(line, "the connection has ended without a word");
    if (strncmp(line, "HELLO 1 ", 8) == 0)
        return false;
    verdict_check(strncmp(line, "ERR busy ", 9) == 0, "expected HELLO or ERR busy\nreceived: %s",
                  line);
    return true;
}

static void expect_busy(struct wire *wire)
{
    wire_expect_last_error(wire, "busy");
    wire_close(wire);
}

static void busy(void)
{
    struct wire *wires[PLACES], *more[MORE];

    suite_open_many(wires, PLACES);
    for (int turn = 0; turn < 3; turn++) {
        for (int i = 0; i < MORE; i++)
            more[i] = suite_connect();
        for (int i = 0; i < MORE; i++)
            expect_busy(more[i]);
        for (int i = 0; i < PLACES; i++)
            wire_expect_quiet(wires[i]);
        wire_close(wires[turn]);
        wires[turn] = suite_open_when_free(suite.server, 5000);
        wire_expect_quiet(wires[turn]);
    }
}

/* A place is free again however its client goes. */
static void busy_until_a_client_leaves(void)
{
    struct wire *wires[PLACES];

    suite_open_many(wires, PLACES);
    for (int turn = 0; turn < 20; turn++) {
        struct wire **one = &wires[turn % PLACES];

        wire_puts(*one, turn % 3 ? "C someone\n" : "P 1000 file\n");
        (turn % 2 ? wire_reset : wire_close)(*one);
        *one = suite_open_when_free(suite.server, 5000);
    }
    expect_busy(suite_connect());
}

/* The refusal arrives, also when the client has spoken first: an RST would eat it. */
static void busy_despite_unread_input(void)
{
    struct wire *wires[PLACES], *more[MORE];

    suite_open_many(wires, PLACES);
    serverproc_signal(suite.server, SIGSTOP); /* the kernel takes connections and bytes for it */
    for (int i = 0; i < MORE; i++) {
        more[i] = suite_connect();
        wire_puts(more[i], "L\nN\nQ\n");
        wire_shut(more[i]);
    }
    serverproc_signal(suite.server, SIGCONT);
    for (int i = 0; i < MORE; i++) {
        wire_expect_error(more[i], "busy");
        wire_expect_eof(more[i]); /* a reset could overtake the word, or eat it on its way */
        wire_close(more[i]);
    }
    wire_expect_quiet(wires[0]);
}

/* loop never refuses: it lets them wait. */
static void loop_clients_wait_without_busy(void)
{
    struct wire *wires[PLACES + MORE];

    wires[0] = suite_open();
    for (int i = 1; i < PLACES + MORE; i++)
        wires[i] = suite_connect();
    for (int i = 1; i < PLACES + MORE; i++)
        verdict_check(!wire_readable(wires[i], i == 1 ? 100 : 0), "client %d was answered", i);
    for (int i = 0; i < PLACES + MORE; i++) {
        if (i > 0)
            wire_expect(wires[i], "HELLO 1 loop\n");
        wire_expect_quiet(wires[i]);
        wire_close(wires[i]);
    }
}

/* ---- descriptors run out ---- */

static unsigned long descriptors_limit(void)
{
    struct rlimit limit;

    verdict_check(prlimit(suite.server->pid, RLIMIT_NOFILE, NULL, &limit) == 0, "prlimit");
    return limit.rlim_cur;
}

/* Clients beyond the limit may be refused or may have to wait, but the server sleeps, those it
 * has are served, and when there is room again it continues by itself. */
static void check_exhausted(int clients)
{
    static struct wire *wires[100];
    struct wire *first = suite_open();
    int served = 0;

    for (int i = 0; i < clients; i++)
        wires[i] = suite_connect();
    wire_expect_quiet(first);
    suite_check_sleeps("out of descriptors");
    wire_expect_quiet(first);
    for (int i = 0; i < clients; i++) {
        if (!wire_readable(wires[i], 0) || was_refused(wires[i]))
            continue;
        wire_expect_quiet(wires[i]);
        served++;
    }
    verdict_check(served < clients, "all %d clients were served: nothing has run out", clients);
    wire_expect_quiet(first);
    suite_close_many(wires, clients);
    wire_close(first);
    suite_open_when_free(suite.server, 5000);
}

static void descriptors_run_out(void)
{
    unsigned long before = descriptors_limit();

    suite_limit(RLIMIT_NOFILE, (rlim_t)suite.server->descriptors + 4);
    check_exhausted(20);
    suite_limit(RLIMIT_NOFILE, before);
}

/* Those who wait while there are no descriptors are served when the limit is raised. */
static void descriptors_available_again(void)
{
    unsigned long before = descriptors_limit();
    struct wire *wires[10];

    suite_limit(RLIMIT_NOFILE, (rlim_t)suite.server->descriptors);
    for (int i = 0; i < 10; i++)
        wires[i] = suite_connect();
    suite_check_sleeps("out of descriptors");
    suite_limit(RLIMIT_NOFILE, before);
    for (int i = 0; i < 10; i++) {
        (void)was_refused(wires[i]);
        wire_close(wires[i]);
    }
}

/* The same while somebody who has been sent away does not go: the server looks at that connection
 * now and then, and what it sees there has nothing to do with accept. */
static void descriptors_during_lingering_close(void)
{
    unsigned long before = descriptors_limit();
    struct wire *gone = suite_open(), *next;

    suite_quit(gone); /* its own end stays open */
    suite_limit(RLIMIT_NOFILE, (rlim_t)suite.server->descriptors);
    suite_check_sleeps(
        "out of descriptors"); /* an accept that waits has got its descriptor before */
    next = suite_connect();
    suite_check_sleeps("out of descriptors");
    suite_limit(RLIMIT_NOFILE, before);
    (void)was_refused(next);
}

static void few_descriptors_from_the_start(void)
{
    const struct serverproc_config config = {.max_files = 32};

    suite.server = serverproc_start(&config);
    check_exhausted(60);
}

/* One client, and no descriptor for the file: that request fails, the client stays. */
static void no_descriptor_for_a_file(void)
{
    unsigned long before = descriptors_limit();
    struct wire *wire = suite_open();

    folder_write(suite.server->dir, "file", "content", 7);
    /* poll(2) takes no more entries than a process may have descriptors: listener, console, the one
     * for signals, the client */
    suite_limit(RLIMIT_NOFILE, suite.model == ON_POLL ? 4 : 3);
    suite_refused(wire, "G file\n", "io");
    suite_refused(wire, "L\n", "io");
    suite_refused(wire, "P 5 new\n", "io");
    wire_expect_quiet(wire);
    suite_limit(RLIMIT_NOFILE, before);
    wire_ask(wire, "G file\nL\n", "OK 7\ncontentOK 7\n7 file\n");
}

/* ---- memory ---- */

/* What a client costs that asks nothing: no buffers, and of its stack only what was touched. */
static void idle_clients_use_little_memory(void)
{
    enum { CLIENTS = 100 };
    struct wire *wires[CLIENTS];
    long most = suite.model == ON_THREAD ? 64 : 8, before, grown;

    suite_skip_instrumented();
    wire_expect_quiet(suite_open());
    before = procfs_memory_kb(suite.server->pid);
    for (int i = 0; i < CLIENTS; i++) {
        wires[i] = suite_open();
        wire_expect_quiet(wires[i]);
    }
    grown = procfs_memory_kb(suite.server->pid) - before;
    verdict_check(grown < CLIENTS * most * bound_scale(),
                  "%d idle clients cost %ld KiB, that is %ld each; expected less than %ld", CLIENTS,
                  grown, grown / CLIENTS, most);
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
            expect_busy(wire);
        wire_expect_quiet(first);
    }
    verdict_check(served, "with %lu KiB left there is no room for a thread: its stack is not small",
                  (unsigned long)(4 * stack) / 1024);
    suite_limit(RLIMIT_AS, before.rlim_cur);
    wire_expect_quiet(suite_open());
    wire_expect_quiet(first);
}

/* ---- processes and threads ---- */

/* The user may have no more processes and threads: a client that would need one gets ERR, be it for
 * a connection or for the room; the others are served, and when somebody has left there is room
 * again. */
static void no_more_processes(void)
{
    enum { MOST = 8 };
    const struct serverproc_config config = {.max_tasks = MOST};
    struct wire *wires[MOST];
    long end = bound_now() + bound_of(BOUND_GENEROUS);
    int served = 0;

    suite.server = serverproc_start(&config);
    for (;; served++) {
        wires[served] = suite_connect();
        if (!wire_next_is(wires[served], "HELLO "))
            break;
        verdict_check(served < MOST - 1, "%d clients are served by %d processes or threads",
                      served + 1, MOST);
        verdict_check(wire_line(wires[served]), "expected HELLO");
        wire_expect_quiet(wires[served]);
    }
    expect_busy(wires[served]);
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

/* ---- select: descriptors at and above FD_SETSIZE ---- */

/* The last few numbers below 1024 are left: some clients are served, the others refused. */
static void few_descriptors_below_1024(void)
{
    const struct serverproc_config config = {.inherited = 1000};
    enum { CLIENTS = 40 };
    struct wire *wires[CLIENTS];
    bool refused[CLIENTS];
    int served = 0;

    suite.server = serverproc_start(&config);
    for (int i = 0; i < CLIENTS; i++)
        wires[i] = suite_connect();
    for (int i = 0; i < CLIENTS; i++) {
        refused[i] = was_refused(wires[i]);
        served += !refused[i];
    }
    verdict_check(served > 0 && served < CLIENTS, "%d of %d clients were served", served, CLIENTS);
    folder_write_pattern(suite.server->dir, "file", 100000, 1);
    for (int i = 0; i < CLIENTS; i++) {
        if (!refused[i]) {
            wire_ask_ok(wires[i], "C n%d\n", i);
            suite_download_pattern(wires[i], "file", 100000, 1);
        }
    }
}

/* No number below 1024 is left: the server replies ERR busy to every client, or by ending at the
 * start (a client may have been in the listener's queue already). */
static void no_descriptor_below_1024(void)
{
    const struct serverproc_config config = {.inherited = 1100, .known_port = true};
    struct wire_options options = {.may_fail = true};
    struct wire *wire = NULL;
    long end = bound_now() + bound_of(BOUND_GENEROUS);

    suite.server = serverproc_launch(&config);
    verdict_check(!suite.server->trouble, "%s", suite.server->start_error);
    while (!wire && !serverproc_wait(suite.server, 0) && bound_now() < end) {
        wire = serverproc_connect(suite.server, &options);
        bound_observe(5);
    }
    if (wire && wire_readable(wire, bound_of(BOUND_GENEROUS)) && wire_next_is(wire, "ERR busy ")) {
        expect_busy(wire);
        suite_stop(suite.server);
        return;
    }
    if (wire)
        wire_expect_closed(wire);
    verdict_check(serverproc_wait(suite.server, BOUND_GENEROUS),
                  "the server neither serves nor ends");
    verdict_check(WIFEXITED(suite.server->status) && WEXITSTATUS(suite.server->status) == 1,
                  "expected exit status 1, wait status is 0x%x", (unsigned)suite.server->status);
    verdict_check(!serverproc_logged(suite.server, "Success"), "the reason is no reason");
}

const struct conformance_case limit_cases[] = {
    {"limit_busy", busy, ON_MANY, CASE_OURS, "--max-clients 5"},
    {"limit_busy_until_a_client_leaves", busy_until_a_client_leaves, ON_MANY, CASE_OURS,
     "--max-clients 5"},
    {"limit_busy_despite_unread_input", busy_despite_unread_input, ON_MANY, CASE_OURS,
     "--max-clients 5"},
    {"loop_clients_wait_without_busy", loop_clients_wait_without_busy, ON_LOOP, 0, NULL},
    {"limit_descriptors_run_out", descriptors_run_out, ON_MANY & ~ON_FORK, CASE_OURS, NULL},
    {"limit_few_descriptors_from_the_start", few_descriptors_from_the_start, ON_MANY & ~ON_FORK,
     CASE_OURS | CASE_OWN, NULL},
    {"limit_descriptors_available_again", descriptors_available_again, ON_ALL, CASE_OURS, NULL},
    {"limit_descriptors_during_lingering_close", descriptors_during_lingering_close, ON_ALL,
     CASE_OURS, NULL},
    {"limit_no_descriptor_for_a_file", no_descriptor_for_a_file, ON_ALL, CASE_OURS, NULL},
    {"limit_idle_clients_use_little_memory", idle_clients_use_little_memory, ON_MANY & ~ON_FORK,
     CASE_OURS, NULL},
    {"limit_no_memory_for_a_thread", no_memory_for_a_thread, ON_THREAD, CASE_OURS, NULL},
    {"limit_no_more_processes", no_more_processes, ON_FORK | ON_THREAD, CASE_OURS | CASE_OWN, NULL},
    {"limit_few_descriptors_below_1024", few_descriptors_below_1024, ON_SELECT,
     CASE_OURS | CASE_OWN, NULL},
    {"limit_no_descriptor_below_1024", no_descriptor_below_1024, ON_SELECT, CASE_OURS | CASE_OWN,
     NULL},
    {NULL, NULL, 0, 0, NULL},
};
