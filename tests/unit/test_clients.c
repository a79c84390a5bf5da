/* test_clients.c: the table, the lists and the queues of a server with one thread
 *
 * The server here is the test: it sets the time, moves bytes over socket pairs, and its
 * watch function only records its arguments.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/options.h"
#include "chat/room_ring.h"
#include "process/setup.h"
#include "sink.h"
#include "sockets/sender.h"
#include "turn/clients.h"

enum { IDLE = 300, HEADER = 30, MOST = 40 };

static struct clients_fixture {
    struct budget_part part;
    struct clients clients;
    struct store store;
    struct session_shared shared;
    struct budget budget;
    struct timeouts timeouts;
    struct sender sender;
    uint64_t news;              /* room_head when its members were last put on a list */
    unsigned int watched[1024]; /* by descriptor: what is asked for */
    bool full;                  /* nothing new can be watched */
} fixture;

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

static void fixture_begin(void)
{
    const struct options options = {.idle_timeout = IDLE, .header_timeout = HEADER};
    fixture = (struct clients_fixture){.store = {.dir = -1}};
    budget_init(&fixture.budget, &fixture.part, 1024 * 1024);
    fixture.shared = (struct session_shared){.model = "test",
                                             .store = &fixture.store,
                                             .room = room_ring_new(MOST, 64 * 1024, NULL),
                                             .budget = &fixture.budget,
                                             .follows = true};
    unit_check(fixture.shared.room != NULL, "out of memory");
    fixture.clients.watch = on_watch;
    fixture.timeouts = timeouts_of(&options);
    fixture.clients.timeouts = &fixture.timeouts;
    fixture.clients.now = 1000000;
}

static void news(void)
{
    unsigned int place = 0;
    if (fixture.news == room_head(fixture.shared.room))
        return;
    fixture.news = room_head(fixture.shared.room);
    for (struct client *member; (member = room_next(fixture.shared.room, &place)) != NULL;) {
        session_check_lag(&member->session);
        clients_list(&fixture.clients, LIST_BULK, member);
    }
    room_delivered(fixture.shared.room, fixture.news);
}

static void serve(struct client *client)
{
    if (client->closed)
        return;
    if ((session_waits_for(&client->session) & SESSION_CONTINUE) != 0)
        session_continue(&client->session);
    ssize_t n = sender_send(&fixture.sender, client->fd, &client->session.out, 1 << 20);
    if (n > 0)
        client->moved += (size_t)n;
    clients_update_interest(&fixture.clients, client);
}

static bool list_left(void)
{
    for (int list = 0; list < LISTS; list++)
        if (fixture.clients.lists[list].first != NULL)
            return true;
    return false;
}

/* All that are on a list are served, with one send each, until the lists are empty. */
static void turn(void)
{
    struct client *client;
    do {
        for (int list = 0; list < LISTS; list++)
            while ((client = clients_next(&fixture.clients, list)) != NULL)
                serve(client);
        news();
    } while (list_left());
    clients_reap(&fixture.clients);
    news();
}

static void fixture_end(void)
{
    fixture.clients.stop_at = fixture.clients.now;
    clients_expire(&fixture.clients);
    while (fixture.clients.first_closed != NULL || list_left())
        turn();
    unit_check(fixture.clients.count == 0, "%u clients are left", fixture.clients.count);
    for (int i = 0; i < DEADLINES; i++)
        unit_check(fixture.clients.queues[i].oldest == NULL &&
                       fixture.clients.queues[i].newest == NULL,
                   "queue %d is not empty", i);
    for (int i = 0; i < LISTS; i++)
        unit_check(fixture.clients.lists[i].count == 0, "list %d counts %u", i,
                   fixture.clients.lists[i].count);
    for (int i = 0; i < 1024; i++)
        unit_check(fixture.watched[i] == 0, "descriptor %d is still watched for %u", i,
                   fixture.watched[i]);
    unit_check(room_names(fixture.shared.room, &fixture.budget) == NULL,
               "somebody is still in the room");
    unit_check(fixture.part.used == 0, "%zu bytes of the budget are not given back",
               (size_t)fixture.part.used);
    clients_free(&fixture.clients);
    room_ring_free(fixture.shared.room);
    sender_close(&fixture.sender);
}

