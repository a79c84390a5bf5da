/* test_finding.c: what a run proves, in words: never more than its samples do */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "charts/finding.h"
#include "fake.h"
#include "pages.h"
#include "report/report.h"
#include "report/report_private.h"

enum { ROUNDS = 7, EPOLL = 5, POLL = 4 };

static const char *const models[] = {"loop", "fork", "thread", "select", "poll", "epoll"};

/* Microseconds a request, without silent clients and among 900. */
static const double known[][2] = {{NAN, NAN},  {8.3, 8.0},  {6.2, 6.3},
                                  {4.4, 17.9}, {4.3, 17.6}, {4.4, 4.5}};

struct known {
    struct sample *samples;
    size_t count;
};

/* A sample of a request that costs us; NaN: it can't be. */
static void known_add(struct known *all, const char *experiment, int model, double x,
                      unsigned int round, double us)
{
    struct sample sample = fake_sample(experiment, models[model], x);
    sample.round = round;
    sample.state = isnan(us) ? SAMPLE_CANNOT : SAMPLE_GOOD;
    (void)snprintf(sample.note, sizeof sample.note, "%s", isnan(us) ? "one client at a time" : "");
    sample.seconds = isnan(us) ? (double)NAN : 1;
    sample.requests = isnan(us) ? 0 : 100000;
    sample.user = us / 10;
    sample.system = 0;
    sample.p50 = us;
    sample.p99 = us;
    fake_add(&all->samples, &all->count, &sample);
}

/* All six without silent clients and among 900, in so many rounds. scatter: in every other round
 * poll costs among them as little as without. */
static struct known known_make(unsigned int rounds, bool scatter)
{
    struct known all = {NULL, 0};
    for (unsigned int round = 0; round < rounds; round++)
        for (int model = 0; model <= EPOLL; model++)
            for (int i = 0; i < 2; i++) {
                bool low = scatter && model == POLL && round % 2 == 0;
                known_add(&all, "idle-crowd", model, i * 900, round,
                          known[model][low ? 0 : i] * (1 + 0.01 * (double)round));
            }
    return all;
}

/* The page of these samples. Free it. */
static char *known_page(struct known *all)
{
    char folder[UNIT_PATH], why[WHY] = "";
    page_need_gnuplot();
    unit_folder(folder);
    fake_write(folder, all->samples, all->count);
    unit_check(report_make(folder, why), "report_make: %s", why);
    char *page = page_text(folder, "report.html");
    free(all->samples);
    unit_folder_remove(folder);
    return page;
}

static void test_answer(void)
{
    struct known all = known_make(ROUNDS, false);
    char *page = known_page(&all);
    page_holds("page", page,
               "<p class=\"answer\">Among 900 silent clients a request costs select and poll four "
               "times as much as without them; it costs fork, thread and epoll no more.</p>");
    free(page);
}

/* One whose samples contradict each other is not in the claim. */
static void test_answer_claims_less(void)
{
    struct known all = known_make(ROUNDS, true);
    char *page = known_page(&all);
    page_holds("page", page,
               "<p class=\"answer\">Among 900 silent clients a request costs select four times as "
               "much as without them; it costs fork, thread and epoll no more. These "
               "samples do not tell about poll.</p>");
    free(page);
}

/* Three rounds give no interval; and without the experiment there is no answer either. */
static void test_answer_claims_nothing(void)
{
    static const char none[] =
        "<p class=\"answer\">This run does not show what silent clients cost";
    struct known few = known_make(3, false), other = {NULL, 0};
    char *page = known_page(&few);
    page_holds("page", page, none);
    page_lacks("page", page, "four times");
    page_holds("page", page, "too few or too far apart to compare");
    free(page);
    known_add(&other, "ping", EPOLL, 10, 0, 4.4);
    page = known_page(&other);
    page_holds("page", page, none);
    free(page);
}

/* A row for each of the six; words if a ratio is proved, else the figure alone. */
static void test_six_rows(void)
{
    static const char *const cells[] = {
        "<b>four times</b><small>18.4 µs</small>", /* select */
        "<b>the same</b>",                         /* none: see below */
        "<span>one client at a time</span>",
        "<span>not measured</span>",
        "data-label=\"a request among 900 silent clients\"",
        "data-label=\"a visit beside a silent neighbour\"><span>one client at a time",
        "data-label=\"a visit beside a silent neighbour\"><b>the same",
        "data-label=\"a visit beside a computing neighbour\"><b>nine times"};
    struct known all = known_make(ROUNDS, false);
    for (unsigned int round = 0; round < ROUNDS; round++)
        for (int model = 0; model <= EPOLL; model++) {
            known_add(&all, "bad-neighbour", model, 0, round, 300);
            known_add(&all, "bad-neighbour", model, 1, round, model == 0 ? (double)NAN : 310);
            known_add(&all, "bad-neighbour", model, 3, round, model == 0 ? (double)NAN : 2700);
            known_add(&all, "come-and-go", model, 100, round, model == 1 ? 200 : 30);
        }
    char *page = known_page(&all);
    size_t rows = 0;
    for (size_t i = 0; i < UNIT_COUNT(cells); i++)
        page_holds("page", page, cells[i]);
    for (const char *at = strstr(page, "class=\"six\""); at != NULL; rows++)
        at = strstr(at + 1, "<tr><th>");
    unit_check(rows >= 7, "%zu rows", rows); /* with the tables behind it */
    page_balanced("page", page);
    free(page);
}

