/* bench/run/run_plan.c: which samples there are, and how long each may be
 *
 * The first round, of short samples, shows what all takes besides measuring: starting servers,
 * connecting clients. What the budget leaves is shared among the samples of the other rounds by the
 * weights of their experiments. A tenth is kept for repeating disturbed samples.
 */
#include <math.h>
#include <string.h>

#include "common/seconds.h"
#include "run/run.h"

static const double repeat_part = 0.1, with_warmup = 1.2;

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
    return (choice->kind & (SERVER_MODEL | SERVER_GIVEN | block->experiment->besides)) != 0 &&
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
                                     : run->seconds * block->experiment->weight;
}

void plan_fit(struct run *run)
{
    double min = run->options.full ? 0.15 : 0.05, max = run->options.full ? 2 : 0.5;
    double rounds = run->options.reps - 1, spent = seconds_now() - run->began;
    double repeated = repeat_part * run->options.budget - run->repeat_left;
    double besides = spent - repeated - with_warmup * run->seconds * run->weights;
    double left = run->options.budget - spent - run->repeat_left - besides * rounds;
    if (run->options.duration > 0 || rounds < 1)
        return;
    run->seconds = fmin(fmax(left / (with_warmup * rounds * run->weights), min), max);
}

bool plan_points(struct run *run, char why[WHY])
{
    for (size_t i = 0; i < run->options.experiments_count; i++) {
        if (!blocks_add(run, run->options.experiments[i], why))
            return false;
    }
    return true;
}

bool plan_make(struct run *run, char why[WHY])
{
    bool given = run->options.duration > 0;
    for (size_t b = 0; b < run->blocks_count; b++) {
        struct run_block *block = &run->blocks[b];
        if (!cells_mark(run, block, why))
            return false;
        for (size_t s = 0; s < run->options.servers_count; s++) {
            run->weights += block->cells[s].cannot ? 0 : block->experiment->weight;
            run->samples_all += block->cells[s].cannot ? 0 : run->options.reps;
        }
    }
    run->seconds = given ? run->options.duration : run->options.full ? 0.3 : 0.1;
    run->repeat_left = given ? INFINITY : repeat_part * run->options.budget;
    return run->samples_all > 0 || fail(why, "none of these servers can do any of this");
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
