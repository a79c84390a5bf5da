/* bench/probe/probe_machine.c: the machine on which it was measured: see probe.h */
#include "probe/probe.h"

#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

#ifdef __clang__
static const char compiler[] = __VERSION__; /* "Ubuntu Clang 18.1.3 …" */
#else
static const char compiler[] = "gcc " __VERSION__;
#endif

/* The first line of a file, without its end; "" if there is none. */
static void line_read(const char *path, char *line, size_t size)
{
    FILE *file = fopen(path, "re");
    if (file == NULL || fgets(line, (int)size, file) == NULL)
        line[0] = '\0';
    line[strcspn(line, "\n")] = '\0';
    if (file != NULL)
        (void)fclose(file);
}

static uint64_t number_read(const char *path)
{
    char line[64];
    line_read(path, line, sizeof line);
    return strtoull(line, NULL, 10);
}

static void processor_read(char *name, size_t size)
{
    char line[512];
    const char *colon;
    FILE *file = fopen("/proc/cpuinfo", "re");
    while (file != NULL && name[0] == '\0' && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "model name", 10) == 0 && (colon = strchr(line, ':')) != NULL)
            (void)snprintf(name, size, "%s", colon + 1 + (colon[1] == ' '));
    }
    if (file != NULL)
        (void)fclose(file);
}

/* The commit by git, in the folder of this program; "" if it is installed elsewhere. */
static void commit_read(char *commit, size_t size)
{
    char path[PATH_MAX];
    int ends[2], status;
    pid_t pid;
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    posix_spawn_file_actions_t actions;
    if (n <= 0 || pipe2(ends, O_CLOEXEC) < 0)
        return;
    path[n] = '\0';
    char *const words[] = {"git",      "-C",          dirname(path), "describe",
                           "--always", "--abbrev=12", "--dirty",     NULL};
    bool started = posix_spawn_file_actions_init(&actions) == 0;
    if (started) {
        started = posix_spawn_file_actions_adddup2(&actions, ends[1], 1) == 0 &&
                  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) == 0 &&
                  posix_spawnp(&pid, words[0], &actions, NULL, words, environ) == 0;
        (void)posix_spawn_file_actions_destroy(&actions);
    }
    (void)close(ends[1]);
    n = started ? read(ends[0], commit, size - 1) : 0;
    commit[n > 0 ? n : 0] = '\0';
    commit[strcspn(commit, "\n")] = '\0';
    (void)close(ends[0]);
    if (started && (waitpid(pid, &status, 0) != pid || status != 0))
        commit[0] = '\0';
}

double machine_load(void)
{
    char line[64];
    line_read("/proc/loadavg", line, sizeof line);
    return strtod(line, NULL);
}

void machine_read(struct machine *machine)
{
    struct utsname name;
    struct rlimit limit;
    memset(machine, 0, sizeof *machine);
    processor_read(machine->processor, sizeof machine->processor);
    if (uname(&name) == 0)
        (void)snprintf(machine->kernel, sizeof machine->kernel, "%.20s %.40s %.20s", name.sysname,
                       name.release, name.machine);
    line_read("/proc/sys/net/ipv4/tcp_congestion_control", machine->congestion,
              sizeof machine->congestion);
    line_read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", machine->governor,
              sizeof machine->governor);
    (void)snprintf(machine->compiler, sizeof machine->compiler, "%s", compiler);
    (void)snprintf(machine->flags, sizeof machine->flags, "%s", BUILT_BY);
    commit_read(machine->commit, sizeof machine->commit);
    long processors = sysconf(_SC_NPROCESSORS_ONLN), pages = sysconf(_SC_PHYS_PAGES);
    machine->processors = processors > 0 ? (unsigned int)processors : 0;
    machine->memory = pages > 0 ? (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
    machine->load1 = machine_load();
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        machine->descriptors = limit.rlim_max;
    machine->pids = number_read("/proc/sys/kernel/pid_max");
}

void machine_clock_read(struct machine_clock *clock)
{
    char line[512], *at;
    struct timespec now;
    FILE *file = fopen("/proc/stat", "re");
    memset(clock, 0, sizeof *clock);
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    clock->when = (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "cpu", 3) != 0 || line[3] < '0' || line[3] > '9')
            continue;
        unsigned long cpu = strtoul(line + 3, &at, 10);
        for (int i = 0; i < 8 && cpu < MACHINE_CPUS; i++) { /* user … steal; guests are in user */
            uint64_t ticks = strtoull(at, &at, 10);
            clock->cpus[cpu].total += ticks;
            clock->cpus[cpu].steal += i == 7 ? ticks : 0;
            clock->cpus[cpu].rest += i == 3 || i == 4 || i == 7 ? ticks : 0; /* idle, iowait */
        }
    }
    if (file != NULL)
        (void)fclose(file);
}

double machine_steal(const struct machine_clock *from, const struct machine_clock *to,
                     const cpu_set_t *cpus)
{
    double most = 0;
    for (size_t i = 0; i < MACHINE_CPUS; i++) {
        uint64_t total = to->cpus[i].total - from->cpus[i].total;
        uint64_t steal = to->cpus[i].steal - from->cpus[i].steal;
        if ((cpus != NULL && !CPU_ISSET(i, cpus)) || to->cpus[i].total <= from->cpus[i].total)
            continue;
        double part = (double)steal / (double)total;
        most = part > most ? part : most;
    }
    return most > 1 ? 1 : most;
}

double machine_busy(const struct machine_clock *from, const struct machine_clock *to,
                    const cpu_set_t *cpus, double *all)
{
    double rest = 0, tick = 1.0 / (double)sysconf(_SC_CLK_TCK);
    *all = 0;
    for (size_t i = 0; i < MACHINE_CPUS; i++) {
        if ((cpus != NULL && !CPU_ISSET(i, cpus)) || to->cpus[i].total <= from->cpus[i].total)
            continue;
        *all += to->when - from->when;
        rest += (double)(to->cpus[i].rest - from->cpus[i].rest) * tick;
    }
    return rest < *all ? *all - rest : 0;
}
