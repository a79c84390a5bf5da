/* bench/results/spectrum.h: the quantiles of the latencies of several samples together
 *
 * A sample keeps its quantiles, not its latencies: what lies between two of them counts as the
 * upper one. So a quantile of the whole is never too low, and too high by less than one step.
 */
#ifndef BENCH_SPECTRUM_H
#define BENCH_SPECTRUM_H

#include "results/sample.h"

struct spectrum {
    double at[SAMPLE_QUANTILES]; /* µs; NaN from the quantile on that no latency exceeds */
    double requests;
    size_t samples;
};

/* Of the good samples of a server at x, corrected or not. Samples 0: there are none, or there is no
 * memory. */
struct spectrum spectrum_pool(const char *experiment, const char *server, double x, bool corrected,
                              const struct sample *samples, size_t count);

/* 1 / (1 - q) of the i-th quantile: 1, 1.4, 2, … */
double spectrum_place(int i);

/* The last quantile that is at or below q; its value is NaN if there are too few latencies. */
double spectrum_at(const struct spectrum *spectrum, double q);

#endif
