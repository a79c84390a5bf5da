/* bench/ratios/ratio.c: how much processor time does one server spend on the same work as another?
 *
 * On a shared machine a time means little, and a ratio of two times from the same few seconds means
 * much. So every round starts all servers in turn, in an order of its own, and drives each with the
 * same load. The result is the median of the ratios within the rounds, with an interval by order
 * statistics.
 */
#include "ratios/ratio.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/arguments.h"
#include "common/signals.h"
#include "load/load.h"
#include "probe/network.h"
#include "results/measure.h"

enum { LOST_MS = 100, TIMEOUT_MS = 20000 };

static const char file_name[] = "ratio-file";

/* --- a sample ------------------------------------------------------------------------------ */

/* False: the server did not do what it should. */
static bool variant_run(struct ratio *ratio, const struct ratio_variant *v, struct sample *sample,
                        char why[WHY])
{
    const struct server_place place = {ratio->library, ratio->log, cpus_given(&ratio->cpus.server),
                                       &stop_signal};
    /* below a tenth, what others seem to use may be the kernel's interrupts */
    const double limit = ratio->steal_limit, others = fmax(limit, 0.1);
    struct measure how = {{0}, &ratio->cpus, limit, others, NULL, 0};
    struct load_spec spec = ratio->spec;
    struct load_result result;
    struct server server = {.choice = v->server};
    char unused[WHY];
    sample_clear(sample);
    (void)snprintf(sample->server, sizeof sample->server, "%s", v->server->name);
    load_dialect_choose(&spec, v->server->name);
    spec.idle = v->idle;
    spec.bare = ratio->bare > 0 && v == &ratio->variants[ratio->bare];
    bool started = server_start(&server, &place, why);
    if (started) {
        how.watch.pid = server.pid;
        spec.port = server.port;
        sample_measure(&how, &spec, &result, sample);
        load_result_free(&result);
        if (!stop_signal && sample->state != SAMPLE_ERRORS)
            return server_stop(&server, why);
        (void)fail(why, "%s: %s", v->server->name, stop_signal ? "stopped" : sample->note);
        (void)server_ended(&server, LOST_MS, why);
    }
    (void)server_stop(&server, unused); /* the first reason is the one to print */
    return false;
}

/* --- the rounds ---------------------------------------------------------------------------- */

/* A round counts as a whole or not at all: its samples can only be compared with each other. */
static bool round_run(struct ratio *ratio, char why[WHY])
{
    unsigned int order[2 * RATIO_SERVERS];
    bool disturbed = false;
    for (unsigned int i = 0; i < ratio->variants_count; i++)
        order[i] = i;
    stats_shuffle(order, ratio->variants_count, &ratio->random);
    for (size_t i = 0; i < ratio->variants_count; i++) {
        struct ratio_variant *v = &ratio->variants[order[i]];
        struct sample *sample = &v->samples[ratio->done];
        if (stop_signal)
            return fail(why, "stopped");
        if (!variant_run(ratio, v, sample, why))
            return false;
        disturbed |= sample->state == SAMPLE_STEAL || sample->state == SAMPLE_OTHERS;
    }
    ratio->dropped += disturbed;
    ratio->done += !disturbed;
    return true;
}

static bool rounds_run(struct ratio *ratio, char why[WHY])
{
    while (ratio->done < ratio->rounds && ratio->done + ratio->dropped < 2 * ratio->rounds) {
        if (!round_run(ratio, why))
            return false;
        if (isatty(STDERR_FILENO))
            (void)fprintf(stderr, "\r%zu of %u rounds, %zu dropped ", ratio->done, ratio->rounds,
                          ratio->dropped);
    }
    return ratio->done > 0 || fail(why, "not one round was quiet enough (--steal)");
}

/* --- before and after ---------------------------------------------------------------------- */

static bool file_make(const struct ratio *ratio, char why[WHY])
{
    return (load_file_make(ratio->library, LOAD_PING_FILE, LOAD_PING_BYTES) &&
            (ratio->spec.kind != LOAD_DOWNLOAD ||
             load_file_make(ratio->library, file_name, ratio->spec.file_bytes))) ||
           fail(why, "a file in %s: %s", ratio->library, strerror(errno));
}

static bool place_make(struct ratio *ratio, char why[WHY])
{
    const cpu_set_t *cpus = cpus_given(&ratio->cpus.client);
    if (!scratch_make(ratio->parent, why))
        return false;
    (void)snprintf(ratio->library, sizeof ratio->library, "%s/files", scratch_path());
    (void)snprintf(ratio->log, sizeof ratio->log, "%s/log", scratch_path());
    if (mkdir(ratio->library, 0755) < 0)
        return fail(why, "%s: %s", ratio->library, strerror(errno));
    if (cpus != NULL && sched_setaffinity(0, sizeof *cpus, cpus) < 0)
        return fail(why, "the processors of the load: %s", strerror(errno));
    return file_make(ratio, why) &&
           (ratio->congestion == NULL || network_own(ratio->congestion, why));
}

static void variants_make(struct ratio *ratio)
{
    size_t each = ratio->kind->crowd ? 2 : 1;
    ratio->variants_count = each * ratio->servers_count;
    for (size_t i = 0; i < ratio->variants_count; i++) {
        ratio->variants[i].server = &ratio->servers[i / each];
        ratio->variants[i].idle = i % each == 1 ? ratio->idle : 0;
    }
}

bool ratio_measure(struct ratio *ratio, void (*begin)(const struct ratio *ratio), char why[WHY])
{
    variants_make(ratio);
    ratio->random = ratio->seed;
    bool ok = place_make(ratio, why);
    if (ok && begin != NULL)
        begin(ratio);
    ok = ok && rounds_run(ratio, why);
    if (!ok)
        server_log_add(ratio->log, why);
    if (!scratch_remove())
        (void)fprintf(stderr, "lab-bench ratio: the temporary folder is left behind\n");
    return ok;
}

struct ratio *ratio_new(int argc, char **argv)
{
    struct ratio *ratio = calloc(1, sizeof *ratio);
    if (ratio == NULL)
        return NULL;
    ratio->spec = (struct load_spec){.host = "127.0.0.1",
                                     .pipeline = 1,
                                     .file = file_name,
                                     .file_bytes = 256U << 20,
                                     .seconds = 1,
                                     .whole = true,
                                     .timeout_ms = TIMEOUT_MS,
                                     .stop = &stop_signal};
    ratio->rounds = 11;
    ratio->idle = 1000;
    ratio->steal_limit = 0.05;
    ratio->seed = 1;
    arguments_print(ratio->command, sizeof ratio->command, argc, argv);
    return ratio;
}

int cmd_ratio(int argc, char **argv)
{
    char why[WHY] = "";
    struct ratio *ratio = ratio_new(argc, argv);
    if (ratio == NULL) {
        (void)fputs("lab-bench ratio: no memory\n", stderr);
        return 1;
    }
    int status = ratio_options_read(ratio, argc, argv);
    if (status < 0) {
        stop_catch();
        bool ok = ratio_measure(ratio, ratio_print_head, why);
        ratio_print_table(ratio);
        (void)fflush(stdout);
        if (!ok)
            (void)fprintf(stderr, "lab-bench ratio: %s\n", why);
        status = stop_signal ? stop_status() : ok ? 0 : 1;
    }
    free(ratio);
    return status;
}
