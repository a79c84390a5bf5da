/* bench/probe.h: what a server costs, read from /proc
 *
 * The whole tree of processes below one: processor time, also of children that have ended (their
 * parent's cutime and cstime have it once they were waited for), context switches, memory, threads.
 */
#ifndef BENCH_PROBE_H
#define BENCH_PROBE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct probe {
    double user, system; /* seconds of processor time, of the living and of those waited for */
    uint64_t voluntary, involuntary; /* context switches, of the living */
    uint64_t pss, page_tables;       /* bytes: memory, shared pages divided (smaps_rollup); VmPTE */
    uint64_t peak;                   /* bytes: the sum of VmHWM */
    unsigned int processes, threads;
};

/* Processor time comes from schedstat and stat: see probe.c for which and why. False: it is gone. */
bool probe_read(pid_t root, bool memory, struct probe *probe); /* memory: it is slow to read */

/* The machine. */
struct machine_clock {
    uint64_t total, steal, idle; /* ticks of all the processors in cpus */
};
struct machine {
    char processor[96], kernel[96], congestion[32], governor[32];
    char compiler[96], flags[192], commit[48]; /* of this build */
    unsigned int processors;
    uint64_t memory; /* bytes */
    double load1;    /* load average over a minute */
    uint64_t descriptors, pids;
};
void machine_read(struct machine *machine);
void machine_clock_read(struct machine_clock *clock);
double machine_steal(const struct machine_clock *from, const struct machine_clock *to); /* 0 to 1 */

#endif
