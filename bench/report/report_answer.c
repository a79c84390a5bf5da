/* bench/report/report_answer.c: the first screen: the answer in a sentence, and a table of six rows
 *
 * Nothing here is known beforehand: the sentence claims what the samples prove, or less.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/report_private.h"

/* One that could be and is not there leaves a grid without rows. False: no such view. */
bool report_evidence(const struct report *report, const char *experiment, const char *view,
                     struct evidence *evidence)
{
    const struct experiment *found = experiment_find(experiment);
    if (found == NULL)
        return false;
    for (const struct view *at = found->views; at->name != NULL; at++) {
        struct grid *grid = strcmp(at->name, view) == 0 ? report_grid(report, found, at) : NULL;
        *evidence = (struct evidence){found, at, grid, report->samples, report->count};
        if (grid != NULL)
            return true;
    }
    return false;
}

/* --- the sentence -------------------------------------------------------------------------- */

/* The models that have figures at a column, loop aside, and no finding. */
static unsigned int unclear(const struct evidence *evidence, size_t column,
                            const struct findings *findings)
{
    unsigned int models = 0;
    for (size_t row = 0; row < evidence->grid->rows; row++) {
        int model = grid_model(evidence->grid->servers[row]);
        if (model > 1 && findings->found[model] == FINDING_NONE &&
            evidence->grid->cell[row][column].estimate.count > 0)
            models |= 1U << model;
    }
    return models;
}

static void sentence_write(FILE *out, const struct evidence *evidence)
{
    static const struct wording plain = {"", "", "", " as much as without them"};
    size_t column = finding_column(evidence);
    struct findings findings = finding_growth(evidence, 0, column);
    unsigned int level = finding_mask(&findings, FINDING_LEVEL);
    unsigned int apart =
        finding_mask(&findings, FINDING_MORE) | finding_mask(&findings, FINDING_LESS);
    char text[NUMBER_TEXT];
    if (evidence->grid->rows == 0 || evidence->grid->x[0] > 0 || (level | apart) == 0) {
        (void)fputs("This run does not show what silent clients cost: its samples are too few, or "
                    "too far apart.",
                    out);
        return;
    }
    (void)fprintf(out, "Among %s silent clients a request costs ",
                  experiment_x(evidence->experiment, evidence->grid->x[column], text));
    finding_ratios(out, &findings, apart, &plain);
    (void)fputs(apart != 0 && level != 0 ? "; it costs " : "", out);
    finding_names(out, level);
    (void)fputs(level == 0 ? "." : apart != 0 ? " no more." : " no more than without them.", out);
    unsigned int open = unclear(evidence, column, &findings);
    if (open != 0) {
        (void)fputs(" For ", out);
        finding_names(out, open);
        (void)fputs(" these samples do not tell.", out);
    }
}

void html_answer(const struct report *report, FILE *out)
{
    struct evidence evidence;
    char text[FINDING_TEXT] = "";
    if (!report_evidence(report, "idle-crowd", "idle-crowd-cost", &evidence))
        return;
    FILE *sentence = fmemopen(text, sizeof text, "w");
    if (sentence != NULL) {
        sentence_write(sentence, &evidence);
        (void)fclose(sentence);
    }
    html(out, "<p class=\"answer\">$</p>\n", text);
    free(evidence.grid);
}

/* --- six rows ------------------------------------------------------------------------------ */

/* A column: a view at the x nearest to one, and above another. */
struct shown {
    const char *head, *experiment, *view; /* $ in the head: x */
    double near, above;
};
static const struct shown shown[] = {
    {"a request, $ clients", "ping", "ping-cost", 10, 1},
    {"a request among $ silent clients", "idle-crowd", "idle-crowd-cost", 900, 0},
    {"a visit, $ clients", "come-and-go", "come-and-go-cost", 100, 1},
    {"memory of a silent client, of $", "memory", "memory", 1000, 0},
    {"a delivery in a room of $", "chat", "chat-cost", 100, 2},
};
enum { SHOWN = sizeof shown / sizeof shown[0], MODELS = FINDING_MODELS };

static const char *const ways[MODELS] = {
    "one client after another", "a process for each client", "a thread for each client",
    "one thread, looks at all", "one thread, looks at all",  "one thread, gets those ready"};
static const char *const names[MODELS] = {"loop", "fork", "thread", "select", "poll", "epoll"};

struct column {
    struct evidence evidence;
    struct findings order;
    size_t at;
    char head[80];
};

static size_t nearest(const struct grid *grid, const struct shown *which)
{
    size_t best = 0;
    double least = INFINITY;
    for (size_t i = 0; i < grid->columns; i++) {
        double far = fabs(log(grid->x[i] / which->near));
        if (grid->x[i] > which->above && far < least) {
            least = far;
            best = i;
        }
    }
    return best;
}

