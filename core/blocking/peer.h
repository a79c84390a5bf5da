/* core/blocking/peer.h: the client of a thread or process; what is done before and after each
 * recv(2) and send(2)
 */
#ifndef CORE_PEER_H
#define CORE_PEER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "blocking/membership.h"
#include "process/setup.h"
#include "session/session.h"
#include "sockets/sender.h"

struct client; /* the server's own */

struct peer {
    int fd;
    LIST_ENTRY(peer) link; /* threads: see threads.h */
    struct client *client;
    const struct setup *setup;
    bool (*start_forwarder)(struct client *client);
    void (*join_forwarder)(struct client *client);
    struct deadline deadline;
    struct session session;
    struct sender sender;
    struct membership membership;
    char *large;      /* SESSION_READ_MAX bytes for the bodies of uploads; NULL: none yet */
    atomic_bool idle; /* between requests: may be ended at any moment */
};

/* Begins to serve a client. start is called when it enters the chat room: it starts a thread or
 * process that calls peer_forward. It returns false if that is not possible. join is called when
 * the client has left the room, so that the forwarder ends by itself: it waits for that. */
void peer_begin(struct peer *peer, const struct setup *setup, int fd, struct client *client,
                bool (*start)(struct client *client), void (*join)(struct client *client));

/* Before recv: returns how many bytes to ask for; sets how long recv waits, and `idle`. *bytes
 * is a buffer of SESSION_READ_SMALL; for the body of an upload it is replaced by a larger one.
 * Returns 0 if the client has timed out: don't receive. */
size_t peer_receive(struct peer *peer, char **bytes);

/* After recv, which has returned n. Returns false if the connection is broken. */
bool peer_received(struct peer *peer, const char *bytes, ssize_t n);

/* After a send, which has returned n. Returns false if the connection is broken, or if the client
 * has not read for too long. */
bool peer_sent(struct peer *peer, ssize_t n);

/* Before what is in the outbox is sent: takes a member's write lock. A member that has just left
 * the room is first sent the events that it has not received yet. Returns false if the connection
 * has to be closed. */
bool peer_lock(struct peer *peer);

/* Afterwards. If the member has left the room, its forwarder is joined. */
void peer_unlock(struct peer *peer);

/* In the forwarder: sends events until the member leaves the room. Returns false if the connection
 * has to be closed. */
bool peer_forward(struct peer *peer);

/* Ends it, by a lingering close, or at once if the connection is broken (ok is false). Leaves the
 * room and joins the forwarder. Then the descriptor is to be closed. */
void peer_end(struct peer *peer, bool ok);

/* The room_forward function of the chat room; the owner of a session is its peer. */
bool peer_enter(void *owner, struct member *member);

#endif
