/* bench/report/report_facts.c: how to read the charts, and how they were measured */
#include <stdlib.h>
#include <string.h>

#include "report/report_private.h"

static const char reading[] =
    "<section id=\"reading\">\n<h2>How to read this</h2>\n"
    "<p><strong>Sentences and titles</strong> are computed from this run's samples. They compare "
    "samples of five or more of the same rounds. \"Four times\" is the median of these ratios, and "
    "their whole "
    "interval is above 1.1. \"Level\", \"the same\" and \"no more\": the median is within a tenth "
    "of 1, and the interval within a factor of 1.5. If neither holds, nothing is claimed, and a "
    "chart has its question as its title. What is under \"What to expect\" is not "
    "computed.</p>\n"
    "<p><strong>Points and whiskers.</strong> A point is the median of all undisturbed samples. "
    "The whiskers hold the true median in at least 95 of 100 cases (by order statistics, which "
    "assume no distribution). With fewer than six samples whiskers go from the least to the most: "
    "with five, that holds the median in 94 of 100 cases. If whiskers overlap, only a ratio within "
    "rounds can prove a difference. A line joins three points or more, each within a factor of 5 "
    "of the next; elsewhere nothing is known between points.</p>\n"
    "<p><strong>Two states.</strong> Samples that fall into two groups, with a gap of 15 % or more "
    "that is three times as wide as either group, have two medians: rings on the chart, and both "
    "in the table. Mostly the machine had two speeds; then only ratios within rounds hold. By "
    "chance alone one in a hundred sets of six samples looks so.</p>\n"
    "<p><strong>The baseline</strong> is a bare server that does the same work with the cheapest "
    "calls known, checks nothing, and should not be used: what the kernel alone costs.</p>\n"
    "<p><strong>Minimal forms</strong> (minimal.c, thin lines) are the models on one page: what a "
    "model costs at its barest. × its minimal form is what the rest of the job costs. In a "
    "table of rates less than 1 is the slower, as with × baseline.</p>\n"
    "<p><strong>Peers</strong> (grey, dashed) do more for a request: redis looks up a command, "
    "checks who may use it, and times it; nginx parses and sends headers, can filter, log.</p>\n"
    "<p><strong>Ratios</strong>, × baseline in the tables, are taken within rounds, among samples "
    "that are seconds apart, because the processor of a shared machine changes its speed within "
    "minutes. \"From … to …\" compares points of one round, which can be minutes apart. Trust a "
    "ratio more than the two figures; trust processor time more than throughput.</p>\n"
    "<p><strong>Disturbed samples</strong> (time stolen from the machine, a generator that was "
    "itself the bottleneck, errors) are marked in samples.tsv, repeated, and left out of all "
    "medians. If the generator was the bottleneck in most samples of a point, its rates are shown "
    "as bounded by the generator: lower bounds, hollow on the chart and on no line.</p>\n"
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
    char *text = NULL;
    size_t size;
    (void)fputs(reading, out);
    (void)fputs("<section id=\"facts\">\n<h2>How it was measured</h2>\n", out);
    notes(report, out);
    FILE *facts = open_memstream(&text, &size);
    if (facts != NULL) {
        runfile_print(facts, &report->run);
        if (fclose(facts) == 0)
            html(out, "<p>run.txt:</p>\n<pre>$</pre>\n", text);
    }
    free(text);
    (void)fputs("<p class=\"soft\">In the same folder: samples.tsv (every sample), run.txt, "
                "charts/.</p>\n</section>\n",
                out);
}
