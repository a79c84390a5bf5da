/* bench/results/stats.h: the few statistics that a noisy machine allows */
#ifndef BENCH_STATS_H
#define BENCH_STATS_H

#include <stdbool.h>
#include <stddef.h>

/* The median, and an interval that holds the true one with at least 95 % (order statistics: the
 * ranks come from the binomial distribution; Conover, Practical Nonparametric Statistics, 3.2).
 * Below 6 values there is no such interval: then it is the least and the most, and sure is false.
 * Nothing is concluded from fewer than STATS_ENOUGH. */
enum { STATS_ENOUGH = 5 };

struct estimate {
    double median, low, high;
    size_t count;
    bool sure;
};

/* Sorts values; those that are NaN go to the end and do not count. None: all is NaN. */
struct estimate stats_estimate(double *values, size_t count);

/* Of a[i] / b[i]: two that were measured in the same rounds. Pairs with a zero or NaN are left out.
 * No memory: as if there were no pairs. */
struct estimate stats_ratio(const double *a, const double *b, size_t count);

/* Do the values fall into two groups, as if the machine had two speeds? At least two values on
 * either side of a gap of 15 % or more, which is three times as wide as either group (in
 * logarithms). Of values that have one hump, six or seven are taken for two in 1 of 100 cases,
 * twelve in none. Returns how many are in the lower group; 0: there is one hump. The values are
 * sorted and positive. */
size_t stats_humps(const double *values, size_t count);

/* How many of count sorted values are left out at either end so that the rest holds the true median
 * with at least 95 %; -1: too few values for that. */
int stats_skip(size_t count);

/* For qsort(3): ascending; NaN behind all numbers. */
int number_compare(const void *a, const void *b);

/* Numbers that look random, the same for the same seed (splitmix64), and a shuffle with them. */
unsigned long long stats_random(unsigned long long *seed);
void stats_shuffle(unsigned int *order, size_t count, unsigned long long *seed);

#endif
