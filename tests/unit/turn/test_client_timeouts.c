/* test_client_timeouts.c: the queues of clients, one for each kind of timeout */
#include "unit.h"

#include <sys/socket.h>

#include "clients_fixture.h"

static void test_timeouts(void)
{
    fixture_sleeps("nobody is there", -1);
    struct client *idle = fixture_add_greeted();
    fixture_sleeps("one is idle", IDLE * 1000);
    clients.now += 5000;
    struct client *line = fixture_add_greeted();
    fixture_sleeps("the older of two", IDLE * 1000 - 5000);
    fixture_request(line, "G");
    fixture_sleeps("a line has begun", HEADER * 1000);
    struct client *member = fixture_add_greeted();
    fixture_request(member, "C bob\n");
    unit_check(member->deadline.phase == PHASE_CHAT && line->deadline.phase == PHASE_LINE &&
                   idle->deadline.phase == PHASE_IDLE,
               "queues %u, %u, %u", member->deadline.phase, line->deadline.phase,
               idle->deadline.phase);
    fixture_pass(HEADER * 1000 - 1);
    fixture_sleeps("a line's time is nearly up", 1);
    clients.now += 1;
    fixture_sleeps("a line's time is up", 0);
    clients_expire(&clients);
    fixture_turn();
    other_received_timeout(1);
    other_close(1);
    clients_drain(&clients, line);
    clients_reap(&clients);
    clients.now += 900000000; /* ten days */
    clients_expire(&clients);
    fixture_turn();
    other_received_timeout(0);
    other_received(2, "HELLO 1 test\nOK 0\n");
    clients_drain(&clients, idle);
    unit_check(!member->closed, "a member that listens in silence was closed");
}

/* One that does not read what it is sent: closed without a word. */
static void test_one_that_does_not_read(void)
{
    struct client *client = fixture_add_greeted();
    fixture_fill(client);
    unit_check(client->deadline.phase == PHASE_TRANSFER, "queue %u", client->deadline.phase);
    fixture_sleeps("a reply waits", HEADER * 1000);
    fixture_pass(HEADER * 1000);
    unit_check(client->closed, "it is not closed");
    fixture_turn();
}

/* A client that does something goes to the end of its queue: the next is always the oldest. */
static void test_order_of_a_queue(void)
{
    struct unit_random random = {.state = 3};
    struct client *all[MOST];
    int64_t since[MOST];
    for (int i = 0; i < MOST; i++) {
        all[i] = fixture_add_greeted();
        since[i] = clients.now;
    }
    for (int step = 0; step < 5000; step++) {
        char bytes[64];
        int i = (int)unit_random_below(&random, MOST);
        clients.now += (int64_t)unit_random_below(&random, 50);
        fixture_request(all[i], "N\n");
        since[i] = clients.now;
        unit_check(recv(fixture.others[i], bytes, sizeof bytes, 0) > 0, "no reply");
        int64_t oldest = clients.now;
        for (int k = 0; k < MOST; k++)
            oldest = since[k] < oldest ? since[k] : oldest;
        fixture_sleeps("a random client has asked", (int)(oldest + IDLE * 1000 - clients.now));
    }
}

/* Many time out at once: all get ERR timeout in one call. */
static void test_many_time_out(void)
{
    struct client *all[MOST];
    for (int i = 0; i < MOST; i++)
        all[i] = fixture_add();
    fixture_turn();
    fixture_pass(IDLE * 1000);
    fixture_turn();
    for (int i = 0; i < MOST; i++) {
        other_received_timeout(i);
        unit_check(all[i]->lingering, "client %d is not in a lingering close", i);
    }
}

static const struct CMUnitTest tests[] = {
    CLIENTS(test_timeouts),
    CLIENTS(test_one_that_does_not_read),
    CLIENTS(test_order_of_a_queue),
    CLIENTS(test_many_time_out),
};
UNIT_MAIN("client_timeouts", tests)
