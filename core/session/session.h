/* core/session/session.h: one client's conversation, as a state machine
 *
 * Bytes that came from the client go in (session_feed), replies and events wait in the outbox to
 * be sent. A session knows no socket, no thread, no clock and no model: it is the same in all six
 * servers, and it is tested and fuzzed by itself. Each server only has to ask it
 *
 *     session_wants_read    may I read for you?
 *     outbox_empty(&s->out) have you something to send?
 *     session_runnable      can you go on by yourself? then call session_run
 *     session_done          is everything said? then close
 *
 * A session does a bounded amount of work in each call. While much waits to be sent it neither
 * reads nor goes on: a client that does not read its replies gets no more of them made.
 */
#ifndef CORE_SESSION_H
#define CORE_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chat/room.h"
#include "files/catalog.h"
#include "files/store.h"
#include "protocol/proto.h"
#include "session/outbox.h"

enum {
    SESSION_READ_MAX = 256 * 1024, /* bytes: the most session_read_size ever asks for */
};

/* What all sessions of a server share. */
struct session_shared {
    const char *model; /* the word of the greeting */
    const struct store *store;
    struct room *room;
    struct catalog *catalog;
    struct budget *budget;
    bool follows; /* one thread: sessions send the room's events themselves, see outbox_follow */
};

/* What a client is doing, for those who watch the clock (see patience.h). */
enum session_phase {
    PHASE_IDLE,     /* between requests, not in the chat room */
    PHASE_LINE,     /* a request line has begun and not ended */
    PHASE_TRANSFER, /* a body is coming, or something waits to be sent */
    PHASE_CHAT,     /* a member that listens in silence */
    PHASES
};

struct session {
    const struct session_shared *shared;
    void *owner; /* handed to the room: whom to call about this member */
    struct outbox out;
    char *in; /* bytes received and not yet looked at, or the beginning of a line */
    uint32_t in_len;
    uint32_t requests;     /* lines taken so far, and a failure; wraps around */
    uint8_t state;         /* enum session_state in requests.h */
    bool ended;            /* no more input will come */
    bool waiting;          /* `in` can't be used without more input */
    bool crossed;          /* C or X: its reply goes out before anything else is done */
    bool slow;             /* too many events wait: to be told so, and closed */
    bool broken;           /* memory ran out: close without a word */
    int drop_errno;        /* an upload that failed: why, to say once its body is dropped */
    uint64_t drop_left;    /* bytes of that body still to come */
    struct member *member; /* NULL while not in the chat room */
    struct upload *upload; /* NULL while there is none */
    struct census census;  /* the room for that upload, being counted */
    uint64_t listing;      /* the number of the one that was asked for; 0: none */
};

/* Begins a conversation: the greeting waits in the outbox. owner goes to room_enter. */
void session_init(struct session *session, const struct session_shared *shared, void *owner);

/* Ends it in whatever state: leaves the room, drops an upload, frees everything. */
void session_free(struct session *session);

/* May more input be fed, and how much at once (1 to SESSION_READ_MAX bytes)? */
bool session_wants_read(const struct session *session);
size_t session_read_size(const struct session *session);

/* Takes in what was received. Call it only while session_wants_read. */
void session_feed(struct session *session, const char *bytes, size_t len);

/* There will be no more input: what is complete is still answered. */
void session_end(struct session *session);

/* Goes on with work that waits for nothing from outside; a bounded step of it. */
bool session_runnable(const struct session *session);
void session_run(struct session *session);

/* One thread: the chat room's log has grown. A member that is too far behind becomes slow. */
void session_news(struct session *session);

/* Says ERR <code>, takes nothing more, and is done once that is sent. */
void session_fail(struct session *session, enum proto_code code);

/* Nothing left to say or to wait for. */
bool session_done(const struct session *session);

enum session_phase session_phase(const struct session *session);

#endif
