/* client/editor.c: see editor.h */
#include "editor.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lines.h"
#include "terminal/tty.h"
#include "terminal/wide.h"

/* ---- what is seen ---- */

void editor_give_way(struct editor *editor)
{
    draw_wipe(&editor->drawing);
    (void)fflush(stdout);
}

static void draw_search(struct editor *editor)
{
    const struct edit *edit = &editor->edit;
    char prompt[EDIT_PATTERN * WIDE_BYTES + 32];
    char *pattern = wide_to_utf8(edit->search.pattern, edit->search.length);
    (void)snprintf(prompt, sizeof prompt, "(%s %s) ",
                   edit->search.failed ? _("no line with") : _("search"),
                   pattern == NULL ? "" : pattern);
    free(pattern);
    size_t length = edit->search.line == NULL ? 0 : wcslen(edit->search.line);
    draw_line(&editor->drawing, prompt,
              &(struct draw_line){.text = edit->search.line, .length = length, .cursor = length});
}

static void draw(struct editor *editor)
{
    const struct edit *edit = &editor->edit;
    if (edit->search.on)
        draw_search(editor);
    else
        draw_line(&editor->drawing, editor->prompt,
                  &(struct draw_line){
                      .text = edit->text, .length = edit->length, .cursor = edit->cursor});
    (void)fflush(stdout);
}

/* ---- what happens ---- */

static void handle_terminal(struct editor *editor)
{
    int columns, rows;
    unsigned int happened = tty_happened();
    if (happened == 0)
        return;
    tty_size(&columns, &rows);
    if (happened & TTY_RESUMED) {
        if (!tty_take())
            editor->end = EDITOR_GONE;
        (void)tty_happened(); /* what continued us last belongs to it */
        draw_forget(&editor->drawing);
    }
    if (columns != editor->drawing.columns || rows != editor->drawing.rows)
        draw_resize(&editor->drawing, columns, rows);
}

static bool can_read(int fd)
{
    struct pollfd end = {.fd = fd, .events = POLLIN};
    return poll(&end, 1, 0) > 0;
}

/* The one place where an interactive client waits for somebody to type. */
static void await(struct editor *editor)
{
    enum { TERMINAL, CANCEL, KEYBOARD, SERVER, ENDS };
    struct lab *lab = editor->app->lab;
    struct pollfd ends[ENDS] = {[TERMINAL] = {.fd = tty_fd(), .events = POLLIN},
                                [CANCEL] = {.fd = app_cancel_fd(), .events = POLLIN},
                                [KEYBOARD] = {.fd = STDIN_FILENO, .events = POLLIN},
                                [SERVER] = {.fd = lab_fd(lab), .events = POLLIN}};
    bool ready = lab_event_ready(lab);
    int got = poll(ends, ENDS, ready ? 0 : keys_wait(&editor->keys));
    if (got < 0 && errno != EINTR)
        editor->end = EDITOR_GONE;
    if (got < 0)
        ends[SERVER].revents = ends[KEYBOARD].revents = 0;
    /* asked again: a signal may have come after poll had looked, and before it returned. What was
     * typed after it is for the terminal as it is now, and what was typed after a Ctrl-C for the
     * next line */
    handle_terminal(editor);
    if (app_cancelled()) {
        app_cancel_reset();
        keys_drop(&editor->keys);
        editor->end = EDITOR_CANCELLED;
        return;
    }
    if (ready || ends[SERVER].revents != 0) {
        editor_give_way(editor);
        lines_print_events(editor->app);
    }
    if (ends[KEYBOARD].revents != 0 && !keys_read(&editor->keys, STDIN_FILENO))
        editor->end = EDITOR_GONE;
    if (got == 0 && !ready)
        keys_pause(&editor->keys);
}

/* ---- a line ---- */

static void act(struct editor *editor, struct key key)
{
    switch (edit_key(&editor->edit, key)) {
    case EDIT_MORE: break;
    case EDIT_ENTER: editor->end = EDITOR_LINE; break;
    case EDIT_EOF: editor->end = EDITOR_EOF; break;
    case EDIT_TAB: editor_tab(editor); break;
    case EDIT_CLEAR:
        (void)fputs("\033[H\033[2J", stdout);
        draw_forget(&editor->drawing);
        break;
    }
}

/* The line stays on the screen as it was typed. */
static void leave(struct editor *editor)
{
    editor->edit.search.on = false;
    editor->edit.cursor = editor->edit.length;
    draw(editor);
    if (editor->end == EDITOR_CANCELLED)
        (void)fputs("^C", stdout);
    draw_leave(&editor->drawing);
    (void)fflush(stdout);
}

enum editor_end editor_line(struct editor *editor, const char *prompt, char **line)
{
    struct key key;
    *line = NULL;
    if (!tty_take())
        return EDITOR_GONE;
    editor->prompt = prompt;
    editor->end = EDITOR_TYPED;
    edit_begin(&editor->edit);
    (void)tty_happened(); /* an old event: the size is asked for below */
    tty_size(&editor->drawing.columns, &editor->drawing.rows);
    while (editor->end == EDITOR_TYPED) {
        if (keys_next(&editor->keys, &key)) {
            act(editor, key);
            continue;
        }
        if (!can_read(STDIN_FILENO))
            draw(editor);
        await(editor);
    }
    if (editor->end == EDITOR_LINE)
        app_cancel_reset(); /* from here on, Ctrl-C is for what the line asks for */
    leave(editor);
    if (editor->end != EDITOR_LINE)
        return editor->end;
    *line = wide_to_utf8(editor->edit.text, editor->edit.length);
    if (*line == NULL)
        return EDITOR_GONE;
    history_add(&editor->history, *line);
    return EDITOR_LINE;
}

/* ---- beginning and end ---- */

void editor_begin(struct editor *editor, struct app *app)
{
    *editor = (struct editor){.app = app, .edit = {.history = &editor->history}};
    draw_begin(&editor->drawing, stdout);
    history_begin(&editor->history);
}

void editor_finish(struct editor *editor)
{
    edit_end(&editor->edit);
    history_end(&editor->history);
    draw_end(&editor->drawing);
}
