/* The first cases of the ladder's stages with lines, the end of a connection, the chat room, and
 * several clients. */
#include "conformance.h"

/* ---- lines ---- */

static void line_refused(struct wire *wire)
{
    suite_refused(wire, "Z\n", "bad-request");
    suite_refused(wire, "\n", "bad-request");
    suite_refused(wire, "hello, server\n", "bad-request");
}

static void lines_together(struct wire *wire)
{
    wire_ask(wire, "N\nN\nN\n", "OK 0\nOK 0\nOK 0\n");
}

/* A line may arrive in any portions: the server sleeps in between, or not. */
static void line_in_pieces(struct wire *wire)
{
    for (int i = 0; i < 5; i++) {
        wire_puts(wire, "N");
        bound_observe(20);
        wire_ask(wire, "\n", "OK 0\n");
    }
    wire_ask(wire, "N\nN", "OK 0\n");
    wire_ask(wire, "\nN\n", "OK 0\nOK 0\n");
}

static void crlf(void)
{
    wire_ask(suite_open(), "N\r\nN\r\n", "OK 0\nOK 0\n");
}

/* ---- the end ---- */

static void quit(void)
{
    suite_quit(suite_open());
}

static void half_close(void)
{
    suite_half_close(suite_open(), "N\nN\n", "OK 0\nOK 0\n");
}

/* ---- chat, several clients ---- */

static void member(struct wire *wire)
{
    suite_refused(wire, "W\n", "not-in-chat");
    wire_ask(wire, "C anna\n", "OK 0\n");
    wire_ask(wire, "W\n", "OK 5\nanna\n");
    wire_ask(wire, "S hello\n", "OK 0\n");
    wire_ask(wire, "X\n", "OK 0\n");
    suite_refused(wire, "S hello\n", "not-in-chat");
}

static void second_client(void)
{
    struct wire *first = suite_open(), *second = suite_open();

    wire_ask(second, "N\n", "OK 0\n");
    wire_ask(first, "N\n", "OK 0\n");
    wire_close(first);
    wire_ask(second, "N\n", "OK 0\n");
}

static void waiting_client(void)
{
    struct wire *first = suite_open(), *second = suite_connect();

    wire_puts(second, "N\n");
    wire_ask(first, "N\n", "OK 0\n");
    verdict_check(!wire_readable(second, 100), "two clients are served at once: greet as another "
                                               "model than loop");
    wire_close(first);
    wire_expect(second, "HELLO 1 loop\nOK 0\n");
}

const struct conformance_case line_step_cases[] = {
    {"step_line_refused", ON_ALL, CASE_SHARED, .talk = line_refused},
    {"step_lines_together", ON_ALL, CASE_SHARED, .talk = lines_together},
    {"step_line_in_pieces", ON_ALL, CASE_SHARED, .talk = line_in_pieces},
    {"step_crlf", ON_ALL, CASE_SHARED, .run = crlf},
    {"step_quit", ON_ALL, CASE_SHARED, .run = quit},
    {"step_half_close", ON_ALL, CASE_SHARED, .run = half_close},
    {"step_member", ON_ALL, CASE_SHARED, .talk = member},
    {"step_second_client", ON_MANY, CASE_SHARED, .run = second_client},
    {"step_waiting_client", ON_LOOP, CASE_SHARED, .run = waiting_client},
    {.name = NULL},
};
