/* bench/report/report_parts.h: what the parts of report.c tell each other */
#ifndef BENCH_REPORT_PARTS_H
#define BENCH_REPORT_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "charts/grid.h"
#include "common/number.h"
#include "experiments/experiment.h"
#include "results/runfile.h"
#include "results/sample.h"

enum { REPORT_PATH = 512, REPORT_WORDS = 1024 };

struct report {
    const char *folder;
    struct runfile run; /* all empty where there is no run.json */
    struct sample *samples;
    size_t count;
    const struct experiment *table; /* the experiments that are reported, in this order */
    size_t table_count;
};

/* Reads samples.csv and run.json. False: a sentence in why. */
bool report_read(struct report *report, const char *folder, char why[160]);
void report_free(struct report *report);

/* How many samples an experiment has, all and by state. */
size_t report_tally(const struct report *report, const char *experiment,
                    size_t states[SAMPLE_STATES]);

/* The experiment that answers what each way costs: the idle crowd where it was measured, else the first that
 * was. NULL: none was. */
const struct experiment *report_headline(const struct report *report);

/* The view in which an experiment says what something costs (less is better); else its first. */
const struct view *report_cost_view(const struct experiment *experiment);

/* The greatest x that all servers but one can bear, and at which at least half of them have figures; -1: none. */
int report_column(const struct grid *grid);

/* The ratio of two servers' figures in the same rounds at x. */
struct estimate report_ratio(const struct report *report, const char *experiment,
                             double (*value)(const struct sample *sample), const char *server,
                             const char *base, double x);

/* What the figures of a view say at a column, as a sentence or two: who has the least, who the most, by how
 * much, with intervals; who does not differ from the least beyond the interval; who can't.
 * Computed, not canned. */
void report_words(const struct report *report, const struct experiment *experiment,
                  const struct view *view, const struct grid *grid, size_t column,
                  char words[REPORT_WORDS]);

/* What OK means after an upload, by the options of the servers: "not durable: all servers …". "": no servers. */
void report_uploads(const struct report *report, char words[REPORT_WORDS]);

/* The name of an x: a figure, or the experiment's word for it. */
const char *report_x(const struct experiment *experiment, double x, char text[NUMBER_TEXT]);
/* What x is, and which: "silent clients besides 10 active ones: 900". */
void report_where(const struct experiment *experiment, double x, char text[160]);

/* ---- compare ---- */

/* By how much do the values of b exceed those of a? The estimate is the median of all quotients b[j] / a[i]
 * (Hodges and Lehmann), the interval the order statistics of these quotients that belong to the
 * Mann-Whitney distribution (Moses; Hollander and Wolfe, Nonparametric Statistical Methods, 4.2 and 4.3),
 * so that at each end it misses the truth with a probability of tail: as nearly as so many values allow,
 * with 1 / (n + m over n) at best. sure is false where that is more than 0.005: at least 5 and 5 are needed.
 * All values must be positive. count is that of the fewer. No memory: count 0. */
struct estimate report_shift(const double *a, size_t a_count, const double *b, size_t b_count,
                             double tail);

/* ---- report.html ---- */

/* Text with what HTML reads as its own escaped; also right between double quotes. Control characters and
 * broken UTF-8 become U+FFFD. */
void html_text(FILE *out, const char *text);
bool html_page(const struct report *report, FILE *out);
void html_overview(const struct report *report, FILE *out);
void html_tables(const struct report *report, const struct experiment *experiment, FILE *out);
void html_environment(const struct report *report, FILE *out);
/* A chart's two files, in the page; a sentence where they are missing. The names inside are made
 * unlike those of all other charts. */
void html_chart(const struct report *report, const struct view *view, FILE *out);

/* ---- results.json ---- */
void json_text(FILE *out, const char *text); /* with its quotes */
bool json_results(const struct report *report, FILE *out);

#endif
