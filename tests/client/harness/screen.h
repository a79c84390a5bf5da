/* screen.h: what a terminal shows after it was sent these bytes
 *
 * As much of a terminal (ECMA-48, xterm's ctlseqs) as is needed to know what somebody would see:
 * cursor, erasing, wrapping with the delayed wrap of the last column, scrolling, characters of two
 * columns, combining ones, and lines that are laid out again when the width changes. What it does
 * not know is counted as strange.
 */
#ifndef CLIENT_SCREEN_H
#define CLIENT_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum {
    SCREEN_COLUMNS = 200, /* at most */
    SCREEN_ROWS = 60,
    SCREEN_CELL = 24, /* bytes of a character with what combines with it, and a NUL */
    SCREEN_TEXT = SCREEN_ROWS * (SCREEN_COLUMNS * SCREEN_CELL + 1)
};

struct screen_cell {
    char text[SCREEN_CELL]; /* "" for a blank */
    bool second;            /* of a wide character */
};

struct screen_row {
    struct screen_cell cell[SCREEN_COLUMNS];
    bool wrapped; /* continues in the next row */
};

struct screen {
    int columns, rows;
    int row, column; /* of the cursor, from 0 */
    bool pending;    /* the last column was written: the next character wraps */
    struct screen_row at[SCREEN_ROWS];
    char partial[64]; /* a sequence, or a character, whose end has not come yet */
    size_t partial_len;
    int strange;          /* sequences and controls that are not known */
    char strange_one[64]; /* the first of them */
    bool pastes_marked;   /* mode 2004 is on */
    bool joins;           /* what a joiner joins is one character, as in tmux and kitty */
    size_t scrolled;      /* rows that went out at the top */
};

void screen_begin(struct screen *screen, int columns, int rows);
void screen_feed(struct screen *screen, const char *bytes, size_t len);
void screen_resize(struct screen *screen, int columns, int rows);

/* The text of a row without blanks at its end; overwritten by the fourth call after this one. */
const char *screen_row(const struct screen *screen, int row);

/* All rows, each with a line end, without empty ones at the end; overwritten by the next call. */
const char *screen_text(const struct screen *screen);

/* For a failure: with a frame, and where the cursor is. */
void screen_print(const struct screen *screen, FILE *out);

#endif
