/* core/blocking/peer.h: the client of a thread or process, and what that does before and after each
 * recv(2) and send(2)
 */
#ifndef CORE_PEER_H
#define CORE_PEER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "blocking/acceptor.h"
#include "blocking/membership.h"
#include "session/session.h"
#include "sockets/pace.h"
#include "sockets/sender.h"

enum {
    PEER_READ = 16 * 1024,   /* bytes received in one call: the buffer is on the stack */
    PEER_SEND = 1024 * 1024, /* bytes of a file sent in one call */
};

struct peer {
    int fd;
    struct pace pace;
    struct session session;
    struct sender sender;
    struct membership membership;
    atomic_bool resting; /* between requests: may be ended at any moment */
};

/* owner is passed to the room_forward function. */
void peer_begin(struct peer *peer, const struct acceptor *acceptor, int fd, void *owner);

/* Before recv: how many bytes to ask for, at most `most`; sets how long recv waits. Returns 0 if the
 * client has timed out: the error line is in the outbox. Sets resting; recv is to be skipped or cut
 * short by others then if the server stops. */
size_t peer_recv_size(struct peer *peer, size_t most);

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

/* Leaves the room, which ends the forwarder; if not `gently`, cuts the connection first, in case the
 * forwarder is sending. Returns true if the forwarder is to be joined. */
bool peer_end(struct peer *peer, bool gently);

/* Closes the connection, gently or at once. */
void peer_close(struct peer *peer, bool gently);

#endif
