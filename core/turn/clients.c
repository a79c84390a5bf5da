/* core/turn/clients.c: see clients.h */
#include "turn/clients.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "process/setup.h"
#include "sockets/linger.h"
#include "sockets/net.h"

/* Clients of a queue that time out in one turn: each member among them is still sent the LEAVE
 * events of those before it. */
enum { EXPIRED_AT_ONCE = 256 };

static bool table_reach(struct clients *clients, int fd)
{
    struct client **by_fd =
        array_reach(clients->by_fd, &clients->size, (size_t)fd, sizeof(struct client *));
    if (by_fd != NULL)
        clients->by_fd = by_fd;
    return by_fd != NULL;
}

static void queue_append(struct clients *clients, struct client *client)
{
    struct client_queue *queue = &clients->queues[client->deadline.phase];
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
    struct client_queue *queue = &clients->queues[client->deadline.phase];
    if (client->older != NULL)
        client->older->newer = client->newer;
    else
        queue->oldest = client->newer;
    if (client->newer != NULL)
        client->newer->older = client->older;
    else
        queue->newest = client->older;
}

void clients_list_add(struct clients *clients, int list, struct client *client)
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
    if (client == NULL || !table_reach(clients, fd) || !clients->watch(fd, 0, WATCH_READ)) {
        free(client);
        return NULL;
    }
    client->fd = fd;
    client->watched = WATCH_READ;
    session_init(&client->session, shared, client);
    deadline_start(&client->deadline, clients->timeouts, &client->session, clients->now);
    queue_append(clients, client);
    clients->by_fd[fd] = client;
    clients->count++;
    clients_list_add(clients, LIST_REPLY, client);
    return client;
}

struct client *clients_find(const struct clients *clients, int fd)
{
    return (size_t)fd < clients->size ? clients->by_fd[fd] : NULL;
}

/* Restarts the client's timeout if it has done something, and moves it to the queue of what it does
 * now. */
static void update_deadline(struct clients *clients, struct client *client)
{
    struct deadline next = client->deadline;
    bool restarted = deadline_update(&next, &client->session, client->progress, clients->now);
    client->progress = 0;
    if (restarted)
        queue_remove(clients, client);
    client->deadline = next;
    if (restarted)
        queue_append(clients, client);
}

static void watch_client(struct clients *clients, struct client *client, unsigned int events)
{
    if (events == client->watched)
        return;
    /* a descriptor that is watched already: this can't fail */
    (void)clients->watch(client->fd, client->watched, events);
    client->watched = (unsigned char)events;
}

/* All replies are sent: begins a lingering close. */
static void linger(struct clients *clients, struct client *client)
{
    client->lingering = true;
    linger_begin(client->fd);
    watch_client(clients, client, WATCH_READ);
    queue_remove(clients, client);
    deadline_linger(&client->deadline, clients->now);
    queue_append(clients, client);
}

/* Is it between requests, and not in a transfer? */
static bool can_stop(const struct client *client)
{
    return session_phase(&client->session) != PHASE_TRANSFER &&
           session_waits_for(&client->session) == SESSION_READ;
}

/* It is received from once more: what it has sent until now is still answered. */
static void stop_client(struct clients *clients, struct client *client)
{
    if (!can_stop(client))
        return;
    client->can_read = true;
    clients_list_add(clients, LIST_INPUT, client);
}

/* WHY      the session is told that the input has ended; the socket is not shut down for reading
 * WITHOUT  the kernel answers whatever the client is still sending with a reset, which can destroy
 *          the last reply                                            [mutant: core-stop-resets]
 * MAN      shutdown(2)
 */
void clients_received_nothing(struct clients *clients, struct client *client)
{
    if (clients->stop_at == 0 || !can_stop(client))
        return;
    client->stopped = true;
    session_feed(&client->session, "", 0);
}

/* The peer has closed its side; or we have, and it has been silent for so long that nothing is on
 * its way. */
static bool sends_no_more(const struct clients *clients, const struct client *client)
{
    return client->session.input_ended &&
           (!client->stopped || clients->now - client->deadline.since >= LINGER_TIME);
}

