/* bench/probe/probe.c: see probe.h
 *
 * The living       clock_getcpuclockid(3): all threads of a process, ended ones too, to the
 *                  nanosecond. schedstat is as exact, but there is one for each thread, and ended
 *                  threads take theirs with them.
 * Ended children   cutime and cstime of their parent in stat, in ticks, once it has waited for
 *                  them. Those of a server that ignores SIGCHLD are not known.
 * User or system   utime and stime in stat, in ticks.
 */
#include "probe/probe.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"

enum { FILE_BYTES = 4096 };

struct tree {
    pid_t *pids;
    size_t count, room;
};

/* --- files --------------------------------------------------------------------------------- */

/* The beginning of a file as a string. Returns its length, 0 if there is no such file. */
__attribute__((format(printf, 2, 3))) static size_t text_read(char text[FILE_BYTES],
                                                              const char *format, ...)
{
    char path[96];
    va_list arguments;
    size_t n = 0;
    va_start(arguments, format);
    (void)vsnprintf(path, sizeof path, format, arguments);
    va_end(arguments);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    for (ssize_t got = 1; fd >= 0 && got > 0 && n<FILE_BYTES - 1; n += got> 0 ? (size_t)got : 0)
        got = read(fd, text + n, FILE_BYTES - 1 - n);
    if (fd >= 0)
        (void)close(fd);
    text[n] = '\0';
    return n;
}

/* The number behind a name at the beginning of a line; 0: none. */
static uint64_t line_number(const char *text, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = text; at != NULL; at = strchr(at, '\n')) {
        at += at != text || *at == '\n';
        if (strncmp(at, name, length) == 0)
            return strtoull(at + length, NULL, 10);
    }
    return 0;
}

/* --- the tree ------------------------------------------------------------------------------ */

static bool tree_add(struct tree *tree, pid_t pid)
{
    pid_t *pids = array_reach(tree->pids, &tree->room, tree->count, sizeof *pids);
    if (pids == NULL)
        return false;
    tree->pids = pids;
    tree->pids[tree->count++] = pid;
    return true;
}

/* The children of one thread. */
static bool children_add(struct tree *tree, pid_t pid, pid_t thread)
{
    char path[64];
    long child;
    bool ok = true;
    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)thread);
    FILE *children = fopen(path, "re");
    while (children != NULL && ok && fscanf(children, "%ld", &child) == 1)
        ok = tree_add(tree, (pid_t)child);
    if (children != NULL)
        (void)fclose(children);
    return ok;
}

/* Children of all threads of the root; of the first thread only of other processes, which the six
 * and the minimal ones do not have. */
static bool tree_read(struct tree *tree, pid_t root)
{
    char path[32];
    const struct dirent *entry;
    bool ok = tree_add(tree, root);
    (void)snprintf(path, sizeof path, "/proc/%d/task", (int)root);
    DIR *dir = opendir(path);
    while (dir != NULL && ok && (entry = readdir(dir)) != NULL)
        if (isdigit((unsigned char)entry->d_name[0]) != 0)
            ok = children_add(tree, root, (pid_t)strtol(entry->d_name, NULL, 10));
    if (dir != NULL)
        (void)closedir(dir);
    for (size_t i = 1; ok && i < tree->count; i++)
        ok = children_add(tree, tree->pids[i], tree->pids[i]);
    return ok;
}

/* --- one process --------------------------------------------------------------------------- */

static bool process_clock(pid_t pid, double *seconds)
{
    clockid_t clock;
    struct timespec t;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) < 0)
        return false;
    *seconds += (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
    return true;
}

struct ticks {
    unsigned long long user, system;
    long long ended_user, ended_system; /* children that were waited for */
    unsigned int threads;
};

/* Fields 14 to 17, and 20; a name in parentheses, which may hold anything, comes before. */
static bool process_ticks(pid_t pid, struct ticks *ticks)
{
    char text[FILE_BYTES];
    if (text_read(text, "/proc/%d/stat", (int)pid) == 0)
        return false;
    const char *at = strrchr(text, ')');
    return at != NULL &&
           sscanf(at + 1,
                  " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %lld %lld %*d %*d %u",
                  &ticks->user, &ticks->system, &ticks->ended_user, &ticks->ended_system,
                  &ticks->threads) == 5;
}

static void process_memory(pid_t pid, struct probe *probe)
{
    char text[FILE_BYTES];
    if (text_read(text, "/proc/%d/status", (int)pid) > 0)
        probe->page_tables += 1024 * line_number(text, "VmPTE:");
    if (text_read(text, "/proc/%d/smaps_rollup", (int)pid) > 0)
        probe->pss += 1024 * line_number(text, "Pss:");
}

static uint64_t kernel_memory(void)
{
    char text[FILE_BYTES];
    (void)text_read(text, "/proc/meminfo");
    return 1024 * (line_number(text, "Slab:") + line_number(text, "KernelStack:") +
                   line_number(text, "PageTables:"));
}

uint64_t machine_kernel_memory(bool settle)
{
    uint64_t before, now = kernel_memory();
    for (int tries = 20; settle && tries > 0; tries--) {
        (void)poll(NULL, 0, 50);
        before = now;
        now = kernel_memory();
        settle = now + 64 * 1024 < before; /* it still falls */
    }
    return now;
}

static bool process_read(pid_t pid, bool memory, struct probe *probe)
{
    struct ticks ticks;
    double tick = 1.0 / (double)sysconf(_SC_CLK_TCK);
    if (!process_ticks(pid, &ticks))
        return false;
    probe->processes++;
    if (!process_clock(pid, &probe->seconds)) /* a zombie: in ticks only */
        probe->seconds += tick * (double)(ticks.user + ticks.system);
    probe->seconds += tick * (double)(ticks.ended_user + ticks.ended_system);
    probe->threads += ticks.threads;
    probe->user += tick * (double)((long long)ticks.user + ticks.ended_user);
    probe->system += tick * (double)((long long)ticks.system + ticks.ended_system);
    if (memory)
        process_memory(pid, probe);
    return true;
}

/* The first process last: a child that ends meanwhile is missing in no case, since its parent has
 * its time then. */
bool probe_read(pid_t root, bool memory, struct probe *probe)
{
    struct tree tree = {.count = 0};
    memset(probe, 0, sizeof *probe);
    bool ok = tree_read(&tree, root);
    for (size_t i = 1; ok && i < tree.count; i++)
        (void)process_read(tree.pids[i], memory, probe);
    ok = ok && process_read(root, memory, probe);
    free(tree.pids);
    return ok;
}

void probe_between(const struct probe *from, const struct probe *to, double *user, double *system)
{
    double whole = to->seconds - from->seconds;
    double in_user = to->user - from->user, in_system = to->system - from->system;
    double part = in_user + in_system > 0 ? in_user / (in_user + in_system) : 0;
    whole = whole > 0 ? whole : 0;
    part = part < 0 ? 0 : part > 1 ? 1 : part;
    *user = whole * part;
    *system = whole - *user;
}
