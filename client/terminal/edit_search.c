/* client/terminal/edit_search.c: Ctrl-R; see edit.h */
#include <stdlib.h>

#include "terminal/edit.h"
#include "terminal/wide.h"

enum { CTRL_G = 7, CTRL_H = 8, CTRL_R = 18, ESC = 27, RUBOUT = 127 };

/* Looks in the lines below the number below, the newest first. */
static void find(struct edit *edit, size_t below)
{
    edit->search.pattern[edit->search.length] = L'\0';
    edit->search.failed = edit->search.length > 0;
    while (below-- > 0 && edit->search.length > 0) {
        wchar_t *line = wide_from_utf8(edit->history->lines[below]);
        if (line != NULL && wcsstr(line, edit->search.pattern) != NULL) {
            free(edit->search.line);
            edit->search.line = line;
            edit->search.found = below;
            edit->search.failed = false;
            return;
        }
        free(line);
    }
}

static void add(struct edit *edit, wchar_t c)
{
    if (edit->search.length + 1 < EDIT_PATTERN)
        edit->search.pattern[edit->search.length++] = c == L'\n' ? L' ' : c;
    find(edit, edit->search.line != NULL ? edit->search.found + 1 : edit->history->count);
}

void edit_search(struct edit *edit)
{
    free(edit->search.line);
    edit->search.line = NULL;
    edit->search.length = 0;
    edit->search.found = edit->history->count;
    edit->search.failed = false;
    edit->search.on = true;
}

/* Ctrl-G leaves the line as it was. ESC takes what was found, as every other key does, but is
 * nothing by itself. */
bool edit_search_key(struct edit *edit, struct key key)
{
    if (key.pasted || (key.code >= L' ' && key.code != RUBOUT && key.code < KEY_UP)) {
        add(edit, (wchar_t)key.code);
    } else if (key.code == CTRL_R) {
        find(edit, edit->search.found);
    } else if ((key.code == RUBOUT || key.code == CTRL_H) && edit->search.length > 0) {
        edit->search.length--;
        find(edit, edit->history->count);
    } else {
        edit->search.on = false;
        if (key.code != CTRL_G && edit->search.line != NULL)
            edit_replace(edit, 0, edit->length, edit->search.line, wcslen(edit->search.line));
        return key.code == CTRL_G || key.code == ESC;
    }
    return true;
}
