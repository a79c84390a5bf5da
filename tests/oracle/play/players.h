/* players.h: the clients of a session, and and what each of them waits for (for play.c) */
#ifndef ORACLE_PLAYERS_H
#define ORACLE_PLAYERS_H

#include <stdbool.h>
#include <stddef.h>

#include "client.h"
#include "generate.h"
#include "serverproc.h"

enum { PROBE = CLIENTS, SPANS = STEPS };

/* Events that several members caused at once: events[from .. to) of a client. */
struct span {
    unsigned int client;
    size_t from, to; /* to is SIZE_MAX as long as they speak */
};

extern struct players {
    const struct oracle_session *session;
    struct serverproc *server;
    const char *model;
    long bound;
    struct oracle_client clients[CLIENTS + 1]; /* the last one looks whether all have gone */
    struct span spans[SPANS];
    size_t n_spans;
    bool together; /* the last span is open: nobody waits for anybody */
    bool lost;     /* something did not come: no step makes sense any more */
} players;

/* A new session; connections stay as they are. */
void players_begin(const struct oracle_session *session, struct serverproc *server,
                   const char *model, long bound);
void players_end(void);

/* Everybody in the room but the speaker is going to receive something. */
void players_expect_event(const struct oracle_client *speaker);

bool players_room_is_empty(void);

/* Waits for all answers that a client is owed, and for its end if that has to come. */
void players_await_replies(struct oracle_client *client);
void players_await_replies_but(const struct oracle_client *one); /* all others; NULL: all */

/* Waits for the events that it should have received by now. */
void players_await_events(struct oracle_client *client);
void players_await_all_events(void);

/* From here on, until the end, all speak without waiting for each other. */
void players_together_begin(void);
void players_together_end(void);

/* Is nobody in the middle of a line or body? */
bool players_all_between(void);

/* A client has closed. Waits until the server has seen it, as far as other clients can notice. */
void players_await_gone(bool was_member, bool was_uploading);
void players_await_no_uploads(void);

/* Appends what a client has received: answers, then events. */
void players_record(struct tape *record, unsigned int client);

#endif
