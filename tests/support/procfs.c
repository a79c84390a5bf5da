#include "procfs.h"

#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int procfs_descriptors(pid_t pid)
{
    char path[64];
    DIR *stream;
    int n = 0;

    snprintf(path, sizeof path, "/proc/%ld/fd", (long)pid);
    stream = opendir(path);
    if (!stream)
        return -1;
    for (const struct dirent *entry; (entry = readdir(stream));)
        n += entry->d_name[0] != '.';
    closedir(stream);
    return n;
}

long procfs_delayed_us(pid_t pid)
{
    char path[64];
    unsigned long long delayed = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%ld/schedstat", (long)pid);
    file = fopen(path, "re");
    if (!file)
        return 0;
    if (fscanf(file, "%*u %llu", &delayed) != 1)
        delayed = 0;
    fclose(file);
    return (long)(delayed / 1000);
}

static bool stat_read(const char *pid, struct procfs_process *process)
{
    char path[280], text[1024];
    FILE *file;
    size_t n;
    long parent, group;
    unsigned long user, system;
    const char *rest;

    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    file = fopen(path, "re");
    if (!file)
        return false;
    n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = '\0';
    rest = strrchr(text, ')'); /* the name before it may hold anything */
    if (!rest || sscanf(rest + 1,
                        " %c %ld %ld %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %lu "
                        "%*d %llu",
                        &process->state, &parent, &group, &user, &system, &process->threads,
                        &process->start) != 7)
        return false;
    process->pid = (pid_t)strtol(pid, NULL, 10);
    process->parent = (pid_t)parent;
    process->group = (pid_t)group;
    process->ticks = user + system;
    return true;
}

/* Calls visit for every process until it has seen all. */
static void procfs_each(void (*visit)(const struct procfs_process *, void *), void *arg)
{
    DIR *stream = opendir("/proc");
    struct procfs_process process;

    if (!stream)
        return;
    for (const struct dirent *entry; (entry = readdir(stream));) {
        if (isdigit((unsigned char)entry->d_name[0]) && stat_read(entry->d_name, &process))
            visit(&process, arg);
    }
    closedir(stream);
}

struct count {
    pid_t id;
    pid_t *pids;
    size_t max, n, zombies;
    unsigned long ticks;
    long kb, shared_kb;
    struct procfs_process *list;
};

static void procfs_visit_child(const struct procfs_process *process, void *arg)
{
    struct count *count = arg;

    if (process->parent != count->id)
        return;
    if (count->n < count->max)
        count->pids[count->n] = process->pid;
    count->n++;
    count->zombies += process->state == 'Z';
}

static void procfs_memory_add(struct count *count, pid_t pid)
{
    char path[64], line[256];
    long kb;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
    file = fopen(path, "re");
    if (!file)
        return;
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "RssAnon: %ld", &kb) == 1)
            count->kb += kb;
        else if (sscanf(line, "RssShmem: %ld", &kb) == 1 && kb > count->shared_kb)
            count->shared_kb = kb;
    }
    fclose(file);
}

static void procfs_visit_group(const struct procfs_process *process, void *arg)
{
    struct count *count = arg;

    if (process->group != count->id || process->state == 'Z')
        return;
    count->n++;
    count->ticks += process->ticks;
    if (count->kb >= 0)
        procfs_memory_add(count, process->pid);
}

size_t procfs_children(pid_t parent, pid_t *pids, size_t max)
{
    struct count count = {.id = parent, .pids = pids, .max = max};

    procfs_each(procfs_visit_child, &count);
    return count.n;
}

size_t procfs_zombies(pid_t parent)
{
    struct count count = {.id = parent};

    procfs_each(procfs_visit_child, &count);
    return count.zombies;
}

size_t procfs_group(pid_t group)
{
    struct count count = {.id = group, .kb = -1};

    procfs_each(procfs_visit_group, &count);
    return count.n;
}

long procfs_cpu_ms(pid_t group)
{
    struct count count = {.id = group, .kb = -1};
    long per_second = sysconf(_SC_CLK_TCK);

    procfs_each(procfs_visit_group, &count);
    return (long)count.ticks * 1000 / (per_second > 0 ? per_second : 100);
}

