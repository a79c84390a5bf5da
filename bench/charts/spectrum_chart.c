/* bench/charts/spectrum_chart.c: a percentile plot: all quantiles of the latencies of a point
 *
 * The axis is logarithmic in 1 / (1 - q), as HdrHistogram's plotter has it: from 99 to 99.9 % it is
 * as far as from 90 to 99 %. Solid: from when a request was due. Dashed: from when it was sent.
 */
#include <math.h>
#include <stdlib.h>

#include "charts/chart.h"
#include "charts/chart_private.h"
#include "common/fail.h"
#include "results/spectrum.h"

enum { FIRST = 2 }; /* the median */

struct pooled {
    struct chart chart;                  /* first: the writers get all of it */
    struct spectrum of[GRID_SERVERS][2]; /* corrected, uncorrected */
    double x;
};

static void write_data(FILE *out, const void *what)
{
    const struct pooled *pooled = what;
    const struct chart *chart = &pooled->chart;
    for (size_t row = 0; row < chart->grid->rows; row++) {
        const struct spectrum *of = pooled->of[row];
        if (isnan(of[0].at[FIRST]))
            continue;
        (void)fputs("# server ", out);
        chart_quote(out, chart->grid->servers[row]);
        (void)fputs("\n# 1/(1-q) corrected uncorrected\n", out);
        for (int i = FIRST; i < SAMPLE_QUANTILES && !isnan(of[0].at[i]); i++)
            (void)fprintf(out, "%.6g %.6g %.6g\n", spectrum_place(i), of[0].at[i], of[1].at[i]);
        (void)fputs("\n\n", out);
    }
}

static void write_script(FILE *out, const void *what)
{
    const struct pooled *pooled = what;
    const struct chart *chart = &pooled->chart;
    const char *name = chart->view->name, *join = "plot ";
    char text[NUMBER_TEXT];
    int index = 0;
    chart_write_head(chart, out);
    (void)fprintf(out,
                  "set logscale x\nset xrange [1.7:20000]\nset xtics nomirror out ('50 %%%%' 2, "
                  "'90 %%%%' 10, '99 %%%%' 100, '99.9 %%%%' 1000, '99.99 %%%%' 10000)\n"
                  "set xlabel \"requests that wait no longer (%s%s)\\n"
                  "solid: since it was due; dashed: since it was sent\\n \"\n",
                  experiment_x(chart->experiment, pooled->x, text), chart->experiment->x.after);
    chart_write_tics_y(chart, out);
    for (size_t row = 0; row < chart->grid->rows; row++) {
        const struct style *style = chart_style(chart->grid, row);
        if (isnan(pooled->of[row][0].at[FIRST]))
            continue;
        (void)fprintf(out, "%s'%s.dat' index %d using 1:2 with linespoints lw 2.5 pt %d pi 4 ",
                      join, name, index, style->point); /* points: some share a colour */
        (void)fprintf(out, "ps 0.7 lc rgb '%s' title ", style->colour);
        chart_quote(out, grid_label(chart->grid->servers[row]));
        (void)fprintf(out, ", '' index %d using 1:3 with lines lw 1.5 dt 2 lc rgb '%s' notitle",
                      index++, style->colour);
        join = ", \\\n     ";
    }
    (void)fputc('\n', out);
    chart_write_end(chart, out);
}

/* The quantiles of a row, corrected and not, and the range that they need. */
static void row_pool(struct pooled *pooled, size_t row)
{
    struct chart *chart = &pooled->chart;
    const struct grid *grid = chart->grid;
    bool minimal = grid_minimal(grid->servers[row]) > 0; /* of these there is no line */
    for (int k = 0; k < 2; k++) {
        struct spectrum *of = &pooled->of[row][k];
        *of = spectrum_pool(grid->experiment, minimal ? "" : grid->servers[row], pooled->x, k == 0,
                            grid->samples, grid->count);
        for (int i = FIRST; i < SAMPLE_QUANTILES; i++) {
            chart->low = fmin(chart->low, of->at[i] / 1.2);
            chart->high = fmax(chart->high, 1.2 * of->at[i]);
        }
    }
}

enum chart_end chart_draw_spectrum(const char *folder, const struct experiment *experiment,
                                   const struct view *view, const struct sample *samples,
                                   size_t count, char why[WHY])
{
    struct pooled *pooled = calloc(1, sizeof *pooled);
    const struct view *first = &experiment->views[0];
    struct grid *grid = grid_make(experiment->name, first->figure, samples, count);
    enum chart_end end = CHART_FAILED;
    if (pooled == NULL || grid == NULL || grid->columns == 0) {
        (void)fail(why, "no memory, or no samples");
    } else {
        const struct evidence evidence = {experiment, first, grid};
        pooled->chart = (struct chart){.experiment = experiment,
                                       .view = view,
                                       .grid = grid,
                                       .notes_count = 2,
                                       .low = INFINITY};
        pooled->x = grid->x[finding_column(&evidence)];
        (void)snprintf(pooled->chart.title, FINDING_TEXT, "%s", view->title);
        for (size_t row = 0; row < grid->rows; row++)
            row_pool(pooled, row);
        end = chart_files(&pooled->chart, folder, write_data, write_script, why);
    }
    free(grid);
    free(pooled);
    return end;
}
