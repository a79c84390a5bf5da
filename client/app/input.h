/* client/app/input.h: lines from a descriptor, without waiting for a whole one
 *
 * A line ends in LF, or in CR LF. Memory is bounded: of a longer line the beginning is kept, and
 * the rest read and dropped.
 */
#ifndef CLIENT_INPUT_H
#define CLIENT_INPUT_H

#include <stdbool.h>
#include <stddef.h>

enum { INPUT_LINE = 64 * 1024 }; /* bytes of the longest line, with its end */

struct input {
    int fd;
    bool ended;      /* nothing more will come */
    int error;       /* errno of a read that failed: that is an end, too */
    bool dropping;   /* the end of a line that was too long */
    bool at_begin;   /* before the first line, which a byte order mark may stand before */
    size_t from, to; /* what has been read and not yet taken */
    char bytes[INPUT_LINE];
};

struct input_line {
    char *text; /* with a NUL instead of its end; gone with the next call */
    size_t len; /* more than strlen(text) if it has a NUL in it */
    bool cut;   /* it was too long */
};

void input_begin(struct input *input, int fd);

/* Bytes of the byte order mark that a text may begin with. It marks the text as UTF-8, and is
 * no part of its first line. */
size_t input_mark(const char *text, size_t len);

/* Reads once; waits if nothing can be read. */
void input_read(struct input *input);

/* The next whole line; at the end of the input also one without its end. False: there is none
 * yet. */
bool input_take(struct input *input, struct input_line *line);

#endif
