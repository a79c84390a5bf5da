/* core/sockets/deliver.h: from the ring to a member's socket */
#ifndef CORE_DELIVER_H
#define CORE_DELIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "chat/room_ring.h"

/* Sends everything that the ring holds for the member, whole events only, on a blocking socket
 * whose sends give up now and then (net_send_timeout). Hold the member's write lock. Returns false
 * where the client is to be closed: it has fallen behind, it took nothing for patience
 * milliseconds, or the connection is broken. */
bool deliver(struct room *room, struct member *member, int fd, int64_t patience);

#endif
