/* core/base/clock.c: see clock.h */
#include "base/clock.h"

int64_t clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now); /* can't fail for this clock */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct timespec clock_timespec(int64_t ms)
{
    return (struct timespec){.tv_sec = (time_t)(ms / 1000), .tv_nsec = (ms % 1000) * 1000000};
}

int64_t clock_sooner(int64_t a, int64_t b)
{
    if (a < 0 || b < 0)
        return a < 0 ? b : a;
    return a < b ? a : b;
}

void clock_pause(int64_t ms)
{
    struct timespec time = clock_timespec(ms);
    (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
}
