/* bench/report/report_compare.c: which points are slower in the new folder than in the old one */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/fail.h"
#include "report/report.h"
#include "report/report_private.h"

/* A smaller change is never called slower: two builds of the same source differ by a few per cent.
 */
static const double change_min = 1.05;

struct comparison {
    struct report old, new;
    size_t points, slower, faster, unsure, missing;
};

/* The figure of a point that has one, with by_baseline divided by the baseline's in each round.
 * What the generator bounds, and what is of few requests, is not compared. */
static struct estimate figure(const struct grid *grid, const char *server, double x,
                              bool by_baseline)
{
    const struct grid_cell *cell = grid_at(grid, server, x);
    struct estimate e = by_baseline ? grid_ratio(grid, server, x, "baseline", x) : cell->estimate;
    e.sure = e.sure && !cell->bound && cell->few == 0;
    return e;
}

/* Slower and faster: the two intervals, each of which holds its median with 95 %, do not meet. */
static const char *verdict(struct comparison *comparison, const struct estimate *old,
                           const struct estimate *new, bool is_baseline)
{
    double change = new->median / old->median;
    if (!old->sure || !new->sure) {
        comparison->unsure += !is_baseline;
        return "  (too few samples)";
    }
    if (is_baseline)
        return new->low > old->high || new->high < old->low ? "  (the machine has another speed)"
                                                            : "";
    if (new->low > old->high && change >= change_min) {
        comparison->slower++;
        return "  SLOWER";
    }
    if (new->high < old->low && change <= 1 / change_min) {
        comparison->faster++;
        return "  faster";
    }
    return "";
}

static void print_point(const struct evidence *evidence, const char *server, double x)
{
    char text[NUMBER_TEXT];
    (void)printf("%-14s %-12s %10s  ", evidence->experiment->name, server,
                 experiment_x(evidence->experiment, x, text));
}

void report_figure(const struct estimate *e, enum number_kind kind)
{
    char median[NUMBER_TEXT], low[NUMBER_TEXT], high[NUMBER_TEXT];
    (void)printf("%s [%s to %s]", number_table(kind, e->median, median),
                 number_table(kind, e->low, low), number_table(kind, e->high, high));
}

/* Relative to the baseline if both folders have it in enough rounds. */
static void compare_figures(struct comparison *comparison, const struct evidence *before,
                            const struct evidence *after, const char *server, double x)
{
    char change[NUMBER_TEXT];
    bool is_baseline = grid_model(server) < 0, by_baseline = !is_baseline;
    struct estimate old = figure(before->grid, server, x, by_baseline);
    struct estimate new = figure(after->grid, server, x, by_baseline);
    if (by_baseline && !(old.sure && new.sure)) {
        by_baseline = false;
        old = figure(before->grid, server, x, false);
        new = figure(after->grid, server, x, false);
    }
    bool is_rate = figure_is_rate(before->view->figure); /* more is better: as a cost, inverted */
    enum number_kind kind = by_baseline ? NUMBER_PLAIN : figure_kind(before->view->figure);
    comparison->points += !is_baseline;
    print_point(before, server, x);
    (void)printf("%7s  ", number_ratio(new.median / old.median, change));
    report_figure(&old, kind);
    (void)fputs(", ", stdout);
    report_figure(&new, kind);
    (void)printf("%s%s\n", by_baseline ? " × the baseline" : "",
                 verdict(comparison, is_rate ? &new : &old, is_rate ? &old : &new, is_baseline));
}

/* A point that has figures in the old folder. */
static void compare_point(struct comparison *comparison, const struct evidence *before,
                          const struct evidence *after, const char *server, double x)
{
    const struct grid_cell *cell = grid_at(after->grid, server, x);
    if (cell != NULL && cell->estimate.count > 0) {
        compare_figures(comparison, before, after, server, x);
    } else if (cell != NULL && (cell->cannot || cell->crashed)) { /* the worst way to get slower */
        comparison->points++;
        comparison->slower++;
        print_point(before, server, x);
        (void)printf("%s%s  SLOWER\n", cell->cannot ? "not possible any more: " : "", cell->reason);
    } else {
        comparison->missing++;
    }
}

static bool compare_experiment(struct comparison *comparison, const struct experiment *experiment)
{
    const struct view *view = report_cost_view(experiment);
    struct evidence before, after;
    bool both = report_evidence(&comparison->old, experiment, view, &before);
    both = report_evidence(&comparison->new, experiment, view, &after) && both;
    const struct grid *old = before.grid;
    if (both && old->rows > 0 && after.grid->rows > 0)
        (void)printf("\n%s: %s\n", experiment->name, view->y_label);
    for (size_t row = 0; both && row < old->rows; row++)
        for (size_t i = 0; i < old->columns; i++)
            if (old->cell[row][i].estimate.count > 0)
                compare_point(comparison, &before, &after, old->servers[row], old->x[i]);
    free(before.grid);
    free(after.grid);
    return both;
}

/* Ratios do not simply hold elsewhere: the same code was 1.18 times the baseline on one boot, and
 * 1.46 times on another. */
static void warn(const char *what, const char *old, const char *new)
{
    if (strcmp(old, new) != 0)
        (void)printf("WARNING: another %s: '%s', then '%s'. Differences may be the machine's, not "
                     "the server's.\n",
                     what, old, new);
}

static bool compare_all(struct comparison *comparison, char why[WHY])
{
    const struct machine *old = &comparison->old.run.machine, *new = &comparison->new.run.machine;
    warn("processor", old->processor, new->processor);
    warn("kernel", old->kernel, new->kernel);
    warn("boot of the machine", old->boot, new->boot);
    warn("hypervisor", old->hypervisor, new->hypervisor);
    warn("clock", old->clocksource, new->clocksource);
    warn("compiler", old->compiler, new->compiler);
    for (size_t i = 0; i < experiments_count; i++)
        if (!compare_experiment(comparison, &experiments[i]))
            return fail(why, "no memory");
    if (comparison->points == 0)
        return fail(why, "the folders have no point in common that both have figures for");
    (void)printf(
        "\n%zu points compared: %zu slower, %zu faster, %zu with too few samples; %zu "
        "without a good sample in the new folder.\n"
        "The first number is the ratio of the new median to the old one; both follow, "
        "with intervals of 95 %%.\nA point is slower if they do not meet, and it is worse.\n",
        comparison->points, comparison->slower, comparison->faster, comparison->unsure,
        comparison->missing);
    return fflush(stdout) == 0 || fail(why, "standard output: %s", strerror(errno));
}

int report_compare(const char *old, const char *new, char why[WHY])
{
    struct comparison comparison;
    memset(&comparison, 0, sizeof comparison);
    bool ok = report_read(&comparison.old, old, why) && report_read(&comparison.new, new, why) &&
              compare_all(&comparison, why);
    report_free(&comparison.old);
    report_free(&comparison.new);
    return !ok ? -1 : comparison.slower > 0 ? 1 : 0;
}
