/* bench/charts/finding.c: see finding.h */
#include "charts/finding.h"

#include <limits.h>
#include <math.h>
#include <string.h>

enum { EPOLL = 6, ENOUGH = 5, ALL = (1 << (FINDING_MODELS + 1)) - 2 };

static const double more_than = 1.1, level_within = 1.5;

static enum finding judge(const struct estimate *ratio)
{
    if (ratio->count < ENOUGH)
        return FINDING_NONE;
    if (ratio->low > more_than || ratio->high < 1 / more_than)
        return FINDING_APART;
    bool level = fabs(log(ratio->median)) < log(more_than) && ratio->low > 1 / level_within &&
                 ratio->high < level_within;
    return level ? FINDING_LEVEL : FINDING_NONE;
}

int finding_row(const struct grid *grid, int model)
{
    for (size_t row = 0; row < grid->rows; row++)
        if (grid_model(grid->servers[row]) == model)
            return (int)row;
    return -1;
}

/* What is bounded is a choice of the slowest samples; and a ratio of what may be 0 or less, as the
 * kernel's memory in a short run, says nothing. */
static bool proves_nothing(const struct grid_cell *cell)
{
    return cell->bound || cell->estimate.low <= 0;
}

/* A model at a column, divided by another one, or itself, at another column. */
static void compare(struct findings *findings, const struct evidence *evidence, int model,
                    size_t column, int other, size_t other_column)
{
    const struct grid *grid = evidence->grid;
    int row = finding_row(grid, model), base = finding_row(grid, other);
    if (row < 0 || base < 0 || proves_nothing(&grid->cell[row][column]) ||
        proves_nothing(&grid->cell[base][other_column]))
        return;
    struct estimate ratio = grid_ratio(grid, grid->servers[row], grid->x[column],
                                       grid->servers[base], grid->x[other_column]);
    findings->found[model] = judge(&ratio);
    findings->times[model] = ratio.median;
}

struct findings finding_growth(const struct evidence *evidence, size_t from, size_t to)
{
    struct findings findings = {.found = {FINDING_NONE}};
    for (int model = 1; model <= FINDING_MODELS && from < to; model++)
        compare(&findings, evidence, model, to, model, from);
    return findings;
}

struct findings finding_order(const struct evidence *evidence, size_t column)
{
    struct findings findings = {.found = {FINDING_NONE}};
    for (int model = 1; model < EPOLL && column < evidence->grid->columns; model++)
        compare(&findings, evidence, model, column, EPOLL, column);
    return findings;
}

/* What a column lacks: a figure counts twice, one that proves nothing once. */
static unsigned int lacking(const struct grid *grid, size_t column)
{
    unsigned int sum = 0;
    for (int model = 2; model <= FINDING_MODELS; model++) {
        int row = finding_row(grid, model);
        if (row < 0 || grid->cell[row][column].estimate.count == 0)
            sum += 2;
        else
            sum += grid->cell[row][column].bound || grid->cell[row][column].estimate.count < ENOUGH;
    }
    return sum;
}

size_t finding_column(const struct evidence *evidence)
{
    const struct grid *grid = evidence->grid;
    unsigned int least = UINT_MAX;
    size_t column = 0;
    for (size_t i = 0; i < grid->columns; i++)
        least = lacking(grid, i) < least ? lacking(grid, i) : least;
    for (size_t i = 0; i < grid->columns; i++)
        if (lacking(grid, i) <= least + 1)
            column = i;
    return column;
}

/* --- words ----------------------------------------------------------------------------------- */

const char *finding_times(double times, char text[NUMBER_TEXT])
{
    static const char *const more[] = {"twice",       "three times", "four times",
                                       "five times",  "six times",   "seven times",
                                       "eight times", "nine times",  "ten times"};
    static const char *const less[] = {"half",      "a third",   "a quarter", "a fifth", "a sixth",
                                       "a seventh", "an eighth", "a ninth",   "a tenth"};
    double large = times < 1 ? 1 / times : times, whole = round(large);
    if (whole >= 2 && whole <= 10 && fabs(large - whole) <= 0.1 * whole)
        return times < 1 ? less[(int)whole - 2] : more[(int)whole - 2];
    (void)snprintf(text, NUMBER_TEXT,
                   times < 1    ? "%.2g times"
                   : times < 10 ? "%.1f times"
                                : "%.0f times",
                   times);
    return text;
}

