/* client/terminal/progress.h: how far a transfer is
 *
 *     reading list.txt   42 %  431.0 MiB of 1.0 GiB  512.3 MiB/s  0:01 left
 *
 * One line on standard error, redrawn at most ten times a second, and only on a
 * terminal that can redraw. It never is wider than the terminal.
 */
#ifndef CLIENT_PROGRESS_H
#define CLIENT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *name;        /* of the file, visible already */
    bool shown;              /* redraw a line at all? */
    bool drawn;              /* there is one to be wiped */
    int64_t begun, drawn_at; /* milliseconds of clock_now */
    uint64_t from, done, total;
};

/* from: the byte the transfer begins at, more than 0 when it resumes. */
void progress_begin(struct progress *progress, const char *name, bool shown, uint64_t from);

/* A lab_progress; context is the struct. */
void progress_step(void *context, uint64_t done, uint64_t total);

/* Wipes the line. */
void progress_wipe(struct progress *progress);

/* The pieces, for the summary too. "431.0 MiB"; "1:02:03". Return to. */
const char *progress_bytes(char to[24], uint64_t bytes);
const char *progress_seconds(char to[24], uint64_t seconds);

/* The line itself, as it would be drawn in so many columns after so many milliseconds. */
void progress_line(const struct progress *progress, int64_t ms, int columns, char *to,
                   unsigned int size);

#endif
