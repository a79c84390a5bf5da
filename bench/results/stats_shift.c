/* bench/results/stats_shift.c: two sets of figures that share no rounds: by how much do they
 * differ? */
#include <math.h>
#include <stdlib.h>

#include "results/stats.h"

enum { EXACT_MOST = 30 }; /* values on a side; the counts stay exact in 64 bits */

/* How many of the quotients at each end to leave out: the greatest k for which fewer than k of the
 * smallest values of U together are likelier than tail in no case. counts[u], the number of orders
 * that give U = u, are the coefficients of the Gaussian binomial: the product of (1 - q^(m+i)) / (1
 * - q^i). */
static size_t rank_exact(size_t n, size_t m, double tail)
{
    size_t most = n * m;
    long double *counts = calloc(most + 1, sizeof *counts), all = 0, below = 0;
    size_t rank = 0;
    if (counts == NULL)
        return 0;
    counts[0] = 1;
    for (size_t i = 1; i <= n; i++) {
        for (size_t u = most; u >= m + i && u <= most; u--)
            counts[u] -= counts[u - m - i];
        for (size_t u = i; u <= most; u++)
            counts[u] += counts[u - i];
    }
    for (size_t u = 0; u <= most; u++)
        all += counts[u];
    while (rank <= most && (below + counts[rank]) / all <= (long double)tail)
        below += counts[rank++];
    free(counts);
    return rank;
}

/* The rank of the interval's lower end among the sorted quotients, counted from 1; 0: too few. */
static size_t rank_of(size_t n, size_t m, double tail)
{
    if (n <= EXACT_MOST && m <= EXACT_MOST)
        return rank_exact(n, m, tail);
    /* beyond that the distribution is normal as good as exactly: its quantile by Hastings' formula
     * (Abramowitz and Stegun 26.2.23), good to 0.00045 */
    double t = sqrt(-2 * log(tail)), all = (double)n * (double)m;
    double quantile = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                              (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
    double rank = all / 2 - quantile * sqrt(all * ((double)n + (double)m + 1) / 12);
    return rank < 1 ? 0 : (size_t)rank;
}

struct estimate stats_shift(const double *a, size_t a_count, const double *b, size_t b_count,
                            double tail)
{
    struct estimate shift = {NAN, NAN, NAN, 0, false};
    size_t all = a_count * b_count;
    double *quotients = all > 0 ? malloc(all * sizeof *quotients) : NULL;
    if (quotients == NULL)
        return shift;
    for (size_t i = 0; i < a_count; i++)
        for (size_t j = 0; j < b_count; j++)
            quotients[i * b_count + j] = b[j] / a[i];
    qsort(quotients, all, sizeof *quotients, number_compare);
    size_t rank = rank_of(a_count, b_count, tail);
    shift.sure = rank_of(a_count, b_count, 0.005) > 0;
    rank = rank > 0 ? rank : 1;
    shift.median = (quotients[(all - 1) / 2] + quotients[all / 2]) / 2;
    shift.low = quotients[rank - 1];
    shift.high = quotients[all - rank];
    shift.count = a_count < b_count ? a_count : b_count;
    free(quotients);
    return shift;
}