#define FIXTURE(function) TEST_BETWEEN(fixture_begin, function, fixture_end)

/* A client; *other is our end. */
static struct client *add(int *other)
{
    int pair[2];
    unit_check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0,
               "socketpair: %s", strerror(errno));
    struct client *client = clients_add(&fixture.clients, pair[0], &fixture.shared);
    unit_check(client != NULL, "out of memory");
    unit_check(clients_find(&fixture.clients, pair[0]) == client, "a client is not found");
    *other = pair[1];
    return client;
}

/* What the server has received from it. */
static void receive(struct client *client, const char *bytes)
{
    unit_check((session_waits_for(&client->session) & SESSION_READ) != 0, "it does not want %s",
               bytes);
    session_feed(&client->session, bytes, strlen(bytes));
    client->moved += strlen(bytes);
    clients_list(&fixture.clients, LIST_REPLY, client);
}

static void received(int other, const char *want)
{
    char bytes[4096];
    size_t len = 0;
    ssize_t n;
    while (len < sizeof bytes && (n = recv(other, bytes + len, sizeof bytes - len, 0)) > 0)
        len += (size_t)n;
    unit_same("a client hears", "", 0, want, strlen(want), bytes, len);
}

/* ---- the table ---- */

static void test_table(void)
{
    struct client *all[MOST];
    int others[MOST];
    unit_check(clients_find(&fixture.clients, 0) == NULL &&
                   clients_find(&fixture.clients, 100000) == NULL,
               "somebody is found in an empty table");
    for (int i = 0; i < MOST; i++) {
        all[i] = add(&others[i]);
        unit_check(fixture.clients.count == (unsigned int)i + 1, "%u clients",
                   fixture.clients.count);
        for (int k = 0; k <= i; k++)
            unit_check(clients_find(&fixture.clients, all[k]->fd) == all[k] &&
                           clients_find(&fixture.clients, others[k]) == NULL,
                       "client %d", k);
    }
    turn();
    for (int i = 0; i < MOST; i++) {
        received(others[i], "HELLO 1 test\n");
        unit_check(fixture.watched[all[i]->fd] == WATCH_READ, "watched for %u",
                   fixture.watched[all[i]->fd]);
    }
    for (int i = 0; i < MOST; i++)
        close(others[i]);
}

static void lists_take_no_closed(struct client *closed)
{
    for (int list = 0; list < LISTS; list++) {
        clients_list(&fixture.clients, list, closed);
        unit_check(fixture.clients.lists[list].first == NULL, "a closed one is put on list %d",
                   list);
    }
}

/* Closed in a turn: not found any more, but its number is nobody else's before the turn's end. */
static void test_close_keeps_the_number(void)
{
    int others[3];
    struct client *client = add(&others[0]);
    int fd = client->fd;
    turn();
    clients_close(&fixture.clients, client);
    clients_close(&fixture.clients, client);
    unit_check(clients_find(&fixture.clients, fd) == NULL && fixture.watched[fd] == 0,
               "a closed one is found, or watched for %u", fixture.watched[fd]);
    unit_check(fcntl(fd, F_GETFD) >= 0, "its number was given back in the middle of a turn");
    lists_take_no_closed(client);
    struct client *next = add(&others[1]);
    unit_check(next->fd != fd, "another one has its number already");
    clients_reap(&fixture.clients);
    unit_check(fcntl(fd, F_GETFD) < 0 && fixture.clients.count == 1,
               "it is not gone after the turn");
    struct client *third = add(&others[2]);
    unit_check(third->fd == fd && clients_find(&fixture.clients, fd) == third,
               "the number is not reused");
    turn();
    for (int i = 0; i < 3; i++)
        close(others[i]);
}

