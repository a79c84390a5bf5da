/* bench/timeline/trace.h: what strace(1) wrote, as lanes
 *
 * The trace is that of strace -f -ttt -T, with the calls of trace_calls. A process or thread works
 * unless it is in one of these calls for a millisecond or longer: then it is asleep.
 */
#ifndef BENCH_TRACE_H
#define BENCH_TRACE_H

#include <stdio.h>

#include "common/why.h"
#include "timeline/lanes.h"

enum { TRACE_LANES = 12 };

extern const char trace_calls[]; /* for strace -e trace= */

struct trace {
    struct lane lanes[TRACE_LANES]; /* in the order in which they began; no names */
    size_t count;
};

/* Reads all of it. began and end: the scene's, by the wall clock; what lies outside is cut off, and
 * what ran in none of it has no lane. Free the trace whatever is returned. */
bool trace_read(struct trace *trace, FILE *file, double began, double end, char why[WHY]);

void trace_free(struct trace *trace);

#endif
