/* test_clients.c: the table and the lists of a server with one thread; what is watched */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "clients_fixture.h"
#include "sockets.h"
#include "waits.h"

/* ---- the table ---- */

static void test_table(void)
{
    struct client *all[MOST];
    unit_check(clients_find(&clients, 0) == NULL && clients_find(&clients, 100000) == NULL,
               "somebody is found in an empty table");
    for (int i = 0; i < MOST; i++) {
        all[i] = fixture_add();
        unit_check(clients.count == (unsigned int)i + 1, "%u clients", clients.count);
        for (int k = 0; k <= i; k++)
            unit_check(clients_find(&clients, all[k]->fd) == all[k] &&
                           clients_find(&clients, fixture.others[k]) == NULL,
                       "client %d", k);
    }
    fixture_turn();
    for (int i = 0; i < MOST; i++) {
        other_received(i, "HELLO 1 test\n");
        fixture_watched(all[i], "greeted", WATCH_READ);
    }
}

static void lists_take_no_closed(struct client *closed)
{
    for (int list = 0; list < LISTS; list++) {
        clients_list_add(&clients, list, closed);
        unit_check(clients.lists[list].first == NULL, "a closed one is put on list %d", list);
    }
}

/* Closed in a turn: not found any more, but its number is nobody else's before the turn's end. */
static void test_close_keeps_the_number(void)
{
    struct client *client = fixture_add();
    int fd = client->fd;
    fixture_turn();
    clients_close(&clients, client);
    clients_close(&clients, client);
    unit_check(clients_find(&clients, fd) == NULL && fixture.watched[fd] == 0,
               "a closed one is found, or watched for %u", fixture.watched[fd]);
    unit_check(fcntl(fd, F_GETFD) >= 0, "its number was given back in the middle of a turn");
    lists_take_no_closed(client);
    struct client *next = fixture_add();
    unit_check(next->fd != fd, "another one has its number already");
    clients_reap(&clients);
    unit_check(fcntl(fd, F_GETFD) < 0 && clients.count == 1, "it is not gone after the turn");
    struct client *third = fixture_add();
    unit_check(third->fd == fd && clients_find(&clients, fd) == third, "the number is not reused");
    fixture_turn();
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
                all[i] = fixture_add();
            fixture_turn();
            for (int i = 0; i < FEW; i++)
                for (int l = 0; l < LISTS; l++)
                    if (list == LISTS || l == list)
                        clients_list_add(&clients, l, all[i]);
            for (int i = 0; i < FEW; i++)
                if (bits >> i & 1)
                    clients_close(&clients, all[i]);
                else
                    left++;
            clients_reap(&clients); /* the lists still point at them */
            unit_check(clients.count == FEW,
                       "closed %x: of %d clients %u are left, though list %d points at all", bits,
                       FEW, clients.count, list);
            fixture_turn();
            fixture_turn();
            unit_check(clients.count == left, "closed %x: %u clients are left", bits,
                       clients.count);
            fixture_end();
        }
}

static void test_lists(void)
{
    struct client *all[3];
    for (int i = 0; i < 3; i++)
        all[i] = fixture_add(); /* the greeting is a reply */
    for (int i = 0; i < 3; i++)
        unit_check(clients_next(&clients, LIST_REPLY) == all[i],
                   "not in the order of their coming");
    for (int list = 0; list < LISTS; list++) {
        struct client_list *l = &clients.lists[list];
        unit_check(clients_next(&clients, list) == NULL && l->count == 0, "list %d is not empty",
                   list);
        clients_list_add(&clients, list, all[2]);
        clients_list_add(&clients, list, all[0]);
        clients_list_add(&clients, list, all[2]);
        unit_check(l->count == 2, "list %d counts %u", list, l->count);
        unit_check(clients_timeout(&clients) == 0, "list %d is not empty, and it sleeps", list);
        unit_check(clients_next(&clients, list) == all[2] && l->count == 1 &&
                       clients_next(&clients, list) == all[0] &&
                       clients_next(&clients, list) == NULL && l->count == 0,
                   "somebody is on list %d twice", list);
    }
    for (int i = 0; i < 3; i++)
        clients_list_add(&clients, LIST_REPLY, all[i]);
}

/* Nothing more can be watched: the connection is the caller's still. */
static void test_add_fails(void)
{
    int pair[2];
    (void)fixture_add();
    sockets_pair(pair);
    fixture.full = true;
    unit_check(clients_add(&clients, pair[0], &fixture.shared) == NULL, "it is watched");
    unit_check(clients.count == 1 && clients_find(&clients, pair[0]) == NULL &&
                   fcntl(pair[0], F_GETFD) >= 0,
               "%u clients", clients.count);
    fixture_turn();
    sockets_close(pair);
}

/* ---- what is watched ---- */

static void test_what_is_watched(void)
{
    struct client *client = fixture_add_greeted();
    fixture_watched(client, "idle", WATCH_READ);
    fixture_fill(client);
    fixture_watched(client, "a reply waits", WATCH_READ | WATCH_WRITE);
    for (int i = 0; i < 4000 && reads(&client->session); i++)
        fixture_receive(client, "N\nN\nN\nN\n");
    fixture_turn();
    fixture_watched(client, "many replies wait", WATCH_WRITE);
    char bytes[4096];
    do { /* it reads */
        while (recv(fixture.others[0], bytes, sizeof bytes, 0) > 0)
            ;
        clients_list_add(&clients, LIST_BULK, client);
        fixture_turn();
    } while (!outbox_empty(&client->session.out));
    fixture_watched(client, "all is sent", WATCH_READ);
}

