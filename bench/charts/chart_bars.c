/* chart_bars.c: a group of bars for each server */
#include <math.h>
#include <string.h>

#include "charts/chart_parts.h"

enum { SHADES = 3 };

/* The middle of a bar; groups are 1 apart, and 0.84 of that is bars. */
static double bar_middle(const struct grid *grid, size_t row, size_t column)
{
    double wide = 0.84 / (double)grid->columns;
    return (double)row + ((double)column - ((double)grid->columns - 1) / 2) * wide;
}

/* Words, turned, in the place of a bar: what has no figure. Who stands still gets a bar to the top, since others
 * would wait for ever; who can't do it at all gets none, since it would say that it is dear. */
static void write_words(const struct chart *chart, FILE *out, size_t row, size_t column)
{
    const struct grid *grid = chart->grid;
    const struct grid_cell *cell = &grid->cell[row][column];
    const char *colour = chart_style(grid, row)->colour, *why = chart_reason(chart, cell);
    double half = 0.42 / (double)grid->columns * 0.9, middle = bar_middle(grid, row, column);
    char words[1][CHART_LINE] = {""};
    size_t letters = (size_t)((chart->bottom - chart->top) / (chart->layout->font * 0.5)) - 1;
    bool endless = cell->cannot && strncmp(cell->note, "stands still", 12) == 0;
    (void)chart_wrap(why != NULL ? why : "not measured", letters, words, 1);
    if (endless)
        (void)fprintf(out,
                      "set object rectangle from first %.4f, graph 0 to first %.4f, graph 1 "
                      "fillstyle solid 0.12 border rgb '%s' fillcolor rgb '%s' behind\n",
                      middle - half, middle + half, colour, colour);
    (void)fputs("set label ", out);
    chart_quote(out, words[0]);
    (void)fprintf(out,
                  " at first %.4f, graph 0.02 rotate by 90 left font 'sans-serif,%.4g' textcolor "
                  "rgb '%s' front\n",
                  middle, chart->layout->font * 0.87, endless ? "#000000" : "#555555");
}

/* Under each bar what it is, turned; under each group whose it is. */
static void write_names(const struct chart *chart, FILE *out)
{
    const struct grid *grid = chart->grid;
    char text[NUMBER_TEXT];
    (void)fprintf(out, "set xrange [-0.6:%.4f]\nunset xtics\n", (double)grid->rows - 0.4);
    for (size_t row = 0; row < grid->rows; row++) {
        (void)fputs("set label ", out);
        chart_quote(out, grid_label(grid->servers[row]));
        (void)fprintf(out,
                      " at first %zu, screen %.4f center font 'sans-serif Bold,%.4g' textcolor rgb "
                      "'%s'\n",
                      row, 1 - (chart->bottom + chart->layout->font * 5.0) / chart->height,
                      chart->layout->font * (chart->layout->width > 500 ? 1.0 : 0.85),
                      chart_style(grid, row)->colour);
        for (size_t i = 0; i < grid->columns; i++) {
            (void)fputs("set label ", out);
            chart_quote(out, chart_x_name(chart, grid->x[i], text));
            (void)fprintf(out,
                          " at first %.4f, screen %.4f rotate by 90 right font 'sans-serif,%.4g'\n",
                          bar_middle(grid, row, i), 1 - (double)(chart->bottom + 5) / chart->height,
                          chart->layout->font * 0.87);
        }
    }
}

static void write_bar(const struct chart *chart, FILE *out, size_t row, size_t column, bool first)
{
    static const char *const shade[SHADES] = {"0.9", "0.5", "0.2"};
    const struct grid *grid = chart->grid;
    const struct estimate *e = &grid->cell[row][column].estimate;
    const char *colour = chart_style(grid, row)->colour;
    double wide = 0.84 / (double)grid->columns * 0.9, middle = bar_middle(grid, row, column);
    double low = chart->y_log && e->low <= 0 ? chart->y_low : e->low;
    (void)fprintf(out,
                  "%s'+' using (%.4f):(%.10g):(%.4f) every ::0::0 with boxes fillstyle solid %s "
                  "border rgb '%s' lc rgb '%s'",
                  first ? "" : ", \\\n     ", middle, e->median, wide, shade[column % SHADES],
                  colour, colour);
    (void)fprintf(
        out,
        ", \\\n     '+' using (%.4f):(%.10g):(0):(%.10g) every ::0::0 with vectors heads size "
        "screen %.4f,90 lw 1.3 lc rgb '%s'",
        middle, low, e->high - low, 3.0 / chart->layout->width,
        strcmp(colour, "#000000") == 0 ? "#888888" : "#222222");
}

void chart_write_bars(const struct chart *chart, FILE *out, const char *data)
{
    const struct grid *grid = chart->grid;
    bool first = true;
    write_names(chart, out);
    for (size_t row = 0; row < grid->rows; row++)
        for (size_t i = 0; i < grid->columns; i++)
            if (!chart_drawn(chart, row, i))
                write_words(chart, out, row, i);
    (void)fprintf(out, "# the figures of %s\nplot ", data);
    for (size_t row = 0; row < grid->rows; row++)
        for (size_t i = 0; i < grid->columns; i++) {
            if (!chart_drawn(chart, row, i))
                continue;
            write_bar(chart, out, row, i, first);
            first = false;
        }
    (void)fputc('\n', out);
}