/* Closed while it is on a list, or on all of them, at every place of it. */
static void test_close_while_listed(void)
{
    enum { FEW = 4 };
    for (int list = 0; list <= LISTS; list++)
        for (unsigned int bits = 0; bits < 1U << FEW; bits++) {
            struct client *all[FEW];
            int others[FEW];
            unsigned int left = 0;
            fixture_begin();
            for (int i = 0; i < FEW; i++)
                all[i] = add(&others[i]);
            turn();
            for (int i = 0; i < FEW; i++)
                for (int l = 0; l < LISTS; l++)
                    if (list == LISTS || l == list)
                        clients_list(&fixture.clients, l, all[i]);
            for (int i = 0; i < FEW; i++)
                if (bits >> i & 1)
                    clients_close(&fixture.clients, all[i]);
                else
                    left++;
            clients_reap(&fixture.clients); /* the lists still point at them */
            unit_check(fixture.clients.count == FEW,
                       "closed %x: of %d clients %u are left, though list %d points at all", bits,
                       FEW, fixture.clients.count, list);
            turn();
            turn();
            unit_check(fixture.clients.count == left, "closed %x: %u clients are left", bits,
                       fixture.clients.count);
            for (int i = 0; i < FEW; i++)
                close(others[i]);
            fixture_end();
        }
}

static void test_lists(void)
{
    struct client *all[3];
    int others[3];
    for (int i = 0; i < 3; i++)
        all[i] = add(&others[i]); /* the greeting is a reply */
    for (int i = 0; i < 3; i++)
        unit_check(clients_next(&fixture.clients, LIST_REPLY) == all[i],
                   "not in the order of their coming");
    for (int list = 0; list < LISTS; list++) {
        struct client_list *l = &fixture.clients.lists[list];
        unit_check(clients_next(&fixture.clients, list) == NULL && l->count == 0,
                   "list %d is not empty", list);
        clients_list(&fixture.clients, list, all[2]);
        clients_list(&fixture.clients, list, all[0]);
        clients_list(&fixture.clients, list, all[2]);
        unit_check(l->count == 2, "list %d counts %u", list, l->count);
        unit_check(clients_timeout(&fixture.clients) == 0, "list %d is not empty, and it sleeps",
                   list);
        unit_check(clients_next(&fixture.clients, list) == all[2] && l->count == 1 &&
                       clients_next(&fixture.clients, list) == all[0] &&
                       clients_next(&fixture.clients, list) == NULL && l->count == 0,
                   "somebody is on list %d twice", list);
    }
    for (int i = 0; i < 3; i++) {
        clients_list(&fixture.clients, LIST_REPLY, all[i]);
        close(others[i]);
    }
}

/* Nothing more can be watched: the connection is the caller's still. */
static void test_add_fails(void)
{
    int other, pair[2];
    (void)add(&other);
    unit_check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0, "socketpair");
    fixture.full = true;
    unit_check(clients_add(&fixture.clients, pair[0], &fixture.shared) == NULL, "it is watched");
    unit_check(fixture.clients.count == 1 && clients_find(&fixture.clients, pair[0]) == NULL &&
                   fcntl(pair[0], F_GETFD) >= 0,
               "%u clients", fixture.clients.count);
    turn();
    close(pair[0]);
    close(pair[1]);
    close(other);
}

/* ---- what is watched ---- */

