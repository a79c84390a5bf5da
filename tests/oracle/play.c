/* tests/oracle/play.c: see play.h
 *
 * A step begins when all that the other clients are owed has come: so there is one order in which
 * a server can see the requests, and one right result. Steps that are together are the exception;
 * all they may do is speak, and events from there are sorted by their speakers.
 */
#include "play.h"

#include <stdlib.h>
#include <string.h>

#include "bound.h"
#include "client.h"
#include "library.h"

enum { PROBE = CLIENTS, SPANS = STEPS };

/* Events that several have said at once: events[from .. to) of a client. */
struct span {
    unsigned int client;
    size_t from, to; /* to is SIZE_MAX as long as they speak */
};

static struct {
    const struct session *session;
    struct serverproc *server;
    const char *model;
    long bound;
    struct client clients[CLIENTS + 1]; /* the last is nobody's: it looks whether all have gone */
    struct span spans[SPANS];
    size_t n_spans;
    bool together; /* the last span is open: nobody waits for anybody */
    bool lost;     /* something did not come: no step makes sense any more */
} now;

/* ---- waiting ---- */

static void tell_others(const struct client *speaker)
{
    for (unsigned int i = 0; i < CLIENTS; i++)
        if (&now.clients[i] != speaker && now.clients[i].member)
            now.clients[i].expected++;
}

/* Takes what has come, or waits for it. */
static void pump(struct client *client)
{
    enum news news;
    if (!client_take(client, now.model, &news))
        now.lost = !client_more(client, &news) && !client->ended;
    if (news == NEWS_EVENT)
        tell_others(client);
}

static void settle(struct client *client)
{
    while (!now.lost && client_owed(client))
        pump(client);
    client->kept_replies = client->replies.count;
}

static void await_events(struct client *client)
{
    while (!now.lost && client->fd >= 0 && !client->ended &&
           client->events.count < client->expected)
        pump(client);
    client->kept_events = client->expected;
}

static void settle_but(const struct client *one)
{
    for (unsigned int i = 0; i < CLIENTS; i++)
        if (&now.clients[i] != one)
            settle(&now.clients[i]);
}

/* ---- together ---- */

static void together_begin(void)
{
    settle_but(NULL);
    for (unsigned int i = 0; i < now.session->clients && now.n_spans < SPANS; i++)
        now.spans[now.n_spans++] = (struct span){i, now.clients[i].expected, SIZE_MAX};
    now.together = true;
}

static void together_end(void)
{
    settle_but(NULL);
    for (size_t i = 0; i < now.n_spans; i++)
        if (now.spans[i].to == SIZE_MAX)
            now.spans[i].to = now.clients[now.spans[i].client].expected;
    now.together = false;
}

/* What is sent while others speak must be whole requests that do nothing but speak. */
static bool all_between(void)
{
    for (unsigned int i = 0; i < CLIENTS; i++)
        if (now.clients[i].fd >= 0 && !client_between(&now.clients[i]))
            return false;
    return true;
}

/* ---- has everybody seen that somebody has gone? ---- */

static bool uploads_are(void *count)
{
    return library_uploads() == *(int *)count;
}

static void await_uploads(int count)
{
    if (!bound_await(uploads_are, &count, now.bound))
        now.lost = true;
}

/* Uploads under way of those who are still there. */
static int uploads_left(void)
{
    int count = 0;
    for (unsigned int i = 0; i < CLIENTS; i++)
        count += now.clients[i].fd >= 0 && !now.clients[i].ended && now.clients[i].in_body;
    return count;
}

static bool alone_in_room(struct client *probe)
{
    const char *ask, *bytes;
    client_send(probe, "W\n", 2, 0);
    settle(probe);
    if (now.lost || probe->ended)
        return true;
    struct item last = tape_item(&probe->replies, probe->replies.count - 1, &ask, &bytes);
    return last.len == strlen("OK 6\nprobe\n");
}

/* Where nobody is left to hear of it, somebody enters and asks until all others have left. */
static void probe_room(void)
{
    struct client *probe = &now.clients[PROBE];
    long end = bound_now() + now.bound;
    if (!client_open(probe, now.server->port, now.bound)) {
        now.lost = true;
        return;
    }
    client_send(probe, "C probe\n", 8, 0);
    settle(probe);
    while (!now.lost && !alone_in_room(probe))
        now.lost = bound_now() > end;
    client_send(probe, "Q\n", 2, 0);
    settle(probe);
    client_close(probe, true);
}

static void await_gone(bool was_member, bool was_uploading)
{
    bool heard = false;
    for (unsigned int i = 0; i < CLIENTS; i++) {
        if (was_member && now.clients[i].member) {
            await_events(&now.clients[i]);
            heard = true;
        }
    }
    if (was_member && !heard)
        probe_room();
    if (was_uploading)
        await_uploads(uploads_left());
}

/* ---- steps ---- */

static void do_open(struct client *client)
{
    if (client->fd >= 0 && client->ended)
        client_close(client, true);
    if (client->fd >= 0)
        return;
    if (!client_open(client, now.server->port, now.bound)) {
        tape_note(&client->replies, ITEM_END, client->number, "no connection");
        now.lost = true;
    }
}

static void do_body(struct client *client, const struct step *step)
{
    settle(client);
    if (now.lost || client->ended || !client->in_body)
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
        settle(client);
        await_events(client);
    }
    if (!client->ended)
        client_shut(client);
}

