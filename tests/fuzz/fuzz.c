/* fuzz.c: see fuzz.h */
#include "fuzz.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grow.h"

void fuzz_fail(const char *file, int line, const char *format, ...)
{
    va_list args;
    (void)fprintf(stderr, "%s:%d: ", file, line);
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fputc('\n', stderr);
    abort();
}

const char *fuzz_quote(const char *bytes, size_t len)
{
    enum { MOST = 400, SIZE = MOST * 4 + 16 };
    static char texts[4][SIZE];
    static unsigned int turn;
    char *text = texts[turn++ % 4];
    size_t used = (size_t)snprintf(text, SIZE, "\"");
    for (size_t i = 0; i < len && i < MOST; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        const char *form = byte < ' ' || byte > '~' ? "\\x%02x" : "%c";
        if (byte == '\n')
            used += (size_t)snprintf(text + used, SIZE - used, "\\n");
        else
            used += (size_t)snprintf(text + used, SIZE - used, form, byte);
    }
    (void)snprintf(text + used, SIZE - used, len > MOST ? "\"..." : "\"");
    return text;
}

struct fuzz_choices fuzz_choices_take(const uint8_t **bytes, size_t *len)
{
    const uint8_t *lf = *len > 0 ? memchr(*bytes, '\n', *len) : NULL;
    size_t line = lf != NULL ? (size_t)(lf - *bytes) : *len;
    struct fuzz_choices choices = {.bytes = *bytes, .len = line};
    *bytes += lf != NULL ? line + 1 : line;
    *len -= lf != NULL ? line + 1 : line;
    return choices;
}

size_t fuzz_choose(struct fuzz_choices *choices, size_t limit)
{
    if (choices->len == 0 || limit == 0)
        return 0;
    return choices->bytes[choices->at++ % choices->len] % limit;
}

void fuzz_text_add(struct fuzz_text *text, const void *bytes, size_t len)
{
    text->bytes = grow(text->bytes, &text->room, text->len + len + 1, 1);
    if (len > 0)
        memcpy(text->bytes + text->len, bytes, len);
    text->len += len;
    text->bytes[text->len] = '\0';
}

void fuzz_text_print(struct fuzz_text *text, const char *format, ...)
{
    char line[4096];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    fuzz_check(n >= 0 && (size_t)n < sizeof line, "a line of %d bytes", n);
    fuzz_text_add(text, line, (size_t)n);
}

void fuzz_text_free(struct fuzz_text *text)
{
    free(text->bytes);
    *text = (struct fuzz_text){0};
}

bool fuzz_text_same(const struct fuzz_text *one, const struct fuzz_text *other)
{
    return one->len == other->len &&
           (one->len == 0 || memcmp(one->bytes, other->bytes, one->len) == 0);
}

size_t fuzz_character(const char *bytes, size_t len, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = (unsigned char)bytes[0];
    size_t length = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (length == 0 || length > len || first >= 0xf8)
        return 0;
    uint32_t value = length == 1 ? first : first % (1U << (7 - length));
    for (size_t i = 1; i < length; i++) {
        unsigned int more = (unsigned char)bytes[i];
        if (more / 64 != 2)
            return 0;
        value = value * 64 + more % 64;
    }
    if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
        return 0;
    *code = value;
    return length;
}

bool fuzz_printable(const char *bytes, size_t len)
{
    for (size_t at = 0, n; at < len; at += n) {
        uint32_t code = 0;
        n = fuzz_character(bytes + at, len - at, &code);
        if (n == 0 || code < ' ' || (code >= 0x7f && code < 0xa0))
            return false;
    }
    return true;
}

int fuzz_next_descriptor(void)
{
    int next = dup(STDIN_FILENO);
    if (next >= 0)
        close(next);
    return next;
}
