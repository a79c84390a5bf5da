/* bench/run/run_sample.c: one sample: a server that is started for it, a load, and what both
 * cost */
#include <math.h>
#include <string.h>

#include "common/number.h"
#include "load/load.h"
#include "load/load_print.h"
#include "probe/watch.h"
#include "run/run.h"

enum { TRIES = 3 };

/* --- results, into the sample -------------------------------------------------------- */

static void spectrum_take(double *spectrum, const struct histogram *h)
{
    int i = 0;
    for (; i < SAMPLE_QUANTILES && (double)h->total * exp2(-i / 2.0) >= 1; i++)
        spectrum[i] = (double)histogram_percentile(h, 100 * (1 - exp2(-i / 2.0))) / 1e3;
    spectrum[i] = (double)h->max / 1e3;
}

/* In µs; NaN: there are fewer than `min`. */
static double quantile(const struct histogram *h, double percentile, uint64_t min)
{
    return h->total >= min ? (double)histogram_percentile(h, percentile) / 1e3 : NAN;
}

/* Of fewer than a thousand the slowest in a thousand would be the greatest. */
static void latency_take(struct sample *sample, const struct load_result *result)
{
    const struct histogram *h = &result->latency, *raw = &result->uncorrected;
    sample->p50 = quantile(h, 50, 1);
    sample->p99 = quantile(h, 99, 1);
    sample->p999 = quantile(h, 99.9, 1000);
    sample->max = quantile(h, 100, 1);
    sample->raw_p99 = quantile(raw, 99, 1);
    sample->raw_p999 = quantile(raw, 99.9, 1000);
    sample->lag_p99 = quantile(&result->lag, 99, 1);
    if (raw->total > 0) {
        spectrum_take(sample->spectrum, h);
        spectrum_take(sample->raw_spectrum, raw);
    }
}

static void load_take(struct sample *sample, const struct load_result *result)
{
    sample->seconds = result->seconds;
    sample->requests = result->requests;
    sample->deliveries = result->deliveries;
    sample->bytes = result->bytes;
    memcpy(sample->errors, result->errors, sizeof sample->errors);
    sample->own_seconds = result->own_seconds;
    sample->own_share = result->own_share;
    latency_take(sample, result);
}

/* What neither the server nor the generator used was used by other programs of this machine. */
static void others_take(struct sample *sample, const struct watch *watch)
{
    double all, busy = machine_busy(&watch->clock_from, &watch->clock_to, watch->cpus, &all);
    double others = busy - sample->user - sample->system - sample->own_seconds;
    if (all > 0)
        sample->others = others > 0 ? others / all : 0;
}

static void watch_take(struct sample *sample, const struct watch *watch)
{
    if (!watch->began || !watch->ended)
        return;
    probe_between(&watch->from, &watch->to, &sample->user, &sample->system);
    sample->pss = (double)watch->to.pss;
    sample->page_tables = (double)watch->to.page_tables;
    sample->kernel = (double)watch->kernel;
    sample->processes = watch->to.processes;
    sample->threads = watch->to.threads;
    sample->steal = machine_steal(&watch->clock_from, &watch->clock_to, watch->cpus);
    others_take(sample, watch);
}

/* How much the server used of the processors that it could use, by its threads and by where it may
 * run; below 0: it shares them with the load. */
static double server_share(const struct run *run, const struct sample *sample)
{
    double cpus = CPU_COUNT(&run->options.cpus.server);
    double usable = sample->threads < cpus ? sample->threads : cpus;
    cpu_set_t both, all;
    CPU_AND(&both, &run->options.cpus.server, &run->options.cpus.client);
    if (cpus_all(&run->options.cpus, &all) == NULL || CPU_COUNT(&both) > 0 || !(usable > 0))
        return -1;
    return (sample->user + sample->system) / sample->seconds / usable;
}

/* In a short sample a few ticks prove nothing. */
static bool others_disturb(const struct run *run, const struct sample *sample)
{
    const double ticks = 0.02; /* seconds, of each processor */
    return sample->others > run->options.steal_limit && sample->others * sample->seconds > ticks;
}

