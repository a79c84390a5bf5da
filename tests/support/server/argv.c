#include "argv.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"

struct list {
    char **words;
    size_t n, room;
};

static void list_add(struct list *list, char *word)
{
    list->words = grow(list->words, &list->room, list->n + 2, sizeof *list->words);
    list->words[list->n++] = word;
    list->words[list->n] = NULL;
}

void argv_free(char **words)
{
    for (size_t i = 0; words && words[i]; i++)
        free(words[i]);
    free(words);
}

/* Takes one word from *text, which is moved behind it. NULL at the end or for an open quote. */
static char *words_next(const char **text, bool *open_quote)
{
    const char *p = *text + strspn(*text, " \t\n");
    char *word = calloc(1, strlen(p) + 1);
    size_t n = 0;
    char quote = '\0';

    if (!word)
        abort();
    if (!*p) {
        free(word);
        return NULL;
    }
    for (; *p && (quote || !strchr(" \t\n", *p)); p++) {
        if (quote && *p == quote)
            quote = '\0';
        else if (!quote && (*p == '\'' || *p == '"'))
            quote = *p;
        else if (*p == '\\' && quote != '\'' && p[1])
            word[n++] = *++p;
        else
            word[n++] = *p;
    }
    *open_quote = quote != '\0';
    *text = p;
    return word;
}

static bool words_split(const char *text, struct list *list)
{
    bool open_quote = false;

    for (char *word; (word = words_next(&text, &open_quote));)
        list_add(list, word);
    return !open_quote;
}

static char *words_replace(const char *word, const struct argv_values *values)
{
    const char *names[] = {"{port}", "{dir}", "{options}", "{console}", "{signals}"};
    const char *texts[] = {values->port, values->dir, values->options, NULL, NULL};
    enum { NAMES = sizeof names / sizeof names[0] };
    char *result = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&result, &size);

    if (!out)
        abort();
    while (*word) {
        size_t i = 0;

        while (i < NAMES && strncmp(word, names[i], strlen(names[i])) != 0)
            i++;
        if (i == NAMES) {
            fputc(*word++, out);
        } else {
            fputs(texts[i] ? texts[i] : "", out);
            word += strlen(names[i]);
        }
    }
    fclose(out);
    return result;
}

char **argv_expand(const char *template, const struct argv_values *values)
{
    struct list parts = {0};
    struct list result = {0};
    bool good = words_split(template, &parts) && parts.n > 0;

    for (size_t i = 0; good && i < parts.n; i++) {
        if (strcmp(parts.words[i], "{options}") == 0)
            good = words_split(values->options ? values->options : "", &result);
        else if (strcmp(parts.words[i], "{console}") != 0 &&
                 strcmp(parts.words[i], "{signals}") != 0)
            list_add(&result, words_replace(parts.words[i], values));
    }
    argv_free(parts.words);
    if (good)
        return result.words;
    argv_free(result.words);
    return NULL;
}
