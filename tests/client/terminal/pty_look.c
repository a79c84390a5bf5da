/* pty_look.c: what is seen in a client's terminal; see pty.h */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bound.h"
#include "grow.h"
#include "pty.h"

_Noreturn void pty_give_up(struct pty *pty, const char *wanted, const char *what)
{
    screen_print(&pty->screen, stderr);
    unit_fail(__FILE__, __LINE__, "%s: %s", wanted, what);
}

void pty_pump(struct pty *pty)
{
    for (;;) {
        char bytes[4096];
        ssize_t got = read(pty->master, bytes, sizeof bytes);
        if (got <= 0) {
            pty->ended = pty->ended || got == 0 || (errno != EAGAIN && errno != EINTR);
            return;
        }
        screen_feed(&pty->screen, bytes, (size_t)got);
        pty->bytes = grow(pty->bytes, &pty->room, pty->count + (size_t)got + 1, 1);
        memcpy(pty->bytes + pty->count, bytes, (size_t)got);
        pty->count += (size_t)got;
        pty->bytes[pty->count] = '\0';
    }
}

bool pty_more(struct pty *pty, long end)
{
    struct pollfd master = {.fd = pty->master, .events = POLLIN};
    long left = end - bound_now();
    if (pty->ended || left <= 0)
        return false;
    (void)poll(&master, 1, left < 100 ? (int)left : 100);
    pty_pump(pty);
    return true;
}

void pty_await(struct pty *pty, const char *text)
{
    long end = bound_now() + bound_of(BOUND_GENEROUS);
    pty_pump(pty);
    while (strstr(screen_text(&pty->screen), text) == NULL)
        if (!pty_more(pty, end))
            pty_give_up(pty, "to be seen", text);
}

void pty_expect_row(struct pty *pty, int row, const char *text, int column)
{
    long end = bound_now() + bound_of(BOUND_GENEROUS);
    pty_pump(pty);
    for (;;) {
        int at = pty->screen.row + row;
        if (at >= 0 && at < pty->screen.rows && strcmp(screen_row(&pty->screen, at), text) == 0 &&
            (column < 0 || (column == pty->screen.column && !pty->screen.pending)))
            return;
        if (!pty_more(pty, end)) {
            char wanted[64];
            (void)snprintf(wanted, sizeof wanted, "%d rows from the cursor, which is in column %d",
                           row, column);
            pty_give_up(pty, wanted, text);
        }
    }
}

void pty_expect_end(struct pty *pty, const char *rows)
{
    long end = bound_now() + bound_of(BOUND_GENEROUS);
    pty_pump(pty);
    for (;;) {
        const char *text = screen_text(&pty->screen);
        size_t have = strlen(text), want = strlen(rows);
        if (have >= want && strcmp(text + have - want, rows) == 0 &&
            (have == want || text[have - want - 1] == '\n'))
            return;
        if (!pty_more(pty, end))
            pty_give_up(pty, "at the end of the screen", rows);
    }
}

void pty_expect_prompt(struct pty *pty, const char *prompt)
{
    pty_expect_row(pty, 0, prompt, (int)strlen(prompt) + 1);
}

/* ---- typing, and what is seen then ---- */

void pty_line(struct pty *pty, const char *keys, const char *row, int column)
{
    pty_type(pty, keys);
    pty_expect_row(pty, 0, row, column);
}

void pty_ask(struct pty *pty, const char *keys, const char *text)
{
    pty_type(pty, keys);
    pty_await(pty, text);
}

void pty_rows(struct pty *pty, const char *keys, const char *rows)
{
    pty_type(pty, keys);
    pty_expect_end(pty, rows);
}

void pty_prompt(struct pty *pty, const char *keys, const char *prompt)
{
    pty_type(pty, keys);
    pty_expect_prompt(pty, prompt);
}

void pty_leave(struct pty *pty, const char *keys)
{
    pty_type(pty, keys);
    pty_expect_restored(pty);
    pty_finish(pty, 0);
}