static void test_what_is_watched(void)
{
    static char much[1 << 16];
    int other;
    struct client *client = add(&other);
    turn();
    unit_check(fixture.watched[client->fd] == WATCH_READ, "idle: %u", fixture.watched[client->fd]);
    while (send(client->fd, much, sizeof much, MSG_DONTWAIT) > 0)
        ; /* the kernel takes no more */
    receive(client, "N\n");
    turn();
    unit_check(fixture.watched[client->fd] == (WATCH_READ | WATCH_WRITE), "a reply waits: %u",
               fixture.watched[client->fd]);
    for (int i = 0; i < 4000 && (session_waits_for(&client->session) & SESSION_READ) != 0; i++)
        receive(client, "N\nN\nN\nN\n");
    turn();
    unit_check(fixture.watched[client->fd] == WATCH_WRITE, "many replies wait: %u",
               fixture.watched[client->fd]);
    char bytes[4096];
    do { /* it reads */
        while (recv(other, bytes, sizeof bytes, 0) > 0)
            ;
        clients_list(&fixture.clients, LIST_BULK, client);
        turn();
    } while (!outbox_empty(&client->session.out));
    unit_check(fixture.watched[client->fd] == WATCH_READ, "all is sent: %u",
               fixture.watched[client->fd]);
    close(other);
}

/* All is sent: the other end is given time to close, and what it sends is dropped. */
static void test_last_words(void)
{
    for (int way = 0; way < 4; way++) {
        int other;
        fixture_begin();
        struct client *client = add(&other);
        int fd = client->fd;
        turn();
        receive(client, "Q\nN\n");
        turn();
        received(other, "HELLO 1 test\nOK 0\n");
        char byte;
        unit_check(recv(other, &byte, 1, 0) == 0, "the sending side is not shut down");
        unit_check(client->lingering && fixture.watched[fd] == WATCH_READ, "watched for %u",
                   fixture.watched[fd]);
        unit_check(clients_timeout(&fixture.clients) == LINGER_TIME, "it waits for %lld ms",
                   (long long)clients_timeout(&fixture.clients));
        switch (way) {
        case 0: close(other); break;
        case 1: shutdown(other, SHUT_WR); break;
        case 2: { /* it continues sending: bounded */
            static char much[1 << 16];
            for (size_t sent = 0; !client->closed; sent += sizeof much) {
                unit_check(sent <= 2 * LINGER_MAX, "%zu bytes were dropped", sent);
                unit_check(send(other, much, sizeof much, 0) > 0, "send: %s", strerror(errno));
                clients_drain(&fixture.clients, client);
            }
            break;
        }
        default: /* it does nothing at all: for a time */
            send(other, "x", 1, 0);
            clients_drain(&fixture.clients, client);
            fixture.clients.now += LINGER_TIME - 1;
            clients_expire(&fixture.clients);
            unit_check(!client->closed, "closed too soon");
            fixture.clients.now += 1;
            clients_expire(&fixture.clients);
            unit_check(client->closed, "its time is over, and it is not closed");
        }
        if (way < 2)
            clients_drain(&fixture.clients, client);
        unit_check(clients_find(&fixture.clients, fd) == NULL, "way %d: not closed", way);
        turn();
        unit_check(fixture.clients.count == 0, "way %d: not freed", way);
        if (way != 0)
            close(other);
        fixture_end();
    }
}

static void test_end_of_input(void)
{
    int other;
    struct client *client = add(&other);
    turn();
    receive(client, "N\n");
    session_feed(&client->session, NULL, 0);
    turn();
    received(other, "HELLO 1 test\nOK 0\n");
    unit_check(fixture.clients.count == 0, "still there after the end of input and all replies");
    close(other);
}

/* ---- time ---- */

static void sleeps(const char *when, int want)
{
    int got = (int)clients_timeout(&fixture.clients);
    unit_check(got == want, "%s: sleeps for %d ms, expected %d", when, got, want);
}

