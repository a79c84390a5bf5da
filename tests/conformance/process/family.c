#include "family.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

void family_take(struct family *family)
{
    size_t direct;

    family->n = procfs_children(suite.server->pid, family->pids, FAMILY_MOST);
    direct = family->n;
    for (size_t i = 0; i < direct; i++)
        family->n +=
            procfs_children(family->pids[i], family->pids + family->n, FAMILY_MOST - family->n);
    verdict_check(family->n < FAMILY_MOST, "%zu processes are too many", family->n);
}

struct family family_new(const struct family *before)
{
    struct family now, fresh = {.n = 0};

    family_take(&now);
    for (size_t i = 0; i < now.n; i++) {
        bool known = false;

        for (size_t k = 0; k < before->n; k++)
            known |= before->pids[k] == now.pids[i];
        if (!known)
            fresh.pids[fresh.n++] = now.pids[i];
    }
    verdict_check(fresh.n > 0, "a client has no process of its own");
    return fresh;
}

struct wire *family_open(const char *nick, struct family *both)
{
    struct family before;

    family_take(&before);
    struct wire *wire = nick ? suite_member("%s", nick) : suite_open();
    *both = family_new(&before);
    return wire;
}

void family_signal(pid_t pid, int signal)
{
    verdict_check(kill(pid, signal) == 0, "kill: %s", strerror(errno));
}
