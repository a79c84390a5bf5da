/* turns.h: a server with one thread, a turn at a time, by a clock that the test moves
 *
 * The mechanism is poll(2). Clients are socket pairs, or connections to a real listener; standard
 * input is a pipe. What is received and sent is noted down, in its order, and may cost time.
 */
#ifndef UNIT_TURNS_H
#define UNIT_TURNS_H

#include "redirect.h"
#include "sink.h"
#include "turn/turn.h"
#include "unit.h"

enum { TURNS_PEERS = 300, TURNS_NOTES = 200000 };

/* One end of a connection: the client's. */
struct turn_peer {
    int fd, server_fd; /* server_fd: its number in the server */
    struct client *client;
    struct sink received;
};

struct note {
    char what; /* 'r': received from, 's': sent to */
    int fd;
    size_t max; /* bytes that it was to be sent at most */
};

extern struct turns {
    struct turn turn;
    bool running; /* what turn_end has returned */
    struct turn_peer peers[TURNS_PEERS];
    size_t count; /* of peers */
    int64_t now;  /* milliseconds */
    int64_t receive_cost, send_cost;
    struct redirect in;         /* of the console */
    unsigned int watched[1024]; /* by descriptor */
    int unwatchable;            /* EPERM for this descriptor; -1: none */
    int accept_error;           /* of the next accept; 0: none */
    unsigned int accepts;       /* how often accept was tried */
    struct note notes[TURNS_NOTES];
    size_t noted;
} turns;

enum {
    TURNS_IDLE = 300, /* seconds */
    TURNS_HEADER = 30,
    TURNS_PAUSE = 100, /* milliseconds without accepting when descriptors ran out */
    TURNS_BACKLOG = 64 * 1024,
};

extern char turns_pings[4000]; /* many requests N */

/* A console that the server can't watch, since it is a file: with these bytes. NULL: a pipe. */
void turns_begin(size_t backlog, const char *file);

/* With TURNS_BACKLOG, and a pipe. */
void turns_begin_usual(void);

/* All clients are closed; nothing may be left. */
void turns_end(void);

/* A test between the two. */
#define TURN(function) TEST_BETWEEN(turns_begin_usual, function, turns_end)

/* A client that the server has accepted, and greeted; *the* first of a test is number 0. */
struct turn_peer *turns_client(void);

/* A member, called m<number>. */
struct turn_peer *turns_member(void);

/* All have received what there is; forgets it. */
void turns_forget(void);

/* A connection to the listener, which is not accepted yet. */
int turns_connect(void);

/* Compares what such a connection has received since the last time. */
void turns_hears(int fd, const char *want);

/* One turn: what is ready, and its end. Waits for nothing. */
void turns_pass(void);

/* So much later there is one more turn. */
void turns_pass_after(int64_t ms);

/* Turns until no client is on a list. */
void turns_until_idle(void);

/* Fails unless the next wait lasts so many ms. */
void turns_sleeps(const char *when, int want);

/* Sends; all of it has to fit. */
void peer_say(struct turn_peer *peer, const char *text);

/* Sends as much as fits. Returns the bytes. */
size_t peer_push(struct turn_peer *peer, const char *bytes, size_t len);

/* Its socket takes no more of what the server sends. */
void peer_fill(const struct turn_peer *peer);

/* Receives all there is, into received. Returns false at its end. */
bool peer_read(struct turn_peer *peer);

/* Reads, compares all that was received so far, and forgets it. */
void peer_expect(struct turn_peer *peer, const char *want);

/* Closes our end. */
void peer_close(struct turn_peer *peer);

/* How often, among the notes from `from` on. */
unsigned int notes_count(size_t from, char what, const struct turn_peer *peer);

/* The place of the first such note from `from` on; it has to be there. */
size_t notes_find(size_t from, char what, const struct turn_peer *peer);

#endif
