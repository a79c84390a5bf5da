/* core/sockets/pace.h: how long a blocking server waits for its client
 *
 * patience.h has the rules; this applies them to a server that has one client in hand (01, 02, 03) and
 * waits for it in recv(2) and send(2).
 */
#ifndef CORE_PACE_H
#define CORE_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sockets/patience.h"

struct pace {
    const struct patience *patience;
    struct patience_mark mark;
    int64_t timeout; /* of recv, in milliseconds, as it is set on the socket; -1: none */
};

/* timeout: what the socket has inherited from the listener. */
void pace_begin(struct pace *pace, const struct patience *patience, const struct session *session,
                int64_t timeout);

/* To be called before recv: sets SO_RCVTIMEO so that recv gives up, with EAGAIN, when the client's time
 * is up. Returns false where it is up: the session has been told to say so. */
bool pace_receive(struct pace *pace, struct session *session, int fd);

/* To be called after each send that moved `sent` bytes, 0 where it gave up. Returns false where the
 * client has taken nothing for too long. */
bool pace_sent(struct pace *pace, const struct session *session, size_t sent);

/* The same after recv. */
void pace_received(struct pace *pace, const struct session *session, size_t received);

#endif
