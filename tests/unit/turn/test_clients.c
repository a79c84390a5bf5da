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
#include "sockets.h"
#include "sockets/sender.h"
#include "turn/clients.h"
#include "waits.h"

enum { IDLE = 300, HEADER = 30, MOST = 40 };

static struct clients clients;

static struct clients_fixture {
    struct budget_part part;
    struct store store;
    struct session_shared shared;
    struct budget budget;
    struct timeouts timeouts;
    struct sender sender;
    uint64_t news;              /* room_head when its members were last put on a list */
    unsigned int watched[1024]; /* by descriptor: what is asked for */
    bool full;                  /* nothing new can be watched */
    int others[MOST], added;    /* the other ends of the clients, in the order of their coming */
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
    clients = (struct clients){.watch = on_watch, .timeouts = &fixture.timeouts, .now = 1000000};
    fixture.timeouts = timeouts_of(&options);
    budget_init(&fixture.budget, &fixture.part, 1024 * 1024);
    fixture.shared = (struct session_shared){.model = "test",
                                             .store = &fixture.store,
                                             .room = room_ring_new(MOST, 64 * 1024, NULL),
                                             .budget = &fixture.budget,
                                             .follows = true};
    unit_check(fixture.shared.room != NULL, "out of memory");
}

static void news(void)
{
    unsigned int place = 0;
    if (fixture.news == room_head(fixture.shared.room))
        return;
    fixture.news = room_head(fixture.shared.room);
    for (struct client *member; (member = room_next(fixture.shared.room, &place)) != NULL;) {
        session_check_lag(&member->session);
        clients_list(&clients, LIST_BULK, member);
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
        client->moved += (size_t)n;
    clients_update_interest(&clients, client);
}

static bool list_left(void)
{
    for (int list = 0; list < LISTS; list++)
        if (clients.lists[list].first != NULL)
            return true;
    return false;
}

/* All that are on a list are served, with one send each, until the lists are empty. */
static void turn(void)
{
    struct client *client;
    do {
        for (int list = 0; list < LISTS; list++)
            while ((client = clients_next(&clients, list)) != NULL)
                serve(client);
        news();
    } while (list_left());
    clients_reap(&clients);
    news();
}

static void other_close(int i)
{
    if (fixture.others[i] >= 0)
        close(fixture.others[i]);
    fixture.others[i] = -1;
}

static void fixture_end(void)
{
    for (int i = 0; i < fixture.added; i++)
        other_close(i);
    clients.stop_at = clients.now;
    clients_expire(&clients);
    while (clients.first_closed != NULL || list_left())
        turn();
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
    room_ring_free(fixture.shared.room);
    sender_close(&fixture.sender);
}

#define FIXTURE(function) TEST_BETWEEN(fixture_begin, function, fixture_end)

static struct client *add(void)
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

static void watched(const struct client *client, const char *when, unsigned int want)
{
    unsigned int got = fixture.watched[client->fd];
    unit_check(got == want, "%s: watched for %u, expected %u", when, got, want);
}

/* What the server has received from it. */
static void receive(struct client *client, const char *bytes)
{
    unit_check(reads(&client->session), "it does not want %s", bytes);
    session_feed(&client->session, bytes, strlen(bytes));
    client->moved += strlen(bytes);
    clients_list(&clients, LIST_REPLY, client);
}

/* What the client has received that came as number i. */
static void received(int i, const char *want)
{
    char bytes[4096];
    size_t len = 0;
    ssize_t n;
    while (len < sizeof bytes &&
           (n = recv(fixture.others[i], bytes + len, sizeof bytes - len, 0)) > 0)
        len += (size_t)n;
    unit_same("a client hears", "", 0, want, strlen(want), bytes, len);
}

static void received_timeout(int i)
{
    char want[120];
    (void)snprintf(want, sizeof want, "HELLO 1 test\nERR timeout %s\n",
                   proto_code_text(PROTO_TIMEOUT));
    received(i, want);
}

static struct client *add_greeted(void)
{
    struct client *client = add();
    turn();
    return client;
}

static void request(struct client *client, const char *bytes)
{
    receive(client, bytes);
    turn();
}

/* The kernel takes no more, and a reply waits. */
static void fill(struct client *client)
{
    static const char much[1 << 16];
    while (send(client->fd, much, sizeof much, MSG_DONTWAIT) > 0)
        ;
    request(client, "N\n");
}

/* So much later. */
static void pass(int64_t ms)
{
    clients.now += ms;
    clients_expire(&clients);
}

/* ---- the table ---- */

static void test_table(void)
{
    struct client *all[MOST];
    unit_check(clients_find(&clients, 0) == NULL && clients_find(&clients, 100000) == NULL,
               "somebody is found in an empty table");
    for (int i = 0; i < MOST; i++) {
        all[i] = add();
        unit_check(clients.count == (unsigned int)i + 1, "%u clients", clients.count);
        for (int k = 0; k <= i; k++)
            unit_check(clients_find(&clients, all[k]->fd) == all[k] &&
                           clients_find(&clients, fixture.others[k]) == NULL,
                       "client %d", k);
    }
    turn();
    for (int i = 0; i < MOST; i++) {
        received(i, "HELLO 1 test\n");
        watched(all[i], "greeted", WATCH_READ);
    }
}

static void lists_take_no_closed(struct client *closed)
{
    for (int list = 0; list < LISTS; list++) {
        clients_list(&clients, list, closed);
        unit_check(clients.lists[list].first == NULL, "a closed one is put on list %d", list);
    }
}

/* Closed in a turn: not found any more, but its number is nobody else's before the turn's end. */
static void test_close_keeps_the_number(void)
{
    struct client *client = add();
    int fd = client->fd;
    turn();
    clients_close(&clients, client);
    clients_close(&clients, client);
    unit_check(clients_find(&clients, fd) == NULL && fixture.watched[fd] == 0,
               "a closed one is found, or watched for %u", fixture.watched[fd]);
    unit_check(fcntl(fd, F_GETFD) >= 0, "its number was given back in the middle of a turn");
    lists_take_no_closed(client);
    struct client *next = add();
    unit_check(next->fd != fd, "another one has its number already");
    clients_reap(&clients);
    unit_check(fcntl(fd, F_GETFD) < 0 && clients.count == 1, "it is not gone after the turn");
    struct client *third = add();
    unit_check(third->fd == fd && clients_find(&clients, fd) == third, "the number is not reused");
    turn();
}

/* Closed while it is on a list, or on all of them, at every place of it. */
static void test_close_while_listed(void)
{
    enum { FEW = 4 };
    for (int list = 0; list <= LISTS; list++)
        for (unsigned int bits = 0; bits < 1U << FEW; bits++) {
            struct client *all[FEW];
            unsigned int left = 0;
            fixture_begin();
            for (int i = 0; i < FEW; i++)
                all[i] = add();
            turn();
            for (int i = 0; i < FEW; i++)
                for (int l = 0; l < LISTS; l++)
                    if (list == LISTS || l == list)
                        clients_list(&clients, l, all[i]);
            for (int i = 0; i < FEW; i++)
                if (bits >> i & 1)
                    clients_close(&clients, all[i]);
                else
                    left++;
            clients_reap(&clients); /* the lists still point at them */
            unit_check(clients.count == FEW,
                       "closed %x: of %d clients %u are left, though list %d points at all", bits,
                       FEW, clients.count, list);
            turn();
            turn();
            unit_check(clients.count == left, "closed %x: %u clients are left", bits,
                       clients.count);
            fixture_end();
        }
}

static void test_lists(void)
{
    struct client *all[3];
    for (int i = 0; i < 3; i++)
        all[i] = add(); /* the greeting is a reply */
    for (int i = 0; i < 3; i++)
        unit_check(clients_next(&clients, LIST_REPLY) == all[i],
                   "not in the order of their coming");
    for (int list = 0; list < LISTS; list++) {
        struct client_list *l = &clients.lists[list];
        unit_check(clients_next(&clients, list) == NULL && l->count == 0, "list %d is not empty",
                   list);
        clients_list(&clients, list, all[2]);
        clients_list(&clients, list, all[0]);
        clients_list(&clients, list, all[2]);
        unit_check(l->count == 2, "list %d counts %u", list, l->count);
        unit_check(clients_timeout(&clients) == 0, "list %d is not empty, and it sleeps", list);
        unit_check(clients_next(&clients, list) == all[2] && l->count == 1 &&
                       clients_next(&clients, list) == all[0] &&
                       clients_next(&clients, list) == NULL && l->count == 0,
                   "somebody is on list %d twice", list);
    }
    for (int i = 0; i < 3; i++)
        clients_list(&clients, LIST_REPLY, all[i]);
}

/* Nothing more can be watched: the connection is the caller's still. */
static void test_add_fails(void)
{
    int pair[2];
    (void)add();
    sockets_pair(pair);
    fixture.full = true;
    unit_check(clients_add(&clients, pair[0], &fixture.shared) == NULL, "it is watched");
    unit_check(clients.count == 1 && clients_find(&clients, pair[0]) == NULL &&
                   fcntl(pair[0], F_GETFD) >= 0,
               "%u clients", clients.count);
    turn();
    sockets_close(pair);
}

/* ---- what is watched ---- */

static void test_what_is_watched(void)
{
    struct client *client = add_greeted();
    watched(client, "idle", WATCH_READ);
    fill(client);
    watched(client, "a reply waits", WATCH_READ | WATCH_WRITE);
    for (int i = 0; i < 4000 && reads(&client->session); i++)
        receive(client, "N\nN\nN\nN\n");
    turn();
    watched(client, "many replies wait", WATCH_WRITE);
    char bytes[4096];
    do { /* it reads */
        while (recv(fixture.others[0], bytes, sizeof bytes, 0) > 0)
            ;
        clients_list(&clients, LIST_BULK, client);
        turn();
    } while (!outbox_empty(&client->session.out));
    watched(client, "all is sent", WATCH_READ);
}

/* All is sent: the other end is given time to close, and what it sends is dropped. */
static void test_last_words(void)
{
    for (int way = 0; way < 4; way++) {
        fixture_begin();
        struct client *client = add();
        int fd = client->fd;
        turn();
        request(client, "Q\nN\n");
        received(0, "HELLO 1 test\nOK 0\n");
        char byte;
        unit_check(recv(fixture.others[0], &byte, 1, 0) == 0, "the sending side is not shut down");
        unit_check(client->lingering, "no lingering close");
        watched(client, "lingering", WATCH_READ);
        unit_check(clients_timeout(&clients) == LINGER_TIME, "it waits for %lld ms",
                   (long long)clients_timeout(&clients));
        switch (way) {
        case 0: other_close(0); break;
        case 1: shutdown(fixture.others[0], SHUT_WR); break;
        case 2: { /* it continues sending: bounded */
            static char much[1 << 16];
            for (size_t sent = 0; !client->closed; sent += sizeof much) {
                unit_check(sent <= 2 * LINGER_MAX, "%zu bytes were dropped", sent);
                unit_check(send(fixture.others[0], much, sizeof much, 0) > 0, "send: %s",
                           strerror(errno));
                clients_drain(&clients, client);
            }
            break;
        }
        default: /* it does nothing at all: for a time */
            send(fixture.others[0], "x", 1, 0);
            clients_drain(&clients, client);
            pass(LINGER_TIME - 1);
            unit_check(!client->closed, "closed too soon");
            pass(1);
            unit_check(client->closed, "its time is over, and it is not closed");
        }
        if (way < 2)
            clients_drain(&clients, client);
        unit_check(clients_find(&clients, fd) == NULL, "way %d: not closed", way);
        turn();
        unit_check(clients.count == 0, "way %d: not freed", way);
        fixture_end();
    }
}

static void test_end_of_input(void)
{
    struct client *client = add_greeted();
    receive(client, "N\n");
    session_feed(&client->session, NULL, 0);
    turn();
    received(0, "HELLO 1 test\nOK 0\n");
    unit_check(clients.count == 0, "still there after the end of input and all replies");
}

/* ---- time ---- */

static void sleeps(const char *when, int want)
{
    int got = (int)clients_timeout(&clients);
    unit_check(got == want, "%s: sleeps for %d ms, expected %d", when, got, want);
}

static void test_timeouts(void)
{
    sleeps("nobody is there", -1);
    struct client *idle = add_greeted();
    sleeps("one is idle", IDLE * 1000);
    clients.now += 5000;
    struct client *line = add_greeted();
    sleeps("the older of two", IDLE * 1000 - 5000);
    request(line, "G");
    sleeps("a line has begun", HEADER * 1000);
    struct client *member = add_greeted();
    request(member, "C bob\n");
    unit_check(member->deadline.phase == PHASE_CHAT && line->deadline.phase == PHASE_LINE &&
                   idle->deadline.phase == PHASE_IDLE,
               "queues %u, %u, %u", member->deadline.phase, line->deadline.phase,
               idle->deadline.phase);
    pass(HEADER * 1000 - 1);
    sleeps("a line's time is nearly up", 1);
    clients.now += 1;
    sleeps("a line's time is up", 0);
    clients_expire(&clients);
    turn();
    received_timeout(1);
    other_close(1);
    clients_drain(&clients, line);
    clients_reap(&clients);
    clients.now += 900000000; /* ten days */
    clients_expire(&clients);
    turn();
    received_timeout(0);
    received(2, "HELLO 1 test\nOK 0\n");
    clients_drain(&clients, idle);
    unit_check(!member->closed, "a member that listens in silence was closed");
}

/* One that does not read what it is sent: closed without a word. */
static void test_one_that_does_not_read(void)
{
    struct client *client = add_greeted();
    fill(client);
    unit_check(client->deadline.phase == PHASE_TRANSFER, "queue %u", client->deadline.phase);
    sleeps("a reply waits", HEADER * 1000);
    pass(HEADER * 1000);
    unit_check(client->closed, "it is not closed");
    turn();
}

/* A client that does something goes to the end of its queue: the next is always the oldest. */
static void test_order_of_a_queue(void)
{
    struct unit_random random = {.state = 3};
    struct client *all[MOST];
    int64_t since[MOST];
    for (int i = 0; i < MOST; i++) {
        all[i] = add_greeted();
        since[i] = clients.now;
    }
    for (int step = 0; step < 5000; step++) {
        char bytes[64];
        int i = (int)unit_random_below(&random, MOST);
        clients.now += (int64_t)unit_random_below(&random, 50);
        request(all[i], "N\n");
        since[i] = clients.now;
        unit_check(recv(fixture.others[i], bytes, sizeof bytes, 0) > 0, "no reply");
        int64_t oldest = clients.now;
        for (int k = 0; k < MOST; k++)
            oldest = since[k] < oldest ? since[k] : oldest;
        sleeps("a random client has asked", (int)(oldest + IDLE * 1000 - clients.now));
    }
}

/* Many time out at once: all get ERR timeout in one call. */
static void test_many_time_out(void)
{
    struct client *all[MOST];
    for (int i = 0; i < MOST; i++)
        all[i] = add();
    turn();
    pass(IDLE * 1000);
    turn();
    for (int i = 0; i < MOST; i++) {
        received_timeout(i);
        unit_check(all[i]->lingering, "client %d is not in a lingering close", i);
    }
}

/* ---- the room, and the end ---- */

/* The closing of one gives the others work; each receives the event once. */
static void test_leaving_gives_work(void)
{
    struct client *a = add(), *b = add(), *c = add();
    turn();
    request(a, "C a\n");
    receive(b, "C b\n");
    request(c, "C c\n");
    clients_close(&clients, b);
    clients_reap(&clients);
    unit_check(fixture.news != room_head(fixture.shared.room),
               "nobody hears of it"); /* see turn_timeout */
    news();
    sleeps("somebody has left", 0);
    turn();
    received(0, "HELLO 1 test\nOK 0\n* JOIN b\n* JOIN c\n* LEAVE b\n");
    received(2, "HELLO 1 test\nOK 0\n* LEAVE b\n");
}

/* All members are closed in one turn: each one's leaving is work for those that are closed too. */
static void test_all_leave_at_once(void)
{
    struct client *all[MOST];
    for (int i = 0; i < MOST; i++) {
        char line[16];
        all[i] = add_greeted();
        (void)snprintf(line, sizeof line, "C n%d\n", i);
        request(all[i], line);
    }
    for (int i = 0; i < MOST; i++)
        clients_close(&clients, all[(i * 7) % MOST]);
    for (int i = 0; i < 5; i++)
        turn();
    unit_check(clients.count == 0, "%u are left", clients.count);
}

static void test_stop(void)
{
    char byte;
    struct client *idle = add(), *busy = add(), *member = add();
    turn();
    request(member, "C bob\n");
    fill(busy);
    clients_stop(&clients);
    unit_check(recv(idle->fd, &byte, 1, 0) == 0 && recv(member->fd, &byte, 1, 0) == 0,
               "an idle client is not ended");
    unit_check(recv(busy->fd, &byte, 1, 0) == -1 && errno == EAGAIN, "a transfer was ended");
    session_feed(&idle->session, NULL, 0);
    session_feed(&member->session, NULL, 0);
    clients_list(&clients, LIST_INPUT, idle);
    clients_list(&clients, LIST_INPUT, member);
    turn();
    unit_check(clients.count == 1, "%u are left", clients.count);
    sleeps("a transfer is under way", STOP_GRACE);
    pass(STOP_GRACE - 1);
    unit_check(!busy->closed, "a transfer was cut too soon");
    pass(1);
    turn();
    unit_check(clients.count == 0, "a transfer was not cut");
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
