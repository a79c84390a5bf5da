/* client/terminal/wide.c: see wide.h */
#include "terminal/wide.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

static char tail(uint32_t code, int shift)
{
    return (char)(0x80 | ((code >> shift) & 0x3f));
}

size_t wide_encode(char bytes[WIDE_BYTES], wchar_t c)
{
    uint32_t code = (uint32_t)c;
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        code = 0xfffd;
    if (code < 0x80) {
        bytes[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        bytes[0] = (char)(0xc0 | (code >> 6));
        bytes[1] = tail(code, 0);
        return 2;
    }
    if (code < 0x10000) {
        bytes[0] = (char)(0xe0 | (code >> 12));
        bytes[1] = tail(code, 6);
        bytes[2] = tail(code, 0);
        return 3;
    }
    bytes[0] = (char)(0xf0 | (code >> 18));
    bytes[1] = tail(code, 12);
    bytes[2] = tail(code, 6);
    bytes[3] = tail(code, 0);
    return 4;
}

char *wide_to_utf8(const wchar_t *text, size_t length)
{
    char *bytes = malloc(length * WIDE_BYTES + 1);
    size_t size = 0;
    if (bytes == NULL)
        return NULL;
    for (size_t i = 0; i < length; i++)
        size += wide_encode(bytes + size, text[i]);
    bytes[size] = '\0';
    return bytes;
}

wchar_t *wide_from_utf8(const char *text)
{
    size_t size = strlen(text), count = 0, step;
    wchar_t *wide = malloc((size + 1) * sizeof *wide);
    if (wide == NULL)
        return NULL;
    for (size_t i = 0; i < size; i += step) {
        uint32_t code;
        step = utf8_decode(text + i, size - i, &code);
        if (step > 0)
            wide[count++] = (wchar_t)code;
        else
            step = 1;
    }
    wide[count] = L'\0';
    return wide;
}

/* The columns of the character at text, and its length in bytes. What is no UTF-8, and what the
 * locale does not know, takes a column. */
static size_t columns_one(const char *text, size_t *bytes)
{
    uint32_t code;
    *bytes = utf8_decode(text, strnlen(text, WIDE_BYTES), &code);
    int columns = *bytes == 0 ? 1 : wcwidth((wchar_t)code);
    *bytes += *bytes == 0;
    return columns < 0 ? 1 : (size_t)columns;
}

size_t wide_columns(const char *text)
{
    size_t columns = 0, bytes;
    for (; *text != '\0'; text += bytes)
        columns += columns_one(text, &bytes);
    return columns;
}

size_t wide_fit(const char *text, size_t columns)
{
    size_t at = 0, bytes;
    while (text[at] != '\0') {
        size_t wide = columns_one(text + at, &bytes);
        if (wide > columns)
            break;
        columns -= wide;
        at += bytes;
    }
    return at;
}
