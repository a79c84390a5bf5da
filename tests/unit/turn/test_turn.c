/* test_turn.c: in which order clients are served, in a server with one thread; accepting, the
 * console, the end
 *
 * test_turn_room.c has the chat room.
 */
#include "turns.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process/stop.h"
#include "sockets/net.h"
#include "waits.h"

enum { BACKLOG = 64 * 1024, ACCEPT_PAUSE = 100 };

static char timed_out[100], pings[4000];

static void begin(void)
{
    turns_begin(BACKLOG, NULL);
    (void)snprintf(timed_out, sizeof timed_out, "ERR timeout %s\n", proto_code_text(PROTO_TIMEOUT));
    for (size_t i = 0; i < sizeof pings; i++)
        pings[i] = "N\n"[i % 2];
}

#define TURN(function) TEST_BETWEEN(begin, function, turns_end)

static void sleeps(const char *when, int want)
{
    int got = turn_timeout(&turns.turn);
    unit_check(got == want, "%s: sleeps for %d ms, expected %d", when, got, want);
}

/* Its socket takes no more. */
static void fill(const struct turn_peer *peer)
{
    static char much[1 << 16];
    while (send(peer->server_fd, much, sizeof much, MSG_DONTWAIT) > 0)
        ;
}

/* So much later there is one more turn. */
static void pass_after(int64_t ms)
{
    turns.now += ms;
    turns_pass();
}

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

