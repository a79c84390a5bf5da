/* bench/common/cpus.h: which processors are for the servers, and which for the load */
#ifndef BENCH_CPUS_H
#define BENCH_CPUS_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

struct cpus {
    cpu_set_t server, client; /* empty: the kernel chooses */
};

/* NULL: it is empty. */
const cpu_set_t *cpus_given(const cpu_set_t *cpus);

/* "0-1,4". False: it is no such list, or one of them does not exist, or is not for us. */
bool cpus_read(const char *text, cpu_set_t *cpus);

/* As cpus_read takes it; "": it is empty. */
void cpus_print(const cpu_set_t *cpus, char *text, size_t size);

/* If neither was given: the first half for the servers, the second for the load, at most so many
 * each. With one processor nothing is pinned. */
void cpus_choose(struct cpus *cpus, size_t max);

/* Both together; NULL: one is empty, so it may be any. *all is where it is stored. */
const cpu_set_t *cpus_all(const struct cpus *cpus, cpu_set_t *all);

#endif
