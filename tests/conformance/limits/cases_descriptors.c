/* Descriptors run out, or have numbers that select(2) can not watch. */
#include <sys/resource.h>
#include <sys/wait.h>

#include "busy.h"

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
        if (!wire_readable(wires[i], 0) || busy_refused(wires[i]))
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
        (void)busy_refused(wires[i]);
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
    (void)busy_refused(next);
}

static void few_descriptors_from_the_start(void)
{
    check_exhausted(60);
}

/* A client takes one descriptor, also when it was sent a large file before. */
static void one_for_each_client(void)
{
    enum { CLIENTS = 10, LARGE = 4 << 20 };
    struct wire *wires[CLIENTS];

    folder_write_pattern(suite.server->dir, "file", LARGE, 1);
    int before = procfs_descriptors(suite.server->pid);
    suite_open_many(wires, CLIENTS);
    for (int i = 0; i < CLIENTS; i++) {
        suite_download_pattern(wires[i], "file", LARGE, 1);
        wire_expect_quiet(wires[i]); /* by now it is idle again */
    }
    int more = procfs_descriptors(suite.server->pid) - before;
    verdict_check(more == CLIENTS, "%d idle clients have %d descriptors", CLIENTS, more);
}

/* One client, and no descriptor for the file: that request fails, the client stays. */
static void no_descriptor_for_a_file(struct wire *wire)
{
    unsigned long before = descriptors_limit();

    folder_write(suite.server->dir, "file", "content", 7);
    wire_ask(wire, "P 60000 kept\n", "GO\n");
    /* poll(2) takes no more entries than a process may have descriptors: listener, console, the one
     * for signals, the client */
    suite_limit(RLIMIT_NOFILE, suite.model == ON_POLL ? 4 : 3);
    wire_send_pattern(wire, 60000, 1);
    wire_expect_ok(wire);
    suite_refused(wire, "G file\n", "io");
    suite_refused(wire, "L\n", "io");
    suite_refused(wire, "P 5 new\n", "io");
    wire_expect_quiet(wire);
    suite_limit(RLIMIT_NOFILE, before);
    wire_ask(wire, "G file\nL\n", "OK 7\ncontentOK 18\n7 file\n60000 kept\n");
}

/* ---- select: descriptors at and above FD_SETSIZE ---- */

/* The last few numbers below 1024 are left: some clients are served, the others refused. */
static void few_descriptors_below_1024(void)
{
    enum { CLIENTS = 40 };
    struct wire *wires[CLIENTS];
    bool refused[CLIENTS];
    int served = 0;

    for (int i = 0; i < CLIENTS; i++)
        wires[i] = suite_connect();
    for (int i = 0; i < CLIENTS; i++) {
        refused[i] = busy_refused(wires[i]);
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
        busy_expect(wire);
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

const struct conformance_case descriptor_cases[] = {
    {"limit_descriptors_run_out", ON_MANY & ~ON_FORK, CASE_OURS, .run = descriptors_run_out},
    {"limit_few_descriptors_from_the_start", ON_MANY & ~ON_FORK, CASE_OURS,
     .run = few_descriptors_from_the_start, .config.max_files = 32},
    {"limit_descriptors_available_again", ON_ALL, CASE_OURS, .run = descriptors_available_again},
    {"limit_descriptors_during_lingering_close", ON_ALL, CASE_OURS,
     .run = descriptors_during_lingering_close},
    {"limit_one_descriptor_for_each_client", ON_MANY & ~ON_FORK, CASE_OURS,
     .run = one_for_each_client},
    {"limit_no_descriptor_for_a_file", ON_ALL, CASE_OURS, "--quota 100K",
     .talk = no_descriptor_for_a_file},
    {"limit_few_descriptors_below_1024", ON_SELECT, CASE_OURS, .run = few_descriptors_below_1024,
     .config.inherited = 1000},
    {"limit_no_descriptor_below_1024", ON_SELECT, CASE_OURS | CASE_OWN,
     .run = no_descriptor_below_1024},
    {.name = NULL},
};
