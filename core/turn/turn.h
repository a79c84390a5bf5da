/* core/turn/turn.h: the turn of a server with one thread
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
 *     LIST_REPLY   send them
 *     LIST_STEP    one step of each session that can continue without input: a listing, or
 *                  the next of many requests that were received at once
 *     LIST_BULK    send what else waits: the rest of long replies, and events of the chat room
 *
 * So a client that asks for little does not wait behind those that ask for much. And whatever a
 * turn has added to what waits for a member of the chat room is sent with one system call.
 *
 * Each list has a millisecond or two, and serves at least one client. Clients that were not served
 * stay at the head of their list, and the next turn begins with them.
 */
#ifndef CORE_TURN_H
#define CORE_TURN_H

#include <stdbool.h>
#include <stdint.h>

#include "process/setup.h"
#include "sockets/sender.h"
#include "turn/clients.h"

enum {
    TURN_ACCEPTS = 64,           /* clients accepted in a turn, at most */
    TURN_SEND_MAX = 1024 * 1024, /* bytes sent to all clients in a turn, more or less */
};

/* What a turn calls in server.c, beside clients_watch: the system calls of a TCP server. */
typedef void turn_accept(void); /* the listener is readable */

/* A client is readable, and its session waits for input; or it can be sent at most so many bytes.
 * Both return false if the connection is broken. */
typedef bool turn_receive(struct client *client);
typedef bool turn_send(struct client *client, size_t most);

struct turn {
    struct setup setup;
    struct clients clients;
    struct sender sender;
    turn_accept *accept;
    turn_receive *receive;
    turn_send *send;
    bool console_ready;   /* it can be read now */
    bool console_watched; /* false: a file, which can't be watched by epoll and is always ready */
    unsigned int accepts; /* connections accepted in this turn */
    unsigned int accepts_most; /* and how many it may accept: see turn_accepted */
    int64_t accept_again;      /* when accepting is resumed; 0: it is not paused */
    uint64_t room_end;         /* room_head when all members were last put on LIST_BULK */
    struct client *round; /* once this one is served, all members had their chance to be sent ... */
    uint64_t round_head;  /* ... the log up to here: see room_delivered */
};

/* To be called after setup_begin(&turn->setup, ...). Watches the listener, the console and
 * stop_descriptor, and announces the server. Returns false, and sets errno, if that is not
 * possible. */
bool turn_begin(struct turn *turn, clients_watch *watch, turn_accept *accept, turn_receive *receive,
                turn_send *send);

/* The timeout of the wait: milliseconds; 0: there is work left; -1: none. */
int turn_timeout(struct turn *turn);

/* The wait has failed, for the reason in errno: if memory has run out, pauses before the next. */
void turn_wait_failed(void);

/* The kernel reports a descriptor: it can be read, it can be written, or there was an error or a
 * hang-up. To be called before turn_end: afterwards the number may belong to another client. */
void turn_ready(struct turn *turn, int fd, bool can_read, bool can_write, bool failed);

/* accept has returned fd: a connection, which is served from now on or refused; or -1, and errno.
 * If descriptors or memory have run out, accepting is paused. Returns true if accept is to be
 * called again in this turn: a turn accepts one, and twice as many in each that follows while that
 * was not enough. */
bool turn_accepted(struct turn *turn, int fd);

/* Serves the lists, each for its time; then frees the clients that have left. Returns false once
 * the server was asked to stop, and all clients have left. */
bool turn_end(struct turn *turn);

/* Frees everything, setup included, once turn_end has returned false. */
void turn_free(struct turn *turn);

#endif
