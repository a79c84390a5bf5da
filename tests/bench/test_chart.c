/* test_chart.c: what gnuplot is told, and that it draws */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "charts/chart.h"
#include "common/number.h"
#include "fake.h"
#include "pages.h"
#include "results/stats.h"

static void test_script(void **state)
{
    char folder[UNIT_PATH];
    (void)state;
    page_need_gnuplot();
    page_make(folder, 1, true);
    char *script = page_text(folder, "charts/idle-crowd-cost.gp");
    static const char *const parts[] = {"'#D55E00'",
                                        "'#E69F00'",
                                        "'#CC79A7'",
                                        "'#56B4E9'",
                                        "'#0072B2'", /* the models that can */
                                        "'#8A8A8A'", /* the baseline */
                                        "(µs)'",
                                        "'silent clients besides 10 active ones'",
                                        "set logscale x",
                                        "set logscale y",
                                        "loop: serves one client at a time",
                                        "select from 3000: at most 1008 clients",
                                        "with vectors heads", /* whiskers */
                                        "'fork' at screen",
                                        "'thread' at screen",
                                        "'select' at screen",
                                        "'poll' at screen",
                                        "'epoll' at screen",
                                        "'baseline' at screen",
                                        "set terminal svg",
                                        "set terminal pngcairo"};
    for (size_t i = 0; i < UNIT_COUNT(parts); i++)
        page_holds("idle-crowd-cost.gp", script, parts[i]);
    page_lacks("idle-crowd-cost.gp", script, "`");
    free(script);
    script = page_text(folder, "charts/bad-neighbour.gp");
    page_holds("bad-neighbour.gp", script, "'stands still until the neighbour goes'");
    page_holds("bad-neighbour.gp", script, "set object rectangle");
    page_holds("bad-neighbour.gp", script, "'stuck'");
    free(script);
    unit_folder_remove(folder);
}

static void test_drawn(void **state)
{
    static const char *const svgs[] = {
        "charts/idle-crowd-cost.svg", "charts/idle-crowd-cost-narrow.svg", "charts/ping-rate.svg",
        "charts/bad-neighbour.svg", "charts/bad-neighbour-narrow.svg"};
    static const char *const pngs[] = {"charts/idle-crowd-cost.png", "charts/bad-neighbour.png"};
    char folder[UNIT_PATH];
    size_t len;
    (void)state;
    page_need_gnuplot();
    page_make(folder, 1, true);
    for (size_t i = 0; i < UNIT_COUNT(svgs); i++) {
        char *svg = page_text(folder, svgs[i]);
        page_balanced(svgs[i], svg);
        page_holds(svgs[i], svg, "</svg>");
        page_holds(svgs[i], svg, ">epoll<");
        free(svg);
    }
    for (size_t i = 0; i < UNIT_COUNT(pngs); i++) {
        char *png = unit_read(folder, pngs[i], &len);
        unit_check(png != NULL && len > 5000, "%s is missing or empty", pngs[i]);
        unit_check(memcmp(png, "\x89PNG\r\n\x1a\n", 8) == 0, "%s is no PNG", pngs[i]);
        unit_check(memcmp(png + len - 8, "IEND", 4) == 0, "%s has no end", pngs[i]);
        free(png);
    }
    unit_folder_remove(folder);
}

/* Only who stands still gets a bar to the top. */
static void test_bars_in_words(void **state)
{
    static const char *const servers[] = {"01_loop", "02_fork", "06_epoll"};
    struct sample samples[3];
    char folder[UNIT_PATH], why[160] = "";
    (void)state;
    page_need_gnuplot();
    for (size_t i = 0; i < UNIT_COUNT(samples); i++) {
        sample_clear(&samples[i]);
        (void)snprintf(samples[i].experiment, sizeof samples[i].experiment, "bad-neighbour");
        (void)snprintf(samples[i].server, sizeof samples[i].server, "%s", servers[i]);
        samples[i].state = SAMPLE_GOOD;
        samples[i].p99 = 100;
    }
    samples[0].state = SAMPLE_CANNOT;
    (void)snprintf(samples[0].note, sizeof samples[0].note, "one client at a time");
    samples[1].state = SAMPLE_ERRORS;
    const struct experiment *bad = experiment_find("bad-neighbour");
    unit_folder(folder);
    unit_check(chart_draw(folder, bad, &bad->views[0], samples, 3, why) == CHART_DRAWN, "%s", why);
    char *script = page_text(folder, "charts/bad-neighbour.gp");
    page_holds("script", script, "'one client at a time' at first");
    page_holds("script", script, "'no undisturbed sample' at first");
    page_lacks("script", script, "rectangle");
    free(script);
    unit_folder_remove(folder);
}

