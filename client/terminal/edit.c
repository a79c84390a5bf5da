/* client/terminal/edit.c: see edit.h */
#include "terminal/edit.h"

#include <stdlib.h>
#include <string.h>

#include "terminal/wide.h"

#define CTRL(letter) ((letter)&0x1f)

enum { RUBOUT = 0x7f };

void edit_begin(struct edit *edit)
{
    edit->length = edit->cursor = 0;
    edit->shown = edit->history->count;
    edit->quoting = edit->search.on = false;
}

void edit_end(struct edit *edit)
{
    free(edit->text);
    free(edit->typed);
    free(edit->killed);
    free(edit->search.line);
}

/* ---- changing the line ---- */

void edit_replace(struct edit *edit, size_t from, size_t to, const wchar_t *text, size_t length)
{
    size_t all = edit->length - (to - from) + length;
    if (all > edit->room) {
        wchar_t *more = realloc(edit->text, 2 * all * sizeof *more);
        if (more == NULL)
            return;
        edit->text = more;
        edit->room = 2 * all;
    }
    if (edit->text == NULL)
        return; /* an empty line stays empty */
    wmemmove(edit->text + from + length, edit->text + to, edit->length - to);
    if (length > 0)
        wmemcpy(edit->text + from, text, length);
    edit->length = all;
    edit->cursor = from + length;
}

static void insert(struct edit *edit, wchar_t c)
{
    edit_replace(edit, edit->cursor, edit->cursor, &c, 1);
}

static void delete (struct edit *edit, size_t from, size_t to)
{
    edit_replace(edit, from, to, NULL, 0);
}

static wchar_t *copy(const struct edit *edit, size_t from, size_t to)
{
    wchar_t *text = malloc((to - from + 1) * sizeof *text);
    if (text == NULL)
        return NULL;
    if (to > from)
        wmemcpy(text, edit->text + from, to - from);
    text[to - from] = L'\0';
    return text;
}

/* Deletes, and keeps what is deleted for Ctrl-Y. */
static void kill(struct edit *edit, size_t from, size_t to)
{
    if (from == to)
        return;
    free(edit->killed);
    edit->killed = copy(edit, from, to);
    delete (edit, from, to);
}

static void yank(struct edit *edit)
{
    if (edit->killed != NULL)
        edit_replace(edit, edit->cursor, edit->cursor, edit->killed, wcslen(edit->killed));
}

/* ---- words: what stands between blanks ---- */

static bool is_blank(wchar_t c)
{
    return c == L' ' || c == L'\n';
}

static size_t word_left(const struct edit *edit)
{
    size_t at = edit->cursor;
    while (at > 0 && is_blank(edit->text[at - 1]))
        at--;
    while (at > 0 && !is_blank(edit->text[at - 1]))
        at--;
    return at;
}

static size_t word_right(const struct edit *edit)
{
    size_t at = edit->cursor;
    while (at < edit->length && is_blank(edit->text[at]))
        at++;
    while (at < edit->length && !is_blank(edit->text[at]))
        at++;
    return at;
}

/* ---- the history ---- */

static void show(struct edit *edit, size_t number)
{
    size_t count = edit->history->count;
    if (number > count)
        return;
    if (edit->shown == count) {
        free(edit->typed);
        edit->typed = copy(edit, 0, edit->length);
    }
    wchar_t *line = number < count ? wide_from_utf8(edit->history->lines[number]) : NULL;
    const wchar_t *text = number < count ? line : edit->typed;
    if (text != NULL) {
        edit_replace(edit, 0, edit->length, text, wcslen(text));
        edit->shown = number;
    }
    free(line);
}

/* ---- keys ---- */

static void move(struct edit *edit, uint32_t key)
{
    switch (key) {
    case KEY_HOME:
    case CTRL('A'): edit->cursor = 0; break;
    case KEY_END:
    case CTRL('E'): edit->cursor = edit->length; break;
    case KEY_LEFT:
    case CTRL('B'): edit->cursor -= edit->cursor > 0; break;
    case KEY_RIGHT:
    case CTRL('F'): edit->cursor += edit->cursor < edit->length; break;
    case KEY_WORD_LEFT:
    case KEY_ALT | 'b': edit->cursor = word_left(edit); break;
    case KEY_WORD_RIGHT:
    case KEY_ALT | 'f': edit->cursor = word_right(edit); break;
    case KEY_UP:
    case CTRL('P'): show(edit, edit->shown - 1); break; /* before the first: beyond the last */
    case KEY_DOWN:
    case CTRL('N'): show(edit, edit->shown + 1); break;
    default: break;
    }
}

/* What neither moves nor is text. */
static enum edit_result act(struct edit *edit, uint32_t key)
{
    size_t at = edit->cursor, length = edit->length;
    switch (key) {
    case '\r':
    case '\n': return EDIT_ENTER;
    case '\t': return EDIT_TAB;
    case CTRL('L'): return EDIT_CLEAR;
    case CTRL('R'): edit_search(edit); break;
    case CTRL('V'): edit->quoting = true; break;
    case RUBOUT:
    case CTRL('H'): delete (edit, at - (at > 0), at); break;
    case CTRL('D'):
        if (length == 0)
            return EDIT_EOF;
        /* fallthrough */
    case KEY_DELETE: delete (edit, at, at + (at < length)); break;
    case CTRL('K'): kill(edit, at, length); break;
    case CTRL('U'): kill(edit, 0, length); break;
    case KEY_ALT | RUBOUT:
    case CTRL('W'): kill(edit, word_left(edit), at); break;
    case KEY_ALT | 'd': kill(edit, at, word_right(edit)); break;
    case CTRL('Y'): yank(edit); break;
    default: move(edit, key); break;
    }
    return EDIT_MORE;
}

enum edit_result edit_key(struct edit *edit, struct key key)
{
    bool quoted = edit->quoting, text = key.code >= L' ' && key.code != RUBOUT;
    if (edit->search.on && edit_search_key(edit, key))
        return EDIT_MORE;
    edit->quoting = false;
    if (key.code >= KEY_UP ? key.pasted : key.pasted || quoted || text)
        insert(edit, (wchar_t)key.code);
    else if (!quoted)
        return act(edit, key.code);
    return EDIT_MORE;
}
