/* client/app/argv_split.c: see argv_split.h */
#include "app/argv_split.h"

#include <stdlib.h>
#include <string.h>

static const char patterns[] = "*?[";

/* The CR of CR LF, also if the LF has been removed. */
static bool is_cr(const char *text)
{
    return text[0] == '\r' && (text[1] == '\n' || text[1] == '\0');
}

static bool ends_command(const char *text)
{
    return *text == '\0' || *text == ';' || *text == '\n' || is_cr(text);
}

static bool ends_word(const char *text)
{
    return *text == ' ' || *text == '\t' || ends_command(text);
}

/* Copies what stands between quotes; *line is at the opening one, and then after the closing one.
 * False: there is none. */
static bool copy_quoted(const char **line, char **to)
{
    const char *from = *line;
    char quote = *from++;
    for (; *from != quote; from++) {
        if (*from == '\0')
            return false;
        if (quote == '"' && *from == '\\' && (from[1] == '"' || from[1] == '\\'))
            from++;
        *(*to)++ = *from;
    }
    *line = from + 1;
    return true;
}

/* Copies one word and its NUL. */
static bool copy_word(const char **line, char **to, bool *pattern)
{
    *pattern = false;
    if ((**line == '\'' || **line == '"') && !copy_quoted(line, to))
        return false;
    const char *from = *line;
    for (; !ends_word(from); from++) {
        if (*from == '\\' && from[1] != '\0')
            from++;
        else if (strchr(patterns, *from) != NULL)
            *pattern = true;
        *(*to)++ = *from;
    }
    *(*to)++ = '\0';
    *line = from;
    return true;
}

static struct arg *argv_add(struct argv *argv)
{
    if ((argv->count & (argv->count - 1)) == 0) { /* 0, 1, 2, 4, 8, …: twice the room */
        size_t room = argv->count == 0 ? 1 : argv->count * 2;
        struct arg *word = realloc(argv->arg, room * sizeof *word);
        if (word == NULL)
            return NULL;
        argv->arg = word;
    }
    return &argv->arg[argv->count++];
}

enum argv_status argv_split(struct argv *argv, const char *line, const char **rest)
{
    *argv = (struct argv){0};
    *rest = NULL;
    char *to = argv->text = malloc(strlen(line) + 1); /* no word gets longer by being cut off */
    if (to == NULL)
        return ARGV_NO_MEMORY;
    for (;;) {
        line += strspn(line, " \t");
        if (*line == '#' && argv->count == 0)
            line += strcspn(line, "\n");
        if (ends_command(line))
            break;
        struct arg *word = argv_add(argv);
        if (word == NULL)
            return ARGV_NO_MEMORY;
        word->text = to;
        if (!copy_word(&line, &to, &word->pattern))
            return ARGV_OPEN_QUOTE;
    }
    line += is_cr(line);
    if (*line != '\0')
        *rest = line + 1;
    return ARGV_OK;
}

void argv_end(struct argv *argv)
{
    free(argv->arg);
    free(argv->text);
    *argv = (struct argv){0};
}

bool argv_is_pattern(const char *text)
{
    return strpbrk(text, patterns) != NULL;
}

/* Would the text be cut or understood otherwise, without quotes? */
static bool wants_quotes(const char *text)
{
    return text[0] == '\0' || strchr("'\"#", text[0]) != NULL ||
           strpbrk(text, " \t\n;\\*?[") != NULL;
}

char *argv_quote(const char *text, char open)
{
    if (open == '\0' && !wants_quotes(text))
        return strdup(text);
    char quote = open == '"' || strchr(text, '\'') != NULL ? '"' : '\'';
    char *quoted = malloc(2 * strlen(text) + 3);
    if (quoted == NULL)
        return NULL;
    char *to = quoted;
    *to++ = quote;
    for (; *text != '\0'; text++) {
        if (quote == '"' && (*text == '"' || *text == '\\'))
            *to++ = '\\';
        *to++ = *text;
    }
    *to++ = quote;
    *to = '\0';
    return quoted;
}
