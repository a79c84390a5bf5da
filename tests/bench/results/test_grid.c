/* test_grid.c: which samples are in which figure */
#include <math.h>
#include <stdlib.h>

#include "fake.h"
#include "results/grid.h"
#include "unit.h"

enum { MAX = 8 };

/* Samples of one server at x = 10 with a rate of 1000, 2000, … and a cost of 1, 2, … µs, each in a
 * round of its own. */
static struct grid *grid_of(const enum sample_state *states, size_t count, enum figure figure)
{
    static struct sample samples[MAX];
    for (size_t i = 0; i < count; i++) {
        samples[i] = fake_rate("ping", "06_epoll", 10, 1000 * (i + 1));
        samples[i].state = states[i];
        samples[i].round = (unsigned int)i;
        samples[i].system = 0;
        samples[i].user = (double)(i + 1) * (double)samples[i].requests / 1e6;
    }
    struct grid *grid = grid_make("ping", figure, samples, count);
    unit_check(grid != NULL && grid->rows == 1, "the grid is not one server's");
    return grid;
}

static void check_cell(const enum sample_state *states, size_t count, enum figure figure,
                       double median, bool bound, unsigned int disturbed)
{
    struct grid *grid = grid_of(states, count, figure);
    const struct grid_cell *cell = &grid->cell[0][0];
    unit_check(grid->columns == 1, "%zu columns", grid->columns);
    unit_check(cell->estimate.median > median * 0.999 && cell->estimate.median < median * 1.001,
               "the median is %g, not %g", cell->estimate.median, median);
    unit_check(cell->bound == bound, "bound by the generator: %d", cell->bound);
    unit_check(cell->disturbed == disturbed, "%u left out, not %u", cell->disturbed, disturbed);
    free(grid);
}

/* The cost of a request is right even if the server could have served more; the rate is not. */
static void test_few_bound(void)
{
    static const enum sample_state few[] = {SAMPLE_GOOD,      SAMPLE_GOOD, SAMPLE_GENERATOR,
                                            SAMPLE_GENERATOR, SAMPLE_GOOD, SAMPLE_GOOD,
                                            SAMPLE_GOOD};
    check_cell(few, 7, FIGURE_COST, 4, false, 0);
    check_cell(few, 7, FIGURE_RATE, 5000, false, 2);
}

/* From a third on the others would be a selection. */
static void test_third_bound(void)
{
    static const enum sample_state third[] = {SAMPLE_GOOD, SAMPLE_GOOD, SAMPLE_GENERATOR,
                                              SAMPLE_GENERATOR, SAMPLE_GOOD};
    check_cell(third, 5, FIGURE_COST, 3, false, 0);
    check_cell(third, 5, FIGURE_RATE, 3000, true, 0);
}

static void test_most_bound(void)
{
    static const enum sample_state most[] = {SAMPLE_GENERATOR, SAMPLE_GENERATOR, SAMPLE_GOOD,
                                             SAMPLE_GENERATOR, SAMPLE_STEAL};
    check_cell(most, 5, FIGURE_RATE, 2500, true, 1);
    check_cell(most, 5, FIGURE_COST, 2.5, false, 1);
}

static void test_errors_are_left_out(void)
{
    static const enum sample_state errors[] = {SAMPLE_ERRORS, SAMPLE_GOOD, SAMPLE_STEAL};
    check_cell(errors, 3, FIGURE_COST, 2, false, 2);
}

/* Of repetitions only the first that counts: they are not independent. */
static void test_one_value_a_round(void)
{
    static const enum sample_state states[] = {SAMPLE_GENERATOR, SAMPLE_GOOD, SAMPLE_GOOD,
                                               SAMPLE_GOOD};
    struct sample samples[4];
    for (size_t i = 0; i < 4; i++) {
        samples[i] = fake_rate("ping", "06_epoll", 10, 1000 * (i + 1));
        samples[i].state = states[i];
        samples[i].round = (unsigned int)i / 2;
        samples[i].user = 1e-3 * (double)((i + 1) * (i + 1));
        samples[i].system = 0;
    }
    for (int cost = 0; cost < 2; cost++) {
        struct grid *grid = grid_make("ping", cost == 1 ? FIGURE_COST : FIGURE_RATE, samples, 4);
        unit_check(grid != NULL, "no memory");
        const struct estimate *e = &grid->cell[0][0].estimate;
        double first = cost == 1 ? 1 : 2000, second = cost == 1 ? 3 : 3000;
        unit_check(e->count == 2 && fabs(e->low - first) < 1e-9 && fabs(e->high - second) < 1e-9,
                   "%zu values, %g to %g", e->count, e->low, e->high);
        unit_check(grid->cell[0][0].usable == 4 && grid->cell[0][0].generator == 1,
                   "how many samples");
        free(grid);
    }
}

