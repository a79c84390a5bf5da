/* bench/results/grid.h: the samples of one experiment as a table: a row for each server, a column
 * for each x
 *
 * Charts, report and compare all read the same table, so that they can't disagree.
 */
#ifndef BENCH_GRID_H
#define BENCH_GRID_H

#include <stdbool.h>
#include <stddef.h>

#include "results/sample.h"
#include "results/stats.h"

enum { GRID_SERVERS = 24, GRID_POINTS = 24, GRID_REASON = 64, GRID_ROUNDS = 256 };

struct grid_cell {
    struct estimate estimate; /* of the good samples; count 0: there are none */
    unsigned int disturbed;   /* samples that were marked and left out */
    bool bound;               /* most were bounded by the generator, and are in the estimate */
    struct {
        double median;
        size_t count;
    } humps[2]; /* of the estimate's values, if they fall into two groups; else count is 0 */
    bool cannot, crashed;
    char note[160]; /* of a sample that is not possible or crashed, else of a disturbed sample */
};

/* Rows: the six in their order, others as they first appear, peers, minimal forms, the baseline.
 * Columns: x ascending. */
struct grid {
    const char *experiment; /* what it is made of */
    enum figure figure;
    const struct sample *samples;
    size_t count;
    char servers[GRID_SERVERS][24];
    double x[GRID_POINTS];
    size_t rows, columns;
    struct grid_cell cell[GRID_SERVERS][GRID_POINTS];
};

/* A new grid of this figure of the experiment's samples; NaN is skipped. The caller frees it; the
 * samples stay the caller's, and have to outlive it. NULL: no memory. rows 0: there is no sample of
 * this experiment. */
struct grid *grid_make(const char *experiment, enum figure figure, const struct sample *samples,
                       size_t count);

/* The row of a server, the column of an x; or -1. */
int grid_row(const struct grid *grid, const char *server);
int grid_column(const struct grid *grid, double x);

/* The values a server's good samples have at x, one for each round (the last good attempt of a
 * round counts), indexed by round: NaN if there is none. Returns the number of rounds. */
size_t grid_rounds(const struct grid *grid, const char *server, double x,
                   double values[GRID_ROUNDS]);

/* A server at x, divided by another one at its x in the same rounds. */
struct estimate grid_ratio(const struct grid *grid, const char *server, double x, const char *base,
                           double base_x);

/* Why a cell has no figure. */
const char *grid_reason(const struct grid_cell *cell, char text[GRID_REASON]);

extern const char *const grid_models[6]; /* the words of the six */

/* Of the six: 1 to 6 ("04_select": 4); 0: another server; -1: the baseline. */
int grid_model(const char *server);

/* Of a minimal form, 1 to 6: "minimal-select": 4; 0: it is none. */
int grid_minimal(const char *server);

/* Its name on charts: "04_select" is "select". */
const char *grid_label(const char *server);

#endif
