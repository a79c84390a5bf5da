/* client.h: one client: what it has sent, what it has received, and what it is still owed
 *
 * It knows of the protocol only what is needed to wait for the right thing: lines end in LF, GO
 * lets a body follow, OK brings one. It can't check whether an answer is right, and need not.
 */
#ifndef ORACLE_CLIENT_H
#define ORACLE_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"

struct oracle_client {
    int fd; /* -1: not connected */
    bool shut;
    bool closing;    /* the server has sent its last reply: it should close */
    bool ended;      /* it has */
    bool greeted;    /* the greeting has come */
    bool member;     /* of the chat room */
    uint16_t epoch;  /* how often it has entered and left */
    bool in_body;    /* GO was sent */
    size_t body_end; /* in sent: where the body ends */
    char *sent;      /* all of this connection */
    size_t sent_len, sent_room;
    size_t answered; /* in sent: where the next request begins */
    char *in;        /* received and not yet looked at: in[from .. to) */
    size_t from, to, room;
    struct tape replies, events;      /* of all its connections */
    size_t expected;                  /* number of events it should have by now */
    size_t kept_replies, kept_events; /* those it has waited for */
    unsigned int number;
};

/* What an answer means for the others in the room. */
enum room_change {
    ROOM_UNCHANGED,
    ROOM_EVENT, /* they receive an event: somebody has entered, left or spoken */
};

/* Forgets what was received, for a new session. A connection stays, if nothing is owed. */
void client_begin(struct oracle_client *client, long bound);

/* Connects to a port of loopback. No call on it waits longer than bound milliseconds. */
bool client_open(struct oracle_client *client, int port, long bound);

/* Sends; cuts decides the pieces, 0 is all at once. */
void client_send(struct oracle_client *client, const char *bytes, size_t len, uint64_t cuts);

void client_shut(struct oracle_client *client);

/* Closes; what it has not waited for is forgotten. */
void client_close(struct oracle_client *client, bool reset);

/* Ends with everything. */
void client_free(struct oracle_client *client);

/* Is something still to come: an answer, or the end? */
bool client_owed(const struct oracle_client *client);

/* May the session be cut here? Yes if no answer is missing that changes anything. */
bool client_harmless(const struct oracle_client *client);

/* Neither in the middle of a line nor of a body. */
bool client_between(const struct oracle_client *client);

/* Takes one answer or event out of what was received, and records it. False: there is none. */
bool client_take(struct oracle_client *client, const char *model, enum room_change *room_change);

/* Waits for more. False: the bound is over, or the connection has ended. */
bool client_more(struct oracle_client *client, enum room_change *room_change);

/* ---- for client.c and client_read.c ---- */

/* The request at an offset of what was sent: its length with LF; 0 if it is not whole yet. */
size_t client_request_length(const struct oracle_client *client, size_t at);

#endif
