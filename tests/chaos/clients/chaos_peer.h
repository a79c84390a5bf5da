/* chaos_peer.h: many clients in one loop
 *
 * A peer is a connection that never blocks: what its owner sends leaves when there is space, what
 * comes is parsed, and passed to the owner piece by piece. peers_turn does that for all of them.
 * Inside `on_event` an owner may send something and close; it may not connect anybody.
 */
#ifndef CHAOS_PEER_H
#define CHAOS_PEER_H

#include <stdbool.h>
#include <stddef.h>

enum peer_event {
    PEER_HELLO, /* text: the line, here and below without its LF */
    PEER_OK,    /* size: of the body that follows */
    PEER_GO,
    PEER_ERR,   /* text: from the code on */
    PEER_EVENT, /* text: what stands behind "* " */
    PEER_BODY,  /* text, n: the next bytes of it */
    PEER_DONE,  /* the body is complete; comes also if it is empty */
    PEER_END,   /* the connection has ended, and is closed; nothing follows */
    PEER_WRONG, /* text: what is no part of the protocol; closed as well */
};

struct chaos_peer;
typedef void peer_on_event(struct chaos_peer *peer, enum peer_event event, const char *text,
                           size_t n);

enum { PEER_BUFFER = 16384, PEERS_MAX = 1024 };

struct chaos_peer {
    int fd; /* -1: not connected */
    int slot;
    peer_on_event *on_event;
    bool paused; /* does not read for now */
    bool in_body;
    size_t body_left; /* bytes of the body under way */
    char *out;        /* waits to be sent: out[out_from .. out_to) */
    size_t out_from, out_to, out_size;
    size_t from, to; /* of `in`: received and not looked at */
    char in[PEER_BUFFER];
};

/* Begins to connect to a port on loopback. Ends the program if that is not possible at all. */
void peer_open(struct chaos_peer *peer, int port, peer_on_event *on_event);

void peer_close(struct chaos_peer *peer);
void peer_reset(struct chaos_peer *peer); /* with RST */
void peer_shut(struct chaos_peer *peer);  /* only the sending side */

/* Frees what it has; the peer is closed. */
void peer_free(struct chaos_peer *peer);

void peer_send(struct chaos_peer *peer, const void *bytes, size_t n);
void peer_printf(struct chaos_peer *peer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Bytes that have not been sent yet. */
size_t peer_unsent(const struct chaos_peer *peer);

/* Waits at most ms milliseconds for something to happen to any peer, and lets it happen. Ends the
 * program if somebody wants it to. */
void peers_turn(int ms);

/* Serves until ready returns true. False: it never did. */
bool peers_await(bool (*ready)(void *argument), void *argument);

/* Bytes that all of them have received. */
unsigned long long peers_received(void);

#endif
