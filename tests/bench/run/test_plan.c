/* test_plan.c: how long samples are, and what is left out, by what a round took */
#include <math.h>
#include <string.h>

#include "common/seconds.h"
#include "run/run.h"
#include "unit.h"

enum { EACH = 2, ROOM = 32 }; /* points of an experiment */

static struct run run; /* too large for the stack */

struct took {
    const char *experiment;
    double seconds;
};

static size_t place_of(const char *name)
{
    return (size_t)(experiment_find(name) - experiments);
}

/* The first round took that long, with these experiments; all of them have two points. */
static void round_take(bool full, double budget, double spent, const struct took *took)
{
    run = (struct run){.options = {.full = full, .reps = full ? 7 : 6, .budget = budget}};
    run.options.servers_count = 1;
    run.seconds = full ? 0.15 : 0.05;
    run.began = seconds_now() - spent;
    for (; took->experiment != NULL; took++) {
        const struct experiment *experiment = experiment_find(took->experiment);
        for (int i = 0; i < EACH; i++)
            run.blocks[run.blocks_count++] = (struct run_block){.experiment = experiment};
        run.took[place_of(took->experiment)] = took->seconds;
        run.weights += EACH * experiment->load.weight;
    }
    run.samples_done = run.blocks_count;
}

/* "ping storm " */
static const char *left(void)
{
    static char names[ROOM * EACH];
    size_t n = 0;
    names[0] = '\0';
    for (size_t i = 0; i < run.blocks_count; i += EACH)
        n += (size_t)snprintf(names + n, sizeof names - n, "%s ", run.blocks[i].experiment->name);
    return names;
}

/* The first round took 400 s of 4300: 180 measuring, 50 repeating, 170 besides. The samples of
 * the others are longer, so it does not count, and there is one more. */
static void test_repeats_are_not_counted_twice(void)
{
    round_take(true, 4300, 400, (struct took[]){{"ping", 180 + 170}, {NULL, 0}});
    run.weights = 1000;
    run.repeat_left = 430 - 50;
    unit_check(plan_fit(&run, 1), "it ends");
    double wanted = (4300 - 400 - 380 - 7 * 170) / (1.2 * 7 * 1000);
    unit_check(fabs(run.seconds - wanted) < 0.01, "%g s a sample, not %g", run.seconds, wanted);
    unit_check(run.options.reps == 8 && run.samples_all == run.samples_done + 7 * EACH,
               "%u rounds, %zu samples", run.options.reps, run.samples_all);
}

/* Of 216 seconds that a run of 180 may take, 166 are left, 33 for each round; this one took 43. */
static void test_too_much_is_left_out(void)
{
    round_take(false, 180, 50,
               (struct took[]){
                   {"ping", 14}, {"latency", 3}, {"active-share", 15}, {"upload", 11}, {NULL, 0}});
    unit_check(plan_fit(&run, 1), "it ends");
    unit_check(strcmp(left(), "ping latency active-share ") == 0, "%s", left());
    unit_check(run.samples_all == 4 * EACH + 5 * 3 * EACH, "%zu samples", run.samples_all);
    unit_check(run.file.notes_count == 1, "the reader does not know");
    unit_check(fabs(run.seconds - 0.05) < 1e-9, "%g s a sample", run.seconds);
}

/* One after each round, the most expensive first, and none that matters. */
static void test_much_too_much(void)
{
    round_take(false, 180, 100,
               (struct took[]){{"ping", 30}, {"latency", 20}, {"storm", 25}, {NULL, 0}});
    unit_check(plan_fit(&run, 1), "it ends");
    unit_check(strcmp(left(), "ping latency ") == 0, "%s", left());
    run.took[place_of("ping")] = 30;
    run.took[place_of("latency")] = 20;
    unit_check(plan_fit(&run, 2), "it ends");
    unit_check(strcmp(left(), "ping ") == 0, "%s", left());
    run.took[place_of("ping")] = 300;
    unit_check(plan_fit(&run, 3), "it ends");
    unit_check(strcmp(left(), "ping ") == 0, "%s", left());
    unit_check(run.file.notes_count == 2, "%zu notes", run.file.notes_count);
}

static void test_what_fits_stays(void)
{
    const struct took took[] = {{"ping", 16}, {"storm", 16}, {NULL, 0}};
    round_take(false, 180, 40, took);
    unit_check(plan_fit(&run, 1) && run.file.notes_count == 0, "it was left out");
    round_take(false, 180, 400, took);
    run.options.duration = 1; /* as it was asked for */
    unit_check(plan_fit(&run, 1) && run.file.notes_count == 0, "it was left out");
    unit_check(strcmp(left(), "ping storm ") == 0, "%s", left());
    round_take(false, 180, 100, (struct took[]){{"latency", 100}, {NULL, 0}}); /* the only one */
    unit_check(plan_fit(&run, 1) && run.file.notes_count == 0, "nothing is left to measure");
    unit_check(strcmp(left(), "latency ") == 0, "%s", left());
}

/* Of seven rounds six are enough; the trial is none of them. */
static void test_rounds(void)
{
    const struct took took[] = {{"ping", 500}, {NULL, 0}};
    round_take(true, 3300, 2900, took);
    unit_check(!plan_fit(&run, 6) && run.file.notes_count == 1, "a seventh round begins");
    round_take(true, 3300, 2700, took);
    unit_check(plan_fit(&run, 6) && run.file.notes_count == 0, "no seventh round begins");
    round_take(true, 3300, 3250, took);
    run.trial = 1;
    run.options.reps++;
    unit_check(plan_fit(&run, 6), "it ends with five rounds");
    unit_check(!plan_fit(&run, 7), "a seventh round begins");
}

/* The points of an experiment follow each other in a round, and both orders are of chance: each of
 * the nine comes first in one of nine rounds. */
static void test_order(void)
{
    enum { POINTS = 3, ALL = 9, ROUNDS = 100 };
    unsigned long long random = 1;
    unsigned int order[RUN_BLOCKS], first[ALL] = {0};
    run.blocks_count = ALL;
    for (int b = 0; b < ALL; b++)
        run.blocks[b].experiment = &experiments[b / POINTS];
    for (int round = 0; round < ROUNDS; round++) {
        unsigned int seen = 0;
        plan_order(&run, order, &random);
        for (int i = 0; i < ALL; i++) {
            seen |= 1U << order[i];
            unit_check(order[i] / POINTS == order[i - i % POINTS] / POINTS,
                       "another experiment is among the points of one");
        }
        unit_check(seen == (1U << ALL) - 1, "points are missing: %x", seen);
        first[order[0]]++;
    }
    for (int b = 0; b < ALL; b++)
        unit_check(first[b] > 0 && first[b] < ROUNDS / 3, "%u of %d rounds begin with point %d",
                   first[b], ROUNDS, b);
}

/* However short samples are: of clients that take turns each has one. */
static void test_all_have_a_turn(void)
{
    struct load_spec spec;
    char note[160];
    const struct experiment *latency = experiment_find("latency");
    unit_check(experiment_load(latency, "epoll", 10000, 900, 0.1, &spec, note) &&
                   spec.seconds * spec.rate >= 900,
               "%g requests of 900 clients", spec.seconds * spec.rate);
}

static const struct CMUnitTest tests[] = {TEST(test_repeats_are_not_counted_twice),
                                          TEST(test_too_much_is_left_out),
                                          TEST(test_much_too_much),
                                          TEST(test_what_fits_stays),
                                          TEST(test_rounds),
                                          TEST(test_order),
                                          TEST(test_all_have_a_turn)};
UNIT_MAIN("plan", tests)
