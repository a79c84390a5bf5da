/* bench/report/report_tables.c: the figures behind the charts */
#include <stdlib.h>
#include <string.h>

#include "report/report_private.h"
#include "texts/texts.h"

static void cell_write(FILE *out, enum number_kind kind, const struct grid_cell *cell)
{
    const struct estimate *estimate = &cell->estimate;
    char text[3][NUMBER_TEXT];
    html(out, "<b>$</b><small>$ – $</small>", number_table(kind, estimate->median, text[0]),
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

/* In place of a minimal form's own figures: what its model costs beside it. */
static void column_write(const struct evidence *evidence, size_t row, size_t column, FILE *out)
{
    const struct grid *grid = evidence->grid;
    const struct grid_cell *cell = &grid->cell[row][column];
    const char *server = grid->servers[row];
    double x = grid->x[column];
    bool minimal = grid_minimal(server) > 0;
    char reason[GRID_REASON], text[3][NUMBER_TEXT];
    struct estimate ratio = minimal ? grid_ratio(grid, strchr(server, '-') + 1, x, server, x)
                                    : grid_ratio(grid, server, x, "baseline", x);
    if (!minimal && cell->estimate.count == 0) {
        html(out, "<td class=\"no\">$</td>", grid_reason(cell, reason));
        return;
    }
    (void)fputs("<td>", out);
    if (!minimal)
        cell_write(out, number_kind_of(evidence->view->y_label), cell);
    if (grid_model(server) >= 0 && ratio.count > 0)
        html(out,
             minimal ? "<b>$</b><small>$ – $</small>"
                     : "<small>× $ baseline</small><small>$ – $</small>",
             number_ratio(ratio.median, text[0]), number_ratio(ratio.low, text[1]),
             number_ratio(ratio.high, text[2]));
    (void)fputs("</td>", out);
}

void html_table(const struct evidence *evidence, FILE *out)
{
    const struct grid *grid = evidence->grid;
    char text[NUMBER_TEXT];
    html(out, "<details><summary>Table: $</summary>\n<div class=\"scroll\"><table>\n<tr><th>$</th>",
         evidence->view->y_label, evidence->experiment->x_label);
    for (size_t row = 0; row < grid->rows; row++)
        if (grid_minimal(grid->servers[row]) > 0)
            html(out, "<th>$ × its minimal form</th>", strchr(grid->servers[row], '-') + 1);
        else
            html(out, "<th>$</th>", grid_label(grid->servers[row]));
    (void)fputs("</tr>\n", out);
    for (size_t i = 0; i < grid->columns; i++) {
        html(out, "<tr><td>$</td>", experiment_x(evidence->experiment, grid->x[i], text));
        for (size_t row = 0; row < grid->rows; row++)
            column_write(evidence, row, i, out);
        (void)fputs("</tr>\n", out);
    }
    (void)fputs("</table></div></details>\n", out);
}
