/* bench/charts/finding.c: see finding.h */
#include "charts/finding.h"

#include <limits.h>
#include <math.h>
#include <string.h>

enum { EPOLL = 6 };

static const double more_than = 1.1, level_within = 1.25;

static enum finding judge(const struct estimate *ratio)
{
    if (ratio->count < STATS_ENOUGH)
        return FINDING_NONE;
    if (ratio->low > more_than || ratio->high < 1 / more_than)
        return FINDING_APART;
    bool level = ratio->low > 1 / level_within && ratio->high < level_within;
    return level ? FINDING_LEVEL : FINDING_NONE;
}

int finding_row(const struct grid *grid, int model)
{
    for (size_t row = 0; row < grid->rows; row++)
        if (grid_model(grid->servers[row]) == model)
            return (int)row;
    return -1;
}

struct findings finding_compare(const struct evidence *evidence, size_t column, bool growth)
{
    struct findings findings = {.found = {FINDING_ABSENT}};
    const struct grid *grid = evidence->grid;
    size_t base_column = growth ? 0 : column;
    double x = grid->x[column], from = grid->x[base_column];
    struct estimate machine = grid_ratio(grid, "baseline", x, "baseline", from);
    bool divides = growth && evidence->experiment->level && machine.count >= STATS_ENOUGH &&
                   judge(&machine) != FINDING_APART;
    for (int model = 1; model <= FINDING_MODELS && column < grid->columns; model++) {
        int row = finding_row(grid, model), base = finding_row(grid, growth ? model : EPOLL);
        if (row < 0 || base < 0 || (row == base && column == base_column))
            continue;
        const char *server = grid->servers[row];
        findings.ratio[model] = divides ? grid_growth(grid, server, from, x)
                                        : grid_ratio(grid, server, x, grid->servers[base], from);
        findings.found[model] = judge(&findings.ratio[model]);
    }
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
            sum += grid->cell[row][column].bound ||
                   grid->cell[row][column].estimate.count < STATS_ENOUGH;
    }
    return sum;
}

size_t finding_column(const struct evidence *evidence)
{
    const struct grid *grid = evidence->grid;
    unsigned int min = UINT_MAX;
    size_t column = 0;
    for (size_t i = 0; i < grid->columns; i++)
        min = lacking(grid, i) < min ? lacking(grid, i) : min;
    for (size_t i = 0; i < grid->columns; i++)
        if (lacking(grid, i) <= min + 1)
            column = i;
    return column;
}

/* --- words ----------------------------------------------------------------------------------- */

