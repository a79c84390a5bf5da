/* bench/probe/watch.h: what a server and the machine use between two moments
 *
 * watch_begin and watch_end are made for struct load_spec: they are called when the measured time
 * begins and ends. Nothing is under way then (`whole`), so it does not matter how long they take.
 */
#ifndef BENCH_WATCH_H
#define BENCH_WATCH_H

#include "probe/probe.h"

struct watch {
    pid_t pid;
    const cpu_set_t *cpus; /* whose steal counts; NULL: all */
    bool memory;           /* read it at the end */
    bool began, ended;     /* each was read */
    struct probe from, to;
    uint64_t kernel; /* machine_kernel_memory() at the beginning */
    struct machine_clock clock_from, clock_to;
};

void watch_begin(void *watch);
void watch_end(void *watch);

#endif
