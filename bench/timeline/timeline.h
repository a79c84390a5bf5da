/* bench/timeline/timeline.h: lab-bench timeline: what six servers do while four clients wait */
#ifndef BENCH_TIMELINE_H
#define BENCH_TIMELINE_H

#include <stdbool.h>

#include "common/why.h"

/* Records all six, each so many times, and draws the one in which clients wait least into the
 * folder. A time takes about 15 s. It uses the temporary folder of the process. False: a sentence
 * in why, or a signal came. */
bool timeline_make(const char *folder, int tries, char why[WHY]);

int cmd_timeline(int argc, char **argv);

#endif
