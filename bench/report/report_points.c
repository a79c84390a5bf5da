/* bench/report/report_points.c: which figures of an experiment are shown at a glance, and its
 * ratios */
#include <stdlib.h>
#include <string.h>

#include "report/report_private.h"

size_t report_tally(const struct report *report, const char *experiment,
                    size_t states[SAMPLE_STATES])
{
    size_t all = 0;
    memset(states, 0, sizeof *states * SAMPLE_STATES);
    for (size_t i = 0; i < report->count; i++) {
        if (strcmp(report->samples[i].experiment, experiment) != 0)
            continue;
        all++;
        states[report->samples[i].state]++;
    }
    return all;
}

struct grid *report_grid(const struct report *report, const struct experiment *experiment,
                         const struct view *view)
{
    return grid_make(experiment->name, view->value, report->samples, report->count);
}

const struct view *report_cost_view(const struct experiment *experiment)
{
    for (const struct view *view = experiment->views; view->name != NULL; view++)
        if (strstr(view->y_label, "processor time") != NULL)
            return view;
    return experiment->views;
}

struct view report_spectrum(const struct experiment *experiment)
{
    static char name[48];
    (void)snprintf(name, sizeof name, "%s-spectrum", experiment->name);
    return (struct view){.name = name,
                         .title = "How long do the slowest wait, and what hides it?",
                         .y_label = "latency (µs)"};
}

static size_t figures_in(const struct grid *grid, size_t column)
{
    size_t figures = 0;
    for (size_t row = 0; row < grid->rows; row++)
        figures += grid->cell[row][column].estimate.count > 0;
    return figures;
}

/* False: there is no figure. */
static bool column_choose(const struct grid *grid, size_t *column)
{
    size_t most = 0;
    for (size_t i = 0; i < grid->columns; i++)
        most = figures_in(grid, i) > most ? figures_in(grid, i) : most;
    for (size_t i = 0; i < grid->columns; i++)
        if (figures_in(grid, i) + 1 >= most && figures_in(grid, i) > 0)
            *column = i;
    return most > 0;
}

size_t report_points(const struct report *report, struct report_point points[REPORT_POINTS])
{
    size_t count = 0;
    for (size_t i = 0; i < experiments_count && count < REPORT_POINTS; i++) {
        const struct view *view = report_cost_view(&experiments[i]);
        struct report_point *point = &points[count];
        *point = (struct report_point){&experiments[i], view, NULL, 0};
        point->grid = report_grid(report, &experiments[i], view);
        if (point->grid != NULL && column_choose(point->grid, &point->column))
            count++;
        else
            free(point->grid);
    }
    return count;
}

void report_points_free(struct report_point *points, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(points[i].grid);
}

struct grid *report_servers(const struct report_point *points, size_t count)
{
    struct grid *servers = calloc(1, sizeof *servers);
    for (size_t i = 0; servers != NULL && i < count; i++)
        for (size_t row = 0; row < points[i].grid->rows; row++)
            (void)grid_add_server(servers, points[i].grid->servers[row]);
    return servers;
}
