/* report_html.c: the page: what was found, first; how, last */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "report/report_parts.h"

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
    ".lead{font-size:1.1rem}\n"
    ".lesson{border-left:4px solid #0072b2;padding:.1rem 0 .1rem .8rem;margin:.8rem 0}\n"
    "figure{margin:1rem 0;background:#fff;border:1px solid var(--line);border-radius:6px;"
    "padding:.5rem}\n"
    "figure svg{display:block;width:100%;height:auto}\n"
    ".narrow{display:none}\n"
    ".scroll{overflow-x:auto;margin:.6rem 0}\n"
    "table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums;"
    "line-height:1.35}\n"
    "th,td{padding:.35rem .6rem;border-bottom:1px solid var(--line);text-align:right;"
    "vertical-align:top}\n"
    "th{font-weight:600}th small{display:block;color:var(--soft);font-weight:400}"
    ".glance th{vertical-align:bottom;min-width:7.5rem}\n.glance th:first-child{min-width:0}\n"
    "td b{font-weight:600;white-space:nowrap}\n"
    "th:first-child,td:first-child{text-align:left;position:sticky;left:0;background:var(--page)}\n"
    "td small{display:block;color:var(--soft);white-space:nowrap}\n"
    "td.no{color:var(--soft);font-size:.8rem;text-align:left;min-width:7rem;white-space:normal}\n"
    ".facts td{text-align:left}.facts td:first-child{color:var(--soft);white-space:nowrap}\n"
    ".best{background:var(--lift)}\n"
    "summary{cursor:pointer;padding:.3rem 0;color:var(--soft)}\n"
    "pre{overflow-x:auto;background:var(--lift);padding:.7rem;border-radius:6px;font-size:.82rem;"
    "line-height:1.4}\n"
    "nav{font-size:.92rem}nav a{display:inline-block;margin:.1rem .8rem .1rem 0}\n"
    "a{color:#0072b2}@media(prefers-color-scheme:dark){a{color:#7cc4f0}}\n"
    "@media(max-width:600px){body{font-size:16px}main{padding:.6rem .7rem 3rem}"
    "h1{font-size:1.5rem}figure{padding:.2rem;margin:.8rem 0}}\n"
    "@media screen and (max-width:600px){.wide{display:none}.narrow{display:block}}\n"
    "@media print{:root{color-scheme:light;--ink:#000;--soft:#444;--page:#fff;--line:#ccc;"
    "--lift:#f4f4f4}body{font-size:10.5pt}main{max-width:none;padding:0}nav{display:none}"
    "figure,.lesson,tr{break-inside:avoid}h2,h3{break-after:avoid}.scroll{overflow:visible}"
    "table{font-size:7.5pt}th,td{padding:.2rem .3rem}"
    "details::details-content{content-visibility:visible;block-size:auto}}\n";

void html_text(FILE *out, const char *text)
{
    while (*text != '\0') {
        uint32_t code;
        size_t len = utf8_decode(text, strlen(text), &code);
        if (len == 0 || (!utf8_printable(text, len) && *text != '\n' && *text != '\t'))
            (void)fputs("\xEF\xBF\xBD", out);
        else if (*text == '<' || *text == '>' || *text == '&' || *text == '"' || *text == '\'')
            (void)fprintf(out, "&#%d;", *text);
        else
            (void)fwrite(text, 1, len, out);
        text += len == 0 ? 1 : len;
    }
}

static void element(FILE *out, const char *tag, const char *kind, const char *text)
{
    if (text[0] == '\0')
        return;
    (void)fprintf(out, "<%s%s%s%s>", tag, kind[0] != '\0' ? " class=\"" : "", kind,
                  kind[0] != '\0' ? "\"" : "");
    html_text(out, text);
    (void)fprintf(out, "</%s>\n", tag);
}

/* Which of an experiment's x a sentence is about. */
enum where { AT_FIRST, AT_MOST };

/* What the figures say at the first x, or at the greatest that nearly all can bear and at the last. */
static void conclusion(const struct report *report, const struct experiment *experiment,
                       const struct view *view, enum where where, const char *kind, FILE *out)
{
    char words[REPORT_WORDS];
    struct grid *grid = grid_make(experiment->name, view->value, report->samples, report->count);
    int column = grid != NULL ? report_column(grid) : -1;
    for (size_t i = 0; column >= 0 && i < grid->columns; i++) {
        bool most = i == (size_t)column || i + 1 == grid->columns;
        if (where == AT_FIRST ? i > 0 || most : !most)
            continue;
        report_words(report, experiment, view, grid, i, words);
        element(out, "p", kind, words);
    }
    free(grid);
}

static const char *const state_words[SAMPLE_STATES] = {
    [SAMPLE_STEAL] = "by other programs, or other tenants of the machine",
    [SAMPLE_GENERATOR] = "by a generator that was the bottleneck",
    [SAMPLE_ERRORS] = "by errors",
    [SAMPLE_CRASHED] = "by a server that ended",
};

/* How many samples, and what became of those that were disturbed. */
static void tally(const struct report *report, const struct experiment *experiment, FILE *out)
{
    size_t states[SAMPLE_STATES];
    size_t all = report_tally(report, experiment->name, states);
    size_t figures = all - states[SAMPLE_CANNOT] - states[SAMPLE_TRACED];
    size_t disturbed = figures - states[SAMPLE_GOOD];
    (void)fprintf(out, "<p class=\"soft\">%zu samples measured, %zu of them good; ", figures,
                  states[SAMPLE_GOOD]);
    if (disturbed == 0)
        (void)fputs("none was disturbed.", out);
    else
        (void)fprintf(
            out, "%zu disturbed, repeated where the bound allowed it, and left out:", disturbed);
    const char *join = " ";
    for (int i = SAMPLE_GOOD + 1; i < SAMPLE_STATES; i++)
        if (i != SAMPLE_CANNOT && i != SAMPLE_TRACED && states[i] > 0) {
            (void)fprintf(out, "%s%zu %s", join, states[i],
                          state_words[i] != NULL ? state_words[i] : sample_state_word[i]);
            join = ", ";
        }
    (void)fputs(disturbed > 0 ? ".</p>\n" : "</p>\n", out);
}

