/* What is bounded for each client, with many of them at once: signals, memory, time. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/instrumented.h"
#include "conformance.h"
#include "flood.h"

/* ==== a server that never has to wait still hears its signals ==== */

/* What a flood is made of. */
struct load {
    const char *enter; /* sent first, with a number in it; NULL: nothing */
    const char *lines;
    int clients;
};

static pid_t load_start(const struct load *load)
{
    struct wire *wires[20];
    int n = suite_many() ? load->clients : 1;

    for (int i = 0; i < n; i++)
        wires[i] = suite_open();
    for (int i = 0; load->enter && i < n; i++) {
        wire_printf(wires[i], load->enter, i);
        wire_expect_ok(wires[i]);
    }
    return flood_start(wires, (size_t)n, load->lines);
}

/* The flood has begun to be served: the server works. */
static void await_load(void)
{
    long end = bound_now() + bound_of(BOUND_GENEROUS);

    while (serverproc_cpu_during(suite.server, 20) < 5)
        verdict_check(bound_now() < end, "the server does nothing");
}

/* The first signal has been delivered: a second one before that would be the same one (signal(7)). */
static bool signal_is_delivered(void *pid)
{
    return !procfs_pending(*(const pid_t *)pid, SIGTERM);
}

/* One signal: within the grace and a second. Two of them: at once. */
static void end_under_load(pid_t flood, int signals)
{
    enum {
        GRACE = 5000,
        SECOND = INSTRUMENTED ? 3000 : 1000
    }; /* a sanitizer looks for leaks at the end */
    long start = bound_now();

    serverproc_signal(suite.server, SIGTERM);
    if (signals > 1) {
        verdict_check(bound_await(signal_is_delivered, &suite.server->pid, 3000),
                      "a signal has been pending for %ld ms", bound_now() - start);
        start = bound_now();
        serverproc_signal(suite.server, SIGTERM);
    }
    verdict_check(serverproc_wait(suite.server, BOUND_GENEROUS),
                  "the signal does not end the server");
    long took = bound_now() - start;
    flood_end(flood);
    verdict_check(took < bound_of(signals > 1 ? 500 + SECOND : GRACE + SECOND),
                  "%d SIGTERM under load took %ld ms", signals, took);
    verdict_check(serverproc_await_group_gone(suite.server), "%zu processes are left",
                  procfs_group(suite.server->pid));
}

static void under_load(const struct load *load, int signals)
{
    pid_t flood = load_start(load);

    await_load();
    end_under_load(flood, signals);
}

static void stop_under_requests(void)
{
    under_load(&(struct load){NULL, "N\n", 20}, 1);
}

static void stop_under_requests_twice(void)
{
    under_load(&(struct load){NULL, "N\n", 20}, 2);
}

static void stop_under_listings(void)
{
    folder_write(suite.server->dir, "file", "", 0);
    under_load(&(struct load){NULL, "L\n", 3}, 1);
}

static void stop_under_speakers(void)
{
    under_load(&(struct load){"C m%d\n", "S hello\n", 20}, 1);
}

static void stop_under_speakers_twice(void)
{
    under_load(&(struct load){"C m%d\n", "S hello\n", 20}, 2);
}

/* The console never ends, and there may be somebody who reads it all. */
static void stop_under_console(void)
{
    pid_t flood = flood_pipe(suite.server->console, "hello\n");

    await_load();
    end_under_load(flood, 1);
}

static void stop_under_console_twice(void)
{
    struct wire *member = suite_member("m");
    pid_t reader = flood_start(&member, 1, "N\n");
    pid_t flood = flood_pipe(suite.server->console, "hello\n");

    await_load();
    end_under_load(flood, 2);
    flood_end(reader);
}

/* A file as the console is always ready, and /dev/zero has no end: it listens all the same, and ends. */
static void shutdown_under_endless_console(void)
{
    const struct serverproc_config config = {.console = SERVERPROC_CONSOLE_ZERO};

    suite.server = serverproc_start(&config);
    struct wire *wire = suite_open();
    wire_expect_quiet(wire);
    serverproc_signal(suite.server, SIGTERM);
    suite_check_ended(suite.server);
}

/* ==== memory ==== */

enum { NAMES = 3000, NAME_LEN = 240, LISTING = NAMES * (NAME_LEN + 3) };

/* A library whose listing is long. */
static void long_listing(void)
{
    char first[512], path[512];

    for (int i = 0; i < NAMES; i++) {
        int n = snprintf(path, sizeof path, "%s/", suite.server->dir);
        memset(path + n, 'n', NAME_LEN);
        snprintf(path + n + NAME_LEN - 8, 9, "%08d", i);
        if (i == 0) {
            snprintf(first, sizeof first, "%s", path);
            folder_write(suite.server->dir, path + n, "", 0);
        } else {
            verdict_check(link(first, path) == 0, "link");
        }
    }
}

