/* test_turn_accept.c: new clients of a server with one thread: accepted, refused, kept waiting */
#include "turns.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* Nobody has been there for hours: the next client has all its time from now on. */
static void test_first_client_after_a_long_time(void)
{
    char timed_out[100];
    (void)snprintf(timed_out, sizeof timed_out, "ERR timeout %s\n", proto_code_text(PROTO_TIMEOUT));
    turns_pass();
    turns_sleeps("nobody is there", -1);
    turns.now += 3600 * 1000;
    int fd = turns_connect();
    turns_pass();
    turns_hears(fd, "HELLO 1 test\n");
    turns_sleeps("one is idle", TURNS_IDLE * 1000);
    turns_pass_after(TURNS_IDLE * 1000 - 1);
    turns_sleeps("its time is nearly over", 1);
    turns_hears(fd, "");
    turns_pass_after(1);
    turns_hears(fd, timed_out);
    close(fd);
}

static void test_too_many(void)
{
    char want[100];
    turns.turn.setup.options.max_clients = 2;
    struct turn_peer *one = turns_client();
    (void)turns_client();
    turns.now += 3600 * 1000;
    turns.turn.setup.timeouts.limit[PHASE_IDLE] = 0;
    int fd = turns_connect();
    turns_pass();
    (void)snprintf(want, sizeof want, "ERR busy %s\n", proto_code_text(PROTO_BUSY));
    turns_hears(fd, want);
    struct linger_list *lingering = &turns.turn.setup.lingering;
    unit_check(turn_timeout(&turns.turn) > 0 && lingering->count == 1, "it is given no time");
    turns_pass_after(LINGER_TIME - 1);
    unit_check(turn_timeout(&turns.turn) > 0 && lingering->count == 1,
               "it is given too little time");
    turns_pass_after(1);
    unit_check(turn_timeout(&turns.turn) == -1 && lingering->count == 0,
               "it is given too much time");
    close(fd);
    peer_close(one);
    turns_until_idle();
    fd = turns_connect();
    turns_pass();
    turns_hears(fd, "HELLO 1 test\n");
    close(fd);
}

/* One after another, accept is not asked in vain; a crowd is accepted in few turns. */
static void test_accepts(void)
{
    enum { CROWD = 40 };
    int fds[CROWD];
    unit_bound(30, "accept, although nobody waits");
    turns_pass();
    for (int i = 0; i < 3; i++) {
        fds[i] = turns_connect();
        turns.accepts = 0;
        turns_pass();
        unit_check(turns.accepts == 1 && turns.turn.clients.count == (unsigned int)i + 1,
                   "client %d: accept was called %u times", i, turns.accepts);
        turns_pass(); /* nobody comes */
    }
    for (int i = 3; i < CROWD; i++)
        fds[i] = turns_connect();
    turns.accepts = 0;
    for (unsigned int turn = 0, most = 1, there = 3; there < CROWD; turn++, most *= 2) {
        turns_pass();
        there = there + most < CROWD ? there + most : CROWD;
        unit_check(turns.turn.clients.count == there, "after turn %u: %u clients", turn,
                   turns.turn.clients.count);
    }
    unit_check(turns.accepts == CROWD - 3 + 1, "accept was called %u times", turns.accepts);
    for (int i = 0; i < CROWD; i++) {
        turns_hears(fds[i], "HELLO 1 test\n");
        close(fds[i]);
    }
}

/* Descriptors have run out: the listener is left alone for a moment, also if that was after
 * hours. */
static void test_accept_pauses(void)
{
    for (int round = 0; round < 2; round++) {
        turns_begin_usual();
        turns_pass();
        turns.now += round * 3600 * 1000;
        int fd = turns_connect();
        turns.accept_error = EMFILE;
        turns.accepts = 0;
        turns_pass();
        unit_check(turns.watched[turns.turn.setup.listener] == 0, "the listener is still watched");
        turns_sleeps("no descriptors", TURNS_PAUSE);
        for (int i = 0; i < 20; i++)
            turns_pass();
        unit_check(turns.accepts == 1, "accept was tried %u times", turns.accepts);
        turns.now += TURNS_PAUSE;
        turns.unwatchable = turns.turn.setup.listener; /* nor is there memory */
        turns_pass();
        turns.unwatchable = -1;
        turns_sleeps("it can't be watched", TURNS_PAUSE);
        turns_pass_after(TURNS_PAUSE);
        unit_check(turns.watched[turns.turn.setup.listener] == WATCH_READ,
                   "it is not watched again");
        turns.accept_error = 0;
        turns_pass();
        turns_hears(fd, "HELLO 1 test\n");
        close(fd);
        turns_end();
    }
}

static const struct CMUnitTest tests[] = {
    TURN(test_first_client_after_a_long_time),
    TURN(test_too_many),
    TURN(test_accepts),
    TEST(test_accept_pauses),
};
UNIT_MAIN("turn_accept", tests)
