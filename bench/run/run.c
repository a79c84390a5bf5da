/* bench/run/run.c: `lab-bench run`: the rounds
 *
 * In each round the experiments come in a random order, and the points of each in a random order,
 * one right after another; at each point so do all servers. So what is compared was measured within
 * seconds. A sample that was disturbed is taken again behind the others of its point.
 */
#include "run/run.h"

#include <errno.h>
#include <string.h>

#include "common/arguments.h"
#include "common/scratch.h"
#include "common/seconds.h"
#include "report/report.h"
#include "results/stats.h"
#include "timeline/timeline.h"

/* So often the generator was the bottleneck: repeating would not help. Or in so many rounds the
 * server stood still: once may be the machine's fault. */
enum { CERTAIN = 2 };

/* --- the rounds ---------------------------------------------------------------------------- */

/* Whether to repeat it if it was disturbed: not for ever, and not if the result is always the
 * same. */
static bool worth_repeating(const struct run *run, const struct run_block *block, size_t server,
                            const struct sample *sample, double took)
{
    return sample->state > SAMPLE_GOOD && sample->state <= SAMPLE_ERRORS &&
           sample->attempt < run->options.retries && run->repeat_left > took &&
           (sample->state != SAMPLE_GENERATOR || block->cells[server].bound < CERTAIN);
}

/* One sample; *again: it should be repeated. False: it could not be kept, or Ctrl-C. */
static bool cell_run(struct run *run, struct run_block *block, size_t server, unsigned int round,
                     unsigned int attempt, bool *again)
{
    struct sample sample;
    double start = seconds_now();
    sample_clear(&sample);
    sample.round = round;
    sample.attempt = attempt;
    run_sample(run, block, server, &sample);
    if (stop_signal)
        return false; /* and an interrupted one is no sample */
    block->cells[server].bound += sample.state == SAMPLE_GENERATOR;
    block->cells[server].still += sample.state == SAMPLE_CANNOT;
    block->cells[server].cannot = block->cells[server].still >= CERTAIN;
    double took = seconds_now() - start;
    *again = worth_repeating(run, block, server, &sample, took);
    run->repeat_left -= attempt > 0 ? took : 0;
    if (attempt == 0 && !block->cells[server].cannot) /* that one is not taken again */
        run->took[block->experiment - experiments] += took;
    run->samples_done += attempt == 0;
    progress_show(run, round);
    run->file.repeated += *again;
    if (run_keep(run, &sample))
        return true;
    progress_print("%s/samples.tsv can't be written", run->folder);
    return false;
}

static bool block_run(struct run *run, struct run_block *block, unsigned int round,
                      unsigned long long *random)
{
    unsigned int order[RUN_SERVERS];
    size_t count = 0;
    for (size_t i = 0; i < run->options.servers_count; i++)
        if (!block->cells[i].cannot)
            order[count++] = (unsigned int)i;
    stats_shuffle(order, count, random);
    for (unsigned int attempt = 0; count > 0; attempt++) {
        size_t left = 0;
        for (size_t i = 0; i < count; i++) {
            bool again = false;
            if (!cell_run(run, block, order[i], round, attempt, &again))
                return false;
            if (again)
                order[left++] = order[i];
        }
        count = left;
    }
    return true;
}

/* More rounds would be thrown away, too: then the run ends. */
static bool too_busy(struct run *run)
{
    const unsigned int *counts = run->file.counts;
    unsigned int taken = 0, busy = counts[SAMPLE_STEAL] + counts[SAMPLE_OTHERS];
    for (int state = SAMPLE_GOOD; state <= SAMPLE_ERRORS; state++)
        taken += counts[state];
    if (2 * busy <= taken)
        return false;
    run_note(
        run,
        "This machine is too busy: during %u of %u samples other programs or tenants used more of "
        "its processors than --steal allows. The run ends here. (--steal 100 counts such "
        "samples, too.)",
        busy, taken);
    return true;
}

