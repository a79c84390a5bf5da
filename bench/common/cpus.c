/* bench/common/cpus.c: see cpus.h */
#include "common/cpus.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

const cpu_set_t *cpus_given(const cpu_set_t *cpus)
{
    return CPU_COUNT(cpus) > 0 ? cpus : NULL;
}

/* The kernel ignores processors that do not exist, as long as one does: sched_setaffinity(2). */
static bool all_usable(const cpu_set_t *cpus)
{
    cpu_set_t before, got;
    if (sched_getaffinity(0, sizeof before, &before) < 0)
        return false;
    bool usable = sched_setaffinity(0, sizeof *cpus, cpus) == 0 &&
                  sched_getaffinity(0, sizeof got, &got) == 0 && CPU_EQUAL(cpus, &got);
    return sched_setaffinity(0, sizeof before, &before) == 0 && usable;
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
    return *at == '\0' && all_usable(cpus);
}

void cpus_print(const cpu_set_t *cpus, char *text, size_t size)
{
    size_t n = 0;
    text[0] = '\0';
    for (size_t i = 0; i < CPU_SETSIZE && n < size; i++)
        if (CPU_ISSET(i, cpus))
            n += (size_t)snprintf(text + n, size - n, "%s%zu", n > 0 ? "," : "", i);
}

void cpus_choose(struct cpus *cpus, size_t max)
{
    cpu_set_t usable;
    if (CPU_COUNT(&cpus->server) > 0 || CPU_COUNT(&cpus->client) > 0 ||
        sched_getaffinity(0, sizeof usable, &usable) < 0 || CPU_COUNT(&usable) < 2)
        return;
    size_t half = ((size_t)CPU_COUNT(&usable) + 1) / 2, seen = 0;
    for (size_t i = 0; i < CPU_SETSIZE; i++) {
        if (!CPU_ISSET(i, &usable))
            continue;
        if (seen < half && seen < max)
            CPU_SET(i, &cpus->server);
        else if (seen >= half && seen - half < max)
            CPU_SET(i, &cpus->client);
        seen++;
    }
}

const cpu_set_t *cpus_all(const struct cpus *cpus, cpu_set_t *all)
{
    CPU_OR(all, &cpus->server, &cpus->client);
    return CPU_COUNT(&cpus->server) > 0 && CPU_COUNT(&cpus->client) > 0 ? all : NULL;
}
