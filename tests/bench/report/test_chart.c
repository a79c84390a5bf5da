/* test_chart.c: the commands for gnuplot, and what it draws */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "charts/chart.h"
#include "common/number.h"
#include "fake.h"
#include "pages.h"

static void test_script(void)
{
    page_make_hostile();
    /* the models that can, and the baseline */
    PAGE_FILE_HOLDS("charts/idle-crowd-cost.gp", "'#D55E00'", "'#E69F00'", "'#CC79A7'", "'#56B4E9'",
                    "'#0072B2'", "'#8A8A8A'", "title 'fork'", "title 'thread'", "title 'select'",
                    "title 'poll'", "title 'epoll'", "title 'baseline'");
    PAGE_FILE_HOLDS(
        "charts/idle-crowd-cost.gp", "set title 'From 0 to 1,000 silent clients, processor'",
        "'time for a request: select four times,'", "'poll six times; ",
        "set ylabel 'processor time for a request'",
        "set xlabel 'silent clients besides 10 active ones'", "'0' 0, '10' 1, '100' 2,",
        "'10 µs' 10, '20 µs' 20", "set logscale y", "'loop: serves one client at a time'",
        "'select from 3,000: at most 1008 clients'", "with yerrorlines", "set terminal svg",
        "set terminal pngcairo");
    PAGE_FILE_LACKS("charts/idle-crowd-cost.gp", "`");
    PAGE_FILE_HOLDS("charts/bad-neighbour.gp",
                    "'loop from silent: stands still until the neighbour goes'",
                    "('none' 0, 'silent' 1, 'stuck' 2, 'computing' 3)", "with yerrorbars");
}

static void test_drawn(void)
{
    static const char *const svgs[] = {"charts/idle-crowd-cost.svg", "charts/ping-rate.svg",
                                       "charts/bad-neighbour.svg"};
    static const char *const pngs[] = {"charts/idle-crowd-cost.png", "charts/bad-neighbour.png"};
    size_t len;
    page_make_hostile();
    for (size_t i = 0; i < UNIT_COUNT(svgs); i++) {
        char *svg = page_text(page_folder, svgs[i]);
        page_balanced(svgs[i], svg);
        page_holds(svgs[i], svg, "</svg>");
        page_holds(svgs[i], svg, ">epoll<");
        free(svg);
    }
    for (size_t i = 0; i < UNIT_COUNT(pngs); i++) {
        char *png = unit_read(page_folder, pngs[i], &len);
        unit_check(png != NULL && len > 5000, "%s is missing or empty", pngs[i]);
        unit_check(memcmp(png, "\x89PNG\r\n\x1a\n", 8) == 0, "%s is no PNG", pngs[i]);
        unit_check(memcmp(png + len - 8, "IEND", 4) == 0, "%s has no end", pngs[i]);
        free(png);
    }
}

static void draw(const struct sample *samples, size_t count)
{
    char why[WHY] = "";
    const struct experiment *e = experiment_find(samples->experiment);
    unit_check(chart_draw(page_folder, e, &e->views[0], samples, count, why) == CHART_DRAWN, "%s",
               why);
}

/* Where x is a word, the servers stand beside each other, and not at the next word. */
static void test_words_are_apart(void)
{
    enum { PLACES = 6 };
    static const char *const six[] = {"01_loop",   "02_fork", "03_thread",
                                      "04_select", "05_poll", "06_epoll"};
    struct sample samples[PLACES * UNIT_COUNT(six)];
    double place, x;
    for (size_t i = 0; i < UNIT_COUNT(samples); i++)
        samples[i] = fake_rate("computing", six[i / PLACES], (double)(i % PLACES), 1000);
    draw(samples, UNIT_COUNT(samples));
    char *data = page_text(page_folder, "charts/computing.dat");
    for (const char *at = data; *at != '\0'; at = strchr(at, '\n') + 1)
        unit_check(sscanf(at, "%lf %lf", &place, &x) != 2 || fabs(place - x) < 0.45, "%s", at);
    free(data);
}

/* What may be 0 has no place on a logarithmic axis: a note, and no line to it. */
static void test_zero_on_log(void)
{
    struct sample samples[4];
    for (size_t i = 0; i < UNIT_COUNT(samples); i++)
        samples[i] = fake_rate("ping", i < 2 ? "05_poll" : "06_epoll", i % 2 == 0 ? 1 : 100,
                               i == 1 ? 0 : 1000 * (i + 1));
    draw(samples, 4);
    PAGE_FILE_HOLDS("charts/ping-rate.gp", "poll at 100: not resolved (0 to 0)");
    PAGE_FILE_LACKS("charts/ping-rate.gp", "inf", "nan");
}

