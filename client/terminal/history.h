/* client/terminal/history.h: the lines that were typed, kept across runs
 *
 * In $XDG_STATE_HOME/six-ways/history, a line each, the newest last (XDG Base Directory
 * Specification; without the variable ~/.local/state). Where there is no place for it, the lines of
 * this run are kept in memory only, silently.
 *
 * Several clients may run at once: a line goes to the file by one write(2) with O_APPEND, and who
 * cuts the file makes a new one and renames it, both under flock(2). Nobody's lines are lost.
 */
#ifndef CLIENT_PAST_H
#define CLIENT_PAST_H

#include <stddef.h>

enum {
    PAST_LINES = 1000,          /* that are kept */
    PAST_BYTES = 1024 * 1024,   /* of the file that are read: its end */
    PAST_LINE_BYTES = 16 * 1024 /* longer lines are not kept */
};

struct past {
    char **lines; /* the oldest first */
    size_t count;
    char *path; /* NULL: nowhere */
};

/* Reads the file, and makes its folders (0700) where they are missing. */
void past_begin(struct past *past);

/* Cuts the file to PAST_LINES where it has grown beyond. */
void past_end(struct past *past);

/* Keeps a line, here and in the file, unless it is empty or the same as the last. */
void past_add(struct past *past, const char *line);

#endif
