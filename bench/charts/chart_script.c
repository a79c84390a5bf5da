/* chart_script.c: a planned chart as gnuplot's data and commands */
#include <math.h>
#include <string.h>

#include "charts/chart_parts.h"

bool chart_write_data(const struct chart *chart, FILE *out)
{
    const struct grid *grid = chart->grid;
    (void)fprintf(out,
                  "# %s\n# at: where it is drawn, x moved a little so that whiskers stand side by "
                  "side\n",
                  chart->view->name);
    for (size_t row = 0; row < grid->rows; row++) {
        (void)fputs("# server ", out);
        chart_quote(out, grid->servers[row]);
        (void)fputs("\n# at x median low high samples\n", out);
        for (size_t i = 0; i < grid->columns; i++) {
            const struct estimate *e = &grid->cell[row][i].estimate;
            if (!chart_drawn(chart, row, i))
                continue;
            double low = chart->y_log && e->low <= 0 ? chart->y_low : e->low;
            (void)fprintf(out, "%.10g %.10g %.10g %.10g %.10g %zu\n", chart_x_drawn(chart, i, row),
                          grid->x[i], e->median, low, e->high, e->count);
        }
        (void)fputs("NaN NaN NaN NaN NaN 0\n\n\n", out); /* a block that is empty has no number */
    }
    return ferror(out) == 0;
}

static double screen_x(const struct chart *chart, double x)
{
    return x / chart->layout->width;
}

static double screen_y(const struct chart *chart, double y)
{
    return 1 - y / chart->height;
}

/* A line of text on the page; its middle is at y points from the top. */
static void text_at(const struct chart *chart, FILE *out, const char *text, double x, double y,
                    const char *more)
{
    (void)fputs("set label ", out);
    chart_quote(out, text);
    (void)fprintf(out, " at screen %.4f,%.4f %s\n", screen_x(chart, x), screen_y(chart, y), more);
}

static void write_words(const struct chart *chart, FILE *out)
{
    double font = chart->layout->font;
    char more[96];
    (void)snprintf(more, sizeof more, "left font 'sans-serif Bold,%.4g'", font * 1.2);
    for (size_t i = 0; i < chart->title_count; i++)
        text_at(chart, out, chart->title[i], 8, font * (1.3 + 1.55 * (double)i), more);
    (void)snprintf(more, sizeof more, "left font 'sans-serif,%.4g' textcolor rgb '#444444'", font);
    text_at(chart, out, chart->view->y_label, 8, chart->top - font * 1.55, more);
    (void)snprintf(more, sizeof more, "center font 'sans-serif,%.4g' textcolor rgb '#444444'",
                   font);
    text_at(chart, out, chart->experiment->x_label, (chart->left + chart->right) / 2.0,
            chart->bottom + font * (chart->view->bars ? 6.6 : 3.2), more);
    (void)snprintf(more, sizeof more, "left font 'sans-serif,%.4g' textcolor rgb '#555555'",
                   font * 0.87);
    for (size_t i = 0; i < chart->foot_count; i++)
        text_at(chart, out, chart->foot[i], 8,
                chart->bottom + font * ((chart->view->bars ? 8.3 : 4.9) + 1.25 * (double)i), more);
}

static void write_labels(const struct chart *chart, FILE *out)
{
    double font = chart->layout->font;
    char more[128];
    for (size_t i = 0; i < chart->labels_count; i++) {
        const struct chart_label *label = &chart->labels[i];
        const char *colour = chart_style(chart->grid, label->row)->colour;
        (void)snprintf(more, sizeof more,
                       "left font 'sans-serif Bold,%.4g' textcolor rgb '%s' front", font, colour);
        text_at(chart, out, label->text, label->x, label->y, more);
        if (label->linked)
            (void)fprintf(
                out,
                "set arrow from screen %.4f,%.4f to screen %.4f,%.4f nohead lw 0.8 lc rgb "
                "'%s'\n",
                screen_x(chart, label->from_x + 1), screen_y(chart, label->from_y),
                screen_x(chart, label->x - 3), screen_y(chart, label->y), colour);
    }
}

static void write_steps(const struct chart *chart, FILE *out)
{
    char text[NUMBER_TEXT];
    if (!chart->view->bars) {
        (void)fputs("set xtics nomirror out scale 0.6 (", out);
        for (size_t i = 0; i < chart->x_count; i++) {
            double x = chart->x_steps[i];
            chart_quote(out, chart_x_name(chart, x, text));
            (void)fprintf(out, " %.10g, ", chart->x_log && x <= 0 ? chart->zero_at : x);
        }
        for (size_t i = 0; i < chart->grid->columns; i++) {
            double x = chart->grid->x[i];
            (void)fprintf(out, "%s'' %.10g 1", i > 0 ? ", " : "",
                          chart->x_log && x <= 0 ? chart->zero_at : x);
        }
        (void)fputs(")\n", out);
    }
    (void)fputs("set ytics nomirror scale 0 (", out);
    for (size_t i = 0; i < chart->y_count; i++) {
        if (i > 0)
            (void)fputs(", ", out);
        chart_quote(out, number_axis(chart->y_kind, chart->y_steps[i], text));
        (void)fprintf(out, " %.10g", chart->y_steps[i]);
    }
    (void)fputs(")\n", out);
}

