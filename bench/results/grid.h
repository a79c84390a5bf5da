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

enum { GRID_SERVERS = 24, GRID_POINTS = 24, GRID_ROUNDS = 1024 };

struct grid_cell {
    struct estimate estimate; /* of one value a round; count 0: there is no figure */
    unsigned int disturbed;   /* samples that were marked and left out */
    unsigned int usable;      /* samples that are good, or bounded by the generator */
    unsigned int generator;   /* of these the bounded ones */
    bool bound; /* no cost, and a third or more are bounded: rounds without another one use them */
    struct {
        double median;
        size_t count;
    } humps[2]; /* of the estimate's values, if they fall into two groups; else count is 0 */
    bool cannot, crashed;
    unsigned int few; /* some sample has fewer requests than this, which the figure needs: a 99th
                         percentile of a closed loop would be the greatest of as many as the server
                         happened to answer; 0: all have enough */
    bool unresolved;  /* the interval reaches 0 or less, so there is no figure */
    char reason[256]; /* why there is no figure, or it proves nothing; "": it does, or was not
                         measured */
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

/* A cell; NULL: there is no such row or column. */
const struct grid_cell *grid_at(const struct grid *grid, const char *server, double x);

/* A server at x, divided by another one at its x in the same rounds. No pairs if one of them has no
 * figure, or one of few requests; or is bounded by the generator or could not always do it: then
 * the other rounds are a selection. */
struct estimate grid_ratio(const struct grid *grid, const char *server, double x, const char *base,
                           double base_x);

/* A server at x, × the baseline, divided by itself at another x, × the baseline, in the same
 * rounds: a machine that is faster at one of the two changes nothing. No pairs as above, or without
 * a baseline. */
struct estimate grid_growth(const struct grid *grid, const char *server, double from, double x);

extern const char *const grid_models[6]; /* the words of the six */

/* Of the six: 1 to 6 ("04_select": 4); 0: another server; -1: the baseline. */
int grid_model(const char *server);

/* Of a minimal form, 1 to 6: "minimal-select": 4; 0: it is none. */
int grid_minimal(const char *server);

/* Its name on charts: "04_select" is "select". */
const char *grid_label(const char *server);

#endif
