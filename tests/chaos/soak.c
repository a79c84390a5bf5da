/* tests/chaos/soak.c: two hundred clients of all kinds, for a long time: does anything grow?
 *
 *     MINUTES=30 SEED=1 soak 02_fork/fork-server
 *
 * The load comes in cycles. In the busy phase all clients are connected and at work. Then all
 * leave, each in its way, except for some members that stay from the beginning to the end; now, in
 * the idle phase, descriptors, processes and threads must come back to exactly what they were, and
 * the memory is read. The first quarter of the idle phases is compared with the last. The first
 * cycles are not counted: what is allocated once is allocated then.
 */
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bound.h"
#include "crowd.h"
#include "harness.h"
#include "procfs.h"
#include "serverproc.h"
#include "verdict.h"

enum {
    CYCLES_MAX = 240,
    CYCLE_MIN = 2000, /* milliseconds */
    CYCLE_MAX = 15000,
    WARM_UP = 3, /* cycles */
    FAMILY = 1024,
    GROWTH_PERCENT = 5, /* of memory that is taken for noise, and … */
    GROWTH_KB = 256,    /* … this besides */
};

struct counts {
    long descriptors; /* of the main process */
    long processes, threads;
    long pss, rss; /* KiB, of all processes; rss counts what is shared again and again */
};

static struct serverproc *server;
static struct counts idle[CYCLES_MAX], busy[CYCLES_MAX];
static struct procfs_process family[FAMILY]; /* the server's, when they were counted last */

/* ---- samples ---- */

static long rss_kb(pid_t pid)
{
    long pages = 0;
    (void)procfs_scan(pid, "statm", "%*d %ld", &pages);
    return pages * 4;
}

static struct counts counts_take(void)
{
    struct counts sample = {.descriptors = procfs_descriptors(server->pid)};
    sample.processes = (long)procfs_list(server->pid, family, FAMILY);
    for (long i = 0; i < sample.processes; i++)
        sample.threads += family[i].state == 'Z' ? 0 : (long)family[i].threads;
    return sample;
}

static struct counts sample_take(void)
{
    struct counts sample = counts_take();
    for (long i = 0; i < sample.processes; i++) {
        long pss = procfs_pss_kb(family[i].pid); /* it may have gone meanwhile */
        sample.pss += pss > 0 ? pss : 0;
        sample.rss += rss_kb(family[i].pid);
    }
    return sample;
}

static bool same_counts(const struct counts *a, const struct counts *b)
{
    return a->descriptors == b->descriptors && a->processes == b->processes &&
           a->threads == b->threads;
}

/* Are the counts what they were? Meanwhile the clients run. */
static bool counts_restored(void *argument)
{
    struct counts now = counts_take();
    peers_turn(0);
    return same_counts(&now, argument);
}

static void quiet_await(const struct counts *base, unsigned int cycle)
{
    struct counts want = *base;
    if (bound_await(counts_restored, &want, BOUND_GENEROUS))
        return;
    struct counts now = sample_take();
    verdict_fail(
        "cycle %u: the clients have gone, and there are %ld descriptors, %ld processes, %ld "
        "threads; before they came %ld, %ld, %ld",
        cycle, now.descriptors, now.processes, now.threads, base->descriptors, base->processes,
        base->threads);
}

/* ---- the table ---- */

static int compare(const void *a, const void *b)
{
    long x = *(const long *)a, y = *(const long *)b;
    return (x > y) - (x < y);
}

static long median(const struct counts *samples, unsigned int n, size_t offset)
{
    long values[CYCLES_MAX];
    if (n == 0)
        return 0;
    for (unsigned int i = 0; i < n; i++)
        memcpy(&values[i], (const char *)&samples[i] + offset, sizeof values[i]);
    qsort(values, n, sizeof values[0], compare);
    return values[n / 2];
}

#define MEDIAN(samples, n, what) median(samples, n, offsetof(struct counts, what))

static struct counts middle(const struct counts *samples, unsigned int n)
{
    return (struct counts){
        .descriptors = MEDIAN(samples, n, descriptors),
        .processes = MEDIAN(samples, n, processes),
        .threads = MEDIAN(samples, n, threads),
        .pss = MEDIAN(samples, n, pss),
        .rss = MEDIAN(samples, n, rss),
    };
}

static void row(const char *name, unsigned int n, const struct counts *s)
{
    printf("  %-22s %6u %12ld %10ld %8ld %9ld %9ld\n", name, n, s->descriptors, s->processes,
           s->threads, s->pss, s->rss);
}

