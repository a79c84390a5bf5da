/* core/blocking/loop.h: what a server that serves one client at a time does between two calls
 *
 * accept(2), recv(2) and send(2) return after LOOP_TICK at the latest: loop_begin sets timeouts on
 * the listener (SO_RCVTIMEO, also for accept, and SO_SNDTIMEO: socket(7)), and accepted sockets
 * inherit them. After each call the server checks, without waiting, its console, signals,
 * connections that are still to be closed, and its client's deadline.
 */
#ifndef CORE_LOOP_H
#define CORE_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "process/setup.h"
#include "session/session.h"
#include "sockets/deadline.h"
#include "sockets/sender.h"

enum { LOOP_TICK = 100 }; /* milliseconds that a call may block */

struct client {
    int fd;
    size_t progress; /* bytes received and sent in this tick */
    int64_t call_at; /* clock_now before the last call */
    struct deadline deadline;
    struct session session;
};

struct loop {
    struct setup setup;
    struct sender sender;
    int64_t console_read_at;       /* by clock_now; 0: read it now */
    int64_t stop_at;               /* its client is closed then at the latest; 0: not stopping */
    char buffer[SESSION_READ_MAX]; /* what was received, until the session has taken it */
};

/* After setup_begin(&loop->setup, ...): makes the chat room, sets the timeouts, catches the
 * signals, announces the server. Returns false with errno set. */
bool loop_begin(struct loop *loop);

/* False: the server was asked to stop. */
bool loop_running(const struct loop *loop);

/* fd is what accept has returned. Returns true if it is a connection: the caller serves it. If
 * accept has failed for want of descriptors or memory, waits for a tick, since it would fail again
 * at once. */
bool loop_accepted(struct loop *loop, int fd);

/* Begins to serve a client: the greeting waits in its outbox. */
void loop_client_begin(struct loop *loop, struct client *client, int fd);

/* To be called after each call, and each step of the session. Returns false if the connection is to
 * be closed: the client has timed out while output waits for it, or the server is stopping and
 * STOP_GRACE is over. A client that has timed out while nothing waits for it is sent ERR timeout
 * first. */
bool loop_check(struct loop *loop, struct client *client);

/* Ends it by a lingering close, which a later loop_accepted or loop_check completes, or loop_end:
 * the next client does not wait. */
void loop_client_end(struct loop *loop, struct client *client);

/* Completes the lingering closes, and frees everything, setup included. */
void loop_end(struct loop *loop);

#endif
