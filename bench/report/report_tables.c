/* bench/report/report_tables.c: the figures behind the charts */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/report_private.h"

/* The ratio of two servers' figures in the same rounds. */
static struct estimate ratio_of(const struct report *report, const struct experiment *experiment,
                                const struct view *view, const char *server, const char *base,
                                double x)
{
    const struct evidence all = {experiment, view, NULL, report->samples, report->count};
    return finding_ratio(&all, server, x, base, x);
}

static void cell_ratio(const struct estimate *ratio, const char *format, FILE *out)
{
    char text[3][NUMBER_TEXT];
    if (ratio->count > 0)
        html(out, format, number_ratio(ratio->median, text[0]), number_ratio(ratio->low, text[1]),
             number_ratio(ratio->high, text[2]));
}

/* In place of a minimal form's own figures: what its model costs beside it. */
static void cell_minimal(const struct report *report, const struct experiment *experiment,
                         const struct view *view, const char *minimal, double x, FILE *out)
{
    struct estimate ratio =
        ratio_of(report, experiment, view, strchr(minimal, '-') + 1, minimal, x);
    (void)fputs("<td>", out);
    cell_ratio(&ratio, "<b>$</b><small>$ – $</small>", out);
    (void)fputs("</td>", out);
}

static void cell_write(FILE *out, const struct view *view, const struct grid_cell *cell)
{
    enum number_kind kind = number_kind_of(view->y_label);
    const struct estimate *estimate = &cell->estimate;
    char text[3][NUMBER_TEXT];
    html(out, "<td><b>$</b><small>$ – $</small>", number_table(kind, estimate->median, text[0]),
         number_table(kind, estimate->low, text[1]), number_table(kind, estimate->high, text[2]));
    if (estimate->count < 5) /* too few to conclude anything from */
        (void)fprintf(out, "<small>only %zu sample%s</small>", estimate->count,
                      estimate->count == 1 ? "" : "s");
    if (cell->bound)
        (void)fputs("<small>bounded by the generator</small>", out);
    if (cell->humps[0].count > 0) {
        (void)fprintf(out, "<small>two states: %zu samples, %zu samples</small>",
                      cell->humps[0].count, cell->humps[1].count);
        html(out, "<small>$ and $</small>", number_table(kind, cell->humps[0].median, text[0]),
             number_table(kind, cell->humps[1].median, text[1]));
    }
}

void html_table(const struct report *report, const struct experiment *experiment,
                const struct view *view, FILE *out)
{
    char text[NUMBER_TEXT], reason[GRID_REASON];
    struct grid *grid = report_grid(report, experiment, view);
    html(out, "<details><summary>Table: $</summary>\n<div class=\"scroll\"><table>\n<tr><th>$</th>",
         view->y_label, experiment->x_label);
    for (size_t row = 0; grid != NULL && row < grid->rows; row++)
        if (grid_minimal(grid->servers[row]) > 0)
            html(out, "<th>$ × its minimal form</th>", strchr(grid->servers[row], '-') + 1);
        else
            html(out, "<th>$</th>", grid_label(grid->servers[row]));
    (void)fputs("</tr>\n", out);
    for (size_t i = 0; grid != NULL && i < grid->columns; i++) {
        html(out, "<tr><td>$</td>", experiment_x(experiment, grid->x[i], text));
        for (size_t row = 0; row < grid->rows; row++) {
            if (grid_minimal(grid->servers[row]) > 0) {
                cell_minimal(report, experiment, view, grid->servers[row], grid->x[i], out);
                continue;
            }
            if (grid->cell[row][i].estimate.count == 0) {
                html(out, "<td class=\"no\">$</td>", grid_reason(&grid->cell[row][i], reason));
                continue;
            }
            cell_write(out, view, &grid->cell[row][i]);
            struct estimate ratio =
                ratio_of(report, experiment, view, grid->servers[row], "baseline", grid->x[i]);
            if (grid_model(grid->servers[row]) >= 0)
                cell_ratio(&ratio, "<small>× $ baseline</small><small>$ – $</small>", out);
            (void)fputs("</td>", out);
        }
        (void)fputs("</tr>\n", out);
    }
    (void)fputs("</table></div></details>\n", out);
    free(grid);
}
