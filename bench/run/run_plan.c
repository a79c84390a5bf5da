/* bench/run/run_plan.c: which samples there are, and how long each may be
 *
 * The rule: what a budget leaves beside starting servers and connecting clients is shared among the
 * samples by the weights of their experiments. A tenth is kept for repeating disturbed samples. An
 * expensive sample (ten thousand processes to start and to end) is taken only as often as the
 * statistics need.
 */
#include <math.h>
#include <string.h>

#include "run/run.h"

/* What a sample takes besides its seconds, as measured on a slow machine with 2 processors:
 * starting and stopping the server; and for each client, connecting and closing. */
static const double start_cost = 0.035;
static const double repeat_part = 0.1;
static const double expensive = 8; /* seconds */

static double client_cost(const char *model)
{
    return strcmp(model, "fork") == 0 ? 3e-3 : strcmp(model, "thread") == 0 ? 3e-4 : 1e-4;
}

/* Each JOIN goes to all members. */
static double delivery_cost(const char *model)
{
    return strcmp(model, "fork") == 0 ? 5e-5 : strcmp(model, "thread") == 0 ? 2e-5 : 1e-5;
}

/* --- points -------------------------------------------------------------------------------- */

static bool point_fits(const struct experiment *experiment, double x)
{
    double least = 1, most = 1e12;
    size_t words = 0;
    if (strcmp(experiment->name, "idle-crowd") == 0)
        least = 0;
    else if (strcmp(experiment->name, "active-share") == 0)
        most = 100;
    else if (strcmp(experiment->name, "chat") == 0)
        least = 2;
    while (experiment->x_words != NULL && experiment->x_words[words] != NULL)
        words++;
    if (words > 0) {
        least = 0;
        most = (double)words - 1;
    }
    return x >= least && x <= most && x == floor(x);
}

static bool blocks_add(struct run *run, const struct experiment *experiment, char why[WHY])
{
    double points[EXPERIMENT_POINTS];
    size_t count = experiment_points(experiment, run->options.full, points);
    if (run->options.points_count > 0) {
        count = run->options.points_count;
        memcpy(points, run->options.points, sizeof points);
    }
    for (size_t i = 0; i < count; i++) {
        if (!point_fits(experiment, points[i]))
            return fail(why, "%s has no point %g (%s)", experiment->name, points[i],
                        experiment->x_label);
        run->blocks[run->blocks_count++] =
            (struct run_block){.experiment = experiment, .x = points[i]};
    }
    return true;
}

