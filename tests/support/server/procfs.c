#include "procfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bound.h"

static FILE *proc_open(pid_t pid, const char *name)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, name);
    return fopen(path, "re");
}

bool procfs_scan(pid_t pid, const char *name, const char *format, ...)
{
    FILE *file = proc_open(pid, name);
    char line[512];
    bool found = false;

    while (file && !found && fgets(line, sizeof line, file)) {
        va_list values;

        va_start(values, format);
        found = vsscanf(line, format, values) > 0;
        va_end(values);
    }
    if (file)
        fclose(file);
    return found;
}

long procfs_delayed_us(pid_t pid)
{
    unsigned long long delayed = 0;

    procfs_scan(pid, "schedstat", "%*u %llu", &delayed);
    return (long)(delayed / 1000);
}

bool procfs_pending(pid_t pid, int signal)
{
    unsigned long long own = 0, shared = 0;

    procfs_scan(pid, "status", "SigPnd: %llx", &own);
    procfs_scan(pid, "status", "ShdPnd: %llx", &shared);
    return ((own | shared) >> (signal - 1) & 1) != 0;
}

long procfs_pss_kb(pid_t pid)
{
    long kb = -1;

    procfs_scan(pid, "smaps_rollup", "Pss: %ld", &kb);
    return kb;
}

/* By open(2) and one read(2), without a buffer to allocate: thousands of these files are read. */
bool procfs_read(pid_t pid, struct procfs_process *process)
{
    char path[64], text[1024];
    long parent, group;
    unsigned long user, system;

    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    if (n < 0)
        return false;
    text[n] = '\0';
    const char *rest = strrchr(text, ')'); /* the name before it may hold anything */
    if (!rest || sscanf(rest + 1,
                        " %c %ld %ld %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %lu "
                        "%*d %llu",
                        &process->state, &parent, &group, &user, &system, &process->threads,
                        &process->start) != 7)
        return false;
    process->pid = pid;
    process->parent = (pid_t)parent;
    process->group = (pid_t)group;
    process->ticks = user + system;
    return true;
}

bool procfs_is_ours(pid_t pid)
{
    struct procfs_process process = {.parent = pid};

    while (process.parent > 1 && process.parent != getpid())
        if (!procfs_read(process.parent, &process))
            return false;
    return process.parent == getpid();
}

/* ---- descriptors ---- */

static DIR *folder_open(pid_t pid, const char *name)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, name);
    return opendir(path);
}

int procfs_descriptors(pid_t pid)
{
    DIR *stream = folder_open(pid, "fd");
    int n = 0;

    if (!stream)
        return -1;
    for (const struct dirent *entry; (entry = readdir(stream));)
        n += entry->d_name[0] != '.';
    closedir(stream);
    return n;
}

bool procfs_has_socket(pid_t pid, unsigned long long inode)
{
    char name[32], wanted[64], link[64];
    bool found = false;
    DIR *stream = folder_open(pid, "fd");

    snprintf(wanted, sizeof wanted, "socket:[%llu]", inode);
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

/* ---- waiting ---- */

struct state {
    pid_t pid;
    const char *wanted;
};

static bool is_in(const char *wanted, pid_t pid)
{
    struct procfs_process process;

    return strchr(wanted, procfs_read(pid, &process) ? process.state : 'Z') != NULL;
}

static bool is_in_state(void *arg)
{
    const struct state *state = arg;
    DIR *stream = folder_open(state->pid, "task");
    bool all = is_in(state->wanted, state->pid);

    for (const struct dirent *entry; all && stream && (entry = readdir(stream));)
        all = entry->d_name[0] == '.' || is_in(state->wanted, (pid_t)atol(entry->d_name));
    if (stream)
        closedir(stream);
    return all;
}

bool procfs_await_state(pid_t pid, const char *states)
{
    struct state state = {pid, states};

    return bound_await(is_in_state, &state, BOUND_GENEROUS);
}
