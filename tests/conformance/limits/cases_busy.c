/* More clients than the server takes. */
#include <signal.h>

#include "busy.h"

enum { PLACES = 5, MORE = 10 };

static void busy(void)
{
    struct wire *wires[PLACES], *more[MORE];

    suite_open_many(wires, PLACES);
    for (int turn = 0; turn < 3; turn++) {
        for (int i = 0; i < MORE; i++)
            more[i] = suite_connect();
        for (int i = 0; i < MORE; i++)
            busy_expect(more[i]);
        for (int i = 0; i < PLACES; i++)
            wire_expect_quiet(wires[i]);
        wire_close(wires[turn]);
        wires[turn] = suite_open_when_free(suite.server, 5000);
        wire_expect_quiet(wires[turn]);
    }
}

/* A place is free again however its client goes. */
static void busy_until_a_client_leaves(void)
{
    struct wire *wires[PLACES];

    suite_open_many(wires, PLACES);
    for (int turn = 0; turn < 20; turn++) {
        struct wire **one = &wires[turn % PLACES];

        wire_puts(*one, turn % 3 ? "C someone\n" : "P 1000 file\n");
        (turn % 2 ? wire_reset : wire_close)(*one);
        *one = suite_open_when_free(suite.server, 5000);
    }
    busy_expect(suite_connect());
}

/* The refusal arrives, also when the client has spoken first: an RST would eat it. */
static void busy_despite_unread_input(void)
{
    struct wire *wires[PLACES], *more[MORE];

    suite_open_many(wires, PLACES);
    serverproc_signal(suite.server, SIGSTOP); /* the kernel takes connections and bytes for it */
    for (int i = 0; i < MORE; i++) {
        more[i] = suite_connect();
        wire_puts(more[i], "L\nN\nQ\n");
        wire_shut(more[i]);
    }
    serverproc_signal(suite.server, SIGCONT);
    for (int i = 0; i < MORE; i++) {
        wire_expect_error(more[i], "busy");
        wire_expect_eof(more[i]); /* a reset could overtake the word, or eat it on its way */
        wire_close(more[i]);
    }
    wire_expect_quiet(wires[0]);
}

/* loop never refuses: it lets them wait. */
static void loop_clients_wait_without_busy(void)
{
    struct wire *wires[PLACES + MORE];

    wires[0] = suite_open();
    for (int i = 1; i < PLACES + MORE; i++)
        wires[i] = suite_connect();
    for (int i = 1; i < PLACES + MORE; i++)
        verdict_check(!wire_readable(wires[i], i == 1 ? 100 : 0), "client %d was answered", i);
    for (int i = 0; i < PLACES + MORE; i++) {
        if (i > 0)
            wire_expect(wires[i], "HELLO 1 loop\n");
        wire_expect_quiet(wires[i]);
        wire_close(wires[i]);
    }
}

const struct conformance_case busy_cases[] = {
    {"limit_busy", ON_MANY, CASE_OURS, "--max-clients 5", .run = busy},
    {"limit_busy_until_a_client_leaves", ON_MANY, CASE_OURS, "--max-clients 5",
     .run = busy_until_a_client_leaves},
    {"limit_busy_despite_unread_input", ON_MANY, CASE_OURS, "--max-clients 5",
     .run = busy_despite_unread_input},
    {"loop_clients_wait_without_busy", ON_LOOP, .run = loop_clients_wait_without_busy},
    {.name = NULL},
};
