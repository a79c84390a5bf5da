/* client/editor.h: a line is typed, while other things happen
 *
 * One poll(2) waits for the keyboard, the socket, Ctrl-C and what happens to the terminal.
 * terminal/keys.h makes keys of bytes, edit.h a line of keys, draw.h draws it: once per wait,
 * however many keys came before it. What arrives meanwhile is printed above the line, which is
 * then drawn again as it was, also in the middle of a key's escape sequence or of a search.
 */
#ifndef CLIENT_EDITOR_H
#define CLIENT_EDITOR_H

#include "app/app.h"
#include "terminal/draw.h"
#include "terminal/edit.h"
#include "terminal/history.h"
#include "terminal/keys.h"

enum editor_end {
    EDITOR_LINE,      /* here it is */
    EDITOR_CANCELLED, /* Ctrl-C: there is none */
    EDITOR_EOF,       /* Ctrl-D on an empty line */
    EDITOR_GONE,      /* the terminal is gone, or there is no memory */
    EDITOR_TYPED      /* not ended: it is being typed */
};

struct editor {
    struct app *app;
    struct history history;
    struct keys keys;
    struct edit edit;
    struct drawing drawing;
    const char *prompt;
    enum editor_end end;
};

void editor_begin(struct editor *editor, struct app *app);
void editor_finish(struct editor *editor);

/* A line without its end, to be freed; NULL unless EDITOR_LINE is returned. It has '\n' in it if
 * several were pasted. */
enum editor_end editor_line(struct editor *editor, const char *prompt, char **line);

/* Makes room for something to be printed above the line. */
void editor_give_way(struct editor *editor);

/* TAB (editor_tab.c). */
void editor_tab(struct editor *editor);

#endif
