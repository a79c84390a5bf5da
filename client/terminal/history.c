/* client/terminal/history.c: see history.h */
#include "terminal/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- in memory ---- */

/* Takes the line over. Returns whether it was kept. */
static bool keep(struct history *history, char *line)
{
    size_t size = line == NULL ? 0 : strlen(line);
    if (history->lines == NULL)
        history->lines = calloc(HISTORY_LINES, sizeof *history->lines);
    if (history->lines == NULL || size == 0 || size > HISTORY_LINE_BYTES ||
        (history->count > 0 && strcmp(history->lines[history->count - 1], line) == 0)) {
        free(line);
        return false;
    }
    if (history->count == HISTORY_LINES) {
        free(history->lines[0]);
        memmove(history->lines, history->lines + 1, (HISTORY_LINES - 1) * sizeof *history->lines);
        history->count--;
    }
    history->lines[history->count++] = line;
    return true;
}

static void forget(struct history *history)
{
    for (size_t i = 0; i < history->count; i++)
        free(history->lines[i]);
    free(history->lines);
    history->lines = NULL;
    history->count = 0;
}

/* ---- the file ---- */

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

/* Reads the lines at the end of the file. Returns whether it has more than are kept. */
static bool read_lines(struct history *history)
{
    struct stat status;
    int fd = history->path == NULL ? -1 : open(history->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
    if (file == NULL || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        if (fd >= 0)
            (void)(file != NULL ? fclose(file) : close(fd));
        return false;
    }
    bool cut = status.st_size > HISTORY_BYTES;
    char *line = NULL;
    size_t room = 0, lines = 0;
    ssize_t size;
    if (cut && fseeko(file, -(off_t)HISTORY_BYTES, SEEK_END) == 0)
        (void)getline(&line, &room, file); /* a part of one */
    while ((size = getline(&line, &room, file)) > 0) {
        if (line[size - 1] == '\n')
            line[size - 1] = '\0';
        lines++;
        (void)keep(history, strdup(line));
    }
    free(line);
    (void)fclose(file);
    return cut || lines > HISTORY_LINES;
}

/* Makes a new file of the lines and puts it in the place of the old. */
static void replace(const struct history *history)
{
    char *fresh = NULL;
    if (asprintf(&fresh, "%s.XXXXXX", history->path) < 0)
        return;
    int fd = mkostemp(fresh, O_CLOEXEC); /* 0600 */
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    for (size_t i = 0; file != NULL && i < history->count; i++)
        (void)fprintf(file, "%s\n", history->lines[i]);
    bool whole = file != NULL && !ferror(file);
    if (fd >= 0 && (file != NULL ? fclose(file) : close(fd)) != 0)
        whole = false;
    if (fd >= 0 && (!whole || rename(fresh, history->path) != 0))
        (void)unlink(fresh);
    free(fresh);
}

/* A line that does not get there is missing in the next run: no reason to stop this one. */
static void append(const struct history *history, const char *line)
{
    char *text = NULL;
    int length = asprintf(&text, "%s\n", line);
    if (length < 0)
        return;
    int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    int fd = open(history->path, flags, 0600);
    if (fd >= 0) {
        (void)!write(fd, text, (size_t)length);
        (void)close(fd);
    }
    free(text);
}

/* ---- the interface ---- */

void history_begin(struct history *history)
{
    *history = (struct history){.path = find_path()};
    (void)read_lines(history);
}

void history_end(struct history *history)
{
    forget(history);
    if (read_lines(history)) /* with those of other clients */
        replace(history);
    forget(history);
    free(history->path);
    history->path = NULL;
}

void history_add(struct history *history, const char *text)
{
    for (size_t length; *text != '\0'; text += length + (text[length] == '\n')) {
        length = strcspn(text, "\n");
        if (keep(history, strndup(text, length)) && history->path != NULL)
            append(history, history->lines[history->count - 1]);
    }
}
