/* chart_text.c: words on charts: quoted, measured, wrapped; and the notes on what can't be */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "charts/chart_parts.h"

/* One character of text, printable, into out (5 bytes). Returns how many bytes of text it was. */
static size_t letter_next(const char *text, char out[5])
{
    uint32_t code;
    size_t len = utf8_decode(text, strlen(text), &code);
    if (len == 0 || !utf8_printable(text, len)) {
        memcpy(out, "?", 2);
        return len == 0 ? 1 : len;
    }
    memcpy(out, text, len);
    out[len] = '\0';
    return len;
}

void chart_quote(FILE *out, const char *text)
{
    char letter[5];
    (void)fputc('\'', out);
    while (*text != '\0') {
        text += letter_next(text, letter);
        (void)fputs(letter[0] == '\'' ? "''" : letter[0] == '`' ? "''" : letter, out);
    }
    (void)fputc('\'', out);
}

size_t chart_letters(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xC0U) != 0x80U;
    return count;
}

/* The bytes of the longest beginning of text that has at most so many letters; at a blank if there is
 * one (and in the last third nothing better). */
static size_t line_length(const char *text, size_t letters)
{
    size_t at = 0, blank = 0, count = 0;
    for (; at < CHART_LINE - 1 && text[at] != '\0'; at++) {
        if (((unsigned char)text[at] & 0xC0U) == 0x80U)
            continue;
        if (text[at] == ' ')
            blank = at;
        if (count++ == letters)
            return blank > 0 ? blank : at;
    }
    return at;
}

size_t chart_wrap(const char *text, size_t letters, char lines[][CHART_LINE], size_t room)
{
    size_t count = 0;
    while (*text != '\0' && count < room) {
        size_t len = line_length(text, letters);
        memcpy(lines[count], text, len);
        lines[count++][len] = '\0';
        text += len;
        while (*text == ' ')
            text++;
    }
    return count;
}

const char *chart_x_name(const struct chart *chart, double x, char text[NUMBER_TEXT])
{
    const char *const *words = chart->experiment->x_words;
    for (size_t i = 0; words != NULL && words[i] != NULL; i++)
        if (x >= (double)i && x < (double)i + 1)
            return words[i];
    return number_axis(chart->x_kind, x, text);
}

/* Adds a note unless it stands there already. */
static void note_add(struct chart *chart, const char *note)
{
    for (size_t i = 0; i < chart->notes_count; i++)
        if (strcmp(chart->notes[i], note) == 0)
            return;
    if (chart->notes_count < CHART_NOTES)
        (void)snprintf(chart->notes[chart->notes_count++], CHART_LINE, "%s", note);
}

const char *chart_reason(const struct chart *chart, const struct grid_cell *cell)
{
    if (cell->estimate.count > 0 && chart->y_log && cell->estimate.median <= 0)
        return "a median of 0 or less";
    if (cell->bound)
        return "bounded by the generator";
    if (cell->estimate.count > 0)
        return NULL;
    if (cell->cannot)
        return cell->note[0] != '\0' ? cell->note : "the model can't do this";
    if (cell->crashed)
        return "the server ended while it was measured";
    return cell->disturbed > 0 ? "no undisturbed sample" : NULL;
}

static bool has_figures(const struct chart *chart, size_t row)
{
    for (size_t i = 0; i < chart->grid->columns; i++)
        if (chart_drawn(chart, row, i))
            return true;
    return false;
}

/* A note on columns first to last, of which the same is to be said. */
static void note_range(struct chart *chart, size_t row, size_t first, size_t last, const char *why)
{
    const struct grid *grid = chart->grid;
    char note[CHART_LINE], first_text[NUMBER_TEXT], last_text[NUMBER_TEXT], where[80] = "";
    const char *from = chart_x_name(chart, grid->x[first], first_text);
    const char *to = chart_x_name(chart, grid->x[last], last_text);
    if (has_figures(chart, row) || first > 0 || last + 1 < grid->columns) {
        bool words = chart->experiment->x_words != NULL;
        if (first == last)
            (void)snprintf(where, sizeof where, words ? " (%s)" : " at %s", from);
        else if (last + 1 == grid->columns && !words)
            (void)snprintf(where, sizeof where, " from %s", from);
        else
            (void)snprintf(where, sizeof where, words ? " (%s, %s)" : " at %s to %s", from, to);
    }
    (void)snprintf(note, sizeof note, "%s%s: %.120s", grid_label(grid->servers[row]), where, why);
    note_add(chart, note);
}

void chart_notes(struct chart *chart)
{
    const struct grid *grid = chart->grid;
    chart->notes_count = 0;
    for (size_t row = 0; row < grid->rows; row++)
        for (size_t i = 0; i < grid->columns; i++) {
            const char *why = chart_reason(chart, &grid->cell[row][i]);
            if (why == NULL)
                continue;
            size_t last = i;
            while (last + 1 < grid->columns &&
                   chart_reason(chart, &grid->cell[row][last + 1]) != NULL &&
                   strcmp(chart_reason(chart, &grid->cell[row][last + 1]), why) == 0)
                last++;
            note_range(chart, row, i, last, why);
            i = last;
        }
}
