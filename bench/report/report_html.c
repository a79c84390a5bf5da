/* bench/report/report_html.c: the page: all figures at a glance, then each experiment, then how it
 * was measured */
#include <string.h>

#include "report/report_private.h"

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1b1b1b;--soft:#5a5a5a;--page:#fbfaf7;--line:#dcd9d0;"
    "--lift:#f1efe8}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e8e6e1;--soft:#a9a59c;--page:#191817;"
    "--line:#3b3935;--lift:#252321}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--page);color:var(--ink);font:17px/1.55 system-ui,sans-serif}\n"
    "main{max-width:860px;margin:0 auto;padding:1rem 1rem 4rem}\n"
    "h1{font-size:1.9rem;line-height:1.2;margin:1.2rem 0 .3rem}\n"
    "h2{font-size:1.35rem;line-height:1.25;margin:3rem 0 .4rem;border-top:1px solid var(--line);"
    "padding-top:1.4rem}\n"
    "h3{font-size:1.05rem;margin:1.6rem 0 .3rem}\np{margin:.6rem 0}\n"
    ".soft{color:var(--soft);font-size:.9rem}\n"
    ".lesson{border-left:4px solid #0072b2;padding:.1rem 0 .1rem .8rem;margin:.8rem 0}\n"
    "figure{margin:1rem 0;background:#fff;border:1px solid var(--line);border-radius:6px;"
    "padding:.5rem}\n"
    "figure img{display:block;width:100%;max-width:640px;height:auto;margin:0 auto}\n"
    ".scroll{overflow-x:auto;margin:.6rem 0}\n"
    "table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums;"
    "line-height:1.35}\n"
    "th,td{padding:.35rem .6rem;border-bottom:1px solid var(--line);text-align:right;"
    "vertical-align:top}\n"
    ".glance{font-size:.74rem}.glance td,.glance th{padding:.3rem .35rem}.glance td "
    "small{white-space:normal}\n"
    "th{font-weight:600}.glance td:first-child small{white-space:normal;min-width:8rem}\n"
    "td b{font-weight:600;white-space:nowrap}\n"
    "th:first-child,td:first-child{text-align:left;position:sticky;left:0;background:var(--page)}\n"
    "td small{display:block;color:var(--soft);white-space:nowrap}\n"
    "td.no{color:var(--soft);font-size:.8rem;text-align:left;min-width:7rem;white-space:normal}\n"
    "summary{cursor:pointer;padding:.3rem 0;color:var(--soft)}\n"
    "pre{overflow-x:auto;background:var(--lift);padding:.7rem;border-radius:6px;font-size:.82rem;"
    "line-height:1.4}\n"
    "nav{font-size:.92rem}nav a{display:inline-block;margin:.1rem .8rem .1rem 0}\n"
    "a{color:#0072b2}@media(prefers-color-scheme:dark){a{color:#7cc4f0}}\n"
    "@media(max-width:600px){body{font-size:16px}main{padding:.6rem .7rem 3rem}"
    "h1{font-size:1.5rem}figure{padding:.2rem;margin:.8rem 0}}\n"
    "@media print{:root{color-scheme:light;--ink:#000;--soft:#444;--page:#fff;--line:#ccc;"
    "--lift:#f4f4f4}body{font-size:10.5pt}main{max-width:none;padding:0}nav{display:none}"
    "figure,.lesson,tr{break-inside:avoid}h2,h3{break-after:avoid}.scroll{overflow:visible}"
    "table{font-size:7.5pt}th,td{padding:.2rem .3rem}"
    "details::details-content{content-visibility:visible;block-size:auto}}\n";

/* The drawing in the page itself, as an image: its names can't collide with those of another one.
 */
static void figure(const struct report *report, const struct view *view, FILE *out)
{
    char path[REPORT_PATH];
    int c;
    (void)snprintf(path, sizeof path, "%s/charts/%s.svg", report->folder, view->name);
    FILE *in = fopen(path, "re");
    if (in == NULL) {
        html(out, "<p class=\"soft\">There is no chart $: it could not be drawn.</p>\n",
             view->name);
        return;
    }
    html(out, "<figure><img alt=\"$\" src=\"data:image/svg+xml,", view->title);
    while ((c = getc(in)) != EOF)
        if (c <= ' ' || c > '~' || strchr("\"#%&<>", c) != NULL)
            (void)fprintf(out, "%%%02X", (unsigned int)c);
        else
            (void)fputc(c, out);
    (void)fclose(in);
    (void)fputs("\"></figure>\n", out);
}

/* "24 samples: good 21, steal 3" */
static void tally(const struct report *report, const struct experiment *experiment, FILE *out)
{
    size_t states[SAMPLE_STATES];
    size_t all = report_tally(report, experiment->name, states);
    const char *join = "";
    (void)fprintf(out, "<p class=\"soft\">%zu samples: ", all);
    for (int i = 0; i < SAMPLE_STATES; i++)
        if (states[i] > 0) {
            (void)fprintf(out, "%s%s %zu", join, sample_state_word[i], states[i]);
            join = ", ";
        }
    (void)fputs(".</p>\n", out);
}

static void section(const struct report *report, const struct experiment *experiment, FILE *out)
{
    html(out, "<section id=\"$\">\n<h2>$</h2>\n<p class=\"lesson\">$</p>\n", experiment->name,
         experiment->question, experiment->lesson);
    for (const struct view *view = experiment->views; view->name != NULL; view++) {
        figure(report, view, out);
        html_table(report, experiment, view, out);
    }
    tally(report, experiment, out);
    (void)fputs("</section>\n", out);
}

static void head(const struct report *report, FILE *out)
{
    char processors[16];
    (void)snprintf(processors, sizeof processors, "%u", report->run.machine.processors);
    (void)fprintf(out,
                  "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<title>Six ways to serve: what each costs</title>\n<style>\n%s</style>\n"
                  "</head>\n<body>\n<main>\n"
                  "<h1>What does each way of serving many clients cost?</h1>\n",
                  style);
    if (report->run.started[0] != '\0')
        html(out, "<p class=\"soft\">Measured $ on $ × $</p>\n", report->run.started, processors,
             report->run.machine.processor);
    if (report->count == 0)
        (void)fputs("<p>There are no samples in this folder.</p>\n", out);
}

bool html_page(const struct report *report, FILE *out)
{
    size_t states[SAMPLE_STATES];
    head(report, out);
    (void)fputs("<nav>", out);
    for (size_t i = 0; i < experiments_count; i++)
        if (report_tally(report, experiments[i].name, states) > 0)
            html(out, "<a href=\"#$\">$</a> ", experiments[i].name, experiments[i].name);
    (void)fputs("<a href=\"#reading\">how to read</a> <a href=\"#facts\">how it was "
                "measured</a></nav>\n",
                out);
    html_overview(report, out);
    for (size_t i = 0; i < experiments_count; i++)
        if (report_tally(report, experiments[i].name, states) > 0)
            section(report, &experiments[i], out);
    html_facts(report, out);
    (void)fputs("</main>\n</body>\n</html>\n", out);
    return ferror(out) == 0;
}
