/* wire.h: a small client that checks what it gets
 *
 * One struct wire is one connection. Everything it sends and receives is remembered (the first
 * and the last kilobytes), so that a failed check can show it. Calls that wait do so with a
 * generous bound; a wire_expect_... or a call that returns a reply ends the running test as
 * failed, by verdict_fail, when something else comes or nothing does.
 *
 * All wires that are open are known here: wire_close_all closes what a failed test left open.
 * Nothing here may be called from more than one thread.
 */
#ifndef SUPPORT_WIRE_H
#define SUPPORT_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "verdict.h"

struct wire;

/* How a connection is made. */
struct wire_options {
    int receive_buffer; /* SO_RCVBUF in bytes, set before connecting; 0: as the system has it */
    int segment;        /* TCP_MAXSEG in bytes, set before connecting; 0: as the system has it */
    bool may_fail;      /* no connection is no failure: NULL is returned */
};

/* A reply. The body belongs to the wire and is gone with the next reply. */
struct wire_reply {
    bool ok;
    char code[32];             /* of ERR; empty when ok */
    unsigned long long size;   /* of OK: bytes of body */
    const unsigned char *body; /* followed by a NUL that does not count */
};

enum wire_end { WIRE_OPEN, WIRE_EOF, WIRE_RESET };

/* Connects. host is an address in numbers, IPv4 or IPv6. options may be NULL.
 * The wire is closed, and freed, by wire_close, wire_reset or wire_close_all. */
struct wire *wire_connect(const char *host, int port, const struct wire_options *options);

void wire_close(struct wire *wire);

/* Closes with RST instead of FIN (SO_LINGER of zero, see socket(7)). */
void wire_reset(struct wire *wire);

/* Ends the sending side only. */
void wire_shut(struct wire *wire);

void wire_close_all(void);

/* How many are open. */
size_t wire_count(void);

/* Its descriptor, for getsockopt and poll. */
int wire_fd(const struct wire *wire);

/* Sends all of it. While the server takes nothing, what it sends is read and kept, unless
 * wire_stop_reading was called. A connection the server has closed is no failure here: returns
 * false. */
