/* test_terminal_server.c: the interactive client and servers that are slow, busy, gone or
 * hostile */
#include <string.h>

#include "freeze.h"
#include "hostile.h"
#include "pty.h"
#include "wire.h"

/* ---- Ctrl-C, and typing ahead ---- */

/* A stopped server stands for a slow one: what it was asked for is under way. */
static void test_cancelled(struct test_server *server)
{
    struct pty *amy = pty_member(server->port, "amy");
    struct pty *bob = pty_member(server->port, "bob");
    folder_write_sparse(server->dir, "big.bin", 1 << 20);
    pty_expect_end(amy, "→ bob joined\n>\n");
    freeze_stop(server);
    pty_type(amy, "/get big.bin\r");
    pty_expect_row(amy, -1, "> /get big.bin", 0);
    pty_ask(amy, "\003", "cancelled");
    freeze_go(server);
    pty_expect_prompt(amy, ">");
    pty_expect_end(bob, "← amy left\n→ amy joined\n>\n");
    pty_type(bob, "welcome back\r");
    pty_expect_end(amy, "bob say ： welcome back\n>\n");
    pty_leave(amy, "\004");
    pty_leave(bob, "\004");
}

/* In the middle of a body. */
static void test_cancelled_body(void)
{
    /* it is asked C amy, G big; and C amy again */
    struct hostile *server = hostile_start(HOSTILE_SCRIPT(
        HOSTILE_ASKED, HOSTILE_SEND("OK 0\n"), HOSTILE_LINE, HOSTILE_SEND("OK 1000000\n"),
        HOSTILE_DRIP("so slow ", 1000000, 20), HOSTILE_CLOSE, HOSTILE_ASKED,
        HOSTILE_SEND("OK 0\n* SAY bob you are back\n")));
    struct pty *amy = pty_member(server->port, "amy");
    pty_ask(amy, "/get big\r", "  0 %");
    pty_rows(amy, "\003", "bob say ： you are back\n>\n");
    unit_check(strstr(hostile_received(server), "C amy\nG big\nC amy\n") != NULL, "heard %s",
               hostile_received(server));
    pty_leave(amy, "\004");
    hostile_finish(server);
}

static void test_typed_ahead(void)
{
    struct test_server *server = server_start("fork", NULL);
    struct pty *amy = pty_member(server->port, "amy");
    struct wire *bob = server_member(server, "bob");
    folder_write(server->dir, "a.txt", "12345", 5);
    pty_expect_end(amy, "→ bob joined\n>\n");
    freeze_stop(server);
    pty_type(amy, "/get a.txt\r");
    pty_expect_row(amy, -1, "> /get a.txt", 0);
    pty_type(amy, "a whole 行x\177\rand a half 半x\177");
    freeze_go(server);
    pty_expect_row(amy, 0, "> and a half 半", 15);
    pty_await(amy, "a.txt: 5 bytes in");
    wire_expect_event(bob, "* SAY amy a whole 行");
    pty_leave(amy, "\025\004");
}

/* ---- servers that end ---- */

static void test_dies(struct test_server *server)
{
    struct pty *amy = pty_member(server->port, "amy");
    pty_line(amy, "half", "> half", 6);
    server_kill(server);
    pty_await(amy, "the next line connects and enters again");
    pty_expect_row(amy, 0, "> half", 6);
    pty_ask(amy, "\r", "onnection refused");
    pty_expect_prompt(amy, ">");
    server_restart(server);
    pty_rows(amy, "/who\r", "connected again\namy\n>\n");
    pty_leave(amy, "\004");
}

/* ---- the one that serves one client at a time ---- */

static void two_clients(struct pty **one, struct pty **two)
{
    struct test_server *server = server_start("loop", NULL);
    *one = pty_client(server->port);
    *two = pty_start(&(struct pty_options){.port = server->port});
    pty_await(*two, "waiting for the server to take us");
}

static void test_waiting(void)
{
    struct pty *one, *two;
    two_clients(&one, &two);
    pty_await(two, "\n1 s");
    pty_await(two, "\n2 s");
    pty_leave(one, "quit\r");
    pty_await(two, "model loop");
    pty_expect_prompt(two, "lab>");
    unit_check(strstr(screen_text(&two->screen), " s\n") == NULL, "the seconds are left");
    pty_leave(two, "\004");
}

static void test_waiting_cancelled(void)
{
    struct pty *one, *two;
    two_clients(&one, &two);
    pty_prompt(two, "\003", "lab>");
    unit_check(strstr(screen_text(&two->screen), "^C") == NULL, "Ctrl-C was taken twice");
    pty_ask(two, "list\r", "\n1 s"); /* tries again */
    pty_prompt(two, "typed ahead\003", "lab>");
    pty_leave(one, "\004");
    pty_ask(two, "list\r", "the library is empty");
    pty_leave(two, "\004");
}

/* ---- hostile ---- */

static void test_hostile_texts(void)
{
    struct hostile *server = hostile_start(HOSTILE_SCRIPT(
        HOSTILE_ASKED,
        HOSTILE_SEND("OK 0\n* SAY e\u202evil ab\u202edc\n* ADMIN \u2066x\n* JOIN a\u2067b\n"),
        HOSTILE_LINE, /* a line that makes it continue */
        HOSTILE_SEND("* SAY bob \033]0;owned\a\033[2J\nOK 0\n")));
    struct pty *amy = pty_member(server->port, "amy");
    pty_expect_end(amy, "e<U+202E>vil say ： ab<U+202E>dc\n*** the administrator: <U+2066>x\n"
                        "→ a<U+2067>b joined\n>\n");
    pty_prompt(amy, "go on\r", ">"); /* no reply of this protocol: the connection is closed */
    pty_await(amy, "> go on");
    pty_type(amy, "\004");
    const char *text = amy->bytes;
    bool raw = strstr(text, "\033[2J") != NULL || strstr(text, "\033]") != NULL;
    unit_check(!raw && amy->screen.strange == 0, "a raw sequence");
    pty_finish(amy, 0);
    hostile_finish(server);
}

static const struct CMUnitTest tests[] = {
    PTY_EACH_BUT_LOOP(test_cancelled),
    PTY(test_cancelled_body),
    PTY(test_typed_ahead),
    PTY_EACH(test_dies),
    PTY(test_waiting),
    PTY(test_waiting_cancelled),
    PTY(test_hostile_texts),
};
UNIT_MAIN("terminal, servers", tests)
