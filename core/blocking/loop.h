/* core/blocking/loop.h: what a server that serves one client at a time does between two calls
 *
 * accept(2), recv(2) and send(2) block, but for a tick at most: the timeouts of the listener, which
 * accepted sockets inherit. After each call the server looks, without waiting, at its console, at
 * signals, at connections that are still to be closed, and at its client's deadline.
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
    size_t moved;    /* bytes received and sent in this tick */
    int64_t call_at; /* clock_now before the last call */
    struct deadline deadline;
    struct session session;
};

struct loop {
    struct setup setup;
    struct sender sender;
    int64_t looked_at;             /* when it last looked at the console; 0: it is to look now */
    int64_t stop_at;               /* when a last transfer is cut; 0: not stopping */
    char buffer[SESSION_READ_MAX]; /* what was received, until the session has taken it */
};

/* After setup_begin(&loop->setup, ...): makes the chat room, sets the timeouts, catches the
 * signals, announces the server. Returns false with errno set. */
bool loop_begin(struct loop *loop);

/* False: the server was asked to stop. */
bool loop_running(const struct loop *loop);

/* accept has returned fd: true if it is a connection, which is to be served; or -1, and errno. If
 * descriptors or memory have run out, waits for a tick: accept would fail again at once. */
bool loop_accepted(struct loop *loop, int fd);

/* Begins to serve a client: the greeting waits in its outbox. */
void loop_client_begin(struct loop *loop, struct client *client, int fd);

/* After each call, and each step of the session. Returns false if the connection is to be closed:
 * the client has timed out and can't be sent a reply any more, or the server stops. */
bool loop_look(struct loop *loop, struct client *client);

/* Ends it by a lingering close, which a later look completes: the next client does not wait. */
void loop_client_end(struct loop *loop, struct client *client);

/* Frees everything, setup included. */
void loop_end(struct loop *loop);

#endif
