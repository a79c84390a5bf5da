/* screen.c: see screen.h */
#include "screen.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/utf8.h"

static void strange(struct screen *screen, const char *bytes, size_t len)
{
    if (screen->strange++ == 0)
        (void)snprintf(screen->strange_one, sizeof screen->strange_one, "%.*s", (int)len, bytes);
}

/* ---- cells ---- */

/* The other half of a wide character goes with the one that is written over. */
static void cell_free(struct screen *screen, int column)
{
    struct screen_row *row = &screen->at[screen->row];
    if (row->cell[column].second && column > 0)
        memset(&row->cell[column - 1], 0, sizeof row->cell[0]);
    if (column + 1 < screen->columns && row->cell[column + 1].second)
        memset(&row->cell[column + 1], 0, sizeof row->cell[0]);
    memset(&row->cell[column], 0, sizeof row->cell[0]);
}

static void line_feed(struct screen *screen)
{
    if (screen->row + 1 < screen->rows) {
        screen->row++;
        return;
    }
    memmove(&screen->at[0], &screen->at[1], (SCREEN_ROWS - 1) * sizeof screen->at[0]);
    memset(&screen->at[SCREEN_ROWS - 1], 0, sizeof screen->at[0]);
    memset(&screen->at[screen->rows - 1], 0, sizeof screen->at[0]);
    screen->scrolled++;
}

/* The text that was written last, NULL at the beginning of a row. */
static char *text_before(struct screen *screen)
{
    int column = screen->pending ? screen->column : screen->column - 1;
    struct screen_row *row = &screen->at[screen->row];
    if (column > 0 && row->cell[column].second)
        column--;
    return column < 0 ? NULL : row->cell[column].text;
}

static void combine(struct screen *screen, const char *bytes, size_t len)
{
    char *text = text_before(screen);
    size_t have = text == NULL ? 0 : strlen(text);
    if (text != NULL && have + len < SCREEN_CELL) {
        memcpy(text + have, bytes, len);
        text[have + len] = '\0';
    }
}

static bool joined(struct screen *screen)
{
    const char *text = screen->joins ? text_before(screen) : NULL;
    size_t have = text == NULL ? 0 : strlen(text);
    return have > 3 && strcmp(text + have - 3, "\u200d") == 0;
}

static void put(struct screen *screen, const char *bytes, size_t len, int width)
{
    if (width == 0 || joined(screen)) {
        combine(screen, bytes, len);
        return;
    }
    if (screen->pending || screen->column + width > screen->columns) {
        screen->at[screen->row].wrapped = true;
        screen->pending = false;
        screen->column = 0;
        line_feed(screen);
    }
    for (int i = 0; i < width; i++)
        cell_free(screen, screen->column + i);
    struct screen_row *row = &screen->at[screen->row];
    memcpy(row->cell[screen->column].text, bytes, len);
    if (width == 2)
        row->cell[screen->column + 1].second = true;
    screen->column += width;
    screen->pending = screen->column >= screen->columns;
    if (screen->pending)
        screen->column = screen->columns - 1;
}

/* ---- controls ---- */

static void control(struct screen *screen, char c)
{
    if (c == '\r')
        screen->column = 0;
    else if (c == '\n')
        line_feed(screen);
    else if (c == '\b')
        screen->column -= screen->column > 0;
    else if (c == '\t')
        screen->column = screen->column / 8 * 8 + 8;
    else if (c != '\a')
        strange(screen, &c, 1);
    if (screen->column >= screen->columns)
        screen->column = screen->columns - 1;
    if (c != '\a')
        screen->pending = false;
}

static int within(int value, int limit)
{
    return value < 0 ? 0 : value >= limit ? limit - 1 : value;
}

static void erase(struct screen *screen, char what, int how)
{
    struct screen_row *row = &screen->at[screen->row];
    int from = how == 0 ? screen->column : 0, to = how == 1 ? screen->column + 1 : screen->columns;
    memset(&row->cell[from], 0, (size_t)(to - from) * sizeof row->cell[0]);
    if (how == 0)
        row->wrapped = false;
    for (int i = 0; what == 'J' && i < screen->rows; i++)
        if (how == 2 || (how == 0 && i > screen->row) || (how == 1 && i < screen->row))
            memset(&screen->at[i], 0, sizeof screen->at[0]);
}

/* A parameter of a sequence; 0 if there is none, and no more than any screen has. */
static int parameter(const char *digits)
{
    unsigned long number = *digits >= '0' && *digits <= '9' ? strtoul(digits, NULL, 10) : 0;
    return number < 10000 ? (int)number : 10000;
}