/* A median of 0 has no place on a logarithmic axis: words, and no line that leads to nowhere. */
static void test_zero_on_log(void **state)
{
    struct sample samples[4];
    char folder[UNIT_PATH], why[160] = "";
    (void)state;
    page_need_gnuplot();
    for (size_t i = 0; i < UNIT_COUNT(samples); i++) {
        sample_clear(&samples[i]);
        (void)snprintf(samples[i].experiment, sizeof samples[i].experiment, "ping");
        (void)snprintf(samples[i].server, sizeof samples[i].server, i < 2 ? "05_poll" : "06_epoll");
        samples[i].x = i % 2 == 0 ? 1 : 100;
        samples[i].seconds = 1;
        samples[i].requests = i == 1 ? 0 : 1000 * (i + 1);
    }
    const struct experiment *ping = experiment_find("ping");
    unit_folder(folder);
    unit_check(chart_draw(folder, ping, &ping->views[0], samples, 4, why) == CHART_DRAWN, "%s",
               why);
    char *script = page_text(folder, "charts/ping-rate.gp");
    page_holds("script", script, "poll at 100: a median of 0 or less");
    page_lacks("script", script, "inf");
    page_lacks("script", script, "nan");
    free(script);
    unit_folder_remove(folder);
}

static void test_no_figures(void **state)
{
    struct sample sample;
    char folder[UNIT_PATH], why[160] = "";
    (void)state;
    unit_folder(folder);
    sample_clear(&sample);
    (void)snprintf(sample.experiment, sizeof sample.experiment, "ping");
    (void)snprintf(sample.server, sizeof sample.server, "06_epoll");
    sample.state = SAMPLE_ERRORS;
    const struct experiment *ping = experiment_find("ping");
    unit_check(chart_draw(folder, ping, &ping->views[0], &sample, 1, why) == CHART_EMPTY,
               "it was drawn");
    page_holds("why", why, "no good sample");
    unit_folder_remove(folder);
}

static void test_numbers(void **state)
{
    static const struct {
        enum number_kind kind;
        double value;
        const char *axis, *table;
    } cases[] = {
        {NUMBER_TIME, 7.094, "7.094 µs", "7.09 µs"}, {NUMBER_TIME, 50, "50 µs", "50.0 µs"},
        {NUMBER_TIME, 2000, "2 ms", "2.00 ms"},      {NUMBER_TIME, 0.25, "250 ns", "250 ns"},
        {NUMBER_TIME, 5e6, "5 s", "5.00 s"},         {NUMBER_BYTES, 65536, "64 KiB", "64.0 KiB"},
        {NUMBER_BYTES, 256, "256 B", "256 B"},       {NUMBER_PLAIN, 20000, "20k", "20,000"},
        {NUMBER_PLAIN, 1000, "1000", "1,000"},       {NUMBER_PLAIN, 1234567, "1.235M", "1,230,000"},
        {NUMBER_PLAIN, 999.7, "999.7", "1,000"},     {NUMBER_PLAIN, 0, "0", "0"},
        {NUMBER_PLAIN, 0.0451, "0.0451", "0.0451"},
    };
    char text[NUMBER_TEXT];
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        assert_string_equal(number_axis(cases[i].kind, cases[i].value, text), cases[i].axis);
        assert_string_equal(number_table(cases[i].kind, cases[i].value, text), cases[i].table);
    }
    assert_string_equal(number_table(NUMBER_TIME, NAN, text), "–");
    assert_string_equal(number_exact(NUMBER_PLAIN, 1008, text), "1,008");
}

static void test_steps(void **state)
{
    unsigned long long seed = 7;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        double steps[12], low = pow(10, (double)(stats_random(&seed) % 1400) / 100 - 3);
        double high = low * pow(10, (double)(1 + stats_random(&seed) % 800) / 100);
        enum number_kind kind = i % 3 == 0 ? NUMBER_BYTES : NUMBER_TIME;
        double from = low, to = high;
        size_t count = number_steps(kind, i % 2 == 0, &from, &to, steps, 12);
        unit_check(from <= low * 1.0001 && to >= high * 0.9999, "%g to %g cut to %g to %g", low,
                   high, from, to);
        unit_check(count >= 1 && count <= 12, "%zu steps from %g to %g", count, from, to);
        for (size_t s = 1; s < count; s++)
            unit_check(steps[s] > steps[s - 1], "steps do not rise: %g %g", steps[s - 1], steps[s]);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        UNIT(test_script),     UNIT(test_drawn),   UNIT(test_bars_in_words), UNIT(test_zero_on_log),
        UNIT(test_no_figures), UNIT(test_numbers), UNIT(test_steps),
    };
    return unit_run("chart", tests, argc, argv);
}
