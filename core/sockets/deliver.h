/* core/sockets/deliver.h: from the ring to a member's socket */
#ifndef CORE_DELIVER_H
#define CORE_DELIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "chat/room_ring.h"

/* Sends everything that the ring holds for the member, whole events only, on a blocking socket
 * whose sends give up now and then (net_send_timeout). The caller holds the member's write lock.
 * Returns false if the connection is to be closed: the member is too far behind, the client took
 * nothing for timeout milliseconds, or the connection is broken. */
bool deliver(struct room *room, struct member *member, int fd, int64_t timeout);

#endif
