/* client/terminal/draw.h: a prompt and the line after it, on a terminal
 *
 * Draws what has changed since the last time, and can wipe all of it, so that something else can be
 * printed, and draw it again.
 *
 * A family of emoji is as wide as its characters are together, after wcwidth(3) and most
 * terminals; in some it takes two columns. After it the cursor is sent to its column, and
 * neither begins to draw in the middle of it nor wraps there, so that both show the same but for
 * the gap.
 *
 * Only what every terminal of the last forty years understands is sent: ECMA-48's CUU, CUD, CUF
 * and ED. A line wraps as the terminal wraps it, so that a terminal that wraps its lines again
 * when its width changes does so with this one.
 */
#ifndef CLIENT_DRAW_H
#define CLIENT_DRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <wchar.h>

/* Where something stands, counted from the first cell of the prompt. */
struct cell {
    int row, column;
};

/* One character as it is shown. */
struct glyph {
    wchar_t c;
    int width; /* columns: 0, 1 or 2 */
    struct cell place;
    bool joined; /* with the one before it: it has no width, or a joiner stands between them */
    bool begins; /* a row, without the terminal's wrapping */
    bool ends;   /* a sequence of which terminals do not agree how wide it is */
};

struct glyphs {
    struct glyph *at;
    size_t count, room;
    struct cell end; /* after the last, which may be past the last column */
};

struct drawing {
    FILE *to;
    int columns, rows;   /* of the terminal */
    bool drawn;          /* something of it is on the screen */
    struct glyphs shown; /* that is on the screen */
    struct glyphs next;  /* scratch */
    struct cell cursor;  /* of the terminal */
    bool part;           /* not all rows fit, */
    int top;             /* and these are left out */
};

/* What is edited. */
struct draw_line {
    const wchar_t *text;
    size_t length, cursor; /* characters; the cursor is before this one */
};

void draw_begin(struct drawing *drawing, FILE *to);
void draw_end(struct drawing *drawing);

/* Brings prompt and line onto the screen. */
void draw_line(struct drawing *drawing, const char *prompt, const struct draw_line *line);

/* Takes it off the screen. The cursor stands where it began. */
void draw_wipe(struct drawing *drawing);

/* It stays on the screen, and the cursor goes to the row below. */
void draw_leave(struct drawing *drawing);

/* The screen was cleared, or written to by others: begin at the cursor. */
void draw_forget(struct drawing *drawing);

/* The terminal has another size now. Wipes. */
void draw_resize(struct drawing *drawing, int columns, int rows);

#endif
