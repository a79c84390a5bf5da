/* core/turn.h: the turn of a server with one thread
 *
 * select, poll and epoll differ in how they wait and in how a descriptor is watched. What happens in
 * between is the same:
 *
 *     while (turn_goes_on(turn)) {
 *         wait, for turn_timeout(turn) milliseconds at most
 *         turn_ready(turn, fd, events) for each descriptor that the kernel reports
 *         turn_end(turn)
 *     }
 *
 * turn_ready serves nobody yet: it puts clients on the input list. turn_end serves them, list by list
 * (clients.h): all input, then the replies to it; then a step of each session that can go on by itself,
 * then all that is sent besides. So whoever asks for little does not wait behind those who ask for much;
 * and whatever a turn has added to what waits for a member of the chat room goes out in one system call.
 *
 * Each list has its time, whatever it is asked for, and one client more. Clients whose turn did not come
 * stay at the head of their list, and the next turn begins with them.
 */
#ifndef CORE_TURN_H
#define CORE_TURN_H

#include <stdbool.h>
#include <stdint.h>

#include "clients.h"
#include "console.h"
#include "setup.h"

enum {
    TURN_ACCEPTS = 64,              /* clients taken in a turn */
    TURN_SEND_MAX = 1024 * 1024,    /* bytes sent to all clients in a turn, more or less */
    TURN_FAILED = WATCH_WRITE << 1, /* for turn_ready: an error or a hang-up */
};

/* What each model does in its own way, or shows in its own source. */
struct turn_calls {
    clients_watch *watch;
    void (*accept)(void);                   /* the listener is ready */
    void (*receive)(struct client *client); /* it is readable, and its session wants input */
    void (*send)(struct client *client, size_t most); /* most: bytes */
};

struct turn {
    struct clients clients;
    struct setup *setup;
    struct turn_calls calls;
    struct console console;
    bool console_ready;   /* it can be read now */
    bool console_watched; /* false: a file, which can't be watched by epoll and is always ready */
    int64_t accept_again; /* when accepting goes on; 0: it is on */
    uint64_t news;        /* room_head when the members were last put on the output list */
    struct client *round; /* once this one has been sent its output, all members have their news */
    uint64_t round_head;
};

/* Watches listener, console and stop_descriptor. Returns false, with errno, where that is not possible. */
bool turn_begin(struct turn *turn, struct setup *setup, const struct turn_calls *calls);

/* False: the server was asked to stop, and all clients have gone. */
bool turn_goes_on(const struct turn *turn);

/* How long may the kernel let us sleep? Milliseconds; -1: for ever. */
int turn_timeout(struct turn *turn);

/* The kernel reports a descriptor. events: WATCH_READ, WATCH_WRITE, TURN_FAILED. Call it for the last
 * time before turn_end. */
void turn_ready(struct turn *turn, int fd, unsigned int events);

/* A connection has been accepted: serves it from now on, or refuses it. */
void turn_open(struct turn *turn, int fd);

/* Descriptors or memory have run out: accepts nobody for a moment. */
void turn_pause_accept(struct turn *turn);

void turn_end(struct turn *turn);

/* Frees everything, once turn_goes_on is false. */
void turn_free(struct turn *turn);

#endif