/* A figure that may be 0 or less is none, and no ratio is made of it. */
static void test_not_resolved(void)
{
    struct sample samples[6];
    for (unsigned int i = 0; i < 6; i++) {
        samples[i] = fake_sample("memory", "06_epoll", 1000);
        samples[i].state = SAMPLE_GOOD;
        samples[i].round = i;
        samples[i].kernel_before = 500000;
        samples[i].kernel = i == 2 ? 400000 : 700000;
    }
    struct grid *grid = grid_make("memory", FIGURE_KERNEL_MEMORY, samples, 6);
    unit_check(grid != NULL, "no memory");
    const struct grid_cell *cell = &grid->cell[0][0];
    unit_check(cell->unresolved && cell->estimate.count == 0, "there is a figure");
    assert_string_equal(cell->reason, "not resolved (-100 B to 200 B)");
    unit_check(grid_ratio(grid, "06_epoll", 1000, "06_epoll", 1000).count == 0, "there is a ratio");
    free(grid);
}

/* Good samples without a figure are not disturbed ones. */
static void test_few_requests(void)
{
    struct sample samples[] = {fake_sample("latency", "06_epoll", 10),
                               fake_sample("latency", "06_epoll", 10)};
    samples[0].state = SAMPLE_GOOD;
    samples[1].state = SAMPLE_STEAL;
    struct grid *grid = grid_make("latency", FIGURE_P999, samples, 2);
    unit_check(grid != NULL, "no memory");
    assert_string_equal(grid->cell[0][0].reason, "fewer than 1000 requests in a sample");
    free(grid);
}

/* One sample of few requests is enough to make no figure of a request as good as others. */
static void check_units(enum figure figure, uint64_t requests, const char *reason)
{
    struct sample samples[6];
    for (unsigned int i = 0; i < 6; i++) {
        samples[i] = fake_sample("chat", "06_epoll", 10);
        samples[i].round = i;
        samples[i].seconds = samples[i].user = samples[i].system = samples[i].p99 = 1;
        samples[i].requests = i == 3 ? requests : 5000;
        samples[i].deliveries = samples[i].bytes = 9 * samples[i].requests;
    }
    struct grid *grid = grid_make("chat", figure, samples, 6);
    unit_check(grid != NULL, "no memory");
    assert_string_equal(grid->cell[0][0].reason, reason);
    unit_check(grid->cell[0][0].estimate.count == 6, "there is no figure");
    size_t pairs = grid_ratio(grid, "06_epoll", 10, "06_epoll", 10).count;
    unit_check(pairs == (*reason != '\0' ? 0 : 6), "a ratio of %zu rounds", pairs);
    free(grid);
}

static void test_units(void)
{
    check_units(FIGURE_DELIVERY_COST, 9, "fewer than 10 requests in a sample");
    check_units(FIGURE_DELIVERY_COST, 10, "");
    check_units(FIGURE_P99, 99, "fewer than 100 requests in a sample");
    check_units(FIGURE_P99, 100, "");
    check_units(FIGURE_GIB_COST, 5, ""); /* a GiB is many calls */
}

/* A point that once could not be, and else was: the figure is there, and so is that. */
static void test_once_impossible(void)
{
    static const enum sample_state states[] = {SAMPLE_CANNOT, SAMPLE_GOOD, SAMPLE_GOOD};
    struct grid *grid = grid_of(states, 3, FIGURE_COST);
    assert_string_equal(grid->cell[0][0].reason, "not possible, in another round");
    unit_check(grid->cell[0][0].estimate.count == 2, "its figure");
    unit_check(grid_ratio(grid, "06_epoll", 10, "06_epoll", 10).count == 0, "a ratio");
    free(grid);
}

static const struct CMUnitTest tests[] = {
    TEST(test_few_bound),         TEST(test_third_bound),
    TEST(test_most_bound),        TEST(test_errors_are_left_out),
    TEST(test_one_value_a_round), TEST(test_not_resolved),
    TEST(test_few_requests),      TEST(test_units),
    TEST(test_once_impossible)};
UNIT_MAIN("grid", tests)