const char *finding_times(const struct estimate *ratio, char text[NUMBER_TEXT])
{
    static const char *const more[] = {"twice",       "three times", "four times",
                                       "five times",  "six times",   "seven times",
                                       "eight times", "nine times",  "ten times"};
    static const char *const less[] = {"half",      "a third",   "a quarter", "a fifth", "a sixth",
                                       "a seventh", "an eighth", "a ninth",   "a tenth"};
    double times = ratio->median, large = times < 1 ? 1 / times : times, whole = round(large);
    double word = times < 1 ? 1 / whole : whole;
    bool vague = ratio->high >= 2 * ratio->low; /* then only the bound nearest 1 is claimed */
    if (!vague && whole >= 2 && whole <= 10 && fabs(large - whole) <= 0.05 * whole &&
        ratio->low <= word && ratio->high >= word)
        return times < 1 ? less[(int)whole - 2] : more[(int)whole - 2];
    if (vague && times < 1)
        times = ceil(100 * ratio->high) / 100;
    else if (vague)
        times = ratio->low < 10 ? floor(10 * ratio->low) / 10 : floor(ratio->low);
    const char *bound = !vague ? "" : times < 1 ? "at most " : "at least ";
    (void)snprintf(text, NUMBER_TEXT,
                   times < 1    ? "%s%.2g times"
                   : times < 10 ? "%s%.1f times"
                                : "%s%.0f times",
                   bound, times);
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
        const char *times = finding_times(&findings->ratio[model], text[0]);
        unsigned int alike = 0;
        for (int other = model; other <= FINDING_MODELS && (models >> model & 1U) != 0; other++)
            if ((models >> other & 1U) != 0 &&
                strcmp(finding_times(&findings->ratio[other], text[1]), times) == 0)
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

/* "900 silent clients" */
static void write_x(FILE *out, const struct evidence *evidence, size_t column)
{
    const struct experiment *experiment = evidence->experiment;
    const char *noun = experiment->x.after;
    size_t length = strlen(noun);
    double x = evidence->grid->x[column];
    char text[NUMBER_TEXT];
    if (experiment->x.words == NULL && fabs(x - 1) < 1e-9 && length > 0 && noun[length - 1] == 's')
        length--; /* 1 silent client */
    (void)fprintf(out, "%s%.*s", experiment_x(experiment, x, text), (int)length, noun);
}

/* "select and poll four times, fork twice; thread level" */
static void write_found(FILE *out, const struct findings *findings)
{
    unsigned int level = finding_mask(findings, FINDING_LEVEL);
    unsigned int apart = finding_mask(findings, FINDING_APART);
    finding_ratios(out, findings, apart);
    (void)fputs(apart != 0 && level != 0 ? "; " : "", out);
    finding_names(out, level);
    (void)fputs(level != 0 ? " level" : "", out);
}

/* "From 0 to 900 silent clients, processor time for a request: ...", if some grow or fall and some
 * do not; "Among 900 silent clients, processor time for a request, compared with epoll: ...".
 * Returns whether something is written. */
static bool write_all(FILE *out, const struct evidence *evidence, bool title)
{
    const size_t last = finding_column(evidence), columns[] = {0, last};
    const struct findings growth = finding_compare(evidence, last, true);
    const char *quantity = evidence->view->y_label, *compared = ", compared with epoll";
    unsigned int level = finding_mask(&growth, FINDING_LEVEL);
    bool grows = evidence->experiment->x.words == NULL && level != 0 &&
                 finding_mask(&growth, FINDING_APART) != 0;
    bool shown = grows;
    char text[NUMBER_TEXT];
    if (grows) {
        (void)fprintf(out, "From %s to ",
                      experiment_x(evidence->experiment, evidence->grid->x[0], text));
        write_x(out, evidence, last);
        (void)fprintf(out, ", %s: ", quantity);
        write_found(out, &growth);
    }
    for (size_t i = grows || last == 0; i < 2 && !(grows && title); i++) {
        const struct findings order = finding_compare(evidence, columns[i], false);
        if ((finding_mask(&order, FINDING_LEVEL) | finding_mask(&order, FINDING_APART)) == 0)
            continue;
        (void)fprintf(out, "%s%s ", shown ? ". " : "", evidence->experiment->x.before);
        write_x(out, evidence, columns[i]);
        (void)fprintf(out, "%s%s%s: ", shown ? "" : ", ", shown ? "" : quantity, compared);
        write_found(out, &order);
        compared = "";
        shown = true;
    }
    return shown;
}

/* Why nothing is proved: by the figures of epoll, to which the others are compared. */
static const char *no_finding(const struct evidence *evidence)
{
    const struct grid *grid = evidence->grid;
    int row = finding_row(grid, EPOLL);
    const struct grid_cell *cell = row < 0 ? NULL : &grid->cell[row][finding_column(evidence)];
    if (cell != NULL && cell->bound)
        return "The generator was the bottleneck with epoll: nothing is compared with it.";
    return cell != NULL && cell->unresolved
               ? "The figure of epoll may be 0 or less: nothing is compared with it."
               : "These samples are too few or too far apart to compare the six.";
}

bool finding_text(const struct evidence *evidence, bool title, char text[FINDING_TEXT])
{
    FILE *out = fmemopen(text, FINDING_TEXT, "w");
    text[0] = '\0';
    if (out == NULL)
        return false;
    bool shown = write_all(out, evidence, title);
    if (!title || !shown)
        (void)fputs(shown ? "." : no_finding(evidence), out);
    return fclose(out) == 0 && shown;
}