static void sequence(struct screen *screen, const char *bytes, size_t len)
{
    char last = bytes[len - 1];
    int first = parameter(bytes + 2), count = first > 0 ? first : 1;
    const char *semicolon = memchr(bytes, ';', len);
    if (strncmp(bytes, "\033[?2004", 7) == 0 && (last == 'h' || last == 'l')) {
        screen->pastes_marked = last == 'h';
        return;
    }
    if (last == 'm')
        return;
    screen->pending = false;
    switch (last) {
    case 'A': screen->row = within(screen->row - count, screen->rows); break;
    case 'B': screen->row = within(screen->row + count, screen->rows); break;
    case 'C': screen->column = within(screen->column + count, screen->columns); break;
    case 'D': screen->column = within(screen->column - count, screen->columns); break;
    case 'G': screen->column = within(count - 1, screen->columns); break;
    case 'H':
        screen->row = within(count - 1, screen->rows);
        screen->column =
            within(semicolon == NULL ? 0 : parameter(semicolon + 1) - 1, screen->columns);
        break;
    case 'J':
    case 'K': erase(screen, last, first); break;
    default: strange(screen, bytes, len);
    }
}

/* ---- bytes ---- */

/* Length of a sequence that begins with ESC, 0 if its end has not come. */
static size_t sequence_len(const char *bytes, size_t len)
{
    if (len < 2)
        return 0;
    if (bytes[1] != '[')
        return 2;
    for (size_t i = 2; i < len; i++)
        if (bytes[i] >= 0x40 && bytes[i] <= 0x7e)
            return i + 1;
    return 0;
}

/* Takes one character or sequence. Returns its length, 0 if more has to come. */
static size_t take(struct screen *screen, const char *bytes, size_t len)
{
    uint32_t code;
    if (bytes[0] == '\033') {
        size_t size = sequence_len(bytes, len);
        if (size > 2)
            sequence(screen, bytes, size);
        else if (size == 2)
            strange(screen, bytes, size);
        return size;
    }
    if ((unsigned char)bytes[0] < 0x20 || bytes[0] == 0x7f) {
        control(screen, bytes[0]);
        return 1;
    }
    size_t size = utf8_decode(bytes, len, &code);
    if (size == 0 && len < 4)
        return 0;
    int width = size == 0 ? -1 : wcwidth((wchar_t)code);
    if (width < 0)
        strange(screen, bytes, size == 0 ? 1 : size);
    else
        put(screen, bytes, size, width);
    return size == 0 ? 1 : size;
}

void screen_feed(struct screen *screen, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        screen->partial[screen->partial_len++] = bytes[i];
        size_t used = take(screen, screen->partial, screen->partial_len);
        if (used == 0 && screen->partial_len < sizeof screen->partial)
            continue;
        if (used == 0)
            strange(screen, screen->partial, screen->partial_len);
        if (used > 0 && used < screen->partial_len)
            memmove(screen->partial, screen->partial + used, screen->partial_len - used);
        screen->partial_len = used == 0 ? 0 : screen->partial_len - used;
    }
}

/* ---- another size ---- */

static int row_used(const struct screen *screen, const struct screen_row *row)
{
    int used = row->wrapped ? screen->columns : 0;
    for (int i = 0; i < screen->columns; i++)
        if (row->cell[i].text[0] != '\0' || row->cell[i].second)
            used = i + 1 > used ? i + 1 : used;
    return used;
}

/* Puts the cells of an old row behind what is there. The cursor stays at its character: *row
 * and *column, which move along when the screen scrolls. */
static void relay(struct screen *screen, const struct screen *old, int r, int *row, int *column)
{
    const struct screen_row *from = &old->at[r];
    int used = row_used(old, from);
    for (int c = 0; c < used || (r == old->row && c <= old->column); c++) {
        const struct screen_cell *cell = &from->cell[c];
        bool wide = c + 1 < old->columns && from->cell[c + 1].second;
        bool blank = cell->text[0] == '\0';
        bool padding = from->wrapped && c == old->columns - 1 && blank;
        if (cell->second)
            continue;
        if (r == old->row && c == old->column) {
            bool wraps = screen->pending || screen->column + (wide ? 2 : 1) > screen->columns;
            *row = screen->row + (wraps ? 1 : 0) + (int)screen->scrolled;
            *column = wraps ? 0 : screen->column;
        }
        if (c < used && !padding)
            put(screen, blank ? " " : cell->text, blank ? 1 : strlen(cell->text), wide ? 2 : 1);
    }
}

/* As VTE, kitty and tmux do it: what wrapped is one line, and the cursor stays at its character. */
void screen_resize(struct screen *screen, int columns, int rows)
{
    struct screen *old = malloc(sizeof *old);
    if (old == NULL)
        abort();
    memcpy(old, screen, sizeof *old);
    memset(screen->at, 0, sizeof screen->at);
    screen->columns = columns;
    screen->rows = rows;
    screen->row = screen->column = 0;
    screen->pending = false;
    screen->scrolled = 0;
    int row = 0, column = 0, last = old->rows - 1;
    while (last > old->row && row_used(old, &old->at[last]) == 0)
        last--;
    for (int r = 0; r <= last; r++) {
        relay(screen, old, r, &row, &column);
        if (!old->at[r].wrapped && r < last) {
            control(screen, '\r');
            line_feed(screen);
        }
    }
    screen->row = within(row - (int)screen->scrolled, rows);
    screen->column = within(column, columns);
    screen->pending = false;
    screen->scrolled += old->scrolled;
    free(old);
}
