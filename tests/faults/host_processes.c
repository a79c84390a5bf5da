/* tests/faults/host_processes.c: what the server uses: processes, threads, descriptors, time; see
 * host.h */
#include <stdio.h>
#include <time.h>

#include "bound.h"
#include "host.h"
#include "procfs.h"

static size_t children(pid_t pid, pid_t *pids, size_t max)
{
    char path[64];
    size_t n = 0;
    long child;
    (void)snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", (long)pid, (long)pid);
    FILE *file = fopen(path, "re");
    while (file != NULL && n < max && fscanf(file, "%ld", &child) == 1)
        pids[n++] = (pid_t)child;
    if (file != NULL)
        (void)fclose(file);
    return n;
}

static int family(pid_t pid)
{
    pid_t pids[64];
    int all = 1;
    size_t n = children(pid, pids, 64);
    for (size_t i = 0; i < n; i++)
        all += family(pids[i]);
    return all;
}

static int64_t cpu_us(pid_t pid)
{
    pid_t pids[64];
    clockid_t clock;
    struct timespec used = {0};
    if (clock_getcpuclockid(pid, &clock) == 0)
        (void)clock_gettime(clock, &used);
    int64_t all = (int64_t)used.tv_sec * 1000000 + used.tv_nsec / 1000;
    size_t n = children(pid, pids, 64);
    for (size_t i = 0; i < n; i++)
        all += cpu_us(pids[i]);
    return all;
}

static int threads(pid_t pid)
{
    struct procfs_process process;
    return procfs_read(pid, &process) ? (int)process.threads : -1;
}

void host_check_sleep(const char *when)
{
    enum { LOOK = 40, MOST = 8000 }; /* milliseconds; microseconds */
    int64_t used = 0;
    host.totals->spins++;
    for (int i = 0; i < 4; i++) { /* what is still to be done after a fault is no spinning */
        int64_t before = cpu_us(host.server->pid);
        bound_observe(LOOK);
        used = cpu_us(host.server->pid) - before;
        if (used < MOST)
            return;
    }
    problem("%s, the server uses %lld us of processor time in %d ms with nothing to do", when,
            (long long)used, LOOK);
}

void host_count(void)
{
    host.descriptors = procfs_descriptors(host.server->pid);
    host.threads = threads(host.server->pid);
    host.family = family(host.server->pid);
}

/* Waits until there are no more. */
static void check_few(int (*count)(pid_t), int most, const char *what)
{
    long end = bound_now() + bound_of(NEVER_MS);
    int n;
    while ((n = count(host.server->pid)) > most) {
        if (bound_now() > end) {
            problem("the server has %d %s, and had %d", n, what, most);
            return;
        }
        bound_observe(1);
    }
}

void host_check_counts(bool descriptors)
{
    if (descriptors)
        check_few(procfs_descriptors, host.descriptors, "descriptors open");
    check_few(family, host.family, "processes");
    check_few(threads, host.threads, "threads");
}
