/* wire_ask.c: wire.h, a request and what it is answered */
#include <stdarg.h>
#include <stdlib.h>

#include "grow.h"
#include "wire.h"

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
