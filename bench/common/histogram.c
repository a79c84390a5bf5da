/* bench/common/histogram.c: see histogram.h
 *
 * Slot numbers: below 1024 a value is its own slot. Above, let e be the power of two the value lies
 * at or above (2^e <= value, e >= 10): its ten bits behind the leading one say which of the 1024
 * steps of 2^(e-10) it is in. So e = 10 still has a slot for each value, and the error begins at
 * 2^11, where a step is two wide.
 */
#include "common/histogram.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BITS = 10 };

static size_t slot_of(uint64_t value)
{
    if (value < HISTOGRAM_STEPS)
        return (size_t)value;
    unsigned int e = 63U - (unsigned int)__builtin_clzll(value);
    size_t slot = (size_t)(e - BITS + 1) * HISTOGRAM_STEPS +
                  (size_t)((value >> (e - BITS)) - HISTOGRAM_STEPS);
    return slot < HISTOGRAM_SLOTS ? slot : HISTOGRAM_SLOTS - 1;
}

/* The largest value that belongs into the slot. */
static uint64_t slot_top(size_t slot)
{
    if (slot < HISTOGRAM_STEPS)
        return slot;
    unsigned int shift = (unsigned int)(slot / HISTOGRAM_STEPS) - 1;
    return (((uint64_t)(slot % HISTOGRAM_STEPS) + HISTOGRAM_STEPS + 1) << shift) - 1;
}

bool histogram_init(struct histogram *histogram)
{
    *histogram = (struct histogram){.counts = calloc(HISTOGRAM_SLOTS, sizeof *histogram->counts)};
    return histogram->counts != NULL;
}

void histogram_free(struct histogram *histogram)
{
    free(histogram->counts);
    histogram->counts = NULL;
}

void histogram_clear(struct histogram *histogram)
{
    uint64_t *counts = histogram->counts;
    memset(counts, 0, HISTOGRAM_SLOTS * sizeof *counts);
    *histogram = (struct histogram){.counts = counts};
}

void histogram_record(struct histogram *histogram, uint64_t value, uint64_t times)
{
    if (times == 0)
        return;
    histogram->counts[slot_of(value)] += times;
    histogram->total += times;
    if (value > histogram->max)
        histogram->max = value;
}

void histogram_add(struct histogram *into, const struct histogram *from)
{
    for (size_t i = 0; i < HISTOGRAM_SLOTS; i++)
        into->counts[i] += from->counts[i];
    into->total += from->total;
    if (from->max > into->max)
        into->max = from->max;
}

/* What a slot stands for: its upper end, but for the last slot (that holds all that is beyond) and
 * for the slot of the largest value, if that is known exactly. */
static uint64_t slot_value(const struct histogram *histogram, size_t slot)
{
    uint64_t top = slot_top(slot);
    return slot == HISTOGRAM_SLOTS - 1 || top > histogram->max ? histogram->max : top;
}

/* The smallest rank that a share of percentile of all do not exceed. The little that is taken away
 * is for 99.9 / 100 * 1000, which is a little more than 999 in floating point. */
static uint64_t rank_of(const struct histogram *histogram, double percentile)
{
    double total = (double)histogram->total;
    double rank = ceil(percentile / 100 * total * (1 - 1e-14));
    if (!(rank >= 1))
        return 1;
    return rank < total ? (uint64_t)rank : histogram->total;
}

uint64_t histogram_percentile(const struct histogram *histogram, double percentile)
{
    if (histogram->total == 0)
        return 0;
    uint64_t rank = rank_of(histogram, percentile), below = histogram->counts[0];
    size_t slot = 0;
    while (below < rank && slot + 1 < HISTOGRAM_SLOTS)
        below += histogram->counts[++slot];
    return slot_value(histogram, slot);
}