/* The verdict on a sample, with the server still running. */
static void judge(const struct run *run, const struct load_spec *spec, bool measured,
                  const struct load_result *result, struct sample *sample)
{
    uint64_t errors = load_errors(result);
    double share = server_share(run, sample);
    char text[NUMBER_TEXT];
    if (spec->neighbour != NEIGHBOUR_NONE && result->started && result->requests == 0) {
        sample_figures_clear(sample);
        sample->state = SAMPLE_CANNOT;
        (void)snprintf(sample->note, sizeof sample->note, "stands still");
    } else if (!measured || errors > 0) {
        sample->state = SAMPLE_ERRORS;
        load_print_errors(result, sample->note, sizeof sample->note);
        if (errors == 0)
            (void)snprintf(sample->note, sizeof sample->note, "nothing was measured");
    } else if (spec->slow_ms > 0 && atomic_load(&run->slow.delayed) == 0) {
        sample->state = SAMPLE_ERRORS;
        (void)snprintf(sample->note, sizeof sample->note, "no read was delayed");
    } else if (load_unanswered(spec, result)) {
        sample->state = SAMPLE_ERRORS;
        (void)snprintf(sample->note, sizeof sample->note,
                       "nothing was answered in this time; %llu under way, the oldest for %s",
                       (unsigned long long)result->under_way,
                       number_table(NUMBER_TIME, (double)result->oldest / 1e3, text));
    } else if (sample->steal > run->options.steal_limit) {
        sample->state = SAMPLE_STEAL;
    } else if (others_disturb(run, sample)) {
        sample->state = SAMPLE_STEAL;
        (void)snprintf(sample->note, sizeof sample->note,
                       "other programs used %.0f %% of the processors", 100 * sample->others);
    } else if (load_bound(spec, result, share)) {
        sample->state = SAMPLE_GENERATOR;
    } else if (spec->part > 1.05 && share >= 0 && share < 0.9) {
        sample->state = SAMPLE_STEAL;
        (void)snprintf(sample->note, sizeof sample->note,
                       "the server had time left: what it can do was measured too low");
    }
}

/* The server has ended by itself: a row, a note for the report, its log under another name. */
static void crash_take(struct run *run, struct sample *sample, char why[WHY])
{
    char kept[PATH_MAX + 64];
    sample_figures_clear(sample);
    sample->state = SAMPLE_CRASHED;
    (void)snprintf(sample->note, sizeof sample->note, "%.100s", why);
    server_log_add(run->log, why);
    (void)snprintf(kept, sizeof kept, "%s.crashed-%s-%g-%u", run->log, sample->experiment,
                   sample->x, sample->round);
    (void)rename(run->log, kept);
    run_note(run, "%s ended in %s at %g: %s", sample->server, sample->experiment, sample->x, why);
    run->crashed = true;
}

static bool histogram_keep(const struct run *run, const struct sample *sample,
                           const struct histogram *histogram, const char *suffix)
{
    char path[PATH_MAX], attempt[16] = "";
    if (histogram->total == 0)
        return true;
    if (sample->attempt > 0)
        (void)snprintf(attempt, sizeof attempt, "-%u", sample->attempt);
    (void)snprintf(path, sizeof path, "%s/hdr/%s-%s-%.0f-%u%s%s.hgrm", run->folder,
                   sample->experiment, sample->server, sample->x, sample->round, attempt, suffix);
    FILE *out = fopen(path, "we");
    bool ok = out != NULL && histogram_write(histogram, out, 1e3);
    if (out != NULL && fclose(out) != 0)
        ok = false;
    return ok;
}

/* --- taking it ----------------------------------------------------------------------------- */

bool run_spec(struct run *run, struct run_block *block, size_t server, struct load_spec *spec,
              char note[160])
{
    const struct server_choice *which = &run->options.servers[server];
    cpu_set_t where;
    if (!experiment_load(block->experiment, which->name, which->max_clients, block->x,
                         plan_seconds(run, block), spec, note))
        return false;
    if (!place_server(run, spec->place, &where)) {
        (void)snprintf(note, 160, "there is one processor only");
        return false;
    }
    if (spec->slow_ms > 0 && !slow_disk_possible()) {
        (void)snprintf(note, 160, "this kernel can't delay a read");
        return false;
    }
    spec->host = "127.0.0.1";
    spec->whole = true;
    spec->threads = run->options.threads;
    spec->cpus = cpus_given(&run->options.cpus.client);
    spec->stop = &stop_signal;
    place_file_name(spec->file_bytes, block->file, sizeof block->file);
    spec->file = spec->kind == LOAD_UPLOAD ? "upload" : block->file;
    load_dialect_choose(spec, which->name);
    return true;
}

