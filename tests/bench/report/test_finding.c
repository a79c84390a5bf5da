/* test_finding.c: what a run proves, in words: never more than its samples do */
#include <math.h>
#include <stdlib.h>

#include "charts/finding.h"
#include "known.h"
#include "report/report_private.h"
#include "unit.h"

/* Of an experiment, by one of its views. Free its grid. */
static struct evidence evidence_of(const struct known *all, const char *experiment,
                                   const struct view *view, enum figure figure)
{
    struct evidence evidence = {experiment_find(experiment), view,
                                grid_make(experiment, figure, all->samples, all->count)};
    unit_check(evidence.grid != NULL, "no memory");
    return evidence;
}

static void title_is(const struct known *all, const char *experiment, const char *expected)
{
    char title[FINDING_TEXT];
    const struct view *view = report_cost_view(experiment_find(experiment));
    struct evidence evidence = evidence_of(all, experiment, view, view->figure);
    bool shown = finding_text(&evidence, true, title);
    free(evidence.grid);
    unit_check(shown == (expected != NULL), "%s: %s", experiment, shown ? title : "no title");
    if (shown)
        assert_string_equal(title, expected);
}

static void test_titles(void)
{
    struct known all = known_make(KNOWN_ROUNDS, false), few = known_make(3, false);
    for (unsigned int round = 0; round < KNOWN_ROUNDS; round++)
        for (int model = 0; model <= KNOWN_EPOLL; model++)
            known_add(&all, "come-and-go", model, 100, round, model == 1 ? 200 : 30);
    title_is(&all, "idle-crowd",
             "From 0 to 900 silent clients, processor time for a request: select and poll four "
             "times; fork, thread and epoll level");
    title_is(&all, "come-and-go",
             "With 100 clients, processor time for a visit, compared with epoll: fork 6.7 times; "
             "loop, thread, select and poll level");
    title_is(&few, "idle-crowd", NULL);
    title_is(&all, "chat", NULL);
    free(all.samples);
    free(few.samples);
}

/* Without growth that some have and others do not: both ends. One client is no clients. */
static void test_both_ends(void)
{
    static const double us[][2] = {{10, 10}, {20, 12}, {20, 12}, {30, 6}, {30, 6}, {10, 6}};
    struct known all = {NULL, 0};
    for (unsigned int round = 0; round < KNOWN_ROUNDS; round++)
        for (int model = 0; model <= KNOWN_EPOLL; model++)
            for (int i = 0; i < 2; i++) {
                double takes = us[model][i] * known_tilt(round, model, i);
                known_add(&all, "active-share", model, i == 0 ? 1 : 100, round,
                          model == 0 ? (double)NAN : takes);
                known_add(&all, "ping", model, 1, round, takes);
            }
    title_is(&all, "active-share",
             "With 1 % active, processor time for a request, compared with epoll: fork and thread "
             "twice, select and poll three times. With 100 % active: fork and "
             "thread twice; select and poll level");
    title_is(&all, "ping",
             "With 1 active client, processor time for a request, compared with epoll: fork and "
             "thread twice, select and poll three times; loop level");
    free(all.samples);
}

/* A 99th percentile of a few messages is their greatest, and a slow server gets fewer. */
static void test_few_have_no_tail(void)
{
    const struct experiment *chat = experiment_find("chat");
    struct known all = {NULL, 0};
    for (unsigned int round = 0; round < KNOWN_ROUNDS; round++)
        for (int model = 0; model <= KNOWN_EPOLL; model++) {
            known_add(&all, "chat", model, 100, round, model == 1 ? 90 : 10);
            all.samples[all.count - 1].requests = model == 1 ? 3 : 100;
        }
    struct evidence evidence = evidence_of(&all, "chat", &chat->views[1], FIGURE_P99);
    struct findings found = finding_compare(&evidence, 0, false);
    assert_int_equal(found.found[2], FINDING_NONE);
    assert_int_equal(found.found[3], FINDING_LEVEL);
    free(evidence.grid);
    free(all.samples);
}

/* A wide interval is no equality. */
static void test_level(void)
{
    struct known all = {NULL, 0};
    for (unsigned int round = 0; round < KNOWN_ROUNDS; round++)
        for (int model = 0; model <= KNOWN_EPOLL; model++)
            known_add(&all, "come-and-go", model, 100, round,
                      model == 2 && round == 3   ? 39
                      : model == 3 && round == 3 ? 36
                                                 : 30);
    title_is(
        &all, "come-and-go",
        "With 100 clients, processor time for a visit, compared with epoll: loop, fork, select "
        "and poll level");
    free(all.samples);
}

/* Memory of the kernel is what is left of two large numbers, and may come out below 0. */
static void test_below_nothing(void)
{
    struct known all = {NULL, 0};
    for (unsigned int round = 0; round < KNOWN_ROUNDS; round++)
        for (int model = 0; model <= KNOWN_EPOLL; model++)
            known_add(&all, "come-and-go", model, 100, round, model == KNOWN_EPOLL ? -5 : 30);
    title_is(&all, "come-and-go", NULL);
    free(all.samples);
}

