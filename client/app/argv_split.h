/* client/app/argv_split.h: a command line cut into words as a shell does, without variables
 * and the like
 *
 * Words stand between spaces and tabs, commands between ';' and line ends, LF or CR LF. Other
 * than in a shell, a quote opens at the beginning of a word only, and a '#' begins a comment only
 * at the beginning of a command: `say it's #1` needs no quotes. '…' keeps everything as it is; in
 * "…" a backslash keeps the next '"' or '\', outside of quotes the next character, whatever it
 * is.
 */
#ifndef CLIENT_ARGV_SPLIT_H
#define CLIENT_ARGV_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

struct arg {
    char *text;
    bool pattern; /* has a '*', '?' or '[' that was not quoted: a pattern for fnmatch(3) */
};

struct argv {
    struct arg *arg;
    size_t count;
    char *text; /* what the words point into */
};

enum argv_status { ARGV_OK, ARGV_OPEN_QUOTE, ARGV_NO_MEMORY };

/* Cuts one command off a line, up to its end or to a ';' outside of quotes; *rest is what
 * follows, NULL at the end of the line. End it, whatever is returned. */
enum argv_status argv_split(struct argv *argv, const char *line, const char **rest);
void argv_end(struct argv *argv);

/* What has to be typed to get text as one word: as it is, or with a quote at both ends. open is the
 * quote to be kept if possible, '\0' for none. To be freed; NULL: no memory. */
char *argv_quote(const char *text, char open);

/* Has a text characters of a pattern? For words that a shell has cut. */
bool argv_is_pattern(const char *text);

#endif
