/* wire_ask.c: wire.h, requests of all kinds, and a request and what it is answered */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "folder.h"
#include "grow.h"
#include "wire.h"

bool wire_puts(struct wire *wire, const char *text)
{
    return wire_send(wire, text, strlen(text));
}

bool wire_printf(struct wire *wire, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = printed(format, arguments);
    va_end(arguments);
    bool sent = wire_puts(wire, text);
    free(text);
    return sent;
}

bool wire_send_pieces(struct wire *wire, const void *bytes, size_t n, size_t piece)
{
    const unsigned char *out = bytes;

    for (size_t done = 0; done < n; done += piece)
        if (!wire_send(wire, out + done, n - done < piece ? n - done : piece))
            return false;
    return true;
}

bool wire_send_pattern(struct wire *wire, size_t n, uint64_t seed)
{
    return wire_send_pattern_from(wire, 0, n, seed);
}

bool wire_send_pattern_from(struct wire *wire, size_t from, size_t n, uint64_t seed)
{
    unsigned char chunk[65536];

    for (size_t done = 0; done < n;) {
        size_t part = n - done < sizeof chunk ? n - done : sizeof chunk;

        pattern_fill(chunk, part, seed, from + done);
        if (!wire_send(wire, chunk, part))
            return false;
        done += part;
    }
    return true;
}

void(wire_ask)(struct wire *wire, const char *request, const char *reply)
{
    (void)wire_puts(wire, request);
    (wire_expect)(wire, reply);
}

void(wire_ask_text)(struct wire *wire, const char *request, const char *body)
{
    (void)wire_puts(wire, request);
    (wire_expect_text)(wire, body);
}

void(wire_ask_ok)(struct wire *wire, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    char *lines = printed(format, arguments);
    va_end(arguments);
    (void)wire_puts(wire, lines);
    for (const char *p = lines; *p; p++)
        if (*p == '\n')
            (wire_expect_ok)(wire);
    free(lines);
}

void(wire_expect_oks)(struct wire *wire, int n)
{
    while (n-- > 0)
        (wire_expect_ok)(wire);
}
