/* bench/run/run_plan.c: which samples there are, and how long each may be
 *
 * The first round, of samples as short as can be, shows what all takes besides measuring: starting
 * servers, connecting clients. What the budget leaves is shared among the samples of the other
 * rounds by the weights of their experiments: if they get longer by a quarter or more, the first
 * round was a trial, and there is one more; else all remain as short. A tenth is kept for repeating
 * disturbed samples.
 * If even short samples take too long, experiments are left out, at most one after a round.
 */
#include <math.h>
#include <string.h>

#include "common/seconds.h"
#include "results/stats.h"
#include "run/run.h"

static const double repeat_part = 0.1, with_warmup = 1.2, worth = 1.25;

/* --- points -------------------------------------------------------------------------------- */

static bool point_fits(const struct experiment *experiment, double x)
{
    return x >= experiment->x.min && x <= experiment->x.max && x == floor(x);
}

static bool blocks_add(struct run *run, const struct experiment *experiment, char why[WHY])
{
    double points[EXPERIMENT_POINTS];
    size_t count = experiment_points(experiment, run->options.full, points);
    if (run->options.points_count > 0) {
        count = run->options.points_count;
        memcpy(points, run->options.points, sizeof points);
    }
    if (strcmp(experiment->name, "work") == 0)
        runfile_note(&run->file,
                     "A checksum computes %.0f bytes in a microsecond on this machine, as timed "
                     "before the first round: the files of work have their sizes by that.",
                     load_sum_speed());
    for (size_t i = 0; i < count; i++) {
        if (!point_fits(experiment, points[i]))
            return fail(why, "%s has no point %g (%s)", experiment->name, points[i],
                        experiment->x.label);
        run->blocks[run->blocks_count++] =
            (struct run_block){.experiment = experiment, .x = points[i]};
    }
    return true;
}

/* Whether a server has to do with a point at all: without it, there is no row. In a small run a
 * minimal form has to do with the last point of an experiment only. */
static bool takes_part(const struct run *run, const struct run_block *block, size_t server,
                       enum load_kind kind)
{
    const struct server_choice *choice = &run->options.servers[server];
    bool all = run->options.full || run->options.points_count > 0 ||
               block[1].experiment != block->experiment;
    return (choice->kind & (SERVER_MODEL | SERVER_GIVEN | block->experiment->load.besides)) != 0 &&
           (all || choice->kind != SERVER_MINIMAL) && load_dialect_can(choice->name, kind);
}

/* Points that a server can't do get their row at once, and are never tried. */
static bool cells_mark(struct run *run, struct run_block *block, char why[WHY])
{
    for (size_t i = 0; i < run->options.servers_count; i++) {
        struct sample sample;
        struct load_spec spec = {0};
        sample_clear(&sample);
        bool can = run_spec(run, block, i, &spec, sample.note);
        bool row = takes_part(run, block, i, spec.kind);
        block->cells[i].cannot = !can || !row;
        if (can || !row)
            continue;
        (void)snprintf(sample.experiment, sizeof sample.experiment, "%s", block->experiment->name);
        (void)snprintf(sample.server, sizeof sample.server, "%s", run->options.servers[i].name);
        sample.x = block->x;
        sample.state = SAMPLE_CANNOT;
        if (!run_keep(run, &sample))
            return fail(why, "samples.tsv can't be written");
    }
    return true;
}

/* --- time ---------------------------------------------------------------------------------- */

double plan_seconds(const struct run *run, const struct run_block *block)
{
    return run->options.duration > 0 ? run->options.duration
                                     : run->seconds * block->experiment->load.weight;
}

/* In a round, and in those that are left. */
static void samples_count(struct run *run, unsigned int rounds)
{
    run->weights = 0;
    run->samples_all = run->samples_done;
    for (size_t b = 0; b < run->blocks_count; b++)
        for (size_t s = 0; s < run->options.servers_count; s++) {
            bool can = !run->blocks[b].cells[s].cannot;
            run->weights += can ? run->blocks[b].experiment->load.weight : 0;
            run->samples_all += can ? rounds : 0;
        }
}

/* Which experiment to leave out so that a round takes need seconds less: the cheapest that is
 * enough, or else the most expensive. NULL: none can be spared. */
