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

int grid_row(const struct grid *grid, const char *server)
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

int grid_column(const struct grid *grid, double x)
{
    for (size_t i = 0; i < grid->columns; i++)
        if (same(grid->x[i], x))
            return (int)i;
    return -1;
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

/* A sample that is not good leaves its note. */
static void cell_mark(struct grid_cell *cell, const struct sample *sample)
{
    bool cannot = sample->state == SAMPLE_CANNOT, crashed = sample->state == SAMPLE_CRASHED;
    if (cannot || crashed || !(cell->cannot || cell->crashed))
        (void)snprintf(cell->note, sizeof cell->note, "%s", sample->note);
    cell->disturbed += !cannot;
    cell->cannot |= cannot;
    cell->crashed |= crashed;
}

const char *grid_reason(const struct grid_cell *cell, char text[GRID_REASON])
{
    if (cell->cannot)
        return cell->note[0] != '\0' ? cell->note : "not possible";
    if (cell->crashed)
        return "ended while it was measured";
    if (cell->disturbed == 0)
        return "not measured";
    (void)snprintf(text, GRID_REASON, "no undisturbed sample (%u tried)", cell->disturbed);
    return text;
}

static bool is_of(const struct sample *sample, const struct grid *grid, const char *server,
                  double x)
{
    return same(sample->x, x) && strcmp(sample->experiment, grid->experiment) == 0 &&
           strcmp(sample->server, server) == 0;
}

/* May the figure be taken from the sample? */
static bool is_fit(const struct sample *sample, enum figure figure)
{
    return sample->state == SAMPLE_GOOD ||
           (sample->state == SAMPLE_GENERATOR && figure_is_cost(figure));
}

/* values has room for all samples. If most were bounded by the generator, all are taken, and the
 * cell is marked: the few others would be a choice of the slowest, and a lower bound of a rate is
 * better than that. */
static void cell_fill(struct grid *grid, size_t row, size_t column, double *values)
{
    struct grid_cell *cell = &grid->cell[row][column];
    size_t good = 0, bound = 0; /* in values the bounded come after the good */
    for (size_t i = 0; i < grid->count; i++) {
        const struct sample *sample = &grid->samples[i];
        bool fit = is_fit(sample, grid->figure);
        if (!is_of(sample, grid, grid->servers[row], grid->x[column]))
            continue;
        if (!fit)
            cell_mark(cell, sample);
        if (!isfinite(sample_figure(sample, grid->figure)) ||
            (!fit && sample->state != SAMPLE_GENERATOR))
            continue;
        values[good + bound] = values[good];
        values[fit ? good : good + bound] = sample_figure(sample, grid->figure);
        good += fit;
        bound += !fit;
    }
    cell->bound = bound > good;
    if (!cell->bound)
        bound = 0;
    cell->disturbed -= (unsigned int)bound;
    cell->estimate = stats_estimate(values, good + bound);
    size_t all = cell->estimate.count, lower = stats_humps(values, all);
    for (int i = 0; i < 2 && lower > 0; i++) {
        cell->humps[i].count = i == 0 ? lower : all - lower;
        cell->humps[i].median =
            stats_estimate(values + (i == 0 ? 0 : lower), cell->humps[i].count).median;
    }
}

struct grid *grid_make(const char *experiment, enum figure figure, const struct sample *samples,
                       size_t count)
{
    struct grid *grid = calloc(1, sizeof *grid);
    double *values = calloc(count + 1, sizeof *values);
    if (grid == NULL || values == NULL) {
        free(grid);
        free(values);
        return NULL;
    }
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
            cell_fill(grid, row, column, values);
    free(values);
    return grid;
}

size_t grid_rounds(const struct grid *grid, const char *server, double x,
                   double values[GRID_ROUNDS])
{
    size_t rounds = 0;
    for (size_t i = 0; i < GRID_ROUNDS; i++)
        values[i] = NAN;
    for (size_t i = 0; i < grid->count; i++) {
        const struct sample *sample = &grid->samples[i];
        if (!is_of(sample, grid, server, x) || !is_fit(sample, grid->figure) ||
            sample->round >= GRID_ROUNDS)
            continue;
        values[sample->round] = sample_figure(sample, grid->figure);
        rounds = sample->round >= rounds ? sample->round + 1u : rounds;
    }
    return rounds;
}

struct estimate grid_ratio(const struct grid *grid, const char *server, double x, const char *base,
                           double base_x)
{
    double values[2][GRID_ROUNDS];
    size_t rounds = grid_rounds(grid, server, x, values[0]);
    (void)grid_rounds(grid, base, base_x, values[1]);
    return stats_ratio(values[0], values[1], rounds);
}
