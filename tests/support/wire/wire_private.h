/* wire_private.h: what wire.c (bytes) and wire_expect.c (their meaning) share */
#ifndef SUPPORT_WIRE_PRIVATE_H
#define SUPPORT_WIRE_PRIVATE_H

#include "wire.h"

enum { TRAIL_HEAD = 2048, TRAIL_TAIL = 512 };

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

/* Waits until more bytes have come (true), or the connection has ended (false, and wire->end
 * says how). Fails the test at the time end. */
bool wire_more(struct wire *wire, long end);

/* Ends the test as failed; prints what this wire should have received and what it did. */
_Noreturn void wire_fail(struct wire *wire, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
