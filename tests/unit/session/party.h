/* party.h: sessions in one chat room, in a server with one thread */
#ifndef UNIT_PARTY_H
#define UNIT_PARTY_H

#include "session/session.h"
#include "sink.h"
#include "unit.h"

enum { VISITORS = 8 };

struct visitor {
    struct session session;
    struct sink received;
};

extern struct party {
    struct budget budget;
    struct budget_part part;
    struct session_shared shared;
    struct store store; /* nobody asks for a file */
    struct visitor visitors[VISITORS];
} party;

void party_begin(size_t backlog);
void party_end(void);

/* A party at which a and b have entered the room, one after the other. */
void party_of_two(size_t backlog);

/* What a turn does once something was sent; all have had their chance to read. */
void party_news(void);

/* All receive what there is, and forget it. */
void party_idle(void);

/* ---- visitor number i ---- */

/* Feeds a line or several, and continues until the session needs its replies to be sent. */
void visitor_feed(size_t i, const char *lines);

/* Sends so many bytes of what waits for it. */
void visitor_send(size_t i, size_t len);

/* Sends all; continues the session if that is possible then. */
void visitor_flush(size_t i);

/* Feeds lines, and sends all replies. */
void visitor_speak(size_t i, const char *lines);

/* Enters the room as "a", "b", and so on by its number. */
void visitor_enter(size_t i);

/* Sends all, compares what it has received, and forgets it. */
void visitor_expect(size_t i, const char *want);

/* Feeds lines, and expects this. */
void visitor_ask(size_t i, const char *lines, const char *want);

#endif
