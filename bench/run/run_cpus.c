/* bench/run/run_cpus.c: which processors are whose */
#include "probe/cpus.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "run/run.h"

/* The kernel passes over those that are not there, as long as one is: sched_setaffinity(2). */
static bool all_there(const cpu_set_t *cpus)
{
    cpu_set_t before, got;
    if (sched_getaffinity(0, sizeof before, &before) < 0)
        return false;
    bool there = sched_setaffinity(0, sizeof *cpus, cpus) == 0 &&
                 sched_getaffinity(0, sizeof got, &got) == 0 && CPU_EQUAL(cpus, &got);
    return sched_setaffinity(0, sizeof before, &before) == 0 && there;
}

bool cpus_read(const char *text, cpu_set_t *cpus)
{
    char *at;
    CPU_ZERO(cpus);
    do {
        if (isdigit((unsigned char)*text) == 0)
            return false;
        unsigned long from = strtoul(text, &at, 10), to = from;
        if (*at == '-' && isdigit((unsigned char)at[1]) != 0)
            to = strtoul(at + 1, &at, 10);
        if (to < from || to >= CPU_SETSIZE)
            return false;
        for (unsigned long i = from; i <= to; i++)
            CPU_SET(i, cpus);
        text = at + 1;
    } while (*at == ',');
    return *at == '\0' && all_there(cpus);
}

void cpus_print(const cpu_set_t *cpus, char *text, size_t size)
{
    size_t n = 0;
    text[0] = '\0';
    for (size_t i = 0; i < CPU_SETSIZE; i++) {
        size_t to = i;
        if (!CPU_ISSET(i, cpus))
            continue;
        while (to + 1 < CPU_SETSIZE && CPU_ISSET(to + 1, cpus))
            to++;
        const char *comma = n > 0 ? "," : "";
        int more = to > i ? snprintf(text + n, size - n, "%s%zu-%zu", comma, i, to)
                          : snprintf(text + n, size - n, "%s%zu", comma, i);
        n += more > 0 ? (size_t)more : 0;
        if (n >= size)
            return;
        i = to;
    }
}

/* With one processor there is nothing to choose. */
void cpus_choose(struct run_options *options)
{
    cpu_set_t all;
    int seen = 0;
    if (options->server_pinned || options->client_pinned ||
        sched_getaffinity(0, sizeof all, &all) < 0 || CPU_COUNT(&all) < 2)
        return;
    CPU_ZERO(&options->server_cpus);
    CPU_ZERO(&options->client_cpus);
    for (size_t i = 0; i < CPU_SETSIZE; i++) {
        if (CPU_ISSET(i, &all))
            CPU_SET(i,
                    2 * seen++ < CPU_COUNT(&all) ? &options->server_cpus : &options->client_cpus);
    }
    options->server_pinned = options->client_pinned = true;
}
