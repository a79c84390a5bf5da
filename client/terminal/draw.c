/* client/terminal/draw.c: see draw.h */
#include "terminal/draw.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "lib/lab.h"
#include "terminal/wide.h"

#define LINE_END "↵" /* in the middle of what was pasted */

void draw_begin(struct drawing *drawing, FILE *to)
{
    *drawing = (struct drawing){.to = to, .columns = 80, .rows = 24};
}

void draw_end(struct drawing *drawing)
{
    free(drawing->shown.at);
    free(drawing->next.at);
    drawing->shown = drawing->next = (struct glyphs){0};
}

/* ---- from characters to glyphs ---- */

/* Wraps a place that is past the last column. */
static struct cell wrapped(struct cell place, int width, int columns)
{
    if (place.column + width > columns || place.column == columns)
        return (struct cell){place.row + 1, 0};
    return place;
}

/* The glyphs of a sequence from first on; *width is what they take together, 0 if that is
 * certain. */
static size_t sequence_end(const struct glyphs *glyphs, size_t first, int *width)
{
    size_t end = first + 1;
    int joined = 0;
    for (; end < glyphs->count && glyphs->at[end].joined; end++)
        joined += glyphs->at[end].width;
    *width = joined == 0 ? 0 : glyphs->at[first].width + joined;
    return end;
}

static void glyph_lay(struct glyphs *glyphs, struct glyph *glyph, int width, int columns)
{
    glyph->place = wrapped(glyphs->end, width, columns);
    if (glyph->width > 0)
        glyphs->end = (struct cell){glyph->place.row, glyph->place.column + glyph->width};
}

static void glyphs_lay_all(struct glyphs *glyphs, int columns)
{
    bool unsure = false; /* the width of what is before, which ends at the end of the row */
    glyphs->end = (struct cell){0, 0};
    for (size_t i = 0, end; i < glyphs->count; i = end) {
        int row = glyphs->end.row, width;
        end = sequence_end(glyphs, i, &width);
        bool whole = width > 0 && width <= columns;
        for (size_t j = i; j < end; j++) {
            struct glyph *glyph = &glyphs->at[j];
            glyph_lay(glyphs, glyph, j == i && whole ? width : glyph->width, columns);
            glyph->begins = j == i && (whole || unsure) && glyph->place.row > row;
            glyph->ends = j + 1 == end && whole;
        }
        unsure = whole && glyphs->end.column == columns;
    }
}

/* Do they become one? */
static bool joins(const struct glyphs *glyphs, wchar_t c, int width)
{
    const wchar_t joiner = 0x200d, before = glyphs->count > 0 ? glyphs->at[glyphs->count - 1].c : 0;
    return before != 0 && (width == 0 || before == joiner || (c >= 0x1f3fb && c <= 0x1f3ff));
}

static void glyphs_add(struct glyphs *glyphs, wchar_t c)
{
    if (glyphs->count == glyphs->room) {
        size_t room = glyphs->room == 0 ? 256 : 2 * glyphs->room;
        struct glyph *at = realloc(glyphs->at, room * sizeof *at);
        if (at == NULL)
            return; /* the end of the line is not shown: it can still be typed and sent */
        glyphs->at = at;
        glyphs->room = room;
    }
    int width = wcwidth(c) < 0 ? 1 : wcwidth(c);
    bool joined = joins(glyphs, c, width);
    glyphs->at[glyphs->count++] = (struct glyph){.c = c, .width = width, .joined = joined};
}

static void glyphs_add_text(struct glyphs *glyphs, const char *text)
{
    size_t size = strlen(text), step;
    for (size_t i = 0; i < size; i += step) {
        uint32_t code;
        step = utf8_decode(text + i, size - i, &code);
        if (step == 0)
            return;
        glyphs_add(glyphs, (wchar_t)code);
    }
}

/* Returns the number of the glyph the cursor stands on. */
static size_t glyphs_fill(struct glyphs *glyphs, const char *prompt, const struct draw_line *line,
                          int columns)
{
    size_t at = 0;
    glyphs->count = 0;
    glyphs_add_text(glyphs, prompt);
    for (size_t i = 0; i < line->length; i++) {
        /* visible: pasted text can contain control characters */
        char bytes[WIDE_BYTES], text[LAB_VISIBLE_SIZE(WIDE_BYTES)];
        size_t length = wide_encode(bytes, line->text[i]);
        if (i == line->cursor)
            at = glyphs->count;
        lab_visible(text, sizeof text, bytes, length);
        glyphs_add_text(glyphs, line->text[i] == L'\n' ? LINE_END : text);
    }
    glyphs_lay_all(glyphs, columns);
    return line->cursor < line->length ? at : glyphs->count;
}

/* Of a glyph, or where the next one would begin. */
static struct cell place_of(const struct glyphs *glyphs, size_t index, int columns)
{
    return index < glyphs->count ? glyphs->at[index].place : wrapped(glyphs->end, 1, columns);
}

/* ---- on the screen ---- */

static void glyphs_put(struct drawing *drawing, const struct glyphs *glyphs, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        char bytes[WIDE_BYTES];
        const struct glyph *glyph = &glyphs->at[i];
        size_t length = wide_encode(bytes, glyph->c);
        if (glyph->begins && i > from)
            (void)fputs("\r\n", drawing->to);
        (void)fwrite(bytes, 1, length, drawing->to);
        int column = glyph->place.column + glyph->width;
        if (glyph->ends && column > 0 && column < drawing->columns)
            (void)fprintf(drawing->to, "\r\033[%dC", column);
    }
}