static void do_close(struct client *client, bool reset, bool hasty)
{
    if (!hasty || !client_harmless(client)) {
        settle(client);
        await_events(client);
    }
    bool was_member = client->member, was_uploading = client->in_body && !client->ended;
    client_close(client, reset);
    client->member = false;
    client->epoch = (uint16_t)(client->epoch + was_member);
    if (was_member)
        tell_others(client);
    await_gone(was_member, was_uploading);
}

/* Nothing answers the console: it has to be somebody who hears it. */
static void do_announce(const struct step *step)
{
    char line[256];
    bool heard = false;
    settle_but(NULL);
    for (unsigned int i = 0; i < CLIENTS; i++)
        heard = heard || now.clients[i].member;
    if (!heard || now.lost)
        return;
    (void)snprintf(line, sizeof line, "%.*s", (int)step->len, now.session->bytes + step->at);
    serverproc_announce(now.server, line);
    tell_others(NULL);
    for (unsigned int i = 0; i < CLIENTS; i++)
        if (now.clients[i].member)
            await_events(&now.clients[i]);
}

static void do_step(const struct step *step)
{
    struct client *client = &now.clients[step->client];
    if (step->action != ACTION_OPEN && step->action != ACTION_ANNOUNCE && client->fd < 0)
        return;
    switch (step->action) {
    case ACTION_OPEN: do_open(client); break;
    case ACTION_SEND:
        if (!client->ended && !client->shut && !client->closing)
            client_send(client, now.session->bytes + step->at, step->len, step->cuts);
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
    struct client *client = &now.clients[step->client];
    if (step->together && !now.together && all_between())
        together_begin();
    else if (!step->together && now.together)
        together_end();
    if (now.together) {
        do_step(step);
        return;
    }
    settle_but(client);
    do_step(step);
    if (!step->hasty)
        settle(client);
}

/* ---- the whole ---- */

/* All leave, one after another. */
static void finish(void)
{
    if (now.together)
        together_end();
    settle_but(NULL);
    for (unsigned int i = 0; i < CLIENTS; i++) {
        struct client *client = &now.clients[i];
        if (client->fd < 0)
            continue;
        await_events(client);
        if (now.session->quits && client_between(client))
            client_send(client, "Q\n", 2, 0);
        else if (!client->ended)
            client_shut(client);
        settle(client);
        client->kept_events = client->events.count; /* also those that nobody expected */
        client_close(client, true);
    }
    if (!now.lost)
        await_uploads(0);
}

/* "* SAY <nick> <text>": the same speaker? */
static bool same_speaker(const struct tape *events, size_t a, size_t b)
{
    const char *ask, *one, *other;
    struct item first = tape_item(events, a, &ask, &one);
    struct item second = tape_item(events, b, &ask, &other);
    size_t i = 6;
    while (i < first.len && i < second.len && one[i] == other[i] && one[i] != ' ')
        i++;
    return i < first.len && i < second.len && one[i] == ' ' && other[i] == ' ';
}

static int event_compare(const struct tape *events, size_t a, size_t b)
{
    const char *ask, *one, *other;
    struct item first = tape_item(events, a, &ask, &one);
    struct item second = tape_item(events, b, &ask, &other);
    size_t len = first.len < second.len ? first.len : second.len;
    return same_speaker(events, a, b) ? 0 : memcmp(one, other, len);
}

/* Sorts what was said at once by the speakers; what one of them said keeps its order. */
static void span_sort(const struct tape *events, size_t *order, const struct span *span)
{
    for (size_t i = span->from + 1; i < span->to && i < events->count; i++)
        for (size_t k = i; k > span->from && event_compare(events, order[k - 1], order[k]) > 0;
             k--) {
            size_t swap = order[k];
            order[k] = order[k - 1];
            order[k - 1] = swap;
        }
}

static void record_events(struct tape *record, unsigned int number)
{
    const struct tape *events = &now.clients[number].events;
    size_t *order = malloc((events->count + 1) * sizeof *order);
    if (order == NULL)
        abort();
    for (size_t i = 0; i < events->count; i++)
        order[i] = i;
    for (size_t i = 0; i < now.n_spans; i++)
        if (now.spans[i].client == number)
            span_sort(events, order, &now.spans[i]);
    for (size_t i = 0; i < events->count; i++)
        tape_copy(record, events, order[i]);
    free(order);
}

static void record_client(struct tape *record, unsigned int number)
{
    const struct tape *replies = &now.clients[number].replies;
    for (size_t i = 0; i < replies->count; i++)
        tape_copy(record, replies, i);
    record_events(record, number);
}

bool play(const struct session *session, uint64_t dropped, struct serverproc *server,
          const char *model, long bound, struct tape *record)
{
    memset(&now, 0, sizeof now);
    now.session = session;
    now.server = server;
    now.model = model;
    now.bound = bound;
    for (unsigned int i = 0; i <= CLIENTS; i++) {
        now.clients[i].fd = -1;
        now.clients[i].number = i;
    }
    for (size_t i = 0; i < session->count && !now.lost; i++)
        if ((dropped >> i & 1) == 0)
            take_step(&session->steps[i]);
    finish();
    for (unsigned int i = 0; i < session->clients; i++)
        record_client(record, i);
    for (unsigned int i = 0; i <= CLIENTS; i++)
        client_free(&now.clients[i]);
    library_check(record);
    if (now.lost)
        tape_note(record, ITEM_NOTE, 0, "the session did not come to its end");
    return !now.lost;
}
