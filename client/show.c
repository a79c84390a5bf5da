/* client/show.c: see show.h */
#include "show.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"

/* Colours of ECMA-48: a nick keeps its own, so that people can be told apart. */
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

void show_event(const struct app *app, const struct lab_event *event)
{
    char nick[LAB_VISIBLE_SIZE(LAB_NICK)], text[LAB_VISIBLE_SIZE(LAB_TEXT)];
    lab_visible(nick, sizeof nick, event->nick, strlen(event->nick));
    lab_visible(text, sizeof text, event->text, strlen(event->text));
    switch (event->kind) {
    case LAB_SAID:
        paint(app, nick_colour(event->nick));
        fputs(nick, stdout);
        paint(app, "0");
        printf(" say ： %s\n", text);
        return;
    case LAB_JOIN:
        paint(app, joined_colour);
        printf("→ %s joined", nick);
        break;
    case LAB_LEFT:
        paint(app, left_colour);
        printf("← %s left", nick);
        break;
    case LAB_ADMIN:
        paint(app, admin_colour);
        printf("*** the administrator: %s", text);
        break;
    }
    paint(app, "0");
    putchar('\n');
}

/* In pieces, so that a text of any length can be shown: a piece ends where a character does. */
static void show_text(FILE *out, const char *text, size_t len)
{
    char piece[LAB_VISIBLE_SIZE(1024)];
    while (len > 0) {
        size_t n = len;
        if (n > 1024)
            for (n = 1024; n > 1021 && ((unsigned char)text[n] & 0xc0) == 0x80; n--)
                ;
        fputs(lab_visible(piece, sizeof piece, text, n), out);
        text += n;
        len -= n;
    }
}

void show_line(const char *text)
{
    show_text(stdout, text, strlen(text));
    putchar('\n');
}

int show_digits(uint64_t size)
{
    return snprintf(NULL, 0, "%" PRIu64, size);
}

void show_file(uint64_t size, int columns, const char *name, char mark)
{
    printf("%*" PRIu64 " ", columns, size);
    show_text(stdout, name, strlen(name));
    if (mark != '\0')
        putchar(mark);
    putchar('\n');
}

void show_sentence(const char *before, const char *format, va_list values)
{
    char *text;
    int len = vasprintf(&text, format, values);
    if (len < 0)
        return;
    fputs(before, stderr);
    show_text(stderr, text, (size_t)len);
    fputc('\n', stderr);
    free(text);
}
