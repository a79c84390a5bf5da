/* known.h: samples of the six with known costs, and their report */
#ifndef KNOWN_H
#define KNOWN_H

#include <stdbool.h>

#include "results/sample.h"

/* Models are counted from 0: loop, fork, thread, select, poll, epoll. */
enum { KNOWN_ROUNDS = 7, KNOWN_POLL = 4, KNOWN_EPOLL = 5 };

struct known {
    struct sample *samples; /* the caller's to free */
    size_t count;
};

/* A sample of a request that costs us; NaN: it can't be. */
void known_add(struct known *all, const char *experiment, int model, double x, unsigned int round,
               double us);

/* From 1 to 1.06, for each point in another order: so ratios have an interval. */
double known_tilt(unsigned int round, int model, int point);

/* All six without silent clients and among 900, in so many rounds. scatter: in every other round
 * poll costs among them as little as without. */
struct known known_make(unsigned int rounds, bool scatter);

/* The page of these samples, which it frees. Free it. */
char *known_page(struct known *all);

#endif
