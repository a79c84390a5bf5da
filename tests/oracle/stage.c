/* tests/oracle/stage.c: see stage.h. Events said at once are in together.c. */
#include "stage.h"

#include <string.h>

#include "bound.h"
#include "library.h"

struct stage stage;

static bool begun;

static void begin_once(void)
{
    for (unsigned int i = 0; i <= CLIENTS && !begun; i++)
        stage.clients[i] = (struct client){.fd = -1, .number = i};
    begun = true;
}

void stage_begin(const struct session *session, struct serverproc *server, const char *model,
                 long bound)
{
    begin_once();
    stage.session = session;
    stage.server = server;
    stage.model = model;
    stage.bound = bound;
    stage.n_spans = 0;
    stage.together = stage.lost = false;
    for (unsigned int i = 0; i <= CLIENTS; i++)
        client_begin(&stage.clients[i], bound);
}

void stage_end(void)
{
    for (unsigned int i = 0; i <= CLIENTS && begun; i++)
        client_free(&stage.clients[i]);
    begun = false;
}

/* ---- what has to come ---- */

void stage_tell_others(const struct client *speaker)
{
    for (unsigned int i = 0; i < CLIENTS; i++)
        if (&stage.clients[i] != speaker && stage.clients[i].member)
            stage.clients[i].expected++;
}

/* Takes what has come, or waits for it. */
static void pump(struct client *client)
{
    enum news news;
    if (!client_take(client, stage.model, &news))
        stage.lost = !client_more(client, &news) && !client->ended;
    if (news == NEWS_EVENT)
        stage_tell_others(client);
}

void stage_settle(struct client *client)
{
    while (!stage.lost && client_owed(client))
        pump(client);
    client->kept_replies = client->replies.count;
}

void stage_await_events(struct client *client)
{
    while (!stage.lost && client->fd >= 0 && !client->ended &&
           client->events.count < client->expected)
        pump(client);
    client->kept_events = client->expected;
}

void stage_settle_but(const struct client *one)
{
    for (unsigned int i = 0; i < CLIENTS; i++)
        if (&stage.clients[i] != one)
            stage_settle(&stage.clients[i]);
}

bool stage_room_is_empty(void)
{
    for (unsigned int i = 0; i < CLIENTS; i++)
        if (stage.clients[i].member)
            return false;
    return true;
}

void stage_await_events_of_all(void)
{
    for (unsigned int i = 0; i < CLIENTS; i++)
        if (stage.clients[i].member)
            stage_await_events(&stage.clients[i]);
}

/* ---- has everybody seen that somebody has gone? ---- */

static bool uploads_are(void *count)
{
    return library_uploads() == *(int *)count;
}

static void await_uploads(int count)
{
    if (!bound_await(uploads_are, &count, stage.bound))
        stage.lost = true;
}

/* Uploads under way of those who are still there. */
static int uploads_left(void)
{
    int count = 0;
    for (unsigned int i = 0; i < CLIENTS; i++)
        count += stage.clients[i].fd >= 0 && !stage.clients[i].ended && stage.clients[i].in_body;
    return count;
}

static bool alone_in_room(struct client *probe)
{
    const char *ask, *bytes;
    client_send(probe, "W\n", 2, 0);
    stage_settle(probe);
    if (stage.lost || probe->ended)
        return true;
    struct item last = tape_item(&probe->replies, probe->replies.count - 1, &ask, &bytes);
    return last.len == strlen("OK 6\nprobe\n");
}

/* Where nobody is left to hear of it, somebody enters and asks until all others have left. */
static void probe_room(void)
{
    struct client *probe = &stage.clients[PROBE];
    long end = bound_now() + stage.bound;
    if (!client_open(probe, stage.server->port, stage.bound)) {
        stage.lost = true;
        return;
    }
    client_send(probe, "C probe\n", 8, 0);
    stage_settle(probe);
    while (!stage.lost && !alone_in_room(probe))
        stage.lost = bound_now() > end;
    client_send(probe, "Q\n", 2, 0);
    stage_settle(probe);
    client_close(probe, true);
}

void stage_await_gone(bool was_member, bool was_uploading)
{
    if (was_member && stage_room_is_empty())
        probe_room();
    else if (was_member)
        stage_await_events_of_all();
    if (was_uploading)
        await_uploads(uploads_left());
}

void stage_await_no_uploads(void)
{
    if (!stage.lost)
        await_uploads(0);
}
