/* core/session/outbox.h: what waits to be sent to one client
 *
 * A queue of replies and file ranges; and, for a member of the chat room in a server with one
 * thread, the part of the room's log that it has not read. Nothing here touches a socket:
 * outbox_peek returns what is next, the caller sends as much of it as the kernel takes, outbox_sent
 * removes that much. So a partial send needs no special care anywhere else. sender.h has the
 * function that does the sending.
 *
 * If memory runs out, `failed` is set, and from then on nothing is queued: what follows a gap would
 * be taken for something else, a body for a reply. An empty outbox owns no memory. A short
 * reply takes none: it is kept in the outbox itself.
 */
#ifndef CORE_OUTBOX_H
#define CORE_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "chat/room.h"
#include "shared/body.h"
#include "shared/budget.h"

enum outbox_kind { OUTBOX_COPY, OUTBOX_BODY, OUTBOX_FILE };

struct outbox_item {
    struct outbox_item *next;
    uint64_t left; /* bytes not yet sent */
    char *start;   /* the first of them; not of OUTBOX_FILE */
    union {
        uint32_t space;    /* OUTBOX_COPY: bytes free after the last one */
        struct body *body; /* OUTBOX_BODY */
        off_t offset;      /* OUTBOX_FILE: position in the file of what is left */
    };
    enum outbox_kind kind;
    int file;         /* OUTBOX_FILE */
    uint32_t counted; /* bytes of the budget */
};

/* It must not be moved: its items may point into it. */
struct outbox {
    struct outbox_item *head, *tail;
    struct budget *budget; /* NULL: none */
    struct room *room;     /* its log is sent too, from the position of member; NULL: none */
    struct member *member;
    size_t bytes;             /* in memory, waiting; file ranges do not count */
    unsigned int bodies;      /* items that are a whole body: a listing or a file range */
    bool keeps_up;            /* the socket took the last part of a file whole; set by sender.c */
    bool failed;              /* memory ran out */
    struct outbox_item first; /* needs no malloc; if it has no bytes, it is not in the queue */
    char first_bytes[32];     /* its bytes: a greeting, or six times "OK 0" */
};

/* What to send next: either count > 0 pieces of memory in vec, or a file range. */
struct outbox_chunk {
    struct iovec vec[16];
    int count;     /* of vec; 0: nothing, or a file range */
    int file;      /* descriptor, -1: none */
    off_t offset;  /* where in the file the rest begins */
    uint64_t left; /* bytes left of the file range */
    bool more;     /* a file range follows vec: hold the last packet back for it */
};

void outbox_init(struct outbox *out, struct budget *budget);
void outbox_clear(struct outbox *out); /* drops everything and closes the files */

/* Nothing waits, neither replies nor events. */
bool outbox_empty(const struct outbox *out);

/* Copies len bytes of replies. */
void outbox_reply(struct outbox *out, const char *bytes, size_t len);

/* From now on the room's events for this member are sent too, after the replies. */
void outbox_follow(struct outbox *out, struct room *room, struct member *member);

/* From now on they are not. What the member has not read yet is queued, and so is sent before the
 * replies that are queued later: all of it, or only the rest of an event that was sent in part. */
void outbox_unfollow(struct outbox *out, bool all);

/* Takes over a body, and releases it once it is sent, or if it can't be queued. NULL: an empty
 * one. */
void outbox_body(struct outbox *out, struct body *body);

/* Takes over an open file: sends len bytes from offset on, then closes it; also closes it if it
 * can't be queued. */
void outbox_file(struct outbox *out, int file, off_t offset, uint64_t len);

void outbox_peek(const struct outbox *out, struct outbox_chunk *chunk);
void outbox_sent(struct outbox *out, size_t len);

#endif
