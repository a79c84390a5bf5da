/* bench/common/histogram.h: how often each latency occurred, with a precision of three digits
 *
 * Log-linear buckets, as HdrHistogram has them (hdrhistogram.org): each power of two is cut into
 * 1024 equal steps, so that a value is off by at most 1 in 1000, be it a microsecond or a minute.
 * Recording is an index and an increment, so it costs the generator next to nothing; two histograms
 * add up exactly, so every thread has its own.
 *
 * Values are nanoseconds.
 */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdbool.h>
#include <stdint.h>

enum {
    HISTOGRAM_STEPS = 1024,                           /* for each power of two */
    HISTOGRAM_SLOTS = (43 - 10 + 2) * HISTOGRAM_STEPS /* up to 2^44 ns, almost five hours */
};

struct histogram {
    uint64_t total;
    uint64_t max;     /* exact */
    uint64_t *counts; /* HISTOGRAM_SLOTS of them */
};

bool histogram_init(struct histogram *histogram); /* false: no memory */
void histogram_free(struct histogram *histogram);
void histogram_clear(struct histogram *histogram);

/* A value beyond the range counts as its end; `max` has the exact one. */
void histogram_record(struct histogram *histogram, uint64_t value, uint64_t times);
void histogram_add(struct histogram *into, const struct histogram *from);

/* The value that so many per cent of all do not exceed: the upper end of its step, and never above
 * `max`. 0 if nothing was recorded. */
uint64_t histogram_percentile(const struct histogram *histogram, double percentile);

#endif