/* Short replies go out before anything long is sent, and before the others make their steps. */
static void test_a_reply_is_not_behind_bulk(void)
{
    enum { MANY = 30 };
    struct turn_peer *floods[MANY];
    for (int i = 0; i < MANY; i++)
        floods[i] = turns_client();
    struct turn_peer *quiet = turns_client();
    for (int round = 0; round < 400; round++) {
        for (int i = 0; i < MANY; i++) {
            (void)peer_read(floods[i]);
            sink_reset(&floods[i]->received);
            (void)peer_push(floods[i], pings, sizeof pings);
        }
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
        (void)peer_push(floods[i], pings, sizeof pings);
    }
    turns_pass();
    turns.send_cost = 5;
    size_t begun = turns.noted;
    for (int round = 0; round < 300; round++) {
        size_t from = turns.noted;
        for (int i = 0; i < MANY; i++) {
            (void)peer_read(floods[i]);
            sink_reset(&floods[i]->received);
            (void)peer_push(floods[i], pings, sizeof pings);
        }
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

/* A socket that took no more is tried again when the kernel reports it writable, not before. */
static void test_a_full_socket_is_left_alone(void)
{
    struct turn_peer *full = turns_member(), *other = turns_member();
    turns_until_idle();
    peer_expect(full, "* JOIN m1\n");
    fill(full);
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

/* ---- connections ---- */

static int connect_to_listener(void)
{
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unit_check(fd >= 0 &&
                   getsockname(turns.turn.setup.listener, (struct sockaddr *)&address, &size) ==
                       0 &&
                   connect(fd, (struct sockaddr *)&address, size) == 0 && net_set_nonblocking(fd),
               "connect: %s", strerror(errno));
    return fd;
}

static void hears(int fd, const char *want)
{
    char bytes[200];
    ssize_t n = recv(fd, bytes, sizeof bytes, 0);
    unit_same("a client", "", 0, want, strlen(want), bytes, n < 0 ? 0 : (size_t)n);
}

/* Nobody has been there for hours: the next client has all its time from now on. */
static void test_first_client_after_a_long_time(void)
{
    turns_pass();
    sleeps("nobody is there", -1);
    turns.now += 3600 * 1000;
    int fd = connect_to_listener();
    turns_pass();
    hears(fd, "HELLO 1 test\n");
    sleeps("one is idle", TURNS_IDLE * 1000);
    pass_after(TURNS_IDLE * 1000 - 1);
    sleeps("its time is nearly over", 1);
    hears(fd, "");
    pass_after(1);
    hears(fd, timed_out);
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
    int fd = connect_to_listener();
    turns_pass();
    (void)snprintf(want, sizeof want, "ERR busy %s\n", proto_code_text(PROTO_BUSY));
    hears(fd, want);
    struct linger_list *lingering = &turns.turn.setup.lingering;
    unit_check(turn_timeout(&turns.turn) > 0 && lingering->count == 1, "it is given no time");
    pass_after(LINGER_TIME - 1);
    unit_check(turn_timeout(&turns.turn) > 0 && lingering->count == 1,
               "it is given too little time");
    pass_after(1);
    unit_check(turn_timeout(&turns.turn) == -1 && lingering->count == 0,
               "it is given too much time");
    close(fd);
    peer_close(one);
    turns_until_idle();
    fd = connect_to_listener();
    turns_pass();
    hears(fd, "HELLO 1 test\n");
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
        fds[i] = connect_to_listener();
        turns.accepts = 0;
        turns_pass();
        unit_check(turns.accepts == 1 && turns.turn.clients.count == (unsigned int)i + 1,
                   "client %d: accept was called %u times", i, turns.accepts);
        turns_pass(); /* nobody comes */
    }
    for (int i = 3; i < CROWD; i++)
        fds[i] = connect_to_listener();
    turns.accepts = 0;
    for (unsigned int turn = 0, most = 1, there = 3; there < CROWD; turn++, most *= 2) {
        turns_pass();
        there = there + most < CROWD ? there + most : CROWD;
        unit_check(turns.turn.clients.count == there, "after turn %u: %u clients", turn,
                   turns.turn.clients.count);
    }
    unit_check(turns.accepts == CROWD - 3 + 1, "accept was called %u times", turns.accepts);
    for (int i = 0; i < CROWD; i++) {
        hears(fds[i], "HELLO 1 test\n");
        close(fds[i]);
    }
}

/* Descriptors have run out: the listener is left alone for a moment, also if that was after
 * hours. */
static void test_accept_pauses(void)
{
    for (int round = 0; round < 2; round++) {
        begin();
        turns_pass();
        turns.now += round * 3600 * 1000;
        int fd = connect_to_listener();
        turns.accept_error = EMFILE;
        turns.accepts = 0;
        turns_pass();
        unit_check(turns.watched[turns.turn.setup.listener] == 0, "the listener is still watched");
        sleeps("no descriptors", ACCEPT_PAUSE);
        for (int i = 0; i < 20; i++)
            turns_pass();
        unit_check(turns.accepts == 1, "accept was tried %u times", turns.accepts);
        turns.now += ACCEPT_PAUSE;
        turns.unwatchable = turns.turn.setup.listener; /* nor is there memory */
        turns_pass();
        turns.unwatchable = -1;
        sleeps("it can't be watched", ACCEPT_PAUSE);
        pass_after(ACCEPT_PAUSE);
        unit_check(turns.watched[turns.turn.setup.listener] == WATCH_READ,
                   "it is not watched again");
        turns.accept_error = 0;
        turns_pass();
        hears(fd, "HELLO 1 test\n");
        close(fd);
        turns_end();
    }
}

/* It has closed or reset; and one whose session wants no input meanwhile. */
static void test_a_connection_breaks(void)
{
    struct turn_peer *member = turns_member(), *gone = turns_member(), *stalled = turns_member();
    turns_until_idle();
    peer_expect(member, "* JOIN m1\n* JOIN m2\n");
    fill(stalled);
    for (int i = 0; reads(&stalled->client->session); i++) {
        unit_check(i < 10000, "it takes requests without end");
        (void)peer_push(stalled, "N\nN\nN\nN\n", 8);
        turns_pass();
    }
    peer_close(stalled);
    peer_close(gone);
    turns_pass();
    sleeps("two have gone, and a member has to hear of it", 0);
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

/* ---- the end ---- */

/* Runs in a child, since signals that have come are counted for good. Its status: 0, or what is
 * wrong. */
static void in_child(const char *what, int (*run)(void), int want)
{
    (void)fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        _exit(run());
    }
    int status = unit_wait(child);
    unit_check(WIFEXITED(status) && WEXITSTATUS(status) == want, "%s: status %x, expected %d", what,
               (unsigned int)status, want);
}

static bool is_closed(struct turn_peer *peer)
{
    return !peer_read(peer);
}

/* One is idle, one listens, one is in the middle of a request, and to one a reply is on its way. */
static int stop_in_order(void)
{
    begin();
    struct turn_peer *idle = turns_client(), *member = turns_member(), *line = turns_client(),
                     *busy = turns_client();
    peer_say(line, "G unfin");
    fill(busy);
    peer_say(busy, "N\n");
    turns_until_idle();
    (void)raise(SIGTERM);
    if (turns.watched[stop_descriptor()] != WATCH_READ || !turns.running)
        return 2;
    for (int i = 0; i < 5; i++)
        turns_pass();
    if (turns.turn.setup.listener != -1)
        return 3; /* nobody new */
    if (!is_closed(idle) || !is_closed(member) || !is_closed(line))
        return 4;
    peer_close(idle);
    peer_close(member);
    peer_close(line);
    for (int i = 0; i < 5; i++)
        turns_pass();
    if (!turns.running || turns.turn.clients.count != 1)
        return 5; /* a transfer is under way */
    if (turn_timeout(&turns.turn) != STOP_GRACE)
        return 6;
    turns.now += STOP_GRACE - 1;
    for (int i = 0; i < 200 && turns.running; i++) {
        if (is_closed(busy) && busy->fd >= 0)
            peer_close(busy);
        turns_pass();
    }
    size_t len = busy->received.len;
    if (turns.running || len < 5 || memcmp(busy->received.bytes + len - 5, "OK 0\n", 5) != 0)
        return 7; /* it was not sent to its end */
    turn_free(&turns.turn);
    return 0;
}

/* The one that does not read is cut when the grace is over; nothing else is waited for. */
static int stop_after_grace(void)
{
    begin();
    struct turn_peer *busy = turns_client();
    fill(busy);
    peer_say(busy, "N\n");
    turns_until_idle();
    turns.accept_error = EMFILE;
    int fd = connect_to_listener();
    turns_pass(); /* accepting has paused: the listener is not watched */
    (void)raise(SIGINT);
    turns_pass();
    pass_after(ACCEPT_PAUSE);
    if (turns.turn.setup.listener != -1 || !turns.running)
        return 2;
    pass_after(STOP_GRACE - ACCEPT_PAUSE - 1);
    if (!turns.running)
        return 3;
    pass_after(1);
    turns_pass();
    close(fd);
    return turns.running ? 4 : 0;
}

/* Under a load that never lets it sleep. */
static int stop_twice(void)
{
    begin();
    struct turn_peer *flood = turns_client();
    for (int i = 0; i < 10; i++) {
        (void)peer_push(flood, "N\nN\nN\n", 6);
        turns_pass();
    }
    (void)raise(SIGTERM);
    turns_pass();
    (void)raise(SIGTERM); /* ends it: status 1 */
    return 0;
}

static int stop_under_load(void)
{
    begin();
    struct turn_peer *flood = turns_client();
    (void)raise(SIGTERM);
    for (int i = 0; turns.running; i++) {
        if (i > 10000)
            return 2;
        turns.now += i % 2;
        ssize_t n = send(flood->fd, pings, sizeof pings, MSG_NOSIGNAL);
        if (is_closed(flood) && n < 0)
            shutdown(flood->fd, SHUT_RDWR);
        turns_pass();
    }
    return turns.now < 1000000 + STOP_GRACE + LINGER_TIME ? 0 : 3;
}

static void test_stop(void)
{
    in_child("in order", stop_in_order, 0);
    in_child("after the grace", stop_after_grace, 0);
    in_child("twice", stop_twice, 1);
    in_child("under load", stop_under_load, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TURN(test_what_is_left_is_first),
        TURN(test_a_reply_is_not_behind_bulk),
        TURN(test_bulk_takes_turns),
        TURN(test_a_full_socket_is_left_alone),
        TURN(test_first_client_after_a_long_time),
        TURN(test_too_many),
        TURN(test_accepts),
        TEST(test_accept_pauses),
        TURN(test_a_connection_breaks),
        TURN(test_an_event_of_a_closed_one),
        TEST(test_stop),
    };
    return unit_run("turn", tests, argc, argv);
}
