/* client/terminal/edit.h: a line, and what keys do to it
 *
 * Keys go in, a line comes out: it reads nothing and draws nothing. The keys are those of emacs
 * and bash: Ctrl-A E B F D H K U W Y P N R V, Alt-B F D, arrows, Home, End, Delete.
 */
#ifndef CLIENT_EDIT_H
#define CLIENT_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

#include "terminal/history.h"
#include "terminal/keys.h"

enum { EDIT_PATTERN = 128 }; /* characters of what is searched for */

/* What a key asks its caller to do. */
enum edit_result {
    EDIT_MORE,  /* nothing: the line may have changed */
    EDIT_ENTER, /* the line is complete */
    EDIT_EOF,   /* Ctrl-D on an empty line */
    EDIT_TAB,
    EDIT_CLEAR /* Ctrl-L: clear the screen */
};

struct edit {
    const struct history *history; /* by reference */
    wchar_t *text;                 /* has '\n' in it if several lines were pasted */
    size_t length, cursor, room;   /* characters; the cursor is before this one */
    size_t shown;                  /* number of the line of the history; its count: none */
    wchar_t *typed;                /* the line before one of the history was shown */
    wchar_t *killed;               /* for Ctrl-Y */
    bool quoting;                  /* after Ctrl-V */
    struct {
        bool on, failed;
        wchar_t pattern[EDIT_PATTERN];
        size_t length;
        size_t found;  /* number of the line in the history */
        wchar_t *line; /* NULL: nothing was found yet */
    } search;
};

/* Begins a line; what was killed is kept. The first time, edit is zero but for the history. */
void edit_begin(struct edit *edit);
void edit_end(struct edit *edit);

enum edit_result edit_key(struct edit *edit, struct key key);

/* Puts text in the place of the characters from .. to, and the cursor after it. Without memory
 * the line stays as it is. */
void edit_replace(struct edit *edit, size_t from, size_t to, const wchar_t *text, size_t length);

/* edit_search.c: Ctrl-R, a search backwards in the history. edit_search_key returns whether the
 * search took the key: if not, the search has ended, and the key is for the line. */
void edit_search(struct edit *edit);
bool edit_search_key(struct edit *edit, struct key key);

#endif
