/* bench/charts/chart_private.h: a chart before it is drawn; only the files of charts/ need it */
#ifndef BENCH_CHART_PRIVATE_H
#define BENCH_CHART_PRIVATE_H

#include <stdio.h>

#include "charts/chart.h"
#include "common/number.h"
#include "results/grid.h"

enum { CHART_NOTES = 24, CHART_NOTE = 100 };

struct chart {
    const struct experiment *experiment;
    const struct view *view;
    struct grid *grid;
    double low, high; /* of the y axis, which is logarithmic */
    char notes[CHART_NOTES][CHART_NOTE];
    size_t notes_count;
};

/* Whether there is a median that a logarithmic axis can show. */
bool chart_drawn(const struct chart *chart, size_t row, size_t column);
bool chart_row_drawn(const struct chart *chart, size_t row);

/* The range of the y axis. False: there is no figure to draw. */
bool chart_range(struct chart *chart);

/* Notes on the points that have no figure: "select from 2000: at most 1008 clients". */
void chart_notes(struct chart *chart);

/* For gnuplot between single quotes, where it runs no command. Control characters and broken UTF-8
 * become "?". */
void chart_quote(FILE *out, const char *text);

/* False: a write error. */
bool chart_write_data(const struct chart *chart, FILE *out);
bool chart_write_script(const struct chart *chart, FILE *out);

#endif
