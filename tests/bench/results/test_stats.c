/* test_stats.c: medians, intervals, ratios and shuffles against worked examples */
#include <math.h>

#include "results/stats.h"
#include "unit.h"

static void fill(double *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        values[i] = (double)((i * 7) % count + 1); /* 1 … count, mixed, where 7 does not divide */
}

static void test_median(void)
{
    double odd[] = {9, 1, 5}, even[] = {4, 1, 3, 2}, one[] = {7};
    unit_check(stats_estimate(odd, 3).median == 5, "odd");
    unit_check(stats_estimate(even, 4).median == 2.5, "even");
    unit_check(stats_estimate(one, 1).median == 7, "one");
    unit_check(odd[0] == 1 && odd[2] == 9, "values are sorted");
}

static void test_nothing(void)
{
    struct estimate none = stats_estimate(NULL, 0);
    double nan[] = {NAN, NAN};
    unit_check(isnan(none.median) && isnan(none.low) && none.count == 0 && !none.sure, "nothing");
    none = stats_estimate(nan, 2);
    unit_check(isnan(none.median) && none.count == 0, "only NaN");
}

static void test_nan_is_left_out(void)
{
    double values[] = {NAN, 3, NAN, 1, 2};
    struct estimate e = stats_estimate(values, 5);
    unit_check(e.count == 3 && e.median == 2 && e.low == 1 && e.high == 3, "%zu %g", e.count,
               e.median);
}

/* Ranks from tables of the binomial distribution (Conover, table A3; NIST handbook 7.2.6): */
static void test_interval_ranks(void)
{
    static const struct {
        size_t count;
        int skip;
    } known[] = {{1, -1}, {5, -1}, {6, 0},  {8, 0},   {9, 1},    {11, 1},    {12, 2},
                 {15, 3}, {20, 5}, {25, 7}, {50, 17}, {100, 39}, {1500, 711}};
    for (size_t i = 0; i < UNIT_COUNT(known); i++)
        unit_check(stats_skip(known[i].count) == known[i].skip, "%zu values: %d, not %d",
                   known[i].count, stats_skip(known[i].count), known[i].skip);
}

static void test_interval(void)
{
    double values[20];
    fill(values, 20);
    struct estimate e = stats_estimate(values, 20);
    unit_check(e.sure && e.low == 6 && e.high == 15 && e.median == 10.5, "20: %g [%g %g]", e.median,
               e.low, e.high);
    fill(values, 5);
    e = stats_estimate(values, 5);
    unit_check(!e.sure && e.low == 1 && e.high == 5, "5: %g [%g %g]", e.median, e.low, e.high);
}

/* The interval must hold the true median in 95 of 100 cases or more. */
static void test_interval_covers(void)
{
    unsigned long long seed = 3;
    for (size_t count = 6; count <= 24; count += 6) {
        int held = 0;
        for (int i = 0; i < 4000; i++) {
            double values[24];
            for (size_t j = 0; j < count; j++)
                values[j] = (double)(stats_random(&seed) >> 11) * 0x1p-53;
            struct estimate e = stats_estimate(values, count);
            held += e.low <= 0.5 && 0.5 <= e.high;
        }
        unit_check(held > 3760, "%zu values: only %d of 4000", count, held);
    }
}

static void test_ratio(void)
{
    double a[] = {2, 6, 0, 12, NAN, 5, 9}, b[] = {1, 2, 7, 3, 1, 0, NAN};
    struct estimate e = stats_ratio(a, b, 7);
    unit_check(e.count == 3 && e.median == 3 && e.low == 2 && e.high == 4, "%zu %g", e.count,
               e.median);
    unit_check(a[0] == 2 && b[3] == 3, "what is divided stays in its order");
    unit_check(stats_ratio(a, b, 0).count == 0, "no pairs");
}

static void test_random(void)
{
    unsigned long long seed = 1234567; /* the first of splitmix64.c's for this seed */
    unit_check(stats_random(&seed) == 6457827717110365317U, "first");
    unit_check(stats_random(&seed) == 3203168211198807973U, "second");
}

static void test_shuffle(void)
{
    unsigned long long seed = 42, again = 42;
    unsigned int a[100], b[100], places[5][5] = {{0}};
    bool seen[100] = {false};
    for (unsigned int i = 0; i < 100; i++)
        a[i] = b[i] = i;
    stats_shuffle(a, 100, &seed);
    stats_shuffle(b, 100, &again);
    for (int i = 0; i < 100; i++) {
        unit_check(a[i] == b[i], "the same seed, another order");
        unit_check(!seen[a[i]], "%u is there twice", a[i]);
        seen[a[i]] = true;
    }
    for (int n = 0; n < 5000; n++) {
        unsigned int few[] = {0, 1, 2, 3, 4};
        stats_shuffle(few, 5, &seed);
        for (int i = 0; i < 5; i++)
            places[few[i]][i]++;
    }
    for (int i = 0; i < 25; i++) /* 1000 each; the deviation is 28 */
        unit_check(places[i / 5][i % 5] > 850 && places[i / 5][i % 5] < 1150, "%d at %d: %u times",
                   i / 5, i % 5, places[i / 5][i % 5]);
    stats_shuffle(NULL, 0, &seed);
}

/* Two speeds of a machine, and sets that have one hump: wide ones, outliers, few values. */
static void test_humps(void)
{
    static const struct {
        double values[12];
        size_t count, lower;
    } known[] = {{{6.07, 6.15, 6.18, 6.2, 6.41, 8.5, 8.52}, 7, 5},
                 {{0.065, 0.065, 0.066, 0.11, 0.111, 0.112}, 6, 3},
                 {{1, 1, 2, 2}, 4, 2},
                 {{1, 1.01, 1.02, 1.03, 1.04, 3}, 6, 0}, /* an outlier is no state */
                 {{1, 1.5, 2, 2.5, 3, 3.5, 4}, 7, 0},
                 {{1, 1.001, 1.1, 1.101}, 4, 0}, /* less than 15 % */
                 {{0, 0, 1, 1}, 4, 0},
                 {{1, 2}, 2, 0},
                 {{1}, 1, 0}};
    unsigned long long seed = 7;
    size_t found = 0, tries = 3000;
    for (size_t i = 0; i < UNIT_COUNT(known); i++)
        unit_check(stats_humps(known[i].values, known[i].count) == known[i].lower, "set %zu: %zu",
                   i, stats_humps(known[i].values, known[i].count));
    unit_check(stats_humps(NULL, 0) == 0, "nothing");
    for (size_t i = 0; i < tries; i++) {
        double values[7] = {0};
        for (size_t k = 0; k < 7; k++)
            values[k] = 1 + (double)(stats_random(&seed) % 100000) / 1e5;
        (void)stats_estimate(values, 7); /* which sorts them */
        found += stats_humps(values, 7) > 0;
    }
    unit_check(found <= tries / 50, "%zu of %zu sets with one hump have two", found, tries);
}

static const struct CMUnitTest tests[] = {TEST(test_median),          TEST(test_nothing),
                                          TEST(test_nan_is_left_out), TEST(test_interval),
                                          TEST(test_interval_ranks),  TEST(test_interval_covers),
                                          TEST(test_ratio),           TEST(test_random),
                                          TEST(test_shuffle),         TEST(test_humps)};
UNIT_MAIN("stats", tests)
