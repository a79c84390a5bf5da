/* bench/charts/finding.h: what the samples prove, in words: titles, lessons, the answer
 *
 * A finding is a ratio within five rounds or more, of the six only (with five, the interval from
 * the least to the most holds the median with 94 %). "Apart": its whole interval is above 1.1, or
 * below 1 / 1.1. "Level": its whole interval is within a factor of 1.25 of 1. Otherwise nothing is
 * claimed. "Absent": there is nothing to compare: a model not measured, or one with itself.
 */
#ifndef BENCH_FINDING_H
#define BENCH_FINDING_H

#include <stdbool.h>
#include <stdio.h>

#include "experiments/experiment.h"
#include "results/grid.h"

enum finding { FINDING_ABSENT, FINDING_NONE, FINDING_LEVEL, FINDING_APART };
enum { FINDING_MODELS = 6, FINDING_TEXT = 600 };

struct evidence {
    const struct experiment *experiment;
    const struct view *view;
    struct grid *grid; /* of both */
};

/* By model, from 1. */
struct findings {
    enum finding found[FINDING_MODELS + 1];
    struct estimate ratio[FINDING_MODELS + 1];
};

/* -1: it has none. */
int finding_row(const struct grid *grid, int model);

/* Each model at a column, divided by epoll there; growth: by itself at the first column. Where the
 * baseline's cost is level, unless the samples prove the contrary, growth is of what is × the
 * baseline: machines change their speed between two points. */
struct findings finding_compare(const struct evidence *evidence, size_t column, bool growth);

/* The last column at which most of the six have figures of their own; loop does not count. */
size_t finding_column(const struct evidence *evidence);

/* "four times", "half", if that is within a twentieth of the median and in the interval; else "1.4
 * times", "0.45 times"; "at least 1.2 times", "at most 0.9 times" if the ends of the interval are a
 * factor of 2 or more apart. */
const char *finding_times(const struct estimate *ratio, char text[NUMBER_TEXT]);

/* "select and poll": the models in the mask 1 << model. */
void finding_names(FILE *out, unsigned int models);
unsigned int finding_mask(const struct findings *findings, enum finding found);

/* "select and poll four times, fork twice": the ratios of the models in the mask. */
void finding_ratios(FILE *out, const struct findings *findings, unsigned int models);

/* What the view shows, in sentences: how each grows along x, and how they compare at the end; or
 * how they compare at both ends. As a title: as short as it gets. False: nothing is proved, and
 * text has the reason. */
bool finding_text(const struct evidence *evidence, bool title, char text[FINDING_TEXT]);

#endif
