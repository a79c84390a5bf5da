/* wire_reply.c: wire.h, what the bytes mean: lines, replies, events */
#include "wire_private.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bound.h"
#include "grow.h"

enum { LARGEST_BODY = 64 << 20 };

long wire_deadline(void)
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

void wire_want(struct wire *wire, const char *text, const void *bytes, size_t n)
{
    wire->wanted = (struct wanted){text, bytes, n};
}

ssize_t wire_await_line(struct wire *wire, bool may_be_cut)
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
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
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

const struct wire_reply *wire_await_reply(struct wire *wire)
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

const char *wire_await_event(struct wire *wire)
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
