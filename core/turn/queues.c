/* core/turn/queues.c: see queues.h */
#include "turn/queues.h"

#include <poll.h>

#include "base/clock.h"
#include "sockets/linger.h"
#include "sockets/net.h"

/* Clients of a queue that time out in one turn: each member among them is still sent the LEAVE
 * events of those before it. */
enum { EXPIRED_AT_ONCE = 256 };

void queues_add(struct clients *clients, struct client *client)
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

void queues_remove(struct clients *clients, struct client *client)
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

void queues_update(struct clients *clients, struct client *client)
{
    struct deadline next = client->deadline;
    bool restarted = deadline_update(&next, &client->session, client->progress, clients->now);
    client->progress = 0;
    if (restarted)
        queues_remove(clients, client);
    client->deadline = next;
    if (restarted)
        queues_add(clients, client);
}

static int64_t time_left(const struct clients *clients, const struct client *client)
{
    return deadline_left(&client->deadline, clients->timeouts, clients->now);
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
           (client_is_listed(client) ||
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
    queues_update(clients, client);
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

void queues_expire(struct clients *clients)
{
    for (int queue = 0; queue < DEADLINES; queue++)
        expire_queue(clients, queue);
}

int64_t queues_timeout(const struct clients *clients)
{
    int64_t least = -1;
    for (int queue = 0; queue < DEADLINES; queue++)
        if (clients->queues[queue].oldest != NULL)
            least = clock_sooner(least, time_left(clients, clients->queues[queue].oldest));
    return least;
}
