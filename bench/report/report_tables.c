/* bench/report/report_tables.c: the figures behind the charts */
#include <stdlib.h>
#include <string.h>

#include "report/report_private.h"
#include "texts/texts.h"

/* Too few to conclude anything from. */
static void few_write(FILE *out, const char *of_what, size_t rounds)
{
    (void)fprintf(out, "<small>%sonly %zu round%s</small>", of_what, rounds,
                  rounds == 1 ? "" : "s");
}

static void cell_write(FILE *out, enum number_kind kind, const struct grid_cell *cell)
{
    const struct estimate *estimate = &cell->estimate;
    char text[3][NUMBER_TEXT];
    html(out, "<b>$</b><small>$ – $</small>", number_table(kind, estimate->median, text[0]),
         number_table(kind, estimate->low, text[1]), number_table(kind, estimate->high, text[2]));
    if (estimate->count < STATS_ENOUGH)
        few_write(out, "", estimate->count);
    if (cell->reason[0] != '\0')
        html(out, "<small>$</small>", cell->reason);
    if (cell->bound)
        (void)fputs("<small>bounded by the generator</small>", out);
    if (cell->humps[0].count > 0) {
        (void)fprintf(out, "<small>two states: %zu rounds, %zu rounds</small>",
                      cell->humps[0].count, cell->humps[1].count);
        html(out, "<small>$ and $</small>", number_table(kind, cell->humps[0].median, text[0]),
             number_table(kind, cell->humps[1].median, text[1]));
    }
}

/* In place of a minimal form's own figures: what its model costs beside it. beside: a grid of how
 * late the generator was, or how busy the server, or NULL. */
static void column_write(const struct grid *grid, const struct grid *beside, size_t row,
                         size_t column, FILE *out)
{
    const struct grid_cell *cell = &grid->cell[row][column];
    const char *server = grid->servers[row];
    double x = grid->x[column];
    bool minimal = grid_minimal(server) > 0;
    char text[3][NUMBER_TEXT];
    struct estimate ratio = minimal ? grid_ratio(grid, strchr(server, '-') + 1, x, server, x)
                                    : grid_ratio(grid, server, x, "baseline", x);
    if (cell->estimate.count == 0 && (!minimal || cell->unresolved)) {
        html(out, "<td class=\"no\">$</td>", *cell->reason != '\0' ? cell->reason : "no figure");
        return;
    }
    (void)fputs("<td>", out);
    if (!minimal)
        cell_write(out, figure_kind(grid->figure), cell);
    if (!minimal && beside != NULL && beside->cell[row][column].estimate.count > 0)
        html(out,
             beside->figure == FIGURE_LAG ? "<small>generator late by $</small>"
                                          : "<small>busy $ %</small>",
             number_table(figure_kind(beside->figure), beside->cell[row][column].estimate.median,
                          text[0]));
    if (grid_model(server) >= 0 && ratio.count >= STATS_ENOUGH)
        html(out,
             minimal ? "<b>$</b><small>$ – $</small>"
                     : "<small>× $ baseline</small><small>$ – $</small>",
             number_ratio(ratio.median, text[0]), number_ratio(ratio.low, text[1]),
             number_ratio(ratio.high, text[2]));
    else if (grid_model(server) >= 0 && ratio.count > 0)
        few_write(out, minimal ? "" : "× baseline: ", ratio.count);
    (void)fputs("</td>", out);
}

/* Below the table: how many samples say more of the generator than of the server. */
static void bounded_write(const struct grid *grid, FILE *out)
{
    unsigned int generator = 0, usable = 0;
    for (size_t i = 0; i < grid->rows * GRID_POINTS; i++) {
        generator += grid->cell[i / GRID_POINTS][i % GRID_POINTS].generator;
        usable += grid->cell[i / GRID_POINTS][i % GRID_POINTS].usable;
    }
    if (generator > 0)
        (void)fprintf(out,
                      "<p class=\"soft\">%u of %u samples were bounded by the generator%s.</p>\n",
                      generator, usable, figure_is_cost(grid->figure) ? ", and count here" : "");
}

void html_table(const struct evidence *evidence, FILE *out)
{
    const struct grid *grid = evidence->grid;
    bool latency = grid->figure >= FIGURE_P50 && grid->figure <= FIGURE_P999;
    enum figure other = latency ? FIGURE_LAG : FIGURE_BUSY;
    struct grid *beside = figure_kind(grid->figure) != NUMBER_BYTES
                              ? grid_make(grid->experiment, other, grid->samples, grid->count)
                              : NULL;
    char text[NUMBER_TEXT];
    html(out, "<details><summary>Table: $</summary>\n<div class=\"scroll\"><table>\n<tr><th>$</th>",
         evidence->view->y_label, evidence->experiment->x.label);
    for (size_t row = 0; row < grid->rows; row++)
        if (grid_minimal(grid->servers[row]) > 0)
            html(out, "<th>$ × its minimal form</th>", strchr(grid->servers[row], '-') + 1);
        else
            html(out, "<th>$</th>", grid_label(grid->servers[row]));
    (void)fputs("</tr>\n", out);
    for (size_t i = 0; i < grid->columns; i++) {
        html(out, "<tr><td>$</td>", experiment_x(evidence->experiment, grid->x[i], text));
        for (size_t row = 0; row < grid->rows; row++)
            column_write(grid, beside, row, i, out);
        (void)fputs("</tr>\n", out);
    }
    (void)fputs("</table></div>\n", out);
    bounded_write(grid, out);
    (void)fputs("</details>\n", out);
    free(beside);
}
