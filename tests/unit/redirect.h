/* redirect.h: a pipe in the place of a standard stream */
#ifndef UNIT_REDIRECT_H
#define UNIT_REDIRECT_H

#include <stddef.h>

struct redirect {
    int stream, saved;
    int other; /* the end that is ours: of standard input the one to write to; -1: closed */
};

void redirect_begin(struct redirect *redirect, int stream);

/* Puts the stream back. */
void redirect_end(struct redirect *redirect);

/* The same for an output; returns what was written to it: up to size bytes. */
size_t redirect_take(struct redirect *redirect, char *bytes, size_t size);

#endif
