/* grid.c: see grid.h */
#include "results/grid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "probe/server.h"

const char *const grid_models[] = {"loop", "fork", "thread", "select", "poll", "epoll"};
enum { MODELS = sizeof grid_models / sizeof grid_models[0] };

int grid_model(const char *server)
{
    if (strcmp(server, "baseline") == 0)
        return -1;
    for (int i = 0; i < MODELS; i++) {
        bool numbered = server[0] == '0' && server[1] == '1' + i && server[2] == '_';
        if (strcmp(server + (numbered ? 3 : 0), grid_models[i]) == 0)
            return i + 1;
    }
    return 0;
}

int grid_minimal(const char *server)
{
    return server_kind_of(server) == SERVER_MINIMAL ? grid_model(strchr(server, '-') + 1) : 0;
}

const char *grid_label(const char *server)
{
    int model = grid_model(server);
    return model > 0 ? grid_models[model - 1] : server;
}

/* -1: there is none. */
static int grid_row(const struct grid *grid, const char *server)
{
    for (size_t i = 0; i < grid->rows; i++)
        if (strcmp(grid->servers[i], server) == 0)
            return (int)i;
    return -1;
}

static bool same(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b));
}

static int grid_column(const struct grid *grid, double x)
{
    for (size_t i = 0; i < grid->columns; i++)
        if (same(grid->x[i], x))
            return (int)i;
    return -1;
}

const struct grid_cell *grid_at(const struct grid *grid, const char *server, double x)
{
    int row = grid_row(grid, server), column = grid_column(grid, x);
    return row >= 0 && column >= 0 ? &grid->cell[row][column] : NULL;
}

/* The order on charts; see struct grid. */
static int rank(const char *server)
{
    int model = grid_model(server), minimal = grid_minimal(server);
    bool peer = server_kind_of(server) == SERVER_PEER;
    if (model != 0)
        return model > 0 ? model : 2 * MODELS + 3;
    return minimal > 0 ? MODELS + 2 + minimal : peer ? MODELS + 2 : MODELS + 1;
}

/* Adds a row, in its place, unless it is there. False: there is no room. */
static bool add_server(struct grid *grid, const char *server)
{
    if (grid_row(grid, server) >= 0)
        return true;
    if (grid->rows == GRID_SERVERS)
        return false;
    size_t at = grid->rows++;
    for (; at > 0 && rank(grid->servers[at - 1]) > rank(server); at--)
        memcpy(grid->servers[at], grid->servers[at - 1], sizeof grid->servers[at]);
    (void)snprintf(grid->servers[at], sizeof grid->servers[at], "%s", server);
    return true;
}

static void add_x(struct grid *grid, double x)
{
    if (grid_column(grid, x) >= 0 || grid->columns == GRID_POINTS)
        return;
    size_t at = grid->columns++;
    for (; at > 0 && grid->x[at - 1] > x; at--)
        grid->x[at] = grid->x[at - 1];
    grid->x[at] = x;
}

static bool is_of(const struct sample *sample, const struct grid *grid, const char *server,
                  double x)
{
    return !sample->trial && same(sample->x, x) &&
           strcmp(sample->experiment, grid->experiment) == 0 && strcmp(sample->server, server) == 0;
}

/* 1: the figure may be taken from the sample; 0: it is bounded by the generator; -1: neither. */
static int fitness(const struct sample *sample, enum figure figure)
{
    bool bounded = sample->state == SAMPLE_GENERATOR;
    if (!isfinite(sample_figure(sample, figure)) || (sample->state != SAMPLE_GOOD && !bounded))
        return -1;
    return !bounded || figure_is_cost(figure);
}

/* So many requests in a sample make this figure as good as others. The interval between two
 * requests by a schedule is not the server's choice; a GiB is many calls, however few the files. */
static unsigned int enough(const struct sample *sample, enum figure figure)
{
    if (figure == FIGURE_P999)
        return SAMPLE_LONG_TAIL;
    if (figure == FIGURE_P99 && isnan(sample->offered))
        return SAMPLE_TAIL;
    bool bytes = figure == FIGURE_GIB_COST || figure == FIGURE_GIB_RATE ||
                 figure_kind(figure) == NUMBER_BYTES;
    return bytes || figure == FIGURE_LONGEST ? 0 : SAMPLE_FEW;
}

/* By round, the figure of its first fit sample in values[1], and of its first one that the
 * generator bounded in values[0]; NaN: there is none. Rounds are independent, repetitions within a
 * round are not. Returns the number of rounds. */
static size_t rounds_fill(const struct grid *grid, const char *server, double x,
                          double values[2][GRID_ROUNDS])
{
    size_t rounds = 0;
    for (size_t i = 0; i < GRID_ROUNDS; i++)
        values[0][i] = values[1][i] = NAN;
    for (size_t i = 0; i < grid->count; i++) {
        const struct sample *sample = &grid->samples[i];
        int fit = fitness(sample, grid->figure);
        if (fit < 0 || !is_of(sample, grid, server, x) || sample->round >= GRID_ROUNDS)
            continue;
        if (isnan(values[fit][sample->round]))
            values[fit][sample->round] = sample_figure(sample, grid->figure);
        rounds = sample->round >= rounds ? sample->round + 1u : rounds;
    }
    return rounds;
}

