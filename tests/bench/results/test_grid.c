/* test_grid.c: which samples are in which figure */
#include <stdlib.h>

#include "fake.h"
#include "results/grid.h"
#include "unit.h"

enum { MOST = 8 };

/* Samples of one server at x = 10 with a rate of 1000, 2000, … and a cost of 1, 2, … µs. */
static struct grid *grid_of(const enum sample_state *states, size_t count, enum figure figure)
{
    struct sample samples[MOST];
    for (size_t i = 0; i < count; i++) {
        samples[i] = fake_sample("ping", "06_epoll", 10);
        samples[i].state = states[i];
        samples[i].seconds = 1;
        samples[i].requests = 1000 * (i + 1);
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
    static const enum sample_state few[] = {SAMPLE_GOOD, SAMPLE_GOOD, SAMPLE_GENERATOR,
                                            SAMPLE_GENERATOR, SAMPLE_GOOD};
    check_cell(few, 5, FIGURE_COST, 3, false, 0);
    check_cell(few, 5, FIGURE_RATE, 2000, false, 2);
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

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(test_few_bound),
        TEST(test_most_bound),
        TEST(test_errors_are_left_out),
    };
    return unit_run("grid", tests, argc, argv);
}
