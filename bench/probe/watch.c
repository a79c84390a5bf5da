/* bench/probe/watch.c: see watch.h */
#include "probe/watch.h"

void watch_begin(void *context)
{
    struct watch *watch = context;
    /* first: to look at a process takes kernel memory */
    watch->kernel = machine_kernel_memory(false);
    watch->began = probe_read(watch->pid, false, &watch->from);
    machine_clock_read(&watch->clock_from);
}

void watch_end(void *context)
{
    struct watch *watch = context;
    machine_clock_read(&watch->clock_to);
    watch->ended = probe_read(watch->pid, watch->memory, &watch->to);
}
