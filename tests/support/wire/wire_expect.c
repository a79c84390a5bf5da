#include "wire_private.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bound.h"
#include "folder.h"
#include "grow.h"

enum { LONGEST_LINE = 4096, LARGEST_BODY = 64 << 20 };

static long wire_deadline(void)
{
    return bound_now() + bound_of(BOUND_GENEROUS);
}

void wire_fail(struct wire *wire, const char *format, ...)
{
    va_list arguments;
    size_t waiting = wire->to - wire->from;

    va_start(arguments, format);
    const char *text = printed(format, arguments);
    va_end(arguments);
    verdict_fail("client %d: %s\nreceived: %s%s", wire->number, text,
                 verdict_quoted(wire->in + wire->from, waiting),
                 wire->end == WIRE_EOF     ? ", then the end"
                 : wire->end == WIRE_RESET ? ", then a reset"
                                           : "");
}

static void wire_want(struct wire *wire, const char *text, const void *bytes, size_t n)
{
    wire->wanted = (struct wanted){text, bytes, n};
}

/* ---- lines, replies, events ---- */

/* Waits for a whole line; its length without the LF, or -1 when the connection ends first.
 * A line that is cut by that end is a failure, unless it may be cut. */
static ssize_t wire_await_line(struct wire *wire, bool may_be_cut)
{
    long end = wire_deadline();
    size_t seen = 0;

    for (;;) {
        size_t n = wire->to - wire->from;
        const unsigned char *lf =
            n > seen ? memchr(wire->in + wire->from + seen, '\n', n - seen) : NULL;

        if (lf)
            return lf - (wire->in + wire->from);
        seen = n;
        if (n > LONGEST_LINE)
            wire_fail(wire, "expected a line, and it does not end");
        if (!wire_more(wire, end)) {
            if (n > 0 && !may_be_cut)
                wire_fail(wire, "the connection ends in the middle of a line");
            return -1;
        }
    }
}

static char *wire_copy(const unsigned char *bytes, size_t n)
{
    char *text = malloc(n + 1);

    if (!text)
        abort();
    memcpy(text, bytes, n);
    text[n] = '\0';
    return text;
}

static const char *wire_take_line(struct wire *wire, ssize_t n)
{
    if (n < 0)
        return NULL;
    free(wire->line);
    wire->line = wire_copy(wire->in + wire->from, (size_t)n);
    wire->from += (size_t)n + 1;
    return wire->line;
}

const char *(wire_line)(struct wire *wire)
{
    wire_want(wire, "a line", NULL, 0);
    return wire_take_line(wire, wire_await_line(wire, false));
}

const char *(wire_line_or_end)(struct wire *wire)
{
    wire_want(wire, "a line, or the end", NULL, 0);
    return wire_take_line(wire, wire_await_line(wire, true));
}

static bool wire_at_event(const struct wire *wire)
{
    return wire->to - wire->from >= 2 && memcmp(wire->in + wire->from, "* ", 2) == 0;
}

/* Puts the event that stands next aside. */
static void wire_put_aside(struct wire *wire)
{
    ssize_t n = wire_await_line(wire, false);

    if (n < 0)
        wire_fail(wire, "the connection ends in the middle of an event");
    if (wire->first_event == wire->n_events)
        wire->first_event = wire->n_events = 0;
    wire->events = grow(wire->events, &wire->events_room, wire->n_events + 1, sizeof *wire->events);
    wire->events[wire->n_events++] = wire_copy(wire->in + wire->from, (size_t)n);
    wire->from += (size_t)n + 1;
}

static void wire_await_body(struct wire *wire, unsigned long long n)
{
    long end = wire_deadline();

    while (wire->to - wire->from < n) {
        if (!wire_more(wire, end))
            wire_fail(wire, "expected a body of %llu bytes, it ends after %zu", n,
                      wire->to - wire->from);
        end = wire_deadline();
    }
    free(wire->body);
    wire->body = (unsigned char *)wire_copy(wire->in + wire->from, (size_t)n);
    wire->from += (size_t)n;
}

/* ERR <code> <text>: a code in small letters and hyphens, a text without control characters. */
static bool wire_parse_error(const char *line, struct wire_reply *reply)
{
    size_t n = strspn(line, "abcdefghijklmnopqrstuvwxyz-");
    const char *text = line + n + 1;

    if (n == 0 || n >= sizeof reply->code || line[n] != ' ' || !*text)
        return false;
    memcpy(reply->code, line, n);
    reply->code[n] = '\0';
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    }
    return true;
}

static bool wire_parse_size(const char *text, unsigned long long *size)
{
    char *rest;

    if (!isdigit((unsigned char)*text) || strlen(text) > 19)
        return false;
    errno = 0;
    *size = strtoull(text, &rest, 10);
    return errno == 0 && !*rest && (*text != '0' || text[1] == '\0');
}

static const struct wire_reply *wire_await_reply(struct wire *wire)
{
    struct wire_reply *reply = &wire->reply;
    const char *line;

    for (;;) {
        if (wire_await_line(wire, false) < 0)
            return NULL;
        if (!wire_at_event(wire))
            break;
        wire_put_aside(wire);
    }
    line = wire_take_line(wire, wire_await_line(wire, false));
    memset(reply, 0, sizeof *reply);
    if (strncmp(line, "OK ", 3) == 0 && wire_parse_size(line + 3, &reply->size)) {
        reply->ok = true;
        if (reply->size > LARGEST_BODY)
            wire_fail(wire, "a body of %llu bytes is more than this test can want", reply->size);
        wire_await_body(wire, reply->size);
        reply->body = wire->body;
    } else if (strncmp(line, "ERR ", 4) != 0 || !wire_parse_error(line + 4, reply)) {
        verdict_fail("client %d: expected a reply, OK <n> or ERR <code> <text>\nreceived: %s",
                     wire->number, verdict_quoted(line, strlen(line)));
    }
    return reply;
}

const struct wire_reply *(wire_reply)(struct wire *wire)
{
    wire_want(wire, "a reply", NULL, 0);
    return wire_await_reply(wire);
}

bool wire_next_is(struct wire *wire, const char *text)
{
    size_t n = strlen(text);
    long end = wire_deadline();

    wire_want(wire, text, NULL, 0);

    while (wire_at_event(wire))
        wire_put_aside(wire);
    while (wire->to - wire->from < n && wire->end == WIRE_OPEN) {
        size_t part = wire->to - wire->from;

        if (part > 0 && memcmp(wire->in + wire->from, text, part) != 0)
            return false;
        (void)wire_more(wire, end);
    }
    return n == 0 || (wire->to - wire->from >= n && memcmp(wire->in + wire->from, text, n) == 0);
}

static const char *wire_await_event(struct wire *wire)
{
    if (wire->first_event == wire->n_events) {
        if (wire_await_line(wire, false) < 0 || !wire_at_event(wire))
            return NULL;
        wire_put_aside(wire);
    }
    free(wire->event);
    wire->event = wire->events[wire->first_event++];
    return wire->event;
}

const char *(wire_event)(struct wire *wire)
{
    wire_want(wire, "an event", NULL, 0);
    return wire_await_event(wire);
}

size_t wire_events(const struct wire *wire)
{
    return wire->n_events - wire->first_event;
}

/* ---- the checks ---- */

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

    for (const char *p = codes; *p; p += strcspn(p, " "), p += *p == ' ') {
        if (strncmp(p, code, n) == 0 && (p[n] == ' ' || !p[n]))
            return true;
    }
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
