/* bench/charts/chart.c: see chart.h */
#include "charts/chart.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "charts/chart_private.h"
#include "charts/gnuplot.h"
#include "common/fail.h"

enum { PATH = 512 };

bool chart_drawn(const struct chart *chart, size_t row, size_t column)
{
    const struct estimate *e = &chart->grid->cell[row][column].estimate;
    return e->count > 0 && isfinite(e->high) && e->median > 0;
}

bool chart_row_drawn(const struct chart *chart, size_t row)
{
    for (size_t i = 0; i < chart->grid->columns; i++)
        if (chart_drawn(chart, row, i))
            return true;
    return false;
}

/* At least a factor of 6 (of bytes 16) from end to end, so that there are two tics. */
bool chart_range(struct chart *chart)
{
    double least = number_kind_of(chart->view->y_label) == NUMBER_BYTES ? 16 : 6;
    double low = INFINITY, high = 0;
    for (size_t row = 0; row < chart->grid->rows; row++)
        for (size_t i = 0; i < chart->grid->columns; i++) {
            const struct estimate *e = &chart->grid->cell[row][i].estimate;
            if (!chart_drawn(chart, row, i))
                continue;
            low = fmin(low, e->low > 0 ? e->low : e->median);
            high = fmax(high, e->high);
        }
    double wider = fmax(1.2, sqrt(least * low / high));
    chart->low = low / wider;
    chart->high = high * wider;
    return high > 0;
}

/* --- notes --------------------------------------------------------------------------------- */

/* Why there is no figure; "": there is one, or nothing is known. */
static const char *reason(const struct grid_cell *cell)
{
    if (cell->estimate.count > 0 && cell->estimate.median <= 0)
        return "a median of 0 or less";
    if (cell->estimate.count > 0)
        return "";
    if (cell->cannot)
        return cell->note[0] != '\0' ? cell->note : "not possible in this model";
    if (cell->crashed)
        return "the server ended while it was measured";
    return cell->disturbed > 0 ? "no undisturbed sample" : "";
}

/* The words of the columns first to last: " (silent, stuck)". */
static void words_add(const struct chart *chart, size_t first, size_t last, char *range,
                      size_t size)
{
    char text[NUMBER_TEXT];
    size_t n = 0;
    for (size_t i = first; i <= last && n < size; i++) {
        const char *word = experiment_x(chart->experiment, chart->grid->x[i], text);
        int added = snprintf(range + n, size - n, "%s%s%s", i == first ? " (" : ", ", word,
                             i == last ? ")" : "");
        n += added > 0 ? (size_t)added : 0;
    }
}

/* A note on the columns first to last, for one reason. */
static void note_add(struct chart *chart, size_t row, size_t first, size_t last, const char *why)
{
    const struct grid *grid = chart->grid;
    char *note = chart->notes[chart->notes_count], text[2][NUMBER_TEXT], range[80];
    const char *from = experiment_x(chart->experiment, grid->x[first], text[0]);
    const char *to = experiment_x(chart->experiment, grid->x[last], text[1]);
    if (chart->notes_count == CHART_NOTES)
        return;
    chart->notes_count++;
    if (first == 0 && last + 1 == grid->columns)
        range[0] = '\0';
    else if (first == last)
        (void)snprintf(range, sizeof range, " at %s", from);
    else if (chart->experiment->x_words != NULL)
        words_add(chart, first, last, range, sizeof range);
    else if (last + 1 == grid->columns)
        (void)snprintf(range, sizeof range, " from %s", from);
    else
        (void)snprintf(range, sizeof range, " at %s to %s", from, to);
    (void)snprintf(note, CHART_NOTE, "%s%s: %s", grid_label(grid->servers[row]), range, why);
}

/* What points, whiskers, hollow points and rings are. */
static void legend_add(struct chart *chart)
{
    bool few = false, hollow = false, rings = false;
    for (size_t row = 0; row < chart->grid->rows; row++)
        for (size_t i = 0; i < chart->grid->columns; i++) {
            const struct grid_cell *cell = &chart->grid->cell[row][i];
            few = few || (chart_drawn(chart, row, i) && !cell->estimate.sure);
            hollow = hollow || (chart_drawn(chart, row, i) && cell->bound);
            rings = rings || cell->humps[0].count > 0;
        }
    const char *const lines[] = {"points: medians; whiskers: 95 % intervals",
                                 few ? "(of fewer than 6 samples: least and most)" : NULL,
                                 hollow ? "hollow: bounded by the generator" : NULL,
                                 rings ? "rings: two states of the machine" : NULL};
    for (int i = 0; i < 4; i++)
        if (lines[i] != NULL && chart->notes_count < CHART_NOTES)
            (void)snprintf(chart->notes[chart->notes_count++], CHART_NOTE, "%s", lines[i]);
}

void chart_notes(struct chart *chart)
{
    const struct grid *grid = chart->grid;
    for (size_t row = 0; row < grid->rows; row++)
        for (size_t first = 0, next; first < grid->columns; first = next) {
            const char *why = reason(&grid->cell[row][first]);
            next = first + 1;
            while (next < grid->columns && strcmp(reason(&grid->cell[row][next]), why) == 0)
                next++;
            if (*why != '\0')
                note_add(chart, row, first, next - 1, why);
        }
    legend_add(chart);
}

/* --- drawing ------------------------------------------------------------------------------- */

/* Writes folder/<view><ending> by a function. */
static bool file_write(const struct chart *chart, const char *folder, const char *ending,
                       chart_writer *write_it, char why[WHY])
{
    char path[PATH];
    (void)snprintf(path, sizeof path, "%s/%s%s", folder, chart->view->name, ending);
    FILE *out = fopen(path, "we");
    bool written = out != NULL && write_it(chart, out);
    if (out != NULL && fclose(out) != 0)
        written = false;
    return written || fail(why, "%.200s can't be written: %s", path, strerror(errno));
}

bool chart_files(const struct chart *chart, const char *folder, chart_writer *data,
                 chart_writer *script_of, char why[WHY])
{
    char charts[PATH], script[128];
    if (snprintf(charts, sizeof charts, "%s/charts", folder) >= (int)sizeof charts - 80)
        return fail(why, "the folder's name is too long");
    if (mkdir(charts, 0777) < 0 && errno != EEXIST)
        return fail(why, "the folder for charts can't be made: %s", strerror(errno));
    (void)snprintf(script, sizeof script, "%s.gp", chart->view->name);
    return file_write(chart, charts, ".dat", data, why) &&
           file_write(chart, charts, ".gp", script_of, why) && gnuplot_run(charts, script, why);
}

enum chart_end chart_draw(const char *folder, const struct experiment *experiment,
                          const struct view *view, const struct sample *samples, size_t count,
                          char why[WHY])
{
    struct chart chart = {.experiment = experiment, .view = view};
    enum chart_end end = CHART_EMPTY;
    chart.grid = grid_make(experiment->name, view->value, samples, count);
    if (chart.grid == NULL) {
        (void)fail(why, "no memory");
        return CHART_FAILED;
    }
    const struct evidence evidence = {experiment, view, chart.grid, samples, count};
    if (!finding_title(&evidence, chart.title))
        (void)snprintf(chart.title, sizeof chart.title, "%s", view->title);
    chart_notes(&chart);
    if (chart_range(&chart))
        end = chart_files(&chart, folder, chart_write_data, chart_write_script, why) ? CHART_DRAWN
                                                                                     : CHART_FAILED;
    else
        (void)fail(why, "no good sample has a figure for %s", view->name);
    free(chart.grid);
    return end;
}
