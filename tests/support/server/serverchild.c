#include "serverchild.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proc_write.h"

static _Noreturn void serverchild_give_up(const struct serverchild *child, const char *what)
{
    char text[160];
    int n = snprintf(text, sizeof text, "%s: %s", what, strerror(errno));

    if (write(child->report, text, (size_t)n) < 0)
        _exit(126);
    _exit(127);
}

/* Sets the soft and the hard limit. */
static void serverchild_limit(const struct serverchild *child, __rlimit_resource_t resource,
                              rlim_t value, const char *what)
{
    struct rlimit limit = {value, value};

    if (setrlimit(resource, &limit) != 0)
        serverchild_give_up(child, what);
}

/* Hands down descriptors 3, 4, 5, ... without a gap. The test's own, which exec closes, would
 * leave gaps: they are closed first, and the one that is still needed goes above the others. */
static void serverchild_inherit(struct serverchild *child)
{
    int last = 3 + child->config->inherited;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max; /* there must be room for so many */
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    child->report = fcntl(child->report, F_DUPFD_CLOEXEC, last);
    if (child->report < 0)
        _exit(127);
    for (int fd = 3; fd < last; fd++)
        close(fd);
    for (int fd = 3; fd < last; fd++)
        if (open("/dev/null", O_RDONLY) < 0)
            serverchild_give_up(child, "skip: no room for inherited descriptors");
}

/* Name spaces of our own, in which we are root (user_namespaces(7)). */
static void serverchild_unshare(const struct serverchild *child, int more)
{
    char map[64];
    unsigned user = (unsigned)geteuid(), group = (unsigned)getegid();

    if (unshare(CLONE_NEWUSER | more) != 0)
        serverchild_give_up(child, "skip: no user name space");
    snprintf(map, sizeof map, "0 %u 1", user);
    (void)proc_write("/proc/self/setgroups", "deny");
    if (!proc_write("/proc/self/uid_map", map))
        serverchild_give_up(child, "skip: no map of users");
    snprintf(map, sizeof map, "0 %u 1", group);
    if (!proc_write("/proc/self/gid_map", map))
        serverchild_give_up(child, "skip: no map of groups");
}

/* For root there is no limit of processes, and what else runs is not known: root becomes a user
 * that has no processes, any other user the root of a name space, in which they are counted from 0
 * (Linux 5.14). */
static void serverchild_be_counted(const struct serverchild *child)
{
    uid_t nobody = 1000000 + (uid_t)getpid();
    char above[FOLDER_PATH];

    if (geteuid() != 0) {
        serverchild_unshare(child, 0);
        return;
    }
    snprintf(above, sizeof above, "%.*s", (int)(strrchr(child->dir, '/') - child->dir), child->dir);
    if (chmod(above, 0711) != 0 || chown(child->dir, nobody, nobody) != 0)
        serverchild_give_up(child, "chown");
    if (setgroups(0, NULL) != 0 || setresgid(nobody, nobody, nobody) != 0 ||
        setresuid(nobody, nobody, nobody) != 0)
        serverchild_give_up(child, "skip: root can't become a user");
    if (access(child->argv[0], X_OK) != 0)
        serverchild_give_up(child, "skip: no other user may execute the server");
}

/* The name of a file may stand for a device: no privilege to make one is needed for that. */
static void serverchild_plant(const struct serverchild *child)
{
    char path[FOLDER_PATH + 16];

    snprintf(path, sizeof path, "%s/device", child->dir);
    close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    if (mount("/dev/zero", path, NULL, MS_BIND, NULL) != 0)
        serverchild_give_up(child, "skip: no device can be planted");
}

/* A tiny file system, seen by nobody else (mount_namespaces(7), tmpfs(5)). */
static void serverchild_mount(const struct serverchild *child)
{
    char size[64];

    serverchild_unshare(child, CLONE_NEWNS);
    snprintf(size, sizeof size, "size=%lu,nr_inodes=%u", child->config->disk,
             child->config->inodes);
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", child->dir, "tmpfs", 0, size) != 0)
        serverchild_give_up(child, "skip: no tmpfs, so no tiny disk");
    if (child->config->device)
        serverchild_plant(child);
}

static void serverchild_redirect(const struct serverchild *child)
{
    if (dup2(child->in, 0) < 0 || dup2(child->out, 1) < 0 || dup2(child->log, 2) < 0)
        serverchild_give_up(child, "dup2");
    if (child->config->no_output)
        close(1);
    for (int fd = 0; fd < 3 && child->config->no_streams; fd++)
        close(fd);
}

/* What the thread sanitizer does at the end would count as the server's time: it describes every
 * thread that has ended and is not joined, and sleeps a second while others run. Both are to be
 * expected of a server that ends at once. */
static void serverchild_end_at_once(const struct serverchild *child)
{
    const char *options = getenv("TSAN_OPTIONS");
    char more[200];

    snprintf(more, sizeof more, "%s:report_thread_leaks=0:atexit_sleep_ms=0",
             options ? options : "");
    if (setenv("TSAN_OPTIONS", more, 1) != 0)
        serverchild_give_up(child, "setenv");
}

void serverchild_exec(struct serverchild *child)
{
    const struct serverproc_config *config = child->config;

    setsid();
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    /* what this program itself was handed down would count as the server's (Linux 5.11) */
    (void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    umask((mode_t)(config->umask ? config->umask : 022));
    if (config->disk > 0)
        serverchild_mount(child);
    if (config->max_tasks > 0)
        serverchild_be_counted(child);
    serverchild_redirect(child);
    if (config->inherited > 0)
        serverchild_inherit(child);
    if (config->max_files > 0)
        serverchild_limit(child, RLIMIT_NOFILE, config->max_files, "RLIMIT_NOFILE");
    if (config->max_size > 0)
        serverchild_limit(child, RLIMIT_FSIZE, config->max_size, "RLIMIT_FSIZE");
    if (config->max_tasks > 0)
        serverchild_limit(child, RLIMIT_NPROC, config->max_tasks, "RLIMIT_NPROC");
    if (config->cut_off)
        serverchild_end_at_once(child);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execvp(child->argv[0], child->argv);
    serverchild_give_up(child, child->argv[0]);
}
