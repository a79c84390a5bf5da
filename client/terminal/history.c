/* client/terminal/history.c: see history.h */
#include "terminal/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

/* ---- in memory ---- */

static bool worth_it(const struct past *past, const char *line)
{
    size_t size = strlen(line);
    return size > 0 && size <= PAST_LINE_BYTES && strchr(line, '\n') == NULL &&
           (past->count == 0 || strcmp(past->lines[past->count - 1], line) != 0);
}

/* Returns whether the line was kept. */
static bool keep(struct past *past, const char *line)
{
    if (past->lines == NULL)
        past->lines = calloc(PAST_LINES, sizeof *past->lines);
    char *copy = past->lines != NULL && worth_it(past, line) ? strdup(line) : NULL;
    if (copy == NULL)
        return false;
    if (past->count == PAST_LINES) {
        free(past->lines[0]);
        memmove(past->lines, past->lines + 1, (PAST_LINES - 1) * sizeof *past->lines);
        past->count--;
    }
    past->lines[past->count++] = copy;
    return true;
}

static void forget(struct past *past)
{
    for (size_t i = 0; i < past->count; i++)
        free(past->lines[i]);
    free(past->lines);
    past->lines = NULL;
    past->count = 0;
}

/* ---- where it is ---- */

/* Makes the folders of a path, from the byte first on. */
static bool make_folders(char *path, size_t first)
{
    for (char *slash = strchr(path + first, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        bool made = mkdir(path, 0700) == 0 || errno == EEXIST;
        *slash = '/';
        if (!made)
            return false;
    }
    return true;
}

static char *find_path(void)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    bool named = state != NULL && state[0] == '/'; /* the specification: others are to be ignored */
    char *path = NULL;
    if (!named && (home == NULL || home[0] != '/'))
        return NULL;
    const char *base = named ? state : home;
    if (asprintf(&path, "%s%s/six-ways/history", base, named ? "" : "/.local/state") < 0)
        return NULL;
    if (make_folders(path, named ? 1 : strlen(base) + 1))
        return path;
    free(path);
    return NULL;
}

/* ---- the file ---- */

static bool same_file(int fd, const char *path)
{
    struct stat here, there;
    return fstat(fd, &here) == 0 && stat(path, &there) == 0 && here.st_dev == there.st_dev &&
           here.st_ino == there.st_ino;
}

/* Others hold it for as long as writing a file takes. But one that was stopped while holding it must
 * not stop us. */
static bool lock(int fd)
{
    enum { TRIES = 250, PAUSE = 2 }; /* milliseconds */
    for (int i = 0; i < TRIES; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return true;
        if (errno != EWOULDBLOCK && errno != EINTR)
            return false; /* no locks on this file system */
        clock_pause(PAUSE);
    }
    return false;
}

/* Opens the file to read and append, locked where that can be had. Returns -1 on error. */
static int open_locked(const char *path, bool *locked)
{
    for (int tries = 0; tries < 8; tries++) {
        int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
        struct stat status;
        if (fd < 0)
            return -1;
        if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
            close(fd);
            return -1;
        }
        *locked = lock(fd);
        if (same_file(fd, path))
            return fd;
        close(fd); /* it was cut just now: there is a new one */
    }
    return -1;
}

static bool write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);
        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0) {
            bytes += written;
            size -= (size_t)written;
        }
    }
    return true;
}

/* Keeps the lines at the end of the file. Returns whether it has more than that. */
static bool read_lines(struct past *past, int fd)
{
    struct stat status;
    if (fstat(fd, &status) != 0 || status.st_size == 0)
        return false;
    bool cut = status.st_size > PAST_BYTES;
    size_t size = cut ? PAST_BYTES : (size_t)status.st_size;
    char *bytes = malloc(size + 1);
    ssize_t got = bytes == NULL ? -1 : pread(fd, bytes, size, status.st_size - (off_t)size);
    char *line = bytes, *end;
    size_t lines = 0;
    for (size_t i = 0; got > 0 && i < (size_t)got; i++)
        if (bytes[i] == '\0')
            bytes[i] = ' ';
    if (got > 0)
        bytes[got] = '\0';
    for (; got > 0 && (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        if (lines++ > 0 || !cut) /* the first may be a part of one */
            (void)keep(past, line);
    }
    free(bytes);
    return cut || lines > PAST_LINES;
}

/* Makes a new file of the lines and puts it in the place of the old. */
static void replace(const struct past *past)
{
    char *fresh = NULL;
    if (asprintf(&fresh, "%s.XXXXXX", past->path) < 0)
        return;
    int fd = mkostemp(fresh, O_CLOEXEC); /* 0600 */
    bool whole = fd >= 0;
    for (size_t i = 0; whole && i < past->count; i++)
        whole = write_all(fd, past->lines[i], strlen(past->lines[i])) && write_all(fd, "\n", 1);
    if (fd >= 0 && (close(fd) != 0 || !whole || rename(fresh, past->path) != 0))
        (void)unlink(fresh);
    free(fresh);
}

/* ---- the interface ---- */

void past_begin(struct past *past)
{
    bool locked;
    *past = (struct past){.path = find_path()};
    int fd = past->path == NULL ? -1 : open(past->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return;
    bool cut = read_lines(past, fd);
    close(fd);
    if (!cut || (fd = open_locked(past->path, &locked)) < 0)
        return;
    forget(past); /* somebody may have added to it meanwhile */
    if (read_lines(past, fd) && locked)
        replace(past);
    close(fd);
}

void past_end(struct past *past)
{
    struct past now;
    if (past->path != NULL) {
        past_begin(&now);
        forget(&now);
        free(now.path);
    }
    forget(past);
    free(past->path);
    past->path = NULL;
}

void past_add(struct past *past, const char *line)
{
    bool locked;
    char *text = NULL;
    if (!keep(past, line) || past->path == NULL)
        return;
    int length = asprintf(&text, "%s\n", line);
    if (length < 0)
        return;
    int fd = open_locked(past->path, &locked);
    if (fd >= 0) {
        (void)write_all(fd, text, (size_t)length);
        close(fd);
    }
    free(text);
}
