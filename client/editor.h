/* client/editor.h: a line is typed, while other things happen
 *
 * libedit (editline(3)) knows keys, history and words; it asks for the next character through a
 * function of ours (EL_GETCFN), and that is where everything waits: one poll(2) over the keyboard,
 * the socket, Ctrl-C and what happens to the terminal. So what arrives is shown whatever state
 * libedit is in: in the middle of a key's escape sequence, or of a search. What libedit draws goes
 * nowhere; terminal_draw.h draws, once per wait, however many keys came before it.
 */
#ifndef CLIENT_EDITOR_H
#define CLIENT_EDITOR_H

#include <histedit.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "app/app.h"
#include "terminal/keys.h"
#include "terminal/history.h"
#include "terminal/draw.h"

enum editor_end {
    EDITOR_LINE,      /* here it is */
    EDITOR_CANCELLED, /* Ctrl-C: there is none */
    EDITOR_EOF,       /* Ctrl-D on an empty line */
    EDITOR_GONE       /* the terminal is gone, or there is no memory */
};

enum { EDITOR_PATTERN = 128 }; /* characters of what is searched for */

struct editor {
    struct app *app;
    EditLine *el;
    HistoryW *history;          /* libedit's copy of past, for the arrow keys */
    FILE *nowhere, *complaints; /* of libedit */
    bool complained;
    struct past past;
    struct keys keys;
    struct drawing drawing;
    const char *prompt;
    enum editor_end end; /* EDITOR_LINE while it is typed */
    struct {
        bool on, failed;
        wchar_t pattern[EDITOR_PATTERN];
        size_t length;
        size_t found; /* number of the line in past */
        wchar_t *line;
    } search;
};

/* Returns false where libedit can't be had: no memory, no terminal, or "edit off" in ~/.editrc. End
 * it all the same. */
bool editor_begin(struct editor *editor, struct app *app);
void editor_finish(struct editor *editor);

/* A line without its end, to be freed; NULL unless EDITOR_LINE is returned. It has '\n' in it where
 * several were pasted. Between two calls the terminal is as tty_quiet leaves it. */
enum editor_end editor_line(struct editor *editor, const char *prompt, char **line);

/* ---- for the keys that are ours ---- */

struct editor *editor_of(EditLine *el);

/* Makes room for something to be printed above the line. */
void editor_give_way(struct editor *editor);

/* Bindings (editor_keys.c): ours, before somebody's own are read; and afterwards those that have
 * to be there, and ours once more where all were reset (bind -v). */
FILE *editor_complaints(struct editor *editor);
void editor_bind(struct editor *editor);
void editor_bind_again(struct editor *editor);

/* TAB, Ctrl-R (editor_tab.c, editor_search.c). */
unsigned char editor_tab(EditLine *el, wint_t key);
unsigned char editor_search(EditLine *el, wint_t key);

#endif
