/* client/app/argv.c: see argv.h */
#include "app/argv.h"

#include <stdlib.h>
#include <string.h>

static const char patterns[] = "*?[";

/* The CR of CR LF, also where the LF is lost already. */
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

/* Copies what stands between quotes; *line is at the opening one, and then behind the closing one.
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

static struct word *words_add(struct words *words)
{
    if ((words->count & (words->count - 1)) == 0) { /* 0, 1, 2, 4, 8, …: twice the room */
        size_t room = words->count == 0 ? 1 : words->count * 2;
        struct word *word = realloc(words->word, room * sizeof *word);
        if (word == NULL)
            return NULL;
        words->word = word;
    }
    return &words->word[words->count++];
}

enum words_status words_cut(struct words *words, const char *line, const char **rest)
{
    *words = (struct words){0};
    *rest = NULL;
    char *to = words->text = malloc(strlen(line) + 1); /* no word gets longer by being cut off */
    if (to == NULL)
        return WORDS_NO_MEMORY;
    for (;;) {
        line += strspn(line, " \t");
        if (*line == '#' && words->count == 0)
            line += strcspn(line, "\n");
        if (ends_command(line))
            break;
        struct word *word = words_add(words);
        if (word == NULL)
            return WORDS_NO_MEMORY;
        word->text = to;
        if (!copy_word(&line, &to, &word->pattern))
            return WORDS_OPEN_QUOTE;
    }
    line += is_cr(line);
    if (*line != '\0')
        *rest = line + 1;
    return WORDS_OK;
}

void words_end(struct words *words)
{
    free(words->word);
    free(words->text);
    *words = (struct words){0};
}

bool words_pattern(const char *text)
{
    return strpbrk(text, patterns) != NULL;
}

/* Would the text be cut or understood otherwise, without quotes? */
static bool wants_quotes(const char *text)
{
    return text[0] == '\0' || strchr("'\"#", text[0]) != NULL ||
           strpbrk(text, " \t\n;\\*?[") != NULL;
}

char *words_quote(const char *text, char open)
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
