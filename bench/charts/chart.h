/* bench/charts/chart.h: samples drawn by gnuplot
 *
 * Every server has one colour and one point shape on every chart; the colours differ for
 * colour-blind readers and in their lightness in print (Okabe and Ito, 2008). Points are medians,
 * whiskers their 95 % intervals. A line joins three points or more, if each is close to the next;
 * what the generator bounds is hollow, and on no line. The baseline is grey, and so are peers,
 * dashed; a minimal form is a thin line in the colour of its model. The title is what the samples
 * prove, else the question. Notes below the axis name the points without a figure.
 */
#ifndef BENCH_CHART_H
#define BENCH_CHART_H

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
typedef enum chart_end chart_drawer(const char *folder, const struct experiment *experiment,
                                    const struct view *view, const struct sample *samples,
                                    size_t count, char why[WHY]);
chart_drawer chart_draw;
chart_drawer chart_draw_spectrum; /* all quantiles, at its greatest x that all can do */

/* Of one of the six, 1 to 6: "#D55E00". */
const char *chart_colour(int model);

#endif
