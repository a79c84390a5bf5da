/* test_turn_stop.c: the end of a server with one thread, while its clients are in all states */
#include "turns.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process/stop.h"

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
    turns_begin_usual();
    struct turn_peer *idle = turns_client(), *member = turns_member(), *line = turns_client(),
                     *busy = turns_client();
    peer_say(line, "G unfin");
    peer_fill(busy);
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
    turns_begin_usual();
    struct turn_peer *busy = turns_client();
    peer_fill(busy);
    peer_say(busy, "N\n");
    turns_until_idle();
    turns.accept_error = EMFILE;
    int fd = turns_connect();
    turns_pass(); /* accepting has paused: the listener is not watched */
    (void)raise(SIGINT);
    turns_pass();
    turns_pass_after(TURNS_PAUSE);
    if (turns.turn.setup.listener != -1 || !turns.running)
        return 2;
    turns_pass_after(STOP_GRACE - TURNS_PAUSE - 1);
    if (!turns.running)
        return 3;
    turns_pass_after(1);
    turns_pass();
    close(fd);
    return turns.running ? 4 : 0;
}

/* Under a load that never lets it sleep. */
static int stop_twice(void)
{
    turns_begin_usual();
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
    turns_begin_usual();
    struct turn_peer *flood = turns_client();
    (void)raise(SIGTERM);
    for (int i = 0; turns.running; i++) {
        if (i > 10000)
            return 2;
        turns.now += i % 2;
        ssize_t n = send(flood->fd, turns_pings, sizeof turns_pings, MSG_NOSIGNAL);
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

static const struct CMUnitTest tests[] = {
    TEST(test_stop),
};
UNIT_MAIN("turn_stop", tests)
