/* test_connection.c: the time that a client has to receive a reply, in 02_fork and 03_thread */
#include "unit.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "blocking/connection.h"

enum { HEADER = 30 };

/* The reply waits while the forwarder sends events, for longer than the timeout; then the first
 * bytes fill the socket. */
static void test_reply_after_events(void)
{
    static const char much[1 << 16];
    struct budget_part part = {0};
    struct budget budget;
    struct session_shared shared = {.model = "test", .budget = &budget};
    struct setup setup = {.timeouts.limit[PHASE_TRANSFER] = HEADER * 1000};
    struct connection conn = {.setup = &setup, .deadline.phase = PHASE_TRANSFER};
    int pair[2];
    unit_check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0, "socketpair");
    while (send(pair[0], much, sizeof much, MSG_DONTWAIT) > 0)
        ;
    conn.fd = pair[0];
    budget_init(&budget, &part, 1 << 20);
    session_init(&conn.session, &shared, &conn);
    conn.deadline.since = clock_now() - HEADER * 1000;
    unit_check(connection_lock(&conn) && connection_after_send(&conn, 10), "it is closed");
    session_free(&conn.session);
    close(pair[0]);
    close(pair[1]);
}

static const struct CMUnitTest tests[] = {
    TEST(test_reply_after_events),
};
UNIT_MAIN("connection", tests)
