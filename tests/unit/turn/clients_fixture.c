/* clients_fixture.c: see clients_fixture.h */
#include "clients_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/options.h"
#include "chat/room.h"
#include "waits.h"

struct clients clients;

struct clients_fixture fixture;

static bool on_watch(int fd, unsigned int from, unsigned int to)
{
    unit_check(fd >= 0 && fd < 1024, "descriptor %d", fd);
    unit_check(fixture.watched[fd] == from && from != to,
               "descriptor %d: is watched for %u, not %u", fd, fixture.watched[fd], from);
    if (fixture.full && from == 0) {
        errno = ENOMEM;
        return false;
    }
    fixture.watched[fd] = to;
    return true;
}

void fixture_begin(void)
{
    const struct options options = {.idle_timeout = IDLE, .header_timeout = HEADER};
    fixture = (struct clients_fixture){.store = {.dir = -1}};
    clients = (struct clients){.watch = on_watch, .timeouts = &fixture.timeouts, .now = 1000000};
    fixture.timeouts = timeouts_of(&options);
    budget_init(&fixture.budget, &fixture.part, 1024 * 1024);
    fixture.shared = (struct session_shared){.model = "test",
                                             .store = &fixture.store,
                                             .room = room_new(MOST, 64 * 1024, NULL),
                                             .budget = &fixture.budget,
                                             .follows = true};
    unit_check(fixture.shared.room != NULL, "out of memory");
}

void fixture_news(void)
{
    unsigned int place = 0;
    if (fixture.news == room_head(fixture.shared.room))
        return;
    fixture.news = room_head(fixture.shared.room);
    for (struct client *member; (member = room_next(fixture.shared.room, &place)) != NULL;) {
        session_check_lag(&member->session);
        clients_list_add(&clients, LIST_BULK, member);
    }
    room_delivered(fixture.shared.room, fixture.news);
}

static void serve(struct client *client)
{
    if (client->closed)
        return;
    if (continues(&client->session))
        session_continue(&client->session);
    ssize_t n = sender_send(&fixture.sender, client->fd, &client->session.out, 1 << 20);
    if (n > 0)
        client->progress += (size_t)n;
    clients_update_interest(&clients, client);
}

static bool list_left(void)
{
    for (int list = 0; list < LISTS; list++)
        if (clients.lists[list].first != NULL)
            return true;
    return false;
}

void fixture_turn(void)
{
    struct client *client;
    do {
        for (int list = 0; list < LISTS; list++)
            while ((client = clients_next(&clients, list)) != NULL)
                serve(client);
        fixture_news();
    } while (list_left());
    clients_reap(&clients);
    fixture_news();
}

void other_close(int i)
{
    if (fixture.others[i] >= 0)
        close(fixture.others[i]);
    fixture.others[i] = -1;
}

void fixture_end(void)
{
    for (int i = 0; i < fixture.added; i++)
        other_close(i);
    clients.stop_at = clients.now;
    clients_expire(&clients);
    while (clients.first_closed != NULL || list_left())
        fixture_turn();
    unit_check(clients.count == 0, "%u clients are left", clients.count);
    for (int i = 0; i < DEADLINES; i++)
        unit_check(clients.queues[i].oldest == NULL && clients.queues[i].newest == NULL,
                   "queue %d is not empty", i);
    for (int i = 0; i < LISTS; i++)
        unit_check(clients.lists[i].count == 0, "list %d counts %u", i, clients.lists[i].count);
    for (int i = 0; i < 1024; i++)
        unit_check(fixture.watched[i] == 0, "descriptor %d is still watched for %u", i,
                   fixture.watched[i]);
    unit_check(room_names(fixture.shared.room, &fixture.budget) == NULL,
               "somebody is still in the room");
    unit_check(fixture.part.used == 0, "%zu bytes of the budget are not given back",
               (size_t)fixture.part.used);
    clients_free(&clients);
    room_free(fixture.shared.room);
    sender_close(&fixture.sender);
}

struct client *fixture_add(void)
{
    int pair[2];
    unit_check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0,
               "socketpair: %s", strerror(errno));
    struct client *client = clients_add(&clients, pair[0], &fixture.shared);
    unit_check(client != NULL, "out of memory");
    unit_check(clients_find(&clients, pair[0]) == client, "a client is not found");
    fixture.others[fixture.added++] = pair[1];
    return client;
}

void fixture_watched(const struct client *client, const char *when, unsigned int want)
{
    unsigned int got = fixture.watched[client->fd];
    unit_check(got == want, "%s: watched for %u, expected %u", when, got, want);
}

void fixture_receive(struct client *client, const char *bytes)
{
    unit_check(reads(&client->session), "it does not want %s", bytes);
    session_feed(&client->session, bytes, strlen(bytes));
    client->progress += strlen(bytes);
    clients_list_add(&clients, LIST_REPLY, client);
}

void other_received(int i, const char *want)
{
    char bytes[4096];
    size_t len = 0;
    ssize_t n;
    while (len < sizeof bytes &&
           (n = recv(fixture.others[i], bytes + len, sizeof bytes - len, 0)) > 0)
        len += (size_t)n;
    unit_same("a client hears", "", 0, want, strlen(want), bytes, len);
}

void other_received_timeout(int i)
{
    char want[120];
    (void)snprintf(want, sizeof want, "HELLO 1 test\nERR timeout %s\n",
                   proto_code_text(PROTO_TIMEOUT));
    other_received(i, want);
}

struct client *fixture_add_greeted(void)
{
    struct client *client = fixture_add();
    fixture_turn();
    return client;
}

void fixture_request(struct client *client, const char *bytes)
{
    fixture_receive(client, bytes);
    fixture_turn();
}

void fixture_fill(struct client *client)
{
    static const char much[1 << 16];
    while (send(client->fd, much, sizeof much, MSG_DONTWAIT) > 0)
        ;
    fixture_request(client, "N\n");
}

void fixture_pass(int64_t ms)
{
    clients.now += ms;
    clients_expire(&clients);
}

void fixture_sleeps(const char *when, int want)
{
    int got = (int)clients_timeout(&clients);
    unit_check(got == want, "%s: sleeps for %d ms, expected %d", when, got, want);
}
