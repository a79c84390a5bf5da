/* core/blocking/peer.h: the client of a thread or process; what is done before and after each
 * recv(2) and send(2)
 */
#ifndef CORE_PEER_H
#define CORE_PEER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "blocking/membership.h"
#include "process/setup.h"
#include "session/session.h"
#include "sockets/sender.h"

enum { PEER_SEND = 1024 * 1024 }; /* bytes of a file sent in one call */

struct peer {
    int fd;
    const struct timeouts *timeouts;
    struct deadline deadline;
    struct session session;
    struct sender sender;
    struct membership membership;
    char *large;      /* SESSION_READ_MAX bytes for the bodies of uploads; NULL: none yet */
    atomic_bool idle; /* between requests: may be ended at any moment */
};

/* owner is passed to the room_forward function. */
void peer_begin(struct peer *peer, const struct setup *setup, int fd, void *owner);

/* Before recv: returns how many bytes to ask for; sets how long recv waits, and `idle`. *bytes
 * is a buffer of SESSION_READ_SMALL; for the body of an upload it is replaced by a larger one.
 * Returns 0 if the client has timed out: don't receive. */
size_t peer_receive(struct peer *peer, char **bytes);

/* After recv, which has returned n. Returns false if the connection is broken. */
bool peer_received(struct peer *peer, const char *bytes, ssize_t n);

/* After a send, which has returned n. Returns false if the connection is broken, or if the client
 * has not read for too long. */
bool peer_sent(struct peer *peer, ssize_t n);

/* Before what is in the outbox is sent: a member's write lock is taken; a member that has just left
 * the room is first sent the events that it has not received yet. Returns false if the connection
 * has to be closed. */
bool peer_flush_begin(struct peer *peer);

/* Afterwards. Returns true if the member has left the room: its forwarder is to be joined. */
bool peer_flush_end(struct peer *peer);

/* Leaves the room, which ends the forwarder; if not `gently`, cuts the connection first, in case
 * the forwarder is sending. Returns true if the forwarder is to be joined. */
bool peer_end(struct peer *peer, bool gently);

/* Closes the connection, gently or at once. */
void peer_close(struct peer *peer, bool gently);

#endif