/* Requests a second, in a closed loop; 0: none. */
static double capacity(const struct load_spec *spec)
{
    struct load_spec closed = *spec;
    struct load_result result;
    bool measured = load_run(&closed, &result);
    double rate = measured && result.seconds > 0 ? (double)result.requests / result.seconds : 0;
    load_result_free(&result);
    return rate;
}

/* What the server has before the first client comes. */
static void before_take(struct sample *sample, const struct server *server)
{
    struct probe before;
    cpu_set_t cpus;
    if (probe_read(server->pid, true, &before)) {
        sample->memory_before = (double)(before.pss + before.page_tables);
        sample->page_tables_before = (double)before.page_tables;
    }
    if (sched_getaffinity(server->pid, sizeof cpus, &cpus) == 0)
        sample->server_cpus = CPU_COUNT(&cpus);
    sample->kernel_before =
        (double)machine_kernel_memory(experiment_find(sample->experiment)->settles);
}

static void measure(struct run *run, struct server *server, const struct load_spec *planned,
                    struct sample *sample)
{
    struct load_spec spec = *planned;
    struct load_result result = {0};
    struct watch watch = {.pid = server->pid, .memory = true};
    cpu_set_t cpus;
    char why[WHY] = "";
    watch.cpus = cpus_all(&run->options.cpus, &cpus);
    before_take(sample, server);
    spec.port = server->port;
    if (spec.part > 0)
        spec.rate = spec.part * capacity(&spec);
    if (spec.rate > 0)
        sample->offered = spec.rate;
    spec.begin = watch_begin;
    spec.end = watch_end;
    spec.context = &watch;
    bool measured = (spec.part <= 0 || spec.rate > 0) && load_run(&spec, &result);
    load_take(sample, &result);
    watch_take(sample, &watch);
    judge(run, &spec, measured, &result, sample);
    /* Errors may come from its end, which is visible a moment later. */
    if (server_ended(server, sample->state == SAMPLE_ERRORS ? 100 : 0, why))
        crash_take(run, sample, why);
    if (!histogram_keep(run, sample, &result.latency, "") ||
        !histogram_keep(run, sample, &result.uncorrected, "-uncorrected"))
        runfile_note(&run->file, "Some of the histograms could not be written.");
    load_result_free(&result);
}

void run_sample(struct run *run, struct run_block *block, size_t server, struct sample *sample)
{
    struct server_choice *which = &run->options.servers[server];
    struct load_spec spec;
    struct server process;
    char why[WHY] = "";
    sample->x = block->x;
    (void)snprintf(sample->experiment, sizeof sample->experiment, "%s", block->experiment->name);
    (void)snprintf(sample->server, sizeof sample->server, "%s", which->name);
    if (which->failures >= TRIES) {
        sample->state = SAMPLE_CRASHED;
        (void)snprintf(sample->note, sizeof sample->note, "given up: it did not start %d times",
                       TRIES);
        return;
    }
    if (!run_spec(run, block, server, &spec, sample->note))
        return;
    bool up = servers_start(run, which, &spec, &process, why);
    which->failures = up || stop_signal ? 0 : which->failures + 1;
    if (up)
        measure(run, &process, &spec, sample);
    else if (!stop_signal)
        crash_take(run, sample, why);
    if (servers_stop(run, &process, why) || sample->state == SAMPLE_CRASHED || stop_signal)
        return;
    if (!process.killed)
        crash_take(run, sample, why);
    else /* the sample is good, the end of the server was not */
        run_note(run, "%s at %g: %.150s", sample->experiment, sample->x, why);
}

bool run_keep(struct run *run, const struct sample *sample)
{
    run->file.counts[sample->state]++;
    return sample_write(run->samples, sample) && fflush(run->samples) == 0;
}