bool wire_send(struct wire *wire, const void *bytes, size_t n);
bool wire_puts(struct wire *wire, const char *text);
bool wire_printf(struct wire *wire, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Sends n bytes of pattern seed, from its beginning or from an offset on. */
bool wire_send_pattern(struct wire *wire, size_t n, uint64_t seed);
bool wire_send_pattern_from(struct wire *wire, size_t from, size_t n, uint64_t seed);

/* Sends in pieces of so many bytes, each in a segment of its own (TCP_NODELAY). */
bool wire_send_pieces(struct wire *wire, const void *bytes, size_t n, size_t piece);

/* Sends what fits into the socket now and never waits. Returns the number of bytes sent. */
size_t wire_send_some(struct wire *wire, const void *bytes, size_t n);

/* From now on nothing is read while sending. */
void wire_stop_reading(struct wire *wire);

/* Reads what has come, without waiting, and keeps it for the checks below. */
void wire_pump(struct wire *wire);

/* Waits at most ms milliseconds (not stretched) for something to read or the end of the
 * connection; returns whether there is. */
bool wire_readable(struct wire *wire, long ms);

/* Whether the next thing to come, an event apart, is this text; waits until that is clear. The
 * text stays to be looked at. */
bool wire_next_is(struct wire *wire, const char *text);

/* Waits for the end of the connection, throwing away what comes before it. */
enum wire_end wire_drain(struct wire *wire, unsigned long long *dropped);

/* Reads one line, without its LF; the text belongs to the wire until the next call.
 * NULL when the connection ends instead, which is no failure. */
const char *wire_line(struct wire *wire);

/* The same, but a line that is cut by the end of the connection counts as the end. */
const char *wire_line_or_end(struct wire *wire);

/* Reads a reply; events before it are put aside for wire_expect_event. Checks the form of an
 * ERR line. NULL when the connection ends instead. */
const struct wire_reply *wire_reply(struct wire *wire);

/* Takes the next event without its LF, or NULL when none was put aside and the next thing to
 * come is a reply or the end. The text belongs to the wire until the next call. */
const char *wire_event(struct wire *wire);

/* Number of events that have been put aside. */
size_t wire_events(const struct wire *wire);

/* The checks. Each is a macro so that a failure names the line in the test. */

/* Exactly these bytes come next, whatever they are: replies, events, bodies. */
void wire_expect(struct wire *wire, const char *text);
void wire_expect_bytes(struct wire *wire, const void *bytes, size_t n);

/* n bytes of pattern seed, beginning at offset of the pattern, come next. */
void wire_expect_pattern(struct wire *wire, unsigned long long n, uint64_t seed,
                         unsigned long long offset);

/* n zeros come next. */
void wire_expect_zeros(struct wire *wire, unsigned long long n);

/* The next reply is OK 0; OK with this text as its body; ERR with this code (or one of
 * several, separated by spaces). */
void wire_expect_ok(struct wire *wire);
void wire_expect_oks(struct wire *wire, int n); /* n times OK 0 */
void wire_expect_body(struct wire *wire, const void *body, size_t n);
void wire_expect_text(struct wire *wire, const char *body);
void wire_expect_error(struct wire *wire, const char *codes);

/* Sends a request, or several, and checks what comes next: these bytes; OK with this text as its
 * body; OK 0 for each line that was sent. */
void wire_ask(struct wire *wire, const char *request, const char *reply);
void wire_ask_text(struct wire *wire, const char *request, const char *body);
void wire_ask_ok(struct wire *wire, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The next event is this one; it may have been put aside, but no reply may come before it. */
void wire_expect_event(struct wire *wire, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* No event has been put aside, and the reply to a ping is the next thing that comes. */
void wire_expect_quiet(struct wire *wire);

/* Nothing more comes, and the server closes: in order (eof), or in order or by RST (closed). */
void wire_expect_eof(struct wire *wire);
void wire_expect_closed(struct wire *wire);

/* ERR with one of these codes, and then the server closes. */
void wire_expect_last_error(struct wire *wire, const char *codes);

/* The connection ends, and before that comes nothing, or ERR with one of these codes. */
void wire_expect_dropped(struct wire *wire, const char *codes);

/* For verdict_fail: shows all open wires, the one that was looked at last first. */
void wire_dump_all(FILE *out);

#define WIRE_HERE                   verdict_at(__FILE__, __LINE__)
#define wire_line(...)              (WIRE_HERE, (wire_line)(__VA_ARGS__))
#define wire_line_or_end(...)       (WIRE_HERE, (wire_line_or_end)(__VA_ARGS__))
#define wire_reply(...)             (WIRE_HERE, (wire_reply)(__VA_ARGS__))
#define wire_event(...)             (WIRE_HERE, (wire_event)(__VA_ARGS__))
#define wire_drain(...)             (WIRE_HERE, (wire_drain)(__VA_ARGS__))
#define wire_expect(...)            (WIRE_HERE, (wire_expect)(__VA_ARGS__))
#define wire_expect_bytes(...)      (WIRE_HERE, (wire_expect_bytes)(__VA_ARGS__))
#define wire_expect_pattern(...)    (WIRE_HERE, (wire_expect_pattern)(__VA_ARGS__))
#define wire_expect_zeros(...)      (WIRE_HERE, (wire_expect_zeros)(__VA_ARGS__))
#define wire_expect_ok(...)         (WIRE_HERE, (wire_expect_ok)(__VA_ARGS__))
#define wire_expect_oks(...)        (WIRE_HERE, (wire_expect_oks)(__VA_ARGS__))
#define wire_expect_body(...)       (WIRE_HERE, (wire_expect_body)(__VA_ARGS__))
#define wire_expect_text(...)       (WIRE_HERE, (wire_expect_text)(__VA_ARGS__))
#define wire_expect_error(...)      (WIRE_HERE, (wire_expect_error)(__VA_ARGS__))
#define wire_ask(...)               (WIRE_HERE, (wire_ask)(__VA_ARGS__))
#define wire_ask_text(...)          (WIRE_HERE, (wire_ask_text)(__VA_ARGS__))
#define wire_ask_ok(...)            (WIRE_HERE, (wire_ask_ok)(__VA_ARGS__))
#define wire_expect_event(...)      (WIRE_HERE, (wire_expect_event)(__VA_ARGS__))
#define wire_expect_quiet(...)      (WIRE_HERE, (wire_expect_quiet)(__VA_ARGS__))
#define wire_expect_eof(...)        (WIRE_HERE, (wire_expect_eof)(__VA_ARGS__))
#define wire_expect_closed(...)     (WIRE_HERE, (wire_expect_closed)(__VA_ARGS__))
#define wire_expect_last_error(...) (WIRE_HERE, (wire_expect_last_error)(__VA_ARGS__))
#define wire_expect_dropped(...)    (WIRE_HERE, (wire_expect_dropped)(__VA_ARGS__))

#endif
