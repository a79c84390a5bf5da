/* bench/results/jsonread.c: see jsonread.h */
#include "results/jsonread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH = 256, VALUE = 1024, DEPTH = 32 };

struct walk {
    const char *at;
    void (*each)(void *context, const char *path, const char *value);
    void *context;
    char path[PATH], value[VALUE];
    int depth;
};

static bool value_read(struct walk *w);

static void space_skip(struct walk *w)
{
    w->at += strspn(w->at, " \t\r\n");
}

static bool mark_take(struct walk *w, char mark)
{
    space_skip(w);
    if (*w->at != mark)
        return false;
    w->at++;
    space_skip(w);
    return true;
}

static void tell(const struct walk *w)
{
    if (w->each != NULL)
        w->each(w->context, w->path, w->value);
}

/* A code point as UTF-8. */
static size_t utf8_write(unsigned long code, char out[4])
{
    size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = n - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3F));
    out[0] = (char)(lead[n] | code);
    return n;
}

static bool hex_read(struct walk *w, unsigned long *code)
{
    char digits[5] = "";
    if (strspn(w->at, "0123456789abcdefABCDEF") < 4)
        return false;
    memcpy(digits, w->at, 4);
    *code = strtoul(digits, NULL, 16);
    w->at += 4;
    return true;
}

/* What stands behind a backslash. Returns how many bytes it means, 0: nothing that is allowed. */
static size_t escape_read(struct walk *w, char out[4])
{
    static const char names[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
    const char *name = *w->at != '\0' ? strchr(names, *w->at) : NULL;
    unsigned long code, low;
    if (name != NULL) {
        out[0] = means[name - names];
        w->at++;
        return 1;
    }
    if (*w->at != 'u') /* the end, perhaps */
        return 0;
    w->at++;
    if (!hex_read(w, &code))
        return 0;
    if (code < 0xD800 || code > 0xDFFF)
        return utf8_write(code, out);
    if (code > 0xDBFF || strncmp(w->at, "\\u", 2) != 0)
        return 0;
    w->at += 2;
    if (!hex_read(w, &low) || low < 0xDC00 || low > 0xDFFF)
        return 0;
    return utf8_write(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00), out);
}

/* A string from its quote on, into value. */
static bool string_read(struct walk *w)
{
    size_t to = 0;
    char bytes[4];
    w->at++;
    while (*w->at != '"') {
        size_t n = 1;
        bytes[0] = *w->at;
        if ((unsigned char)*w->at < ' ')
            return false; /* the end too */
        w->at++;
        if (bytes[0] == '\\' && (n = escape_read(w, bytes)) == 0)
            return false;
        if (to + n < VALUE) {
            memcpy(w->value + to, bytes, n);
            to += n;
        }
    }
    w->at++;
    w->value[to] = '\0';
    return true;
}

static size_t digits(const char *at)
{
    return strspn(at, "0123456789");
}

/* true, false, null, or a number as JSON spells it. */
static bool word_read(struct walk *w)
{
    size_t n = strspn(w->at, "abcdefghijklmnopqrstuvwxyzE+-.0123456789");
    const char *at = w->at;
    if (n == 0 || n >= VALUE)
        return false;
    memcpy(w->value, w->at, n);
    w->value[n] = '\0';
    w->at += n;
    if (strcmp(w->value, "true") == 0 || strcmp(w->value, "false") == 0 ||
        strcmp(w->value, "null") == 0)
        return true;
    at += *at == '-';
    if (digits(at) == 0 || (*at == '0' && digits(at) > 1))
        return false;
    at += digits(at);
    if (*at == '.') {
        if (digits(at + 1) == 0)
            return false;
        at += 1 + digits(at + 1);
    }
    if (*at == 'e' || *at == 'E') {
        at += 1 + (at[1] == '+' || at[1] == '-');
        if (digits(at) == 0)
            return false;
        at += digits(at);
    }
    return at == w->at;
}

/* Members of an object, or elements of a list. */
static bool members_read(struct walk *w, bool object)
{
    size_t length = strlen(w->path);
    char end = object ? '}' : ']';
    if (++w->depth > DEPTH)
        return false;
    w->at++;
    bool ok = true, done = mark_take(w, end);
    for (unsigned int i = 0; ok && !done; i++) {
        space_skip(w);
        if (object)
            ok = *w->at == '"' && string_read(w) && mark_take(w, ':');
        else
            (void)snprintf(w->value, sizeof w->value, "%u", i);
        (void)snprintf(w->path + length, PATH - length, "%s%.100s", length > 0 ? "." : "",
                       w->value);
        ok = ok && value_read(w);
        w->path[length] = '\0';
        done = ok && mark_take(w, end);
        ok = ok && (done || mark_take(w, ','));
    }
    w->depth--;
    return ok;
}

static bool value_read(struct walk *w)
{
    space_skip(w);
    if (*w->at == '{' || *w->at == '[')
        return members_read(w, *w->at == '{');
    if (*w->at == '"' ? !string_read(w) : !word_read(w))
        return false;
    tell(w);
    return true;
}

bool jsonread(const char *text, void (*each)(void *context, const char *path, const char *value),
              void *context, char why[160])
{
    struct walk w = {.at = text, .each = each, .context = context};
    bool ok = value_read(&w);
    space_skip(&w);
    if (ok && *w.at == '\0')
        return true;
    (void)snprintf(why, 160, "byte %zu is no JSON: '%.20s'", (size_t)(w.at - text), w.at);
    return false;
}
