/* chart_plan.c: where things stand on a chart */
#include <math.h>
#include <string.h>

#include "charts/chart_parts.h"

/* Lightness differs as well as hue: Okabe and Ito's palette in an order in which neighbours on the chart
 * (select and poll, fork and thread) are far apart in grey too; shape and dash say it once more. */
static const struct chart_style six[] = {
    {"#000000", "solid", 15, 'l'},     {"#D55E00", "(9,3)", 5, 'f'},  {"#E69F00", "(3,3)", 9, 't'},
    {"#CC79A7", "(9,3,2,3)", 11, 's'}, {"#56B4E9", "(5,3)", 13, 'p'}, {"#0072B2", "solid", 7, 'e'},
};
static const struct chart_style others[] = {
    {"#009E73", "solid", 6, 'a'},
    {"#8C6D00", "(6,2,2,2,2,2)", 4, 'b'},
    {"#7A3B69", "(12,4)", 8, 'c'},
    {"#4D4D4D", "(2,4)", 10, 'd'},
};
static const struct chart_style baseline_style = {"#8A8A8A", "solid", 0, '_'};

const struct chart_layout chart_wide = {"", 760, 0, 15}, chart_narrow = {"-narrow", 400, 0, 14};

const struct chart_style *chart_style(const struct grid *grid, size_t row)
{
    int model = grid_model(grid->servers[row]);
    size_t before = 0;
    if (model < 0)
        return &baseline_style;
    if (model > 0)
        return &six[model - 1];
    for (size_t i = 0; i < row; i++)
        before += grid_model(grid->servers[i]) == 0;
    return &others[before % (sizeof others / sizeof others[0])];
}

static double along(double value, double low, double high, bool log)
{
    return log ? log10(value / low) / log10(high / low) : (value - low) / (high - low);
}

double chart_x(const struct chart *chart, double x)
{
    if (chart->x_log && x <= 0)
        x = chart->zero_at;
    double share = along(x, chart->x_low, chart->x_high, chart->x_log);
    return chart->left + share * (chart->right - chart->left);
}

bool chart_drawn(const struct chart *chart, size_t row, size_t column)
{
    const struct estimate *e = &chart->grid->cell[row][column].estimate;
    return e->count > 0 && isfinite(e->median) && (!chart->y_log || e->median > 0);
}

double chart_y(const struct chart *chart, double y)
{
    double share = along(y, chart->y_low, chart->y_high, chart->y_log);
    return chart->bottom - share * (chart->bottom - chart->top);
}

double chart_x_drawn(const struct chart *chart, size_t column, size_t row)
{
    double middle = ((double)chart->grid->rows - 1) / 2, x = chart->grid->x[column];
    double share = along(chart->x_log && x <= 0 ? chart->zero_at : x, chart->x_low, chart->x_high,
                         chart->x_log) +
                   ((double)row - middle) * chart->aside;
    return chart->x_log ? chart->x_low * pow(chart->x_high / chart->x_low, share)
                        : chart->x_low + share * (chart->x_high - chart->x_low);
}

static void plan_x(struct chart *chart)
{
    const struct grid *grid = chart->grid;
    /* a first 0 is drawn apart, so it does not stand in the way of a logarithmic axis */
    bool log = chart->view->x_log || (grid->x[0] <= 0 && grid->columns > 2 &&
                                      grid->x[grid->columns - 1] > 20 * grid->x[1]);
    size_t first = log && grid->x[0] <= 0 ? 1 : 0;
    double last = grid->x[grid->columns - 1];
    chart->x_log = log && first < grid->columns;
    chart->zero_at = 0;
    if (!chart->x_log) {
        double room = last > grid->x[0] ? (last - grid->x[0]) * 0.04 : 1;
        chart->x_low = grid->x[0] - room;
        chart->x_high = last + room;
        return;
    }
    double low = grid->x[first], span = last > low ? last / low : 10;
    if (first == 1) {
        chart->zero_at = low / pow(span, 0.22);
        low = chart->zero_at;
    }
    chart->x_low = low / pow(span, 0.04);
    chart->x_high = last * pow(span, 0.04);
}

/* From the least to the greatest end of a whisker. False: there is none. */
static bool figures(const struct chart *chart, double *low, double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (size_t row = 0; row < chart->grid->rows; row++)
        for (size_t i = 0; i < chart->grid->columns; i++) {
            const struct estimate *e = &chart->grid->cell[row][i].estimate;
            if (e->count == 0 || !isfinite(e->median))
                continue;
            bool usable = !chart->view->y_log || e->low > 0;
            *low = fmin(*low, usable ? e->low : e->median > 0 ? e->median : *low);
            *high = fmax(*high, e->high);
        }
    return isfinite(*low) && isfinite(*high);
}

