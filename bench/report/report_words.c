/* report_words.c: what the figures say, computed from them */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "report/report_parts.h"

/* Below 5 rounds in common nothing is said of two servers: with 5 the interval from least to most
 * holds the true median in 94 of 100 cases, with 4 in 88. */
enum { ROUNDS = 256, RATIO_LEAST = 5, LIST = GRID_SERVERS * 26 };

/* How many servers can do it at all there (the baseline apart), and how many have figures of it. */
static size_t able(const struct grid *grid, size_t column, size_t *figures)
{
    size_t can = 0;
    *figures = 0;
    for (size_t row = 0; row < grid->rows; row++) {
        const struct grid_cell *cell = &grid->cell[row][column];
        if (grid_model(grid->servers[row]) < 0)
            continue;
        *figures += cell->estimate.count > 0;
        can += cell->estimate.count > 0 || (cell->disturbed > 0 && !cell->cannot);
    }
    return can;
}

int report_column(const struct grid *grid)
{
    size_t most = 0, figures;
    int best = -1;
    for (size_t i = 0; i < grid->columns; i++) {
        size_t can = able(grid, i, &figures);
        most = can > most ? can : most;
    }
    for (size_t i = 0; i < grid->columns; i++)
        if (able(grid, i, &figures) + 1 >= most && figures > 0 && (figures * 2 >= most || best < 0))
            best = (int)i;
    return best;
}

static struct estimate estimate_of(double *values, size_t count)
{
    size_t good = 0;
    for (size_t i = 0; i < count; i++)
        if (isfinite(values[i]))
            values[good++] = values[i];
    return stats_estimate(values, good);
}

/* Two that share no round: the ratio of the medians, and the widest interval that theirs allow. */
static struct estimate apart(double *a, size_t a_count, double *b, size_t b_count)
{
    struct estimate over = estimate_of(a, a_count), under = estimate_of(b, b_count), ratio;
    ratio.median = over.median / under.median;
    ratio.low = over.low / under.high;
    ratio.high = over.high / under.low;
    ratio.count = over.count < under.count ? over.count : under.count;
    ratio.sure = over.sure && under.sure;
    return ratio;
}

struct estimate report_ratio(const struct report *report, const char *experiment,
                             double (*value)(const struct sample *sample), const char *server,
                             const char *base, double x)
{
    double a[ROUNDS], b[ROUNDS];
    size_t rounds =
        grid_rounds(experiment, server, x, value, report->samples, report->count, a, ROUNDS);
    size_t others =
        grid_rounds(experiment, base, x, value, report->samples, report->count, b, ROUNDS);
    struct estimate ratio = stats_ratio(a, b, rounds < others ? rounds : others);
    return ratio.count > 0 ? ratio : apart(a, rounds, b, others);
}

const char *report_x(const struct experiment *experiment, double x, char text[NUMBER_TEXT])
{
    size_t words = 0;
    while (experiment->x_words != NULL && experiment->x_words[words] != NULL)
        words++;
    if (x >= 0 && x < (double)words)
        return experiment->x_words[(size_t)x];
    return number_exact(number_kind_of(experiment->x_label), x, text);
}

void report_where(const struct experiment *experiment, double x, char text[160])
{
    char figure[NUMBER_TEXT];
    (void)snprintf(text, 160, "%s: %s", experiment->x_label, report_x(experiment, x, figure));
}

const struct view *report_cost_view(const struct experiment *experiment)
{
    for (const struct view *view = experiment->views; view->name != NULL; view++)
        if (strstr(view->y_label, "processor time") != NULL)
            return view;
    return experiment->views;
}

/* Appends, as far as there is room. */
static void say(char words[REPORT_WORDS], const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void say(char words[REPORT_WORDS], const char *format, ...)
{
    size_t used = strlen(words);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(words + used, REPORT_WORDS - used, format, args);
    va_end(args);
}

/* Rows with a figure in this column, the least first; the baseline, which nobody should use, apart. */
static size_t sorted_rows(const struct grid *grid, size_t column, size_t rows[GRID_SERVERS])
{
    size_t count = 0;
    for (size_t row = 0; row < grid->rows; row++) {
        if (grid_model(grid->servers[row]) < 0 || grid->cell[row][column].estimate.count == 0)
            continue;
        size_t at = count++;
        for (; at > 0 && grid->cell[rows[at - 1]][column].estimate.median >
                             grid->cell[row][column].estimate.median;
             at--)
            rows[at] = rows[at - 1];
        rows[at] = row;
    }
    return count;
}

/* Who is below the first in the rounds that both were in comes before it, whatever the medians say: where the
 * machine is fast in some minutes only, and some samples are left out, medians compare minutes. */
static void least_first(const struct report *report, const struct experiment *experiment,
                        const struct view *view, const struct grid *grid, size_t column,
                        size_t *rows, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct estimate ratio =
            report_ratio(report, experiment->name, view->value, grid->servers[rows[i]],
                         grid->servers[rows[0]], grid->x[column]);
        if (ratio.count < RATIO_LEAST || !(ratio.high < 1))
            continue;
        size_t less = rows[i];
        memmove(rows + 1, rows, i * sizeof *rows);
        rows[0] = less;
    }
}

