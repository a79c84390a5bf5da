/* bench/report/report_html.c: the page: the answer, timelines, each experiment, how it was
 * measured */
#include <stdlib.h>
#include <string.h>

#include "report/report_private.h"
#include "texts/texts.h"

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
        html(out, "<p class=\"soft\">There is no chart $: the last section has the reason.</p>\n",
             name);
}

/* "24 samples: good 21, steal 3" */
static void tally(const struct report *report, const struct experiment *experiment, FILE *out)
{
    size_t states[SAMPLE_STATES] = {0};
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
    char text[FINDING_TEXT];
    if (!report_evidence(report, experiment, view, &evidence))
        return;
    (void)finding_text(&evidence, false, text);
    html(out, "<h3>$</h3>\n<p class=\"lesson\">$</p>\n", view->title, text);
    chart(report, view->name, text, out);
    html_table(&evidence, out);
    free(evidence.grid);
}

static void section(const struct report *report, const struct experiment *experiment, FILE *out)
{
    html(out, "<section id=\"$\">\n<h2>$</h2>\n", experiment->name, experiment->question);
    for (const struct view *view = experiment->views; view->name != NULL; view++)
        if (report_shows(report, experiment, view))
            view_write(report, experiment, view, out);
    if (report_shows(report, experiment, &experiment->spectrum)) {
        html(out, "<h3>$</h3>\n", experiment->spectrum.title);
        (void)fputs(text_omission, out);
        chart(report, experiment->spectrum.name, experiment->spectrum.title, out);
    }
    (void)fputs("<p><strong>What to expect:</strong> ", out);
    html_paragraph(out, text_lessons, experiment->name);
    (void)fputs("</p>\n", out);
    tally(report, experiment, out);
    (void)fputs("</section>\n", out);
}

/* What was recorded in this run: all in one drawing for wide windows, else one below another. */
static void timelines(const struct report *report, FILE *out)
{
    char name[32], alt[64];
    (void)fputs("<section id=\"timelines\">\n<h2>Who waits for what?</h2>\n", out);
    bool there = figure(report, "timeline/sheet", "What four clients and six servers do, over time",
                        " class=wide", out);
    for (size_t i = 0; there && i < FINDING_MODELS; i++) {
        (void)snprintf(name, sizeof name, "timeline/%s", grid_models[i]);
        (void)snprintf(alt, sizeof alt, "What four clients and %s do, over time", grid_models[i]);
        (void)figure(report, name, alt, " class=each", out);
    }
    html(out, there ? text_timelines : text_no_timelines, report->folder, report->folder);
    (void)fputs("</section>\n", out);
}

static const char *known(const char *fact)
{
    return fact[0] != '\0' ? fact : "not known";
}

/* The answer, and on which machine it was found. */
static void head(const struct report *report, FILE *out)
{
    const struct machine *machine = &report->run.machine;
    char processors[16], answer[FINDING_TEXT];
    (void)snprintf(processors, sizeof processors, "%u", machine->processors);
    (void)fputs(text_head, out);
    if (report->count == 0)
        (void)fputs("<p>There are no samples in this folder.</p>\n", out);
    report_answer(report, answer);
    html(out, "<p class=\"answer\">$</p>\n", answer);
    html_six(report, out);
    html(out, text_answer, known(report->run.started), processors, known(machine->processor),
         known(machine->kernel), known(machine->hypervisor), known(machine->idle_driver),
         known(machine->clocksource), known(machine->boot));
}

static void notes(const struct report *report, FILE *out)
{
    const char *end = report->run.interrupted ? "was interrupted: not all samples are there"
                      : report->run.started[0] != '\0' && report->run.ended[0] == '\0'
                          ? "has no end: some samples may be missing"
                          : "";
    if (*end != '\0')
        html(out, "<p><strong>This run $.</strong></p>\n", end);
    (void)fputs("<ul>\n", out);
    for (size_t i = 0; i < report->run.notes_count; i++)
        html(out, "<li>$</li>\n", report->run.notes[i]);
    (void)fputs("</ul>\n", out);
}

/* The run file as it is: command, machine, servers, and how to measure the same again. */
static void facts(const struct report *report, FILE *out)
{
    char *text = NULL;
    size_t size;
    (void)fputs(text_reading, out);
    notes(report, out);
    FILE *run = open_memstream(&text, &size);
    if (run != NULL) {
        runfile_print(run, &report->run);
        if (fclose(run) == 0)
            html(out, "<p>run.txt:</p>\n<pre>$</pre>\n", text);
    }
    free(text);
    (void)fputs("<p class=\"soft\">In the same folder: samples.tsv (every sample), run.txt, "
                "charts/.</p>\n</section>\n",
                out);
}

void html_page(FILE *out, const void *what)
{
    const struct report *report = what;
    head(report, out);
    (void)fputs("<nav><a href=\"#timelines\">timelines</a> ", out);
    for (size_t i = 0; i < experiments_count; i++)
        if (report_tally(report, experiments[i].name, NULL) > 0)
            html(out, "<a href=\"#$\">$</a> ", experiments[i].name, experiments[i].name);
    (void)fputs("<a href=\"#reading\">how to read</a> <a href=\"#facts\">how it was "
                "measured</a></nav>\n",
                out);
    timelines(report, out);
    for (size_t i = 0; i < experiments_count; i++)
        if (report_tally(report, experiments[i].name, NULL) > 0)
            section(report, &experiments[i], out);
    facts(report, out);
    (void)fputs("</main>\n</body>\n</html>\n", out);
}
