/* bench/probe/probe_machine.c: the machine on which it was measured: see probe.h */
#include "probe/probe.h"

#if defined __x86_64__ || defined __i386__
#include <cpuid.h>
#endif
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/seconds.h"

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

/* The name by which a hypervisor identifies itself to a program: "KVMKVMKVM", "Microsoft Hv", …
 * (Linux, arch/x86/kernel/cpu/hypervisor.c). It need not be the one that the kernel found: PVM does
 * not intercept the instruction, so a program gets the answer of the machine below it
 * (pvm-spec.rst). */
static void hypervisor_read(char *name, size_t size)
{
#if defined __x86_64__ || defined __i386__
    unsigned int a, b, c, d, signature[4] = {0};
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c >> 31) == 0)
        return;
    __cpuid(0x40000000, a, signature[0], signature[1], signature[2]);
    (void)snprintf(name, size, "%s", (const char *)signature);
    for (size_t end = strlen(name); end > 0 && name[end - 1] == ' ';)
        name[--end] = '\0'; /* "bhyve bhyve " */
#else
    line_read("/sys/hypervisor/type", name, size);
#endif
}

/* The commit by git, in the folder of this program; "" if it is installed elsewhere. The name comes
 * as a variable, so the shell makes nothing of what is in it. */
static void commit_read(char *commit, size_t size)
{
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    path[n > 0 ? n : 0] = '\0';
    (void)setenv("FOLDER", dirname(path), 1); /* without memory git fails, too */
    FILE *git = popen("git -C \"$FOLDER\" describe --always --abbrev=12 --dirty 2>/dev/null", "re");
    if (git == NULL || fgets(commit, (int)size, git) == NULL)
        commit[0] = '\0';
    commit[strcspn(commit, "\n")] = '\0';
    if (git != NULL && pclose(git) != 0)
        commit[0] = '\0';
}

void machine_read(struct machine *machine)
{
    struct utsname name;
    memset(machine, 0, sizeof *machine);
    processor_read(machine->processor, sizeof machine->processor);
    hypervisor_read(machine->hypervisor, sizeof machine->hypervisor);
    if (uname(&name) == 0)
        (void)snprintf(machine->kernel, sizeof machine->kernel, "%.20s %.40s %.20s", name.sysname,
                       name.release, name.machine);
    line_read("/proc/sys/net/ipv4/tcp_congestion_control", machine->congestion,
              sizeof machine->congestion);
    line_read("/proc/sys/kernel/random/boot_id", machine->boot, sizeof machine->boot);
    line_read("/sys/devices/system/cpu/cpuidle/current_driver", machine->idle_driver,
              sizeof machine->idle_driver);
    line_read("/sys/devices/system/clocksource/clocksource0/current_clocksource",
              machine->clocksource, sizeof machine->clocksource);
    line_read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", machine->governor,
              sizeof machine->governor);
    (void)snprintf(machine->compiler, sizeof machine->compiler, "%s", compiler);
    (void)snprintf(machine->flags, sizeof machine->flags, "%s", BUILT_BY);
    commit_read(machine->commit, sizeof machine->commit);
    long processors = sysconf(_SC_NPROCESSORS_ONLN), pages = sysconf(_SC_PHYS_PAGES);
    machine->processors = processors > 0 ? (unsigned int)processors : 0;
    machine->memory = pages > 0 ? (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

void machine_clock_read(struct machine_clock *clock)
{
    char line[512], *at;
    FILE *file = fopen("/proc/stat", "re");
    memset(clock, 0, sizeof *clock);
    clock->when = seconds_now();
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
    double max = 0;
    for (size_t i = 0; i < MACHINE_CPUS; i++) {
        uint64_t total = to->cpus[i].total - from->cpus[i].total;
        uint64_t steal = to->cpus[i].steal - from->cpus[i].steal;
        if ((cpus != NULL && !CPU_ISSET(i, cpus)) || to->cpus[i].total <= from->cpus[i].total)
            continue;
        double part = (double)steal / (double)total;
        max = part > max ? part : max;
    }
    return max > 1 ? 1 : max;
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