/* All is sent: the other end is given time to close, and what it sends is dropped. */
static void test_last_words(void)
{
    for (int way = 0; way < 4; way++) {
        fixture_begin();
        struct client *client = fixture_add();
        int fd = client->fd;
        fixture_turn();
        fixture_request(client, "Q\nN\n");
        other_received(0, "HELLO 1 test\nOK 0\n");
        char byte;
        unit_check(recv(fixture.others[0], &byte, 1, 0) == 0, "the sending side is not shut down");
        unit_check(client->lingering, "no lingering close");
        fixture_watched(client, "lingering", WATCH_READ);
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
            fixture_pass(LINGER_TIME - 1);
            unit_check(!client->closed, "closed too soon");
            send(fixture.others[0], "x", 1, 0); /* this comes too late */
            clients_list_add(&clients, LIST_INPUT, client);
            fixture_pass(1);
            unit_check(client->closed, "its time is over, and it is not closed");
        }
        if (way < 2)
            clients_drain(&clients, client);
        unit_check(clients_find(&clients, fd) == NULL, "way %d: not closed", way);
        fixture_turn();
        unit_check(clients.count == 0, "way %d: not freed", way);
        fixture_end();
    }
}

static void test_end_of_input(void)
{
    struct client *client = fixture_add_greeted();
    fixture_receive(client, "N\n");
    session_feed(&client->session, NULL, 0);
    fixture_turn();
    other_received(0, "HELLO 1 test\nOK 0\n");
    unit_check(clients.count == 0, "still there after the end of input and all replies");
}

/* ---- the room, and the end ---- */

/* The closing of one gives the others work; each receives the event once. */
static void test_leaving_gives_work(void)
{
    struct client *a = fixture_add(), *b = fixture_add(), *c = fixture_add();
    fixture_turn();
    fixture_request(a, "C a\n");
    fixture_receive(b, "C b\n");
    fixture_request(c, "C c\n");
    clients_close(&clients, b);
    clients_reap(&clients);
    unit_check(fixture.news != room_head(fixture.shared.room),
               "nobody hears of it"); /* see turn_timeout */
    fixture_news();
    fixture_sleeps("somebody has left", 0);
    fixture_turn();
    other_received(0, "HELLO 1 test\nOK 0\n* JOIN b\n* JOIN c\n* LEAVE b\n");
    other_received(2, "HELLO 1 test\nOK 0\n* LEAVE b\n");
}

/* All members are closed in one turn: each one's leaving is work for those that are closed too. */
static void test_all_leave_at_once(void)
{
    struct client *all[MOST];
    for (int i = 0; i < MOST; i++) {
        char line[16];
        all[i] = fixture_add_greeted();
        (void)snprintf(line, sizeof line, "C n%d\n", i);
        fixture_request(all[i], line);
    }
    for (int i = 0; i < MOST; i++)
        clients_close(&clients, all[(i * 7) % MOST]);
    for (int i = 0; i < 5; i++)
        fixture_turn();
    unit_check(clients.count == 0, "%u are left", clients.count);
}

static void test_stop(void)
{
    int silent = fixture_add()->fd;
    struct client *idle = fixture_add(), *busy = fixture_add(), *member = fixture_add();
    fixture_turn();
    fixture_pass(LINGER_TIME);
    fixture_request(idle, "N\n");
    fixture_request(member, "C bob\n");
    fixture_fill(busy);
    clients_received_nothing(&clients, idle);
    unit_check(!idle->session.input_ended, "an idle client is ended before the server is stopped");
    clients_stop(&clients);
    for (struct client *c; (c = clients_next(&clients, LIST_INPUT)) != NULL;) {
        unit_check(c != busy && c->can_read, "a transfer was ended");
        clients_received_nothing(&clients, c);
        clients_list_add(&clients, LIST_BULK, c);
    }
    clients_received_nothing(&clients, busy);
    fixture_turn();
    unit_check(clients_find(&clients, silent) == NULL && clients.count == 3,
               "a silent client is still there, or another one is not: %u are left", clients.count);
    unit_check(idle->lingering && member->lingering && !busy->lingering,
               "may be sending, and does not linger");
    fixture_pass(LINGER_TIME);
    fixture_turn();
    unit_check(clients.count == 1, "%u are left", clients.count);
    fixture_sleeps("a transfer is under way", STOP_GRACE - LINGER_TIME);
    fixture_pass(STOP_GRACE - LINGER_TIME - 1);
    unit_check(!busy->closed, "a transfer was cut too soon");
    clients.now = clients.stop_at; /* the time comes while others are served */
    fixture_sleeps("its time is over", 0);
    clients.now--;
    fixture_pass(1);
    fixture_turn();
    unit_check(clients.count == 0, "a transfer was not cut");
}

static const struct CMUnitTest tests[] = {
    CLIENTS(test_table),
    CLIENTS(test_close_keeps_the_number),
    TEST(test_close_while_listed),
    CLIENTS(test_lists),
    CLIENTS(test_add_fails),
    CLIENTS(test_what_is_watched),
    TEST(test_last_words),
    CLIENTS(test_end_of_input),
    CLIENTS(test_leaving_gives_work),
    CLIENTS(test_all_leave_at_once),
    CLIENTS(test_stop),
};
UNIT_MAIN("clients", tests)
