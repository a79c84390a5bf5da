/* bench/probe/probe.h: what a server costs, read from /proc
 *
 * The whole tree of processes below one: processor time, also of children that have ended (in their
 * parent's cutime and cstime once they were waited for), memory, threads. With ten thousand
 * processes that takes a third of a second and a processor: read it while nothing is under way.
 */
#ifndef BENCH_PROBE_H
#define BENCH_PROBE_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct probe {
    double seconds; /* of processor time, of the living and of those waited for: the exact sum */
    double user, system;       /* the same in two parts, in steps of a tick (10 ms) */
    uint64_t pss, page_tables; /* bytes: memory, shared pages divided (smaps_rollup); VmPTE */
    unsigned int processes, threads;
};

/* memory: read that too; it takes longest. False: the process has gone. */
bool probe_read(pid_t root, bool memory, struct probe *probe);

/* The processor time from one probe to another: seconds, divided as user and system are. */
void probe_between(const struct probe *from, const struct probe *to, double *user, double *system);

/* The machine. What could not be found out is "" or 0. */
struct machine {
    char processor[96], kernel[96], congestion[32], governor[32];
    char boot[40];
    char hypervisor[32], idle_driver[32], clocksource[32];
    char compiler[96], flags[192], commit[48]; /* of this build */
    unsigned int processors;
    uint64_t memory; /* bytes */
};
void machine_read(struct machine *machine);

/* Bytes that the kernel keeps on this machine for sockets, processes and threads, whoever has them:
 * slab, stacks, page tables (proc(5), /proc/meminfo). settle: waits until the number has stopped
 * falling, since the kernel frees what a process had a moment after its end: 50 ms to a second. */
uint64_t machine_kernel_memory(bool settle);

/* The clocks of all processors, in ticks. */
enum { MACHINE_CPUS = 256 };
struct machine_clock {
    double when; /* seconds, CLOCK_MONOTONIC */
    struct {
        uint64_t total, steal, rest; /* ticks; rest: idle or stolen */
    } cpus[MACHINE_CPUS];
};
void machine_clock_read(struct machine_clock *clock);

/* Which part of the time was stolen, 0 to 1: of the processor in cpus (NULL: of all) from which
 * most was. */
double machine_steal(const struct machine_clock *from, const struct machine_clock *to,
                     const cpu_set_t *cpus);

/* For how many seconds the processors in cpus (NULL: all) were busy, added up; *all is the sum of
 * the time. Busy is what is not rest: a kernel whose ticks pause (CONFIG_NO_HZ) knows how long a
 * processor was idle, but samples only at each tick whether it works, and a load that follows a
 * schedule may be in step with the ticks. Known to 10 ms for each processor: proc(5),
 * /proc/stat. */
double machine_busy(const struct machine_clock *from, const struct machine_clock *to,
                    const cpu_set_t *cpus, double *all);

#endif
