/* client/lib/lab_private.h: what the parts of the library share
 *
 * lab.c          the struct, the beginning and the end of every call
 * lab_why.c      sentences about failures, made safe to print
 * lab_connect.c  connecting, the greeting, the goodbye
 * lab_wire.c     waiting, receiving, sending, lines
 * lab_reply.c    the head of a reply, and bodies that are kept in memory
 * lab_list.c     the listing
 * lab_get.c      downloads
 * lab_put.c      uploads
 * lab_room.c     the chat room
 * lab_event.c    events: what they look like, and keeping them
 * lab_visible.c  texts of other people, made fit for a terminal
 *
 * Nothing in here closes the connection but lab_end: a function returns what happened, and the call
 * that the user made ends with lab_end.
 */
#ifndef CLIENT_LAB_PRIVATE_H
#define CLIENT_LAB_PRIVATE_H

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

#include "lab.h"
#include "protocol/proto.h"
#include "translate.h"

enum {
    LAB_LINE_MAX = PROTO_EVENT_MAX + 1, /* the longest line, an event, with a CR and its LF */
    LAB_IN = 16384,                     /* bytes received at once, bodies in files apart */
    LAB_WHO_MAX = 1024 * 1024,          /* bytes of the longest list of nicks that is taken */
    LAB_MODEL_MAX = 32,                 /* bytes of the model's word */
    LAB_SLICE_MS = 100 /* the longest that moved bytes of a body may wait before they are noticed */
};

#define LAB_NEVER INT64_MAX /* a deadline */

struct lab {
    int fd; /* of the socket, or -1 */
    int cancel;
    int timeout_ms;
    lab_progress *progress;
    void *context; /* of progress */
    int error;     /* see lab_errno */
    char model[LAB_MODEL_MAX + 1];
    char code[32];
    char why[512];
    char *events; /* kept, whole lines without CR and with LF */
    size_t events_from, events_to, events_room;
    size_t from, to; /* of in: received and not looked at yet */
    char in[LAB_IN];
};

/* A line without its end. It points into in: gone with the next lab_fill. */
struct lab_line {
    const char *bytes;
    size_t len;
};

/* ---- lab.c ---- */

/* Every call begins with it: forgets the last failure. LAB_OK if a request can be sent. */
enum lab_status lab_begin(struct lab *lab);

/* ... and ends with it: closes if the status means that. Returns status. */
enum lab_status lab_end(struct lab *lab, enum lab_status status);

/* ---- lab_why.c ---- */

/* Keeps the sentence, escaped. Returns status. */
enum lab_status lab_fail(struct lab *lab, enum lab_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* LAB_BROKEN: "the server says "<line>" where <due> is due". */
enum lab_status lab_broken(struct lab *lab, struct lab_line line, const char *due);

enum lab_status lab_no_memory(struct lab *lab);

/* LAB_USAGE if text is no name, nick or text that can be sent; else LAB_OK. */
enum lab_status lab_check_name(struct lab *lab, const char *name);
enum lab_status lab_check_nick(struct lab *lab, const char *nick);
enum lab_status lab_check_text(struct lab *lab, const char *text);

/* ---- lab_wire.c ---- */

/* When a wait that begins now is over; ms < 0: never. */
int64_t lab_deadline(int ms);

/* Waits until fd is ready for one of these poll(2) events: LAB_OK; or LAB_TIMEOUT, LAB_CANCELLED.
 * What it is ready for goes to *ready, which may be NULL. */
enum lab_status lab_wait(struct lab *lab, int fd, short events, int64_t deadline, short *ready);

/* Waits for bytes and receives some into in: LAB_OK; or LAB_TIMEOUT, LAB_CANCELLED, LAB_LOST. */
enum lab_status lab_fill(struct lab *lab, int64_t deadline);

/* The same without waiting: LAB_WAITING if there is nothing. */
enum lab_status lab_receive(struct lab *lab);

/* Takes a line out of in: LAB_OK; LAB_WAITING if there is no whole one; LAB_BROKEN if it
 * is too long for the protocol. */
enum lab_status lab_take_line(struct lab *lab, struct lab_line *line);

/* Waits for a line. */
enum lab_status lab_next_line(struct lab *lab, int64_t deadline, struct lab_line *line);

/* Sends a request within the timeout. */
enum lab_status lab_request(struct lab *lab, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* LAB_LOST, after errno of a call on the socket. */
enum lab_status lab_lost(struct lab *lab, int error);

/* How a body moves: LAB_PROGRESS bytes within each timeout. */
struct lab_timer {
    int64_t deadline;
    uint64_t moved; /* since the deadline was set */
};
struct lab_timer lab_timer_begin(const struct lab *lab);
void lab_timer_moved(const struct lab *lab, struct lab_timer *timer, uint64_t bytes);

/* ---- lab_reply.c ---- */

enum lab_due { LAB_DUE_OK, LAB_DUE_EMPTY, LAB_DUE_GO };

/* Waits for the head of a reply and keeps events that come before it. LAB_OK: *size is the length
 * of the body of LAB_DUE_OK. LAB_REFUSED: see lab_code. */
enum lab_status lab_reply(struct lab *lab, int64_t deadline, enum lab_due due, uint64_t *size);

/* The same for a line that is here. LAB_WAITING: it was an event, and has been kept. */
enum lab_status lab_reply_line(struct lab *lab, struct lab_line line, enum lab_due due,
                               uint64_t *size);

/* "ERR <code> <text>": LAB_REFUSED and the code and the sentence kept; else LAB_BROKEN. */
enum lab_status lab_reply_error(struct lab *lab, struct lab_line line, const char *due);

/* Does the server close after this code? */
bool lab_code_is_last(const char *code);

/* A request whose reply has no body. */
enum lab_status lab_ask(struct lab *lab);

/* Receives a reply, whose head has to come before the deadline, with a body of at most max bytes of
 * text, which is followed by a NUL; free it. */
enum lab_status lab_reply_text(struct lab *lab, int64_t deadline, const char *what, size_t max,
                               char **text, size_t *len);

/* ---- lab_event.c ---- */

/* What a line is that begins with '*'. */
enum lab_event_verdict { LAB_EVENT_KNOWN, LAB_EVENT_UNKNOWN, LAB_EVENT_BAD };
enum lab_event_verdict lab_event_parse(struct lab_line line, struct lab_event *event);

/* Keeps an event: LAB_OK, or LAB_BROKEN if it is none or there are too many. */
enum lab_status lab_event_keep(struct lab *lab, struct lab_line line);

/* Takes the oldest that is kept. False: there is none. */
bool lab_event_take(struct lab *lab, struct lab_event *event);

#endif