static void test_timeouts(void)
{
    int others[4];
    sleeps("nobody is there", -1);
    struct client *idle = add(&others[0]);
    turn();
    sleeps("one is idle", IDLE * 1000);
    fixture.clients.now += 5000;
    struct client *line = add(&others[1]);
    turn();
    sleeps("the older of two", IDLE * 1000 - 5000);
    receive(line, "G");
    turn();
    sleeps("a line has begun", HEADER * 1000);
    struct client *member = add(&others[2]);
    turn();
    receive(member, "C bob\n");
    turn();
    unit_check(member->deadline.phase == PHASE_CHAT && line->deadline.phase == PHASE_LINE &&
                   idle->deadline.phase == PHASE_IDLE,
               "queues %u, %u, %u", member->deadline.phase, line->deadline.phase,
               idle->deadline.phase);
    fixture.clients.now += HEADER * 1000 - 1;
    clients_expire(&fixture.clients);
    sleeps("a line's time is nearly up", 1);
    fixture.clients.now += 1;
    sleeps("a line's time is up", 0);
    clients_expire(&fixture.clients);
    turn();
    char want[120];
    (void)snprintf(want, sizeof want, "HELLO 1 test\nERR timeout %s\n",
                   proto_code_text(PROTO_TIMEOUT));
    received(others[1], want);
    close(others[1]);
    clients_drain(&fixture.clients, line);
    clients_reap(&fixture.clients);
    fixture.clients.now += 900000000; /* ten days */
    clients_expire(&fixture.clients);
    turn();
    received(others[0], want);
    received(others[2], "HELLO 1 test\nOK 0\n");
    clients_drain(&fixture.clients, idle);
    unit_check(!member->closed, "a member that listens in silence was closed");
    for (int i = 0; i < 3; i++)
        if (i != 1)
            close(others[i]);
}

/* One that does not read what it is sent: closed without a word. */
static void test_one_that_does_not_read(void)
{
    static char much[1 << 16];
    int other;
    struct client *client = add(&other);
    turn();
    while (send(client->fd, much, sizeof much, MSG_DONTWAIT) > 0)
        ;
    receive(client, "N\n");
    turn();
    unit_check(client->deadline.phase == PHASE_TRANSFER, "queue %u", client->deadline.phase);
    sleeps("a reply waits", HEADER * 1000);
    fixture.clients.now += HEADER * 1000;
    clients_expire(&fixture.clients);
    unit_check(client->closed, "it is not closed");
    turn();
    close(other);
}

/* A client that does something goes to the end of its queue: the next is always the oldest. */
static void test_order_of_a_queue(void)
{
    struct unit_random random = {.state = 3};
    struct client *all[MOST];
    int others[MOST];
    int64_t since[MOST];
    for (int i = 0; i < MOST; i++) {
        all[i] = add(&others[i]);
        turn();
        since[i] = fixture.clients.now;
    }
    for (int step = 0; step < 5000; step++) {
        char bytes[64];
        int i = (int)unit_random_below(&random, MOST);
        fixture.clients.now += (int64_t)unit_random_below(&random, 50);
        receive(all[i], "N\n");
        turn();
        since[i] = fixture.clients.now;
        unit_check(recv(others[i], bytes, sizeof bytes, 0) > 0, "no reply");
        int64_t oldest = fixture.clients.now;
        for (int k = 0; k < MOST; k++)
            oldest = since[k] < oldest ? since[k] : oldest;
        sleeps("a random client has asked", (int)(oldest + IDLE * 1000 - fixture.clients.now));
    }
    for (int i = 0; i < MOST; i++)
        close(others[i]);
}

/* Many time out at once: all get ERR timeout in one call. */
static void test_many_time_out(void)
{
    struct client *all[MOST];
    int others[MOST];
    char want[120];
    for (int i = 0; i < MOST; i++)
        all[i] = add(&others[i]);
    turn();
    fixture.clients.now += IDLE * 1000;
    clients_expire(&fixture.clients);
    turn();
    (void)snprintf(want, sizeof want, "HELLO 1 test\nERR timeout %s\n",
                   proto_code_text(PROTO_TIMEOUT));
    for (int i = 0; i < MOST; i++) {
        received(others[i], want);
        unit_check(all[i]->lingering, "client %d is not in a lingering close", i);
        close(others[i]);
    }
}

