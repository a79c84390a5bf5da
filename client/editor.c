/* client/editor.c: see editor.h */
#include "editor.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plain.h"
#include "terminal/tty.h"
#include "terminal/wide.h"

struct editor *editor_of(EditLine *el)
{
    void *editor = NULL;
    (void)el_wget(el, EL_CLIENTDATA, &editor);
    return editor;
}

/* ---- what is seen ---- */

void editor_give_way(struct editor *editor)
{
    draw_wipe(&editor->drawing);
    (void)fflush(stdout);
}

static void draw_search(struct editor *editor)
{
    char prompt[EDITOR_PATTERN * WIDE_BYTES + 32];
    char *pattern = wide_to_utf8(editor->search.pattern, editor->search.length);
    (void)snprintf(prompt, sizeof prompt, "(%s %s) ",
                   editor->search.failed ? "no line with" : "search",
                   pattern == NULL ? "" : pattern);
    free(pattern);
    const wchar_t *text = editor->search.line == NULL ? L"" : editor->search.line;
    draw_line(&editor->drawing, prompt,
              &(struct draw_line){.text = text, .length = wcslen(text), .cursor = wcslen(text)});
}

static void draw(struct editor *editor)
{
    const LineInfoW *line = el_wline(editor->el);
    if (editor->search.on)
        draw_search(editor);
    else
        draw_line(&editor->drawing, editor->prompt,
                  &(struct draw_line){.text = line->buffer,
                                      .length = (size_t)(line->lastchar - line->buffer),
                                      .cursor = (size_t)(line->cursor - line->buffer)});
    (void)fflush(stdout);
}

/* ---- what happens ---- */