/* Points that a server can't do get their row at once, and are never tried. */
static bool cells_mark(struct run *run, struct run_block *block, char why[WHY])
{
    for (size_t i = 0; i < run->options.servers_count; i++) {
        struct sample sample;
        struct load_spec spec;
        sample_clear(&sample);
        if (run->options.servers[i].baseline && !block->experiment->baseline) {
            block->cells[i].cannot = true; /* and no row: the baseline is no model */
            continue;
        }
        block->cells[i].cannot = !run_spec(run, block, i, &spec, sample.note);
        if (!block->cells[i].cannot)
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

/* The time of a sample in all, if one of weight 1 measures for so many seconds. */
static double cost_at(const struct run *run, const struct run_block *block, size_t server,
                      double seconds)
{
    char note[160];
    struct load_spec spec;
    const char *model = run->options.servers[server].name;
    (void)block->experiment->load(model, UINT_MAX, block->x, seconds, &spec, note);
    double clients = (double)spec.clients + spec.idle;
    double cost = start_cost + clients * client_cost(model) + spec.warmup + spec.seconds;
    if (spec.kind == LOAD_CHAT)
        cost += clients * clients / 2 * delivery_cost(model);
    if (spec.kind == LOAD_DOWNLOAD || spec.kind == LOAD_UPLOAD) /* the last one is completed */
        cost += (double)spec.file_bytes / 0x1p30;
    return cost;
}

double plan_cost(const struct run *run, const struct run_block *block, size_t server)
{
    return cost_at(run, block, server, plan_seconds(run, block));
}

unsigned int plan_rounds(const struct run *run, const struct run_block *block, size_t server)
{
    bool all = run->options.duration > 0 || cost_at(run, block, server, 0) < expensive;
    return all || run->options.reps < RUN_ENOUGH ? run->options.reps : RUN_ENOUGH;
}

/* The time of rounds first to last, if a sample of weight 1 measures for so many seconds. */
static double rounds_cost(const struct run *run, double seconds, unsigned int first,
                          unsigned int last)
{
    double cost = 0;
    for (size_t b = 0; b < run->blocks_count; b++) {
        const struct run_block *block = &run->blocks[b];
        for (size_t s = 0; s < run->options.servers_count; s++) {
            unsigned int rounds = plan_rounds(run, block, s);
            unsigned int end = rounds < last ? rounds : last;
            if (!block->cells[s].cannot && end >= first)
                cost +=
                    (end - first + 1) * cost_at(run, block, s, seconds * block->experiment->weight);
        }
    }
    return cost;
}

/* How long a sample of weight 1 may be so that these rounds take that long: found by halving. */
static double seconds_fit(const struct run *run, double budget, unsigned int first)
{
    double least = run->options.full ? 0.15 : 0.05, most = run->options.full ? 2 : 0.5;
    for (int i = 0; i < 30; i++) {
        double middle = (least + most) / 2;
        if (rounds_cost(run, middle, first, run->options.reps) > budget)
            most = middle;
        else
            least = middle;
    }
    return least;
}

void plan_adapt(struct run *run, unsigned int rounds_done, double spent)
{
    unsigned int left = run->options.reps - rounds_done;
    if (run->options.duration > 0 || left == 0)
        return;
    double budget = (1 - repeat_part) * run->options.budget - spent;
    double more = (spent - rounds_cost(run, run->seconds, 1, rounds_done)) / rounds_done;
    double seconds = seconds_fit(run, budget - more * left, rounds_done + 1);
    if (seconds < 0.95 * run->seconds)
        run->seconds = seconds;
}

double plan_next_round(const struct run *run, unsigned int rounds_done, double spent)
{
    double more = (spent - rounds_cost(run, run->seconds, 1, rounds_done)) / rounds_done;
    double next = rounds_cost(run, run->seconds, rounds_done + 1, rounds_done + 1);
    return next + (more > 0 ? more : 0);
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
    for (size_t i = 0; i < run->blocks_count; i++) {
        if (!cells_mark(run, &run->blocks[i], why))
            return false;
    }
    run->seconds = run->options.duration;
    run->repeat_left = INFINITY;
    if (run->options.duration <= 0) {
        double budget = run->options.budget;
        run->seconds = seconds_fit(run, (1 - repeat_part) * budget, 1);
        run->repeat_left = repeat_part * budget;
    }
    run->file.seconds = run->seconds;
    for (size_t b = 0; b < run->blocks_count; b++) {
        for (size_t s = 0; s < run->options.servers_count; s++) {
            unsigned int rounds = plan_rounds(run, &run->blocks[b], s);
            if (run->blocks[b].cells[s].cannot)
                continue;
            run->work_all += rounds * plan_cost(run, &run->blocks[b], s);
            run->samples_all += rounds;
        }
    }
    return run->samples_all > 0 || fail(why, "none of these servers can do any of this");
}

void plan_print(const struct run *run)
{
    printf("experiments: %zu, points: %zu, servers: %zu, rounds: %u; %zu samples in about %d:%02d; "
           "seed %llu\n",
           run->options.experiments_count, run->blocks_count, run->options.servers_count,
           run->options.reps, run->samples_all, (int)run->work_all / 60, (int)run->work_all % 60,
           run->options.seed);
    for (size_t e = 0; e < run->options.experiments_count; e++) {
        const struct experiment *experiment = run->options.experiments[e];
        printf("  %-14s", experiment->name);
        double seconds = 0;
        for (size_t b = 0; b < run->blocks_count; b++) {
            if (run->blocks[b].experiment != experiment)
                continue;
            seconds = plan_seconds(run, &run->blocks[b]);
            if (experiment->x_words != NULL)
                printf(" %s", experiment->x_words[(size_t)run->blocks[b].x]);
            else
                printf(" %.0f", run->blocks[b].x);
        }
        printf(" %s: %.2f s each\n", experiment->x_label, seconds);
    }
    printf("servers on processors %s, load on %s; library in %s; congestion control %s%s\n",
           run->options.cpus.server_pinned ? run->file.server_cpus : "of their choice",
           run->options.cpus.client_pinned ? run->file.client_cpus : "any", run->file.library,
           run->file.congestion, run->file.network_own ? ", in a network of its own" : "");
    printf("results: %s\n", run->folder);
    (void)fflush(stdout);
}
