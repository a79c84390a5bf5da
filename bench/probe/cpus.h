/* bench/probe/cpus.h: processors on the command line */
#ifndef BENCH_CPUS_H
#define BENCH_CPUS_H

#include <sched.h>
#include <stdbool.h>

/* "0-1,4". False: it is no such list, or one of them is not there, or not for us. */
bool cpus_read(const char *text, cpu_set_t *cpus);

#endif