/* ---- the room, and the end ---- */

/* The closing of one gives the others work; each receives the event once. */
static void test_leaving_gives_work(void)
{
    int others[3];
    struct client *a = add(&others[0]), *b = add(&others[1]), *c = add(&others[2]);
    turn();
    receive(a, "C a\n");
    turn();
    receive(b, "C b\n");
    receive(c, "C c\n");
    turn();
    clients_close(&fixture.clients, b);
    clients_reap(&fixture.clients);
    unit_check(fixture.news != room_head(fixture.shared.room),
               "nobody hears of it"); /* see turn_timeout */
    news();
    sleeps("somebody has left", 0);
    turn();
    received(others[0], "HELLO 1 test\nOK 0\n* JOIN b\n* JOIN c\n* LEAVE b\n");
    received(others[2], "HELLO 1 test\nOK 0\n* LEAVE b\n");
    for (int i = 0; i < 3; i++)
        close(others[i]);
}

/* All members are closed in one turn: each one's leaving is work for those that are closed too. */
static void test_all_leave_at_once(void)
{
    struct client *all[MOST];
    int others[MOST];
    for (int i = 0; i < MOST; i++) {
        char line[16];
        all[i] = add(&others[i]);
        turn();
        (void)snprintf(line, sizeof line, "C n%d\n", i);
        receive(all[i], line);
        turn();
    }
    for (int i = 0; i < MOST; i++)
        clients_close(&fixture.clients, all[(i * 7) % MOST]);
    for (int i = 0; i < 5; i++)
        turn();
    unit_check(fixture.clients.count == 0, "%u are left", fixture.clients.count);
    for (int i = 0; i < MOST; i++)
        close(others[i]);
}

static void test_stop(void)
{
    static char much[1 << 16];
    int others[3];
    char byte;
    struct client *idle = add(&others[0]), *busy = add(&others[1]), *member = add(&others[2]);
    turn();
    receive(member, "C bob\n");
    turn();
    while (send(busy->fd, much, sizeof much, MSG_DONTWAIT) > 0)
        ;
    receive(busy, "N\n");
    turn();
    clients_stop(&fixture.clients);
    unit_check(recv(idle->fd, &byte, 1, 0) == 0 && recv(member->fd, &byte, 1, 0) == 0,
               "an idle client is not ended");
    unit_check(recv(busy->fd, &byte, 1, 0) == -1 && errno == EAGAIN, "a transfer was ended");
    session_feed(&idle->session, NULL, 0);
    session_feed(&member->session, NULL, 0);
    clients_list(&fixture.clients, LIST_INPUT, idle);
    clients_list(&fixture.clients, LIST_INPUT, member);
    turn();
    unit_check(fixture.clients.count == 1, "%u are left", fixture.clients.count);
    sleeps("a transfer is under way", STOP_GRACE);
    fixture.clients.now += STOP_GRACE - 1;
    clients_expire(&fixture.clients);
    unit_check(!busy->closed, "a transfer was cut too soon");
    fixture.clients.now += 1;
    clients_expire(&fixture.clients);
    turn();
    unit_check(fixture.clients.count == 0, "a transfer was not cut");
    for (int i = 0; i < 3; i++)
        close(others[i]);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        FIXTURE(test_table),
        FIXTURE(test_close_keeps_the_number),
        TEST(test_close_while_listed),
        FIXTURE(test_lists),
        FIXTURE(test_add_fails),
        FIXTURE(test_what_is_watched),
        TEST(test_last_words),
        FIXTURE(test_end_of_input),
        FIXTURE(test_timeouts),
        FIXTURE(test_one_that_does_not_read),
        FIXTURE(test_order_of_a_queue),
        FIXTURE(test_many_time_out),
        FIXTURE(test_leaving_gives_work),
        FIXTURE(test_all_leave_at_once),
        FIXTURE(test_stop),
    };
    return unit_run("clients", tests, argc, argv);
}
