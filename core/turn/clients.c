/* core/turn/clients.c: see clients.h */
#include "turn/clients.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "process/setup.h"

static bool table_reach(struct clients *clients, size_t fd)
{
    if (fd < clients->size)
        return true;
    size_t size = clients->size == 0 ? 64 : clients->size;
    while (size <= fd)
        size *= 2;
    struct client **by_fd = realloc(clients->by_fd, size * sizeof(struct client *));
    if (by_fd == NULL)
        return false;
    memset(by_fd + clients->size, 0, (size - clients->size) * sizeof(struct client *));
    clients->by_fd = by_fd;
    clients->size = size;
    return true;
}

static void queue_append(struct clients *clients, struct client *client)
{
    struct client_queue *queue = &clients->queues[client->queue];
    client->newer = NULL;
    client->older = queue->newest;
    if (queue->newest != NULL)
        queue->newest->newer = client;
    else
        queue->oldest = client;
    queue->newest = client;
}

static void queue_remove(struct clients *clients, struct client *client)
{
    struct client_queue *queue = &clients->queues[client->queue];
    if (client->older != NULL)
        client->older->newer = client->newer;
    else
        queue->oldest = client->newer;
    if (client->newer != NULL)
        client->newer->older = client->older;
    else
        queue->newest = client->older;
}

void clients_list(struct clients *clients, int list, struct client *client)
{
    struct client_list *l = &clients->lists[list];
    if (client->listed[list] || client->closed)
        return;
    client->listed[list] = true;
    l->count++;
    client->next[list] = NULL;
    if (l->last != NULL)
        l->last->next[list] = client;
    else
        l->first = client;
    l->last = client;
}

struct client *clients_next(struct clients *clients, int list)
{
    struct client_list *l = &clients->lists[list];
    struct client *client = l->first;
    if (client == NULL)
        return NULL;
    l->first = client->next[list];
    if (l->first == NULL)
        l->last = NULL;
    client->listed[list] = false;
    l->count--;
    return client;
}

struct client *clients_add(struct clients *clients, int fd, const struct session_shared *shared)
{
    struct client *client = calloc(1, sizeof *client);
    if (client == NULL || !table_reach(clients, (size_t)fd) || !clients->watch(fd, 0, WATCH_READ)) {
        free(client);
        return NULL;
    }
    client->fd = fd;
    client->watched = WATCH_READ;
    session_init(&client->session, shared, client);
    patience_begin(&client->mark, &client->session, clients->now);
    client->queue = (unsigned char)client->mark.phase;
    queue_append(clients, client);
    clients->by_fd[fd] = client;
    clients->count++;
    clients_list(clients, LIST_REPLY, client);
    return client;
}

struct client *clients_find(const struct clients *clients, int fd)
{
    return (size_t)fd < clients->size ? clients->by_fd[fd] : NULL;
}

/* Restarts the client's timeout if it has done something, and moves it to the queue of what it does
 * now. */
static void wait_note(struct clients *clients, struct client *client)
{
    bool anew = patience_note(&client->mark, &client->session, client->moved, clients->now);
    client->moved = 0;
    if (client->queue == QUEUE_LINGER || (!anew && !client->lingering))
        return;
    if (client->lingering)
        client->mark.since = clients->now;
    queue_remove(clients, client);
    client->queue = client->lingering ? QUEUE_LINGER : (unsigned char)client->mark.phase;
    queue_append(clients, client);
}

static void watch(struct clients *clients, struct client *client, unsigned int events)
{
    if (events == client->watched)
        return;
    (void)clients->watch(client->fd, client->watched, events); /* no new one: this can't fail */
    client->watched = (unsigned char)events;
}

/* All replies are sent: a lingering close. Shuts down the sending side; once the peer has closed
 * too, nothing can be lost any more. */
static void linger(struct clients *clients, struct client *client)
{
    client->lingering = true;
    shutdown(client->fd, SHUT_WR);
    watch(clients, client, WATCH_READ);
}

/* No more requests; but a transfer under way continues. */
static void stop_one(struct client *client)
{
    if (session_phase(&client->session) != PHASE_TRANSFER)
        shutdown(client->fd, SHUT_RD);
}

