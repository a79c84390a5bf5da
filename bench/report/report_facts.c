/* report_facts.c: how to read the charts, on what they were measured, how to do it again */
#include <inttypes.h>
#include <string.h>

#include "report/report_parts.h"

static void fact(FILE *out, const char *name, const char *text)
{
    if (text[0] == '\0')
        return;
    (void)fprintf(out, "<tr><td>%s</td><td>", name);
    html_text(out, text);
    (void)fputs("</td></tr>\n", out);
}

static void machine(const struct report *report, FILE *out)
{
    const struct runfile *run = &report->run;
    char text[200], memory[NUMBER_TEXT];
    (void)snprintf(text, sizeof text, "%s, %u in use", run->machine.processor,
                   run->machine.processors);
    fact(out, "processor", run->machine.processors > 0 ? text : "");
    if (run->machine.memory > 0)
        fact(out, "memory", number_table(NUMBER_BYTES, (double)run->machine.memory, memory));
    fact(out, "kernel", run->machine.kernel);
    fact(out, "congestion control",
         run->congestion[0] != '\0' ? run->congestion : run->machine.congestion);
    fact(out, "frequency governor", run->machine.governor);
    fact(out, "compiler", run->machine.compiler);
    fact(out, "flags", run->machine.flags);
    fact(out, "commit", run->machine.commit);
    if (run->machine.descriptors > 0) {
        (void)snprintf(text, sizeof text, "%" PRIu64 " descriptors, %" PRIu64 " process numbers",
                       run->machine.descriptors, run->machine.pids);
        fact(out, "limits", text);
    }
    (void)snprintf(text, sizeof text,
                   "%.1f %% of the run; samples with more than %.1f %% were marked",
                   run->steal * 100, run->steal_limit * 100);
    fact(out, "stolen time", run->started[0] != '\0' ? text : "");
    (void)snprintf(text, sizeof text, "%.2f", run->machine.load1);
    fact(out, "load average before", run->started[0] != '\0' ? text : "");
}

void report_uploads(const struct report *report, char words[REPORT_WORDS])
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
    (void)snprintf(words, REPORT_WORDS, "%s", all);
    if (names[0][0] != '\0' && names[1][0] != '\0')
        (void)snprintf(words, REPORT_WORDS,
                       "durable with %s (--durable: OK means synced), not durable with %s "
                       "(OK means stored, not synced)",
                       names[1], names[0]);
}

static void measuring(const struct report *report, FILE *out)
{
    const struct runfile *run = &report->run;
    char text[200];
    if (run->started[0] == '\0')
        return;
    fact(out, "started", run->started);
    fact(out, "ended",
         run->ended[0] != '\0' ? run->ended : "not in order: some samples may be missing");
    (void)snprintf(text, sizeof text, "%u rounds, %.3g s a sample, order by seed %llu", run->rounds,
                   run->seconds, run->seed);
    fact(out, "samples", text);
    (void)snprintf(text, sizeof text, "servers on %s, generator on %s",
                   run->server_cpus[0] != '\0' ? run->server_cpus : "any",
                   run->client_cpus[0] != '\0' ? run->client_cpus : "any");
    fact(out, "processors", text);
    fact(out, "network",
         run->network_own ? "a network namespace of its own" : "the machine's loopback");
    (void)snprintf(text, sizeof text, "%u", run->repeated);
    fact(out, "disturbed samples repeated", text);
    fact(out, "library", run->library);
    char words[REPORT_WORDS];
    report_uploads(report, words);
    fact(out, "uploads", words);
}

static void commands(const struct report *report, FILE *out)
{
    const struct runfile *run = &report->run;
    if (run->command[0] == '\0')
        return;
    (void)fputs("<h3>The commands</h3>\n<pre>", out);
    html_text(out, run->command);
    for (size_t i = 0; i < run->servers_count; i++) {
        (void)fputs("\n\n# ", out);
        html_text(out, run->servers[i].name);
        (void)fputc('\n', out);
        html_text(out, run->servers[i].command);
        if (run->servers[i].startup[0] != '\0') {
            (void)fputs("\n# ", out);
            html_text(out, run->servers[i].startup);
        }
    }
    (void)fputs("</pre>\n", out);
}

static const char reading[] =
    "<section id=\"reading\">\n<h2>How to read this</h2>\n"
    "<p><strong>Points and whiskers.</strong> A point is the median of all undisturbed samples, "
    "and the "
    "whiskers hold the true median in at least 95 of 100 cases (by order statistics, which "
    "ask nothing of how the samples are spread). With fewer than six samples there is no such "
    "interval; "
    "then whiskers go from the least to the most (with five samples that is 94 of 100 cases), and "
    "with fewer than five nothing is concluded from them. Where whiskers overlap, believe no "
    "difference.</p>\n"
    "<p><strong>The baseline</strong> is a bare server that does the same work with the cheapest "
    "calls known, "
    "checks nothing, and should not be used. It is the grey line: what the kernel alone "
    "costs.</p>\n"
    "<p><strong>Ratios</strong> are taken within rounds, among samples that are seconds apart, "
    "since the "
    "processor of a shared machine changes its speed within minutes. Trust a ratio more than two "
    "times; trust processor time more than throughput.</p>\n"
    "<p><strong>Disturbed samples</strong> (time stolen from the machine, a generator that was "
    "itself the "
    "bottleneck, errors) are marked in samples.csv, repeated, and left out of all medians.</p>\n"
    "<p><strong>What a server can't do</strong> stands in words under the chart, and in the "
    "tables.</p>\n"
    "</section>\n";

static void notes(const struct report *report, FILE *out)
{
    if (report->run.interrupted)
        (void)fputs(
            "<p><strong>This run was interrupted: not all samples are there.</strong></p>\n", out);
    if (report->run.notes_count == 0)
        return;
    (void)fputs("<h3>To be known</h3>\n<ul>\n", out);
    for (size_t i = 0; i < report->run.notes_count; i++) {
        (void)fputs("<li>", out);
        html_text(out, report->run.notes[i]);
        (void)fputs("</li>\n", out);
    }
    (void)fputs("</ul>\n", out);
}

void html_environment(const struct report *report, FILE *out)
{
    (void)fputs(reading, out);
    (void)fputs("<section id=\"environment\">\n<h2>What it was measured on</h2>\n", out);
    notes(report, out);
    (void)fputs("<div class=\"scroll\"><table class=\"facts\">\n", out);
    machine(report, out);
    measuring(report, out);
    (void)fputs("<tr><td>files</td><td>samples.csv (every sample), results.json (medians and "
                "intervals), run.json, charts/</td></tr>\n</table></div>\n",
                out);
    commands(report, out);
    (void)fputs("</section>\n", out);
}
