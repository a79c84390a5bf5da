/* report_tables.c: the figures behind the charts, and what they were measured on */
#include <math.h>
#include <stdlib.h>

#include "report/report_parts.h"

static void cell_estimate(FILE *out, enum number_kind kind, const struct estimate *estimate)
{
    char median[NUMBER_TEXT], low[NUMBER_TEXT], high[NUMBER_TEXT];
    (void)fprintf(out, "<b>%s</b><small>%s – %s</small>",
                  number_table(kind, estimate->median, median),
                  number_table(kind, estimate->low, low), number_table(kind, estimate->high, high));
    if (estimate->count < 5) /* too few to conclude anything from */
        (void)fprintf(out, "<small>only %zu sample%s</small>", estimate->count,
                      estimate->count == 1 ? "" : "s");
}

static void cell_bound(FILE *out, const struct grid_cell *cell)
{
    if (cell->bound)
        (void)fputs("<small>bounded by the generator</small>", out);
}

/* What stands where there is no figure. */
static void cell_words(FILE *out, const struct grid_cell *cell)
{
    (void)fputs("<td class=\"no\">", out);
    if (cell->cannot)
        html_text(out, cell->note[0] != '\0' ? cell->note : "can't");
    else if (cell->crashed)
        (void)fputs("ended while it was measured", out);
    else if (cell->disturbed > 0)
        (void)fprintf(out, "no undisturbed sample (%u tried)", cell->disturbed);
    else
        (void)fputs("not measured", out);
    (void)fputs("</td>", out);
}

static void cell_figure(const struct report *report, const struct experiment *experiment,
                        const struct view *view, const struct grid *grid, size_t row, size_t column,
                        FILE *out)
{
    const struct grid_cell *cell = &grid->cell[row][column];
    if (cell->estimate.count == 0) {
        cell_words(out, cell);
        return;
    }
    (void)fputs("<td>", out);
    cell_estimate(out, number_kind_of(view->y_label), &cell->estimate);
    cell_bound(out, cell);
    if (grid_row(grid, "baseline") >= 0 && grid_model(grid->servers[row]) >= 0) {
        char median[NUMBER_TEXT], low[NUMBER_TEXT], high[NUMBER_TEXT];
        struct estimate ratio = report_ratio(report, experiment->name, view->value,
                                             grid->servers[row], "baseline", grid->x[column]);
        if (isfinite(ratio.median))
            (void)fprintf(out, "<small>× %s baseline</small><small>%s – %s</small>",
                          number_ratio(ratio.median, median), number_ratio(ratio.low, low),
                          number_ratio(ratio.high, high));
    }
    (void)fputs("</td>", out);
}

static void table(const struct report *report, const struct experiment *experiment,
                  const struct view *view, FILE *out)
{
    char text[NUMBER_TEXT];
    struct grid *grid = grid_make(experiment->name, view->value, report->samples, report->count);
    if (grid == NULL)
        return;
    (void)fputs("<details><summary>Table: ", out);
    html_text(out, view->y_label);
    (void)fputs("</summary>\n<div class=\"scroll\"><table>\n<tr><th>", out);
    html_text(out, experiment->x_label);
    (void)fputs("</th>", out);
    for (size_t row = 0; row < grid->rows; row++) {
        (void)fputs("<th>", out);
        html_text(out, grid_label(grid->servers[row]));
        (void)fputs("</th>", out);
    }
    (void)fputs("</tr>\n", out);
    for (size_t i = 0; i < grid->columns; i++) {
        (void)fputs("<tr><td>", out);
        html_text(out, report_x(experiment, grid->x[i], text));
        (void)fputs("</td>", out);
        for (size_t row = 0; row < grid->rows; row++)
            cell_figure(report, experiment, view, grid, row, i, out);
        (void)fputs("</tr>\n", out);
    }
    (void)fputs("</table></div></details>\n", out);
    free(grid);
}

void html_tables(const struct report *report, const struct experiment *experiment, FILE *out)
{
    for (const struct view *view = experiment->views; view->name != NULL; view++)
        table(report, experiment, view, out);
}

/* ---- at a glance ---- */

enum { OVERVIEW_MOST = 16 };

/* A column of the table at a glance: an experiment at one x. */
struct overview {
    const struct experiment *experiment;
    const struct view *view;
    struct grid *grid;
    int column;
};

static size_t overview_make(const struct report *report, struct overview *all)
{
    size_t count = 0;
    for (size_t e = 0; e < report->table_count && count < OVERVIEW_MOST; e++) {
        struct overview *one = &all[count];
        one->experiment = &report->table[e];
        one->view = report_cost_view(one->experiment);
        one->grid =
            grid_make(one->experiment->name, one->view->value, report->samples, report->count);
        one->column = one->grid != NULL ? report_column(one->grid) : -1;
        if (one->column >= 0)
            count++;
        else
            free(one->grid);
    }
    return count;
}

static void overview_head(const struct overview *all, size_t count, FILE *out)
{
    char where[160];
    (void)fputs("<tr><th></th>", out);
    for (size_t i = 0; i < count; i++) {
        report_where(all[i].experiment, all[i].grid->x[all[i].column], where);
        (void)fputs("<th><a href=\"#", out);
        html_text(out, all[i].experiment->name);
        (void)fputs("\">", out);
        html_text(out, all[i].view->y_label);
        (void)fputs("</a><small>", out);
        html_text(out, where);
        (void)fputs("</small></th>", out);
    }
    (void)fputs("</tr>\n", out);
}

static void overview_row(const struct overview *all, size_t count, const char *server, FILE *out)
{
    (void)fputs("<tr><td>", out);
    html_text(out, grid_label(server));
    (void)fputs("</td>", out);
    for (size_t i = 0; i < count; i++) {
        int row = grid_row(all[i].grid, server);
        if (row < 0) {
            (void)fputs("<td class=\"no\">not measured</td>", out);
        } else if (all[i].grid->cell[row][all[i].column].estimate.count == 0) {
            cell_words(out, &all[i].grid->cell[row][all[i].column]);
        } else {
            (void)fputs("<td>", out);
            cell_estimate(out, number_kind_of(all[i].view->y_label),
                          &all[i].grid->cell[row][all[i].column].estimate);
            cell_bound(out, &all[i].grid->cell[row][all[i].column]);
            (void)fputs("</td>", out);
        }
    }
    (void)fputs("</tr>\n", out);
}

void html_overview(const struct report *report, FILE *out)
{
    struct overview all[OVERVIEW_MOST];
    size_t count = overview_make(report, all);
    struct grid *servers = calloc(1, sizeof *servers); /* those of all experiments, in order */
    (void)fputs("<h3>All experiments at a glance</h3>\n<p class=\"soft\">Each at the greatest load "
                "that all servers but one can bear: medians, and below them the interval.</p>\n"
                "<div class=\"scroll\"><table class=\"glance\">\n",
                out);
    overview_head(all, count, out);
    for (size_t i = 0; servers != NULL && i < count; i++)
        for (size_t row = 0; row < all[i].grid->rows; row++)
            (void)grid_add_server(servers, all[i].grid->servers[row]);
    for (size_t row = 0; servers != NULL && row < servers->rows; row++)
        overview_row(all, count, servers->servers[row], out);
    (void)fputs("</table></div>\n", out);
    for (size_t i = 0; i < count; i++)
        free(all[i].grid);
    free(servers);
}