/* Why nothing is claimed. */
static void test_reasons(void)
{
    static const struct {
        double epoll;
        enum sample_state state;
        enum figure figure;
        const char *reason;
    } cases[] = {{-5, SAMPLE_GOOD, FIGURE_COST,
                  "The figure of epoll may be 0 or less: nothing is compared with it."},
                 {30, SAMPLE_GENERATOR, FIGURE_RATE,
                  "The generator was the bottleneck with epoll: nothing is compared with it."},
                 {30, SAMPLE_STEAL, FIGURE_COST,
                  "These samples are too few or too far apart to compare the six."}};
    const struct experiment *visits = experiment_find("come-and-go");
    char text[FINDING_TEXT];
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        struct known all = {NULL, 0};
        for (unsigned int round = 0; round < KNOWN_ROUNDS; round++)
            for (int model = 0; model <= KNOWN_EPOLL; model++) {
                known_add(&all, "come-and-go", model, 100, round,
                          model == KNOWN_EPOLL ? cases[i].epoll : 30);
                if (model == KNOWN_EPOLL)
                    all.samples[all.count - 1].state = cases[i].state;
            }
        struct evidence evidence =
            evidence_of(&all, "come-and-go", &visits->views[0], cases[i].figure);
        unit_check(!finding_text(&evidence, false, text), "case %zu: %s", i, text);
        assert_string_equal(text, cases[i].reason);
        free(evidence.grid);
        free(all.samples);
    }
}

/* Of how rates change with silent clients. Frees the samples. */
static void nothing_claimed(struct known *all)
{
    const struct experiment *crowd = experiment_find("idle-crowd");
    struct evidence evidence = evidence_of(all, "idle-crowd", &crowd->views[1], FIGURE_RATE);
    struct findings growth = finding_compare(&evidence, 1, true);
    unit_check((finding_mask(&growth, FINDING_LEVEL) | finding_mask(&growth, FINDING_APART)) == 0,
               "something is claimed");
    free(evidence.grid);
    free(all->samples);
}

/* Nor are the good samples of a point of which a third was bounded: they are a selection. */
static void test_mostly_bounded(void)
{
    struct known all = known_make(5, false);
    for (unsigned int round = 0; round < 3; round++)
        for (int model = 1; model <= KNOWN_EPOLL; model++) {
            known_add(&all, "idle-crowd", model, 900, round, 4);
            all.samples[all.count - 1].state = SAMPLE_GENERATOR;
        }
    nothing_claimed(&all);
}

/* A generator's bound is no finding: rates at such a point are not compared. */
static void test_bounded_proves_nothing(void)
{
    struct known all = known_make(KNOWN_ROUNDS, false);
    for (size_t i = 0; i < all.count; i++)
        if (all.samples[i].state == SAMPLE_GOOD && all.samples[i].x > 0)
            all.samples[i].state = SAMPLE_GENERATOR;
    nothing_claimed(&all);
}

static void test_times(void)
{
    static const struct {
        double times, low, high;
        const char *words;
    } cases[] = {{4.07, 3.9, 4.3, "four times"},
                 {4.07, 4.05, 4.3, "4.1 times"},
                 {1.95, 1.8, 2.2, "twice"},
                 {1.85, 1.6, 2.2, "1.9 times"},
                 {1.42, 1.2, 1.6, "1.4 times"},
                 {34.2, 30, 40, "34 times"},
                 {0.5, 0.4, 0.6, "half"},
                 {0.26, 0.2, 0.3, "a quarter"},
                 {0.26, 0.255, 0.3, "0.26 times"},
                 {0.119, 0.114, 0.27, "at most 0.27 times"},
                 {0.13, 0.09, 0.894, "at most 0.9 times"},
                 {4, 3.19, 7.1, "at least 3.1 times"},
                 {40, 12.9, 90, "at least 12 times"},
                 {0.7, 0.6, 0.8, "0.7 times"},
                 {10.4, 9.9, 11, "ten times"},
                 {2.77, 1.79, 2.95, "2.8 times"}};
    char text[NUMBER_TEXT];
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        const struct estimate ratio = {
            .median = cases[i].times, .low = cases[i].low, .high = cases[i].high, .count = 6};
        assert_string_equal(finding_times(&ratio, text), cases[i].words);
    }
}

static const struct CMUnitTest tests[] = {TEST(test_titles),
                                          TEST(test_both_ends),
                                          TEST(test_level),
                                          TEST(test_few_have_no_tail),
                                          TEST(test_reasons),
                                          TEST(test_below_nothing),
                                          TEST(test_bounded_proves_nothing),
                                          TEST(test_mostly_bounded),
                                          TEST(test_times)};
UNIT_MAIN("finding", tests)
