/* test_turn.c: in which order clients are served, in a server with one thread
 *
 * test_turn_accept.c has new clients, test_turn_stop.c the end, test_turn_room.c the chat room,
 * test_turn_console.c the console.
 */
#include "turns.h"

#include <string.h>

#include "waits.h"

/* ---- whose turn it is ---- */

/* Input takes long: the list's time is over before all have had their turn. Those that are left
 * come first in the next, whatever others have sent meanwhile. */
static void test_what_is_left_is_first(void)
{
    enum { MANY = 100 };
    struct turn_peer *all[MANY];
    for (int i = 0; i < MANY; i++)
        all[i] = turns_client();
    turns.receive_cost = 3;
    for (int i = 0; i < MANY; i++)
        peer_say(all[i], "N\n");
    size_t from = turns.noted, passes = 0;
    unsigned int served = 0;
    while (served < MANY) {
        size_t before = turns.noted;
        unit_check(passes++ < MANY, "some are never served");
        turns_pass();
        unsigned int now = 0;
        for (int i = 0; i < MANY; i++) {
            now += notes_count(before, 'r', all[i]);
            if (notes_count(from, 'r', all[i]) > 0 && notes_count(before, 'r', all[i]) > 0)
                peer_say(all[i], "N\n"); /* and at once again */
        }
        unit_check(now >= 1 && now <= 17, "%u clients in a turn of 1 ms, at 3 ms each", now);
        served += now;
        for (int i = 0; i < MANY; i++)
            unit_check(served >= MANY || notes_count(from, 'r', all[i]) <= 1,
                       "client %d had its turn twice, others had none", i);
    }
    unit_check(passes > 1, "all in one turn");
    turns.receive_cost = 0;
}

/* They read what has come, and ask for more than is sent at once. */
static void floods_continue(struct turn_peer *const *floods, int count)
{
    for (int i = 0; i < count; i++) {
        (void)peer_read(floods[i]);
        sink_reset(&floods[i]->received);
        (void)peer_push(floods[i], turns_pings, sizeof turns_pings);
    }
}

/* Short replies go out before anything long is sent, and before the others make their steps. */
static void test_a_reply_is_not_behind_bulk(void)
{
    enum { MANY = 30 };
    struct turn_peer *floods[MANY];
    for (int i = 0; i < MANY; i++)
        floods[i] = turns_client();
    struct turn_peer *quiet = turns_client();
    for (int round = 0; round < 400; round++) {
        floods_continue(floods, MANY);
        turns.send_cost = round / 100 * 2; /* the more it costs, the more of them are full */
        size_t from = turns.noted;
        peer_say(quiet, "N\n");
        turns_pass();
        size_t sent = notes_find(from, 's', quiet);
        for (int i = 0; i < MANY; i++)
            unit_check(notes_count(from, 's', floods[i]) == 0 ||
                           notes_find(from, 's', floods[i]) > sent,
                       "round %d: flood %d comes before a single ping", round, i);
        peer_expect(quiet, "OK 0\n");
    }
    for (int i = 0; i < MANY; i++)
        unit_check(notes_count(0, 's', floods[i]) > 3, "flood %d is not served at all", i);
}

/* Sending is expensive: a turn sends to a few, and the others are first in the next. */
static void test_bulk_takes_turns(void)
{
    enum { MANY = 20 };
    struct turn_peer *floods[MANY];
    for (int i = 0; i < MANY; i++) {
        floods[i] = turns_client();
        (void)peer_push(floods[i], turns_pings, sizeof turns_pings);
    }
    turns_pass();
    turns.send_cost = 5;
    size_t begun = turns.noted;
    for (int round = 0; round < 300; round++) {
        size_t from = turns.noted;
        floods_continue(floods, MANY);
        int64_t since = turns.now;
        turns_pass();
        unit_check(turns.now - since <= 15, "a turn of %d ms, where one send takes 5",
                   (int)(turns.now - since));
        unit_check(turns.noted > from, "round %d: nothing is done", round);
    }
    unsigned int least = UINT32_MAX, most = 0;
    for (int i = 0; i < MANY; i++) {
        unsigned int count = notes_count(begun, 's', floods[i]);
        least = count < least ? count : least;
        most = count > most ? count : most;
    }
    unit_check(most - least <= 2, "one was served %u times, another %u times", most, least);
    turns.send_cost = 0;
}

/* However many there are, and wherever they are on the list: each may be sent the same. */
static void test_all_have_the_same_share(void)
{
    enum { MANY = 8 };
    struct turn_peer *all[MANY];
    for (int i = 0; i < MANY; i++)
        all[i] = turns_client();
    for (int round = 0; round < 2; round++) { /* short replies; then more than is sent at once */
        for (int i = 0; i < MANY; i++)
            (void)peer_push(all[i], turns_pings, round == 0 ? 2 : sizeof turns_pings);
        size_t from = turns.noted;
        turns_pass();
        for (int i = 0; i < MANY; i++) {
            size_t got = turns.notes[notes_find(from, 's', all[i])].max;
            unit_check(got == TURN_SEND_MAX / MANY, "round %d: %zu bytes for client %d of %d",
                       round, got, i, MANY);
        }
        turns_forget();
    }
}

