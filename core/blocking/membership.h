/* core/blocking/membership.h: a client's membership in the chat room, with threads or processes
 *
 * A member has a second thread or process, its forwarder, which waits for events and writes to the
 * client's socket. Whichever of the two writes holds the member's write lock, for whole replies and
 * whole events.
 */
#ifndef CORE_MEMBERSHIP_H
#define CORE_MEMBERSHIP_H

#include <stdbool.h>
#include <stdint.h>

#include "chat/room_ring.h"
#include "sockets/deadline.h"

struct membership {
    struct room *room;
    struct member *member; /* NULL: none. Set as long as there is a forwarder */
    bool has_left;         /* the client has left the room, and the forwarder is about to end */
    bool writing;          /* the client's own thread or process holds the write lock */
    int fd;                /* the client's socket */
    const struct timeouts *timeouts; /* the forwarder has that of a transfer */
};

/* The client becomes a member: to be called before the forwarder is started. The caller holds the
 * write lock until the reply to C is sent, so that no event is sent before that. fd and timeouts
 * are set already. */
void membership_begin(struct membership *membership, struct room *room, struct member *member);

/* The forwarder could not be started. */
void membership_cancel(struct membership *membership);

/* In the forwarder: sends events until the member leaves the room. Returns false if the connection
 * has to be closed: the member has fallen behind, it took too little for too long, or the
 * connection is broken. */
bool membership_forward(struct membership *membership);

/* The client is a member no more: to be called once the forwarder has ended. Its place in the room
 * is free again. */
void membership_end(struct membership *membership);

/* The caller takes the write lock, if it is a member, and keeps it until membership_unlock.
 * Returns false if the connection has to be closed: a process died while it wrote. */
bool membership_lock(struct membership *membership);
void membership_unlock(struct membership *membership);

/* Sends all events that the member has not been sent yet, on a blocking socket whose sends give up
 * now and then (net_send_timeout). The caller holds the write lock. Returns as
 * membership_forward. */
bool membership_deliver(struct membership *membership);

#endif
