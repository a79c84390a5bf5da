/* Many clients that send without a pause: the server can be stopped, and delays nobody. */
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "conformance.h"
#include "flood.h"
#include "procfs.h"

/* ==== a server that never has to wait still receives its signals ==== */

/* What a flood is made of. */
struct lab_load {
    const char *enter; /* sent first, with a number in it; NULL: nothing */
    const char *lines;
    int clients;
};

static const struct lab_load loads[] = {
    {NULL, "N\n", 20},
    {NULL, "L\n", 3},
    {"C m%d\n", "S hello\n", 20},
};
enum { LOADS = sizeof loads / sizeof loads[0] };

static pid_t load_start(const struct serverproc *server, const struct lab_load *load)
{
    struct wire *wires[20];
    int n = suite_many() ? load->clients : 1;

    folder_write(server->dir, "file", "", 0);
    for (int i = 0; i < n; i++)
        wires[i] = suite_open_on(server);
    for (int i = 0; load->enter && i < n; i++)
        wire_ask_ok(wires[i], load->enter, i);
    return flood_start(wires, (size_t)n, load->lines);
}

/* The server has begun to work for the flood. */
static void await_load(const struct serverproc *server)
{
    long end = bound_now() + bound_of(BOUND_GENEROUS);

    while (serverproc_cpu_during(server, 20) < 5)
        verdict_check(bound_now() < end, "the server does nothing");
}

/* The first signal has been delivered: a second one before that would be the same one (signal(7)).
 */
static bool signal_is_delivered(void *pid)
{
    return !procfs_pending(*(const pid_t *)pid, SIGTERM);
}

/* One signal: within the grace and a second. Two of them: at once. A sanitizer looks for leaks at
 * the end. */
static void end_under_load(struct serverproc *const *servers, const pid_t *floods, int n,
                           int signals)
{
    enum { GRACE = 5000 };
    const long second = suite_instrumented() ? 3000 : 1000;
    long start = bound_now();

    for (int i = 0; i < n; i++)
        serverproc_signal(servers[i], SIGTERM);
    for (int i = 0; i < n && signals > 1; i++)
        verdict_check(bound_await(signal_is_delivered, &servers[i]->pid, 3000),
                      "a signal has been pending for %ld ms", bound_now() - start);
    if (signals > 1)
        start = bound_now();
    for (int i = 0; i < n && signals > 1; i++)
        serverproc_signal(servers[i], SIGTERM);
    for (int i = 0; i < n; i++) {
        verdict_check(serverproc_wait(servers[i], BOUND_GENEROUS),
                      "the signal does not end the server");
        long took = bound_now() - start;
        flood_end(floods[i]);
        verdict_check(took < bound_of(signals > 1 ? 500 + second : GRACE + second),
                      "%d SIGTERM under load took %ld ms", signals, took);
        verdict_check(serverproc_await_group_gone(servers[i]), "%zu processes are left",
                      procfs_group(servers[i]->pid));
    }
}

/* A server for each kind of load, side by side: each takes the whole grace to end. */
static void under_load(int signals)
{
    const struct serverproc_config config = {.cut_off = signals > 1};
    struct serverproc *servers[LOADS];
    pid_t floods[LOADS];

    for (int i = 0; i < LOADS; i++)
        servers[i] = serverproc_start(&config);
    for (int i = 0; i < LOADS; i++)
        floods[i] = load_start(servers[i], &loads[i]);
    for (int i = 0; i < LOADS; i++)
        await_load(servers[i]);
    end_under_load(servers, floods, LOADS, signals);
}

static void shutdown_under_load(void)
{
    under_load(1);
}

static void shutdown_under_load_twice(void)
{
    under_load(2);
}

/* The console sends lines without end, and a member reads them all. */
static void shutdown_under_console_twice(void)
{
    struct wire *member = suite_member("m");
    pid_t reader = flood_start(&member, 1, "N\n");
    pid_t flood = flood_pipe(suite.server->console, "hello\n");

    await_load(suite.server);
    end_under_load(&suite.server, &flood, 1, 2);
    flood_end(reader);
}

/* A device as the console is always ready, and /dev/zero has no end: no wait of the server ever
 * waits. */
static void shutdown_under_endless_console(struct wire *wire)
{
    wire_expect_quiet(wire);
    serverproc_signal(suite.server, SIGTERM);
    suite_check_ended(suite.server);
}

/* ==== time ==== */

static long now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long)(now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

/* How long the server takes for a ping, in microseconds. The time in which the server or this
 * process could run, and another program had the processor, is not the server's. */
static long ping_us(struct wire *wire)
{
    long delayed = procfs_delayed_us(suite.server->pid) + procfs_delayed_us(getpid());
    long start = now_us();

    wire_ask_ok(wire, "N\n");
    long took = now_us() - start;
    return took - (procfs_delayed_us(suite.server->pid) + procfs_delayed_us(getpid()) - delayed);
}

/* A bystander's pings are answered soon: of most of them it is asked, since a virtual machine may
 * have no processor for one; and of the best of several attempts. */
static void bystander(const char *beside_what)
{
    enum { PINGS = 25, ATTEMPTS = 4, SOON = 20000 };
    struct wire *wire = suite_open();
    long best = 0;

    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        long took[PINGS];
        for (int i = 0; i < PINGS; i++)
            took[i] = ping_us(wire);
        long median = suite_median(took, PINGS);
        best = attempt == 0 || median < best ? median : best;
        if (best < SOON)
            return;
    }
    verdict_check(best < SOON * bound_scale(), "beside %s a ping takes %ld us", beside_what, best);
}

static void listings_delay_nobody(void)
{
    enum { MANY = 200 };
    struct wire *wires[MANY];

    suite_long_listing();
    suite_open_many(wires, MANY);
    pid_t flood = flood_start(wires, MANY, "L\n");
    await_load(suite.server);
    bystander("200 clients that list the library again and again");
    flood_stop(flood);
}

static void speakers_delay_nobody(void)
{
    enum { MEMBERS = 500, SPEAKERS = 20 };
    struct wire *members[MEMBERS];

    for (int i = 0; i < MEMBERS; i++)
        members[i] = suite_member("m%d", i);
    pid_t speakers = flood_start(members, SPEAKERS, "S hello, everybody\n");
    pid_t others = flood_start(members + SPEAKERS, MEMBERS - SPEAKERS, "N\n");
    await_load(suite.server);
    bystander("20 members that speak without end to 500");
    flood_stop(speakers);
    flood_stop(others);
}

const struct conformance_case load_cases[] = {
    {"shutdown_under_load", ON_ALL, CASE_OURS | CASE_OWN, .run = shutdown_under_load},
    {"shutdown_under_load_twice", ON_ALL, CASE_OURS | CASE_OWN, .run = shutdown_under_load_twice},
    {"shutdown_under_console_twice", ON_ALL, CASE_OURS, .run = shutdown_under_console_twice,
     .config.cut_off = true},
    {"shutdown_under_endless_console", ON_ALL, CASE_OURS, .talk = shutdown_under_endless_console,
     .config.console = SERVERPROC_CONSOLE_ZERO},
    {"turn_listings_delay_nobody", ON_TURN, CASE_OURS, "--max-files 0",
     .run = listings_delay_nobody},
    {"turn_speakers_delay_nobody", ON_TURN, CASE_OURS, .run = speakers_delay_nobody},
    {.name = NULL},
};