/* A socket that took no more is tried again when the kernel reports it writable, not before. */
static void test_a_full_socket_is_left_alone(void)
{
    struct turn_peer *full = turns_member(), *other = turns_member();
    turns_until_idle();
    peer_expect(full, "* JOIN m1\n");
    peer_fill(full);
    size_t from = turns.noted;
    for (int i = 0; i < 50; i++) {
        peer_say(other, "S hello\n");
        turns_until_idle();
        peer_expect(other, "OK 0\n");
    }
    unit_check(notes_count(from, 's', full) == 1, "a full socket was tried %u times",
               notes_count(from, 's', full));
    unit_check(turns.watched[full->server_fd] == (WATCH_READ | WATCH_WRITE), "watched for %u",
               turns.watched[full->server_fd]);
    for (int i = 0; i < 200; i++) {
        (void)peer_read(full);
        turns_pass();
    }
    unit_check(full->received.len > 50 * 15 &&
                   memcmp(full->received.bytes + full->received.len - 15, "* SAY m1 hello\n", 15) ==
                       0,
               "the rest is missing");
    unit_check(turns.watched[full->server_fd] == WATCH_READ, "watched for %u",
               turns.watched[full->server_fd]);
}

/* ---- a server that stands still ---- */

/* The disk hangs for longer than the timeout while a request is served: the time of its client
 * begins with the reply. */
static void test_a_slow_request(void)
{
    struct turn_peer *peer = turns_client();
    int64_t *costs[] = {&turns.receive_cost, &turns.send_cost};
    for (int i = 0; i < 2; i++) {
        *costs[i] = TURNS_IDLE * 1000;
        peer_say(peer, "N\n");
        turns_pass();
        *costs[i] = 0;
        turns_until_idle();
        peer_expect(peer, "OK 0\n");
    }
}

/* And those that are on a list meanwhile wait for the server. */
static void test_clients_of_a_slow_server(void)
{
    struct turn_peer *all[] = {turns_client(), turns_client()};
    turns.receive_cost = TURNS_IDLE * 1000;
    for (int i = 0; i < 2; i++)
        (void)peer_push(all[i], turns_pings, 1000);
    turns_pass();
    turns.receive_cost = 0;
    turns_until_idle();
    for (int i = 0; i < 2; i++)
        unit_check(peer_read(all[i]) && all[i]->received.len == 2500, "client %d is closed", i);
}

/* ---- connections that end ---- */

/* It has closed or reset; and one whose session wants no input meanwhile. */
static void test_a_connection_breaks(void)
{
    struct turn_peer *member = turns_member(), *gone = turns_member(), *stalled = turns_member();
    turns_until_idle();
    peer_expect(member, "* JOIN m1\n* JOIN m2\n");
    peer_fill(stalled);
    for (int i = 0; reads(&stalled->client->session); i++) {
        unit_check(i < 10000, "it takes requests without end");
        (void)peer_push(stalled, "N\nN\nN\nN\n", 8);
        turns_pass();
    }
    peer_close(stalled);
    peer_close(gone);
    turns_pass();
    turns_sleeps("two have gone, and a member has to hear of it", 0);
    turns_until_idle();
    unit_check(turns.turn.clients.count == 1, "%u clients", turns.turn.clients.count);
    (void)peer_read(member);
    unit_check(member->received.len == 22 &&
                   memmem(member->received.bytes, 22, "* LEAVE m1\n", 11) != NULL &&
                   memmem(member->received.bytes, 22, "* LEAVE m2\n", 11) != NULL,
               "%s", unit_quote(member->received.bytes, member->received.len));
}

/* An event of a client that was closed earlier in the same turn. */
static void test_an_event_of_a_closed_one(void)
{
    struct turn_peer *one = turns_client(), *two = turns_client();
    turn_ready(&turns.turn, one->server_fd, true, false, false);
    clients_close(&turns.turn.clients, one->client);
    turn_ready(&turns.turn, one->server_fd, true, true, true);
    size_t from = turns.noted;
    turn_end(&turns.turn);
    unit_check(turns.noted == from && turns.turn.clients.count == 1, "it was served");
    peer_say(two, "N\n");
    turns_until_idle();
    peer_expect(two, "OK 0\n");
}

static const struct CMUnitTest tests[] = {
    TURN(test_what_is_left_is_first),    TURN(test_a_reply_is_not_behind_bulk),
    TURN(test_bulk_takes_turns),         TURN(test_a_full_socket_is_left_alone),
    TURN(test_a_connection_breaks),      TURN(test_an_event_of_a_closed_one),
    TURN(test_all_have_the_same_share),  TURN(test_a_slow_request),
    TURN(test_clients_of_a_slow_server),
};
UNIT_MAIN("turn", tests)
