/* core/turn/turn.h: the turn of a server with one thread
 *
 * select, poll and epoll differ in how they wait and in how a descriptor is watched. What happens
 * in between is the same:
 *
 *     while (turn_goes_on(turn)) {
 *         wait, for turn_timeout(turn) milliseconds at most
 *         turn_ready(turn, fd, events) for each descriptor that the kernel reports
 *         turn_end(turn)
 *     }
 *
 * turn_ready serves no client yet: it puts clients on the input list. (It does accept new ones.)
 * turn_end serves them, list by list (clients.h):
 *
 *     LIST_INPUT   recv once, and feed the session: its replies go into the outbox
 *     LIST_REPLY   send them
 *     LIST_STEP    one step of each session that can continue without input: a listing, or
 *                  the next of many requests that were received at once
 *     LIST_BULK    send what else waits: the rest of long replies, and news of the chat room
 *
 * So a client that asks for little does not wait behind those that ask for much. And whatever a
 * turn has added to what waits for a member of the chat room is sent with one system call.
 *
 * Each list has a millisecond or two, and always serves one client at least. Clients that were not
 * served stay at the head of their list, and the next turn begins with them.
 */
#ifndef CORE_TURN_H
#define CORE_TURN_H

#include <stdbool.h>
#include <stdint.h>

#include "process/console.h"
#include "process/setup.h"
#include "turn/clients.h"

enum {
    TURN_ACCEPTS = 64,              /* clients taken in a turn */
    TURN_SEND_MAX = 1024 * 1024,    /* bytes sent to all clients in a turn, more or less */
    TURN_FAILED = WATCH_WRITE << 1, /* for turn_ready: an error or a hang-up */
};

/* What turn.c calls in server.c: what each model does in its own way, or shows in its own
 * source. */
struct turn_calls {
    clients_watch *watch;
    void (*accept)(void);                   /* the listener is ready */
    void (*receive)(struct client *client); /* it is readable, and its session wants input */
    void (*send)(struct client *client, size_t most); /* at most so many bytes */
};

struct turn {
    struct clients clients;
    struct setup *setup;
    struct turn_calls calls;
    struct console console;
    bool console_ready;   /* it can be read now */
    bool console_watched; /* false: a file, which can't be watched by epoll and is always ready */
    int64_t accept_again; /* when accepting begins again; 0: it is on */
    uint64_t news;        /* room_head when all members were last put on LIST_BULK */
    struct client *round; /* once this one is served, all members had their chance to be sent ... */
    uint64_t round_head;  /* ... the log up to here: see room_delivered */
};

/* Watches the listener, the console and stop_descriptor. Returns false, and sets errno, if that is
 * not possible. */
bool turn_begin(struct turn *turn, struct setup *setup, const struct turn_calls *calls);

/* False: the server was asked to stop, and all clients have left. */
bool turn_goes_on(const struct turn *turn);

/* How long may the wait sleep? Milliseconds; 0: there is work left; -1: without limit. */
int turn_timeout(struct turn *turn);

/* The kernel reports a descriptor. events: WATCH_READ, WATCH_WRITE, TURN_FAILED. To be called
 * before turn_end: afterwards the number may belong to another client. */
void turn_ready(struct turn *turn, int fd, unsigned int events);

/* A connection has been accepted: serves it from now on, or refuses it. */
void turn_open(struct turn *turn, int fd);

/* Descriptors or memory have run out: stops accepting for a moment. */
void turn_pause_accept(struct turn *turn);

/* Serves the lists, each for its time; then frees the clients that have left. */
void turn_end(struct turn *turn);

/* Frees everything, once turn_goes_on is false. */
void turn_free(struct turn *turn);

#endif