long procfs_memory_kb(pid_t group)
{
    struct count count = {.id = group};

    procfs_each(procfs_visit_group, &count);
    return count.kb + count.shared_kb;
}

static void procfs_visit_listed(const struct procfs_process *process, void *arg)
{
    struct count *count = arg;

    if (process->group != count->id)
        return;
    if (count->n < count->max)
        count->list[count->n] = *process;
    count->n++;
}

size_t procfs_list(pid_t group, struct procfs_process *list, size_t max)
{
    struct count count = {.id = group, .list = list, .max = max};

    procfs_each(procfs_visit_listed, &count);
    return count.n < max ? count.n : max;
}

bool procfs_read(pid_t pid, struct procfs_process *process)
{
    char text[24];

    snprintf(text, sizeof text, "%ld", (long)pid);
    return stat_read(text, process);
}

bool procfs_pending(pid_t pid, int signal)
{
    char path[64], line[256];
    unsigned long long mask, pending = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
    file = fopen(path, "re");
    if (!file)
        return false;
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "SigPnd: %llx", &mask) == 1 || sscanf(line, "ShdPnd: %llx", &mask) == 1)
            pending |= mask;
    fclose(file);
    return (pending >> (signal - 1) & 1) != 0;
}

long procfs_pss_kb(pid_t pid)
{
    char path[64], line[256];
    long kb = -1;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%ld/smaps_rollup", (long)pid);
    file = fopen(path, "re");
    if (!file)
        return -1;
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "Pss: %ld", &kb) == 1)
            break;
    }
    fclose(file);
    return kb;
}

/* ---- what the processes of a group have together ---- */

size_t procfs_group_zombies(pid_t group)
{
    struct procfs_process list[512];
    size_t n = procfs_list(group, list, sizeof list / sizeof list[0]), zombies = 0;

    for (size_t i = 0; i < n; i++)
        zombies += procfs_zombies(list[i].pid);
    return zombies;
}

size_t procfs_group_descriptors(pid_t group)
{
    struct procfs_process list[512];
    size_t n = procfs_list(group, list, sizeof list / sizeof list[0]), all = 0;

    for (size_t i = 0; i < n; i++) {
        int open = procfs_descriptors(list[i].pid);

        all += open > 0 ? (size_t)open : 0;
    }
    return all;
}

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

static bool has_socket(pid_t pid, unsigned long long inode)
{
    char path[64], name[32], wanted[64], link[64];
    bool found = false;
    DIR *stream;

    snprintf(path, sizeof path, "/proc/%ld/fd", (long)pid);
    snprintf(wanted, sizeof wanted, "socket:[%llu]", inode);
    stream = opendir(path);
    for (const struct dirent *entry; stream && !found && (entry = readdir(stream));) {
        snprintf(name, sizeof name, "%.31s", entry->d_name);
        ssize_t n = readlinkat(dirfd(stream), name, link, sizeof link - 1);
        if (n > 0) {
            link[n] = '\0';
            found = strcmp(link, wanted) == 0;
        }
    }
    if (stream)
        closedir(stream);
    return found;
}

struct holder {
    unsigned long long inode;
    pid_t pid;
};

static void visit_holder(const struct procfs_process *process, void *arg)
{
    struct holder *holder = arg;

    if (!holder->pid && has_socket(process->pid, holder->inode))
        holder->pid = process->pid;
}

pid_t procfs_listener(int port)
{
    struct holder holder = {listener_inode("/proc/net/tcp", port), 0};

    if (!holder.inode)
        holder.inode = listener_inode("/proc/net/tcp6", port);
    if (holder.inode)
        procfs_each(visit_holder, &holder);
    return holder.pid;
}

bool procfs_is_ours(pid_t pid)
{
    struct procfs_process process = {.parent = pid};

    while (process.parent > 1 && process.parent != getpid())
        if (!procfs_read(process.parent, &process))
            return false;
    return process.parent == getpid();
}
