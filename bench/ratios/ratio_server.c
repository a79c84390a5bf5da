/* bench/ratios/ratio_server.c: servers as ratio needs them, and their processor time */
#include "ratios/ratio.h"

#include <sched.h>
#include <stdio.h>
#include <time.h>

bool ratio_start(struct server *s, const struct place *place)
{
    char why[SERVER_WHY] = "";
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    if (place->server_cpu >= 0)
        CPU_SET((size_t)place->server_cpu, &cpus);
    struct server_place at = {.library = place->library,
                              .log = place->log,
                              .cpus = place->server_cpu >= 0 ? &cpus : NULL,
                              .stop = &stop_signal};
    return server_start(s, &at, why) || fault_set("%s", why);
}

bool ratio_stop(struct server *s)
{
    char why[SERVER_WHY] = "";
    return server_stop(s, why) || fault_set("%s", why);
}

void ratio_blame(const struct server *s)
{
    char why[SERVER_WHY] = "";
    (void)snprintf(why, sizeof why, "%s", fault_text());
    if (server_ended(s, 100, why))
        (void)fault_set("%s", why);
}

static bool process_time(pid_t pid, double *seconds, int *processes)
{
    clockid_t clock;
    struct timespec t;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) < 0)
        return false;
    *seconds += (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
    ++*processes;
    return true;
}

/* A process' clock, clock_getcpuclockid(3), holds all its threads, ended ones too, to the
 * nanosecond; /proc/PID/stat has whole ticks. */
static void tree_time(pid_t pid, double *seconds, int *processes)
{
    char path[64];
    long child;
    if (!process_time(pid, seconds, processes))
        return;
    /* Every thread has children of its own; the six fork in their first thread only. */
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
    FILE *children = fopen(path, "re");
    while (children != NULL && fscanf(children, "%ld", &child) == 1)
        tree_time((pid_t)child, seconds, processes);
    if (children != NULL)
        fclose(children);
}

bool ratio_time(const struct server *s, double *seconds, int *processes)
{
    *seconds = 0;
    *processes = 0;
    tree_time(s->pid, seconds, processes);
    return *processes > 0 || fault_set("%s has gone", s->name);
}
