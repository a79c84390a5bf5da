/* bench/report/report_compare.c: which points are slower in the new folder than in the old one */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/fail.h"
#include "report/report.h"
#include "report/report_private.h"

/* A smaller change is never called slower: two builds of the same source differ by a few per cent.
 */
static const double least_change = 1.05;

struct comparison {
    struct report old, new;
    size_t points, slower, faster, unsure, missing;
};

/* The good figures of a point, with by_baseline each divided by the baseline's in its round. */
static struct estimate figure(const struct report *report, const struct experiment *experiment,
                              const struct view *view, const char *server, double x,
                              bool by_baseline)
{
    const struct evidence all = {experiment, view, NULL, report->samples, report->count};
    double own[REPORT_ROUNDS];
    if (by_baseline)
        return finding_ratio(&all, server, x, "baseline", x);
    size_t rounds = grid_rounds(experiment->name, server, x, view->value, report->samples,
                                report->count, own, REPORT_ROUNDS);
    return stats_estimate(own, rounds);
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
    if (new->low > old->high && change >= least_change) {
        comparison->slower++;
        return "  SLOWER";
    }
    if (new->high < old->low && change <= 1 / least_change) {
        comparison->faster++;
        return "  faster";
    }
    return "";
}

static void print_point(const struct experiment *experiment, const char *server, double x)
{
    char text[NUMBER_TEXT];
    (void)printf("%-14s %-12s %10s  ", experiment->name, server, experiment_x(experiment, x, text));
}

static void print_figure(const struct estimate *e, enum number_kind kind)
{
    char median[NUMBER_TEXT], low[NUMBER_TEXT], high[NUMBER_TEXT];
    (void)printf("%s [%s to %s]", number_table(kind, e->median, median),
                 number_table(kind, e->low, low), number_table(kind, e->high, high));
}

/* Relative to the baseline if both folders have it in enough rounds. */
static void compare_figures(struct comparison *comparison, const struct experiment *experiment,
                            const struct view *view, const char *server, double x)
{
    char change[NUMBER_TEXT];
    bool is_baseline = grid_model(server) < 0;
    struct estimate old = figure(&comparison->old, experiment, view, server, x, true);
    struct estimate new = figure(&comparison->new, experiment, view, server, x, true);
    bool by_baseline = !is_baseline && old.sure && new.sure;
    if (!by_baseline) {
        old = figure(&comparison->old, experiment, view, server, x, false);
        new = figure(&comparison->new, experiment, view, server, x, false);
    }
    enum number_kind kind = by_baseline ? NUMBER_PLAIN : number_kind_of(view->y_label);
    comparison->points += !is_baseline;
    print_point(experiment, server, x);
    (void)printf("%7s  ", number_ratio(new.median / old.median, change));
    print_figure(&old, kind);
    (void)fputs(", ", stdout);
    print_figure(&new, kind);
    (void)printf("%s%s\n", by_baseline ? " × the baseline" : "",
                 verdict(comparison, &old, &new, is_baseline));
}

/* A point that has figures in the old folder. */
static void compare_point(struct comparison *comparison, const struct experiment *experiment,
                          const struct view *view, const char *server, double x,
                          const struct grid *new)
{
    int row = grid_row(new, server), column = grid_column(new, x);
    if (row < 0 || column < 0) {
        comparison->missing++;
        return;
    }
    const struct grid_cell *cell = &new->cell[row][column];
    if (cell->estimate.count > 0) {
        compare_figures(comparison, experiment, view, server, x);
    } else if (cell->cannot || cell->crashed) { /* the worst of all ways to get slower */
        comparison->points++;
        comparison->slower++;
        print_point(experiment, server, x);
        (void)printf("%s: %s  SLOWER\n", cell->crashed ? "ended" : "not possible any more",
                     cell->note);
    } else {
        comparison->missing++;
    }
}

static bool compare_experiment(struct comparison *comparison, const struct experiment *experiment)
{
    const struct view *view = report_cost_view(experiment);
    struct grid *old =
        grid_make(experiment->name, view->value, comparison->old.samples, comparison->old.count);
    struct grid *new =
        grid_make(experiment->name, view->value, comparison->new.samples, comparison->new.count);
    bool both = old != NULL && new != NULL;
    if (both && old->rows > 0 && new->rows > 0)
        (void)printf("\n%s: %s\n", experiment->name, view->y_label);
    for (size_t row = 0; both && row < old->rows; row++)
        for (size_t i = 0; i < old->columns; i++)
            if (old->cell[row][i].estimate.count > 0)
                compare_point(comparison, experiment, view, old->servers[row], old->x[i], new);
    free(old);
    free(new);
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

static void warn_all(const struct comparison *comparison)
{
    const struct machine *old = &comparison->old.run.machine, *new = &comparison->new.run.machine;
    warn("processor", old->processor, new->processor);
    warn("kernel", old->kernel, new->kernel);
    warn("boot of the machine", old->boot, new->boot);
    warn("compiler", old->compiler, new->compiler);
}

static void print_end(const struct comparison *comparison)
{
    (void)printf("\n%zu points compared: %zu slower, %zu faster, %zu with too few samples; %zu "
                 "without a good sample in the new folder.\n"
                 "The first number is the ratio of the new median to the old one; old and new "
                 "follow, with intervals of 95 %%.\nA point is slower if they do not meet.\n",
                 comparison->points, comparison->slower, comparison->faster, comparison->unsure,
                 comparison->missing);
}

int report_compare(const char *old, const char *new, char why[WHY])
{
    struct comparison comparison;
    memset(&comparison, 0, sizeof comparison);
    bool read = report_read(&comparison.old, old, why) && report_read(&comparison.new, new, why);
    if (read)
        warn_all(&comparison);
    for (size_t i = 0; read && i < experiments_count; i++)
        if (!compare_experiment(&comparison, &experiments[i])) {
            (void)fail(why, "no memory");
            read = false;
        }
    if (read && comparison.points == 0) {
        (void)fail(why, "the folders have no point in common that both have figures for");
        read = false;
    }
    if (read)
        print_end(&comparison);
    report_free(&comparison.old);
    report_free(&comparison.new);
    if (read && fflush(stdout) != 0) {
        (void)fail(why, "standard output: %s", strerror(errno));
        return -1;
    }
    return !read ? -1 : comparison.slower > 0 ? 1 : 0;
}
