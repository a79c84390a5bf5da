/* core/blocking/connection.h: one client's connection, served by a thread or process of its own
 *
 * What is done before and after each recv(2) and send(2).
 */
#ifndef CORE_CONNECTION_H
#define CORE_CONNECTION_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "blocking/membership.h"
#include "process/setup.h"
#include "session/session.h"
#include "sockets/sender.h"

struct client; /* the server's own; it has a struct connection in it */

struct connection {
    int fd;
    LIST_ENTRY(connection) link; /* threads: see threads.h */
    pthread_t thread;            /* that serves it */
    struct client *client;
    const struct setup *setup;
    bool (*start_forwarder)(struct client *client);
    void (*join_forwarder)(struct client *client);
    struct deadline deadline;
    struct session session;
    struct sender sender;
    struct membership membership;
    char *upload_buffer; /* SESSION_READ_MAX bytes of the budget; NULL: there is none */
    atomic_bool idle;    /* session_can_end: for those who may not look at the session, another
                          * thread or a signal handler. True only around recv */
    bool broken;         /* it has failed, or the client does not read: close it at once */
};

/* Begins to serve a client. start is called when it enters the chat room: it starts a thread or
 * process that calls connection_forward. It returns false if that is not possible. join is called
 * when the client has left the room, so that the forwarder ends by itself: it waits for that. */
void connection_begin(struct connection *conn, const struct setup *setup, int fd,
                      struct client *client, bool (*start)(struct client *client),
                      void (*join)(struct client *client));

/* First lets the session do what it can do without input. Returns true, and sets *sends: send next
 * (true), or receive. Returns false if the connection is to be closed. */
bool connection_next(struct connection *conn, bool *sends);

/* Before recv: returns how many bytes to ask for; sets how long recv waits, and `idle`. *bytes is a
 * buffer of `size` bytes; while a large body comes it is replaced by a larger one. That is kept for
 * the next body: after one this waits a moment. Returns 0 if the client has timed out: don't
 * receive. */
size_t connection_before_recv(struct connection *conn, char **bytes, size_t size);

/* The server stops, and setup.stopping is set: if the client is between requests, a recv that is
 * about to begin does not wait. One that has begun has to be interrupted by a signal. cut: shuts
 * the connection down, whatever is under way. To be called in a signal handler, or by another
 * thread. */
void connection_stop(const struct connection *conn, bool cut);

/* After recv, which has returned n. */
void connection_after_recv(struct connection *conn, const char *bytes, ssize_t n);

/* Before sending: takes a member's write lock, for which it may have to wait while events are sent:
 * the client's time begins then. A member that has just left the room is first sent the events that
 * it has not received yet. Returns false if nothing is to be sent; connection_unlock is to be
 * called in either case. */
bool connection_lock(struct connection *conn);

/* After a send, which has returned n: counts the bytes as progress, or marks the connection as
 * broken. Returns false if nothing more is to be sent. */
bool connection_after_send(struct connection *conn, ssize_t n);

/* After sending: closes the pipe, if one was needed. If the member has left the room, its forwarder
 * is joined. */
void connection_unlock(struct connection *conn);

/* In the forwarder: sends events until the member leaves the room. Returns false if the connection
 * has to be closed. */
bool connection_forward(struct connection *conn);

/* Ends the connection by a lingering close, or at once if it is broken. Leaves the room and joins
 * the forwarder. Then the caller closes the descriptor. */
void connection_end(struct connection *conn);

/* The room_forward function of the chat room: starts the forwarder of a client that enters. owner
 * is the client's struct connection. */
bool connection_enter(void *owner, struct member *member);

#endif
