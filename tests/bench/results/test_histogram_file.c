/* test_histogram_file.c: the format of a histogram that plotters read */
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/histogram.h"
#include "shapes.h"

enum { VALUES = 20000 };

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
        histogram_record(&histogram, shape_exponential(&random), 1);
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
    unit_check(share == 1 && count == VALUES && fabs(value * 1000 - (double)histogram.max) <= 0.5,
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

static const struct CMUnitTest tests[] = {TEST(hdr_format), TEST(hdr_columns), TEST(hdr_ends)};
UNIT_MAIN("histogram, its file", tests)
