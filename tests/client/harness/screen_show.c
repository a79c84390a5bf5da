/* screen_show.c: what is seen on a screen; see screen.h */
#include <string.h>

#include "screen.h"

void screen_begin(struct screen *screen, int columns, int rows)
{
    memset(screen, 0, sizeof *screen);
    screen->columns = columns;
    screen->rows = rows;
}

const char *screen_row(const struct screen *screen, int row)
{
    static char texts[4][SCREEN_COLUMNS * SCREEN_CELL + 1];
    static unsigned int turn;
    char *text = texts[turn++ % 4], *to = text, *end = text;
    for (int i = 0; i < screen->columns; i++) {
        const struct screen_cell *cell = &screen->at[row].cell[i];
        if (cell->second)
            continue;
        to = stpcpy(to, cell->text[0] == '\0' ? " " : cell->text);
        if (cell->text[0] != '\0' && strcmp(cell->text, " ") != 0)
            end = to;
    }
    *end = '\0';
    return text;
}

const char *screen_text(const struct screen *screen)
{
    static char text[SCREEN_TEXT];
    char *to = text, *end = text;
    for (int i = 0; i < screen->rows; i++) {
        const char *row = screen_row(screen, i);
        to = stpcpy(stpcpy(to, row), "\n");
        if (row[0] != '\0')
            end = to;
    }
    *end = '\0';
    return text;
}

void screen_print(const struct screen *screen, FILE *out)
{
    (void)fprintf(out, "the screen, %d x %d, cursor in row %d, column %d:\n", screen->columns,
                  screen->rows, screen->row, screen->column);
    for (int i = 0; i < screen->rows; i++)
        (void)fprintf(out, "  %2d|%s\n", i, screen_row(screen, i));
    if (screen->strange > 0)
        (void)fprintf(out, "  %d strange sequences\n", screen->strange);
}
