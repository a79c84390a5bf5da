/* bench/charts/chart_private.h: a chart before it is drawn; only the files of charts/ need it */
#ifndef BENCH_CHART_PRIVATE_H
#define BENCH_CHART_PRIVATE_H

#include <stdio.h>

#include "charts/chart.h"
#include "charts/finding.h"
#include "results/grid.h"

enum { CHART_NOTES = 24, CHART_NOTE = 100 };

struct chart {
    const struct experiment *experiment;
    const struct view *view;
    struct grid *grid;
    char title[FINDING_TEXT]; /* what it shows; or the question */
    double low, high;         /* of the y axis, which is logarithmic; high is 0: no figures */
    char notes[CHART_NOTES][CHART_NOTE];
    size_t notes_count;
};

/* Whether there is a median that a logarithmic axis can show. */
bool chart_drawn(const struct chart *chart, size_t row, size_t column);
bool chart_row_drawn(const struct chart *chart, size_t row);

/* For gnuplot between single quotes, where it runs no command. Control characters and broken UTF-8
 * become "?". */
void chart_quote(FILE *out, const char *text);

/* Whether the names of tics of the x axis have to be turned to find room. */
bool chart_tics_are_close(const struct chart *chart);

/* How a server is drawn, on every chart. */
struct style {
    const char *colour;
    int point, hollow; /* gnuplot's numbers of the shapes */
};
const struct style *chart_style(const struct grid *grid, size_t row);

/* Parts of a script: all before the axes; the y axis; all behind the plot. */
void chart_write_head(const struct chart *chart, FILE *out);
void chart_write_tics_y(const struct chart *chart, FILE *out);
void chart_write_end(const struct chart *chart, FILE *out);

/* folder/charts/<view>.svg and .png, by functions that write the data and the script of a struct
 * chart; see file_write. */
typedef void chart_writer(FILE *out, const void *chart);
enum chart_end chart_files(const struct chart *chart, const char *folder, chart_writer *data,
                           chart_writer *script, char why[WHY]);
chart_writer chart_write_data, chart_write_script;

#endif
