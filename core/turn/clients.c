/* core/turn/clients.c: see clients.h */
#include "turn/clients.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "process/setup.h"
#include "sockets/linger.h"
#include "turn/queues.h"

static bool table_reach(struct clients *clients, int fd)
{
    struct client **by_fd =
        array_reach(clients->by_fd, &clients->size, (size_t)fd, sizeof(struct client *));
    if (by_fd != NULL)
        clients->by_fd = by_fd;
    return by_fd != NULL;
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

bool client_is_listed(const struct client *client)
{
    bool listed = false;
    for (int list = 0; list < LISTS; list++)
        listed = listed || client->listed[list];
    return listed;
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
    queues_add(clients, client);
    clients->by_fd[fd] = client;
    clients->count++;
    clients_list_add(clients, LIST_REPLY, client);
    return client;
}

struct client *clients_find(const struct clients *clients, int fd)
{
    return (size_t)fd < clients->size ? clients->by_fd[fd] : NULL;
}

static void watch_client(struct clients *clients, struct client *client, unsigned int events)
{
    if (events == client->watched)
        return;
    /* a descriptor that is watched already: this can't fail */
    (void)clients->watch(client->fd, client->watched, events);
    client->watched = (unsigned char)events;
}

/* All replies are sent: begins a lingering close. Also when the server stops, its time is counted
 * from now on, and not from deadline_linger_since on, as it is where a server blocks: the clients
 * of a queue are in the order in which their times have begun. */
static void linger(struct clients *clients, struct client *client)
{
    client->lingering = true;
    linger_begin(client->fd);
    watch_client(clients, client, WATCH_READ);
    queues_remove(clients, client);
    deadline_linger(&client->deadline, clients->now);
    queues_add(clients, client);
}

/* It is received from once more: what it has sent until now is still answered. */
static void stop_client(struct clients *clients, struct client *client)
{
    if (!session_can_end(&client->session))
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
    if (clients->stop_at == 0 || !session_can_end(&client->session))
        return;
    client->stopped = true;
    session_feed(&client->session, "", 0);
}

/* The peer has closed its side; or we have, and it has been silent for so long that nothing is on
 * its way. */
static bool sends_no_more(const struct clients *clients, const struct client *client)
{
    int64_t since = deadline_linger_since(&client->deadline, client->stopped, clients->now);
    return client->session.input_ended && (!client->stopped || clients->now - since >= LINGER_TIME);
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
    queues_update(clients, client);
}

void clients_drain(struct clients *clients, struct client *client)
{
    if (linger_drain(client->fd, &client->dropped))
        clients_close(clients, client);
}

void clients_expire(struct clients *clients)
{
    queues_expire(clients);
    if (clients->stop_at == 0 || clients->now < clients->stop_at)
        return;
    for (int queue = 0; queue < DEADLINES; queue++)
        while (clients->queues[queue].oldest != NULL)
            clients_close(clients, clients->queues[queue].oldest);
}

int64_t clients_timeout(const struct clients *clients)
{
    for (int list = 0; list < LISTS; list++)
        if (clients->lists[list].first != NULL)
            return 0;
    int64_t least = queues_timeout(clients);
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
    queues_remove(clients, client);
    client->next_closed = clients->first_closed;
    clients->first_closed = client;
}

void clients_reap(struct clients *clients)
{
    struct client *later = NULL;
    while (clients->first_closed != NULL) {
        struct client *client = clients->first_closed;
        clients->first_closed = client->next_closed;
        if (client_is_listed(client)) { /* in a later turn */
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