static bool memory_is_back(void *most_kb)
{
    return procfs_memory_kb(suite.server->pid) <= *(const long *)most_kb;
}

/* Many ask for the listing and do not read it: all hold one copy. */
static void listings_unread(void)
{
    enum { MANY = 100, ROOM_KB = 3 * LISTING / 1024 + 2048 };
    struct wire *wires[MANY];

    suite_skip_instrumented();
    long_listing();
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
                  MANY, LISTING / 1024, most, with_clients);
    for (int i = 0; i < MANY; i++)
        wire_close(wires[i]);
    most = before + (suite.model == ON_THREAD ? 6 * 1024 : 1024); /* the C library keeps stacks */
    verdict_check(bound_await(memory_is_back, &most, BOUND_GENEROUS),
                  "all have left, and the server keeps %ld KiB; before they came it had %ld",
                  procfs_memory_kb(suite.server->pid), before);
}

/* Children of 02_fork are killed while their clients do not read listings, each a different one: the
 * memory is free again, though the next children do not list. */
static void listings_of_killed_children(void)
{
    enum { KILLED = 3 };
    struct wire *wires[KILLED];
    pid_t children[KILLED];
    char name[16];

    suite_skip_instrumented();
    long_listing();
    for (int i = 0; i < KILLED; i++) {
        wires[i] = suite_open_narrowest(suite.server);
        wire_stop_reading(wires[i]);
        wire_puts(wires[i], "L\n");
        verdict_check(wire_next_is(wires[i], "OK "), "no listing for client %d", i);
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
static void budget_refuses(void)
{
    struct wire *wire = suite_open();

    long_listing();
    folder_write(suite.server->dir, "file", "hello", 5);
    suite_refused(wire, "L\n", "io");
    wire_puts(wire, "G file\nC m\nW\nX\n");
    wire_expect_text(wire, "hello");
    wire_expect_ok(wire);
    wire_expect_text(wire, "m\n");
    wire_expect_ok(wire);
    suite_refused(wire, "L\n", "io");
    wire_expect_quiet(wire);
}

/* Members who do not read cost no more than the room's one log, however many they are. */
static void members_unread(void)
{
    enum { MANY = 100, SAID = 12 << 20, LINE = 1000 };
    struct wire *speaker, *members[MANY];
    char line[LINE + 3] = "S ";

    suite_skip_instrumented();
    for (int i = 0; i < MANY; i++) {
        members[i] = suite_open_narrowest(suite.server);
        wire_printf(members[i], "C m%d\n", i);
        wire_expect_ok(members[i]);
        wire_stop_reading(members[i]);
    }
    speaker = suite_member("speaker");
    memset(line + 2, 'x', LINE);
    line[LINE + 1] = '\n';
    line[LINE + 2] = '\0';
    long before = procfs_memory_kb(suite.server->pid), most = before;
    for (int said = 0; said < SAID; said += LINE) {
        wire_puts(speaker, line);
        wire_expect_ok(speaker);
        if (said % (64 * LINE) == 0) {
            long now = procfs_memory_kb(suite.server->pid);
            most = now > most ? now : most;
        }
    }
    verdict_check(
        most - before < 2048,
        "%d members do not read, and the server uses %ld KiB more for their unread events", MANY,
        most - before);
}

/* The log goes round many times: for the only member, who speaks; for the same one, who listens; and for
 * nobody. */
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
    for (int i = 0; i < LINES; i++)
        wire_expect_ok(wire);
    for (int i = 0; i < LINES; i += BATCH) {
        for (int k = 0; k < BATCH; k++)
            serverproc_announce(suite.server, line);
        for (int k = 0; k < BATCH; k++)
            verdict_check(wire_event(wire), "an announcement is missing");
    }
    wire_puts(wire, "X\n");
    wire_expect_ok(wire);
    for (int i = 0; i < LINES; i++)
        serverproc_announce(suite.server, line);
    wire_puts(wire, "C m\nS hello\n");
    wire_expect_ok(wire);
    wire_expect_ok(wire);
}

/* The console says more than a member can lag, and the member does not read: it is slow, the server
 * sleeps again, and the member is told so if it reads after all. */
static void announcements_unread(void)
{
    enum { LINES = 8000, LEN = 1000 };
    struct wire *wire = suite_open_narrow(suite.server);
    char line[LEN + 2];

    wire_puts(wire, "C m\n");
    wire_expect_ok(wire);
    memset(line, 'x', LEN);
    memcpy(line + LEN, "\n", 2);
    for (int i = 0; i < LINES; i++)
        serverproc_announce(suite.server, line);
    suite_check_sleeps("with a member that does not read");
    wire_drain(wire, NULL);
    wire_expect_quiet(suite_open());
}

/* ==== time ==== */

static int compare_longs(const void *a, const void *b)
{
    long left = *(const long *)a, right = *(const long *)b;

    return left < right ? -1 : left > right;
}

static long now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long)(now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

/* A bystander's pings are answered soon: of most of them it is asked, since the machine may have no
 * processor for one; and of the best of several attempts. */
static void bystander(const char *beside_what)
{
    enum { PINGS = 25, ATTEMPTS = 4, SOON = 20000 };
    struct wire *wire = suite_open();
    long best = 0;

    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        long took[PINGS];
        for (int i = 0; i < PINGS; i++) {
            long start = now_us();
            wire_puts(wire, "N\n");
            wire_expect_ok(wire);
            took[i] = now_us() - start;
        }
        qsort(took, PINGS, sizeof took[0], compare_longs);
        best = attempt == 0 || took[PINGS / 2] < best ? took[PINGS / 2] : best;
        if (best < SOON)
            return;
    }
    verdict_check(best < SOON * bound_scale(), "beside %s a ping takes %ld us", beside_what, best);
}

