/* test_histogram.c: percentiles against exact ones, and the ends of the range */
#include "unit.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/histogram.h"
#include "shapes.h"

enum { VALUES = 20000 };

static const double percentiles[] = {0,  0.01, 1,    10,    25,   33.3,  50,     75,
                                     90, 95,   99.0, 99.25, 99.9, 99.99, 99.999, 100};

/* ---- against exact percentiles ---- */

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void shape_check(const struct shape *shape, size_t count)
{
    static uint64_t values[VALUES];
    struct unit_random random = {0x5eed + count};
    struct histogram histogram;
    unit_check(histogram_init(&histogram), "out of memory");
    for (size_t i = 0; i < count; i++) {
        values[i] = shape->value(&random);
        histogram_record(&histogram, values[i], 1);
    }
    qsort(values, count, sizeof values[0], compare);
    for (size_t i = 0; i < UNIT_COUNT(percentiles); i++) {
        /* in whole numbers, so that nothing is rounded: percentiles have at most three digits
         * behind the point */
        uint64_t thousandths = (uint64_t)llround(percentiles[i] * 1000);
        uint64_t rank = (thousandths * count + 99999) / 100000;
        uint64_t exact = values[rank > 0 ? rank - 1 : 0];
        uint64_t got = histogram_percentile(&histogram, percentiles[i]);
        unit_check(got >= exact && (double)got <= (double)exact * 1.001,
                   "%s, %zu values, p%g: %" PRIu64 " instead of %" PRIu64, shape->name, count,
                   percentiles[i], got, exact);
    }
    unit_check(histogram.total == count && histogram.max == values[count - 1],
               "%s, %zu values: total or max", shape->name, count);
    histogram_free(&histogram);
}

static void exact_percentiles(void)
{
    static const size_t counts[] = {1, 2, 3, 10, 99, 100, 101, 1000, VALUES};
    for (size_t i = 0; i < UNIT_COUNT(shapes); i++)
        for (size_t j = 0; j < UNIT_COUNT(counts); j++)
            shape_check(&shapes[i], counts[j]);
}

/* ---- the range ---- */

/* A second value, far above, keeps `max` from making the first one exact. */
static uint64_t recorded_as(struct histogram *histogram, uint64_t value)
{
    histogram_clear(histogram);
    histogram_record(histogram, value, 1);
    histogram_record(histogram, UINT64_MAX, 1);
    return histogram_percentile(histogram, 50);
}

static void error_everywhere(void)
{
    struct histogram histogram;
    uint64_t below = 0;
    unit_check(histogram_init(&histogram), "out of memory");
    for (unsigned int power = 3; power < 43; power++) {
        for (int64_t off = -2; off <= 2; off++) {
            uint64_t value = ((uint64_t)1 << power) + (uint64_t)off;
            uint64_t got = recorded_as(&histogram, value);
            unit_check(got >= value && (double)(got - value) <= 0.001 * (double)value,
                       "%" PRIu64 " is recorded as %" PRIu64, value, got);
            unit_check(value > 1024 || got == value, "%" PRIu64 " is not exact", value);
            unit_check(off == -2 || got >= below, "%" PRIu64 " sorts below its neighbour", value);
            below = got;
        }
    }
    histogram_free(&histogram);
}

static void range_ends(void)
{
    const uint64_t end = (uint64_t)1 << 43;
    struct histogram histogram;
    unit_check(histogram_init(&histogram), "out of memory");
    unit_check(histogram_percentile(&histogram, 50) == 0, "empty is not zero");
    histogram_record(&histogram, 7, 0);
    unit_check(histogram.total == 0 && histogram.max == 0, "no times is something");
    histogram_record(&histogram, 0, 3);
    unit_check(histogram_percentile(&histogram, 100) == 0, "zero");
    histogram_record(&histogram, end - 1, 1);
    unit_check(histogram_percentile(&histogram, 75) == 0, "p75 of 0 0 0 x");
    unit_check(histogram_percentile(&histogram, 76) == end - 1, "the last of the range");
    histogram_record(&histogram, UINT64_MAX, 1);
    unit_check(histogram_percentile(&histogram, 100) == UINT64_MAX, "beyond: told by max");
    unit_check(histogram_percentile(&histogram, 1000) == UINT64_MAX, "more than 100");
    unit_check(histogram_percentile(&histogram, -1) == 0, "less than 0");
    unit_check(histogram_percentile(&histogram, (double)NAN) == 0, "no number");
    histogram_clear(&histogram);
    unit_check(histogram.total == 0 && histogram_percentile(&histogram, 99) == 0, "cleared");
    histogram_free(&histogram);
}

static void times(void)
{
    struct histogram many, one;
    unit_check(histogram_init(&many) && histogram_init(&one), "out of memory");
    histogram_record(&many, 5000, 1000000);
    histogram_record(&many, 9000, 10);
    for (int i = 0; i < 1000000; i++)
        histogram_record(&one, 5000, 1);
    for (int i = 0; i < 10; i++)
        histogram_record(&one, 9000, 1);
    unit_check(memcmp(many.counts, one.counts, HISTOGRAM_SLOTS * sizeof many.counts[0]) == 0 &&
                   many.total == one.total,
               "a million at once differ from a million");
    unit_check(histogram_percentile(&many, 99.999) <= 5005 &&
                   histogram_percentile(&many, 99.9999) == 9000,
               "ten in a million");
    histogram_free(&many);
    histogram_free(&one);
}

static void merge(void)
{
    struct histogram parts[3], whole, sum;
    struct unit_random random = {99};
    unit_check(histogram_init(&whole) && histogram_init(&sum), "out of memory");
    for (size_t i = 0; i < 3; i++)
        unit_check(histogram_init(&parts[i]), "out of memory");
    for (size_t i = 0; i < VALUES; i++) {
        uint64_t value = shapes[i % UNIT_COUNT(shapes)].value(&random);
        histogram_record(&parts[i % 2], value, 1 + i % 4); /* the third stays empty */
        histogram_record(&whole, value, 1 + i % 4);
    }
    for (size_t i = 0; i < 3; i++)
        histogram_add(&sum, &parts[i]);
    unit_check(memcmp(sum.counts, whole.counts, HISTOGRAM_SLOTS * sizeof sum.counts[0]) == 0,
               "counts");
    unit_check(sum.total == whole.total && sum.max == whole.max, "total or max");
    for (size_t i = 0; i < 3; i++)
        histogram_free(&parts[i]);
    histogram_free(&whole);
    histogram_free(&sum);
}

static const struct CMUnitTest tests[] = {TEST(exact_percentiles), TEST(error_everywhere),
                                          TEST(range_ends), TEST(times), TEST(merge)};
UNIT_MAIN("histogram", tests)