static const struct experiment *out_choose(const struct run *run, double need)
{
    const struct experiment *best = NULL;
    double took = 0;
    for (size_t i = 0; i < experiments_count; i++) {
        double this = run->took[i];
        if (!experiments[i].load.spare ||
            !(took < need ? this > took : this >= need && this < took))
            continue;
        best = &experiments[i];
        took = this;
    }
    return best;
}

static void leave_out(struct run *run, const struct experiment *experiment, unsigned int round)
{
    run_note(run, "%s is missing after round %u: there was no time for all experiments.",
             experiment->name, round);
    size_t left = 0;
    for (size_t b = 0; b < run->blocks_count; b++)
        if (run->blocks[b].experiment != experiment)
            run->blocks[left++] = run->blocks[b];
    run->blocks_count = left;
    samples_count(run, run->options.reps - round);
}

bool plan_fit(struct run *run, unsigned int round)
{
    double max = run->options.full ? 2 : 0.5, slack = run->options.full ? 0.05 : 0.22, all = 0;
    double rounds = run->options.reps - round;
    double least = fmin(run->options.reps, RUN_ENOUGH + run->trial) - round;
    double spent = seconds_now() - run->began, left = run->options.budget - spent;
    if (run->options.duration > 0 || rounds < 1)
        return true;
    if (least < 1 && left < spent / round)
        run_note(run, "Only %u of %u rounds: the machine is slow.", round - run->trial,
                 run->options.reps - run->trial);
    if (least < 1)
        return left >= spent / round;
    for (size_t i = 0; i < experiments_count; i++)
        all += run->took[i];
    double over = all - (left + slack * run->options.budget) / least;
    const struct experiment *out = over > 0 ? out_choose(run, over) : NULL;
    if (out != NULL && run->took[out - experiments] < all) { /* it is not the only one */
        leave_out(run, out, round);
        all -= run->took[out - experiments];
    }
    memset(run->took, 0, sizeof run->took);
    double besides = all - with_warmup * run->seconds * run->weights;
    left = (left - run->repeat_left) / ++rounds - besides; /* of a round, if the first is a trial */
    double longer = fmin(left / (with_warmup * run->weights), max);
    if (round > 1 || longer < worth * run->seconds)
        return true;
    run->seconds = longer;
    run->trial = 1;
    samples_count(run, run->options.reps++);
    run_note(run, "The first round was a trial: its shorter samples are in no figure with others.");
    return true;
}

bool plan_points(struct run *run, char why[WHY])
{
    for (size_t i = 0; i < experiments_count; i++)
        if (run->options.wanted[i] && !blocks_add(run, &experiments[i], why))
            return false;
    return true;
}

bool plan_make(struct run *run, char why[WHY])
{
    bool given = run->options.duration > 0;
    for (size_t b = 0; b < run->blocks_count; b++)
        if (!cells_mark(run, &run->blocks[b], why))
            return false;
    samples_count(run, run->options.reps);
    run->seconds = given ? run->options.duration : run->options.full ? 0.15 : 0.05;
    run->repeat_left = given ? INFINITY : repeat_part * run->options.budget;
    return run->samples_all > 0 || fail(why, "none of these servers can do any of this");
}

void plan_order(const struct run *run, unsigned int order[RUN_BLOCKS], unsigned long long *random)
{
    unsigned int which[RUN_EXPERIMENTS];
    size_t count = 0;
    for (unsigned int i = 0; i < experiments_count; i++)
        which[i] = i;
    stats_shuffle(which, experiments_count, random);
    for (size_t i = 0; i < experiments_count; i++) {
        size_t begin = count;
        for (unsigned int b = 0; b < run->blocks_count; b++)
            if (run->blocks[b].experiment == &experiments[which[i]])
                order[count++] = b;
        stats_shuffle(order + begin, count - begin, random);
    }
}

void plan_print(const struct run *run)
{
    printf("experiments: %zu, points: %zu, servers: %zu, rounds: %u; %zu samples; seed %llu\n",
           run->options.experiments_count, run->blocks_count, run->options.servers_count,
           run->options.reps, run->samples_all, run->file.seed);
    printf("servers on processors %s, load on %s; library in %s; congestion control %s%s\n",
           run->file.server_cpus[0] != '\0' ? run->file.server_cpus : "of their choice",
           run->file.client_cpus[0] != '\0' ? run->file.client_cpus : "any", run->file.library,
           run->file.congestion, run->file.network_own ? ", in a network of its own" : "");
    printf("results: %s\n", run->folder);
    (void)fflush(stdout);
}
