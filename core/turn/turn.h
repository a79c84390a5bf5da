/* core/turn/turn.h: the event loop of a server with one thread; one iteration of it is a turn
 *
 * select, poll and epoll differ in how they wait and in how a descriptor is watched. What happens
 * in between is the same:
 *
 *     do {
 *         wait, for turn_timeout(turn) milliseconds at most
 *         turn_ready(turn, fd, ...) for each descriptor that the kernel reports
 *     } while (turn_end(turn));
 *
 * turn_ready serves no client yet: it puts clients on the input list. (It does accept new ones.)
 * turn_end serves them, list by list (clients.h, lists.h):
 *
 *     LIST_INPUT   recv once, and feed the session: its replies go into the outbox
 *     LIST_REPLY   send these replies
 *     LIST_STEP    one step of each session that can continue without input: a listing, or
 *                  the next of many requests that were received at once
 *     LIST_BULK    send what else waits: the rest of long replies, and events of the chat room
 *
 * So a client that asks for little waits for the milliseconds that a turn takes, and not until all
 * that ask for much have been served. And whatever events a turn has added to what waits for a
 * member of the chat room are mostly sent with one system call.
 *
 * The time of the lists ends 1, 3, 4 and 5 ms after the beginning of turn_end; each serves at least
 * one client. Clients that were not served stay at the head of their list, and the next turn begins
 * with them.
 */
#ifndef CORE_TURN_H
#define CORE_TURN_H

#include <stdbool.h>
#include <stdint.h>

#include "process/setup.h"
#include "sockets/sender.h"
#include "turn/clients.h"

enum {
    TURN_ACCEPTS = 64, /* clients accepted in a turn, at most */
    /* bytes that all clients with output share when a list begins to be served: each of them may
     * be sent as much as any other, and 64 KiB at least */
    TURN_SEND_MAX = 1024 * 1024,
};

/* What a turn calls in server.c, beside clients_watch: the system calls of a TCP server. */
typedef void turn_accept(void); /* the listener is readable */

/* turn_receive: a client is readable or failed, its session waits for input: recv once. turn_send:
 * sends to it `max` bytes at most. Both return false if the connection is broken. */
typedef bool turn_receive(struct client *client);
typedef bool turn_send(struct client *client, size_t max);

struct turn {
    struct setup setup;
    struct clients clients;
    struct sender sender;
    turn_accept *accept;
    turn_receive *receive;
    turn_send *send;
    bool console_ready;     /* it can be read now */
    bool console_watchable; /* false: a file, which can't be watched by epoll and is always ready */
    unsigned int accepts;   /* connections accepted in this turn */
    unsigned int accepts_max; /* and how many it may accept: see turn_accepted */
    int64_t began;            /* clock_now at the beginning of turn_end */
    size_t share;             /* bytes that each client of this list may be sent */
    int64_t accept_again;     /* when accepting is resumed; 0: it is not paused */
    uint64_t listed_head;     /* room_head when all members were last put on LIST_BULK */
    /* A client that was the last on LIST_BULK: when it has been served, every member could be sent
     * the log up to bulk_head, and room_delivered is called. NULL: none. */
    struct client *bulk_last;
    uint64_t bulk_head;
};

/* To be called after setup_begin(&turn->setup, ...). Makes the chat room, catches the signals,
 * watches the listener, the console and stop_descriptor, and announces the server. Returns false,
 * and sets errno, if that is not possible. */
bool turn_begin(struct turn *turn, clients_watch *watch, turn_accept *accept, turn_receive *receive,
                turn_send *send);

/* The timeout of the wait, in milliseconds: the time to the next deadline; 0: there is work left;
 * -1: no limit. First it closes the connections of refused clients for which it is time
 * (linger_sweep); while there are others, the timeout is 50 at most. */
int turn_timeout(struct turn *turn);

/* The wait has failed, for the reason in errno: if memory has run out, pauses before the next. */
void turn_wait_failed(void);

/* The kernel reports a descriptor: it can be read, it can be written, or there was an error or a
 * hang-up. To be called before turn_end: afterwards the number may belong to another client. */
void turn_ready(struct turn *turn, int fd, bool can_read, bool can_write, bool failed);

/* fd is what accept has returned. A connection is served from now on, or refused. If accept has
 * failed for want of descriptors or memory, accepting is paused. Returns true if accept is to be
 * called again in this turn: a turn accepts one client; while that was not enough, each turn
 * accepts twice as many as the one before. */
bool turn_accepted(struct turn *turn, int fd);

/* Reads the console, begins to stop after SIGINT or SIGTERM, ends clients that have timed out;
 * serves the lists, each until its time is over; then frees clients that have left. Returns false
 * once the server was asked to stop, and all clients have left. */
bool turn_end(struct turn *turn);

/* Frees everything, setup included, once turn_end has returned false. */
void turn_free(struct turn *turn);

#endif
