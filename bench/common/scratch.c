/* bench/common/scratch.c: see scratch.h */
#include "common/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char lock_name[] = "lock"; /* in the folder */

static char folder[SCRATCH_PATH];
static int lock = -1;

const char *scratch_tmpdir(void)
{
    const char *given = getenv("TMPDIR");
    return given != NULL && given[0] != '\0' ? given : NULL;
}

const char *scratch_path(void)
{
    return folder;
}

/* By rm(1). Only what a signal handler may do: signal-safety(7). False: it is left behind. */
static bool remove_all(const char *path)
{
    pid_t pid = _Fork();
    if (pid == 0) {
        (void)execl("/bin/rm", "rm", "-rf", "--", path, (char *)NULL);
        _exit(127);
    }
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return access(path, F_OK) < 0;
}

bool scratch_remove(void)
{
    int saved = errno;
    bool gone = folder[0] == '\0' || remove_all(folder);
    if (lock >= 0)
        (void)close(lock);
    lock = -1;
    folder[0] = '\0';
    errno = saved;
    return gone;
}

/* --- what killed processes have left --------------------------------------------------------- */

/* Removes it if it is ours, and if it has a lock that no process holds. */
static void left_remove(const char *path)
{
    struct stat st;
    int dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), held = -1;
    if (dir >= 0 && fstat(dir, &st) == 0 && st.st_uid == geteuid())
        held = openat(dir, lock_name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (held >= 0 && flock(held, LOCK_EX | LOCK_NB) == 0)
        (void)remove_all(path);
    if (held >= 0)
        (void)close(held);
    if (dir >= 0)
        (void)close(dir);
}

/* mkdtemp(3) makes such names. */
static void all_left_remove(const char *parent)
{
    char path[SCRATCH_PATH];
    DIR *dir = parent != NULL ? opendir(parent) : NULL;
    const struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        int n = snprintf(path, sizeof path, "%s/%s", parent, entry->d_name);
        if (fnmatch("lab-bench-??????", entry->d_name, 0) == 0 && n < (int)sizeof path)
            left_remove(path);
    }
    if (dir != NULL)
        (void)closedir(dir);
}

/* --- making ---------------------------------------------------------------------------------- */

/* The file gets its name when it is locked, so the folder of a living process always has a locked
 * one. If files can't be locked there is none, and the folder stays if we are killed. */
static void lock_take(void)
{
    char made[SCRATCH_PATH + 8], name[SCRATCH_PATH + 8];
    (void)snprintf(made, sizeof made, "%s/.%s", folder, lock_name);
    (void)snprintf(name, sizeof name, "%s/%s", folder, lock_name);
    lock = open(made, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0)
        (void)rename(made, name);
}

bool scratch_make(const char *parent, char why[WHY])
{
    const char *const usual[] = {parent, scratch_tmpdir(), "/dev/shm", "/tmp"};
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        all_left_remove(usual[i]);
    if (parent == NULL)
        parent = scratch_tmpdir() != NULL ? scratch_tmpdir() : "/tmp";
    int n = snprintf(folder, sizeof folder, "%s/lab-bench-XXXXXX", parent);
    errno = ENAMETOOLONG; /* unless mkdtemp says something else */
    if (n >= (int)sizeof folder || mkdtemp(folder) == NULL) {
        folder[0] = '\0';
        return fail(why, "a temporary folder in %.400s: %s", parent, strerror(errno));
    }
    lock_take();
    return true;
}
