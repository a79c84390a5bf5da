/* bench/common/seconds.h: the time that never goes back, in seconds */
#ifndef BENCH_SECONDS_H
#define BENCH_SECONDS_H

#include <time.h>

/* CLOCK_MONOTONIC; in a signal handler too. */
static inline double seconds_now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

#endif
