/* bench/charts/chart.h: samples drawn by gnuplot
 *
 * Every server has one colour and one point shape on every chart; the colours differ for
 * colour-blind readers and in their lightness in print (Okabe and Ito, 2008). Points are medians,
 * whiskers their 95 % intervals. A line joins three points or more, if each is close to the next;
 * what the generator bounds is hollow, and on no line. The baseline is grey. The title is what the
 * samples prove, else the question. Notes below the axis name the points without a figure.
 */
#ifndef BENCH_CHART_H
#define BENCH_CHART_H

#include <stdbool.h>
#include <stddef.h>

#include "experiments/experiment.h"
#include "results/sample.h"

enum chart_end {
    CHART_DRAWN,
    CHART_EMPTY, /* there is no figure to draw */
    CHART_FAILED /* the disk, gnuplot, … */
};

/* Draws a view of an experiment from the good samples into folder/charts/<view>.svg and .png; the
 * script and the data for gnuplot stay beside them (.gp, .dat). If it is not drawn, a sentence in
 * why. */
enum chart_end chart_draw(const char *folder, const struct experiment *experiment,
                          const struct view *view, const struct sample *samples, size_t count,
                          char why[WHY]);

/* Draws all quantiles of the latencies of an experiment, at its greatest x that all can do, as
 * folder/charts/<view>.svg and .png. */
enum chart_end chart_draw_spectrum(const char *folder, const struct experiment *experiment,
                                   const struct view *view, const struct sample *samples,
                                   size_t count, char why[WHY]);

/* Of one of the six, 1 to 6: "#D55E00". */
const char *chart_colour(int model);

#endif
