/* bench/report/report_private.h: shared by the files of report/ */
#ifndef BENCH_REPORT_PRIVATE_H
#define BENCH_REPORT_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "charts/finding.h"
#include "common/number.h"
#include "experiments/experiment.h"
#include "results/grid.h"
#include "results/runfile.h"
#include "results/sample.h"

enum { REPORT_PATH = 512 };

struct report {
    const char *folder;
    struct runfile run; /* all empty if there is no run.txt */
    struct sample *samples;
    size_t count;
};

/* Reads samples.tsv and run.txt. False: a sentence in why. */
bool report_read(struct report *report, const char *folder, char why[WHY]);
void report_free(struct report *report);

/* How many samples an experiment has; those of each state are added to states, unless it is
 * NULL. */
size_t report_tally(const struct report *report, const char *experiment,
                    size_t states[SAMPLE_STATES]);

/* Is there something to show of a view: its figure, or that nothing was measured? Old files do not
 * have all figures, and p99.9 needs a sample with 1000 requests. */
bool report_shows(const struct report *report, const struct experiment *experiment,
                  const struct view *view);

/* A view of an experiment with its grid, which the caller frees. False: no memory. */
bool report_evidence(const struct report *report, const struct experiment *experiment,
                     const struct view *view, struct evidence *evidence);

/* The view in which an experiment shows what something costs (less is better); else its first. */
const struct view *report_cost_view(const struct experiment *experiment);

/* Prints "4.4 µs [4.2 µs to 4.6 µs]" on standard output. */
void report_figure(const struct estimate *e, enum number_kind kind);

/* What this run shows about silent clients: a sentence. */
void report_answer(const struct report *report, char text[FINDING_TEXT]);

/* --- report.html --- */
void html_page(FILE *out, const void *what);           /* a struct report; see file_write */
void html_six(const struct report *report, FILE *out); /* a row for each model */
void html_table(const struct evidence *evidence, FILE *out);

#endif
