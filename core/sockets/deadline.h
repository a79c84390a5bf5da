/* core/sockets/deadline.h: how long a server waits for a client
 *
 * The timeouts of the protocol, the same in all models. Times are milliseconds of clock_now.
 *
 *     idle      between requests and outside the chat room: --idle-timeout
 *     line      a request line that has begun must end: --header-timeout, however it trickles
 *     transfer  a body, or output that waits: --header-timeout without progress. Progress is a
 *               kilobyte: a byte now and then must not hold a place for ever
 *     chat      none: members may be silent. (In 01_loop, where a member keeps everybody out, it is
 *               the idle timeout)
 *     linger    a lingering close (linger.h): LINGER_TIME
 *
 * A server that waits for all clients at once looks for the next deadline, and makes it the timeout
 * of that wait. 02_fork and 03_thread make it the timeout of the socket on which they block in
 * recv(2). 01_loop blocks for a tick at most (loop.h), and then looks whether the deadline is over.
 *
 * If a time is over, that need not be the client's fault: the server itself may have stood still,
 * because a disk hangs, or because the process was stopped. So before a client is given up, its
 * socket is looked at once more (net_ready): input that has come, and output that was read, is in
 * time. 01_loop compares the deadline with the time before its last call instead.
 */
#ifndef CORE_DEADLINE_H
#define CORE_DEADLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "session/session.h"

struct options;

/* What can be waited for: the phases of a session, and a lingering close after them. */
enum { DEADLINE_LINGER = PHASES, DEADLINES };

/* Milliseconds, for all clients of a server; 0: no limit. */
struct timeouts {
    int64_t limit[DEADLINES];
};

/* One client's. */
struct deadline {
    int64_t since;           /* when its timeout was started */
    int64_t receive_timeout; /* set on the socket now; -1: none. See deadline_before_recv */
    size_t progress;         /* bytes received and sent since then */
    uint32_t restarts;       /* the session's count at that time */
    uint32_t phase;          /* enum session_phase, or DEADLINE_LINGER */
};

struct timeouts timeouts_of(const struct options *options);

/* Starts the timeout of a new client. (In 02_fork and 03_thread its socket has inherited that one
 * from the listener as its receive timeout: see deadline_before_recv.) */
void deadline_start(struct deadline *deadline, const struct timeouts *timeouts,
                    const struct session *session, int64_t now);

/* To be called when something has happened. progress: bytes that were received or sent meanwhile.
 * Returns true if the timeout was restarted. */
bool deadline_update(struct deadline *deadline, const struct session *session, size_t progress,
                     int64_t now);

/* The same for a transfer that is no session's: `bytes` were sent. The deadline is one whose phase
 * is PHASE_TRANSFER. */
bool deadline_progress(struct deadline *deadline, size_t bytes, int64_t now);

/* A lingering close begins. deadline_update must not be called any more. */
void deadline_linger(struct deadline *deadline, int64_t now);

/* From when on the LINGER_TIME of a client is counted: from now on; if the server stops, from when
 * the client's timeout was started: one that has been silent for so long is sending nothing now,
 * and the server's end does not wait for it. */
int64_t deadline_linger_since(const struct deadline *deadline, bool stopping, int64_t now);

/* Milliseconds left, 0 if the time is over; -1: no limit. */
int64_t deadline_left(const struct deadline *deadline, const struct timeouts *timeouts,
                      int64_t now);

/* Before a recv(2) that blocks: sets SO_RCVTIMEO so that it fails with EAGAIN at the deadline.
 * Returns false if the deadline has passed, and nothing has come: session_fail has been called,
 * don't receive. */
bool deadline_before_recv(struct deadline *deadline, const struct timeouts *timeouts,
                          struct session *session, int fd);

/* After a send(2) that blocks: sent is 0 if it gave up with EAGAIN. Returns false if the client has
 * taken too little for too long. */
bool deadline_after_send(struct deadline *deadline, const struct timeouts *timeouts,
                         const struct session *session, size_t sent, int fd);

#endif
