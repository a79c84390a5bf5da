/* core/turn/clients.h: the clients of a server with one thread
 *
 * What select, poll and epoll servers need alike, and what is no lesson of any of them:
 *
 *     a table    from a descriptor to its client
 *     lists      clients that are to be served in this turn, by what is to be done
 *     queues     one for each kind of timeout. All in a queue may wait equally long, so the oldest
 *                is the next that times out: nobody is ever searched for
 *     closed     clients that have left. They keep their descriptor to the end of the turn, so that
 *                the kernel can't give its number to a new client while events of the old one are
 *                still to be looked at
 */
#ifndef CORE_CLIENTS_H
#define CORE_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "session/session.h"
#include "sockets/net.h"
#include "sockets/patience.h"

enum { WATCH_READ = 1, WATCH_WRITE = 2 }; /* what the kernel is asked to report of a descriptor */

enum { QUEUE_LINGER = PHASES, QUEUES }; /* one for each phase, one for lingering clients */

enum {
    LIST_INPUT, /* the kernel has reported it */
    LIST_REPLY, /* its input has been fed to its session, and nothing else waits for it */
    LIST_STEP,  /* its session can continue without input: a listing, more pipelined requests */
    LIST_BULK,  /* it can be sent more: the rest of a long reply, news of the chat room */
    LISTS
};

struct client {
    int fd;
    unsigned char watched; /* WATCH_READ | WATCH_WRITE */
    unsigned char ready;   /* the same: reported by the kernel, and not used yet */
    unsigned char queue;
    bool failed;        /* the kernel has reported an error or a hang-up */
    bool listed[LISTS]; /* on this list */
    bool lingering;     /* shut down for writing, and drained until the peer closes */
    bool closed;        /* to be freed at the end of the turn */
    size_t moved;       /* bytes received and sent since the last look at the clock */
    size_t dropped;     /* bytes received while lingering */
    struct patience_mark mark;
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

/* The mechanism: until now the kernel reported `from` of a descriptor, from now on it is to report
 * `to`; 0: nothing. Returns false, and sets errno, if a new descriptor can't be watched. */
typedef bool clients_watch(int fd, unsigned int from, unsigned int to);

struct clients {
    clients_watch *watch;
    struct patience patience;
    struct client **by_fd; /* NULL where a descriptor is no client's */
    size_t size;           /* of by_fd */
    unsigned int count;
    struct client_list lists[LISTS];
    struct client *first_closed;
    struct client_queue queues[QUEUES];
    struct net_parting parting; /* connections that were refused */
    int64_t now;                /* clock_now, read once in a turn */
    int64_t stop_at;            /* when the last transfers are cut; 0: the server is not stopping */
};

/* Makes a client of a connection, and watches it; the greeting is its first output. Returns NULL if
 * it can't be watched, or memory ran out: then the caller still owns the descriptor. */
struct client *clients_add(struct clients *clients, int fd, const struct session_shared *shared);

/* The client of a descriptor; NULL: there is none (any more). */
struct client *clients_find(const struct clients *clients, int fd);

/* Puts a client at the end of a list, unless it is there or closed. */
void clients_list(struct clients *clients, int list, struct client *client);

/* Takes the first off a list, closed or not; NULL: it is empty. */
struct client *clients_next(struct clients *clients, int list);

/* After a client was sent what could be sent in this turn: finds out what is to be watched now,
 * which timeout holds, whether the session can continue, and whether it is done. */
void clients_settle(struct clients *clients, struct client *client);

/* A lingering client is readable: drops what it has sent, until it closes. */
void clients_drain(struct clients *clients, struct client *client);

/* Clients that have timed out get ERR timeout, or are closed if they do not even read. */
void clients_expire(struct clients *clients);

/* How long may the wait sleep? Milliseconds; 0: a list is not empty; -1: without limit. */
int clients_timeout(struct clients *clients);

/* The server stops: idle clients end now, transfers under way get STOP_GRACE to finish. */
void clients_stop(struct clients *clients);

/* Marks a client as closed, and stops watching it. It is not found any more; clients_reap frees
 * it. */
void clients_close(struct clients *clients, struct client *client);

/* The end of the turn: frees the closed clients. That can give others work: members hear LEAVE. */
void clients_reap(struct clients *clients);

/* Frees everything; all clients have been closed and reaped. */
void clients_free(struct clients *clients);

#endif
