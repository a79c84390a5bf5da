/* The first cases of the ladder: the greeting, and N. */
#include <signal.h>

#include "conformance.h"

/* N is not asked for yet, as it is at the end of other cases. */
static void greeting(void)
{
    struct serverproc *server = suite_learn_model();

    wire_close_all();
    serverproc_signal(server, SIGKILL);
    verdict_check(serverproc_wait(server, BOUND_GENEROUS), "SIGKILL does not end the server");
}

static void ping(struct wire *wire)
{
    wire_puts(wire, "N\n");
    if (!wire_readable(wire, bound_of(BOUND_GENEROUS))) {
        wire_shut(wire);
        verdict_check(!wire_readable(wire, bound_of(BOUND_GENEROUS)),
                      "the server reads to the end of input before it answers; a client that waits "
                      "for the reply to N before it sends more never gets it");
    }
    wire_expect(wire, "OK 0\n");
}

static void pings(struct wire *wire)
{
    for (int i = 0; i < 20; i++)
        wire_ask(wire, "N\n", "OK 0\n");
}

static void next_client(void)
{
    for (int i = 0; i < 5; i++) {
        struct wire *wire = suite_open();

        wire_ask(wire, "N\n", "OK 0\n");
        wire_close(wire);
    }
}

/* A client that does not wait for its replies. A server with one client at a time accepts it when
 * it has gone already: each write then fails, and the second raises SIGPIPE. */
static void reset_before_replies(void)
{
    const struct wire_options options = {.may_fail = true};

    for (int i = 0; i < 20; i++) {
        struct wire *served = suite_open(), *waiting = suite_connect();

        wire_puts(waiting, "N\nN\nN\nN\n");
        wire_reset(waiting);
        wire_close(served);
        struct wire *next = serverproc_connect(suite.server, &options);
        verdict_check(next && wire_readable(next, bound_of(BOUND_GENEROUS)) &&
                          wire_line_or_end(next) && !serverproc_wait(suite.server, 0),
                      "the server dies of a client that has sent N and gone before the reply "
                      "(SIGPIPE, EPIPE or ECONNRESET)");
        wire_ask(next, "N\n", "OK 0\n");
        wire_close(next);
    }
}

const struct conformance_case greeting_step_cases[] = {
    {"step_greeting", ON_ALL, CASE_OWN, .run = greeting},
    {"step_ping", ON_ALL, CASE_SHARED, .talk = ping},
    {"step_pings", ON_ALL, CASE_SHARED, .talk = pings},
    {"step_next_client", ON_ALL, CASE_SHARED, .run = next_client},
    {"step_reset", ON_ALL, CASE_SHARED, .run = reset_before_replies},
    {.name = NULL},
};
