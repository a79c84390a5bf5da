/* bench/report/report_tables.c: the figures behind the charts */
#include <math.h>
#include <stdlib.h>

#include "report/report_private.h"

const char *report_reason(const struct grid_cell *cell, char text[REPORT_REASON])
{
    if (cell->cannot)
        return cell->note[0] != '\0' ? cell->note : "not possible";
    if (cell->crashed)
        return "ended while it was measured";
    if (cell->disturbed == 0)
        return "not measured";
    (void)snprintf(text, REPORT_REASON, "no undisturbed sample (%u tried)", cell->disturbed);
    return text;
}

/* The ratio to the baseline's figures in the same rounds. */
static void cell_ratio(const struct report *report, const struct experiment *experiment,
                       const struct view *view, const char *server, double x, FILE *out)
{
    char text[3][NUMBER_TEXT];
    double own[REPORT_ROUNDS], base[REPORT_ROUNDS];
    size_t rounds = grid_rounds(experiment->name, server, x, view->value, report->samples,
                                report->count, own, REPORT_ROUNDS);
    (void)grid_rounds(experiment->name, "baseline", x, view->value, report->samples, report->count,
                      base, REPORT_ROUNDS);
    struct estimate ratio = stats_ratio(own, base, rounds);
    if (ratio.count > 0)
        html(out, "<small>× $ baseline</small><small>$ – $</small>",
             number_ratio(ratio.median, text[0]), number_ratio(ratio.low, text[1]),
             number_ratio(ratio.high, text[2]));
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
    char text[NUMBER_TEXT], reason[REPORT_REASON];
    struct grid *grid = report_grid(report, experiment, view);
    html(out, "<details><summary>Table: $</summary>\n<div class=\"scroll\"><table>\n<tr><th>$</th>",
         view->y_label, experiment->x_label);
    for (size_t row = 0; grid != NULL && row < grid->rows; row++)
        html(out, "<th>$</th>", grid_label(grid->servers[row]));
    (void)fputs("</tr>\n", out);
    for (size_t i = 0; grid != NULL && i < grid->columns; i++) {
        html(out, "<tr><td>$</td>", experiment_x(experiment, grid->x[i], text));
        for (size_t row = 0; row < grid->rows; row++) {
            if (grid->cell[row][i].estimate.count == 0) {
                html(out, "<td class=\"no\">$</td>", report_reason(&grid->cell[row][i], reason));
                continue;
            }
            cell_write(out, view, &grid->cell[row][i]);
            if (grid_model(grid->servers[row]) >= 0)
                cell_ratio(report, experiment, view, grid->servers[row], grid->x[i], out);
            (void)fputs("</td>", out);
        }
        (void)fputs("</tr>\n", out);
    }
    (void)fputs("</table></div></details>\n", out);
    free(grid);
}
