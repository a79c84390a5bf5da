/* bench/report/report.h: a folder of results, reported and compared */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdbool.h>

#include "common/why.h"

/* Reads folder/samples.tsv and folder/run.txt, draws all charts, and writes
 * folder/report.html: one page with everything in it, readable offline, in print, on a phone, in
 * the dark. printed: what the samples prove goes to standard output, too: the answer, and a line
 * for each chart. False: the first sentence in why; if only charts could not be drawn, the page is
 * there. */
bool report_make(const char *folder, bool printed, char why[WHY]);

/* Which points are slower in the new folder than in the old one? Prints a line for each experiment,
 * server and point, with the figure that survives noise (processor time for a request, session,
 * delivery or GiB; else the experiment's first view: a latency, memory), old and new, and their
 * intervals. If both folders have the baseline in the same rounds, the figures are divided by it
 * first, because machines change their speed. A point is slower if the new interval is wholly above
 * the old one and the median by 5 % or more, or if it is not possible or crashes now. Another boot,
 * machine or compiler is a warning.
 * Returns 0, or 1 if something got slower, or -1 with a sentence in why. */
int report_compare(const char *old, const char *new, char why[WHY]);

#endif
