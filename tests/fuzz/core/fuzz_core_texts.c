/* fuzz_core_texts.c: the functions of core/ without a state, against what docs/protocol.md says,
 * written down a second time */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/options.h"
#include "base/utf8.h"
#include "fuzz_core.h"

/* ---- the grammar, once more ---- */

static bool has(const char *bytes, size_t len, char what)
{
    return len > 0 && memchr(bytes, what, len) != NULL;
}

static bool name_ok(const char *name, size_t len)
{
    return len >= 1 && len <= 255 && fuzz_printable(name, len) && !has(name, len, '/') &&
           name[0] != '.' && name[0] != ' ' && name[len - 1] != ' ';
}

static bool nick_ok(const char *nick, size_t len)
{
    bool admin = (len == 5 && strncasecmp(nick, "admin", 5) == 0) ||
                 (len == 9 && memcmp(nick, "\xe7\xae\xa1\xe7\x90\x86\xe5\x91\x98", 9) == 0);
    return len >= 1 && len <= 32 && fuzz_printable(nick, len) && !has(nick, len, ' ') && !admin;
}

static bool text_ok(const char *text, size_t len)
{
    return len >= 1 && len <= 1021 && fuzz_printable(text, len);
}

/* "<number> <rest>": the number goes, the rest stays. */
static bool number_ok(struct request *request)
{
    size_t digits = 0;
    while (digits < request->arg_len && request->arg[digits] >= '0' && request->arg[digits] <= '9')
        request->number = request->number * 10 + (uint64_t)(request->arg[digits++] - '0');
    if (digits == 0 || digits > 19 || digits == request->arg_len || request->arg[digits] != ' ')
        return false;
    request->arg += digits + 1;
    request->arg_len -= digits + 1;
    return true;
}

enum proto_code texts_parse(const char *line, size_t len, struct request *request)
{
    *request = (struct request){.verb = ' '};
    if (len > 0)
        request->verb = line[0];
    if (has("LWXNQ", 5, request->verb))
        return len == 1 ? PROTO_OK : PROTO_BAD_REQUEST;
    if (!has("GRPHCS", 6, request->verb) || len < 2 || line[1] != ' ')
        return PROTO_BAD_REQUEST;
    request->arg = line + 2;
    request->arg_len = len - 2;
    if (has("RP", 2, request->verb) && !number_ok(request))
        return PROTO_BAD_REQUEST;
    if (request->verb == 'C')
        return nick_ok(request->arg, request->arg_len) ? PROTO_OK : PROTO_BAD_NICK;
    if (request->verb == 'S')
        return text_ok(request->arg, request->arg_len) ? PROTO_OK : PROTO_BAD_REQUEST;
    return name_ok(request->arg, request->arg_len) ? PROTO_OK : PROTO_BAD_NAME;
}

/* A digit at the end, digits before it, perhaps a dot and digits before that, and then HTTP's
 * name. */
bool texts_http(const char *line, size_t len)
{
    static const char digits[] = "0123456789";
    size_t at = len;
    for (int numbers = 0; numbers < 2; numbers++) {
        size_t end = at;
        while (at > 0 && has(digits, 10, line[at - 1]))
            at--;
        if (at == end)
            return false;
        if (at >= 6 && memcmp(line + at - 6, " HTTP/", 6) == 0)
            return true;
        if (at == 0 || line[--at] != '.')
            return false;
    }
    return false;
}

/* ---- both have the same result ---- */

static void characters_check(const char *bytes, size_t len)
{
    for (size_t at = 0; at < len; at++) {
        uint32_t code = 0, other = 0;
        size_t used = utf8_decode(bytes + at, len - at, &code);
        fuzz_check(used == fuzz_character(bytes + at, len - at, &other) && code == other,
                   "a character of %zu bytes, U+%04X or U+%04X", used, code, other);
    }
    fuzz_check(utf8_printable(bytes, len) == fuzz_printable(bytes, len), "printable?");
}

