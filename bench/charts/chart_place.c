/* chart_place.c: labels at the ends of lines, none on top of another or on a line */
#include <math.h>
#include <string.h>

#include "charts/chart_parts.h"

/* The last column in which a row has a figure, or -1. */
static int last_column(const struct chart *chart, size_t row)
{
    for (size_t i = chart->grid->columns; i > 0; i--)
        if (chart_drawn(chart, row, i - 1))
            return (int)(i - 1);
    return -1;
}

static double width(const struct chart *chart, const char *text)
{
    return (double)chart_letters(text) * chart->layout->font * 0.6;
}

/* ---- at the right edge: pushed apart until none overlap ---- */

static void push_apart(struct chart_label **labels, size_t count, double gap, double top,
                       double bottom)
{
    for (int turn = 0; turn < 400; turn++)
        for (size_t i = 0; i < count; i++) {
            if (i + 1 < count && labels[i + 1]->y - labels[i]->y < gap) {
                double half = (gap - (labels[i + 1]->y - labels[i]->y)) / 2;
                labels[i]->y -= half;
                labels[i + 1]->y += half;
            }
            labels[i]->y = fmin(fmax(labels[i]->y, top), bottom);
        }
    for (size_t i = 1; i < count; i++) /* where there is no room for all: evenly below each other */
        labels[i]->y =
            fmax(labels[i]->y, labels[i - 1]->y + fmin(gap, (bottom - top) / (double)count));
}

static void place_right(struct chart *chart)
{
    struct chart_label *sorted[GRID_SERVERS];
    size_t count = 0;
    for (size_t i = 0; i < chart->labels_count; i++) {
        struct chart_label *label = &chart->labels[i];
        if (label->from_x < 0)
            continue;
        size_t at = count++;
        for (; at > 0 && sorted[at - 1]->y > label->y; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = label;
    }
    push_apart(sorted, count, chart->layout->font * 1.12, chart->top, chart->bottom);
    for (size_t i = 0; i < count; i++)
        sorted[i]->linked = fabs(sorted[i]->y - sorted[i]->from_y) > chart->layout->font * 0.3;
}

/* ---- within the plot: where there is most room around the point ---- */

struct box {
    double left, right, top, bottom;
};

/* How far a point is outside of a box; 0 inside. */
static double outside(const struct box *box, double x, double y)
{
    double dx = fmax(fmax(box->left - x, x - box->right), 0);
    double dy = fmax(fmax(box->top - y, y - box->bottom), 0);
    return hypot(dx, dy);
}

/* The distance from a box to the nearest line or whisker (lines in steps of some points). */
static double room_around(const struct chart *chart, const struct box *box, size_t own)
{
    const struct grid *grid = chart->grid;
    double least = 1e9;
    for (size_t row = 0; row < grid->rows; row++) {
        double x0 = 0, y0 = 0;
        bool begun = false;
        for (size_t i = 0; i < grid->columns; i++) {
            const struct estimate *e = &grid->cell[row][i].estimate;
            if (!chart_drawn(chart, row, i))
                continue;
            double x1 = chart_x(chart, grid->x[i]), y1 = chart_y(chart, e->median);
            for (int step = begun ? 0 : 32; step <= 32; step++)
                least = fmin(least,
                             outside(box, x0 + (x1 - x0) * step / 32, y0 + (y1 - y0) * step / 32) +
                                 (row == own ? 6 : 0));
            x0 = x1;
            y0 = y1;
            begun = true;
        }
    }
    return least;
}

/* Not over another label that is placed already. */
static bool is_free(const struct chart *chart, const struct box *box, size_t placed)
{
    double half = chart->layout->font * 0.55;
    for (size_t i = 0; i < placed; i++) {
        const struct chart_label *other = &chart->labels[i];
        if (other->from_x < 0 && box->left < other->x + width(chart, other->text) &&
            box->right > other->x && box->top < other->y + half && box->bottom > other->y - half)
            return false;
    }
    return box->left >= chart->left && box->right <= chart->layout->width - 4 &&
           box->top >= chart->top - 4 && box->bottom <= chart->bottom;
}

static void place_inside(struct chart *chart, size_t index)
{
    struct chart_label *label = &chart->labels[index];
    double font = chart->layout->font, wide = width(chart, label->text), best = -1;
    double x = label->x, y = label->y;
    for (int far = 1; far <= 4; far++)
        for (int way = 0; way < 8; way++) {
            static const double side[8] = {0.6, 0, 0, 0.5, 0.5, -0.6, -0.5, -0.5};
            static const double rise[8] = {0, -0.9, 0.9, -0.8, 0.8, 0, -0.8, 0.8};
            double left = x + side[way] * font * (far + 1) / 2;
            left -= side[way] > 0 ? 0 : side[way] < 0 ? wide : wide / 2;
            double middle = y + rise[way] * font * far;
            struct box box = {left - 2, left + wide + 2, middle - font * 0.5, middle + font * 0.5};
            double room = fmin(room_around(chart, &box, label->row), font) - far * font * 0.25;
            if (room > best && is_free(chart, &box, index)) {
                best = room;
                label->x = left;
                label->y = middle;
            }
        }
}

void chart_place(struct chart *chart)
{
    const struct grid *grid = chart->grid;
    chart->labels_count = 0;
    for (size_t row = 0; row < grid->rows; row++) {
        int column = last_column(chart, row);
        if (column < 0)
            continue;
        struct chart_label *label = &chart->labels[chart->labels_count++];
        memset(label, 0, sizeof *label);
        label->row = row;
        (void)snprintf(label->text, sizeof label->text, "%s", grid_label(grid->servers[row]));
        label->x = chart_x(chart, grid->x[column]);
        label->y = chart_y(chart, grid->cell[row][column].estimate.median);
        label->from_x = -1;
        label->from_y = label->y;
        if ((size_t)column + 1 == grid->columns) {
            label->from_x = chart->right;
            label->x = chart->right + 16;
        }
    }
    place_right(chart);
    for (size_t i = 0; i < chart->labels_count; i++)
        if (chart->labels[i].from_x < 0)
            place_inside(chart, i);
}