void chart_write_page(const struct chart *chart, FILE *out)
{
    (void)fputs("reset\nset encoding utf8\nunset key\nset style fill solid 1.0\n"
                "set border 1 lc rgb '#777777'\nset grid ytics lt 1 lw 0.8 lc rgb '#e2e2e2'\n",
                out);
    (void)fprintf(out, "set lmargin at screen %.4f\nset rmargin at screen %.4f\n",
                  screen_x(chart, chart->left), screen_x(chart, chart->right));
    (void)fprintf(out, "set tmargin at screen %.4f\nset bmargin at screen %.4f\n",
                  screen_y(chart, chart->top), screen_y(chart, chart->bottom));
    if (chart->x_log && !chart->view->bars)
        (void)fprintf(out, "set logscale x\n");
    if (chart->y_log)
        (void)fprintf(out, "set logscale y\n");
    if (!chart->view->bars)
        (void)fprintf(out, "set xrange [%.10g:%.10g]\n", chart->x_low, chart->x_high);
    (void)fprintf(out, "set yrange [%.10g:%.10g]\n", chart->y_low, chart->y_high);
    if (chart->zero_at > 0 &&
        !chart->view->bars) /* 0 is not on a logarithmic axis: it is cut there */
        text_at(chart, out, "//", (chart_x(chart, 0) + chart_x(chart, chart->grid->x[1])) / 2,
                chart->bottom, "center textcolor rgb '#777777'");
    write_steps(chart, out);
    write_words(chart, out);
    write_labels(chart, out);
}

void chart_write_lines(const struct chart *chart, FILE *out, const char *data)
{
    const struct grid *grid = chart->grid;
    (void)fputs("plot ", out);
    for (size_t turn = 0; turn < grid->rows; turn++) {
        size_t row = grid->rows - 1 - turn; /* the baseline first: below the others */
        const struct chart_style *style = chart_style(grid, row);
        bool is_baseline = grid_model(grid->servers[row]) < 0;
        const char *dash = strcmp(style->dash, "solid") == 0 ? "1" : style->dash;
        (void)fprintf(
            out,
            "%s'%s' index %zu using 1:4:(0):($5-$4) with vectors heads size screen %.4f,90 lw "
            "1.1 lc rgb '%s'",
            turn > 0 ? ", \\\n     " : "", data, row, 3.0 / chart->layout->width, style->colour);
        (void)fprintf(out, ", \\\n     '%s' index %zu using 1:3 with %s lw %s dt %s lc rgb '%s'",
                      data, row, is_baseline ? "lines" : "linespoints", is_baseline ? "3" : "2",
                      dash, style->colour);
        if (!is_baseline)
            (void)fprintf(out, " pt %d ps %.2g", style->point,
                          chart->layout->width > 500 ? 0.75 : 0.6);
    }
    (void)fputc('\n', out);
}

void chart_write_dumb(const struct chart *chart, FILE *out, const char *data, int columns, int rows)
{
    const struct grid *grid = chart->grid;
    /* room for the letters that stand aside of the first and the last x */
    double aside = chart->aside * (double)grid->rows / 2, span = chart->x_high - chart->x_low;
    double wide = chart->x_log ? pow(chart->x_high / chart->x_low, aside) : 1;
    (void)fprintf(out, "set encoding utf8\nset terminal dumb size %d,%d noenhanced\nunset key\n",
                  columns, rows);
    (void)fputs("set title ", out);
    chart_quote(out, chart->view->y_label);
    (void)fputs("\nset xlabel ", out);
    chart_quote(out, chart->experiment->x_label);
    (void)fprintf(out, "\nset lmargin 10\nset yrange [%.10g:%.10g]\n", chart->y_low, chart->y_high);
    if (chart->y_log)
        (void)fputs("set logscale y\n", out);
    write_steps(chart, out);
    if (chart->view->bars) {
        chart_write_bars(chart, out, data);
        return;
    }
    (void)fprintf(out, "set rmargin 10\nset xrange [%.10g:%.10g]\n",
                  chart->x_log ? chart->x_low / wide : chart->x_low - span * aside,
                  chart->x_log ? chart->x_high * wide : chart->x_high + span * aside);
    if (chart->x_log)
        (void)fputs("set logscale x\n", out);
    (void)fputs("plot ", out);
    for (size_t turn = 0; turn < grid->rows; turn++) {
        size_t row = grid->rows - 1 - turn;
        (void)fprintf(out, "%s'%s' index %zu using 1:3:('%c') with labels", turn > 0 ? ", " : "",
                      data, row, chart_style(grid, row)->letter);
    }
    (void)fputc('\n', out);
}
