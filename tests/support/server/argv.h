/* argv.h: a command in one string, taken apart like a simple shell would */
#ifndef SUPPORT_WORDS_H
#define SUPPORT_WORDS_H

/* What stands for {port}, {dir} and {options}. NULL stands for nothing. */
struct argv_values {
    const char *port;
    const char *dir;
    const char *options;
};

/* Splits the template at spaces; single and double quotes and a backslash hold words together.
 * Then every {port}, {dir} and {options} is replaced; a word that is {options} and nothing else
 * becomes as many words as there are options; {console} and {signals} stand for nothing. Returns a
 * NULL-terminated array for execvp, to be freed with argv_free, or NULL when a quote is not closed
 * or there is no word at all. */
char **argv_expand(const char *template, const struct argv_values *values);

void argv_free(char **words);

#endif
