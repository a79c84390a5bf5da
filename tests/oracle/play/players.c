/* tests/oracle/play/players.c: see players.h. Events that were sent at once are in together.c. */
#include "players.h"

#include <string.h>

#include "bound.h"
#include "library.h"

struct players players;

static bool begun;

static void begin_once(void)
{
    for (unsigned int i = 0; i <= CLIENTS && !begun; i++)
        players.clients[i] = (struct oracle_client){.fd = -1, .number = i};
    begun = true;
}

void players_begin(const struct oracle_session *session, struct serverproc *server,
                   const char *model, long bound)
{
    begin_once();
    players.session = session;
    players.server = server;
    players.model = model;
    players.bound = bound;
    players.n_spans = 0;
    players.together = players.lost = false;
    for (unsigned int i = 0; i <= CLIENTS; i++)
        client_begin(&players.clients[i], bound);
}

void players_end(void)
{
    for (unsigned int i = 0; i <= CLIENTS && begun; i++)
        client_free(&players.clients[i]);
    begun = false;
}

/* ---- what has to come ---- */

void players_expect_event(const struct oracle_client *speaker)
{
    for (unsigned int i = 0; i < CLIENTS; i++)
        if (&players.clients[i] != speaker && players.clients[i].member)
            players.clients[i].expected++;
}

/* Takes what has come, or waits for it. */
static void pump(struct oracle_client *client)
{
    enum room_change room_change;
    if (!client_take(client, players.model, &room_change))
        players.lost = !client_more(client, &room_change) && !client->ended;
    if (room_change == ROOM_EVENT)
        players_expect_event(client);
}

void players_await_replies(struct oracle_client *client)
{
    while (!players.lost && client_owed(client))
        pump(client);
    client->kept_replies = client->replies.count;
}

void players_await_events(struct oracle_client *client)
{
    while (!players.lost && client->fd >= 0 && !client->ended &&
           client->events.count < client->expected)
        pump(client);
    client->kept_events = client->expected;
}

void players_await_replies_but(const struct oracle_client *one)
{
    for (unsigned int i = 0; i < CLIENTS; i++)
        if (&players.clients[i] != one)
            players_await_replies(&players.clients[i]);
}

bool players_room_is_empty(void)
{
    for (unsigned int i = 0; i < CLIENTS; i++)
        if (players.clients[i].member)
            return false;
    return true;
}

void players_await_all_events(void)
{
    for (unsigned int i = 0; i < CLIENTS; i++)
        if (players.clients[i].member)
            players_await_events(&players.clients[i]);
}

/* ---- has everybody seen that somebody has gone? ---- */

static bool uploads_are(void *count)
{
    return library_uploads() == *(int *)count;
}

static void await_uploads(int count)
{
    if (!bound_await(uploads_are, &count, players.bound))
        players.lost = true;
}

/* Uploads under way of clients that are still connected. */
static int uploads_left(void)
{
    int count = 0;
    for (unsigned int i = 0; i < CLIENTS; i++)
        count +=
            players.clients[i].fd >= 0 && !players.clients[i].ended && players.clients[i].in_body;
    return count;
}

static bool alone_in_room(struct oracle_client *probe)
{
    const char *ask, *bytes;
    client_send(probe, "W\n", 2, 0);
    players_await_replies(probe);
    if (players.lost || probe->ended)
        return true;
    struct item last = tape_item(&probe->replies, probe->replies.count - 1, &ask, &bytes);
    return last.len == strlen("OK 6\nprobe\n");
}

/* If no member is left to receive it, somebody enters and asks until all others have left. */
static void probe_room(void)
{
    struct oracle_client *probe = &players.clients[PROBE];
    long end = bound_now() + players.bound;
    if (!client_open(probe, players.server->port, players.bound)) {
        players.lost = true;
        return;
    }
    client_send(probe, "C probe\n", 8, 0);
    players_await_replies(probe);
    while (!players.lost && !alone_in_room(probe))
        players.lost = bound_now() > end;
    client_send(probe, "Q\n", 2, 0);
    players_await_replies(probe);
    client_close(probe, true);
}

void players_await_gone(bool was_member, bool was_uploading)
{
    if (was_member && players_room_is_empty())
        probe_room();
    else if (was_member)
        players_await_all_events();
    if (was_uploading)
        await_uploads(uploads_left());
}

void players_await_no_uploads(void)
{
    if (!players.lost)
        await_uploads(0);
}
