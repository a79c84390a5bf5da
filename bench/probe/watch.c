/* bench/probe/watch.c: see watch.h */
#include "probe/watch.h"

/* Reading the counters of a thousand threads takes the generator's processor for 30 ms: only if
 * that is less than a twentieth of the sample. */
static bool counters_cheap(const struct watch *watch)
{
    return watch->tasks * 30e-6 < watch->seconds / 20;
}

void watch_begin(void *context)
{
    struct watch *watch = context;
    double seconds = 0;
    watch->began = probe_time(watch->pid, &seconds, &watch->tasks);
    machine_clock_read(&watch->clock_from);
    watch->counted =
        watch->began && counters_cheap(watch) && probe_read(watch->pid, false, &watch->from);
    watch->from.seconds = seconds;
}

void watch_end(void *context)
{
    struct watch *watch = context;
    double seconds = 0;
    unsigned int tasks = 0;
    watch->ended = probe_time(watch->pid, &seconds, &tasks);
    machine_clock_read(&watch->clock_to);
    watch->lost = watch->ended && tasks < watch->tasks ? watch->tasks - tasks : 0;
    if (watch->seconds > 0)
        watch->ended = watch->ended && probe_read(watch->pid, true, &watch->to);
    watch->to.seconds = seconds;
}

double watch_steal(const struct watch *watch)
{
    return machine_steal(&watch->clock_from, &watch->clock_to, watch->cpus);
}
