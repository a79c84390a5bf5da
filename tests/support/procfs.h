/* procfs.h: what /proc tells about a server and its process group (proc(5)) */
#ifndef SUPPORT_PROCFS_H
#define SUPPORT_PROCFS_H

#include <stddef.h>
#include <sys/types.h>

/* Number of open descriptors of a process; -1 when it is gone. */
int procfs_descriptors(pid_t pid);

/* The pids of the children of a process, zombies included; at most max of them are stored.
 * Returns their number. */
size_t procfs_children(pid_t parent, pid_t *pids, size_t max);

/* Number of children of a process that are dead and not yet waited for. */
size_t procfs_zombies(pid_t parent);

/* Number of processes of a group, zombies not counted. */
size_t procfs_group(pid_t group);

/* CPU time that the living processes of a group have used, in milliseconds. */
long procfs_cpu_ms(pid_t group);

/* Memory of a group that no file stands behind (RssAnon, summed up), in KiB. */
long procfs_memory_kb(pid_t group);

#endif
