/* client/words.h: a command line cut into words, as a shell would, but for variables and such
 *
 * Words stand between spaces and tabs. '…' keeps everything as it is, in "…" a backslash keeps
 * the next '"' or '\', outside of quotes the next character whatever it is. A '#' that begins a word
 * begins a comment.
 */
#ifndef CLIENT_WORDS_H
#define CLIENT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct word {
    char *text;
    bool pattern; /* has a '*', '?' or '[' that was not quoted: a pattern for fnmatch(3) */
};

struct words {
    struct word *word;
    size_t count;
};

enum words_status { WORDS_OK, WORDS_OPEN_QUOTE, WORDS_NO_MEMORY };

/* Cuts one command off a line, up to its end or to a ';' outside of quotes; *rest is what stands
 * behind that, NULL at the end of the line. Free the words, whatever is returned. */
enum words_status words_cut(struct words *words, const char *line, const char **rest);

void words_free(struct words *words);

/* What has to be typed to get text as one word: as it is, or quoted. To be freed; NULL: no memory.
 * open is the quote that has been typed already, '\0' for none. */
char *words_quote(const char *text, char open);

#endif
