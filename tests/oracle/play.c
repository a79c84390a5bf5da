/* tests/oracle/play.c: see play.h
 *
 * A step begins when all that the other clients are owed has come: so there is one order in which
 * a server can see the requests, and one right result. Steps that are together are the exception;
 * all they may do is speak, and events from there are sorted by their speakers.
 */
#include "play.h"

#include <stdlib.h>

#include "library.h"
#include "stage.h"

/* ---- steps ---- */

static void do_open(struct client *client)
{
    if (client->fd >= 0 && client->ended)
        client_close(client, true);
    if (client->fd >= 0)
        return;
    if (!client_open(client, stage.server->port, stage.bound)) {
        tape_note(&client->replies, ITEM_END, client->number, "no connection");
        stage.lost = true;
    }
}

static void do_body(struct client *client, const struct step *step)
{
    stage_settle(client);
    if (stage.lost || client->ended || !client->in_body)
        return;
    size_t left = client->body_end - client->sent_len;
    size_t len = left < step->len ? left : step->len;
    unsigned char *body = pattern_new(len, step->at);
    client_send(client, (const char *)body, len, step->cuts);
    free(body);
}

static void do_shut(struct client *client, bool hasty)
{
    if (!hasty) {
        stage_settle(client);
        stage_await_events(client);
    }
    if (!client->ended)
        client_shut(client);
}

static void do_close(struct client *client, bool reset, bool hasty)
{
    if (!hasty || !client_harmless(client)) {
        stage_settle(client);
        stage_await_events(client);
    }
    bool was_member = client->member, was_uploading = client->in_body && !client->ended;
    client_close(client, reset);
    client->member = false;
    client->epoch = (uint16_t)(client->epoch + was_member);
    if (was_member)
        stage_tell_others(client);
    stage_await_gone(was_member, was_uploading);
}

/* Nothing answers the console: it has to be somebody who hears it. */
static void do_announce(const struct step *step)
{
    char line[256];
    stage_settle_but(NULL);
    if (stage.lost || stage_room_is_empty())
        return;
    (void)snprintf(line, sizeof line, "%.*s", (int)step->len, stage.session->bytes + step->at);
    serverproc_announce(stage.server, line);
    stage_tell_others(NULL);
    stage_await_events_of_all();
}

static void do_step(const struct step *step)
{
    struct client *client = &stage.clients[step->client];
    if (step->action != ACTION_OPEN && step->action != ACTION_ANNOUNCE && client->fd < 0)
        return;
    switch (step->action) {
    case ACTION_OPEN: do_open(client); break;
    case ACTION_SEND:
        if (!client->ended && !client->shut && !client->closing)
            client_send(client, stage.session->bytes + step->at, step->len, step->cuts);
        break;
    case ACTION_BODY: do_body(client, step); break;
    case ACTION_SHUT: do_shut(client, step->hasty); break;
    case ACTION_CLOSE: do_close(client, false, step->hasty); break;
    case ACTION_RESET: do_close(client, true, step->hasty); break;
    case ACTION_ANNOUNCE: do_announce(step); break;
    }
}

static void take_step(const struct step *step)
{
    struct client *client = &stage.clients[step->client];
    if (step->together && !stage.together && stage_all_between())
        stage_together_begin();
    else if (!step->together && stage.together)
        stage_together_end();
    if (stage.together) {
        do_step(step);
        return;
    }
    stage_settle_but(client);
    do_step(step);
    if (!step->hasty)
        stage_settle(client);
}

/* ---- the whole ---- */

/* Stays connected for the next session, outside the room, with nothing on its way. */
static bool stays(struct client *client)
{
    if (stage.session->ending != ENDING_STAY || !client_between(client))
        return false;
    if (client->member)
        client_send(client, "X\n", 2, 0);
    client_send(client, "N\n", 2, 0);
    stage_settle(client);
    return client_between(client);
}

static void leave(struct client *client)
{
    stage_await_events(client);
    if (stays(client))
        return;
    if (stage.session->ending == ENDING_QUIT && client_between(client))
        client_send(client, "Q\n", 2, 0);
    else if (!client->ended)
        client_shut(client);
    stage_settle(client);
    client->kept_events = client->events.count; /* also those that nobody expected */
    client_close(client, true);
}

/* All leave, one after another. */
static void finish(void)
{
    if (stage.together)
        stage_together_end();
    stage_settle_but(NULL);
    for (unsigned int i = 0; i < stage.session->clients; i++)
        if (stage.clients[i].fd >= 0)
            leave(&stage.clients[i]);
    stage_await_no_uploads();
}

bool play(const struct session *session, uint64_t dropped, struct serverproc *server,
          const char *model, long bound, struct tape *record)
{
    stage_begin(session, server, model, bound);
    for (size_t i = 0; i < session->count && !stage.lost; i++)
        if ((dropped >> i & 1) == 0)
            take_step(&session->steps[i]);
    finish();
    for (unsigned int i = 0; i < session->clients; i++)
        stage_record(record, i);
    library_check(record);
    if (stage.lost)
        tape_note(record, ITEM_NOTE, 0, "the session did not come to its end");
    return !stage.lost;
}

void play_end(void)
{
    stage_end();
}
