/* client/app/show.h: how it looks: events, listings, sentences
 *
 * What other people have written is made visible (lab_visible) on a terminal, and in sentences,
 * which are for people wherever they go. As data it goes into a file or a pipe byte by byte as it
 * is.
 */
#ifndef CLIENT_SHOW_H
#define CLIENT_SHOW_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "app/app.h"

/* A line on standard output for a thing that happened in the room. */
void show_event(const struct app *app, const struct lab_event *event);

/* Bytes of a text that are made visible at once. */
enum { SHOW_PIECE = 1024 };

/* How many bytes at the beginning of a text to show at once: SHOW_PIECE at most, and no part of a
 * character. */
size_t show_piece(const char *text, size_t len);

/* Texts of others, a line each, on standard output. */
void show_line(const char *text);

/* A file: its size and its name, the size right-aligned in so many columns. mark ('/' for a folder)
 * goes after the name, '\0' for none. */
void show_file(uint64_t size, int columns, const char *name, char mark);

/* The columns that a size takes. */
int show_digits(uint64_t size);

/* A sentence on standard error. */
void show_sentence(const char *before, const char *format, va_list values)
    __attribute__((format(printf, 2, 0)));

#endif
