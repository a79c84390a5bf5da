/* client/editor_tab.c: TAB
 *
 * Inserts the candidate; of several what they have in common. If that adds nothing, lists them
 * above the line.
 */
#include "editor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "complete.h"
#include "terminal/wide.h"

enum { MOST = 200 }; /* candidates that are listed */

static const char *shown(char *to, size_t size, const char *name)
{
    return lab_visible(to, size, name, strlen(name));
}

/* In columns as wide as the widest, read downwards, as ls(1) does. */
static void list(struct editor *editor, const struct complete *complete)
{
    char text[LAB_VISIBLE_SIZE(1024)];
    size_t count = complete->count < MOST ? complete->count : MOST, widest = 0;
    for (size_t i = 0; i < count; i++) {
        size_t width = wide_columns(shown(text, sizeof text, complete->names[i]));
        widest = width > widest ? width : widest;
    }
    size_t columns = (size_t)editor->drawing.columns / (widest + 2);
    columns = columns == 0 ? 1 : columns;
    size_t rows = (count + columns - 1) / columns;
    editor_give_way(editor);
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = row; i < count; i += rows) {
            (void)fputs(shown(text, sizeof text, complete->names[i]), stdout);
            if (i + rows < count)
                (void)printf("%*s", (int)(widest + 2 - wide_columns(text)), "");
        }
        (void)fputc('\n', stdout);
    }
    if (count < complete->count)
        (void)printf(_("... and %zu more\n"), complete->count - count);
}

/* Puts text in the place of what stands before the cursor, from that byte of the line on. */
static void put(struct editor *editor, const char *line, size_t begin, const char *text)
{
    struct edit *edit = &editor->edit;
    wchar_t *old = wide_from_utf8(line + begin), *new = wide_from_utf8(text);
    if (old != NULL && new != NULL) {
        size_t length = wcslen(new), end = edit->cursor;
        /* a space after the word is there already */
        if (end < edit->length && edit->text[end] == L' ' && length > 0 && new[length - 1] == L' ')
            length--;
        edit_replace(edit, end - wcslen(old), end, new, length);
    }
    free(old);
    free(new);
}

void editor_tab(struct editor *editor)
{
    const struct edit *edit = &editor->edit;
    size_t begin = edit->cursor; /* of the last of several lines that were pasted */
    while (begin > 0 && edit->text[begin - 1] != L'\n')
        begin--;
    char *line =
        begin == edit->cursor ? strdup("") : wide_to_utf8(edit->text + begin, edit->cursor - begin);
    struct complete complete = {0};
    bool connected = lab_connected(editor->app->lab);
    if (line != NULL && complete_find(&complete, editor->app, line)) {
        char *text = complete_text(&complete, line);
        if (text != NULL)
            put(editor, line, complete.begin, text);
        else if (complete.count > 1)
            list(editor, &complete);
        free(text);
    }
    if (connected && !lab_connected(editor->app->lab)) { /* it ended when it was asked */
        editor_give_way(editor);
        app_error(editor->app, "%s", lab_why(editor->app->lab));
    }
    complete_end(&complete);
    free(line);
}
