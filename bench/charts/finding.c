/* bench/charts/finding.c: see finding.h */
#include "charts/finding.h"

#include <limits.h>
#include <math.h>
#include <string.h>

enum { ROUNDS = 256, EPOLL = 6 };

static const double more_than = 1.1, level_within = 1.5;

static enum finding judge(const struct estimate *ratio)
{
    if (ratio->count == 0 || !ratio->sure)
        return FINDING_NONE;
    if (ratio->low > more_than)
        return FINDING_MORE;
    if (ratio->high < 1 / more_than)
        return FINDING_LESS;
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

/* A model at a column, divided by another one, or itself, at another column. */
static void compare(struct findings *findings, const struct evidence *evidence, int model,
                    size_t column, int other, size_t other_column)
{
    const struct grid *grid = evidence->grid;
    int row = finding_row(grid, model), base = finding_row(grid, other);
    double values[2][ROUNDS];
    if (row < 0 || base < 0)
        return;
    size_t rounds =
        grid_rounds(evidence->experiment->name, grid->servers[row], grid->x[column],
                    evidence->view->value, evidence->samples, evidence->count, values[0], ROUNDS);
    (void)grid_rounds(evidence->experiment->name, grid->servers[base], grid->x[other_column],
                      evidence->view->value, evidence->samples, evidence->count, values[1], ROUNDS);
    struct estimate ratio = stats_ratio(values[0], values[1], rounds);
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
            sum += grid->cell[row][column].bound || !grid->cell[row][column].estimate.sure;
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
        return (times < 1 ? less : more)[(int)whole - 2];
    (void)snprintf(text, NUMBER_TEXT,
                   times < 1    ? "%.2g times"
                   : times < 10 ? "%.1f times"
                                : "%.0f times",
                   times);
    return text;
}

void finding_names(FILE *out, unsigned int models)
{
    static const char *const names[] = {"", "loop", "fork", "thread", "select", "poll", "epoll"};
    if (models == (1U << (FINDING_MODELS + 1)) - 2) {
        (void)fputs("all six", out);
        return;
    }
    for (int model = 1; model <= FINDING_MODELS; model++) {
        unsigned int left = models >> (model + 1);
        if ((models >> model & 1U) != 0)
            (void)fprintf(out, "%s%s", names[model],
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

void finding_ratios(FILE *out, const struct findings *findings, unsigned int models,
                    const struct wording *wording)
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
        bool first = join[0] == '\0', one = (alike & (alike - 1)) == 0;
        (void)fputs(join, out);
        finding_names(out, alike);
        (void)fprintf(out, "%s %s%s",
                      !first ? wording->again
                      : one  ? wording->one
                             : wording->several,
                      times, first ? wording->behind : "");
        join = ", ";
        models &= ~alike;
    }
}

/* "900 silent clients" */
static void write_x(FILE *out, const struct experiment *experiment, double x)
{
    char text[NUMBER_TEXT];
    const char *noun = experiment->x_noun != NULL ? experiment->x_noun : "";
    size_t length = strlen(noun);
    bool one = x >= 1 && x <= 1 && length > 0 && noun[length - 1] == 's';
    (void)fprintf(out, "%s%s%.*s", experiment_x(experiment, x, text), length > 0 ? " " : "",
                  (int)length - one, noun);
}

/* "From 0 to 900 silent clients select and poll rise to four times; epoll stays level". If nothing
 * is level, only which rise and which fall. */
static void write_growth(FILE *out, const struct evidence *evidence, size_t to,
                         const struct findings *findings)
{
    static const enum finding kinds[] = {FINDING_MORE, FINDING_LESS, FINDING_LEVEL};
    static const struct wording wordings[] = {{" rise", " rises", "", ""},
                                              {" fall", " falls", "", ""},
                                              {" stay level", " stays level", "", ""}};
    static const struct wording far[] = {{" rise to", " rises to", " to", ""},
                                         {" fall to", " falls to", " to", ""}};
    char text[NUMBER_TEXT];
    const char *join = " ";
    (void)fprintf(out, "From %s to ",
                  experiment_x(evidence->experiment, evidence->grid->x[0], text));
    write_x(out, evidence->experiment, evidence->grid->x[to]);
    for (int i = 0; i < 3; i++) {
        unsigned int models = finding_mask(findings, kinds[i]);
        if (models == 0)
            continue;
        (void)fputs(join, out);
        join = "; ";
        if (i < 2 && finding_mask(findings, FINDING_LEVEL) != 0) {
            finding_ratios(out, findings, models, &far[i]);
            continue;
        }
        finding_names(out, models);
        (void)fputs((models & (models - 1)) == 0 ? wordings[i].one : wordings[i].several, out);
    }
}

/* "At 900 silent clients fork costs twice as much as epoll, select four times; poll the same" */
static void write_order(FILE *out, const struct evidence *evidence, size_t column,
                        const struct findings *findings)
{
    static const struct {
        const char *label;
        struct wording wording;
    } all[] = {{" a second", {" do", " does", "", " as many as epoll"}},
               {"processor time", {" cost", " costs", "", " as much as epoll"}},
               {"(µs)", {" take", " takes", "", " as long as epoll"}},
               {"", {" take", " takes", "", " as much as epoll"}}};
    unsigned int level = finding_mask(findings, FINDING_LEVEL), others = 0x3eU;
    unsigned int apart =
        finding_mask(findings, FINDING_MORE) | finding_mask(findings, FINDING_LESS);
    size_t i = 0;
    while (strstr(evidence->view->y_label, all[i].label) == NULL)
        i++;
    (void)fputs("At ", out);
    write_x(out, evidence->experiment, evidence->grid->x[column]);
    (void)fputs(" ", out);
    finding_ratios(out, findings, apart, &all[i].wording);
    (void)fputs(apart != 0 && level != 0 ? "; " : "", out);
    finding_names(out, level == others ? level | 1U << EPOLL : level);
    if (level == others)
        (void)fputs(" are level", out);
    else if (level != 0)
        (void)fputs(apart != 0                   ? " the same"
                    : (level & (level - 1)) == 0 ? " is level with epoll"
                                                 : " are level with epoll",
                    out);
}

/* What is proved along x, and at the last column that most have. */
struct shown {
    struct findings growth, order;
    size_t column;
    bool moves, levels, differs; /* some grow or fall; some do not; there is an order */
};

static struct shown evidence_look(const struct evidence *evidence)
{
    struct shown shown = {.column = finding_column(evidence)};
    const unsigned int all = (1U << (FINDING_MODELS + 1)) - 2;
    shown.growth = finding_growth(evidence, 0, shown.column);
    shown.order = finding_order(evidence, shown.column);
    shown.levels = finding_mask(&shown.growth, FINDING_LEVEL) != 0;
    shown.moves = (finding_mask(&shown.growth, FINDING_MORE) |
                   finding_mask(&shown.growth, FINDING_LESS)) != 0;
    shown.differs = (~finding_mask(&shown.order, FINDING_NONE) & all) != 0;
    return shown;
}

bool finding_title(const struct evidence *evidence, char text[FINDING_TEXT])
{
    struct shown shown = evidence_look(evidence);
    FILE *out = fmemopen(text, FINDING_TEXT, "w");
    if (out == NULL)
        return false;
    bool grows = shown.moves && shown.levels;
    if (grows)
        write_growth(out, evidence, shown.column, &shown.growth);
    else if (shown.differs)
        write_order(out, evidence, shown.column, &shown.order);
    return fclose(out) == 0 && (grows || shown.differs);
}

void finding_text(const struct evidence *evidence, char text[FINDING_TEXT])
{
    struct shown shown = evidence_look(evidence);
    FILE *out = fmemopen(text, FINDING_TEXT, "w");
    text[0] = '\0';
    if (out == NULL)
        return;
    if (shown.moves || shown.levels)
        write_growth(out, evidence, shown.column, &shown.growth);
    (void)fputs((shown.moves || shown.levels) && shown.differs ? ". " : "", out);
    if (shown.differs)
        write_order(out, evidence, shown.column, &shown.order);
    (void)fputs(shown.moves || shown.levels || shown.differs
                    ? "."
                    : "These samples are too few or too far apart to compare the six.",
                out);
    (void)fclose(out);
}
