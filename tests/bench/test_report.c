/* test_report.c: the page and the JSON, made of samples that look like measured ones */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake.h"
#include "pages.h"
#include "report/report.h"
#include "report/report_private.h"

static void test_page(void **state)
{
    char folder[UNIT_PATH];
    (void)state;
    page_need_gnuplot();
    page_make(folder, 1, true);
    char *page = page_text(folder, "report.html");
    page_balanced("report.html", page);
    static const char *const parts[] = {"<figure><img alt=\"",
                                        "src=\"data:image/svg+xml,",
                                        "at a glance",
                                        "× ",
                                        " baseline</small>",
                                        "at most 1008 clients",
                                        "How to read this",
                                        "id=\"facts\"",
                                        "prefers-color-scheme:dark",
                                        "@media print",
                                        "disturbed, repeated",
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

static void test_page_text(void **state)
{
    char *text = NULL;
    size_t len;
    (void)state;
    FILE *out = open_memstream(&text, &len);
    unit_check(out != NULL, "no memory");
    html(out, "$\n<$>", "a<b>&\"'\x01\xff", "");
    json(out, "[$]", "q\" b\\ n\n t\t \x01 \xff é");
    (void)fclose(out);
    assert_string_equal(text, "a&#60;b&#62;&#38;&#34;&#39;\xEF\xBF\xBD\xEF\xBF\xBD\n<>"
                              "[\"q\\\" b\\\\ n\\u000a t\\u0009 \\u0001 \\ufffd é\"]");
    free(text);
}

/* Skips a value of JSON (RFC 8259). Returns its end; NULL: it is no value. */
static const char *json_skip(const char *at);

static const char *json_blank(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

static const char *json_skip_text(const char *at)
{
    if (*at++ != '"')
        return NULL;
    for (; *at != '"'; at++) {
        if ((unsigned char)*at < 0x20)
            return NULL;
        if (*at == '\\' && strchr("\"\\/bfnrtu", *++at) == NULL)
            return NULL;
    }
    return at + 1;
}

static const char *json_skip_list(const char *at, bool object)
{
    char end = object ? '}' : ']';
    at = json_blank(at + 1);
    if (*at == end)
        return at + 1;
    for (;;) {
        if (object) {
            at = json_skip_text(json_blank(at));
            if (at == NULL || *(at = json_blank(at)) != ':')
                return NULL;
            at++;
        }
        at = json_skip(at);
        if (at == NULL || (*at != ',' && *at != end))
            return NULL;
        if (*at++ == end)
            return at;
    }
}

static const char *json_skip(const char *at)
{
    at = json_blank(at);
    if (*at == '{' || *at == '[')
        at = json_skip_list(at, *at == '{');
    else if (*at == '"')
        at = json_skip_text(at);
    else if (strncmp(at, "true", 4) == 0 || strncmp(at, "null", 4) == 0)
        at += 4;
    else if (strncmp(at, "false", 5) == 0)
        at += 5;
    else {
        size_t len = strspn(at, "-+.0123456789eE");
        at = len > 0 && (*at == '-' || (*at >= '0' && *at <= '9')) ? at + len : NULL;
    }
    return at != NULL ? json_blank(at) : NULL;
}

static void test_json(void **state)
{
    char folder[UNIT_PATH];
    (void)state;
    page_need_gnuplot();
    page_make(folder, 1, true);
    char *json = page_text(folder, "results.json");
    const char *end = json_skip(json);
    unit_check(end != NULL && *end == '\0', "results.json is no JSON from: %.60s",
               end != NULL ? end : "somewhere");
    page_holds("results.json", json, "\"name\": \"06_epoll\"");
    page_holds("results.json", json, "\"cannot\": \"at most 1008 clients\"");
    page_holds("results.json", json, "\"sure\": true");
    page_holds("results.json", json, "<script>'\\\"&`x`$(y)");
    free(json);
    unit_folder_remove(folder);
}

static void test_few_samples(void **state)
{
    char folder[UNIT_PATH], why[WHY] = "";
    struct sample sample;
    (void)state;
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

/* The page on uploads, if the servers "one" and "two" had these commands. */
static void uploads_are(const char *one, const char *two, const char *want)
{
    static struct report report;
    char *page = NULL;
    size_t len;
    report.run = (struct runfile){.servers_count = 2, .started = "today", .command = "lab-bench"};
    const char *const commands[] = {one, two}, *const names[] = {"one", "two"};
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(report.run.servers[i].name, sizeof report.run.servers[i].name, "%s",
                       names[i]);
        (void)snprintf(report.run.servers[i].command, sizeof report.run.servers[i].command, "%s",
                       commands[i]);
    }
    FILE *out = open_memstream(&page, &len);
    unit_check(out != NULL, "no memory");
    html_facts(&report, out);
    (void)fclose(out);
    page_holds("the page", page, want);
    free(page);
}

/* The meaning of OK after an upload, by the options of the servers. */
static void test_durable(void **state)
{
    (void)state;
    uploads_are("epoll-server -p {port}", "poll-server -d --durables",
                "<p>Uploads were not durable: all servers ran without --durable");
    uploads_are("epoll-server --durable -p {port}", "poll-server -p {port} --durable",
                "<p>Uploads were durable: all servers ran with --durable");
    uploads_are("epoll-server --dur -p {port}", "poll-server --dir {dir} durable",
                "<p>Uploads were durable with one (--durable: OK means synced), not durable "
                "with two (OK means stored, not synced)");
}

static void test_no_folder(void **state)
{
    char why[WHY] = "";
    (void)state;
    unit_check(!report_make("/nonexistent/folder", why), "it was made");
    page_holds("why", why, "samples.tsv");
    unit_check(report_compare("/nonexistent/a", "/nonexistent/b", why) == -1, "it was compared");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        UNIT(test_page),        UNIT(test_page_text), UNIT(test_json),
        UNIT(test_few_samples), UNIT(test_durable),   UNIT(test_no_folder),
    };
    return unit_run("report", tests, argc, argv);
}
