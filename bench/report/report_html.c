/* bench/report/report_html.c: the page: the answer, timelines, each experiment, how it was
 * measured */
#include <stdlib.h>
#include <string.h>

#include "report/report_private.h"

static const char omission[] =
    "A generator that waits for each reply before it sends the next request also waits while a "
    "server stands still, and records one slow request where a hundred were due: that is "
    "coordinated omission. Here requests are due by a schedule, and latency counts from when a "
    "request was due, so each of the hundred counts with its own delay (solid). The dashed lines "
    "count the same requests from when they were sent: what is between the two lines is what such "
    "a generator hides.";

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
    "figure img{display:block;width:100%;max-width:560px;height:auto;margin:0 auto}\n"
    ".scroll{overflow-x:auto;margin:.6rem 0}\n"
    "table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums;"
    "line-height:1.35}\n"
    "th,td{padding:.35rem .6rem;border-bottom:1px solid var(--line);text-align:right;"
    "vertical-align:top}\n"
    "th{font-weight:600}\n"
    "td b{font-weight:600;white-space:nowrap}\n"
    "th:first-child,td:first-child{text-align:left;position:sticky;left:0;background:var(--page)}\n"
    ".answer{font-size:1.3rem;line-height:1.4;margin:.8rem 0}\n"
    ".six{width:100%;font-size:.9rem;table-layout:fixed}.six th,.six td{text-align:left}.six "
    "small,.six th "
    "small{display:block;white-space:normal;font-weight:400;color:var(--soft)}.six td "
    "b{white-space:normal}.six th:first-child{padding-left:0}.six td "
    "span{color:var(--soft);font-size:.85em}\n"
    ".wide{width:min(96vw,1350px);margin-left:calc(50% - min(48vw,675px))}"
    ".wide img,.each img{max-width:none}.each{display:none}\n"
    "td small{display:block;color:var(--soft);white-space:nowrap}\n"
    "td.no{color:var(--soft);font-size:.8rem;text-align:left;min-width:7rem;white-space:normal}\n"
    "summary{cursor:pointer;padding:.3rem 0;color:var(--soft)}\n"
    "pre{overflow-x:auto;background:var(--lift);padding:.7rem;border-radius:6px;font-size:.82rem;"
    "line-height:1.4}\n"
    "nav{font-size:.92rem}nav a{display:inline-block;margin:.1rem .8rem .1rem 0}\n"
    "a{color:#0072b2}@media(prefers-color-scheme:dark){a{color:#7cc4f0}}\n"
    "@media(max-width:600px){body{font-size:16px}main{padding:.6rem .7rem 3rem}"
    "h1{font-size:1.5rem}figure{padding:.2rem;margin:.8rem "
    "0}.wide{display:none}.each{display:block}"
    ".answer{font-size:1.15rem}.six,.six tbody{display:block}.six tr:first-child{display:none}"
    ".six tr{display:grid;grid-template-columns:1fr 1fr;gap:.4rem .8rem;padding:.6rem 0;"
    "border-bottom:1px solid var(--line)}.six th,.six td{border:0;padding:0}.six th{grid-column:"
    "1/-1}.six th small{display:inline;margin-left:.5rem}.six td::before{content:attr(data-label);"
    "display:block;color:var(--soft);font-size:.8rem}}\n"
    "@media print{:root{color-scheme:light;--ink:#000;--soft:#444;--page:#fff;--line:#ccc;"
    "--lift:#f4f4f4}body{font-size:10.5pt}main{max-width:none;padding:0}nav{display:none}"
    "figure,.lesson,tr{break-inside:avoid}h2,h3{break-after:avoid}.scroll{overflow:visible}"
    "table{font-size:7.5pt}th,td{padding:.2rem .3rem}"
    "details::details-content{content-visibility:visible;block-size:auto}}\n";

/* The drawing in the page itself, as an image: its names can't collide with those of another one.
 * False: there is none. */
static bool figure(const struct report *report, const char *name, const char *alt, const char *kind,
                   FILE *out)
{
    char path[REPORT_PATH];
    int c;
    (void)snprintf(path, sizeof path, "%s/%s.svg", report->folder, name);
    FILE *in = fopen(path, "re");
    if (in == NULL)
        return false;
    html(out, "<figure$><img alt=\"$\" src=\"data:image/svg+xml,", kind, alt);
    while ((c = getc(in)) != EOF)
        if (c <= ' ' || c > '~' || strchr("\"#%&<>", c) != NULL)
            (void)fprintf(out, "%%%02X", (unsigned int)c);
        else
            (void)fputc(c, out);
    (void)fclose(in);
    (void)fputs("\"></figure>\n", out);
    return true;
}

