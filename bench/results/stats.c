/* bench/results/stats.c: see stats.h */
#include "results/stats.h"

#include <math.h>
#include <stdlib.h>

/* NaN behind all numbers, so that what does not count is out of the way. */
int number_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    if (isnan(x) || isnan(y))
        return isnan(x) - isnan(y);
    return (x > y) - (x < y);
}

/* The number of values below the true median is binomial with p = 1/2. The k least and the k
 * greatest may be left out as long as fewer than k + 1 are on one side with at most 2.5 %. In
 * logarithms, since 2^-n is nothing from n = 1075 on. */
int stats_skip(size_t count)
{
    double n = (double)count, below = 0;
    int skip = -1;
    for (int i = 0; 2 * i < (int)count; i++) {
        below += exp(lgamma(n + 1) - lgamma(i + 1.0) - lgamma(n - i + 1) - n * log(2));
        if (below > 0.025)
            break;
        skip = i;
    }
    return skip;
}

struct estimate stats_estimate(double *values, size_t count)
{
    struct estimate e = {.median = NAN, .low = NAN, .high = NAN};
    if (count > 0)
        qsort(values, count, sizeof *values, number_compare);
    while (e.count < count && !isnan(values[e.count]))
        e.count++;
    if (e.count == 0)
        return e;
    size_t middle = e.count / 2;
    int skip = stats_skip(e.count);
    size_t end = skip < 0 ? 0 : (size_t)skip;
    e.sure = skip >= 0;
    e.median = e.count % 2 == 1 ? values[middle] : values[middle - 1] / 2 + values[middle] / 2;
    e.low = values[end];
    e.high = values[e.count - 1 - end];
    return e;
}

size_t stats_humps(const double *values, size_t count)
{
    const double min = 1.15, wider = 3;
    size_t lower = 0;
    double widest = log(min);
    for (size_t i = 2; i + 2 <= count && values[0] > 0; i++) {
        double gap = log(values[i] / values[i - 1]);
        double below = log(values[i - 1] / values[0]), above = log(values[count - 1] / values[i]);
        if (gap < widest || gap < wider * below || gap < wider * above)
            continue;
        widest = gap;
        lower = i;
    }
    return lower;
}

struct estimate stats_ratio(const double *a, const double *b, size_t count)
{
    double *ratios = count > 0 ? malloc(count * sizeof *ratios) : NULL;
    size_t pairs = 0;
    for (size_t i = 0; ratios != NULL && i < count; i++) {
        double ratio = a[i] / b[i];
        if (a[i] != 0 && b[i] != 0 && isfinite(ratio))
            ratios[pairs++] = ratio;
    }
    struct estimate e = stats_estimate(ratios, pairs);
    free(ratios);
    return e;
}

/* Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014 */
unsigned long long stats_random(unsigned long long *seed)
{
    unsigned long long z = (*seed += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

/* Fisher and Yates. The remainder favours small numbers by less than count in 2^64. */
void stats_shuffle(unsigned int *order, size_t count, unsigned long long *seed)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)(stats_random(seed) % i);
        unsigned int kept = order[i - 1];
        order[i - 1] = order[j];
        order[j] = kept;
    }
}
