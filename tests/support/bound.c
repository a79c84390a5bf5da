#include "bound.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

long bound_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

long bound_scale(void)
{
    static long scale;

    if (scale == 0) {
        const char *text = getenv("BOUND");
        scale = text ? strtol(text, NULL, 10) : 1;
        if (scale < 1)
            scale = 1;
        if (scale > 100)
            scale = 100;
    }
    return scale;
}

/* The bound that means "never": BOUND_GENEROUS, or BOUND_MS. */
static long bound_never(void)
{
    const char *text = getenv("BOUND_MS");
    long ms = text ? strtol(text, NULL, 10) : 0;

    return ms > 0 && ms < BOUND_GENEROUS ? ms : BOUND_GENEROUS;
}

long bound_of(long ms)
{
    return (ms < BOUND_GENEROUS ? ms : bound_never()) * bound_scale();
}

void bound_observe(long ms)
{
    struct timespec pause = {ms / 1000, (ms % 1000) * 1000000};

    while (nanosleep(&pause, &pause) != 0 && errno == EINTR)
        continue;
}

bool bound_await(bool (*ready)(void *arg), void *arg, long ms)
{
    long end = bound_now() + bound_of(ms);
    long pause = 1;

    while (!ready(arg)) {
        if (bound_now() >= end)
            return ready(arg);
        bound_observe(pause);
        if (pause < 16)
            pause *= 2;
    }
    return true;
}