static void see_to_terminal(struct editor *editor)
{
    int columns, rows;
    unsigned int happened = tty_happened();
    if (happened == 0)
        return;
    tty_size(&columns, &rows);
    if (happened & TTY_RESUMED) {
        if (!tty_await_front())
            editor->end = EDITOR_GONE;
        (void)tty_happened(); /* what continued us last belongs to it */
        (void)el_wset(editor->el, EL_PREP_TERM, 0);
        (void)el_wset(editor->el, EL_PREP_TERM, 1);
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
    /* asked anew: a signal may have come after poll had looked, and before it returned. What was
     * typed behind it is for the terminal as it is now, and what was typed behind a Ctrl-C for the
     * next line */
    see_to_terminal(editor);
    if (app_cancelled()) {
        app_cancel_reset();
        keys_drop(&editor->keys);
        editor->end = EDITOR_CANCELLED;
        return;
    }
    if (ready || ends[SERVER].revents != 0) {
        editor_give_way(editor);
        terminal_hear(editor->app);
    }
    if (ends[KEYBOARD].revents != 0 && !keys_read(&editor->keys, STDIN_FILENO))
        editor->end = EDITOR_GONE;
    if (got == 0 && !ready)
        keys_pause(&editor->keys);
}

/* For EL_GETCFN. An end stays an end until the next line is begun, however many of libedit's
 * functions are on the way out. */
static int next_character(EditLine *el, wchar_t *c)
{
    struct editor *editor = editor_of(el);
    while (editor->end == EDITOR_LINE) {
        if (keys_next(&editor->keys, c))
            return 1;
        if (!can_read(STDIN_FILENO))
            draw(editor);
        await(editor);
    }
    *c = L'\0';
    return -1;
}

/* ---- a line ---- */

static void remember(struct editor *editor, const char *line)
{
    HistEventW event;
    wchar_t *wide = wide_from_utf8(line);
    if (wide != NULL && wide[0] != L'\0')
        (void)history_w(editor->history, &event, H_ENTER, wide);
    free(wide);
}

/* Each line of what was pasted by itself: a file of lines can't hold others. */
static void remember_lines(struct editor *editor, const char *text)
{
    for (size_t len; *text != '\0'; text += len + (text[len] == '\n')) {
        len = strcspn(text, "\n");
        char *line = strndup(text, len);
        if (line != NULL) {
            remember(editor, line);
            past_add(&editor->past, line);
        }
        free(line);
    }
}

/* The line stays on the screen as it was typed. */
static void leave(struct editor *editor, const wchar_t *text, size_t length)
{
    editor->search.on = false;
    draw_line(&editor->drawing, editor->prompt,
              &(struct draw_line){.text = text, .length = length, .cursor = length});
    if (editor->end == EDITOR_CANCELLED)
        (void)fputs("^C", stdout);
    draw_leave(&editor->drawing);
    (void)fflush(stdout);
}

enum editor_end editor_line(struct editor *editor, const char *prompt, char **line)
{
    int count = 0;
    *line = NULL;
    editor->prompt = prompt;
    editor->end = EDITOR_LINE;
    if (!tty_await_front())
        return EDITOR_GONE;
    tty_edited();
    (void)tty_happened(); /* all begins anew here */
    tty_size(&editor->drawing.columns, &editor->drawing.rows);
    (void)el_wset(editor->el, EL_EDITMODE, 1); /* Alt-X can have ended it */
    const wchar_t *text = el_wgets(editor->el, &count);
    if (text == NULL) {
        const LineInfoW *info = el_wline(editor->el);
        leave(editor, info->buffer, (size_t)(info->lastchar - info->buffer));
        if (editor->end == EDITOR_LINE)
            editor->end = EDITOR_EOF;
    } else {
        size_t length = (size_t)count;
        if (length > 0 && text[length - 1] == L'\n')
            length--;
        app_cancel_reset(); /* from here on, Ctrl-C is for what the line asks for */
        leave(editor, text, length);
        *line = wide_to_utf8(text, length);
        if (*line == NULL)
            editor->end = EDITOR_GONE;
    }
    tty_quiet();
    if (*line != NULL)
        remember_lines(editor, *line);
    return editor->end;
}

/* ---- beginning and end ---- */

bool editor_begin(struct editor *editor, struct app *app)
{
    HistEventW event;
    int edits = 0;
    *editor = (struct editor){.app = app};
    draw_begin(&editor->drawing, stdout);
    past_begin(&editor->past);
    editor->nowhere = fopen("/dev/null", "we");
    editor->complaints = editor_complaints(editor);
    editor->history = history_winit();
    if (editor->nowhere == NULL || editor->complaints == NULL || editor->history == NULL)
        return false;
    editor->el = el_init_fd("lab-client", stdin, editor->nowhere, editor->complaints, STDIN_FILENO,
                            STDOUT_FILENO, STDERR_FILENO);
    if (editor->el == NULL)
        return false;
    (void)history_w(editor->history, &event, H_SETSIZE, PAST_LINES);
    (void)history_w(editor->history, &event, H_SETUNIQUE, 1);
    for (size_t i = 0; i < editor->past.count; i++)
        remember(editor, editor->past.lines[i]);
    (void)el_wset(editor->el, EL_CLIENTDATA, editor);
    (void)el_wset(editor->el, EL_HIST, history_w, editor->history);
    (void)el_wset(editor->el, EL_EDITOR, L"emacs");
    (void)el_wset(editor->el, EL_GETCFN, next_character);
    /* between two lines it stays as tty_quiet wants it: were it cooked even for a moment, the kernel
     * would take a Ctrl-D that comes just then for itself */
    (void)el_wset(editor->el, EL_SETTY, L"-x", L"-icanon", L"-echo", L"-echonl", NULL);
    editor_bind(editor);
    (void)el_source(editor->el, NULL); /* ~/.editrc, where there is one: editrc(5) */
    editor_bind_again(editor);
    return el_wget(editor->el, EL_EDITMODE, &edits) == 0 && edits != 0;
}

void editor_finish(struct editor *editor)
{
    if (editor->el != NULL)
        el_end(editor->el);
    if (editor->history != NULL)
        history_wend(editor->history);
    if (editor->nowhere != NULL)
        (void)fclose(editor->nowhere);
    if (editor->complaints != NULL)
        (void)fclose(editor->complaints);
    past_end(&editor->past);
    draw_end(&editor->drawing);
    free(editor->search.line);
}
