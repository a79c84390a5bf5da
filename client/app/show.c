/* client/app/show.c: see show.h */
#include "app/show.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/lab.h"

/* Colours of ECMA-48: the same for a nick each time. */
static const char *const nick_colours[] = {"1;36", "1;34", "1;35", "1;32", "1;33"};
static const char joined_colour[] = "32", left_colour[] = "33", admin_colour[] = "1;31";

static const char *nick_colour(const char *nick)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (; *nick != '\0'; nick++)
        hash = (hash ^ (unsigned char)*nick) * 16777619u;
    return nick_colours[hash % (sizeof nick_colours / sizeof nick_colours[0])];
}

static void paint(const struct app *app, const char *colour)
{
    if (app->colour)
        printf("\033[%sm", colour);
}

size_t show_piece(const char *text, size_t len)
{
    size_t n = SHOW_PIECE;
    if (len <= SHOW_PIECE)
        return len;
    while (n > SHOW_PIECE - 3 && ((unsigned char)text[n] & 0xc0) == 0x80)
        n--;
    return n;
}

/* In pieces, so that a text of any length can be shown. */
static void show_visible(FILE *out, const char *text)
{
    char piece[LAB_VISIBLE_SIZE(SHOW_PIECE)];
    size_t len = strlen(text);
    while (len > 0) {
        size_t n = show_piece(text, len);
        fputs(lab_visible(piece, sizeof piece, text, n), out);
        text += n;
        len -= n;
    }
}

/* Words around them, in the language of a person who reads; a program gets the same in all. */
static void show_words(const char *words)
{
    fputs(isatty(STDOUT_FILENO) ? _(words) : words, stdout);
}

/* A program that reads names and texts from a file or a pipe is to get them as they are. */
static void show_text(const char *text)
{
    if (isatty(STDOUT_FILENO))
        show_visible(stdout, text);
    else
        fputs(text, stdout);
}

void show_event(const struct app *app, const struct lab_event *event)
{
    switch (event->kind) {
    case LAB_SAID:
        paint(app, nick_colour(event->nick));
        show_text(event->nick);
        paint(app, "0");
        show_words(N_(" say"));
        fputs(" ： ", stdout);
        show_text(event->text);
        putchar('\n');
        return;
    case LAB_JOIN:
        paint(app, joined_colour);
        fputs("→ ", stdout);
        show_text(event->nick);
        show_words(N_(" joined"));
        break;
    case LAB_LEFT:
        paint(app, left_colour);
        fputs("← ", stdout);
        show_text(event->nick);
        show_words(N_(" left"));
        break;
    case LAB_ADMIN:
        paint(app, admin_colour);
        show_words(N_("*** the administrator: "));
        show_text(event->text);
        break;
    }
    paint(app, "0");
    putchar('\n');
}

void show_line(const char *text)
{
    show_text(text);
    putchar('\n');
}

int show_digits(uint64_t size)
{
    return snprintf(NULL, 0, "%" PRIu64, size);
}

void show_file(uint64_t size, int columns, const char *name, char mark)
{
    printf("%*" PRIu64 " ", columns, size);
    show_text(name);
    if (mark != '\0')
        putchar(mark);
    putchar('\n');
}

void show_sentence(const char *before, const char *format, va_list values)
{
    char *text;
    if (vasprintf(&text, format, values) < 0)
        return;
    fputs(before, stderr);
    show_visible(stderr, text);
    fputc('\n', stderr);
    free(text);
}