static void listings_delay_nobody(void)
{
    enum { MANY = 200 };
    struct wire *wires[MANY];

    long_listing();
    for (int i = 0; i < MANY; i++)
        wires[i] = suite_open();
    pid_t flood = flood_start(wires, MANY, "L\n");
    await_load();
    bystander("200 clients that list the library again and again");
    flood_end(flood);
}

static void speakers_delay_nobody(void)
{
    enum { MEMBERS = 500, SPEAKERS = 20 };
    struct wire *members[MEMBERS];

    for (int i = 0; i < MEMBERS; i++) {
        members[i] = suite_open();
        wire_printf(members[i], "C m%d\n", i);
        wire_expect_ok(members[i]);
    }
    pid_t speakers = flood_start(members, SPEAKERS, "S hello, everybody\n");
    pid_t others = flood_start(members + SPEAKERS, MEMBERS - SPEAKERS, "N\n");
    await_load();
    bystander("20 members that speak without end to 500");
    flood_end(speakers);
    flood_end(others);
}

const struct conformance_case sum_cases[] = {
    {"shutdown_under_requests", stop_under_requests, ON_ALL, CASE_OURS, NULL},
    {"shutdown_under_requests_twice", stop_under_requests_twice, ON_ALL, CASE_OURS, NULL},
    {"shutdown_under_listings", stop_under_listings, ON_ALL, CASE_OURS, NULL},
    {"shutdown_under_speakers", stop_under_speakers, ON_ALL, CASE_OURS, NULL},
    {"shutdown_under_speakers_twice", stop_under_speakers_twice, ON_ALL, CASE_OURS, NULL},
    {"shutdown_under_console", stop_under_console, ON_MANY, CASE_OURS, NULL},
    {"shutdown_under_console_twice", stop_under_console_twice, ON_ALL, CASE_OURS, NULL},
    {"shutdown_under_endless_console", shutdown_under_endless_console, ON_ALL, CASE_OURS | CASE_OWN,
     NULL},
    {"memory_listings_unread", listings_unread, ON_MANY, CASE_OURS,
     "--max-files 0 --max-memory 8M"},
    {"memory_listings_of_killed_children", listings_of_killed_children, ON_FORK, CASE_OURS,
     "--max-files 0 --max-memory 3600K"},
    {"memory_budget_refuses", budget_refuses, ON_ALL, CASE_OURS, "--max-files 0 --max-memory 256K"},
    {"memory_members_unread", members_unread, ON_SELECT | ON_POLL | ON_EPOLL, CASE_OURS, NULL},
    {"room_log_wraps_around", log_wraps_around, ON_ALL, CASE_OURS, NULL},
    {"room_announcements_unread", announcements_unread, ON_ALL, CASE_OURS, NULL},
    {"turn_listings_delay_nobody", listings_delay_nobody, ON_SELECT | ON_POLL | ON_EPOLL, CASE_OURS,
     "--max-files 0"},
    {"turn_speakers_delay_nobody", speakers_delay_nobody, ON_SELECT | ON_POLL | ON_EPOLL, CASE_OURS,
     NULL},
    {NULL, NULL, 0, 0, NULL},
};
