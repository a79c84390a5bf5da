/* bench/report/report.h: what a folder of results is turned into */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdbool.h>

/* Reads folder/samples.csv and folder/run.json (the commands, the environment), draws all charts, and
 * writes folder/results.json (medians and intervals) and folder/report.html: one page with everything in
 * it, readable offline, in print, on a phone, in the dark. False: a sentence in why; where only charts could
 * not be drawn, both files are there. */
bool report_make(const char *folder, char why[160]);

/* Prints the headline chart and a line for each experiment on standard output. */
bool report_print(const char *folder, char why[160]);

/* Both. False: the first sentence in why. */
bool report_all(const char *folder, char why[160]);

/* What got slower from one folder to another? A line for each experiment, server and point, with the ratio
 * new to old of the figure that survives noise (processor time for a request, session, delivery or GiB; else
 * the experiment's first view: a latency, memory) and its interval (report_shift in report_parts.h says
 * how). Where both folders have the baseline in the same rounds, the figures are divided by it first,
 * since machines change their speed. Slower is what lies above 1 with its whole interval, by 5 % or
 * more, or what can't be done or crashed now. Returns 0, or 1 where something got slower, or -1
 * with a sentence in why. */
int report_compare(const char *old, const char *new, char why[160]);

#endif
