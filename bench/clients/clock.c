/* bench/clients/clock.c: the clocks, and how fast this processor makes a checksum */
#include <time.h>

#include "clients/clients.h"

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

uint64_t load_now(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t load_processor_time(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

/* The median of several: caches are cold at first. Not by the clock on the wall, which counts what
 * others do meanwhile: what a request costs a server is counted in processor time, too. */
double load_sum_speed(void)
{
    enum { TIMES = 21, BYTES = 512 * 1024 };
    static double sorted[TIMES];
    char text[LOAD_SUM_TEXT + 1];
    verify_prepare();
    for (int i = sorted[0] > 0 ? TIMES : 0, at; i < TIMES; i++) {
        uint64_t start = load_processor_time();
        verify_sum(BYTES, text);
        double speed = 1e3 * BYTES / (double)(load_processor_time() - start);
        for (at = i; at > 0 && sorted[at - 1] > speed; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = speed;
    }
    return sorted[TIMES / 2];
}
