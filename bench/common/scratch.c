/* bench/common/scratch.c: see scratch.h */
#include "common/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
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

/* --- removing: only system calls here, since signal handlers do it too ---------------- */

static int folder_open(int at, const char *name)
{
    return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool folder_empty(int dir);

static bool entry_remove(int dir, const char *name)
{
    if (unlinkat(dir, name, 0) == 0)
        return true;
    int inside = folder_open(dir, name);
    bool empty = inside >= 0 && folder_empty(inside);
    if (inside >= 0)
        (void)close(inside);
    return empty && unlinkat(dir, name, AT_REMOVEDIR) == 0;
}

/* Removes what it can of what is there now. Returns how many entries; -1: not all. */
static int folder_pass(int dir)
{
    union {
        struct dirent64 first; /* for its alignment */
        char bytes[2048];
    } entries;
    int removed = 0;
    bool all = lseek(dir, 0, SEEK_SET) == 0;
    for (ssize_t n; (n = getdents64(dir, &entries, sizeof entries)) != 0;) {
        if (n < 0)
            return -1;
        for (ssize_t at = 0; at < n;) {
            const struct dirent64 *entry = (const void *)(entries.bytes + at);
            at += entry->d_reclen;
            if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                continue;
            all = entry_remove(dir, entry->d_name) && all;
            removed++;
        }
    }
    return all ? removed : -1;
}

/* Again and again until it is empty: removing entries while a folder is read may hide others. */
static bool folder_empty(int dir)
{
    int removed;
    do
        removed = folder_pass(dir);
    while (removed > 0);
    return removed == 0;
}

bool scratch_remove(void)
{
    int saved = errno;
    bool gone = folder[0] == '\0' || entry_remove(AT_FDCWD, folder);
    if (lock >= 0)
        (void)close(lock);
    lock = -1;
    folder[0] = '\0';
    errno = saved;
    return gone;
}

/* --- what killed processes have left
 * ------------------------------------------------------------------ */

/* Does the name look like one of ours, as mkdtemp(3) makes them? */
static bool name_fits(const char *name)
{
    static const char ours[] = "lab-bench-";
    return strncmp(name, ours, sizeof ours - 1) == 0 && strlen(name) == sizeof ours - 1 + 6;
}

/* Removes it if it is ours, and if it has a lock that no process holds. */
static void left_remove(int parent, const char *name)
{
    struct stat st;
    int dir = folder_open(parent, name), held = -1;
    if (dir >= 0 && fstat(dir, &st) == 0 && st.st_uid == geteuid())
        held = openat(dir, lock_name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (held >= 0 && flock(held, LOCK_EX | LOCK_NB) == 0)
        (void)entry_remove(parent, name);
    if (held >= 0)
        (void)close(held);
    if (dir >= 0)
        (void)close(dir);
}

static void all_left_remove(const char *path)
{
    DIR *dir = path != NULL ? opendir(path) : NULL;
    const struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (name_fits(entry->d_name))
            left_remove(dirfd(dir), entry->d_name);
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

bool scratch_make(const char *program, const char *parent, char why[WHY])
{
    const char *const usual[] = {parent, scratch_tmpdir(), "/dev/shm", "/tmp"};
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        all_left_remove(usual[i]);
    int n = snprintf(folder, sizeof folder, "%s/%s-XXXXXX", parent, program);
    if (n >= (int)sizeof folder)
        errno = ENAMETOOLONG;
    if (n >= (int)sizeof folder || mkdtemp(folder) == NULL) {
        (void)snprintf(why, WHY, "a temporary folder in %.400s: %s", parent, strerror(errno));
        folder[0] = '\0';
        return false;
    }
    lock_take();
    return true;
}