/* Counts the samples of a cell; and why it has no figure, or one that is not as good as others. */
static void cell_count(const struct grid *grid, const char *server, double x,
                       struct grid_cell *cell)
{
    const char *reason = "";
    for (size_t i = 0; i < grid->count; i++) {
        const struct sample *sample = &grid->samples[i];
        int fit = fitness(sample, grid->figure);
        if (!is_of(sample, grid, server, x))
            continue;
        cell->usable += fit >= 0;
        cell->generator += fit >= 0 && sample->state == SAMPLE_GENERATOR;
        cell->crashed |= sample->state == SAMPLE_CRASHED;
        cell->cannot |= sample->state == SAMPLE_CANNOT;
        bool counts = fit >= 0 || (sample->state == SAMPLE_GOOD && grid->figure == FIGURE_P999);
        if (counts && sample->requests < enough(sample, grid->figure))
            cell->few = enough(sample, grid->figure);
        if (sample->state == SAMPLE_CANNOT)
            reason = sample->note[0] != '\0' ? sample->note : "not possible";
        else
            cell->disturbed += fit < 1 && sample->state != SAMPLE_GOOD;
    }
    cell->bound =
        !figure_is_cost(grid->figure) && cell->generator > 0 && 3 * cell->generator >= cell->usable;
    cell->disturbed -= cell->bound ? cell->generator : 0;
    if (cell->cannot || cell->crashed)
        (void)snprintf(cell->reason, sizeof cell->reason, "%s",
                       cell->cannot ? reason : "ended while it was measured");
    else if (cell->few > 0)
        (void)snprintf(cell->reason, sizeof cell->reason, "fewer than %u requests in a sample",
                       cell->few);
    else if (cell->disturbed > 0)
        (void)snprintf(cell->reason, sizeof cell->reason, "no undisturbed sample (%u tried)",
                       cell->disturbed);
}

/* What may be 0 or less has no ratio, and no place on a logarithmic axis. */
static void cell_resolve(struct grid_cell *cell, enum figure figure)
{
    char low[NUMBER_TEXT], high[NUMBER_TEXT];
    cell->unresolved = cell->estimate.low <= 0;
    if (!cell->unresolved)
        return;
    (void)snprintf(cell->reason, sizeof cell->reason, "not resolved (%s to %s)",
                   number_table(figure_kind(figure), cell->estimate.low, low),
                   number_table(figure_kind(figure), cell->estimate.high, high));
    cell->estimate = stats_estimate(NULL, 0);
}

/* If a third or more of the samples were bounded by the generator, the rounds that have no other
 * ones are taken, too, and the cell is marked: the rest would be a selection, mostly of the faster
 * ones. */
static void cell_fill(struct grid *grid, size_t row, size_t column)
{
    struct grid_cell *cell = &grid->cell[row][column];
    double values[2][GRID_ROUNDS], *fit = values[1];
    size_t rounds = rounds_fill(grid, grid->servers[row], grid->x[column], values);
    cell_count(grid, grid->servers[row], grid->x[column], cell);
    for (size_t i = 0; i < rounds && cell->bound; i++)
        fit[i] = isnan(fit[i]) ? values[0][i] : fit[i];
    cell->estimate = stats_estimate(fit, rounds);
    size_t all = cell->estimate.count, lower = stats_humps(fit, all);
    for (int i = 0; i < 2 && lower > 0; i++) {
        cell->humps[i].count = i == 0 ? lower : all - lower;
        cell->humps[i].median =
            stats_estimate(fit + (i == 0 ? 0 : lower), cell->humps[i].count).median;
    }
    cell_resolve(cell, grid->figure);
    if (cell->estimate.count > 0 && (cell->cannot || cell->crashed))
        (void)strncat(cell->reason, ", in another round", sizeof cell->reason / 2);
    else if (cell->estimate.count > 0 && cell->few == 0)
        cell->reason[0] = '\0';
}

struct grid *grid_make(const char *experiment, enum figure figure, const struct sample *samples,
                       size_t count)
{
    struct grid *grid = calloc(1, sizeof *grid);
    if (grid == NULL)
        return NULL;
    grid->experiment = experiment;
    grid->figure = figure;
    grid->samples = samples;
    grid->count = count;
    for (size_t i = 0; i < count; i++)
        if (isfinite(samples[i].x) && strcmp(samples[i].experiment, experiment) == 0 &&
            add_server(grid, samples[i].server))
            add_x(grid, samples[i].x);
    for (size_t row = 0; row < grid->rows; row++)
        for (size_t column = 0; column < grid->columns; column++)
            cell_fill(grid, row, column);
    return grid;
}

static bool may_be_compared(const struct grid *grid, const char *server, double x)
{
    const struct grid_cell *cell = grid_at(grid, server, x);
    return cell != NULL && cell->estimate.count > 0 && !cell->bound && cell->few == 0 &&
           !cell->cannot;
}

struct estimate grid_ratio(const struct grid *grid, const char *server, double x, const char *base,
                           double base_x)
{
    double own[2][GRID_ROUNDS], others[2][GRID_ROUNDS];
    size_t rounds = rounds_fill(grid, server, x, own);
    (void)rounds_fill(grid, base, base_x, others);
    bool both = may_be_compared(grid, server, x) && may_be_compared(grid, base, base_x);
    return stats_ratio(own[1], others[1], both ? rounds : 0);
}

struct estimate grid_growth(const struct grid *grid, const char *server, double from, double x)
{
    double before[2][GRID_ROUNDS], after[2][GRID_ROUNDS], base[2][GRID_ROUNDS];
    bool both = may_be_compared(grid, server, from) && may_be_compared(grid, server, x);
    size_t rounds = rounds_fill(grid, server, x, after);
    (void)rounds_fill(grid, server, from, before);
    (void)rounds_fill(grid, "baseline", x, base);
    for (size_t i = 0; i < rounds; i++)
        after[1][i] /= base[1][i];
    (void)rounds_fill(grid, "baseline", from, base);
    for (size_t i = 0; i < rounds; i++)
        before[1][i] /= base[1][i];
    return stats_ratio(after[1], before[1], both ? rounds : 0);
}
