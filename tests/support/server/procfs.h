/* procfs.h: what /proc has about a server and its process group (proc(5)) */
#ifndef SUPPORT_PROCFS_H
#define SUPPORT_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct procfs_process {
    pid_t pid, parent, group;
    char state; /* 'R'unning, 'S'leeping, 'Z'ombie, … */
    unsigned long ticks, threads;
    unsigned long long start; /* with the pid, it names a process for ever */
};

/* The processes of a group, zombies included; at most max. Returns their number. */
size_t procfs_list(pid_t group, struct procfs_process *list, size_t max);

/* One process as it is now; false: there is none. */
bool procfs_read(pid_t pid, struct procfs_process *process);

/* Reads the first line of /proc/PID/<name> that has this form (scanf). False: there is none. */
bool procfs_scan(pid_t pid, const char *name, const char *format, ...)
    __attribute__((format(scanf, 3, 4)));

/* Whether a signal that was sent to the process has not been delivered yet. */
bool procfs_pending(pid_t pid, int signal);

/* Memory of a process, what it shares divided by the number of sharers (Pss), in KiB; -1: it is
 * gone. */
long procfs_pss_kb(pid_t pid);

/* Number of open descriptors of a process; -1 when it is gone. */
int procfs_descriptors(pid_t pid);

/* Whether a process has the socket of this inode open, if we may look at it. */
bool procfs_has_socket(pid_t pid, unsigned long long inode);

/* The pids of the children of a process, zombies included; at most max of them are stored.
 * Returns their number. */
size_t procfs_children(pid_t parent, pid_t *pids, size_t max);

/* Number of children of a process that are dead and not yet waited for. */
size_t procfs_zombies(pid_t parent);

/* Number of processes of a group, zombies not counted. */
size_t procfs_group(pid_t group);

/* Number of zombies that the processes of a group have, and of descriptors that they have open. */
size_t procfs_group_zombies(pid_t group);
size_t procfs_group_descriptors(pid_t group);

/* Waits until one of these counts, of a process or a group, is at most so many, or until all
 * threads of a process have one of these states (a process that has gone has 'Z'). False: the bound
 * is over. */
bool procfs_await_few(size_t (*count)(pid_t), pid_t pid, size_t most);
bool procfs_await_state(pid_t pid, const char *states);

/* A process that has the listening socket of this TCP port open, if we may look at it; 0: none. */
pid_t procfs_listener(int port);

/* Whether the process is our child, or a child of one, and so on. */
bool procfs_is_ours(pid_t pid);

/* CPU time that the living processes of a group have used, in milliseconds. */
long procfs_cpu_ms(pid_t group);

/* Microseconds that the first thread of a process has been ready to run, and waited for a processor
 * that others had, since it started; 0 if the kernel doesn't count them (CONFIG_SCHED_INFO).
 * Source: the kernel's documentation, "Scheduler Statistics". */
long procfs_delayed_us(pid_t pid);

/* Memory of a group that no file stands behind, in KiB: RssAnon, summed up; and RssShmem of the
 * process that has touched the most of what they share. */
long procfs_memory_kb(pid_t group);

#endif