static void move(struct drawing *drawing, struct cell to)
{
    struct cell from = drawing->cursor;
    if (to.row < from.row)
        (void)fprintf(drawing->to, "\033[%dA", from.row - to.row);
    if (to.row > from.row)
        (void)fprintf(drawing->to, "\033[%dB", to.row - from.row);
    if (to.column == 0 && from.column != 0)
        (void)fputc('\r', drawing->to);
    else if (to.column < from.column)
        (void)fprintf(drawing->to, "\033[%dD", from.column - to.column);
    else if (to.column > from.column)
        (void)fprintf(drawing->to, "\033[%dC", to.column - from.column);
    drawing->cursor = to;
}

/* The first glyph that has to be written again. */
static size_t first_change(const struct drawing *drawing)
{
    const struct glyphs *old = &drawing->shown, *new = &drawing->next;
    size_t i = 0;
    while (i < old->count && i < new->count && old->at[i].c == new->at[i].c)
        i++;
    if (i == old->count && i == new->count)
        return i;
    /* what is joined is drawn together, and the row of one that begins a row may not be there
     * yet */
    while (i > 0 &&
           ((i < old->count && old->at[i].joined) || (i < new->count &&new->at[i].joined) ||
            place_of(new, i, drawing->columns).column == 0))
        i--;
    return i;
}

static void draw_change(struct drawing *drawing)
{
    const struct glyphs *new = &drawing->next;
    size_t from = first_change(drawing);
    if (from == drawing->shown.count && from == new->count)
        return;
    move(drawing, place_of(new, from, drawing->columns));
    if (from < drawing->shown.count)
        (void)fputs("\033[J", drawing->to);
    glyphs_put(drawing, new, from, new->count);
    /* the cursor never rests past the last column: what terminals do there differs */
    if (new->end.column >= drawing->columns)
        (void)fputs(new->at[new->count - 1].ends ? "\r\n" : " \r", drawing->to);
    drawing->cursor = place_of(new, new->count, drawing->columns);
}

/* More rows than the terminal has: those around the cursor. */
static void draw_part(struct drawing *drawing, struct cell cursor)
{
    const struct glyphs *new = &drawing->next;
    draw_wipe(drawing);
    drawing->top = cursor.row < drawing->rows ? 0 : cursor.row - drawing->rows + 1;
    size_t from = 0, to;
    while (from < new->count &&new->at[from].place.row < drawing->top)
        from++;
    to = from;
    while (to < new->count &&new->at[to].place.row < drawing->top + drawing->rows)
        to++;
    glyphs_put(drawing, new, from, to);
    (void)fputc('\r', drawing->to);
    drawing->cursor = (struct cell){to > 0 ? new->at[to - 1].place.row : 0, 0};
    if (drawing->cursor.row < cursor.row) { /* the last row is full */
        (void)fputc('\n', drawing->to);
        drawing->cursor.row++;
    }
}

void draw_line(struct drawing *drawing, const char *prompt, const struct draw_line *line)
{
    struct glyphs *new = &drawing->next;
    size_t at = glyphs_fill(new, prompt, line, drawing->columns);
    struct cell end = place_of(new, new->count, drawing->columns);
    struct cell cursor = place_of(new, at, drawing->columns);
    if (end.row >= drawing->rows) {
        draw_part(drawing, cursor);
    } else {
        if (drawing->part)
            draw_wipe(drawing);
        draw_change(drawing);
    }
    move(drawing, cursor);
    struct glyphs old = drawing->shown;
    drawing->shown = drawing->next;
    drawing->next = old;
    drawing->drawn = true;
    drawing->part = end.row >= drawing->rows;
}

void draw_wipe(struct drawing *drawing)
{
    if (drawing->drawn) {
        move(drawing, (struct cell){drawing->top, 0});
        (void)fputs("\r\033[J", drawing->to);
    }
    draw_forget(drawing);
}

void draw_leave(struct drawing *drawing)
{
    struct cell end = place_of(&drawing->shown, drawing->shown.count, drawing->columns);
    if (drawing->drawn) {
        if (end.row >= drawing->top + drawing->rows)
            end = (struct cell){drawing->top + drawing->rows - 1, 1};
        move(drawing, end);
        if (end.row == 0 || end.column > 0) /* else it has wrapped into an empty row already */
            (void)fputc('\n', drawing->to);
    }
    draw_forget(drawing);
}

void draw_forget(struct drawing *drawing)
{
    drawing->drawn = drawing->part = false;
    drawing->shown.count = 0;
    drawing->cursor = (struct cell){0, 0};
    drawing->top = 0;
}

void draw_resize(struct drawing *drawing, int columns, int rows)
{
    struct cell old = drawing->cursor;
    size_t at = 0;
    drawing->columns = columns > 1 ? columns : 2;
    drawing->rows = rows > 0 ? rows : 1;
    if (drawing->drawn && !drawing->part) {
        /* the terminal has wrapped the line again, and kept the cursor at its character */
        while (at < drawing->shown.count && (drawing->shown.at[at].place.row < old.row ||
                                             (drawing->shown.at[at].place.row == old.row &&
                                              drawing->shown.at[at].place.column < old.column)))
            at++;
        glyphs_lay_all(&drawing->shown, drawing->columns);
        drawing->cursor = place_of(&drawing->shown, at, drawing->columns);
    }
    draw_wipe(drawing);
}
