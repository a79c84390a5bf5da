/* core/clients.c: see clients.h */
#include "clients.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net.h"

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

struct client *clients_add(struct clients *clients, int fd, const struct session_shared *shared)
{
    struct client *client = calloc(1, sizeof *client);
    if (client == NULL || !table_reach(clients, (size_t)fd)) {
        free(client);
        return NULL;
    }
    client->fd = fd;
    session_init(&client->session, shared, client);
    patience_begin(&client->mark, &client->session, clients->now);
    client->queue = (unsigned char)client->mark.phase;
    queue_append(clients, client);
    clients->by_fd[fd] = client;
    clients->count++;
    return client;
}

struct client *clients_find(const struct clients *clients, int fd)
{
    return (size_t)fd < clients->size ? clients->by_fd[fd] : NULL;
}

void clients_work(struct clients *clients, struct client *client)
{
    if (client->working || client->closed)
        return;
    client->working = true;
    client->next_work = NULL;
    if (clients->last_work != NULL)
        clients->last_work->next_work = client;
    else
        clients->first_work = client;
    clients->last_work = client;
}

struct client *clients_next_work(struct clients *clients)
{
    struct client *client = clients->first_work;
    if (client == NULL)
        return NULL;
    clients->first_work = client->next_work;
    if (clients->first_work == NULL)
        clients->last_work = NULL;
    client->working = false;
    return client;
}

void clients_wait(struct clients *clients, struct client *client)
{
    if (client->queue == QUEUE_LINGER)
        return;
    bool anew = patience_note(&client->mark, &client->session, client->moved, clients->now);
    client->moved = 0;
    if (!anew && !client->lingering)
        return;
    if (client->lingering)
        client->mark.since = clients->now;
    queue_remove(clients, client);
    client->queue = client->lingering ? QUEUE_LINGER : (unsigned char)client->mark.phase;
    queue_append(clients, client);
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

int64_t clients_patience(const struct clients *clients)
{
    int64_t least = -1;
    for (int queue = 0; queue < QUEUES; queue++) {
        int64_t left = queue_left(clients, queue);
        if (left >= 0 && (least < 0 || left < least))
            least = left;
    }
    return least;
}

struct client *clients_expired(const struct clients *clients)
{
    for (int queue = 0; queue < QUEUES; queue++)
        if (queue_left(clients, queue) == 0)
            return clients->queues[queue].oldest;
    return NULL;
}

void clients_close(struct clients *clients, struct client *client)
{
    client->closed = true;
    clients->by_fd[client->fd] = NULL;
    queue_remove(clients, client);
    client->next_closed = clients->first_closed;
    clients->first_closed = client;
}

void clients_reap(struct clients *clients)
{
    while (clients->first_closed != NULL) {
        struct client *client = clients->first_closed;
        clients->first_closed = client->next_closed;
        session_free(&client->session);
        close(client->fd);
        free(client);
        clients->count--;
    }
}

void clients_free(struct clients *clients)
{
    free(clients->by_fd);
    clients->by_fd = NULL;
}
