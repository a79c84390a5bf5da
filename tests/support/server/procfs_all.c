/* procfs_all.c: procfs.h, all processes: those of a group, children, one that listens */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bound.h"
#include "grow.h"
#include "procfs.h"

static struct procfs_process *all; /* as they were at the last look */
static size_t n_all;

static void look(void)
{
    static size_t room;
    DIR *stream = opendir("/proc");

    n_all = 0;
    for (const struct dirent *entry; stream && (entry = readdir(stream));) {
        long pid = strtol(entry->d_name, NULL, 10); /* 0: no process */

        all = grow(all, &room, n_all + 1, sizeof *all);
        n_all += pid > 0 && procfs_read((pid_t)pid, &all[n_all]);
    }
    if (stream)
        closedir(stream);
}

static bool is_alive(const struct procfs_process *process, pid_t group)
{
    return process->group == group && process->state != 'Z';
}

size_t procfs_children(pid_t parent, pid_t *pids, size_t max)
{
    size_t n = 0;

    look();
    for (size_t i = 0; i < n_all; i++) {
        if (all[i].parent != parent)
            continue;
        if (n < max)
            pids[n] = all[i].pid;
        n++;
    }
    return n;
}

size_t procfs_zombies(pid_t parent)
{
    size_t n = 0;

    look();
    for (size_t i = 0; i < n_all; i++)
        n += all[i].parent == parent && all[i].state == 'Z';
    return n;
}

size_t procfs_list(pid_t group, struct procfs_process *list, size_t max)
{
    size_t n = 0;

    look();
    for (size_t i = 0; i < n_all && n < max; i++)
        if (all[i].group == group)
            list[n++] = all[i];
    return n;
}

size_t procfs_group(pid_t group)
{
    size_t n = 0;

    look();
    for (size_t i = 0; i < n_all; i++)
        n += is_alive(&all[i], group);
    return n;
}

long procfs_cpu_ms(pid_t group)
{
    long per_second = sysconf(_SC_CLK_TCK), ticks = 0;

    look();
    for (size_t i = 0; i < n_all; i++)
        ticks += is_alive(&all[i], group) ? (long)all[i].ticks : 0;
    return ticks * 1000 / (per_second > 0 ? per_second : 100);
}

long procfs_memory_kb(pid_t group)
{
    long sum = 0, most_shared = 0;

    look();
    for (size_t i = 0; i < n_all; i++) {
        long own = 0, shared = 0;

        if (!is_alive(&all[i], group))
            continue;
        procfs_scan(all[i].pid, "status", "RssAnon: %ld", &own);
        procfs_scan(all[i].pid, "status", "RssShmem: %ld", &shared);
        sum += own;
        most_shared = shared > most_shared ? shared : most_shared;
    }
    return sum + most_shared;
}

size_t procfs_group_zombies(pid_t group)
{
    size_t zombies = 0;

    look();
    for (size_t i = 0; i < n_all; i++)
        for (size_t k = 0; k < n_all && all[i].state == 'Z'; k++)
            zombies += all[k].pid == all[i].parent && all[k].group == group;
    return zombies;
}

size_t procfs_group_descriptors(pid_t group)
{
    size_t sum = 0;

    look();
    for (size_t i = 0; i < n_all; i++) {
        int open = all[i].group == group ? procfs_descriptors(all[i].pid) : 0;

        sum += open > 0 ? (size_t)open : 0;
    }
    return sum;
}

/* ---- waiting ---- */

struct few {
    size_t (*count)(pid_t);
    pid_t pid;
    size_t most;
};

static bool are_few(void *arg)
{
    const struct few *few = arg;

    return few->count(few->pid) <= few->most;
}

bool procfs_await_few(size_t (*count)(pid_t), pid_t pid, size_t most)
{
    struct few few = {count, pid, most};

    return bound_await(are_few, &few, BOUND_GENEROUS);
}

/* ---- who listens? ---- */

/* The inode of the socket that listens on a port, from /proc/net/tcp or tcp6; 0: there is none. */
static unsigned long long listener_inode(const char *table, int port)
{
    FILE *file = fopen(table, "re");
    unsigned long long inode, found = 0;
    unsigned local, state;
    char line[512];

    while (file && !found && fgets(line, sizeof line, file)) {
        if (sscanf(line, " %*d: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x %*s %*s %*s %*u %*u %llu", &local,
                   &state, &inode) == 3 &&
            state == 0x0a && local == (unsigned)port)
            found = inode;
    }
    if (file)
        fclose(file);
    return found;
}

pid_t procfs_listener(int port)
{
    unsigned long long inode = listener_inode("/proc/net/tcp", port);

    if (!inode)
        inode = listener_inode("/proc/net/tcp6", port);
    look();
    for (size_t i = 0; i < n_all && inode; i++)
        if (procfs_has_socket(all[i].pid, inode))
            return all[i].pid;
    return 0;
}
