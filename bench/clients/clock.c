/* bench/clients/clock.c: the clock of the latencies */
#include <time.h>

#include "clients/clients.h"

uint64_t load_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}
