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
#include "results/spectrum.h"

enum { ROUNDS = 7, EPOLL = 5, POLL = 4 };

static const char *const models[] = {"loop", "fork", "thread", "select", "poll", "epoll"};

/* Microseconds a request, without silent clients and among 900. */
static const double known[][2] = {{NAN, NAN},  {8.3, 8.0},  {6.2, 6.3},
                                  {4.4, 17.9}, {4.3, 17.2}, {4.4, 4.5}};

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

/* From 1 to 1.06, for each point in another order: so ratios have an interval. */
static double tilt(unsigned int round, int model, int point)
{
    return 1 + 0.01 * (double)((round + 2 * (unsigned int)model + 3 * (unsigned int)point) % 7);
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
                          known[model][low ? 0 : i] * tilt(round, model, i));
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
               "<p class=\"answer\">With ten active clients among 900 silent ones, a request takes "
               "select and poll four times as much processor time as without the silent ones; no "
               "more with fork, thread and epoll.</p>");
    free(page);
}

/* One whose samples contradict each other is not in the claim. */
static void test_answer_claims_less(void)
{
    struct known all = known_make(ROUNDS, true);
    char *page = known_page(&all);
    page_holds("page", page,
               "<p class=\"answer\">With ten active clients among 900 silent ones, a request takes "
               "select four times as much processor time as without the silent ones; no more with "
               "fork, thread and epoll. The samples prove neither for poll.</p>");
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

/* A row for each of the six; words if a ratio to epoll is proved, else the figure alone. */
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
        "data-label=\"a visit beside a computing neighbour\"><b>nine times",
        "<th>server's own memory for one of many silent"};
    struct known all = known_make(ROUNDS, false);
    for (unsigned int round = 0; round < ROUNDS; round++)
        for (int model = 0; model <= EPOLL; model++) {
            double fork_waits = model == 1 ? 2700 : 300;
            known_add(&all, "bad-neighbour", model, 0, round, fork_waits);
            known_add(&all, "bad-neighbour", model, 1, round, model == 0 ? (double)NAN : 310);
            known_add(&all, "bad-neighbour", model, 3, round,
                      model == 0 ? (double)NAN : fork_waits);
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
    for (unsigned int round = 0; round < ROUNDS; round++)
        for (int model = 0; model <= EPOLL; model++)
            for (int i = 0; i < 2; i++) {
                double takes = us[model][i] * tilt(round, model, i);
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

/* A wide interval is no equality. */
static void test_level(void)
{
    struct known all = {NULL, 0};
    for (unsigned int round = 0; round < ROUNDS; round++)
        for (int model = 0; model <= EPOLL; model++)
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
    for (unsigned int round = 0; round < ROUNDS; round++)
        for (int model = 0; model <= EPOLL; model++)
            known_add(&all, "come-and-go", model, 100, round, model == EPOLL ? -5 : 30);
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
        for (unsigned int round = 0; round < ROUNDS; round++)
            for (int model = 0; model <= EPOLL; model++) {
                known_add(&all, "come-and-go", model, 100, round,
                          model == EPOLL ? cases[i].epoll : 30);
                if (model == EPOLL)
                    all.samples[all.count - 1].state = cases[i].state;
            }
        struct evidence evidence = {
            visits, &visits->views[0],
            grid_make("come-and-go", cases[i].figure, all.samples, all.count)};
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
    struct evidence evidence = {crowd, &crowd->views[1],
                                grid_make("idle-crowd", FIGURE_RATE, all->samples, all->count)};
    struct findings growth = finding_compare(&evidence, 1, true);
    unit_check(finding_mask(&growth, FINDING_NONE) == 0x7e, "something is claimed");
    free(evidence.grid);
    free(all->samples);
}

/* Nor are the good samples of a point of which a third was bounded: they are a selection. */
static void test_mostly_bounded(void)
{
    struct known all = known_make(5, false);
    for (unsigned int round = 0; round < 3; round++)
        for (int model = 1; model <= EPOLL; model++) {
            known_add(&all, "idle-crowd", model, 900, round, known[model][1] / 2);
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
        double times, low, high;
        const char *words;
    } cases[] = {{4.07, 3.9, 4.3, "four times"},   {4.07, 4.05, 4.3, "4.1 times"},
                 {1.95, 1.8, 2.2, "twice"},        {1.85, 1.6, 2.2, "1.9 times"},
                 {1.42, 1.2, 1.6, "1.4 times"},    {34.2, 30, 40, "34 times"},
                 {0.5, 0.4, 0.6, "half"},          {0.26, 0.2, 0.3, "a quarter"},
                 {0.26, 0.255, 0.3, "0.26 times"}, {0.119, 0.114, 0.27, "0.12 times"},
                 {0.7, 0.6, 0.8, "0.7 times"},     {10.4, 9.9, 11, "ten times"},
                 {2.77, 1.79, 2.95, "2.8 times"}};
    char text[NUMBER_TEXT];
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        const struct estimate ratio = {
            .median = cases[i].times, .low = cases[i].low, .high = cases[i].high, .count = 6};
        assert_string_equal(finding_times(&ratio, text), cases[i].words);
    }
}

/* --- quantiles ------------------------------------------------------------------------------- */

/* Latencies 1, 2, …, n µs, times a factor. */
static struct sample ladder(unsigned int n, double factor)
{
    int i = 0;
    struct sample sample = fake_sample("latency", "epoll", 10);
    sample.state = SAMPLE_GOOD;
    sample.requests = n;
    for (; i < SAMPLE_QUANTILES && n / spectrum_place(i) >= 1; i++)
        sample.spectrum[i] = factor * fmax(1, ceil(n - n / spectrum_place(i)));
    sample.spectrum[i] = factor * n;
    return sample;
}

static void test_spectrum(void)
{
    const struct sample one[] = {ladder(1024, 1)}, two[] = {ladder(1024, 1), ladder(1024, 1000)};
    struct spectrum alone = spectrum_pool("latency", "epoll", 10, true, one, 1);
    for (int i = 0; i <= 20; i++)
        unit_check(fabs(alone.at[i] - one[0].spectrum[i]) < 1e-9, "quantile %d: %g, not %g", i,
                   alone.at[i], one[0].spectrum[i]);
    unit_check(isnan(alone.at[21]), "one in 1448 of 1024 is known: %g", alone.at[21]);
    struct spectrum both = spectrum_pool("latency", "epoll", 10, true, two, 2);
    unit_check(both.samples == 2 && both.requests > 2047, "%zu samples", both.samples);
    unit_check(fabs(both.at[2] - 1024) < 1e-9, "the median is the greatest of the first: %g",
               both.at[2]);
    unit_check(fabs(both.at[4] - 512000) < 1e-9, "three quarters: the median of the second: %g",
               both.at[4]);
    unit_check(!isnan(both.at[22]) && isnan(both.at[23]), "where the line ends");
    struct spectrum none = spectrum_pool("latency", "poll", 10, true, two, 2);
    unit_check(none.samples == 0 && isnan(none.at[0]), "there is none");
    none = spectrum_pool("latency", "epoll", 10, false, two, 2);
    unit_check(none.samples == 0, "nothing is uncorrected");
}

/* Ten clients at 2000 a second: each has a turn every 5 ms. */
static void test_what_the_gap_is(void)
{
    static const char *const gaps[] = {"the gap between them is only how late the generator was",
                                       "what such a generator would hide, and how late"};
    page_need_gnuplot();
    for (int i = 0; i < 2; i++) {
        struct known all = {NULL, 0};
        struct sample sample = ladder(4096, 1);
        sample.p99 = 4000;
        sample.most = i == 0 ? 4900 : 5100;
        fake_add(&all.samples, &all.count, &sample);
        char *page = known_page(&all);
        page_holds("page", page, gaps[i]);
        page_lacks("page", page, gaps[1 - i]);
        free(page);
    }
}

static void test_spectrum_drawn(void)
{
    char folder[UNIT_PATH], why[WHY] = "";
    struct sample *samples = NULL, sample = ladder(4096, 1);
    size_t count = 0;
    page_need_gnuplot();
    for (int i = 0; i <= SAMPLE_QUANTILES; i++)
        sample.raw_spectrum[i] = sample.spectrum[i] / 2;
    sample.p99 = 4000;
    fake_add(&samples, &count, &sample);
    unit_folder(folder);
    fake_write(folder, samples, count);
    unit_check(report_make(folder, why), "report_make: %s", why);
    char *script = page_text(folder, "charts/latency-spectrum.gp");
    page_holds("script", script, "set title 'How long do the slowest wait");
    page_holds("script", script, "using 1:3 with lines lw 1.5 dt 2");
    page_holds("script", script, "'99.99 %%' 10000");
    free(script);
    char *svg = page_text(folder, "charts/latency-spectrum.svg"),
         *page = page_text(folder, "report.html");
    page_balanced("svg", svg);
    page_holds("page", page, "coordinated omission");
    free(svg);
    free(page);
    free(samples);
    unit_folder_remove(folder);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(test_answer),
        TEST(test_answer_claims_less),
        TEST(test_answer_claims_nothing),
        TEST(test_six_rows),
        TEST(test_titles),
        TEST(test_both_ends),
        TEST(test_level),
        TEST(test_reasons),
        TEST(test_below_nothing),
        TEST(test_bounded_proves_nothing),
        TEST(test_mostly_bounded),
        TEST(test_times),
        TEST(test_spectrum),
        TEST(test_what_the_gap_is),
        TEST(test_spectrum_drawn),
    };
    return unit_run("finding", tests, argc, argv);
}
