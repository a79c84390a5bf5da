/* bench/charts/chart.c: see chart.h */
#include "charts/chart.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "charts/chart_private.h"
#include "common/fail.h"
#include "common/file.h"

enum { PATH = 512 };

bool chart_drawn(const struct chart *chart, size_t row, size_t column)
{
    return chart->grid->cell[row][column].estimate.count > 0;
}

bool chart_row_drawn(const struct chart *chart, size_t row)
{
    for (size_t i = 0; i < chart->grid->columns; i++)
        if (chart_drawn(chart, row, i))
            return true;
    return false;
}

/* Of the y axis; high is 0: there is no figure. At least a factor of 6 (of bytes 16) from end to
 * end, so that there are two tics. */
static void range_find(struct chart *chart)
{
    double factor = figure_kind(chart->view->figure) == NUMBER_BYTES ? 16 : 6;
    double low = INFINITY, high = 0;
    for (size_t row = 0; row < chart->grid->rows; row++)
        for (size_t i = 0; i < chart->grid->columns; i++) {
            const struct estimate *e = &chart->grid->cell[row][i].estimate;
            if (!chart_drawn(chart, row, i))
                continue;
            low = fmin(low, e->low);
            high = fmax(high, e->high);
        }
    double wider = fmax(1.2, sqrt(factor * low / high));
    chart->low = low / wider;
    chart->high = high * wider;
}

/* --- notes --------------------------------------------------------------------------------- */

/* A note on the columns first to last, for one reason. */
static void note_add(struct chart *chart, size_t row, size_t first, size_t last, const char *why)
{
    const struct grid *grid = chart->grid;
    char text[2][NUMBER_TEXT], range[80] = "";
    const char *from = experiment_x(chart->experiment, grid->x[first], text[0]);
    const char *to = experiment_x(chart->experiment, grid->x[last], text[1]);
    bool to_end = last + 1 == grid->columns;
    if (first == last && grid->columns > 1)
        (void)snprintf(range, sizeof range, " at %s", from);
    else if (first > 0 && to_end)
        (void)snprintf(range, sizeof range, " from %s", from);
    else if (!to_end)
        (void)snprintf(range, sizeof range, " at %s to %s", from, to);
    if (chart->notes_count < CHART_NOTES)
        (void)snprintf(chart->notes[chart->notes_count++], CHART_NOTE, "%s%s: %s",
                       grid_label(grid->servers[row]), range, why);
}

/* Notes on the points that have no figure: "select from 2000: at most 1008 clients". */
static void notes_make(struct chart *chart)
{
    const struct grid *grid = chart->grid;
    bool minimal = false;
    for (size_t row = 0; row < grid->rows; row++)
        for (size_t first = 0, next; first < grid->columns; first = next) {
            const char *why = grid->cell[row][first].reason;
            next = first + 1;
            while (next < grid->columns && strcmp(grid->cell[row][next].reason, why) == 0)
                next++;
            if (grid_minimal(grid->servers[row]) > 0)
                minimal = true; /* its model has the note, too */
            else if (*why != '\0')
                note_add(chart, row, first, next - 1, why);
        }
    static const char *const legend[] = {"medians, 95 % intervals (fewer than 6 rounds: all)",
                                         "hollow: bounded by the generator; stars: two states",
                                         "thin lines: minimal forms, medians only"};
    for (int i = 0; i < 2 + minimal && chart->notes_count < CHART_NOTES; i++)
        (void)snprintf(chart->notes[chart->notes_count++], CHART_NOTE, "%s", legend[i]);
}

/* --- drawing ------------------------------------------------------------------------------- */

/* -d: no ~/.gnuplot. The names come as variables, so the shell makes nothing of what is in them. */
static const char command[] =
    "cd -- \"$FOLDER\" && exec timeout 60 gnuplot -d \"$SCRIPT\" 2>&1 </dev/null";

/* Runs the script in the folder, for a bounded time. False: why has what it printed. */
static bool gnuplot_run(const char *folder, const char *script, char why[WHY])
{
    char printed[301] = "";
    FILE *gnuplot = setenv("FOLDER", folder, 1) == 0 && setenv("SCRIPT", script, 1) == 0
                        ? popen(command, "re")
                        : NULL;
    if (gnuplot == NULL)
        return fail(why, "gnuplot: %s", strerror(errno));
    size_t n = fread(printed, 1, sizeof printed - 1, gnuplot);
    while (getc(gnuplot) != EOF)
        ;
    int status = pclose(gnuplot);
    for (size_t i = 0; i < n; i++) /* on one line */
        if (printed[i] < ' ')
            printed[i] = ' ';
    const char *words = printed + strspn(printed, " ");
    if (!WIFEXITED(status) || WEXITSTATUS(status) == 124)
        return fail(why, "gnuplot took more than a minute, or was killed");
    return WEXITSTATUS(status) == 0 ||
           fail(why, "gnuplot failed: %s%s", *words != '\0' ? words : "no message",
                WEXITSTATUS(status) == 127 ? " (install gnuplot-nox)" : "");
}

enum chart_end chart_files(const struct chart *chart, const char *folder, chart_writer *data,
                           chart_writer *script_of, char why[WHY])
{
    char charts[PATH], path[2 * PATH], script[PATH];
    if (!(chart->high > 0)) {
        (void)fail(why, "no good sample has a figure that can be drawn");
        return CHART_EMPTY;
    }
    (void)snprintf(charts, sizeof charts, "%s/charts", folder);
    bool ok = mkdir(charts, 0777) == 0 || errno == EEXIST ||
              fail(why, "the folder for charts can't be made: %s", strerror(errno));
    (void)snprintf(path, sizeof path, "%s/%s.dat", charts, chart->view->name);
    ok = ok && file_write(path, data, chart, why);
    (void)snprintf(script, sizeof script, "%s.gp", chart->view->name);
    (void)snprintf(path, sizeof path, "%s/%s", charts, script);
    ok = ok && file_write(path, script_of, chart, why) && gnuplot_run(charts, script, why);
    return ok ? CHART_DRAWN : CHART_FAILED;
}

enum chart_end chart_draw(const char *folder, const struct experiment *experiment,
                          const struct view *view, const struct sample *samples, size_t count,
                          char why[WHY])
{
    struct chart chart = {.experiment = experiment, .view = view};
    chart.grid = grid_make(experiment->name, view->figure, samples, count);
    if (chart.grid == NULL) {
        (void)fail(why, "no memory");
        return CHART_FAILED;
    }
    const struct evidence evidence = {experiment, view, chart.grid};
    if (!finding_text(&evidence, true, chart.title))
        (void)snprintf(chart.title, sizeof chart.title, "%s", view->title);
    notes_make(&chart);
    range_find(&chart);
    enum chart_end end = chart_files(&chart, folder, chart_write_data, chart_write_script, why);
    free(chart.grid);
    return end;
}