void finding_names(FILE *out, unsigned int models)
{
    for (int model = 1; model <= FINDING_MODELS; model++) {
        unsigned int left = models >> (model + 1);
        if ((models >> model & 1U) != 0)
            (void)fprintf(out, "%s%s", grid_models[model - 1],
                          left == 0                  ? ""
                          : (left & (left - 1)) == 0 ? " and "
                                                     : ", ");
    }
}

unsigned int finding_mask(const struct findings *findings, enum finding found)
{
    unsigned int models = 0;
    for (int model = 1; model <= FINDING_MODELS; model++)
        models |= findings->found[model] == found ? 1U << model : 0;
    return models;
}

void finding_ratios(FILE *out, const struct findings *findings, unsigned int models)
{
    char text[2][NUMBER_TEXT];
    const char *join = "";
    for (int model = 1; model <= FINDING_MODELS; model++) {
        const char *times = finding_times(findings->times[model], text[0]);
        unsigned int alike = 0;
        for (int other = model; other <= FINDING_MODELS && (models >> model & 1U) != 0; other++)
            if ((models >> other & 1U) != 0 &&
                strcmp(finding_times(findings->times[other], text[1]), times) == 0)
                alike |= 1U << other;
        if (alike == 0)
            continue;
        (void)fputs(join, out);
        finding_names(out, alike);
        (void)fprintf(out, " %s", times);
        join = ", ";
        models &= ~alike;
    }
}

/* "From 0 to 900 silent clients: select and poll four times, fork twice; thread level"; without
 * growth "At 900 silent clients, compared with epoll: …" */
static void write_sentence(FILE *out, const struct evidence *evidence, size_t column,
                           const struct findings *findings, bool growth)
{
    const struct experiment *experiment = evidence->experiment;
    unsigned int level = finding_mask(findings, FINDING_LEVEL);
    unsigned int apart = finding_mask(findings, FINDING_APART);
    double x = evidence->grid->x[column];
    char text[NUMBER_TEXT];
    if (growth)
        (void)fprintf(out, "From %s to ", experiment_x(experiment, evidence->grid->x[0], text));
    (void)fprintf(out, "%s%s", growth ? "" : "At ", experiment_x(experiment, x, text));
    if (experiment->x_noun != NULL && (x < 1 || x > 1))
        (void)fprintf(out, " %s", experiment->x_noun);
    (void)fputs(growth ? ": " : ", compared with epoll: ", out);
    finding_ratios(out, findings, apart);
    (void)fputs(apart != 0 && level != 0 ? "; " : "", out);
    finding_names(out, level);
    (void)fputs(level != 0 ? " level" : "", out);
}

/* Growth is worth a sentence if some grow or fall, and some do not. Returns what is written. */
static bool write_all(FILE *out, const struct evidence *evidence, bool both)
{
    size_t column = finding_column(evidence);
    const struct findings growth = finding_growth(evidence, 0, column);
    const struct findings order = finding_order(evidence, column);
    unsigned int level = finding_mask(&growth, FINDING_LEVEL);
    bool grows = level != 0 && (level | finding_mask(&growth, FINDING_NONE)) != ALL;
    bool differs = finding_mask(&order, FINDING_NONE) != ALL;
    if (grows)
        write_sentence(out, evidence, column, &growth, true);
    if (grows && both && differs)
        (void)fputs(". ", out);
    if (differs && (both || !grows))
        write_sentence(out, evidence, column, &order, false);
    return grows || differs;
}

bool finding_text(const struct evidence *evidence, bool title, char text[FINDING_TEXT])
{
    FILE *out = fmemopen(text, FINDING_TEXT, "w");
    text[0] = '\0';
    if (out == NULL)
        return false;
    bool shown = write_all(out, evidence, !title);
    if (!title)
        (void)fputs(shown ? "." : "These samples are too few or too far apart to compare the six.",
                    out);
    return fclose(out) == 0 && shown;
}