/* Prints quarter by quarter. Returns whether the last is like the first. */
static bool table_print(unsigned int cycles)
{
    static const char *const names[] = {"idle, first quarter", "second", "third", "last quarter"};
    struct counts quarters[4], high = middle(busy, cycles);
    printf("  %-22s %6s %12s %10s %8s %9s %9s\n", "medians", "cycles", "descriptors", "processes",
           "threads", "PSS KiB", "RSS KiB");
    row("busy", cycles, &high);
    for (unsigned int i = 0; i < 4; i++) {
        unsigned int from = cycles * i / 4, n = cycles * (i + 1) / 4 - from;
        quarters[i] = middle(idle + from, n);
        row(names[i], n, &quarters[i]);
    }
    long allowed = quarters[0].pss + quarters[0].pss * GROWTH_PERCENT / 100 + GROWTH_KB;
    return same_counts(&quarters[0], &quarters[3]) && quarters[3].pss <= allowed;
}

/* ---- the cycles ---- */

static struct crowd_plan plan_for(const char *model)
{
    struct crowd_plan plan = {
        .count = {[KIND_STANDING] = 10,
                  [KIND_LISTENER] = 40,
                  [KIND_TALKER] = 50,
                  [KIND_SLOW] = 20,
                  [KIND_DYING] = 40,
                  [KIND_HOSTILE] = 24,
                  [KIND_FILES] = 16},
        .pace = 600,
        .payload = 60000,
    };
    if (strcmp(model, "01_loop") == 0)
        plan = (struct crowd_plan){
            .count = {[KIND_LISTENER] = 2,
                      [KIND_TALKER] = 4,
                      [KIND_SLOW] = 1,
                      [KIND_DYING] = 6,
                      [KIND_HOSTILE] = 4,
                      [KIND_FILES] = 3},
            .one_by_one = true,
            .pace = 4,
            .payload = 60000,
        };
    return plan;
}

/* The counts of the idle phase, before they are known: those that have not changed for a while. */
static struct counts quiet_find(void)
{
    enum {
        WHILE = 3000
    }; /* longer than a server waits for a client that has been sent its last reply */
    struct counts last = counts_take();
    long since = bound_now(), until = since + bound_of(BOUND_GENEROUS);
    while (bound_now() - since < WHILE && bound_now() < until) {
        bound_observe(50);
        peers_turn(0);
        struct counts now = counts_take();
        if (!same_counts(&now, &last))
            since = bound_now();
        last = now;
    }
    return last;
}

static unsigned int run_cycles(long ms)
{
    long cycle = ms / 24 < CYCLE_MIN ? CYCLE_MIN : ms / 24 > CYCLE_MAX ? CYCLE_MAX : ms / 24;
    long until = bound_now() + ms;
    struct counts base = {0};
    unsigned int n = 0;
    for (unsigned int i = 0; (n < 4 || bound_now() < until) && n < CYCLES_MAX; i++) {
        crowd_run(cycle);
        struct counts high = sample_take();
        crowd_leave();
        if (i == 0)
            base = quiet_find();
        quiet_await(&base, i);
        if (i < WARM_UP)
            continue;
        busy[n] = high;
        idle[n++] = sample_take();
    }
    return n;
}

static void server_stop(void)
{
    crowd_end();
    serverproc_signal(server, SIGTERM);
    serverproc_check_ended(server, BOUND_GENEROUS);
    (void)payload_check_folder(server->dir);
}

int main(int argc, char **argv)
{
    static const struct serverproc_config config = {
        .options = "--header-timeout 2 --idle-timeout 4 --max-upload 1000000"};
    harness_begin("soak", argc == 2, "SERVER");
    harness_server(argv[1], NULL);
    long seconds = (long)harness_number("SECS", 60 * harness_number("MINUTES", 30));
    struct crowd_plan plan = plan_for(harness_model(argv[1]));
    server = serverproc_start(&config);
    crowd_begin(&plan, server->port);
    unsigned int cycles = run_cycles(seconds * 1000);
    bool flat = table_print(cycles);
    server_stop();
    struct crowd_sums sums = crowd_sums();
    printf("soak %s: %lu connections, %lu words (%lu events received), %lu uploads, %lu downloads, "
           "%lu hostile acts, %lu died, %lu ERR, %lu closed by the server, %lu refused; %s\n",
           harness_model(argv[1]), sums.connections, sums.words, sums.events, sums.uploads,
           sums.downloads, sums.hostile, sums.killed, sums.errors, sums.ended, sums.refused,
           flat ? "flat" : "NOT FLAT");
    return flat ? 0 : 1;
}
