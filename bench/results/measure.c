/* bench/results/measure.c: see measure.h */
#include "results/measure.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "common/number.h"
#include "load/load.h"
#include "load/load_print.h"
#include "results/grid.h"

/* --- results, into the sample -------------------------------------------------------------- */

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
static void load_take(struct sample *sample, const struct load_result *result)
{
    const struct histogram *h = &result->latency, *raw = &result->uncorrected;
    sample->seconds = result->seconds;
    sample->requests = result->requests;
    sample->deliveries = result->deliveries;
    sample->bytes = result->bytes;
    memcpy(sample->errors, result->errors, sizeof sample->errors);
    sample->own_seconds = result->own_seconds;
    sample->own_share = result->own_share;
    sample->p50 = quantile(h, 50, 1);
    sample->p99 = quantile(h, 99, 1);
    sample->p999 = quantile(h, 99.9, SAMPLE_LONG_TAIL);
    sample->max = quantile(h, 100, 1);
    sample->raw_p99 = quantile(raw, 99, 1);
    sample->raw_p999 = quantile(raw, 99.9, SAMPLE_LONG_TAIL);
    sample->lag_p99 = quantile(&result->lag, 99, 1);
    if (raw->total > 0) {
        spectrum_take(sample->spectrum, h);
        spectrum_take(sample->raw_spectrum, raw);
    }
}

/* What neither the server nor the generator used was used by other programs of this machine, or by
 * the kernel in interrupts, which it charges to no process. */
static void watch_take(struct sample *sample, const struct watch *watch)
{
    double all, busy = machine_busy(&watch->clock_from, &watch->clock_to, watch->cpus, &all);
    if (!watch->began || !watch->ended)
        return;
    probe_between(&watch->from, &watch->to, &sample->user, &sample->system);
    sample->pss = (double)watch->to.pss;
    sample->page_tables = (double)watch->to.page_tables;
    sample->kernel = (double)watch->kernel;
    sample->processes = watch->to.processes;
    sample->threads = watch->to.threads;
    sample->steal = machine_steal(&watch->clock_from, &watch->clock_to, watch->cpus);
    if (all > 0)
        sample->others = fmax(0, busy - sample->user - sample->system - sample->own_seconds) / all;
}

/* --- the verdict --------------------------------------------------------------------------- */

/* When the clocks are read at the end of visits, the processes and threads that served them have
 * gone: so a model that has one for each client is told by its name. */
double sample_server_share(const struct measure *measure, const struct sample *sample)
{
    double cpus = sample->server_cpus, used = (sample->user + sample->system) / sample->seconds;
    int model = grid_model(sample->server) + grid_minimal(sample->server); /* one of them is 0 */
    bool many = model == 2 || model == 3;
    double usable = many || !(sample->threads < cpus) ? cpus : sample->threads;
    cpu_set_t both, all;
    CPU_AND(&both, &measure->cpus->server, &measure->cpus->client);
    if (cpus_all(measure->cpus, &all) == NULL || CPU_COUNT(&both) > 0 || !(usable > 0) ||
        cpus > CPU_COUNT(&measure->cpus->server))
        return -1;
    return used / usable;
}

static void begin(void *context)
{
    struct measure *measure = context; /* its first member, which watch_end gets */
    measure->delayed = measure->slow != NULL ? atomic_load(&measure->slow->delayed) : 0;
    watch_begin(&measure->watch);
}

__attribute__((format(printf, 3, 4))) static void
mark(struct sample *sample, enum sample_state state, const char *note, ...)
{
    va_list arguments;
    va_start(arguments, note);
    sample->state = state;
    (void)vsnprintf(sample->note, sizeof sample->note, note, arguments);
    va_end(arguments);
}

/* The verdict on a sample, with the server still running. In a short sample a few ticks prove
 * nothing. */
static void judge(const struct measure *measure, const struct load_spec *spec, bool measured,
                  const struct load_result *result, struct sample *sample)
{
    const double ticks = 0.02, share = sample_server_share(measure, sample);
    const struct watch *watch = &measure->watch;
    bool visits = spec->kind == LOAD_SESSION || spec->kind == LOAD_STORM;
    char text[160];
    load_print_errors(result, text, sizeof text);
    bool still = load_errors(result) == result->errors[LOAD_TIMEOUT] && result->requests == 0;
    if (spec->neighbour != NEIGHBOUR_NONE && result->started && still)
        mark(sample, SAMPLE_CANNOT, "stands still");
    else if (load_errors(result) > 0)
        mark(sample, SAMPLE_ERRORS, "%s", text);
    else if (!measured || !watch->began || !watch->ended)
        mark(sample, SAMPLE_ERRORS, "nothing was measured");
    else if (measure->slow != NULL && atomic_load(&measure->slow->delayed) == measure->delayed)
        mark(sample, SAMPLE_ERRORS, "no read came to the slow disk");
    else if (load_unanswered(spec, result))
        mark(sample, SAMPLE_ERRORS,
             "nothing was answered in this time; %llu under way, the oldest for %s",
             (unsigned long long)result->under_way,
             number_table(NUMBER_TIME, (double)result->oldest / 1e3, text));
    else if (!visits && watch->to.threads < watch->from.threads)
        mark(sample, SAMPLE_ERRORS, "it lost %u of its processes or threads",
             watch->from.threads - watch->to.threads);
    else if (sample->steal > measure->steal_limit)
        sample->state = SAMPLE_STEAL;
    else if (sample->others > measure->others_limit && sample->others * sample->seconds > ticks)
        mark(sample, SAMPLE_OTHERS, "other programs used %.0f %% of the processors",
             100 * sample->others);
    else if (load_bound(spec, result, share))
        sample->state = SAMPLE_GENERATOR;
    else if (spec->part > 1.05 && share >= 0 && share < 0.9)
        mark(sample, SAMPLE_LIMIT, "the server had time left: its limit was measured too low");
}

/* --- taking it ----------------------------------------------------------------------------- */

/* Requests a second, in a closed loop; 0: none, or some failed. */
static double capacity(const struct load_spec *spec)
{
    struct load_result result;
    bool measured = load_run(spec, &result) && load_errors(&result) == 0 && result.seconds > 0;
    double rate = measured ? (double)result.requests / result.seconds : 0;
    load_result_free(&result);
    return rate;
}

void sample_measure(struct measure *measure, const struct load_spec *planned,
                    struct load_result *result, struct sample *sample)
{
    struct load_spec spec = *planned;
    cpu_set_t cpus, own;
    measure->watch.cpus = cpus_all(measure->cpus, &cpus);
    if (sched_getaffinity(measure->watch.pid, sizeof own, &own) == 0)
        sample->server_cpus = CPU_COUNT(&own);
    *result = (struct load_result){0};
    sample->planned = spec.seconds;
    if (spec.part > 0)
        spec.rate = spec.part * capacity(&spec);
    if (spec.rate > 0)
        sample->offered = spec.rate;
    spec.begin = begin;
    spec.end = watch_end;
    spec.context = &measure->watch;
    bool measured = (spec.part <= 0 || spec.rate > 0) && load_run(&spec, result);
    load_take(sample, result);
    watch_take(sample, &measure->watch);
    judge(measure, &spec, measured, result, sample);
    if (sample->state == SAMPLE_CANNOT)
        sample_figures_clear(sample);
}
