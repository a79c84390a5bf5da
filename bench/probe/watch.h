/* bench/probe/watch.h: what a server and the machine use between two moments
 *
 * watch_begin and watch_end are made for struct load_spec: they are called when the measured time
 * begins and ends.
 */
#ifndef BENCH_WATCH_H
#define BENCH_WATCH_H

#include "probe/probe.h"

struct watch {
    pid_t pid;
    const cpu_set_t *cpus; /* whose steal counts; NULL: all */
    double seconds;        /* of the sample: read also the slow counters, if it is long enough;
                            * 0: only processor time */
    bool counted;          /* the slow counters were read at the beginning */
    bool began, ended;     /* each was read */
    unsigned int tasks;    /* processes and threads of the first process, at the beginning ... */
    unsigned int lost;     /* ... and how many fewer there are at the end */
    struct probe from, to;
    struct machine_clock clock_from, clock_to;
};

void watch_begin(void *watch);
void watch_end(void *watch);
double watch_steal(const struct watch *watch); /* 0 to 1 */

#endif
