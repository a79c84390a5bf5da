/* test_linger.c: lingering closes, one at a time and in a list */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "sink.h"
#include "sockets.h"
#include "sockets/linger.h"
#include "sockets/net.h"

static void test_drain(void)
{
    static char much[30000];
    int pair[2];
    size_t dropped = 0;
    sockets_pair(pair);
    unit_check(!linger_drain(pair[0], &dropped) && dropped == 0, "%zu bytes of nothing", dropped);
    unit_check(send(pair[1], much, sizeof much, 0) == (ssize_t)sizeof much, "send");
    unit_check(!linger_drain(pair[0], &dropped) && dropped == sizeof much, "%zu bytes dropped",
               dropped);
    unit_check(send(pair[1], "x", 1, 0) == 1 && shutdown(pair[1], SHUT_WR) == 0, "send");
    unit_check(linger_drain(pair[0], &dropped) && dropped == sizeof much + 1, "%zu bytes dropped",
               dropped);
    sockets_close(pair);

    sockets_tcp(pair); /* a reset is an end as well */
    const struct linger reset = {.l_onoff = 1};
    unit_check(setsockopt(pair[1], SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0, "linger");
    close(pair[1]);
    sockets_wait(pair[0], POLLIN);
    unit_check(linger_drain(pair[0], &dropped), "a reset is no end");
    close(pair[0]);
}

/* The reply arrives, though the client has sent more than anybody wants to read. */
static void test_linger_close(void)
{
    static char more[100000];
    unit_bound(20, "a lingering close");
    for (int round = 0; round < 20; round++) {
        int pair[2];
        struct sink got = {0};
        sockets_tcp(pair);
        unit_check(send(pair[1], more, sizeof more, MSG_DONTWAIT) > 0, "send: %s", strerror(errno));
        unit_check(send(pair[0], "OK 0\n", 5, 0) == 5 && shutdown(pair[1], SHUT_WR) == 0, "send");
        linger_wait(pair[0], clock_now());
        close(pair[0]);
        bool in_order = sockets_receive_all(pair[1], &got);
        unit_same("the last reply", "", 0, "OK 0\n", 5, got.bytes, got.len);
        unit_check(in_order,
                   "after the last reply comes a reset: over a network it could overtake it");
        sink_free(&got);
        close(pair[1]);
    }
}

/* A client that waits for the server's end before it closes sees it at once. */
static void test_linger_close_ends_with_the_peer(void)
{
    int pair[2];
    unit_bound(20, "a lingering close");
    sockets_tcp(pair);
    pid_t child = fork();
    if (child == 0) {
        char byte;
        close(pair[0]);
        _exit(recv(pair[1], &byte, 1, 0) == 0 ? 0 : 1);
    }
    close(pair[1]);
    int64_t since = clock_now();
    linger_wait(pair[0], clock_now());
    close(pair[0]);
    int64_t took = clock_now() - since;
    int status = unit_wait(child);
    unit_check(status == 0, "the client: %x", (unsigned int)status);
    unit_check(took < LINGER_TIME, "it took %lld ms", (long long)took);
}

/* A client that never closes gets LINGER_TIME, and no more. */
static void test_linger_close_is_bounded(void)
{
    int pair[2];
    unit_bound(20, "a lingering close");
    sockets_tcp(pair);
    linger_wait(pair[0], clock_now());
    close(pair[0]);
    unit_check(fcntl(pair[0], F_GETFD) < 0, "it is not closed");
    close(pair[1]);
}

static void on_signal(int signal)
{
    (void)signal; /* it only has to interrupt */
}

/* Signals do not cut a client's time short: what is still on its way to it would be lost. */
static void test_linger_close_among_signals(void)
{
    const struct sigaction interrupt = {.sa_handler = on_signal};
    struct sigaction before;
    int pair[2];
    unit_bound(20, "a lingering close");
    sockets_tcp(pair);
    sigaction(SIGUSR1, &interrupt, &before);
    pid_t child = fork();
    for (int i = 0; child == 0 && i < 20; i++) {
        clock_pause(20);
        unit_check(kill(getppid(), SIGUSR1) == 0, "kill: %s", strerror(errno));
    }
    if (child == 0)
        _exit(0);
    int64_t since = clock_now();
    linger_wait(pair[0], clock_now());
    close(pair[0]);
    int64_t took = clock_now() - since;
    unit_check(unit_wait(child) == 0, "the process that signals");
    sigaction(SIGUSR1, &before, NULL);
    unit_check(took >= LINGER_TIME, "it took %lld ms", (long long)took);
    close(pair[1]);
}

/* ---- lists of lingering sockets ---- */

static void test_linger_list(void)
{
    struct linger_list list = {0};
    struct sink got = {0};
    int pair[2];
    unit_check(linger_sweep(&list, 0) == -1, "nobody is left");
    sockets_pair(pair);
    unit_check(send(pair[1], "L\n", 2, 0) == 2, "send");
    net_send_error(pair[0], PROTO_BUSY);
    linger_add(&list, pair[0], 1000);
    sockets_receive_all(pair[1], &got);
    unit_check(got.len > 9 && memcmp(got.bytes, "ERR busy ", 9) == 0, "a refused one hears %s",
               unit_quote(got.bytes, got.len));
    for (int64_t now = 1000; now < 1000 + LINGER_TIME; now += 100) {
        int64_t left = linger_sweep(&list, now);
        unit_check(left > 0 && left <= LINGER_TIME && list.count == 1,
                   "after %lld ms: %lld ms left", (long long)(now - 1000), (long long)left);
    }
    unit_check(linger_sweep(&list, 1000 + LINGER_TIME) == -1 && list.count == 0,
               "its time is over, and it is not closed");
    unit_check(fcntl(pair[0], F_GETFD) < 0, "it is not closed");
    close(pair[1]);

    sockets_pair(pair);
    linger_add(&list, pair[0], 5000);
    close(pair[1]);
    unit_check(linger_sweep(&list, 5001) == -1 && fcntl(pair[0], F_GETFD) < 0,
               "the other end has closed, and it is not");
    sink_free(&got);
}

/* Is the other end of this one still open? (Its number may be another's already.) */
static bool still_open(int fd)
{
    return send(fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
}

/* More than there is room for: the oldest goes early. */
static void test_linger_list_is_full(void)
{
    enum { MANY = 3 * LINGER_LIST + 5 };
    struct linger_list list = {0};
    int pairs[MANY][2];
    for (int i = 0; i < MANY; i++) {
        sockets_pair(pairs[i]);
        linger_add(&list, pairs[i][0], 1000 + i);
        unit_check(list.count <= LINGER_LIST, "%u linger at once", list.count);
        for (int k = 0; k <= i; k++)
            unit_check(still_open(pairs[k][1]) == (k > i - LINGER_LIST),
                       "after %d: number %d is open or not", i, k);
    }
    for (int i = MANY - LINGER_LIST; i < MANY; i++) { /* each has its own time */
        int64_t over = 1000 + i + LINGER_TIME;
        unit_check(linger_sweep(&list, over - 1) > 0 && still_open(pairs[i][1]),
                   "number %d goes too soon", i);
        (void)linger_sweep(&list, over);
        unit_check(!still_open(pairs[i][1]), "number %d goes too late", i);
        if (i == MANY - 10)
            break;
    }
    linger_close_all(&list);
    unit_check(list.count == 0, "%u are left", list.count);
    for (int i = 0; i < MANY; i++)
        close(pairs[i][1]);
}

static const struct CMUnitTest tests[] = {
    TEST(test_drain),
    TEST(test_linger_close),
    TEST(test_linger_close_ends_with_the_peer),
    TEST(test_linger_close_is_bounded),
    TEST(test_linger_close_among_signals),
    TEST(test_linger_list),
    TEST(test_linger_list_is_full),
};
UNIT_MAIN("linger", tests)
