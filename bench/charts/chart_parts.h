/* bench/charts/chart_parts.h: what the parts of chart.c tell each other
 *
 * A chart is planned here, in points of a given layout, not left to gnuplot: where its axes begin, which
 * steps they have, which words stand where. gnuplot then draws. So labels can be kept apart.
 */
#ifndef BENCH_CHART_PARTS_H
#define BENCH_CHART_PARTS_H

#include <stdio.h>

#include "charts/chart.h"
#include "charts/grid.h"
#include "common/number.h"

enum { CHART_NOTES = 24, CHART_STEPS = 12, CHART_LINE = 260, CHART_LINES = 14 };

/* How a server looks, on every chart. */
struct chart_style {
    const char *colour; /* "#0072B2" */
    const char *dash;   /* gnuplot's dash type: "solid", "(8,4)" */
    int point;          /* gnuplot's number of the shape */
    char letter;        /* in the terminal */
};
const struct chart_style *chart_style(const struct grid *grid, size_t row);

/* A page: wide for screens and print, narrow for phones. */
struct chart_layout {
    const char *suffix; /* of the file's name: "", "-narrow" */
    int width, height;  /* points; height grows with the notes */
    int font;
};
extern const struct chart_layout chart_wide, chart_narrow;

struct chart_label {
    double x, y; /* points, from the left and from the top: middle of the text's left end */
    char text[64];
    size_t row;
    bool linked; /* a thin line leads to its point, whence it was pushed away */
    double from_x, from_y;
};

struct chart {
    const struct experiment *experiment;
    const struct view *view;
    const struct chart_layout *layout;
    struct grid *grid;

    enum number_kind x_kind, y_kind;
    bool x_log, y_log;
    double x_low, x_high, y_low, y_high; /* the axes' ends */
    double aside;   /* how far neighbours at the same x stand apart, as a share of the axis */
    double zero_at; /* where x = 0 is drawn on a logarithmic axis; 0: nowhere */
    double x_steps[GRID_POINTS], y_steps[CHART_STEPS];
    size_t x_count, y_count;

    char notes[CHART_NOTES][CHART_LINE]; /* what can't be, one for each server and reason */
    size_t notes_count;
    char title[CHART_LINES][CHART_LINE], foot[CHART_LINES][CHART_LINE]; /* wrapped */
    size_t title_count, foot_count;
    int left, right, top, bottom, height; /* the plot's edges and the page's height, in points */

    struct chart_label labels[GRID_SERVERS];
    size_t labels_count;
};

/* Notes in words for what has no figure: "select from 2000: at most 1008 clients". */
void chart_notes(struct chart *chart);

/* Why there is no figure, or none to be trusted fully; NULL: there is one, or nothing is known. */
const char *chart_reason(const struct chart *chart, const struct grid_cell *cell);

/* Plans everything for a layout. False: there is not one figure to draw. */
bool chart_plan(struct chart *chart, const struct chart_layout *layout);

/* Is there a median that has a place on the chart? (0 has none on a logarithmic axis.) */
bool chart_drawn(const struct chart *chart, size_t row, size_t column);

/* Where a value stands, in points. */
double chart_x(const struct chart *chart, double x);
double chart_y(const struct chart *chart, double y);
double chart_x_drawn(const struct chart *chart, size_t column, size_t row); /* for gnuplot */

/* Labels at the ends of the lines, none on top of another. */
void chart_place(struct chart *chart);

/* Text for gnuplot between single quotes, where it takes nothing as a command; control characters
 * and broken UTF-8 become '?'. */
void chart_quote(FILE *out, const char *text);

/* A name of x at a tic: "100", "64 KiB", or a word the experiment has for it. */
const char *chart_x_name(const struct chart *chart, double x, char text[NUMBER_TEXT]);

bool chart_write_data(const struct chart *chart, FILE *out);
void chart_write_lines(const struct chart *chart, FILE *out, const char *data);
void chart_write_bars(const struct chart *chart, FILE *out, const char *data);
void chart_write_page(const struct chart *chart, FILE *out); /* size, axes, title, notes, labels */
void chart_write_dumb(const struct chart *chart, FILE *out, const char *data, int columns,
                      int rows);

/* Runs gnuplot on a script in a folder, for at most so many seconds. What it complains of is in why. */
bool chart_gnuplot(const char *folder, const char *script, int seconds, char why[160]);

/* Letters (not bytes) of UTF-8 text; and wraps it. Returns the number of lines. */
size_t chart_letters(const char *text);
size_t chart_wrap(const char *text, size_t letters, char lines[][CHART_LINE], size_t room);

#endif
