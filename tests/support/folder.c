#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "bound.h"
#include "verdict.h"

enum { FOLDERS = 64, CHUNK = 65536 };

static char made[FOLDERS][FOLDER_PATH - 64];
static const char *unseen; /* why the library can't be looked at */

static const char *folder_parent(void)
{
    const char *parent = getenv("TMPDIR");

    return parent && *parent && strlen(parent) < 300 ? parent : "/tmp";
}

void folder_make(struct folder *folder)
{
    int slot = 0;

    while (slot < FOLDERS && made[slot][0])
        slot++;
    verdict_check(slot < FOLDERS, "more than %d temporary folders at once", FOLDERS);
    snprintf(folder->root, sizeof folder->root, "%s/six-ways-XXXXXX", folder_parent());
    verdict_check(mkdtemp(folder->root), "mkdtemp %s: %s", folder->root, strerror(errno));
    memcpy(made[slot], folder->root, sizeof made[slot]);
    snprintf(folder->files, sizeof folder->files, "%s/files", folder->root);
    verdict_check(mkdir(folder->files, 0755) == 0, "mkdir %s: %s", folder->files, strerror(errno));
    folder_write(folder->root, "canary", "canary", 6);
}

static int folder_remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    (void)remove(path);
    return 0;
}

static void folder_remove_tree(const char *root)
{
    if (root[0])
        nftw(root, folder_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

void folder_remove(struct folder *folder)
{
    for (int i = 0; i < FOLDERS; i++)
        if (made[i][0] && strcmp(made[i], folder->root) == 0)
            made[i][0] = '\0';
    folder_remove_tree(folder->root);
    folder->root[0] = '\0';
}

void folder_sweep(void)
{
    for (int i = 0; i < FOLDERS; i++) {
        folder_remove_tree(made[i]);
        made[i][0] = '\0';
    }
}

unsigned long long folder_room(void)
{
    struct statvfs st;

    if (statvfs(folder_parent(), &st) != 0)
        return 0;
    return (unsigned long long)st.f_bavail * st.f_frsize;
}

void folder_unseen(const char *why)
{
    unseen = why;
}

/* Skips the test if it is the library of a server that does not serve it. */
static void folder_need(const char *dir)
{
    const char *last = strrchr(dir, '/');

    if (unseen && last && strcmp(last, "/files") == 0)
        verdict_skip("%s", unseen);
}

const char *folder_path(const char *dir, const char *name)
{
    static char path[PATH_MAX];

    folder_need(dir);
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static int folder_open(const char *dir, const char *name, int flags)
{
    return open(folder_path(dir, name), flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
}

static int folder_create(const char *dir, const char *name)
{
    int fd = folder_open(dir, name, O_WRONLY | O_CREAT | O_TRUNC);

    verdict_check(fd >= 0, "can't make %s in %s: %s", name, dir, strerror(errno));
    return fd;
}

static void folder_put(int fd, const unsigned char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t wrote = write(fd, bytes, n);

        if (wrote < 0 && errno == EINTR)
            continue;
        verdict_check(wrote > 0, "writing a file of the test: %s", strerror(errno));
        bytes += wrote;
        n -= (size_t)wrote;
    }
}

void folder_write(const char *dir, const char *name, const void *bytes, size_t n)
{
    int fd = folder_create(dir, name);

    folder_put(fd, bytes, n);
    close(fd);
}

void folder_write_pattern(const char *dir, const char *name, size_t n, uint64_t seed)
{
    int fd = folder_create(dir, name);
    unsigned char chunk[CHUNK];

    for (size_t done = 0; done < n;) {
        size_t part = n - done < CHUNK ? n - done : CHUNK;

        pattern_fill(chunk, part, seed, done);
        folder_put(fd, chunk, part);
        done += part;
    }
    close(fd);
}

void folder_write_sparse(const char *dir, const char *name, unsigned long long n)
{
    int fd = folder_create(dir, name);

    if (ftruncate(fd, (off_t)n) != 0) {
        close(fd);
        verdict_skip("no file of %llu bytes here: %s", n, strerror(errno));
    }
    close(fd);
}

static bool folder_compare(const char *dir, const char *name, const unsigned char *bytes, size_t n,
                           uint64_t seed)
{
    int fd = folder_open(dir, name, O_RDONLY);
    unsigned char chunk[CHUNK];
    size_t done = 0;
    bool same = true;

    if (fd < 0)
        return false;
    while (same) {
        ssize_t got = read(fd, chunk, sizeof chunk);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        if ((size_t)got > n - done)
            same = false;
        else if (bytes)
            same = memcmp(chunk, bytes + done, (size_t)got) == 0;
        else
            same = pattern_matches(chunk, (size_t)got, seed, done);
        done += (size_t)got;
    }
    close(fd);
    return same && done == n;
}

bool folder_holds(const char *dir, const char *name, const void *bytes, size_t n)
{
    return folder_compare(dir, name, bytes, n, 0);
}

bool folder_holds_pattern(const char *dir, const char *name, size_t n, uint64_t seed)
{
    return folder_compare(dir, name, NULL, n, seed);
}

bool folder_has(const char *dir, const char *name)
{
    struct stat st;

    return lstat(folder_path(dir, name), &st) == 0;
}

int folder_mode(const char *dir, const char *name)
{
    struct stat st;

    return lstat(folder_path(dir, name), &st) == 0 ? (int)(st.st_mode & 07777) : -1;
}

struct hidden {
    const char *dir;
    int entries; /* -1: the folder can't be read */
    long long bytes;
};

/* Looks what is there; the name of one goes to first, which may be NULL. */
static void folder_look(struct hidden *found, char *first, size_t size)
{
    DIR *stream = opendir(found->dir);
    const struct dirent *entry;
    struct stat st;

    found->entries = stream ? 0 : -1;
    while (stream && (entry = readdir(stream))) {
        const char *name = entry->d_name;

        if (name[0] != '.' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            continue;
        if (first && found->entries == 0)
            snprintf(first, size, "%s", name);
        found->entries++;
        if (fstatat(dirfd(stream), name, &st, 0) == 0)
            found->bytes += st.st_size;
    }
    if (stream)
        closedir(stream);
}

int folder_hidden(const char *dir, char *first, size_t size)
{
    struct hidden found = {.dir = dir};

    folder_need(dir);
    folder_look(&found, first, size);
    return found.entries;
}

static bool folder_hides(void *argument)
{
    const struct hidden *want = argument;
    struct hidden found = {.dir = want->dir};

    folder_look(&found, NULL, 0);
    return found.entries == want->entries && (found.bytes == want->bytes || want->bytes < 0);
}

bool folder_await_hidden(const char *dir, int entries, long long bytes)
{
    struct hidden want = {dir, entries, bytes};

    return bound_await(folder_hides, &want, BOUND_GENEROUS);
}

static bool folder_is_clean(void *dir)
{
    return folder_hidden(dir, NULL, 0) == 0;
}

bool folder_await_clean(const char *dir)
{
    char path[FOLDER_PATH];

    snprintf(path, sizeof path, "%s", dir);
    return bound_await(folder_is_clean, path, BOUND_GENEROUS);
}
