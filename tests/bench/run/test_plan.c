/* test_plan.c: how long samples are, by what the first round took */
#include <math.h>

#include "common/seconds.h"
#include "run/run.h"
#include "unit.h"

/* The first round took 730 s of the hour: 360 measuring, 200 repeating, 170 besides. */
static void test_repeats_are_not_counted_twice(void)
{
    static struct run run = {
        .options = {.full = true, .reps = 7, .budget = 3300}, .seconds = 0.3, .weights = 1000};
    run.began = seconds_now() - 730;
    run.repeat_left = 330 - 200;
    plan_fit(&run);
    double wanted = (3300 - 730 - 130 - 6 * 170) / (1.2 * 6 * 1000);
    unit_check(fabs(run.seconds - wanted) < 0.01, "%g s a sample, not %g", run.seconds, wanted);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {TEST(test_repeats_are_not_counted_twice)};
    return unit_run("plan", tests, argc, argv);
}
