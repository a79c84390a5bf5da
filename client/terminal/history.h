/* client/terminal/history.h: the lines that were typed, kept across runs
 *
 * In $XDG_STATE_HOME/six-ways/history, a line each, the newest last (XDG Base Directory
 * Specification; without the variable ~/.local/state). If there is no place for it, the lines of
 * this run are kept in memory only, silently.
 *
 * Several clients may run at once: each appends a line by one write(2) with O_APPEND. At its end a
 * client cuts a file that has grown too long, by renaming a new one over it; a line that another
 * client appends at that very moment is lost.
 */
#ifndef CLIENT_HISTORY_H
#define CLIENT_HISTORY_H

#include <stddef.h>

enum {
    HISTORY_LINES = 1000,          /* that are kept */
    HISTORY_BYTES = 1024 * 1024,   /* of the file that are read: its end */
    HISTORY_LINE_BYTES = 16 * 1024 /* longer lines are not kept */
};

struct history {
    char **lines; /* UTF-8, the oldest first */
    size_t count;
    char *path; /* NULL: no file */
};

/* Reads the file, and makes its folders (0700) if they are missing. */
void history_begin(struct history *history);

/* Cuts the file to HISTORY_LINES if it has more. */
void history_end(struct history *history);

/* Keeps each line of a text, here and in the file, unless it is empty or the same as the last. */
void history_add(struct history *history, const char *text);

#endif
