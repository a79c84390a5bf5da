/* Leaving the chat room, in whatever way; and in 01_loop, which clients enter after that. */
#include <stdio.h>
#include <string.h>

#include "conformance.h"

enum leaving { BY_X, BY_Q, BY_CLOSE, BY_SHUT, BY_RESET, BY_TOO_LONG, WAYS };

static void leave(struct wire *wire, enum leaving way)
{
    char line[1025];

    switch (way) {
    case BY_X:
        wire_ask_ok(wire, "X\n");
        wire_expect_quiet(wire);
        break;
    case BY_Q: suite_quit(wire); break;
    case BY_SHUT:
        wire_shut(wire);
        wire_expect_eof(wire);
        break;
    case BY_TOO_LONG:
        memset(line, 'a', sizeof line);
        wire_send(wire, line, sizeof line);
        wire_expect_last_error(wire, "too-long");
        break;
    case BY_RESET: wire_reset(wire); return;
    default: break;
    }
    wire_close(wire);
}

/* Exactly one LEAVE, whatever way somebody goes, and the nick is free. */
static void leaving(void)
{
    struct wire *witness = suite_member("witness");

    for (int turn = 0; turn < 2; turn++) {
        for (enum leaving way = BY_X; way < WAYS; way++) {
            struct wire *visitor = suite_open();

            suite_enter_when_free(visitor, "guest");
            wire_expect(witness, "* JOIN guest\n");
            wire_ask_ok(visitor, "S hi\n");
            wire_expect(witness, "* SAY guest hi\n");
            leave(visitor, way);
            wire_expect(witness, "* LEAVE guest\n");
        }
    }
    wire_expect_quiet(witness);
    wire_ask_text(witness, "W\n", "witness\n");
}

/* Alone, for all models: the nick of a client that was lost is free for the next. */
static void nick_free_again(void)
{
    for (enum leaving way = BY_X; way < WAYS; way++) {
        struct wire *visitor = suite_open();

        suite_enter_when_free(visitor, "guest");
        leave(visitor, way);
    }
}

/* ... and soon. */
static void nick_free_soon(void)
{
    long shortest = NICK_FREE_MS * 100;

    for (int i = 0; i < NICK_ATTEMPTS && shortest >= bound_of(NICK_FREE_MS); i++) {
        struct wire *visitor = suite_open(), *next = suite_many() ? suite_open() : NULL;
        long start;

        suite_enter_when_free(visitor, "guest");
        start = bound_now();
        wire_reset(visitor);
        if (!next) /* which is greeted when the guest is gone */
            next = suite_open();
        suite_enter_when_free(next, "guest");
        if (bound_now() - start < shortest)
            shortest = bound_now() - start;
        wire_close(next);
    }
    suite_check_nick_freed(shortest, "its member's connection was reset");
}

/* In and out and in again, within one read of the server, more often than it has places. */
static void enter_and_leave_often(void)
{
    enum { TIMES = 300 };
    struct wire *wire = suite_open(), *witness = NULL;
    static char requests[TIMES * 16];
    size_t n = 0;

    if (suite_many())
        witness = suite_member("witness");
    for (int i = 0; i < TIMES; i++)
        n += (size_t)snprintf(requests + n, sizeof requests - n, "C n%d\nX\n", i % 3);
    wire_send(wire, requests, n);
    wire_expect_oks(wire, 2 * TIMES);
    wire_ask_ok(wire, "C anna\nX\nC berta\n");
    wire_ask_text(wire, "W\n", witness ? "berta\nwitness\n" : "berta\n");
    for (int i = 0; witness && i < TIMES; i++) {
        wire_expect_event(witness, "* JOIN n%d", i % 3);
        wire_expect_event(witness, "* LEAVE n%d", i % 3);
    }
    wire_ask_ok(wire, "X\nC carla\nX\nC berta\nQ\n");
    wire_expect_eof(wire);
    if (witness) {
        wire_expect(witness, "* JOIN anna\n* LEAVE anna\n* JOIN berta\n* LEAVE berta\n"
                             "* JOIN carla\n* LEAVE carla\n* JOIN berta\n* LEAVE berta\n");
        wire_expect_quiet(witness);
    }
}

/* loop: the second client waits outside, and its requests with it. */
static void second_client_waits(void)
{
    struct wire *first = suite_member("anna"), *second = suite_connect();

    wire_puts(second, "C anna\nW\n");
    wire_ask(first, "W\nS hello\n", "OK 5\nanna\nOK 0\n");
    verdict_check(!wire_readable(second, 200), "loop has answered a second client");
    wire_expect_quiet(first);
    suite_quit(first);
    wire_expect(second, "HELLO 1 loop\nOK 0\nOK 5\nanna\n");
}

/* loop: those who wait are served in the order they came, and one that has gone meanwhile does
 * no harm. */
static void waiting_clients_in_order(void)
{
    struct wire *first = suite_open(), *waiting[5], *gone;

    for (int i = 0; i < 5; i++) {
        waiting[i] = suite_connect();
        wire_puts(waiting[i], "N\nQ\n");
        gone = suite_connect();
        wire_puts(gone, "N\n");
        (i % 2 ? wire_reset : wire_close)(gone);
    }
    wire_expect_quiet(first);
    wire_close(first);
    for (int i = 0; i < 5; i++) {
        wire_expect(waiting[i], "HELLO 1 loop\nOK 0\nOK 0\n");
        wire_expect_eof(waiting[i]);
    }
}

const struct conformance_case leaving_cases[] = {
    {"chat_leaving", ON_MANY, .run = leaving},
    {"chat_nick_free_again", ON_ALL, .run = nick_free_again},
    {"chat_nick_free_soon", ON_ALL, .run = nick_free_soon},
    {"chat_enter_and_leave_often", ON_ALL, CASE_OURS, "--max-clients 5",
     .run = enter_and_leave_often},
    {"loop_second_client_waits", ON_LOOP, .run = second_client_waits},
    {"loop_waiting_clients_in_order", ON_LOOP, .run = waiting_clients_in_order},
    {.name = NULL},
};
