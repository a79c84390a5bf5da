/* clients_fixture.h: the clients of a server with one thread, and the server's part in their tests
 *
 * The server here is the test: it sets the time, moves bytes over socket pairs, and its
 * watch function only records its arguments.
 */
#ifndef UNIT_CLIENTS_FIXTURE_H
#define UNIT_CLIENTS_FIXTURE_H

#include "process/setup.h"
#include "sockets/sender.h"
#include "turn/clients.h"
#include "unit.h"

enum { IDLE = 300, HEADER = 30, MOST = 40 };

extern struct clients clients;

extern struct clients_fixture {
    struct budget_part part;
    struct store store;
    struct session_shared shared;
    struct budget budget;
    struct timeouts timeouts;
    struct sender sender;
    uint64_t news;              /* room_head when its members were last put on a list */
    unsigned int watched[1024]; /* by descriptor: what is asked for */
    bool full;                  /* nothing new can be watched */
    int others[MOST], added;    /* the other ends of the clients, in the order of their coming */
} fixture;

void fixture_begin(void);

/* All clients are closed; nothing may be left. */
void fixture_end(void);

/* A test between the two. */
#define CLIENTS(function) TEST_BETWEEN(fixture_begin, function, fixture_end)

/* If the room's log has grown, its members are put on a list. */
void fixture_news(void);

/* All that are on a list are served, with one send each, until the lists are empty. */
void fixture_turn(void);

/* So much later. */
void fixture_pass(int64_t ms);

/* A client whose greeting waits; one that has been sent it. */
struct client *fixture_add(void);
struct client *fixture_add_greeted(void);

/* What the server has received from it; and then there is a turn. */
void fixture_receive(struct client *client, const char *bytes);
void fixture_request(struct client *client, const char *bytes);

/* The kernel takes no more, and a reply waits. */
void fixture_fill(struct client *client);

/* Fail unless a client is watched for this; unless the next wait lasts so many ms. */
void fixture_watched(const struct client *client, const char *when, unsigned int want);
void fixture_sleeps(const char *when, int want);

/* ---- the other end of the client that came as number i ---- */

void other_close(int i);

/* What it has received. */
void other_received(int i, const char *want);
void other_received_timeout(int i);

#endif
