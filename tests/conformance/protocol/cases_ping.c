/* N and Q: cases for minimal.c of each model, and for all other servers. */
#include <stdlib.h>
#include <string.h>

#include "conformance.h"

enum { CROWD = 100 };

static void requests(struct wire *wire)
{
    wire_ask(wire, "N\n", "OK 0\n");
    wire_ask(wire, "N\n", "OK 0\n");
    wire_ask(wire, "N\r\n", "OK 0\n");
    suite_quit(wire);
}

static void unknown_requests(struct wire *wire)
{
    static const char *const lines[] = {
        "\n",   " \n",  "n\n",   "q\n", "NN\n",   "NQ\n", "QQ\n",
        "N \n", " N\n", "N x\n", "Z\n", "\xff\n", NULL,
    };

    suite_refused_all(wire, lines, "bad-request");
    suite_refused_bytes(wire, "\0N\n", 3, "bad-request");
    suite_refused_bytes(wire, "N\0\n", 3, "bad-request");
}

/* Replies come in the order of the requests, and end with the reply to Q. */
static void pipelined(struct wire *wire)
{
    enum { MANY = 1000 };
    char *text = suite_repeated("N\nZ\n", MANY);

    wire_puts(wire, text);
    free(text);
    wire_puts(wire, "Q\n");
    for (int i = 0; i < MANY; i++) {
        wire_expect(wire, "OK 0\n");
        wire_expect_error(wire, "bad-request");
    }
    wire_expect(wire, "OK 0\n");
    wire_expect_eof(wire);
}

static void in_pieces(void)
{
    static const char text[] = "N\nNN\nN\r\nZZZ\nQ\n";

    for (size_t piece = 1; piece < 8; piece++) {
        struct wire *wire = suite_open();

        wire_send_pieces(wire, text, sizeof text - 1, piece);
        wire_expect(wire, "OK 0\n");
        wire_expect_error(wire, "bad-request");
        wire_expect(wire, "OK 0\n");
        wire_expect_error(wire, "bad-request");
        wire_expect(wire, "OK 0\n");
        wire_expect_eof(wire);
        wire_close(wire);
    }
}

/* The second half is sent after the first has been received: the reply to the line before it shows
 * that. */
static void in_halves(void)
{
    struct wire *wires[CROWD];

    for (int i = 0; i < CROWD; i++) {
        wires[i] = suite_open();
        wire_ask(wires[i], i % 2 ? "N\nN" : "N\nZ", "OK 0\n");
    }
    for (int i = 0; i < CROWD; i++)
        wire_puts(wires[i], "\n");
    for (int i = 0; i < CROWD; i++) {
        if (i % 2)
            wire_expect(wires[i], "OK 0\n");
        else
            wire_expect_error(wires[i], "bad-request");
    }
}

static void half_close(void)
{
    suite_half_close(suite_open(), "N\nN\n", "OK 0\nOK 0\n");
}

/* Each client is answered, also if others leave and new ones come while it is in the middle of a
 * request. */
static void crowd(void)
{
    struct wire *wires[CROWD];

    suite_open_many(wires, CROWD);
    for (int i = CROWD; i-- > 0;)
        wire_ask(wires[i], "N\nN", "OK 0\n");
    for (int i = 0; i < CROWD; i += 3) {
        wire_ask(wires[i], "\nQ\n", "OK 0\nOK 0\n");
        wire_expect_eof(wires[i]);
        wire_close(wires[i]);
    }
    for (int i = 0; i < CROWD; i += 3) {
        wires[i] = suite_open();
        wire_puts(wires[i], "N");
    }
    for (int i = 0; i < CROWD; i++)
        wire_ask(wires[i], "\n", "OK 0\n");
    suite_check_sleeps("with idle clients");
}

/* Clients reset their connections: before they are accepted, inside a line, and with replies under
 * way, which can raise SIGPIPE in the server. */
static void resets(void)
{
    static const char *const texts[] = {"", "N", "N\n", "N\nN\nZ\nN", "Q\n"};
    char *much = suite_repeated("Z\n", 2000);

    for (int i = 0; i < CROWD; i++) {
        struct wire *wire = suite_connect();

        wire_puts(wire, i % 8 ? texts[i % 5] : much);
        (i % 2 ? wire_reset : wire_close)(wire);
    }
    free(much);
    wire_ask(suite_open(), "N\n", "OK 0\n");
    suite_check_sleeps("after resets");
}

/* A client that sends and does not read: the others are served. */
static void never_reads(void)
{
    struct wire *unread = suite_open_narrowest(suite.server), *other = suite_open();
    char *much = suite_repeated("Z\n", 500000);

    wire_stop_reading(unread);
    for (int i = 0; i < 20; i++) {
        wire_send_some(unread, much, strlen(much));
        wire_ask(other, "N\n", "OK 0\n");
    }
    free(much);
    suite_check_sleeps("with a client that does not read");
    wire_ask(other, "N\n", "OK 0\n");
}

static void no_zombies(void)
{
    struct wire *wires[CROWD];

    suite_open_many(wires, CROWD);
    suite_close_many(wires, CROWD);
    verdict_check(serverproc_await_no_zombies(suite.server), "the server has %zu zombies",
                  procfs_zombies(suite.server->pid));
    verdict_check(serverproc_await_no_children(suite.server),
                  "all clients are gone, and the server has children");
}

const struct conformance_case ping_cases[] = {
    {"ping_requests", ON_ALL, CASE_SHARED, .talk = requests},
    {"ping_unknown_requests", ON_ALL, CASE_SHARED, .talk = unknown_requests},
    {"ping_pipelined", ON_ALL, CASE_SHARED, .talk = pipelined},
    {"ping_in_pieces", ON_ALL, CASE_SHARED, .run = in_pieces},
    {"ping_half_close", ON_ALL, CASE_SHARED, .run = half_close},
    {"ping_in_halves", ON_MANY, .run = in_halves},
    {"ping_crowd", ON_MANY, .run = crowd},
    {"ping_resets", ON_ALL, .run = resets},
    {"ping_never_reads", ON_MANY, .run = never_reads},
    {"ping_no_zombies", ON_FORK, .run = no_zombies},
    {.name = NULL},
};
