/* client/editor_search.c: Ctrl-R, a search backwards in what was typed before
 *
 * Not libedit's em-inc-search-prev: it looks characters beyond 255 up in a table of 256
 * (search.c, ce_inc_search, of 3.1-20221030), so that with half of the Chinese ones it ends.
 */
#include "editor.h"

#include <stdlib.h>
#include <string.h>

#include "terminal/wide.h"

enum { CTRL_G = 7, CTRL_H = 8, CTRL_R = 18, ESCAPE = 27, RUBOUT = 127 };

/* Looks in the lines below the number below, the newest first. */
static void find(struct editor *editor, size_t below)
{
    editor->search.pattern[editor->search.length] = L'\0';
    editor->search.failed = editor->search.length > 0;
    while (below-- > 0 && editor->search.length > 0) {
        wchar_t *line = wide_from_utf8(editor->past.lines[below]);
        if (line != NULL && wcsstr(line, editor->search.pattern) != NULL) {
            free(editor->search.line);
            editor->search.line = line;
            editor->search.found = below;
            editor->search.failed = false;
            return;
        }
        free(line);
    }
}

static void take(struct editor *editor)
{
    const LineInfoW *line = el_wline(editor->el);
    int behind = (int)(line->lastchar - line->cursor);
    if (editor->search.line == NULL)
        return;
    (void)el_cursor(editor->el, behind);
    line = el_wline(editor->el);
    el_wdeletestr(editor->el, (int)(line->cursor - line->buffer));
    (void)el_winsertstr(editor->el, editor->search.line);
}

static void add(struct editor *editor, wchar_t c)
{
    if (editor->search.length + 1 < EDITOR_PATTERN)
        editor->search.pattern[editor->search.length++] = c;
}

static void add_pasted(struct editor *editor)
{
    size_t len;
    const wchar_t *text = keys_paste(&editor->keys, &len);
    for (size_t i = 0; i < len; i++)
        add(editor, text[i] == L'\n' ? L' ' : text[i]);
}

/* Returns whether the search goes on. */
static bool search_key(struct editor *editor, wchar_t c)
{
    if (c == CTRL_R) {
        find(editor, editor->search.found);
    } else if ((c == RUBOUT || c == CTRL_H) && editor->search.length > 0) {
        editor->search.length--;
        find(editor, editor->past.count);
    } else if (c >= L' ' && c != RUBOUT) {
        if (c == KEYS_PASTED)
            add_pasted(editor);
        else
            add(editor, c);
        find(editor, editor->search.line != NULL ? editor->search.found + 1 : editor->past.count);
    } else {
        return false;
    }
    return true;
}

unsigned char editor_search(EditLine *el, wint_t key)
{
    struct editor *editor = editor_of(el);
    wchar_t c = L'\0';
    int got;
    (void)key;
    memset(&editor->search, 0, sizeof editor->search);
    editor->search.found = editor->past.count;
    editor->search.on = true;
    do
        got = el_wgetc(el, &c);
    while (got == 1 && search_key(editor, c));
    editor->search.on = false;
    if (got == 1 && c != CTRL_G)
        take(editor);
    /* Enter, or a movement in what was found; ESC alone is no more than the end */
    bool alone = c == ESCAPE && editor->keys.passing == 0;
    if (got == 1 && c != CTRL_G && !alone)
        el_wpush(el, (wchar_t[]){c, L'\0'});
    free(editor->search.line);
    editor->search.line = NULL;
    return CC_REFRESH;
}
