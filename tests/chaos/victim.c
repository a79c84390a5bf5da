/* tests/chaos/victim.c: see victim.h */
#include "victim.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "grow.h"
#include "harness.h"
#include "procfs.h"
#include "verdict.h"

enum { FAMILY = 512, LOOKS = 8 };

struct victim {
    pid_t session;
    unsigned long long start; /* of the session: pids come back */
    bool sure;
};

static struct procfs_process family[FAMILY];
static size_t n_family;

void victims_begin(struct victims *victims, pid_t server)
{
    *victims = (struct victims){.server = server};
    n_family = procfs_list(server, family, FAMILY);
    for (size_t i = 0; i < n_family; i++) {
        if (family[i].parent != server)
            continue;
        verdict_check(victims->exempt == 0, "the server has more children than the witness");
        victims->exempt = family[i].pid;
    }
    verdict_check(victims->exempt != 0, "the server has no child");
}

/* The session this process is, or belongs to; NULL: neither, or it is exempt. */
static const struct procfs_process *session_of(const struct victims *victims,
                                               const struct procfs_process *process)
{
    pid_t session = process->parent == victims->server ? process->pid : process->parent;
    if (process->pid == victims->server || session == victims->exempt || process->state == 'Z')
        return NULL;
    for (size_t i = 0; i < n_family; i++)
        if (family[i].pid == session && family[i].parent == victims->server)
            return &family[i];
    return NULL;
}

static void note(struct victims *victims, const struct procfs_process *session, bool sure)
{
    struct victim *victim = victims->all;
    size_t i = 0;
    while (i < victims->n &&
           (victim[i].session != session->pid || victim[i].start != session->start))
        i++;
    victims->all = grow(victims->all, &victims->size, i + 1, sizeof *victims->all);
    victim = &victims->all[i];
    if (i == victims->n) {
        *victim = (struct victim){.session = session->pid, .start = session->start};
        victims->n++;
        victims->likely++;
    }
    if (sure && !victim->sure) {
        victim->sure = true;
        victims->likely--;
        victims->sure++;
    }
}

/* One of the family. Every other time rather one that has work to do: it may hold a lock. */
static const struct procfs_process *choose(const struct victims *victims)
{
    const struct procfs_process *chosen = NULL;
    struct procfs_process now;
    bool busy = random_below(4) != 0;
    for (int look = 0; look < LOOKS; look++) {
        const struct procfs_process *process = &family[random_below((uint32_t)n_family)];
        if (session_of(victims, process) == NULL)
            continue;
        chosen = process;
        if (!busy || (procfs_read(process->pid, &now) && now.state == 'R'))
            break;
    }
    return chosen;
}

/* By descriptor, and looked at after that was taken: a pid may be somebody else's meanwhile. */
static bool kill_process(const struct procfs_process *process)
{
    int fd = (int)syscall(SYS_pidfd_open, process->pid, 0);
    struct procfs_process now;
    if (fd < 0)
        return false;
    bool same = procfs_read(process->pid, &now) && now.start == process->start &&
                now.group == process->group && now.state != 'Z';
    bool killed = same && syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) == 0;
    close(fd);
    return killed;
}

void victims_kill(struct victims *victims, unsigned int n, void (*before)(void))
{
    n_family = procfs_list(victims->server, family, FAMILY);
    for (unsigned int i = 0; i < n; i++) {
        before();
        const struct procfs_process *process = choose(victims);
        if (process == NULL || !kill_process(process))
            continue;
        bool is_session = process->parent == victims->server;
        note(victims, session_of(victims, process), is_session);
        victims->kills++;
        victims->sessions += is_session;
        victims->forwarders += !is_session;
    }
}
