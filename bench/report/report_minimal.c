/* bench/report/report_minimal.c: the six beside their minimal forms, by ratios within rounds */
#include <stdlib.h>

#include "report/report_private.h"

static struct estimate ratio_at(const struct report *report, const struct experiment *experiment,
                                const struct view *view, const char *server, const char *minimal,
                                double x)
{
    double own[REPORT_ROUNDS], bare[REPORT_ROUNDS];
    size_t rounds = grid_rounds(experiment->name, server, x, view->value, report->samples,
                                report->count, own, REPORT_ROUNDS);
    (void)grid_rounds(experiment->name, minimal, x, view->value, report->samples, report->count,
                      bare, REPORT_ROUNDS);
    return stats_ratio(own, bare, rounds);
}

static void cell(const struct estimate *ratio, FILE *out)
{
    char text[3][NUMBER_TEXT];
    if (ratio->count == 0)
        (void)fputs("<td class=\"no\">–</td>", out);
    else
        html(out, "<td><b>$</b><small>$ – $</small></td>", number_ratio(ratio->median, text[0]),
             number_ratio(ratio->low, text[1]), number_ratio(ratio->high, text[2]));
}

/* The row of the model that a minimal form is of; -1: it is none, or the model was not measured. */
static int row_of_model(const struct grid *grid, size_t minimal)
{
    int model = grid_minimal(grid->servers[minimal]);
    for (size_t row = 0; model > 0 && row < grid->rows; row++)
        if (grid_model(grid->servers[row]) == model)
            return (int)row;
    return -1;
}

void html_minimal(const struct report *report, const struct experiment *experiment,
                  const struct view *view, FILE *out)
{
    char text[NUMBER_TEXT];
    bool begun = false;
    struct grid *grid = report_grid(report, experiment, view);
    for (size_t row = 0; grid != NULL && row < grid->rows; row++) {
        int own = row_of_model(grid, row);
        if (own < 0)
            continue;
        if (!begun)
            html(out,
                 "<details><summary>× its minimal form: $</summary>\n<div class=\"scroll\">"
                 "<table>\n<tr><th>$</th>",
                 view->y_label, experiment->x_label);
        for (size_t i = 0; !begun && i < grid->columns; i++)
            html(out, "<th>$</th>", experiment_x(experiment, grid->x[i], text));
        begun = true;
        html(out, "</tr>\n<tr><td>$</td>", grid_label(grid->servers[own]));
        for (size_t i = 0; i < grid->columns; i++) {
            struct estimate ratio = ratio_at(report, experiment, view, grid->servers[own],
                                             grid->servers[row], grid->x[i]);
            cell(&ratio, out);
        }
    }
    if (begun)
        (void)fputs("</tr>\n</table></div></details>\n", out);
    free(grid);
}
