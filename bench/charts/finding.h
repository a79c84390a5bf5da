/* bench/charts/finding.h: what the samples prove, in words: titles, lessons, the answer
 *
 * A finding is a ratio within five rounds or more, of the six only (with five, the interval from
 * the least to the most holds the median with 94 %). "Apart": its whole interval is above 1.1, or
 * below 1 / 1.1. "Level": the median is within a tenth of 1, and the interval within
 * a factor of 1.5. Otherwise nothing is claimed.
 */
#ifndef BENCH_FINDING_H
#define BENCH_FINDING_H

#include <stdbool.h>
#include <stdio.h>

#include "experiments/experiment.h"
#include "results/grid.h"

enum finding { FINDING_NONE, FINDING_LEVEL, FINDING_APART };
enum { FINDING_MODELS = 6, FINDING_TEXT = 600 };

struct evidence {
    const struct experiment *experiment;
    const struct view *view;
    struct grid *grid; /* of both */
};

/* By model, from 1. */
struct findings {
    enum finding found[FINDING_MODELS + 1];
    double times[FINDING_MODELS + 1]; /* the median of the ratios */
};

/* -1: it has none. */
int finding_row(const struct grid *grid, int model);

/* Each model at column to, divided by itself at column from. */
struct findings finding_growth(const struct evidence *evidence, size_t from, size_t to);

/* Each model at a column, divided by epoll there. */
struct findings finding_order(const struct evidence *evidence, size_t column);

/* The last column at which most of the six have figures of their own; loop does not count. */
size_t finding_column(const struct evidence *evidence);

/* "four times", "half", "1.4 times", "0.45 times" */
const char *finding_times(double times, char text[NUMBER_TEXT]);

/* "select and poll": the models in the mask 1 << model. */
void finding_names(FILE *out, unsigned int models);
unsigned int finding_mask(const struct findings *findings, enum finding found);

/* "select and poll four times, fork twice": the ratios of the models in the mask. */
void finding_ratios(FILE *out, const struct findings *findings, unsigned int models);

/* What the view shows, in sentences: how each grows along x, how they compare at the end. As a
 * title: as short as it gets. False: nothing is proved. */
bool finding_text(const struct evidence *evidence, bool title, char text[FINDING_TEXT]);

#endif
