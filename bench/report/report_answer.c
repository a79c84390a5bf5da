/* bench/report/report_answer.c: the first screen: the answer in a sentence, and a table of six rows
 *
 * Nothing here is known beforehand: the sentence claims what the samples prove, or less.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/report_private.h"
#include "texts/texts.h"

/* An experiment without samples has a grid without rows. False: there is no such view. */
static bool evidence_find(const struct report *report, const char *experiment, const char *view,
                          struct evidence *evidence)
{
    const struct experiment *found = experiment_find(experiment);
    const struct view *at = found != NULL ? found->views : NULL;
    while (at != NULL && at->name != NULL && strcmp(at->name, view) != 0)
        at++;
    return at != NULL && at->name != NULL && report_evidence(report, found, at, evidence);
}

/* --- the sentence -------------------------------------------------------------------------- */

void report_answer(const struct report *report, char text[FINDING_TEXT])
{
    struct evidence crowd = {.grid = NULL};
    struct findings growth = {.found = {FINDING_ABSENT}};
    char number[NUMBER_TEXT];
    size_t column = 0;
    if (evidence_find(report, "idle-crowd", "idle-crowd-cost", &crowd)) {
        column = finding_column(&crowd);
        if (crowd.grid->x[0] <= 0) /* else there is no "without" */
            growth = finding_compare(&crowd, column, true);
    }
    unsigned int level = finding_mask(&growth, FINDING_LEVEL);
    unsigned int apart = finding_mask(&growth, FINDING_APART);
    unsigned int unclear = finding_mask(&growth, FINDING_NONE) & 0x7cU; /* loop has no part in it */
    FILE *out = fmemopen(text, FINDING_TEXT, "w");
    text[0] = '\0';
    if (out != NULL && (level | apart) == 0) {
        (void)fputs("This run does not show what silent clients cost: its samples are too few, too "
                    "far apart, or all with silent clients.",
                    out);
    } else if (out != NULL) {
        (void)fprintf(out, "With ten active clients among %s silent ones, a request takes ",
                      experiment_x(crowd.experiment, crowd.grid->x[column], number));
        finding_ratios(out, &growth, apart);
        (void)fputs(apart != 0 ? " as much processor time as without the silent ones"
                               : "no more processor time",
                    out);
        (void)fputs(level == 0 ? "" : apart != 0 ? "; no more with " : " with ", out);
        finding_names(out, level);
        (void)fputs(apart != 0 ? "" : " than without the silent ones", out);
        (void)fputs(unclear != 0 ? ". The samples prove nothing for " : "", out);
        finding_names(out, unclear);
        (void)fputc('.', out);
    }
    if (out != NULL)
        (void)fclose(out);
    free(crowd.grid);
}

/* --- six rows ------------------------------------------------------------------------------ */

/* A column: a view at the x nearest to one, compared with epoll there. */
static const struct shown {
    const char *head, *experiment, *view; /* $ in the head: x */
    double near;
} shown[] = {
    {"a request, $ clients", "ping", "ping-cost", 10},
    {"a request among $ silent clients", "idle-crowd", "idle-crowd-cost", 900},
    {"a visit, $ clients", "come-and-go", "come-and-go-cost", 100},
    {"memory for one of $ silent clients", "memory", "memory", 1000},
    {"a delivery in a room of $", "chat", "chat-cost", 100},
    {"99th percentile beside a $ neighbour", "bad-neighbour", "bad-neighbour", 1},
    {"99th percentile beside a $ neighbour", "bad-neighbour", "bad-neighbour", 3},
};
enum { SHOWN = sizeof shown / sizeof shown[0], MODELS = FINDING_MODELS };

static const char *const ways[MODELS] = {
    "one client after another", "a process for each client", "a thread for each client",
    "one thread, looks at all", "one thread, looks at all",  "one thread, gets those ready"};

struct column {
    const char *head;
    struct evidence evidence;
    struct findings findings;
    size_t at;
    char x[NUMBER_TEXT];
};

static size_t nearest(const struct grid *grid, const struct shown *which)
{
    size_t best = 0;
    for (size_t i = 1; i < grid->columns; i++)
        if (fabs(log(grid->x[i] / which->near)) < fabs(log(grid->x[best] / which->near)))
            best = i;
    return best;
}

static void column_make(const struct report *report, const struct shown *which,
                        struct column *column)
{
    char text[NUMBER_TEXT];
    const struct evidence *evidence = &column->evidence;
    *column = (struct column){.head = which->head, .x = "many"};
    if (!evidence_find(report, which->experiment, which->view, &column->evidence) ||
        evidence->grid->columns == 0)
        return;
    column->at = nearest(evidence->grid, which);
    column->findings = finding_compare(evidence, column->at, false);
    (void)snprintf(column->x, sizeof column->x, "%s",
                   experiment_x(evidence->experiment, evidence->grid->x[column->at], text));
}

/* A ratio to epoll in words, if there is one, above the figure. */
static void cell(const struct column *column, int model, FILE *out)
{
    const struct grid *grid = column->evidence.grid;
    int row = grid != NULL ? finding_row(grid, model) : -1;
    char times[NUMBER_TEXT], figure[NUMBER_TEXT];
    const struct grid_cell *found = row >= 0 ? &grid->cell[row][column->at] : NULL;
    enum finding finding = column->findings.found[model];
    (void)fputs("<td data-label=\"", out);
    html(out, column->head, column->x);
    if (found == NULL || found->estimate.count == 0) {
        html(out, "\"><span>$</span></td>",
             found == NULL || found->reason[0] == '\0' ? "not measured" : found->reason);
        return;
    }
    (void)number_table(figure_kind(grid->figure), found->estimate.median, figure);
    const char *ratio = finding == FINDING_LEVEL
                            ? "the same"
                            : finding_times(&column->findings.ratio[model], times);
    bool none = finding <= FINDING_NONE;
    html(out, "\"><b>$</b><small>$</small></td>", none ? figure : ratio,
         none ? found->reason : figure);
}

void html_six(const struct report *report, FILE *out)
{
    struct column columns[SHOWN];
    size_t count = 0;
    (void)fputs("<table class=\"six\">\n<tr><th></th>", out);
    for (size_t i = 0; i < SHOWN; i++) {
        if (report_tally(report, shown[i].experiment, NULL) == 0)
            continue;
        column_make(report, &shown[i], &columns[count++]);
        (void)fputs("<th>", out);
        html(out, columns[count - 1].head, columns[count - 1].x);
        (void)fputs("</th>", out);
    }
    (void)fputs("</tr>\n", out);
    for (int model = 1; model <= MODELS; model++) {
        html(out, "<tr><th>$<small>$</small></th>", grid_models[model - 1], ways[model - 1]);
        for (size_t i = 0; i < count; i++)
            cell(&columns[i], model, out);
        (void)fputs("</tr>\n", out);
    }
    for (size_t i = 0; i < count; i++)
        free(columns[i].evidence.grid);
}
