/* core/sockets/patience.h: how long a client is waited for
 *
 * The rules of time of the protocol, without a clock: the server says what time it is. Times are
 * milliseconds of clock_now.
 *
 *     idle      a client between requests and outside the chat room: idle-timeout
 *     line      a request line once begun must end: header-timeout, however it trickles
 *     transfer  a body, or output that waits: header-timeout without progress. Progress is a
 *               kilobyte: a byte now and then must not hold a place for ever
 *     chat      members may listen in silence; in 01_loop they keep everybody out, and are idle
 */
#ifndef CORE_PATIENCE_H
#define CORE_PATIENCE_H

#include <stddef.h>
#include <stdint.h>

#include "session/session.h"

struct options;

/* What all clients of a server share. */
struct patience {
    int64_t limit[PHASES]; /* 0: no limit */
};

/* One client's. */
struct patience_mark {
    enum session_phase phase;
    uint32_t requests; /* the session's count when the phase began */
    size_t moved;      /* bytes since then, in either direction */
    int64_t since;
};

struct patience patience_of(const struct options *options);

void patience_begin(struct patience_mark *mark, const struct session *session, int64_t now);

/* To be called when something has happened: moved bytes were received or sent (0: none).
 * Returns true where the waiting begins anew. */
bool patience_note(struct patience_mark *mark, const struct session *session, size_t moved,
                   int64_t now);

/* Milliseconds left, 0 where the time is up; -1: no limit. */
int64_t patience_left(const struct patience *patience, const struct patience_mark *mark,
                      int64_t now);

#endif
