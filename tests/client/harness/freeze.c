/* freeze.c: see freeze.h */
#include "freeze.h"

#include <glob.h>
#include <signal.h>
#include <stdio.h>

#include "bound.h"

/* Is this thread (a path of /proc/PID/task/TID/stat) in the group, and not stopped? One that is
 * gone is not. */
static bool runs(const char *path, int group)
{
    char state = '?';
    int its_group = 0;
    FILE *stat = fopen(path, "re");
    if (stat == NULL)
        return false;
    bool read_it = fscanf(stat, "%*d (%*[^)]) %c %*d %d", &state, &its_group) == 2;
    (void)fclose(stat);
    return read_it && its_group == group && state != 'T' && state != 'Z' && state != 'X';
}

static bool frozen(void *arg)
{
    const int *group = arg;
    glob_t threads;
    bool all = true;
    if (glob("/proc/[0-9]*/task/[0-9]*/stat", GLOB_NOSORT, NULL, &threads) != 0)
        return false;
    for (size_t i = 0; all && i < threads.gl_pathc; i++)
        all = !runs(threads.gl_pathv[i], *group);
    globfree(&threads);
    return all;
}

void freeze_stop(const struct test_server *server)
{
    int group = server->process->pid;
    unit_check(kill(-group, SIGSTOP) == 0, "no server to stop");
    unit_check(bound_await(frozen, &group, BOUND_GENEROUS), "the server does not stop");
}

void freeze_go(const struct test_server *server)
{
    (void)kill(-server->process->pid, SIGCONT);
}
