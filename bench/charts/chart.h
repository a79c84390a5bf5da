/* bench/charts/chart.h: samples drawn by gnuplot
 *
 * Every server has one colour, one point shape and one label on every chart; the colours are told
 * apart by the colour-blind and by their lightness in print (Okabe and Ito, 2008). Medians are points,
 * their 95 % intervals whiskers; lines are labelled at their end. What a model can't do stands on
 * the chart in words. The baseline is a grey line.
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

/* Draws a view of an experiment from the good samples into folder/charts/<view>.svg and .png; the script and
 * the data that gnuplot was given stay beside them (.gp, .dat). Where it is not drawn, a sentence in why. */
enum chart_end chart_draw(const char *folder, const struct experiment *experiment,
                          const struct view *view, const struct sample *samples, size_t count,
                          char why[160]);

/* The same in the terminal, with gnuplot's dumb terminal, on standard output. */
enum chart_end chart_print(const char *folder, const struct experiment *experiment,
                           const struct view *view, const struct sample *samples, size_t count,
                           int columns, char why[160]);

#endif