static bool plan_y(struct chart *chart)
{
    double low, high;
    if (!figures(chart, &low, &high))
        return false;
    chart->y_log = chart->view->y_log && low > 0;
    if (!chart->y_log)
        low = fmin(low, 0);
    else if (chart->view->bars) /* so that the least bar has some height */
        low /= pow(fmax(high / low, 10), 0.15);
    if (high <= low)
        high = low > 0 ? low * 2 : low + 1;
    chart->y_low = low;
    chart->y_high = high;
    chart->y_count = number_steps(chart->y_kind, chart->y_log, &chart->y_low, &chart->y_high,
                                  chart->y_steps, CHART_STEPS);
    return true;
}

/* x is labelled where it was measured, as far as the labels have room; the last one always. */
static void plan_x_steps(struct chart *chart)
{
    const struct grid *grid = chart->grid;
    double letter = chart->layout->font * 0.6, free_from = -INFINITY;
    char text[NUMBER_TEXT];
    double last_half =
        (double)chart_letters(chart_x_name(chart, grid->x[grid->columns - 1], text)) * letter / 2;
    double last_at = chart_x(chart, grid->x[grid->columns - 1]);
    chart->x_count = 0;
    for (size_t i = 0; i < grid->columns; i++) {
        double at = chart_x(chart, grid->x[i]);
        double half = (double)chart_letters(chart_x_name(chart, grid->x[i], text)) * letter / 2;
        bool last = i + 1 == grid->columns;
        if (!last && (at - half < free_from || at + half + letter > last_at - last_half))
            continue;
        chart->x_steps[chart->x_count++] = grid->x[i];
        free_from = at + half + letter;
    }
}

static void plan_edges(struct chart *chart)
{
    const struct chart_layout *layout = chart->layout;
    double letter = layout->font * 0.6, widest = 0, names = 0;
    char text[NUMBER_TEXT];
    for (size_t i = 0; i < chart->y_count; i++)
        widest = fmax(widest,
                      (double)chart_letters(number_axis(chart->y_kind, chart->y_steps[i], text)));
    for (size_t row = 0; row < chart->grid->rows && !chart->view->bars; row++)
        names = fmax(names, (double)chart_letters(grid_label(chart->grid->servers[row])));
    chart->left = (int)(widest * letter + 20);
    chart->right = (int)(layout->width - (chart->view->bars ? 12 : names * letter * 1.08 + 26));
    chart->top = (int)((double)chart->title_count * layout->font * 1.55 + layout->font * 2.9);
    chart->bottom =
        chart->top + (layout->width > 500 ? layout->width * 45 / 100 : layout->width * 3 / 4);
    chart->height =
        chart->bottom +
        (int)(layout->font * ((chart->view->bars ? 7.7 : 4.3) + 1.25 * (double)chart->foot_count));
}

/* What stands under the plot: what can't be, and what the whiskers are. */
static void plan_foot(struct chart *chart, size_t letters)
{
    char all[CHART_NOTES * CHART_LINE / 4] = "";
    size_t used = 0, few = 0;
    for (size_t i = 0; i < chart->notes_count && used + CHART_LINE < sizeof all; i++)
        used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", i > 0 ? " · " : "",
                                 chart->notes[i]);
    chart->foot_count = chart_wrap(all, letters, chart->foot, CHART_LINES - 2);
    for (size_t row = 0; row < chart->grid->rows; row++)
        for (size_t i = 0; i < chart->grid->columns; i++) {
            const struct estimate *e = &chart->grid->cell[row][i].estimate;
            few += e->count > 0 && !e->sure;
        }
    chart->foot_count +=
        chart_wrap(few > 0 ? "Medians; whiskers: 95 % intervals, or least to most where "
                             "there are fewer than 6 samples"
                           : "Medians; whiskers: their 95 % intervals",
                   letters, chart->foot + chart->foot_count, 2);
}

bool chart_plan(struct chart *chart, const struct chart_layout *layout)
{
    double across = (layout->width - 16.0) / layout->font; /* in letters as high as wide */
    chart->layout = layout;
    if (chart->grid->columns == 0 || !plan_y(chart))
        return false;
    chart->title_count = chart_wrap(chart->view->title, (size_t)(across / 0.72), chart->title, 4);
    chart_notes(chart);
    plan_foot(chart, (size_t)(across / 0.5));
    plan_x(chart);
    plan_edges(chart);
    plan_x_steps(chart);
    chart->labels_count = 0;
    if (!chart->view->bars)
        chart_place(chart);
    return true;
}
