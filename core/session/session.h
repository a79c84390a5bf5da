/* core/session/session.h: one client's conversation, as a state machine
 *
 * Bytes that the client has sent go in (session_feed); replies and events wait in the outbox to be
 * sent. A session knows no socket and no clock, and of the model only `follows` (below): so it is
 * the same in all six servers, and it is tested and fuzzed by itself. A server asks it one
 * question, what it waits for:
 *
 *     unsigned int waits_for;
 *     while ((waits_for = session_waits_for(&session)) != 0)
 *         if (waits_for & SESSION_CONTINUE)
 *             session_continue(&session);
 *         else if (waits_for & SESSION_WRITE)
 *             send what outbox_peek returns
 *         else
 *             receive up to session_read_size(&session) bytes, and session_feed them
 *     close the connection
 *
 * A session does a bounded amount of work in each call. While much waits to be sent it neither
 * reads nor continues: for a client that does not read its replies, no more of them are made.
 */
#ifndef CORE_SESSION_H
#define CORE_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chat/room.h"
#include "files/catalog.h"
#include "files/store.h"
#include "files/sum.h"
#include "protocol/proto.h"
#include "session/outbox.h"

/* What a session waits for: a mask. 0: nothing any more, the connection is to be closed. */
enum {
    SESSION_READ = 1,     /* input: receive it, then call session_feed */
    SESSION_WRITE = 2,    /* the outbox is not empty: send */
    SESSION_CONTINUE = 4, /* nothing: it has more to do, call session_continue */
};

/* The most bytes that session_read_size asks for: for request lines, and for the body of an upload.
 * One thread has one buffer of SESSION_READ_MAX for all its clients. */
enum {
    SESSION_READ_LINES = 32 * 1024,
    SESSION_READ_MAX = 256 * 1024,
};

/* What all sessions of a server share. */
struct session_shared {
    const char *model; /* the word of the greeting */
    const struct store *store;
    struct room *room;
    struct catalog *catalog;
    struct budget *budget;
    bool follows; /* one thread: the room's events are sent from the outbox (outbox_follow); else
                   * by a forwarder (room_ring.h) */
};

/* What a client is doing. Each has a timeout of its own, but for PHASE_CHAT, which has one in
 * 01_loop only: see sockets/deadline.h. */
enum session_phase {
    PHASE_IDLE,     /* between requests, not in the chat room */
    PHASE_LINE,     /* a request line has begun and not ended */
    PHASE_TRANSFER, /* a body comes, or something waits to be sent */
    PHASE_CHAT,     /* a member of the chat room that is silent */
    PHASES
};

struct session {
    const struct session_shared *shared;
    void *owner;       /* passed to room_enter */
    struct outbox out; /* out.failed: memory ran out, close without another reply */
    char *in;          /* bytes received and not used yet, or the beginning of a line */
    uint32_t in_len;
    uint32_t restarts;  /* of the timeout: lines taken, steps of a request, session_fail; wraps */
    uint8_t state;      /* enum session_state in requests.h */
    bool input_ended;   /* session_feed was called with no bytes */
    bool needs_input;   /* nothing can be done with `in` before more comes */
    bool reply_pending; /* a reply to C or X has to be sent before the next request is taken */
    int drop_errno;     /* an upload that failed: why, to reply once its body is dropped */
    uint64_t drop_left; /* bytes of that body still to come */
    struct member *member;  /* NULL while not in the chat room */
    struct member *former;  /* see session_left_room */
    struct upload *upload;  /* NULL while there is none */
    struct quota_scan scan; /* counts whether the quota has space for that upload; it stays open as
                             * long as it may have to count again */
    struct sum *sum;        /* NULL while there is none */
    uint64_t listing;       /* the number of the one that was asked for; 0: none */
};

/* Begins a conversation: the greeting waits in the outbox. owner goes to room_enter. */
void session_init(struct session *session, const struct session_shared *shared, void *owner);

/* Ends it in whatever state: leaves the room, drops an upload, frees everything. */
void session_free(struct session *session);

/* SESSION_READ, SESSION_WRITE and SESSION_CONTINUE, combined. 0: close the connection; if
 * out.failed is set, at once, else by a lingering close (sockets/linger.h). */
unsigned int session_waits_for(const struct session *session);

/* How many bytes to receive at once: 1 to SESSION_READ_MAX. */
size_t session_read_size(const struct session *session);

/* Takes in what was received. len 0 is the end of the input, as with recv(2): the requests that are
 * complete are still answered. Call it only while the session waits for SESSION_READ. */
void session_feed(struct session *session, const char *bytes, size_t len);

/* Does a bounded step of what needs nothing from outside. */
void session_continue(struct session *session);

/* One thread: to be called after the chat room's log has grown. A member that is more than the
 * backlog behind is slow, and is closed. */
void session_check_lag(struct session *session);

/* Replies ERR <code>, takes no more input, and closes once the reply is sent. */
void session_fail(struct session *session, enum proto_code code);

/* Threads and processes: the member that has left the chat room since the last call, by X, by Q, or
 * at the end of input, in session_fail or session_free; NULL: none. Afterwards the caller owns it:
 * it sends the events that the member has not received, and then calls room_release. (If it has
 * entered: the room_forward function was called.) */
struct member *session_left_room(struct session *session);

enum session_phase session_phase(const struct session *session);

/* The server stops: may this client end? Yes, if it waits for a request, or for the rest of its
 * line, and nothing else is under way. Its input ends (session_feed) once all that has come was
 * answered. */
bool session_can_end(const struct session *session);

#endif