static void title_is(const struct known *all, const char *experiment, const char *expected)
{
    char title[FINDING_TEXT];
    const struct experiment *found = experiment_find(experiment);
    const struct view *view = report_cost_view(found);
    struct evidence evidence = {found, view,
                                grid_make(experiment, view->figure, all->samples, all->count)};
    unit_check(evidence.grid != NULL, "no memory");
    bool shown = finding_text(&evidence, true, title);
    free(evidence.grid);
    unit_check(shown == (expected != NULL), "%s: %s", experiment, shown ? title : "no title");
    if (shown)
        assert_string_equal(title, expected);
}

static void test_titles(void)
{
    struct known all = known_make(ROUNDS, false), few = known_make(3, false);
    for (unsigned int round = 0; round < ROUNDS; round++)
        for (int model = 0; model <= EPOLL; model++)
            known_add(&all, "come-and-go", model, 100, round, model == 1 ? 200 : 30);
    title_is(&all, "idle-crowd",
             "From 0 to 900 silent clients: select and poll four times; fork, thread and epoll "
             "level");
    title_is(&all, "come-and-go",
             "At 100 clients, compared with epoll: fork seven times; loop, thread, select and poll "
             "level");
    title_is(&few, "idle-crowd", NULL);
    title_is(&all, "chat", NULL);
    free(all.samples);
    free(few.samples);
}

/* Memory of the kernel is what is left of two large numbers, and may come out below 0. */
static void test_below_nothing(void)
{
    struct known all = {NULL, 0};
    for (unsigned int round = 0; round < ROUNDS; round++)
        for (int model = 0; model <= EPOLL; model++)
            known_add(&all, "come-and-go", model, 100, round, model == EPOLL ? -5 : 30);
    title_is(&all, "come-and-go", NULL);
    free(all.samples);
}

/* Of how rates change with silent clients. Frees the samples. */
static void nothing_claimed(struct known *all)
{
    const struct experiment *crowd = experiment_find("idle-crowd");
    struct evidence evidence = {crowd, &crowd->views[1],
                                grid_make("idle-crowd", FIGURE_RATE, all->samples, all->count)};
    struct findings growth = finding_growth(&evidence, 0, 1);
    unit_check(finding_mask(&growth, FINDING_NONE) == 0x7e, "something is claimed");
    free(evidence.grid);
    free(all->samples);
}

/* Nor are the few good samples of a point that was mostly bounded: they are the slowest. */
static void test_mostly_bounded(void)
{
    struct known all = known_make(5, false);
    for (unsigned int round = 0; round < 6; round++)
        for (int model = 1; model <= EPOLL; model++) {
            known_add(&all, "idle-crowd", model, 900, round % 5, known[model][1] / 2);
            all.samples[all.count - 1].state = SAMPLE_GENERATOR;
        }
    nothing_claimed(&all);
}

/* A generator's bound is no finding: rates at such a point are not compared. */
static void test_bounded_proves_nothing(void)
{
    struct known all = known_make(ROUNDS, false);
    for (size_t i = 0; i < all.count; i++)
        if (all.samples[i].state == SAMPLE_GOOD && all.samples[i].x > 0)
            all.samples[i].state = SAMPLE_GENERATOR;
    nothing_claimed(&all);
}

static void test_times(void)
{
    static const struct {
        double times;
        const char *words;
    } cases[] = {{4.07, "four times"}, {1.9, "twice"},     {1.42, "1.4 times"},
                 {34.2, "34 times"},   {0.5, "half"},      {0.26, "a quarter"},
                 {0.7, "0.7 times"},   {10.4, "ten times"}};
    char text[NUMBER_TEXT];
    for (size_t i = 0; i < UNIT_COUNT(cases); i++)
        assert_string_equal(finding_times(cases[i].times, text), cases[i].words);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(test_answer),
        TEST(test_answer_claims_less),
        TEST(test_answer_claims_nothing),
        TEST(test_six_rows),
        TEST(test_titles),
        TEST(test_below_nothing),
        TEST(test_bounded_proves_nothing),
        TEST(test_mostly_bounded),
        TEST(test_times),
    };
    return unit_run("finding", tests, argc, argv);
}