static void chart(const struct report *report, const char *name, const char *alt, FILE *out)
{
    char path[80];
    (void)snprintf(path, sizeof path, "charts/%s", name);
    if (!figure(report, path, alt, "", out))
        html(out, "<p class=\"soft\">There is no chart $: it could not be drawn.</p>\n", name);
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

static void view_write(const struct report *report, const struct experiment *experiment,
                       const struct view *view, FILE *out)
{
    struct evidence evidence;
    char text[FINDING_TEXT] = "";
    if (report_evidence(report, experiment->name, view->name, &evidence)) {
        finding_text(&evidence, text);
        free(evidence.grid);
    }
    html(out, "<h3>$</h3>\n<p class=\"lesson\">$</p>\n", view->title, text);
    chart(report, view->name, text[0] != '\0' ? text : view->title, out);
    html_table(report, experiment, view, out);
}

static void section(const struct report *report, const struct experiment *experiment, FILE *out)
{
    html(out, "<section id=\"$\">\n<h2>$</h2>\n", experiment->name, experiment->question);
    for (const struct view *view = experiment->views; view->name != NULL; view++)
        view_write(report, experiment, view, out);
    if (experiment->spectrum) {
        const struct view spectrum = report_spectrum(experiment);
        html(out, "<h3>$</h3>\n<p>$</p>\n", spectrum.title, omission);
        chart(report, spectrum.name, spectrum.title, out);
    }
    html(out, "<p><strong>What to expect:</strong> $</p>\n", experiment->lesson);
    tally(report, experiment, out);
    (void)fputs("</section>\n", out);
}

/* What was recorded in this run: all in one drawing for wide windows, else one below another. */
static void timelines(const struct report *report, FILE *out)
{
    char name[32], alt[64];
    (void)fputs("<section id=\"timelines\">\n<h2>Who waits for what?</h2>\n", out);
    if (!figure(report, "timeline/sheet", "What four clients and six servers do, over time",
                " class=wide", out)) {
        html(out,
             "<p class=\"soft\">No timelines were recorded in this run. "
             "bench/lab-bench timeline --out $/timeline records them, and bench/lab-bench report $ "
             "puts them here; both need no root, the first needs strace.</p>\n</section>\n",
             report->folder, report->folder);
        return;
    }
    for (size_t i = 0; i < sizeof grid_models / sizeof *grid_models; i++) {
        (void)snprintf(name, sizeof name, "timeline/%s", grid_models[i]);
        (void)snprintf(alt, sizeof alt, "What four clients and %s do, over time", grid_models[i]);
        (void)figure(report, name, alt, " class=each", out);
    }
    (void)fputs(
        "<p class=\"soft\">The same four clients with each server, recorded in this run: A "
        "asks, thinks and asks again; D downloads and reads slowly; B asks once; C asks for "
        "the checksum of a large file. A drawing, not a measurement: strace makes servers "
        "slower.</p>\n</section>\n",
        out);
}

static const char *known(const char *fact)
{
    return fact[0] != '\0' ? fact : "not known";
}

static void head(const struct report *report, FILE *out)
{
    const struct machine *machine = &report->run.machine;
    char processors[16], answer[FINDING_TEXT];
    (void)snprintf(processors, sizeof processors, "%u", machine->processors);
    (void)fprintf(out,
                  "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<title>Six ways to serve: what each costs</title>\n<style>\n%s</style>\n"
                  "</head>\n<body>\n<main>\n"
                  "<h1>What does each way of serving many clients cost?</h1>\n",
                  style);
    if (report->count == 0)
        (void)fputs("<p>There are no samples in this folder.</p>\n", out);
    report_answer(report, answer);
    html(out, "<p class=\"answer\">$</p>\n", answer);
    html_six(report, out);
    html(out,
         "<p class=\"soft\">Measured $ on $ × $; $; hypervisor $, idle driver $, clock $, boot "
         "$.</p>\n",
         known(report->run.started), processors, known(machine->processor), known(machine->kernel),
         known(machine->hypervisor), known(machine->idle_driver), known(machine->clocksource),
         known(machine->boot));
}

bool html_page(const struct report *report, FILE *out)
{
    size_t states[SAMPLE_STATES];
    head(report, out);
    (void)fputs("<nav><a href=\"#timelines\">timelines</a> ", out);
    for (size_t i = 0; i < experiments_count; i++)
        if (report_tally(report, experiments[i].name, states) > 0)
            html(out, "<a href=\"#$\">$</a> ", experiments[i].name, experiments[i].name);
    (void)fputs("<a href=\"#reading\">how to read</a> <a href=\"#facts\">how it was "
                "measured</a></nav>\n",
                out);
    timelines(report, out);
    for (size_t i = 0; i < experiments_count; i++)
        if (report_tally(report, experiments[i].name, states) > 0)
            section(report, &experiments[i], out);
    html_facts(report, out);
    (void)fputs("</main>\n</body>\n</html>\n", out);
    return ferror(out) == 0;
}
