/* tests/oracle/play/play.c: see play.h
 *
 * A step begins when all that the other clients are owed has come: so there is one order in which
 * a server can see the requests, and one right result. Steps that are together are the exception;
 * all they may do is speak, and events from there are sorted by their speakers.
 */
#include "play.h"

#include <stdlib.h>

#include "library.h"
#include "players.h"

/* ---- steps ---- */

static void do_open(struct oracle_client *client)
{
    if (client->fd >= 0 && client->ended)
        client_close(client, true);
    if (client->fd >= 0)
        return;
    if (!client_open(client, players.server->port, players.bound)) {
        tape_note(&client->replies, ITEM_END, client->number, "no connection");
        players.lost = true;
    }
}

static void do_body(struct oracle_client *client, const struct step *step)
{
    players_await_replies(client);
    if (players.lost || client->ended || !client->in_body)
        return;
    size_t left = client->body_end - client->sent_len;
    size_t len = left < step->len ? left : step->len;
    unsigned char *body = pattern_new(len, step->at);
    client_send(client, (const char *)body, len, step->cuts);
    free(body);
}

static void do_shut(struct oracle_client *client, bool no_wait)
{
    if (!no_wait) {
        players_await_replies(client);
        players_await_events(client);
    }
    if (!client->ended)
        client_shut(client);
}

static void do_close(struct oracle_client *client, bool reset, bool no_wait)
{
    if (!no_wait || !client_harmless(client)) {
        players_await_replies(client);
        players_await_events(client);
    }
    bool was_member = client->member, was_uploading = client->in_body && !client->ended;
    client_close(client, reset);
    client->member = false;
    client->epoch = (uint16_t)(client->epoch + was_member);
    if (was_member)
        players_expect_event(client);
    players_await_gone(was_member, was_uploading);
}

/* Nothing answers the console: a member has to receive the line. */
static void do_announce(const struct step *step)
{
    char line[256];
    players_await_replies_but(NULL);
    if (players.lost || players_room_is_empty())
        return;
    (void)snprintf(line, sizeof line, "%.*s", (int)step->len, players.session->bytes + step->at);
    serverproc_announce(players.server, line);
    players_expect_event(NULL);
    players_await_all_events();
}

static void do_step(const struct step *step)
{
    struct oracle_client *client = &players.clients[step->client];
    if (step->action != ACTION_OPEN && step->action != ACTION_ANNOUNCE && client->fd < 0)
        return;
    switch (step->action) {
    case ACTION_OPEN: do_open(client); break;
    case ACTION_SEND:
        if (!client->ended && !client->shut && !client->closing)
            client_send(client, players.session->bytes + step->at, step->len, step->cuts);
        break;
    case ACTION_BODY: do_body(client, step); break;
    case ACTION_SHUT: do_shut(client, step->no_wait); break;
    case ACTION_CLOSE: do_close(client, false, step->no_wait); break;
    case ACTION_RESET: do_close(client, true, step->no_wait); break;
    case ACTION_ANNOUNCE: do_announce(step); break;
    }
}

static void take_step(const struct step *step)
{
    struct oracle_client *client = &players.clients[step->client];
    if (step->together && !players.together && players_all_between())
        players_together_begin();
    else if (!step->together && players.together)
        players_together_end();
    if (players.together) {
        do_step(step);
        return;
    }
    players_await_replies_but(client);
    do_step(step);
    if (!step->no_wait)
        players_await_replies(client);
}

/* ---- the whole ---- */

/* Stays connected for the next session, outside the room, with nothing on its way. */
static bool stays(struct oracle_client *client)
{
    if (players.session->ending != ENDING_STAY || !client_between(client))
        return false;
    if (client->member)
        client_send(client, "X\n", 2, 0);
    client_send(client, "N\n", 2, 0);
    players_await_replies(client);
    return client_between(client);
}

static void leave(struct oracle_client *client)
{
    players_await_events(client);
    if (stays(client))
        return;
    if (players.session->ending == ENDING_QUIT && client_between(client))
        client_send(client, "Q\n", 2, 0);
    else if (!client->ended)
        client_shut(client);
    players_await_replies(client);
    client->kept_events = client->events.count; /* also those that nobody expected */
    client_close(client, true);
}

/* All leave, one after another. */
static void finish(void)
{
    if (players.together)
        players_together_end();
    players_await_replies_but(NULL);
    for (unsigned int i = 0; i < players.session->clients; i++)
        if (players.clients[i].fd >= 0)
            leave(&players.clients[i]);
    players_await_no_uploads();
}

bool play(const struct oracle_session *session, uint64_t dropped, struct serverproc *server,
          const char *model, long bound, struct tape *record)
{
    players_begin(session, server, model, bound);
    for (size_t i = 0; i < session->count && !players.lost; i++)
        if ((dropped >> i & 1) == 0)
            take_step(&session->steps[i]);
    finish();
    for (unsigned int i = 0; i < session->clients; i++)
        players_record(record, i);
    library_check(record);
    if (players.lost)
        tape_note(record, ITEM_NOTE, 0, "the session did not come to its end");
    return !players.lost;
}

void play_end(void)
{
    players_end();
}
