/* test_report.c: the page, made of samples that look like measured ones */
#include <stdio.h>
#include <stdlib.h>

#include "fake.h"
#include "pages.h"
#include "report/report.h"
#include "report/report_private.h"
#include "texts/texts.h"

static void test_page(void)
{
    char folder[UNIT_PATH];
    page_need_gnuplot();
    page_make(folder, 1, true);
    char *page = page_text(folder, "report.html");
    page_balanced("report.html", page);
    static const char *const parts[] = {"<figure><img alt=\"",
                                        "src=\"data:image/svg+xml,",
                                        "class=\"six\"",
                                        "What to expect:",
                                        "No timelines were recorded in this run",
                                        "× ",
                                        " baseline</small>",
                                        "at most 1008 clients",
                                        "How to read this",
                                        "id=\"facts\"",
                                        "prefers-color-scheme:dark",
                                        "@media print",
                                        " samples: good ",
                                        "&#60;script&#62;alert(1)",
                                        "A &#60;b&#62;processor",
                                        "ended while it was measured",
                                        "&#60;script&#62;&#39;&#34;&#38;"};
    for (size_t i = 0; i < UNIT_COUNT(parts); i++)
        page_holds("report.html", page, parts[i]);
    static const char *const never[] = {"<script",     "<link",       "@import", "NaN",
                                        " nan",        ">nan",        "\"nan",   "[nan",
                                        "href=\"http", "<b>processor"};
    for (size_t i = 0; i < UNIT_COUNT(never); i++)
        page_lacks("report.html", page, never[i]);
    free(page);
    unit_folder_remove(folder);
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

static void test_few_samples(void)
{
    char folder[UNIT_PATH], why[WHY] = "";
    struct sample sample;
    page_need_gnuplot();
    size_t count = 0, all;
    struct sample *samples = NULL, *many = fake_samples(1, 1, &all);
    for (size_t i = 0; i < all; i++)
        if (many[i].round < 2) {
            sample = many[i];
            fake_add(&samples, &count, &sample);
        }
    unit_folder(folder);
    fake_write(folder, samples, count);
    unit_check(report_make(folder, why), "report_make: %s", why);
    char *script = page_text(folder, "charts/ping-cost.gp");
    page_holds("ping-cost.gp", script, "fewer than 6 samples");
    free(script);
    free(samples);
    free(many);
    unit_folder_remove(folder);
}

static void test_no_folder(void)
{
    char why[WHY] = "";
    unit_check(!report_make("/nonexistent/folder", why), "it was made");
    page_holds("why", why, "samples.tsv");
    unit_check(report_compare("/nonexistent/a", "/nonexistent/b", why) == -1, "it was compared");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(test_page),
        TEST(test_page_text),
        TEST(test_few_samples),
        TEST(test_no_folder),
    };
    return unit_run("report", tests, argc, argv);
}
