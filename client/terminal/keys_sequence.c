/* client/terminal/keys_sequence.c: see keys_sequence.h */
#include "terminal/keys_sequence.h"

#include <string.h>

enum { BEL = 7, CAN = 0x18, SUB = 0x1a, ESC = 0x1b };

static bool within(char c, unsigned char from, unsigned char to)
{
    return (unsigned char)c >= from && (unsigned char)c <= to;
}

/* Parameters and intermediate bytes from there on. */
static size_t skip(const char *bytes, size_t len, size_t from)
{
    while (from < len && within(bytes[from], 0x20, 0x3f))
        from++;
    return from;
}

static size_t found(size_t length, enum sequence is, enum sequence *kind)
{
    *kind = is;
    return length;
}

/* With all bytes up to there, of which none is a control character. */
static size_t of_length(const char *bytes, size_t length, size_t len, enum sequence *kind)
{
    for (size_t at = 2; at < length && at < len; at++)
        if (within(bytes[at], 0x00, 0x1f))
            return found(at, SEQUENCE_BROKEN, kind);
    return length <= len ? found(length, SEQUENCE_WHOLE, kind) : found(0, SEQUENCE_PART, kind);
}

static size_t parameters_and_final(const char *bytes, size_t len, enum sequence *kind)
{
    size_t at = skip(bytes, len, 2);
    if (at == len)
        return found(0, SEQUENCE_PART, kind);
    return within(bytes[at], 0x40, 0x7e) ? found(at + 1, SEQUENCE_WHOLE, kind)
                                         : found(at, SEQUENCE_BROKEN, kind);
}

static size_t with_alt(const char *bytes, size_t len, enum sequence *kind)
{
    if (len == 2)
        return found(0, SEQUENCE_PART, kind);
    if (bytes[2] == '\0' || strchr("[O\033", bytes[2]) == NULL)
        return found(2, SEQUENCE_SIMPLE, kind);
    size_t length = sequence_length(bytes + 1, len - 1, kind);
    if (*kind == SEQUENCE_SIMPLE)
        return 2;
    return length == 0 ? 0 : length + 1;
}

size_t sequence_length(const char *bytes, size_t len, enum sequence *kind)
{
    if (len == 1)
        return found(0, SEQUENCE_PART, kind);
    switch (bytes[1]) {
    case ESC: return with_alt(bytes, len, kind);
    case '[':
        if (len > 2 && bytes[2] == '[')
            return of_length(bytes, 4, len, kind);
        if (len > 2 && bytes[2] == 'M')
            return of_length(bytes, 6, len, kind);
        return parameters_and_final(bytes, len, kind);
    case 'O': return parameters_and_final(bytes, len, kind);
    case 'P': /* DCS */
    case 'X': /* SOS */
    case ']': /* OSC */
    case '^': /* PM */
    case '_': /* APC */ return found(2, SEQUENCE_STRING, kind);
    default: return found(within(bytes[1], 0x80, 0xff) ? 1 : 2, SEQUENCE_SIMPLE, kind);
    }
}

size_t sequence_parameters(const char *bytes, size_t len, bool *ended)
{
    size_t at = skip(bytes, len, 0);
    *ended = at < len;
    return *ended && within(bytes[at], 0x40, 0x7e) ? at + 1 : at;
}

size_t sequence_string(const char *bytes, size_t len, bool *ended)
{
    size_t at = 0;
    while (at < len && !within(bytes[at], 0x00, 0x1f))
        at++;
    bool escape = at < len && bytes[at] == ESC;
    *ended = at < len && !(escape && at + 1 == len);
    if (!*ended)
        return at;
    if (escape)
        return bytes[at + 1] == '\\' ? at + 2 : at;
    return bytes[at] == BEL || bytes[at] == CAN || bytes[at] == SUB ? at + 1 : at;
}