/* What strace counted: "System calls for a request, of ten clients: loop 2.0, fork 2.0, …". */
static void calls(const struct report *report, const struct experiment *experiment, FILE *out)
{
    bool first = true;
    for (size_t i = 0; i < report->count; i++) {
        const struct sample *sample = &report->samples[i];
        if (sample->state != SAMPLE_TRACED || strcmp(sample->experiment, experiment->name) != 0)
            continue;
        (void)fputs(first
                        ? "<p class=\"soft\">System calls for a request (strace, a run of its own "
                          "with few clients, connecting included): "
                        : ", ",
                    out);
        html_text(out, grid_label(sample->server));
        (void)fprintf(out, " %.1f", sample->calls);
        if (sample->x < 2)
            (void)fputs(" (one client)", out);
        first = false;
    }
    if (!first)
        (void)fputs(".</p>\n", out);
}

/* Servers that ended, with what they said last. */
static void crashes(const struct report *report, const struct experiment *experiment, FILE *out)
{
    for (size_t i = 0; i < report->count; i++) {
        const struct sample *sample = &report->samples[i];
        if (sample->state != SAMPLE_CRASHED || strcmp(sample->experiment, experiment->name) != 0)
            continue;
        (void)fputs("<p><strong>", out);
        html_text(out, sample->server);
        (void)fputs(" ended while it was measured</strong> (", out);
        char where[160];
        report_where(experiment, sample->x, where);
        html_text(out, where);
        (void)fprintf(out, ", round %u): ", sample->round);
        html_text(out, sample->note);
        (void)fputs("</p>\n", out);
    }
}

/* "These uploads were not durable: …" */
static void uploads(const struct report *report, FILE *out)
{
    char words[REPORT_WORDS], sentence[REPORT_WORDS + 32];
    report_uploads(report, words);
    if (words[0] == '\0')
        return;
    (void)snprintf(sentence, sizeof sentence, "These uploads were %s.", words);
    element(out, "p", "soft", sentence);
}

static void section(const struct report *report, const struct experiment *experiment, FILE *out)
{
    (void)fputs("<section id=\"", out);
    html_text(out, experiment->name);
    (void)fputs("\">\n<h2>", out);
    html_text(out, experiment->question);
    (void)fputs("</h2>\n", out);
    element(out, "p", "lesson", experiment->lesson);
    for (size_t i = 0; i < sizeof experiment->views / sizeof experiment->views[0]; i++) {
        if (experiment->views[i].name == NULL)
            break;
        html_chart(report, &experiment->views[i], out);
        conclusion(report, experiment, &experiment->views[i], AT_MOST, "soft", out);
    }
    html_tables(report, experiment, out);
    if (strcmp(experiment->name, "upload") == 0)
        uploads(report, out);
    calls(report, experiment, out);
    tally(report, experiment, out);
    crashes(report, experiment, out);
    (void)fputs("</section>\n", out);
}

static void headline(const struct report *report, FILE *out)
{
    const struct experiment *experiment = report_headline(report);
    (void)fputs("<h1>What does each way of serving many clients cost?</h1>\n", out);
    if (report->run.started[0] != '\0') {
        (void)fputs("<p class=\"soft\">Measured ", out);
        html_text(out, report->run.started);
        (void)fprintf(out, " on %u × ", report->run.machine.processors);
        html_text(out, report->run.machine.processor);
        (void)fputs("</p>\n", out);
    }
    if (experiment == NULL) {
        (void)fputs("<p>There are no samples in this folder.</p>\n", out);
        return;
    }
    const struct view *view = report_cost_view(experiment);
    conclusion(report, experiment, view, AT_MOST, "lead", out);
    html_chart(report, view, out);
    conclusion(report, experiment, view, AT_FIRST, "soft", out);
    html_overview(report, out);
}

static void contents(const struct report *report, FILE *out)
{
    (void)fputs("<nav>", out);
    for (size_t i = 0; i < report->table_count; i++) {
        if (report_tally(report, report->table[i].name, (size_t[SAMPLE_STATES]){0}) == 0)
            continue;
        (void)fputs("<a href=\"#", out);
        html_text(out, report->table[i].name);
        (void)fputs("\">", out);
        html_text(out, report->table[i].name);
        (void)fputs("</a> ", out);
    }
    (void)fputs(
        "<a href=\"#reading\">how to read</a> <a href=\"#environment\">environment</a></nav>\n",
        out);
}

bool html_page(const struct report *report, FILE *out)
{
    (void)fprintf(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<title>Six ways to serve: what each costs</title>\n<style>\n%s</style>\n</head>\n"
        "<body>\n<main>\n",
        style);
    headline(report, out);
    contents(report, out);
    for (size_t i = 0; i < report->table_count; i++)
        if (report_tally(report, report->table[i].name, (size_t[SAMPLE_STATES]){0}) > 0)
            section(report, &report->table[i], out);
    html_environment(report, out);
    (void)fputs("</main>\n</body>\n</html>\n", out);
    return ferror(out) == 0;
}