void clients_update_interest(struct clients *clients, struct client *client)
{
    const struct session *session = &client->session;
    if (client->closed || client->lingering)
        return;
    unsigned int waits_for = session_waits_for(session);
    if (waits_for == 0) {
        if (!session->out.failed && !sends_no_more(clients, client)) {
            linger(clients, client);
            return;
        }
        if (client->stopped)
            (void)linger_drain(client->fd, &client->dropped); /* what came last causes no reset */
        clients_close(clients, client);
        return;
    }
    if (clients->stop_at != 0)
        stop_client(clients, client);
    if ((waits_for & SESSION_CONTINUE) != 0) /* in the next turn */
        clients_list_add(clients, LIST_STEP, client);
    else
        watch_client(clients, client,
                     ((waits_for & SESSION_READ) != 0 ? WATCH_READ : 0U) |
                         ((waits_for & SESSION_WRITE) != 0 ? WATCH_WRITE : 0U));
    update_deadline(clients, client);
}

void clients_drain(struct clients *clients, struct client *client)
{
    if (linger_drain(client->fd, &client->dropped))
        clients_close(clients, client);
}

static int64_t time_left(const struct clients *clients, const struct client *client)
{
    return deadline_left(&client->deadline, clients->timeouts, clients->now);
}

static bool is_listed(const struct client *client)
{
    bool listed = false;
    for (int list = 0; list < LISTS; list++)
        listed = listed || client->listed[list];
    return listed;
}

/* WHY      a client on a list waits for the server (but a lingering close ends, whatever it sends);
 *          and if its socket is ready, it has sent or read something while the server stood still,
 *          on a disk that hangs perhaps
 * WITHOUT  it is told that nothing came from it for too long, though it is not the one that was
 *          slow                                                     [mutant: core-slow-is-silent]
 */
static bool waits_for_server(const struct client *client)
{
    bool reads = (client->watched & WATCH_READ) != 0, writes = (client->watched & WATCH_WRITE) != 0;
    return !client->lingering &&
           (is_listed(client) ||
            net_ready(client->fd, (short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0))));
}

/* WATCH_WRITE: it did not take all that it was sent, so an ERR would not reach it. But what has
 * come into the chat room's log since, it had no time to take. */
static void expire_client(struct clients *clients, struct client *client)
{
    if (client->lingering)
        (void)linger_drain(client->fd, &client->dropped); /* what came so late causes no reset */
    if (client->lingering || (client->watched & WATCH_WRITE) != 0) {
        clients_close(clients, client);
        return;
    }
    session_fail(&client->session, PROTO_TIMEOUT);
    clients_list_add(clients, LIST_REPLY, client);
    update_deadline(clients, client);
}

static void expire_queue(struct clients *clients, int queue)
{
    struct client *client = clients->queues[queue].oldest, *newer;
    int left = EXPIRED_AT_ONCE;
    while (client != NULL && left > 0 && time_left(clients, client) == 0) {
        newer = client->newer;
        if (!waits_for_server(client)) {
            expire_client(clients, client);
            left--;
        }
        client = newer;
    }
}

void clients_expire(struct clients *clients)
{
    for (int queue = 0; queue < DEADLINES; queue++)
        expire_queue(clients, queue);
    if (clients->stop_at == 0 || clients->now < clients->stop_at)
        return;
    for (int queue = 0; queue < DEADLINES; queue++)
        while (clients->queues[queue].oldest != NULL)
            clients_close(clients, clients->queues[queue].oldest);
}

int64_t clients_timeout(const struct clients *clients)
{
    int64_t least = -1;
    for (int list = 0; list < LISTS; list++)
        if (clients->lists[list].first != NULL)
            return 0;
    for (int queue = 0; queue < DEADLINES; queue++)
        if (clients->queues[queue].oldest != NULL)
            least = clock_sooner(least, time_left(clients, clients->queues[queue].oldest));
    if (clients->stop_at != 0) /* it may have come since clients_expire */
        least = clock_sooner(least,
                             clients->stop_at > clients->now ? clients->stop_at - clients->now : 0);
    return least;
}

void clients_stop(struct clients *clients)
{
    clients->stop_at = clients->now + STOP_GRACE;
    for (int queue = 0; queue < DEADLINES; queue++)
        for (struct client *c = clients->queues[queue].oldest; c != NULL; c = c->newer)
            stop_client(clients, c);
}

void clients_close(struct clients *clients, struct client *client)
{
    if (client->closed)
        return;
    watch_client(clients, client, 0);
    client->closed = true;
    clients->by_fd[client->fd] = NULL;
    queue_remove(clients, client);
    client->next_closed = clients->first_closed;
    clients->first_closed = client;
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
    free(clients->by_fd);
    clients->by_fd = NULL;
}
