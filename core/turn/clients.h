/* core/turn/clients.h: the clients of a server with one thread
 *
 *     a table    from a descriptor to its client
 *     lists      clients that are to be served in this turn, by what is to be done
 *     queues     one for each kind of timeout. All clients in a queue have the same timeout, so the
 *                oldest is the next that times out: there is no need to search
 *     closed     clients that have left. They keep their descriptor until clients_reap, at the end
 *                of this turn or of a later one, so that the kernel can't give its number to a new
 *                client while events of the old one are still to be handled
 */
#ifndef CORE_CLIENTS_H
#define CORE_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "session/session.h"
#include "sockets/deadline.h"

enum { WATCH_READ = 1, WATCH_WRITE = 2 }; /* what the kernel is asked to report of a descriptor */

enum {
    LIST_INPUT, /* the kernel has reported it */
    LIST_REPLY, /* its reply (or greeting, ERR timeout) is to be sent, and nothing waited before */
    LIST_STEP,  /* its session can continue without input: a listing, more pipelined requests */
    LIST_BULK,  /* it can be sent more: the rest of a long reply, events of the chat room */
    LISTS
};

struct client {
    int fd;
    unsigned char watched;            /* WATCH_READ | WATCH_WRITE */
    bool can_read, can_write, failed; /* reported by the kernel, and not used yet */
    bool listed[LISTS];               /* on this list */
    bool stopped;                     /* the server has ended its input, not the peer */
    bool lingering;                   /* shut down for writing, and drained until the peer closes */
    bool closed;                      /* to be freed by clients_reap */
    size_t progress;                  /* bytes received and sent in this turn, for the deadline */
    size_t dropped;                   /* bytes received while lingering */
    struct deadline deadline;
    struct client *next[LISTS], *next_closed, *older, *newer;
    struct session session;
};

struct client_list {
    struct client *first, *last;
    unsigned int count;
};

struct client_queue {
    struct client *oldest, *newest;
};

/* `watch` of server.c: until now the kernel reported `from` of a descriptor, from now on it is to
 * report `to`; 0: nothing. Returns false, and sets errno, if a new descriptor can't be watched. */
typedef bool clients_watch(int fd, unsigned int from, unsigned int to);

struct clients {
    clients_watch *watch;
    const struct timeouts *timeouts;
    struct client **by_fd; /* NULL: the descriptor is no client's */
    size_t size;           /* of by_fd */
    unsigned int count;
    struct client_list lists[LISTS];
    struct client *first_closed;
    struct client_queue queues[DEADLINES]; /* by deadline.phase */
    int64_t now;     /* clock_now, read at the beginning of a turn, and while lists are served */
    int64_t stop_at; /* all clients are closed then at the latest; 0: the server is not stopping */
};

/* Makes a client of a connection, and watches it; the greeting is its first output. Returns NULL if
 * it can't be watched, or memory ran out: then the caller still owns the descriptor. */
struct client *clients_add(struct clients *clients, int fd, const struct session_shared *shared);

/* The client of a descriptor; NULL: there is none (any more). */
struct client *clients_find(const struct clients *clients, int fd);

/* Puts a client at the end of a list, unless it is there or closed. */
void clients_list_add(struct clients *clients, int list, struct client *client);

/* Takes the first off a list, closed or not; NULL: it is empty. */
struct client *clients_next(struct clients *clients, int list);

/* Is it on any list? */
bool client_is_listed(const struct client *client);

/* To be called after a client was sent what could be sent in this turn. According to what its
 * session waits for: watches the descriptor or lists the client, and updates its timeout; if it is
 * nothing any more, begins a lingering close, or calls clients_close. */
void clients_update_interest(struct clients *clients, struct client *client);

/* A client was readable, and nothing was received. If the server is stopping, the input of a client
 * between requests has ended. */
void clients_received_nothing(struct clients *clients, struct client *client);

/* A lingering client is readable: drops what it has sent, until it closes. */
void clients_drain(struct clients *clients, struct client *client);

/* Clients that have timed out get ERR timeout; they are closed if they have not taken all that they
 * were sent, or if they are lingering. Once stop_at has passed, closes all clients. */
void clients_expire(struct clients *clients);

/* The timeout of the next wait: milliseconds; 0: a list is not empty; -1: none. */
int64_t clients_timeout(const struct clients *clients);

/* The server stops: clients between requests end once they were answered, transfers under way get
 * STOP_GRACE. */
void clients_stop(struct clients *clients);

/* Marks a client as closed, and stops watching it. It is not found any more; clients_reap frees
 * it. */
void clients_close(struct clients *clients, struct client *client);

/* At the end of a turn: frees the closed clients that are on no list; the others in a later turn. A
 * client that is freed leaves the chat room: then a LEAVE event waits to be sent, and turn_timeout
 * returns 0. */
void clients_reap(struct clients *clients);

/* Frees everything; all clients have been closed and reaped. */
void clients_free(struct clients *clients);

#endif
