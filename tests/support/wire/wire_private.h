/* wire_private.h: what wire.c (bytes), wire_reply.c (their meaning) and wire_expect.c (the checks)
 * share */
#ifndef SUPPORT_WIRE_PRIVATE_H
#define SUPPORT_WIRE_PRIVATE_H

#include <sys/types.h>

#include "wire.h"

enum { TRAIL_HEAD = 2048, TRAIL_TAIL = 512, LONGEST_LINE = 4096 };

/* What went one way: the first bytes, the last bytes, and how many there were in all. */
struct trail {
    unsigned char head[TRAIL_HEAD];
    unsigned char tail[TRAIL_TAIL]; /* a ring, byte k of the whole at k % TRAIL_TAIL */
    unsigned long long total;
};

/* What a check waits for, for the message if it never comes. All of it is the caller's. */
struct wanted {
    const char *text; /* NULL: these bytes */
    const void *bytes;
    size_t n;
};

struct wire {
    int fd;
    int number;
    char host[64];
    int port;
    bool stalled;
    enum wire_end end;
    unsigned char *in; /* received: in[from .. to) is not yet looked at */
    size_t from, to, capacity;
    struct wanted wanted;
    char *line;  /* the last line given out */
    char *event; /* the last event given out */
    unsigned char *body;
    struct wire_reply reply;
    char **events; /* put aside */
    size_t first_event, n_events, events_room;
    struct trail sent, got;
    struct wire *next;
};

/* Remembers n more bytes that went one way. */
void trail_add(struct trail *trail, const unsigned char *bytes, size_t n);

/* Writes what this wire has sent and received, as commands for a shell. */
void wire_dump(const struct wire *wire, FILE *out);

/* Waits until more bytes have come (true), or the connection has ended (false, and wire->end
 * says how). Fails the test at the time end. */
bool wire_more(struct wire *wire, long end);

/* When the usual bound for the next thing to come is over, for wire_more. */
long wire_deadline(void);

/* What the next wait is for: a text, or these bytes; kept by reference. */
void wire_want(struct wire *wire, const char *text, const void *bytes, size_t n);

/* Waits for a whole line; its length without the LF, or -1 when the connection ends first.
 * A line that is cut by that end is a failure, unless it may be cut. */
ssize_t wire_await_line(struct wire *wire, bool may_be_cut);

/* wire_reply and wire_event, for what wire_want was called with. */
const struct wire_reply *wire_await_reply(struct wire *wire);
const char *wire_await_event(struct wire *wire);

/* Ends the test as failed; prints what this wire should have received and what it did. */
_Noreturn void wire_fail(struct wire *wire, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
