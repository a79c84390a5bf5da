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
    double tail;   /* of each point's interval, so that it is 0.025 for all together (Bonferroni) */
    double chance; /* how many points would look slower if nothing had changed */
    size_t points, slower, faster, unsure, missing;
};

/* The good figures of a point that are above 0, with by_baseline each divided by the baseline's in
 * its round. Returns how many. */
static size_t figures(const struct report *report, const struct experiment *experiment,
                      const struct view *view, const char *server, double x, bool by_baseline,
                      double values[REPORT_ROUNDS])
{
    double baseline[REPORT_ROUNDS], own[REPORT_ROUNDS];
    size_t rounds = grid_rounds(experiment->name, server, x, view->value, report->samples,
                                report->count, own, REPORT_ROUNDS);
    size_t count = 0;
    (void)grid_rounds(experiment->name, "baseline", x, view->value, report->samples, report->count,
                      baseline, REPORT_ROUNDS);
    for (size_t i = 0; i < rounds; i++) {
        double value = by_baseline ? own[i] / baseline[i] : own[i];
        if (isfinite(value) && value > 0)
            values[count++] = value;
    }
    return count;
}

/* The change of a point, relative to the baseline if both folders have it in enough rounds. */
static struct estimate change(const struct comparison *comparison,
                              const struct experiment *experiment, const struct view *view,
                              const char *server, double x, bool *by_baseline)
{
    double old[REPORT_ROUNDS], new[REPORT_ROUNDS];
    for (int turn = grid_model(server) < 0 ? 1 : 0; turn < 2; turn++) {
        *by_baseline = turn == 0;
        size_t old_count =
            figures(&comparison->old, experiment, view, server, x, *by_baseline, old);
        size_t new_count =
            figures(&comparison->new, experiment, view, server, x, *by_baseline, new);
        struct estimate shift = stats_shift(old, old_count, new, new_count, comparison->tail);
        if (shift.sure || turn == 1)
            return shift;
    }
    return (struct estimate){NAN, NAN, NAN, 0, false};
}

static void print_point(const struct experiment *experiment, const char *server, double x)
{
    char text[NUMBER_TEXT];
    (void)printf("%-14s %-12s %10s  ", experiment->name, server, experiment_x(experiment, x, text));
}

static void compare_figures(struct comparison *comparison, const struct experiment *experiment,
                            const struct view *view, const char *server, double x)
{
    char median[NUMBER_TEXT], low[NUMBER_TEXT], high[NUMBER_TEXT];
    bool by_baseline, is_baseline = grid_model(server) < 0;
    struct estimate shift = change(comparison, experiment, view, server, x, &by_baseline);
    const char *word = "";
    comparison->points += !is_baseline;
    if (shift.sure && !is_baseline) {
        double n = (double)shift.count;
        comparison->chance += fmax(comparison->tail, exp(2 * lgamma(n + 1) - lgamma(2 * n + 1)));
    }
    if (!shift.sure) {
        word = "  (too few samples)";
        comparison->unsure += !is_baseline;
    } else if (is_baseline) {
        word = shift.low > 1 || shift.high < 1 ? "  (the machine has another speed)" : "";
    } else if (shift.low > 1 && shift.median >= least_change) {
        word = "  SLOWER";
        comparison->slower++;
    } else if (shift.high < 1 && shift.median <= 1 / least_change) {
        word = "  faster";
        comparison->faster++;
    }
    print_point(experiment, server, x);
    (void)printf("%7s  [%s to %s]  %s%s\n", number_ratio(shift.median, median),
                 number_ratio(shift.low, low), number_ratio(shift.high, high),
                 by_baseline ? "to the baseline" : "as it is", word);
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

/* How many points there are to compare. */
static size_t count_points(const struct report *report)
{
    size_t points = 0;
    for (size_t e = 0; e < experiments_count; e++) {
        const struct experiment *experiment = &experiments[e];
        struct grid *grid = grid_make(experiment->name, report_cost_view(experiment)->value,
                                      report->samples, report->count);
        for (size_t row = 0; grid != NULL && row < grid->rows; row++)
            for (size_t i = 0; i < grid->columns; i++)
                points +=
                    grid_model(grid->servers[row]) >= 0 && grid->cell[row][i].estimate.count > 0;
        free(grid);
    }
    return points;
}

static void print_end(const struct comparison *comparison)
{
    (void)printf("\n%zu points compared: %zu slower, %zu faster, %zu with no difference beyond the "
                 "interval and %.0f %%",
                 comparison->points, comparison->slower, comparison->faster,
                 comparison->points - comparison->slower - comparison->faster - comparison->unsure,
                 (least_change - 1) * 100);
    if (comparison->unsure > 0)
        (void)printf(", %zu with too few samples", comparison->unsure);
    if (comparison->missing > 0)
        (void)printf("; %zu without a good sample in the new folder", comparison->missing);
    (void)printf(".\nRatios of the figure that is named above each table, new to old, with "
                 "intervals so wide that 95 "
                 "of "
                 "100 comparisons like this one find\nnothing if nothing changed (as far as the "
                 "number of rounds allows: here %.2g points would look slower by chance).\n\"To "
                 "the baseline\": both were "
                 "divided by the baseline of the same round.\n",
                 comparison->chance);
}

int report_compare(const char *old, const char *new, char why[WHY])
{
    struct comparison comparison;
    memset(&comparison, 0, sizeof comparison);
    bool read = report_read(&comparison.old, old, why) && report_read(&comparison.new, new, why);
    if (read)
        comparison.tail = 0.025 / fmax(1, (double)count_points(&comparison.old));
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