void clients_settle(struct clients *clients, struct client *client)
{
    const struct session *session = &client->session;
    if (client->closed || client->lingering)
        return;
    if (session->broken || (session->ended && session_done(session))) {
        clients_close(clients, client);
        return;
    }
    if (session_done(session)) {
        linger(clients, client);
    } else {
        if (clients->stop_at != 0)
            stop_one(client);
        unsigned int wants = (session_wants_read(session) ? WATCH_READ : 0U) |
                             (outbox_empty(&session->out) ? 0U : WATCH_WRITE);
        if (session_runnable(session)) /* it continues in the next turn */
            clients_list(clients, LIST_STEP, client);
        else
            watch(clients, client, wants);
    }
    wait_note(clients, client);
}

void clients_drain(struct clients *clients, struct client *client)
{
    if (net_drain(client->fd, &client->dropped) || client->dropped > NET_LINGER_MAX)
        clients_close(clients, client);
}

static int64_t queue_left(const struct clients *clients, int queue)
{
    const struct client *oldest = clients->queues[queue].oldest;
    if (oldest == NULL)
        return -1;
    if (queue != QUEUE_LINGER)
        return patience_left(&clients->patience, &oldest->mark, clients->now);
    int64_t left = oldest->mark.since + NET_LINGER - clients->now;
    return left > 0 ? left : 0;
}

static void expire_one(struct clients *clients, struct client *client)
{
    if (client->lingering || !outbox_empty(&client->session.out)) {
        clients_close(clients, client); /* it does not read: a reply would not reach it */
        return;
    }
    session_fail(&client->session, PROTO_TIMEOUT);
    clients_list(clients, LIST_REPLY, client);
    wait_note(clients, client);
}

void clients_expire(struct clients *clients)
{
    for (int queue = 0; queue < QUEUES; queue++)
        while (queue_left(clients, queue) == 0)
            expire_one(clients, clients->queues[queue].oldest);
    if (clients->stop_at == 0 || clients->now < clients->stop_at)
        return;
    for (int queue = 0; queue < QUEUES; queue++)
        while (clients->queues[queue].oldest != NULL)
            clients_close(clients, clients->queues[queue].oldest);
}

int clients_timeout(struct clients *clients)
{
    for (int list = 0; list < LISTS; list++)
        if (clients->lists[list].first != NULL)
            return 0;
    int64_t least = net_parting_sweep(&clients->parting, clients->now);
    for (int queue = 0; queue < QUEUES; queue++)
        least = clock_sooner(least, queue_left(clients, queue));
    if (clients->stop_at > clients->now)
        least = clock_sooner(least, clients->stop_at - clients->now);
    return least > INT_MAX ? INT_MAX : (int)least;
}

void clients_stop(struct clients *clients)
{
    clients->stop_at = clients->now + STOP_GRACE;
    for (int queue = 0; queue < QUEUES; queue++)
        for (struct client *one = clients->queues[queue].oldest; one != NULL; one = one->newer)
            stop_one(one);
}

void clients_close(struct clients *clients, struct client *client)
{
    if (client->closed)
        return;
    watch(clients, client, 0);
    client->closed = true;
    clients->by_fd[client->fd] = NULL;
    queue_remove(clients, client);
    client->next_closed = clients->first_closed;
    clients->first_closed = client;
}

static bool is_listed(const struct client *client)
{
    bool listed = false;
    for (int list = 0; list < LISTS; list++)
        listed = listed || client->listed[list];
    return listed;
}

void clients_reap(struct clients *clients)
{
    struct client *later = NULL;
    while (clients->first_closed != NULL) {
        struct client *client = clients->first_closed;
        clients->first_closed = client->next_closed;
        if (is_listed(client)) { /* in a later turn */
            client->next_closed = later;
            later = client;
            continue;
        }
        session_free(&client->session);
        close(client->fd);
        free(client);
        clients->count--;
    }
    clients->first_closed = later;
}

void clients_free(struct clients *clients)
{
    net_parting_close(&clients->parting);
    free(clients->by_fd);
    clients->by_fd = NULL;
}
