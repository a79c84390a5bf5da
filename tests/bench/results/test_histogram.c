/* test_histogram.c: percentiles against exact ones, ends of the range, and the format that plotters
 * read */
#include "unit.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/histogram.h"

enum { VALUES = 20000 };

static const double percentiles[] = {0,  0.01, 1,    10,    25,   33.3,  50,     75,
                                     90, 95,   99.0, 99.25, 99.9, 99.99, 99.999, 100};

/* ---- against exact percentiles ---- */

static double random_unit(struct unit_random *random)
{
    return ((double)(unit_random(random) >> 11) + 0.5) / 9007199254740992.0; /* never 0 or 1 */
}

static uint64_t uniform(struct unit_random *random)
{
    return unit_random_below(random, 50000000);
}

static uint64_t exponential(struct unit_random *random)
{
    return (uint64_t)(-log(random_unit(random)) * 80000);
}

/* A fast path, and one in fifty that takes ten thousand times as long. */
static uint64_t two_humps(struct unit_random *random)
{
    uint64_t base = 20000 + unit_random_below(random, 5000);
    return unit_random_below(random, 50) == 0 ? base * 10000 : base;
}

/* From a few nanoseconds to an hour, evenly over the powers of ten. */
static uint64_t all_sizes(struct unit_random *random)
{
    return (uint64_t)pow(10, random_unit(random) * 12.5);
}

static uint64_t constant(struct unit_random *random)
{
    (void)random;
    return 123456789;
}

static uint64_t small(struct unit_random *random)
{
    return unit_random_below(random, 1500);
}

static const struct shape {
    const char *name;
    uint64_t (*value)(struct unit_random *random);
} shapes[] = {{"uniform", uniform},     {"exponential", exponential}, {"two humps", two_humps},
              {"all sizes", all_sizes}, {"constant", constant},       {"small", small}};

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
    unit_check(histogram.total == count && histogram.least == values[0] &&
                   histogram.most == values[count - 1],
               "%s, %zu values: total, least or most", shape->name, count);
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

/* A second value, far above, keeps `most` from making the first one exact. */
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
    unit_check(histogram.total == 0 && histogram.most == 0, "no times is something");
    histogram_record(&histogram, 0, 3);
    unit_check(histogram_percentile(&histogram, 100) == 0 && histogram.least == 0, "zero");
    histogram_record(&histogram, end - 1, 1);
    unit_check(histogram_percentile(&histogram, 75) == 0, "p75 of 0 0 0 x");
    unit_check(histogram_percentile(&histogram, 76) == end - 1, "the last of the range");
    histogram_record(&histogram, UINT64_MAX, 1);
    unit_check(histogram_percentile(&histogram, 100) == UINT64_MAX, "beyond: told by most");
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
    unit_check(sum.total == whole.total && sum.least == whole.least && sum.most == whole.most,
               "total, least or most");
    for (size_t i = 0; i < 3; i++)
        histogram_free(&parts[i]);
    histogram_free(&whole);
    histogram_free(&sum);
}

/* ---- the file ---- */

static char *written(const struct histogram *histogram, double unit)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    unit_check(out != NULL && histogram_write(histogram, out, unit), "writing failed");
    fclose(out);
    return text;
}

/* The lines that HdrHistogram's outputPercentileDistribution prints for these ten values with five
 * ticks per half distance, worked out by another program that follows its source. Its 1000 steps
 * are ours. */
static const char ten[] = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n"
                          "       1.000 0.000000000000          1           1.00\n"
                          "       1.000 0.100000000000          1           1.11\n"
                          "       2.001 0.200000000000          2           1.25\n"
                          "       3.000 0.300000000000          3           1.43\n"
                          "       4.002 0.400000000000          4           1.67\n"
                          "       5.001 0.500000000000          5           2.00\n"
                          "       6.001 0.550000000000          6           2.22\n"
                          "       6.001 0.600000000000          6           2.50\n"
                          "       7.000 0.650000000000          7           2.86\n"
                          "       7.000 0.700000000000          7           3.33\n"
                          "       8.004 0.750000000000          8           4.00\n"
                          "       8.004 0.775000000000          8           4.44\n"
                          "       8.004 0.800000000000          8           5.00\n"
                          "       9.003 0.825000000000          9           5.71\n"
                          "       9.003 0.850000000000          9           6.67\n"
                          "       9.003 0.875000000000          9           8.00\n"
                          "       9.003 0.887500000000          9           8.89\n"
                          "       9.003 0.900000000000          9          10.00\n"
                          "      10.000 0.912500000000         10          11.43\n"
                          "      10.000 1.000000000000         10\n";

static void hdr_format(void)
{
    struct histogram histogram;
    unit_check(histogram_init(&histogram), "out of memory");
    for (uint64_t i = 1; i <= 10; i++)
        histogram_record(&histogram, i * 1000000, 1);
    char *text = written(&histogram, 1e6);
    unit_same("ten values", "1 to 10 ms", 10, ten, sizeof ten - 1, text, strlen(text));
    free(text);
    histogram_free(&histogram);
}

/* A reader of the format: every column fits the others, and the histogram. */
static void hdr_columns(void)
{
    struct histogram histogram;
    struct unit_random random = {4};
    unit_check(histogram_init(&histogram), "out of memory");
    for (size_t i = 0; i < VALUES; i++)
        histogram_record(&histogram, exponential(&random), 1);
    char *text = written(&histogram, 1000), *rest = text;
    double before = -1, share = -1, last_share = -1, value = 0;
    uint64_t count = 0, last_count = 0;
    size_t lines = 0;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        if (strlen(line) == 0 || line[0] == '#' || strstr(line, "Value") != NULL)
            continue;
        char *at;
        value = strtod(line, &at);
        share = strtod(at, &at);
        count = strtoull(at, &at, 10);
        double odds = strtod(at, &at);
        unit_check(value >= before && share > last_share && count >= last_count, "order: %s", line);
        unit_check((double)count >= share * VALUES - 1e-6, "fewer than the percentile: %s", line);
        unit_check(share == 1 || fabs(odds - 1 / (1 - share)) <= 0.005 + odds * 1e-9, "odds: %s",
                   line);
        unit_check(fabs(value * 1000 - (double)histogram_percentile(&histogram, share * 100)) <= 1,
                   "value: %s", line);
        before = value;
        last_share = share;
        last_count = count;
        lines++;
    }
    unit_check(share == 1 && count == VALUES && fabs(value * 1000 - (double)histogram.most) <= 0.5,
               "the last line is not the largest value");
    unit_check(lines > 60, "only %zu lines", lines);
    free(text);
    histogram_free(&histogram);
}

static void hdr_ends(void)
{
    struct histogram histogram;
    unit_check(histogram_init(&histogram), "out of memory");
    char *text = written(&histogram, 1);
    unit_check(strstr(text, "\n\n") != NULL && strlen(text) < 70, "empty: %s", text);
    free(text);
    FILE *full = fopen("/dev/full", "we");
    if (full == NULL)
        unit_skip("no /dev/full");
    unit_check(!histogram_write(&histogram, full, 1), "a full disk was not noticed");
    fclose(full);
    histogram_free(&histogram);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(exact_percentiles), TEST(error_everywhere), TEST(range_ends), TEST(times), TEST(merge),
        TEST(hdr_format),        TEST(hdr_columns),      TEST(hdr_ends),
    };
    return unit_run("histogram", tests, argc, argv);
}