/* Samples of one server, with two states at 1 and bounded at 960. */
static struct sample *states_and_bounds(size_t *count)
{
    static const double points[] = {1, 4, 16, 160, 480, 960};
    struct sample *samples = NULL, sample;
    *count = 0;
    for (size_t i = 0; i < UNIT_COUNT(points); i++)
        for (unsigned int round = 0; round < 8; round++) {
            sample = fake_rate("ping", "06_epoll", points[i],
                               i == 0 && round > 4 ? 2000 + round : 1000 + round);
            sample.round = round;
            sample.state = i == 5 ? SAMPLE_GENERATOR : SAMPLE_GOOD;
            fake_add(&samples, count, &sample);
        }
    return samples;
}

/* A peer has its shape with or without the other one; the baseline has a hollow one, too; and the
 * two states look like nothing else. */
static void test_own_shapes(void)
{
    static const char *const servers[] = {"nginx-1.22.1", "baseline", "redis-7.0.15"};
    for (size_t count = 2; count <= 3; count++) {
        struct sample samples[UNIT_COUNT(servers)];
        for (size_t i = 0; i < count; i++)
            samples[i] = fake_rate("ping", servers[i], 1, 1000);
        draw(samples, count);
        PAGE_FILE_HOLDS("charts/ping-rate.gp", "lw 2 pt 9 dt 2 lc rgb '#505050' title 'nginx",
                        "yerrorbars lw 2 pt 4 lc rgb '#8A8A8A' notitle");
        PAGE_FILE_LACKS("charts/ping-rate.gp", "points pt 6");
    }
}

/* A line joins three points or more that are close to each other, and no other ones; what the
 * generator bounds is hollow; both states are shown. */
static void test_no_false_lines(void)
{
    size_t count;
    struct sample *samples = states_and_bounds(&count);
    draw(samples, count);
    char *data = page_text(page_folder, "charts/ping-rate.dat");
    page_holds("data", data, " 0 1002 2006\n"); /* bounded? the two states */
    page_holds("data", data, "0 nan nan\n\n");  /* 16 and 160 are far apart */
    page_holds("data", data, "1 nan nan\n");
    PAGE_FILE_HOLDS("charts/ping-rate.gp",
                    "using 1:($7 == 1 ? $3 : NaN):4:5 with yerrorbars lw 2 pt 6",
                    "'hollow: bounded by the generator; stars: two states'");
    size_t lines = 0, gaps = 0; /* of points; between points */
    for (const char *at = strstr(data, "states\n") + 7; *at != '\0'; at = strchr(at, '\n') + 1) {
        gaps += *at == '\n' && lines < 6;
        lines += *at != '\n';
    }
    unit_check(lines == 6 && gaps == 3, "%zu points, %zu gaps: %s", lines, gaps, data);
    free(data);
    free(samples);
}

static void test_no_figures(void)
{
    char folder[UNIT_PATH], why[WHY] = "";
    unit_folder(folder);
    struct sample sample = fake_sample("ping", "06_epoll", 0);
    sample.state = SAMPLE_ERRORS;
    const struct experiment *ping = experiment_find("ping");
    unit_check(chart_draw(folder, ping, &ping->views[0], &sample, 1, why) == CHART_EMPTY,
               "it was drawn");
    page_holds("why", why, "no good sample");
    unit_folder_remove(folder);
}

static void test_numbers(void)
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
        {NUMBER_PLAIN, 0.0451, "0.0451", "0.0451"}};
    char text[NUMBER_TEXT];
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        assert_string_equal(number_axis(cases[i].kind, cases[i].value, text), cases[i].axis);
        assert_string_equal(number_table(cases[i].kind, cases[i].value, text), cases[i].table);
    }
    assert_string_equal(number_table(NUMBER_TIME, NAN, text), "–");
    assert_string_equal(number_exact(NUMBER_PLAIN, 1008, text), "1,008");
}

/* Wherever the figures are, an axis has from 2 to 9 tics. */
static void test_tics(void)
{
    static const double spans[] = {1, 1.01, 3, 40, 500, 20000, 1e6, 1e9};
    for (size_t i = 0; i < UNIT_COUNT(spans); i++) {
        struct sample samples[2];
        for (size_t k = 0; k < 2; k++) {
            samples[k] = fake_sample("ping", "06_epoll", 1 + (double)k);
            samples[k].seconds = 1e3;
            samples[k].requests = 1700;
        }
        samples[1].requests = (uint64_t)(1700 * spans[i]);
        draw(samples, 2);
        char *script = page_text(page_folder, "charts/ping-rate.gp"),
             *tics = strstr(script, "set ytics");
        unit_check(tics != NULL, "no tics");
        size_t count = 1;
        for (; *tics != '\n'; tics++)
            count += *tics == ',';
        unit_check(count >= 2 && count <= 9, "a span of %g: %zu tics", spans[i], count);
        free(script);
    }
}

static const struct CMUnitTest tests[] = {
    PAGE(test_script),         PAGE(test_drawn),      PAGE(test_zero_on_log),
    PAGE(test_no_false_lines), PAGE(test_own_shapes), TEST(test_no_figures),
    TEST(test_numbers),        PAGE(test_tics),       PAGE(test_words_are_apart)};
UNIT_MAIN("chart", tests)
