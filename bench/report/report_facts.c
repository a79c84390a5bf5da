/* bench/report/report_facts.c: how to read the charts, and how they were measured */
#include <stdlib.h>
#include <string.h>

#include "report/report_private.h"

void report_uploads(const struct report *report, char words[REPORT_UPLOADS])
{
    const struct runfile *run = &report->run;
    char names[2][RUNFILE_SERVERS * 26] = {"", ""}; /* those without, those with the option */
    for (size_t i = 0; i < run->servers_count; i++) {
        char *list = names[runfile_durable(run->servers[i].command)];
        size_t used = strlen(list);
        (void)snprintf(list + used, sizeof names[0] - used, "%s%s", used > 0 ? ", " : "",
                       grid_label(run->servers[i].name));
    }
    const char *all = "";
    if (names[0][0] != '\0')
        all = "not durable: all servers ran without --durable (OK means stored, not synced)";
    else if (names[1][0] != '\0')
        all = "durable: all servers ran with --durable (OK means synced)";
    (void)snprintf(words, REPORT_UPLOADS, "%s", all);
    if (names[0][0] != '\0' && names[1][0] != '\0')
        (void)snprintf(words, REPORT_UPLOADS,
                       "durable with %s (--durable: OK means synced), not durable with %s "
                       "(OK means stored, not synced)",
                       names[1], names[0]);
}

static const char reading[] =
    "<section id=\"reading\">\n<h2>How to read this</h2>\n"
    "<p><strong>Points and whiskers.</strong> A point is the median of all undisturbed samples, "
    "and "
    "the whiskers hold the true median in at least 95 of 100 cases (by order statistics, which "
    "assume no distribution). With fewer than six samples there is no such interval; then whiskers "
    "go from the least to the most (with five samples that is 94 of 100 cases), and with fewer "
    "than "
    "five nothing can be concluded. Where whiskers overlap, believe no difference.</p>\n"
    "<p><strong>The baseline</strong> is a bare server that does the same work with the cheapest "
    "calls known, checks nothing, and should not be used: what the kernel alone costs.</p>\n"
    "<p><strong>Ratios</strong>, × baseline in the tables, are taken within rounds, among samples "
    "that are seconds apart, since the processor of a shared machine changes its speed within "
    "minutes. Trust a ratio more than two times; trust processor time more than throughput.</p>\n"
    "<p><strong>Disturbed samples</strong> (time stolen from the machine, a generator that was "
    "itself the bottleneck, errors) are marked in samples.tsv, repeated, and left out of all "
    "medians. If the generator was the bottleneck in most samples of a point, its rates are shown "
    "as bounded by the generator: lower bounds.</p>\n"
    "<p><strong>What a server can't do</strong> is named under the chart and in the tables.</p>\n"
    "</section>\n";

static void notes(const struct report *report, FILE *out)
{
    if (report->run.interrupted)
        (void)fputs(
            "<p><strong>This run was interrupted: not all samples are there.</strong></p>\n", out);
    else if (report->run.started[0] != '\0' && report->run.ended[0] == '\0')
        (void)fputs("<p><strong>This run has no end: some samples may be missing.</strong></p>\n",
                    out);
    (void)fputs("<ul>\n", out);
    for (size_t i = 0; i < report->run.notes_count; i++)
        html(out, "<li>$</li>\n", report->run.notes[i]);
    (void)fputs("</ul>\n", out);
}

/* The run file as it is: command, machine, servers, and how to measure the same again. */
void html_facts(const struct report *report, FILE *out)
{
    char uploads[REPORT_UPLOADS], *text = NULL;
    size_t size;
    report_uploads(report, uploads);
    (void)fputs(reading, out);
    (void)fputs("<section id=\"facts\">\n<h2>How it was measured</h2>\n", out);
    notes(report, out);
    if (uploads[0] != '\0')
        html(out, "<p>Uploads were $.</p>\n", uploads);
    FILE *facts = open_memstream(&text, &size);
    if (facts != NULL) {
        runfile_print(facts, &report->run);
        if (fclose(facts) == 0)
            html(out, "<p>run.txt:</p>\n<pre>$</pre>\n", text);
    }
    free(text);
    (void)fputs("<p class=\"soft\">In the same folder: samples.tsv (every sample), results.json "
                "(medians and intervals), run.txt, charts/.</p>\n</section>\n",
                out);
}