static void say_estimate(char words[REPORT_WORDS], enum number_kind kind,
                         const struct estimate *estimate)
{
    char median[NUMBER_TEXT], low[NUMBER_TEXT], high[NUMBER_TEXT];
    say(words, "%s [%s to %s]", number_table(kind, estimate->median, median),
        number_table(kind, estimate->low, low), number_table(kind, estimate->high, high));
}

static void say_ratio(char words[REPORT_WORDS], const struct estimate *ratio, const char *times)
{
    char median[NUMBER_TEXT], low[NUMBER_TEXT], high[NUMBER_TEXT];
    say(words, "%s%s [%s to %s]", number_ratio(ratio->median, median), times,
        number_ratio(ratio->low, low), number_ratio(ratio->high, high));
}

/* What a ratio to the least tells. */
enum verdict { ALIKE, APART, TOO_FEW };

static enum verdict judge(const struct estimate *ratio)
{
    if (ratio->count < RATIO_LEAST)
        return TOO_FEW;
    return ratio->low > 1 || ratio->high < 1 ? APART : ALIKE;
}

static void list_add(char list[LIST], const char *server)
{
    size_t used = strlen(list);
    (void)snprintf(list + used, LIST - used, "%s%s", used > 0 ? ", " : "", grid_label(server));
}

static void say_apart(const struct view *view, const struct grid_cell *cell, const char *server,
                      const struct estimate *ratio, bool first, bool second,
                      char words[REPORT_WORDS])
{
    if (!first) {
        say(words, "%s%s ", second ? "; between them " : ", ", grid_label(server));
        say_ratio(words, ratio, " times");
        return;
    }
    say(words, " most with %s, ", grid_label(server));
    say_estimate(words, number_kind_of(view->y_label), &cell->estimate);
    say(words, ": ");
    say_ratio(words, ratio, " times as much");
}

/* The most first, then down to the least; those that can't be told from it at the end. */
static void say_others(const struct report *report, const struct experiment *experiment,
                       const struct view *view, const struct grid *grid, size_t column,
                       const size_t *rows, size_t count, char words[REPORT_WORDS])
{
    char alike[LIST] = "", few[LIST] = "";
    const char *least = grid->servers[rows[0]];
    for (size_t i = count - 1, told = 0; i > 0; i--) {
        const char *server = grid->servers[rows[i]];
        struct estimate ratio =
            report_ratio(report, experiment->name, view->value, server, least, grid->x[column]);
        enum verdict verdict = judge(&ratio);
        if (verdict != APART) {
            list_add(verdict == ALIKE ? alike : few, server);
            continue;
        }
        if (told == 0 && few[0] != '\0')
            say(words, ", and of those that can be told from it");
        else if (told == 0)
            say(words, ", and");
        say_apart(view, &grid->cell[rows[i]][column], server, &ratio, told == 0, told == 1, words);
        told++;
    }
    if (alike[0] != '\0')
        say(words, ". No difference from %s beyond the interval: %s", grid_label(least), alike);
    if (few[0] != '\0')
        say(words, ". Too few undisturbed rounds to tell from %s: %s", grid_label(least), few);
}

static void say_unable(const struct grid *grid, size_t column, char words[REPORT_WORDS])
{
    char disturbed[LIST] = "";
    const char *join = " Can't do it: ";
    for (size_t row = 0; row < grid->rows; row++) {
        const struct grid_cell *cell = &grid->cell[row][column];
        if (cell->estimate.count > 0)
            continue;
        if (!cell->cannot) {
            if (cell->disturbed > 0)
                list_add(disturbed, grid->servers[row]);
            continue;
        }
        say(words, "%s%s (%.100s)", join, grid_label(grid->servers[row]), cell->note);
        join = ", ";
    }
    if (strcmp(join, ", ") == 0)
        say(words, ".");
    if (disturbed[0] != '\0')
        say(words, " Without an undisturbed sample: %s.", disturbed);
}

/* How much of a view's label is its name: without the unit in brackets that each figure has anyway. */
static size_t named(const struct view *view)
{
    const char *unit = strstr(view->y_label, " (");
    bool told = number_kind_of(view->y_label) != NUMBER_PLAIN && unit != NULL;
    return told ? (size_t)(unit - view->y_label) : strlen(view->y_label);
}

void report_words(const struct report *report, const struct experiment *experiment,
                  const struct view *view, const struct grid *grid, size_t column,
                  char words[REPORT_WORDS])
{
    size_t rows[GRID_SERVERS], count = sorted_rows(grid, column, rows);
    char where[200], figure[NUMBER_TEXT];
    words[0] = '\0';
    (void)snprintf(where, sizeof where,
                   experiment->x_words != NULL ? "With “%s” (%s)" : "At %s (%s)",
                   report_x(experiment, grid->x[column], figure), experiment->x_label);
    if (count == 0) {
        say(words, "%s: no figures.", where);
        return;
    }
    least_first(report, experiment, view, grid, column, rows, count);
    say(words, "%s, %.*s is least with %s, ", where, (int)named(view), view->y_label,
        grid_label(grid->servers[rows[0]]));
    say_estimate(words, number_kind_of(view->y_label), &grid->cell[rows[0]][column].estimate);
    if (count > 1)
        say_others(report, experiment, view, grid, column, rows, count, words);
    say(words, ".");
    say_unable(grid, column, words);
}