static void column_make(const struct report *report, const struct shown *which,
                        struct column *column)
{
    char x[NUMBER_TEXT] = "many";
    int before = (int)strcspn(which->head, "$");
    memset(column, 0, sizeof *column);
    if (report_evidence(report, which->experiment, which->view, &column->evidence) &&
        column->evidence.grid->columns > 0) {
        column->at = nearest(column->evidence.grid, which);
        column->order = finding_order(&column->evidence, column->at);
        (void)experiment_x(column->evidence.experiment, column->evidence.grid->x[column->at], x);
    }
    (void)snprintf(column->head, sizeof column->head, "%.*s%s%s", before, which->head, x,
                   which->head + before + 1);
}

/* A ratio to epoll in words, if there is one, above the figure. */
static void cell(const struct column *column, int model, FILE *out)
{
    const struct grid *grid = column->evidence.grid;
    int row = grid != NULL ? finding_row(grid, model) : -1;
    char times[NUMBER_TEXT], figure[NUMBER_TEXT], tried[REPORT_REASON];
    const struct grid_cell *found = row >= 0 ? &grid->cell[row][column->at] : NULL;
    html(out, "<td data-label=\"$\">", column->head);
    if (found == NULL || found->estimate.count == 0) {
        html(out, "<span>$</span></td>", row < 0 ? "not measured" : report_reason(found, tried));
        return;
    }
    (void)number_table(number_kind_of(column->evidence.view->y_label), found->estimate.median,
                       figure);
    enum finding finding = column->order.found[model];
    if (finding == FINDING_NONE)
        html(out, "<b>$</b></td>", figure);
    else
        html(out, "<b>$</b><small>$</small></td>",
             finding == FINDING_LEVEL ? "the same"
                                      : finding_times(column->order.times[model], times),
             figure);
}

/* How much longer the others wait beside a neighbour of a kind, which is one of the x_words. */
static void neighbour(const struct evidence *evidence, int model, const char *kind, FILE *out)
{
    const char *const *word = evidence->experiment->x_words;
    char text[NUMBER_TEXT];
    while (*word != NULL && strcmp(*word, kind) != 0)
        word++;
    int row = finding_row(evidence->grid, model);
    int at = grid_column(evidence->grid, (double)(word - evidence->experiment->x_words));
    if (row < 0 || at < 0)
        return;
    const struct grid_cell *found = &evidence->grid->cell[row][at];
    struct findings growth = finding_growth(evidence, 0, (size_t)at);
    const char *words = finding_times(growth.times[model], text);
    if (found->estimate.count == 0)
        words = found->cannot ? "the others stand still" : "no figure";
    else if (growth.found[model] == FINDING_NONE)
        words = "not clear";
    else if (growth.found[model] == FINDING_LEVEL)
        words = "no matter";
    html(out, "<b>$</b><small>$</small>", words, kind);
}

static double half(const struct sample *sample)
{
    return sample->p50;
}

/* Half of the visits: in a short sample they vary less than the slowest in a hundred. */
static bool beside_make(const struct report *report, struct evidence *evidence)
{
    static const struct view view = {.name = "", .y_label = "a visit, 50 % (µs)", .value = half};
    const struct experiment *experiment = experiment_find("bad-neighbour");
    if (experiment == NULL)
        return false;
    *evidence = (struct evidence){experiment, &view, report_grid(report, experiment, &view),
                                  report->samples, report->count};
    return evidence->grid != NULL;
}

void html_six(const struct report *report, FILE *out)
{
    static const char *const kinds[] = {"silent", "computing"};
    static const char beside[] = "a visit beside a neighbour";
    struct column columns[SHOWN];
    struct evidence evidence;
    bool has = beside_make(report, &evidence);
    (void)fputs("<table class=\"six\">\n<tr><th></th>", out);
    for (size_t i = 0; i < SHOWN; i++) {
        column_make(report, &shown[i], &columns[i]);
        html(out, "<th>$</th>", columns[i].head);
    }
    html(out, "<th>$</th></tr>\n", beside);
    for (int model = 1; model <= MODELS; model++) {
        html(out, "<tr><th>$<small>$</small></th>", names[model - 1], ways[model - 1]);
        for (size_t i = 0; i < SHOWN; i++)
            cell(&columns[i], model, out);
        html(out, "<td data-label=\"$\">", beside);
        for (size_t i = 0; has && i < sizeof kinds / sizeof kinds[0]; i++)
            neighbour(&evidence, model, kinds[i], out);
        (void)fputs("</td></tr>\n", out);
    }
    (void)fputs("</table>\n<p class=\"soft\">Processor time of the server, its memory, and how "
                "long half of the visits take. Words compare with epoll in the same rounds, the "
                "last column "
                "with no neighbour; \"the same\" is within a tenth. A figure alone: the samples "
                "prove no ratio. All intervals are in the tables below.</p>\n",
                out);
    for (size_t i = 0; i < SHOWN; i++)
        free(columns[i].evidence.grid);
    if (has)
        free(evidence.grid);
}