static bool rounds_run(struct run *run)
{
    unsigned int order[RUN_BLOCKS];
    unsigned long long random = run->options.seed;
    for (unsigned int round = 1; round <= run->options.reps; round++) {
        plan_order(run, order, &random);
        for (size_t i = 0; i < run->blocks_count; i++)
            if (stop_signal || !block_run(run, &run->blocks[order[i]], round, &random))
                return false;
        if (round < run->options.reps && too_busy(run))
            return false;
        if (!plan_fit(run, round))
            break;
    }
    return true;
}

/* --- before and after ---------------------------------------------------------------------- */

static void end_write(struct run *run, const struct machine_clock *clock)
{
    struct machine_clock now;
    char why[WHY];
    machine_clock_read(&now);
    run->file.steal = machine_steal(clock, &now, NULL);
    run->file.duration = seconds_now() - run->began;
    run->file.seconds = run->seconds;
    run->file.interrupted = stop_signal != 0;
    time_print("%Y-%m-%dT%H:%M:%S%z", run->file.ended, sizeof run->file.ended);
    if (!runfile_write(&run->file, run->folder, why))
        progress_print("%s", why);
}

static void counts_print(const struct run *run)
{
    const unsigned int *counts = run->file.counts;
    printf("%.0f s: %u good samples; disturbed: %u by steal, %u by other programs, %u by a limit "
           "measured too low, %u by the generator, %u by errors (%u repeated); %u can't be, %u "
           "crashed\n",
           run->file.duration, counts[SAMPLE_GOOD], counts[SAMPLE_STEAL], counts[SAMPLE_OTHERS],
           counts[SAMPLE_LIMIT], counts[SAMPLE_GENERATOR], counts[SAMPLE_ERRORS],
           run->file.repeated, counts[SAMPLE_CANNOT], counts[SAMPLE_CRASHED]);
    (void)fflush(stdout);
}

/* Once, and on all processors again; the library of the run is not needed any more. */
static void timeline_record(struct run *run)
{
    char folder[sizeof run->folder + 16], why[WHY] = "";
    cpu_set_t cpus;
    const cpu_set_t *all = cpus_all(&run->options.cpus, &cpus);
    (void)snprintf(folder, sizeof folder, "%s/timeline", run->folder);
    bool ok = scratch_remove() || fail(why, "the temporary folder is left behind");
    if (ok && all != NULL && sched_setaffinity(0, sizeof cpus, all) < 0)
        ok = fail(why, "processors: %s", strerror(errno));
    if ((ok && timeline_make(folder, 1, why)) || stop_signal != 0)
        return;
    progress_print("the timelines were not recorded: %s", why);
    runfile_note(&run->file, "The timelines were not recorded: %.400s", why);
}

static int run_all(struct run *run)
{
    char why[WHY] = "";
    struct machine_clock clock;
    bool good = true;
    machine_clock_read(&clock);
    run->began = seconds_now();
    bool prepared = place_make(run, why) && servers_try(run, why) && plan_make(run, why) &&
                    runfile_write(&run->file, run->folder, why);
    if (!prepared && !stop_signal)
        progress_print("%s", why);
    if (prepared) {
        plan_print(run);
        good = rounds_run(run);
        if (good && run->options.timeline)
            timeline_record(run);
        end_write(run, &clock);
        counts_print(run);
        bool report = !run->options.report || report_make(run->folder, true, why);
        if (!report)
            progress_print("the report is not complete: %s", why);
        printf("results: %s\n", run->folder);
        good = good && report;
    }
    if (run->samples != NULL && fclose(run->samples) != 0)
        good = false;
    if (!scratch_remove())
        progress_print("the temporary folder is left behind");
    return stop_signal ? stop_status() : prepared && good && !run->crashed ? 0 : 1;
}

int cmd_run(int argc, char **argv)
{
    static struct run run; /* too large for the stack */
    char why[WHY] = "";
    arguments_print(run.file.command, sizeof run.file.command, argc, argv);
    int status = run_options_read(&run.options, argc, argv);
    if (status >= 0)
        return status;
    if (!plan_points(&run, why)) {
        (void)fprintf(stderr, "lab-bench run: %s; see lab-bench run --help\n", why);
        return 2;
    }
    stop_catch();
    return run_all(&run);
}
