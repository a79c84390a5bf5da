/* test_report.c: the page, made of samples that look like measured ones */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"
#include "pages.h"
#include "report/report.h"
#include "report/report_private.h"
#include "texts/texts.h"

static void test_page(void)
{
    page_make_hostile();
    char *page = page_text(page_folder, "report.html");
    page_balanced("report.html", page);
    free(page);
    PAGE_FILE_HOLDS("report.html", "<figure><img alt=\"", "src=\"data:image/svg+xml,",
                    "class=\"six\"", "What to expect:", "There are no timelines in this folder",
                    "× ", " baseline</small>", "at most 1008 clients", "How to read this",
                    "id=\"facts\"", "prefers-color-scheme:dark", "@media print", " samples: good ",
                    "&#60;script&#62;alert(1)", "A &#60;b&#62;processor",
                    "ended while it was measured", "&#60;script&#62;&#39;&#34;&#38;");
    PAGE_FILE_LACKS("report.html", "<script", "<link", "@import", "NaN", " nan", ">nan", "\"nan",
                    "[nan", "href=\"http", "<b>processor");
}

static void test_page_text(void)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    unit_check(out != NULL, "no memory");
    html(out, "$\n<$>", "a<b>&\"'\x01\xff", "");
    (void)fclose(out);
    assert_string_equal(text, "a&#60;b&#62;&#38;&#34;&#39;\xEF\xBF\xBD\xEF\xBF\xBD\n<>");
    free(text);
}

/* Each experiment has a paragraph on what to expect, and only its own. */
static void test_lessons(void)
{
    for (size_t i = 0; i < experiments_count; i++) {
        char *text = NULL;
        size_t len;
        FILE *out = open_memstream(&text, &len);
        unit_check(out != NULL, "no memory");
        html_paragraph(out, text_lessons, experiments[i].name);
        (void)fclose(out);
        unit_check(len > 60 && text[0] != ' ' && strstr(text, "\n\n") == NULL, "%s: %s",
                   experiments[i].name, text);
        free(text);
    }
}

/* What stands in and under tables: how late the generator was, ratios of too few rounds, samples
 * that the generator bounded; and no section of a figure that no sample has. */
static void test_tables(void)
{
    struct sample *samples = NULL, sample;
    size_t count = 0;
    for (unsigned int round = 0; round < 6; round++)
        for (int i = 0; i < 3; i++) {
            sample = fake_rate(i < 2 ? "latency" : "ping", i == 1 ? "baseline" : "epoll", 10, 249);
            sample.round = round;
            sample.state = i == 2 && round < 2 ? SAMPLE_GENERATOR : SAMPLE_GOOD;
            sample.user = sample.system = sample.own_seconds = 0.001;
            sample.p50 = 50;
            sample.p99 = sample.max = 100 + round;
            sample.lag_p99 = 45;
            if (i != 1 || round < 4)
                fake_add(&samples, &count, &sample);
        }
    page_make(page_folder, samples, count);
    free(samples);
    PAGE_FILE_HOLDS("report.html", "generator late by 45.0 µs",
                    "<small>× baseline: only 4 rounds</small>", "<small>only 4 rounds</small>",
                    "2 of 6 samples were bounded by the generator.",
                    "2 of 6 samples were bounded by the generator, and count here.",
                    "Table: 99th percentile of latency", "server and generator");
    PAGE_FILE_LACKS("report.html", "Table: 99.9th percentile", "There is no chart");
}

static void test_few_samples(void)
{
    size_t count = 0, all;
    struct sample *samples = NULL, *many = fake_samples(1, 1, &all);
    for (size_t i = 0; i < all; i++)
        if (many[i].round < 2)
            fake_add(&samples, &count, &many[i]);
    page_make(page_folder, samples, count);
    PAGE_FILE_HOLDS("charts/ping-cost.gp", "fewer than 6 rounds");
    free(samples);
    free(many);
}

static void test_no_folder(void)
{
    char why[WHY] = "";
    unit_check(!report_make("/nonexistent/folder", false, why), "it was made");
    page_holds("why", why, "samples.tsv");
    unit_check(report_compare("/nonexistent/a", "/nonexistent/b", why) == -1, "it was compared");
}

static const struct CMUnitTest tests[] = {PAGE(test_page),        TEST(test_page_text),
                                          TEST(test_lessons),     PAGE(test_tables),
                                          PAGE(test_few_samples), TEST(test_no_folder)};
UNIT_MAIN("report", tests)