static void line_check(const char *line, size_t len)
{
    struct request request = {0}, other;
    uint64_t number = 0;
    enum proto_code code = proto_parse(line, len, &request), due = texts_parse(line, len, &other);
    fuzz_check(code == due, "%s, not %s: %s", proto_code_word(code), proto_code_word(due),
               fuzz_quote(line, len));
    if (code == PROTO_OK)
        fuzz_check(request.verb == other.verb && request.number == other.number &&
                       request.arg == other.arg && request.arg_len == other.arg_len,
                   "parsed differently: %s", fuzz_quote(line, len));
    fuzz_check(proto_is_http(line, len) == texts_http(line, len), "HTTP?");
    fuzz_check(proto_name_ok(line, len) == name_ok(line, len), "a name?");
    fuzz_check(proto_nick_ok(line, len) == nick_ok(line, len), "a nick?");
    fuzz_check(proto_text_ok(line, len) == text_ok(line, len), "a text?");
    size_t digits = 0;
    while (digits < len && line[digits] >= '0' && line[digits] <= '9')
        digits++;
    fuzz_check(proto_number(line, len, &number) == (digits == len && len >= 1 && len <= 19),
               "a number?");
}

/* Each line is in memory of exactly its size: a sanitizer reports a read behind it. */
void texts_check(const char *bytes, size_t len)
{
    for (size_t at = 0, n; at < len; at += n + 1) {
        const char *lf = memchr(bytes + at, '\n', len - at);
        n = lf != NULL ? (size_t)(lf - bytes) - at : len - at;
        char *line = malloc(n > 0 ? n : 1);
        fuzz_check(line != NULL, "no memory for the fuzzer itself");
        memcpy(line, bytes + at, n);
        characters_check(line, n);
        line_check(line, n);
        free(line);
    }
}

/* ---- options ---- */

static void options_verdict(const struct options *options, int status, size_t out, const char *err,
                            size_t err_len)
{
    if (status == -1) {
        fuzz_check(out == 0 && err_len == 0, "continues, and prints something");
        fuzz_check(options->port <= 65535 && options->max_clients >= 1 &&
                       options->idle_timeout >= 1 && options->header_timeout >= 1 &&
                       options->max_backlog >= 4096 && options->max_memory >= 4096 &&
                       options->max_upload <= INT64_MAX && options->quota <= INT64_MAX &&
                       options->address[0] != '\0' && options->dir[0] != '\0',
                   "takes what it can't take");
    } else if (status == 0) {
        fuzz_check(out > 0 && err_len == 0, "prints help, but not to standard output");
    } else {
        fuzz_check(status == 2 && out == 0 && err_len > 0, "status %d", status);
        fuzz_check(memchr(err, '\n', err_len) == err + err_len - 1 &&
                       strncmp(err, "test-server: ", 13) == 0,
                   "no sentence: %s", fuzz_quote(err, err_len));
    }
}

/* A word a line, also none. What would be printed is caught, by putting other streams in place. */
void options_check(const char *bytes, size_t len)
{
    enum { WORDS = 32 };
    char name[] = "test-server", *words[WORDS + 2] = {name}, *copy = calloc(1, len + 1);
    char *out = NULL, *err = NULL;
    size_t out_len, err_len;
    int count = 1;
    struct options options;
    FILE *old_out = stdout, *old_err = stderr;
    fuzz_check(copy != NULL, "no memory for the fuzzer itself");
    memcpy(copy, bytes, len);
    if (len > 0 && copy[len - 1] == '\n')
        copy[len - 1] = '\0'; /* the end of the last word, not one more */
    for (char *rest = copy[0] != '\0' ? copy : NULL; rest != NULL && count <= WORDS; count++)
        words[count] = strsep(&rest, "\n");
    stdout = open_memstream(&out, &out_len);
    stderr = open_memstream(&err, &err_len);
    optind = 0; /* getopt(3) begins again */
    int status = options_parse(&options, "test", 9000, count, words);
    (void)fclose(stdout);
    (void)fclose(stderr);
    stdout = old_out;
    stderr = old_err;
    options_verdict(&options, status, out_len, err, err_len);
    free(out);
    free(err);
    free(copy);
}
