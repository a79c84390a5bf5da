/* test_compare.c: a planted slowdown is found, and nothing else */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake.h"
#include "pages.h"
#include "report/report.h"
#include "report/report_private.h"
#include "results/stats.h"

/* report_compare; its output is in text (free it). */
static int compare(const char *old, const char *new, char **text)
{
    char folder[UNIT_PATH], path[UNIT_PATH + 8], why[WHY] = "";
    unit_folder(folder);
    (void)snprintf(path, sizeof path, "%s/out", folder);
    (void)fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    unit_check(kept >= 0 && freopen(path, "we", stdout) != NULL, "no place for the output");
    int status = report_compare(old, new, why);
    (void)fflush(stdout);
    int back = dup2(kept, STDOUT_FILENO);
    (void)close(kept);
    *text = page_text(folder, "out");
    unit_folder_remove(folder);
    unit_check(back >= 0 && status >= 0, "report_compare: %s", why);
    return status;
}

static void test_shift(void **state)
{
    /* n = m = 5: the interval at 99 % is from the least to the greatest of the 25 quotients, since
     * the rank sum is extreme in 1 of 252 orders; with 7 and 7 it begins at the fifth of 49 (tables
     * of the Mann-Whitney test: critical U of 4 at 0.01, two-sided) */
    double a[] = {1, 2, 3, 4, 5, 6, 7}, b[] = {10, 20, 30, 40, 50, 60, 70}, quotients[49] = {0};
    (void)state;
    struct estimate five = stats_shift(a, 5, b, 5, 0.005);
    struct estimate four = stats_shift(a, 4, b, 5, 0.005);
    assert_true(five.sure && five.low == 10.0 / 5 && five.high == 50.0);
    assert_true(!four.sure);
    assert_true(stats_shift(a, 0, b, 5, 0.005).count == 0);
    for (size_t i = 0; i < 49; i++) {
        size_t at = i;
        double value = b[i % 7] / a[i / 7];
        for (; at > 0 && quotients[at - 1] > value; at--)
            quotients[at] = quotients[at - 1];
        quotients[at] = value;
    }
    struct estimate seven = stats_shift(a, 7, b, 7, 0.005);
    assert_true(seven.sure && seven.low == quotients[4] && seven.high == quotients[44]);
    assert_true(seven.median == quotients[24]);
}

/* Of sets that do not differ, the interval holds 1 in at least 99 %. */
static void test_shift_covers(void **state)
{
    unsigned long long seed = 3;
    int missed = 0, tries = 4000;
    (void)state;
    for (int i = 0; i < tries; i++) {
        double a[7] = {0}, b[7] = {0};
        for (size_t k = 0; k < 7; k++) {
            a[k] = 1 + (double)(stats_random(&seed) % 100000) / 1e5;
            b[k] = 1 + (double)(stats_random(&seed) % 100000) / 1e5;
        }
        struct estimate shift = stats_shift(a, 7, b, 7, 0.005);
        missed += shift.low > 1 || shift.high < 1;
    }
    unit_check(missed <= tries / 80, "%d of %d intervals miss 1", missed, tries);
}

static void test_compare_same(void **state)
{
    char old[UNIT_PATH], *text;
    size_t count;
    (void)state;
    struct sample *samples = fake_samples(1, 1, &count);
    unit_folder(old);
    fake_write(old, samples, count);
    free(samples);
    int status = compare(old, old, &text);
    page_lacks("compare", text, "SLOWER");
    page_lacks("compare", text, "faster\n");
    page_holds("compare", text, "to the baseline");
    page_holds("compare", text, "0 slower, 0 faster");
    assert_int_equal(status, 0);
    free(text);
    unit_folder_remove(old);
}

static void test_compare_slower(void **state)
{
    char old[UNIT_PATH], new[UNIT_PATH], *text;
    size_t count;
    (void)state;
    unit_folder(old);
    unit_folder(new);
    struct sample *samples = fake_samples(1, 1, &count);
    fake_write(old, samples, count);
    free(samples);
    samples = fake_samples(99, 1.3, &count);
    fake_write(new, samples, count);
    free(samples);
    assert_int_equal(compare(old, new, &text), 1);
    size_t marked = 0;
    for (char *at = strstr(text, "SLOWER"); at != NULL; at = strstr(at + 1, "SLOWER"))
        marked++;
    unit_check(marked >= 10, "only %zu points of epoll are found slower:\n%s", marked, text);
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
        unit_check(strstr(line, "SLOWER") == NULL || strstr(line, "06_epoll") != NULL,
                   "not planted: %s", line);
    free(text);
    assert_int_equal(compare(new, old, &text), 0); /* the other way round it is faster */
    page_holds("compare", text, "faster");
    free(text);
    unit_folder_remove(old);
    unit_folder_remove(new);
}

/* A machine that became twice as slow, baseline and all, is not a server that did. */
static void test_compare_speed(void **state)
{
    char old[UNIT_PATH], new[UNIT_PATH], *text;
    size_t count;
    (void)state;
    unit_folder(old);
    unit_folder(new);
    struct sample *samples = fake_samples(1, 1, &count);
    fake_write(old, samples, count);
    for (size_t i = 0; i < count; i++) {
        samples[i].user *= 1.9;
        samples[i].system *= 1.9;
    }
    fake_write(new, samples, count);
    free(samples);
    assert_int_equal(compare(old, new, &text), 0);
    page_holds("compare", text, "another speed");
    free(text);
    unit_folder_remove(old);
    unit_folder_remove(new);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        UNIT(test_shift),          UNIT(test_shift_covers),  UNIT(test_compare_same),
        UNIT(test_compare_slower), UNIT(test_compare_speed),
    };
    return unit_run("compare", tests, argc, argv);
}
