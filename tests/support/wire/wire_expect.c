/* wire_expect.c: wire.h, the checks */
#include "wire_private.h"

#include <stdarg.h>
#include <string.h>

#include "folder.h"

void(wire_expect_bytes)(struct wire *wire, const void *bytes, size_t n)
{
    long end = wire_deadline();

    wire_want(wire, NULL, bytes, n);
    for (;;) {
        size_t have = wire->to - wire->from;
        size_t part = have < n ? have : n;

        if (part > 0 && memcmp(wire->in + wire->from, bytes, part) != 0)
            wire_fail(wire, "expected: %s", verdict_quoted(bytes, n));
        if (have >= n)
            break;
        if (!wire_more(wire, end))
            wire_fail(wire, "expected: %s", verdict_quoted(bytes, n));
    }
    wire->from += n;
}

void(wire_expect)(struct wire *wire, const char *text)
{
    (wire_expect_bytes)(wire, text, strlen(text));
}

static bool wire_is_zero(const unsigned char *bytes, size_t n)
{
    return n == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, n - 1) == 0);
}

static void wire_expect_stream(struct wire *wire, unsigned long long n, bool zeros, uint64_t seed,
                               unsigned long long offset)
{
    wire_want(wire, zeros ? "more bytes of a body of zeros" : "more bytes of a body", NULL, 0);
    while (n > 0) {
        size_t have = wire->to - wire->from;
        size_t part = have < n ? have : (size_t)n;
        const unsigned char *bytes = wire->in + wire->from;

        if (part == 0) {
            if (!wire_more(wire, wire_deadline()))
                wire_fail(wire, "expected %llu bytes more of a body", n);
            continue;
        }
        if (zeros ? !wire_is_zero(bytes, part) : !pattern_matches(bytes, part, seed, offset))
            wire_fail(wire, "wrong bytes in a body, between byte %llu and %llu", offset,
                      offset + part);
        wire->from += part;
        offset += part;
        n -= part;
    }
}

void(wire_expect_pattern)(struct wire *wire, unsigned long long n, uint64_t seed,
                          unsigned long long offset)
{
    wire_expect_stream(wire, n, false, seed, offset);
}

void(wire_expect_zeros)(struct wire *wire, unsigned long long n)
{
    wire_expect_stream(wire, n, true, 0, 0);
}

/* The next reply; fails the test when the connection ends instead. */
static const struct wire_reply *wire_need_reply(struct wire *wire, const char *wanted)
{
    wire_want(wire, wanted, NULL, 0);
    const struct wire_reply *reply = wire_await_reply(wire);

    if (!reply)
        wire_fail(wire, "expected: %s", wanted);
    return reply;
}

void(wire_expect_body)(struct wire *wire, const void *body, size_t n)
{
    char wanted[64];

    snprintf(wanted, sizeof wanted, n == 0 ? "OK 0" : "OK %zu and a body", n);
    const struct wire_reply *reply = wire_need_reply(wire, wanted);

    if (!reply->ok)
        verdict_fail("client %d: expected: OK %zu\nreceived: %s", wire->number, n, wire->line);
    if (reply->size != n || (n > 0 && memcmp(reply->body, body, n) != 0))
        verdict_fail("client %d: expected: OK %zu and %s\nreceived: OK %llu and %s", wire->number,
                     n, verdict_quoted(body, n), reply->size,
                     verdict_quoted(reply->body, (size_t)reply->size));
}

void(wire_expect_text)(struct wire *wire, const char *body)
{
    (wire_expect_body)(wire, body, strlen(body));
}

void(wire_expect_ok)(struct wire *wire)
{
    (wire_expect_body)(wire, "", 0);
}

/* Whether code is one of the codes, which are separated by spaces. */
static bool wire_code_among(const char *code, const char *codes)
{
    size_t n = strlen(code);

    for (const char *p = codes; *p; p += strcspn(p, " "), p += *p == ' ')
        if (strncmp(p, code, n) == 0 && (p[n] == ' ' || !p[n]))
            return true;
    return false;
}

void(wire_expect_error)(struct wire *wire, const char *codes)
{
    char wanted[128];

    snprintf(wanted, sizeof wanted, "ERR %s", codes);
    const struct wire_reply *reply = wire_need_reply(wire, wanted);

    if (reply->ok || !wire_code_among(reply->code, codes))
        verdict_fail("client %d: expected: ERR %s ...\nreceived: %s", wire->number, codes,
                     verdict_quoted(wire->line, strlen(wire->line)));
}

void(wire_expect_event)(struct wire *wire, const char *format, ...)
{
    va_list arguments;
    char event[LONGEST_LINE];

    va_start(arguments, format);
    vsnprintf(event, sizeof event, format, arguments);
    va_end(arguments);
    wire_want(wire, NULL, event, strlen(event));
    const char *got = wire_await_event(wire);

    if (!got)
        wire_fail(wire, "expected the event %s", verdict_quoted(event, strlen(event)));
    if (strcmp(got, event) != 0)
        verdict_fail("client %d: expected: %s\nreceived: %s", wire->number,
                     verdict_quoted(event, strlen(event)), verdict_quoted(got, strlen(got)));
}

void(wire_expect_quiet)(struct wire *wire)
{
    (void)wire_puts(wire, "N\n");
    (wire_expect_ok)(wire);
    if (wire_events(wire) > 0)
        verdict_fail("client %d: expected no event\nreceived: %s", wire->number,
                     verdict_quoted(wire->events[wire->first_event],
                                    strlen(wire->events[wire->first_event])));
}

void(wire_expect_last_error)(struct wire *wire, const char *codes)
{
    (wire_expect_error)(wire, codes);
    (wire_expect_closed)(wire);
}

void(wire_expect_closed)(struct wire *wire)
{
    wire_want(wire, "the end of the connection", NULL, 0);
    if (wire->from < wire->to || wire_more(wire, wire_deadline()))
        wire_fail(wire, "expected nothing but the end of the connection");
}

void(wire_expect_eof)(struct wire *wire)
{
    (wire_expect_closed)(wire);
    if (wire->end == WIRE_RESET)
        wire_fail(wire, "expected the end of the connection in order");
}

void(wire_expect_dropped)(struct wire *wire, const char *codes)
{
    wire_want(wire, "ERR, or the end of the connection", NULL, 0);
    if (wire_await_line(wire, false) >= 0)
        (wire_expect_error)(wire, codes);
    (wire_expect_closed)(wire);
}

enum wire_end(wire_drain)(struct wire *wire, unsigned long long *dropped)
{
    unsigned long long n = wire->to - wire->from;

    wire_want(wire, "the end of the connection", NULL, 0);
    wire->from = wire->to;
    while (wire_more(wire, wire_deadline())) {
        n += wire->to - wire->from;
        wire->from = wire->to;
    }
    if (dropped)
        *dropped = n;
    return wire->end;
}
