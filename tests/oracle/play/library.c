/* tests/oracle/play/library.c: see library.h */
#include "library.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"
#include "verdict.h"

enum file_kind { KIND_FILE, KIND_FOLDER, KIND_LINK, KIND_FIFO };

/* A regular file is kept open here: as long as it is, no other can have its number. */
struct file_entry {
    const char *name;
    enum file_kind kind;
    size_t size;      /* of a file; its bytes are a pattern, its place in the table the seed */
    const char *link; /* where a link points to */
    int fd;
    bool seen;
};

/* What is behind "hidden" is no file of the library. */
static struct file_entry entries[] = {
    {.name = "a", .size = 1},
    {.name = "empty"},
    {.name = "poem.txt", .size = 200},
    {.name = "诗.txt", .size = 76},
    {.name = "欢迎.txt", .size = 333},
    {.name = "two words", .size = 12},
    {.name = "big", .size = 200000},
    {.name = "Z", .size = 26},
    {.name = "été", .size = 30},
    {.name = "page", .size = 4096},
    {.name = "long line", .size = 2000},
    {.name = "🂡", .size = 52},
    {.name = ".hidden", .size = 10},
    {.name = "bad\xff", .size = 11},
    {.name = "tab\t", .size = 12},
    {.name = "sp ", .size = 13},
    {.name = "folder", .kind = KIND_FOLDER},
    {.name = ".folder", .kind = KIND_FOLDER},
    {.name = "link", .kind = KIND_LINK, .link = "a"},
    {.name = "dangling", .kind = KIND_LINK, .link = "nowhere"},
    {.name = "out", .kind = KIND_LINK, .link = "../canary"},
    {.name = "fifo", .kind = KIND_FIFO},
};

enum { ENTRIES = sizeof entries / sizeof entries[0], HIDDEN = 2 };

static int dir = -1;
static char path[FOLDER_PATH + 64];

/* ---- making it ---- */

static void entry_make(struct file_entry *entry)
{
    bool made = true;
    switch (entry->kind) {
    case KIND_FILE:
        folder_write_pattern(path, entry->name, entry->size, (uint64_t)(entry - entries));
        entry->fd = openat(dir, entry->name, O_RDONLY | O_CLOEXEC);
        made = entry->fd >= 0;
        break;
    case KIND_FOLDER: made = mkdirat(dir, entry->name, 0755) == 0; break;
    case KIND_LINK: made = symlinkat(entry->link, dir, entry->name) == 0; break;
    case KIND_FIFO: made = mkfifoat(dir, entry->name, 0644) == 0; break;
    }
    verdict_check(made, "can't make %s in the library",
                  verdict_quoted(entry->name, strlen(entry->name)));
}

static void entry_close(struct file_entry *entry)
{
    if (entry->kind == KIND_FILE && entry->fd >= 0)
        close(entry->fd);
    entry->fd = -1;
}

void library_open(const char *name)
{
    (void)snprintf(path, sizeof path, "%s", name);
    dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    verdict_check(dir >= 0, "can't open %s", path);
    for (size_t i = 0; i < ENTRIES; i++)
        entry_make(&entries[i]);
}

void library_close(void)
{
    for (size_t i = 0; i < ENTRIES; i++)
        entry_close(&entries[i]);
    if (dir >= 0)
        close(dir);
    dir = -1;
}

/* ---- looking at it ---- */

/* A stream of its own at each look: a position is shared with what dup(2) makes. */
static DIR *library_walk(void)
{
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *walk = fd >= 0 ? fdopendir(fd) : NULL;
    verdict_check(walk != NULL, "can't read the library");
    return walk;
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

int library_uploads(void)
{
    return folder_hidden(path, NULL, 0) - HIDDEN;
}

static struct file_entry *entry_find(const char *name)
{
    for (size_t i = 0; i < ENTRIES; i++)
        if (strcmp(entries[i].name, name) == 0)
            return &entries[i];
    return NULL;
}

static bool is_link_to(const char *name, const char *to)
{
    char target[64];
    ssize_t n = readlinkat(dir, name, target, sizeof target);
    return n == (ssize_t)strlen(to) && memcmp(target, to, strlen(to)) == 0;
}

/* Is it the one we made? */
static bool entry_same(const struct file_entry *entry, const struct stat *st)
{
    struct stat own;
    switch (entry->kind) {
    case KIND_FILE:
        return S_ISREG(st->st_mode) && fstat(entry->fd, &own) == 0 && own.st_ino == st->st_ino &&
               (size_t)st->st_size == entry->size;
    case KIND_FOLDER: return S_ISDIR(st->st_mode);
    case KIND_LINK: return S_ISLNK(st->st_mode) && is_link_to(entry->name, entry->link);
    case KIND_FIFO: return S_ISFIFO(st->st_mode);
    }
    return false;
}

/* FNV-1a (Fowler, Noll, Vo). */
static uint64_t file_digest(const char *name)
{
    uint64_t sum = 0xcbf29ce484222325u;
    unsigned char chunk[8192];
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ssize_t n;
    while (fd >= 0 && (n = read(fd, chunk, sizeof chunk)) > 0)
        for (ssize_t i = 0; i < n; i++)
            sum = (sum ^ chunk[i]) * 0x100000001b3u;
    if (fd >= 0)
        close(fd);
    return sum;
}

/* A line about an entry that was not there, or is another one now. */
static char *describe(const char *name, const struct stat *st)
{
    char *line = NULL;
    int n = S_ISREG(st->st_mode)
                ? asprintf(&line, "%s: a file, mode %o, %lld bytes, digest %016" PRIx64, name,
                           st->st_mode & 07777U, (long long)st->st_size, file_digest(name))
                : asprintf(&line, "%s: no file, mode %o", name, (unsigned int)st->st_mode);
    if (n < 0)
        abort();
    return line;
}

static int line_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* ---- and back ---- */

static void entry_restore(struct file_entry *entry)
{
    entry_close(entry);
    (void)unlinkat(dir, entry->name, 0);
    entry_make(entry);
}

/* Removes what a session has left; its names are printed in lines, at most max. */
static size_t library_scan(char **lines, size_t max)
{
    DIR *walk = library_walk();
    const struct dirent *found;
    size_t count = 0;
    struct stat st;
    while ((found = readdir(walk)) != NULL && count < max) {
        struct file_entry *entry = entry_find(found->d_name);
        if (is_dots(found->d_name) || fstatat(dir, found->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (entry != NULL && entry_same(entry, &st)) {
            entry->seen = true;
            continue;
        }
        lines[count++] = describe(found->d_name, &st);
        if (unlinkat(dir, found->d_name, 0) != 0)
            (void)unlinkat(dir, found->d_name, AT_REMOVEDIR);
    }
    closedir(walk);
    return count;
}

void library_check(struct tape *tape)
{
    enum { LINES = 256 };
    char *lines[LINES];
    for (size_t i = 0; i < ENTRIES; i++)
        entries[i].seen = false;
    size_t count = library_scan(lines, LINES);
    qsort(lines, count, sizeof lines[0], line_compare);
    for (size_t i = 0; i < count; i++) {
        tape_note(tape, ITEM_FOLDER, 0, lines[i]);
        free(lines[i]);
    }
    for (size_t i = 0; i < ENTRIES; i++) {
        if (entries[i].seen)
            continue;
        tape_note(tape, ITEM_FOLDER, 0, entries[i].name);
        entry_restore(&entries[i]);
    }
}
