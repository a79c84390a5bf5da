/* core/clients.h: the clients of a server with one thread
 *
 * What select, poll and epoll servers need alike, and what is no lesson of any of them:
 *
 *     a table    from a descriptor to its client
 *     lists      clients that are to be served in this turn, by what is to be done
 *     queues     one for each kind of waiting. All in a queue wait equally long, so the oldest is
 *                the next whose time is up: nobody is ever searched for
 *     the closed they keep their descriptor to the end of the turn, so that the kernel can't
 *                give its number to a new client while events of the old one are still at hand
 */
#ifndef CORE_CLIENTS_H
#define CORE_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net.h"
#include "patience.h"
#include "session.h"

enum { WATCH_READ = 1, WATCH_WRITE = 2 }; /* what the kernel is asked to report of a descriptor */

enum { QUEUE_LINGER = PHASES, QUEUES }; /* a queue for each phase, and one for the last words */

enum {
    LIST_INPUT, /* the kernel has reported it */
    LIST_REPLY, /* its input has been taken in, and nothing else waits for it */
    LIST_STEP,  /* its session can go on by itself: a listing, more requests that came at once */
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
    bool lingering;     /* all is said; waiting for the other end to close */
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

/* The mechanism: what the kernel reports of a descriptor was `from`, and is to be `to`; 0: nothing.
 * Returns false, with errno, where a new descriptor can't be watched. */
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
    struct net_parting parting; /* those that were turned away */
    int64_t now;                /* set by the server once a turn */
    int64_t stop_at;            /* when the last transfers are cut; 0: the server is not stopping */
};

/* Takes a connection over, and watches it; the greeting is its first output. Returns NULL where it
 * can't be watched, or memory ran out. The descriptor is the caller's still. */
struct client *clients_add(struct clients *clients, int fd, const struct session_shared *shared);

/* The client of a descriptor, NULL where there is none (any more). */
struct client *clients_find(const struct clients *clients, int fd);

/* Puts a client at the end of a list, unless it is there or closed. */
void clients_list(struct clients *clients, int list, struct client *client);

/* Takes the first off a list, closed or not; NULL: it is empty. */
struct client *clients_next(struct clients *clients, int list);

/* A client has sent what it could in this turn: finds out what is to be watched and waited for
 * now, whether it has more work, and whether all is said. */
void clients_settle(struct clients *clients, struct client *client);

/* A client for which all is said has sent something: dropped, until it closes. */
void clients_drain(struct clients *clients, struct client *client);

/* Those whose time is up are told so, or closed where they do not even read. */
void clients_expire(struct clients *clients);

/* How long may the kernel let us sleep? Milliseconds; 0: a list is not empty; -1: for ever. */
int clients_timeout(struct clients *clients);

/* The server stops: who is idle ends now, transfers under way get STOP_GRACE to finish. */
void clients_stop(struct clients *clients);

/* Closes at the end of the turn. The client is not found any more. */
void clients_close(struct clients *clients, struct client *client);

/* The end of the turn: frees the closed. Their leaving can give others work. */
void clients_reap(struct clients *clients);

/* Frees everything; all clients have been closed and reaped. */
void clients_free(struct clients *clients);

#endif
