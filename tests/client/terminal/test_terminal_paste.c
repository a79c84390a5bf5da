/* test_terminal_paste.c: what is pasted into the interactive client */
#include <string.h>

#include "freeze.h"
#include "pty.h"

/* Text, whatever is in it, until somebody presses Enter; then it is what it would be if it were
 * typed. */
static void test_paste(void)
{
    struct pty *pty = pty_client(server_start("poll", NULL)->port);
    pty_line(pty, "\033[200~help get\r\nhelp put\n\tno\033[A\004se",
             "lab> help get↵help put↵ no[Ase", -1);
    pty_line(pty, "\033[201~", "lab> help get↵help put↵ no[Ase", 30);
    pty_line(pty, "\177\177\177\177\177\177\177\177", "lab> help get↵help put",
             22); /* with the line end */
    unit_check(strstr(screen_text(&pty->screen), ".NAME.lab-partial") == NULL, "a command ran");
    pty_ask(pty, "\r", ".NAME.lab-partial.\nput LOCAL [NAME]");
    pty_await(pty, "A file of that name in the library is replaced");
    pty_expect_prompt(pty, "lab>");
    pty_line(pty, "\033[A", "lab> help put", -1);
    pty_line(pty, "\033[A", "lab> help get", -1);
    pty_leave(pty, "\003\004");
}

/* In the room nothing is sent before Enter; and it may be deleted. */
static void test_paste_in_the_room(void)
{
    struct test_server *server = server_start("thread", NULL);
    struct pty *amy = pty_member(server->port, "amy"), *bob = pty_member(server->port, "bob");
    pty_expect_end(amy, "→ bob joined\n>\n");
    pty_line(amy, "\033[200~my secret\r/quit\r\033[201~", "> my secret↵/quit↵", 18);
    pty_prompt(amy, "\003", ">");
    pty_line(amy, "\033[200~first\nsecond\n/leave\nlist\n\033[201~", "> first↵second↵/leave↵list↵",
             -1);
    pty_ask(amy, "\r",
            "the library is empty"); /* and each line means what it would mean if it were typed */
    pty_expect_end(bob, "amy say ： first\namy say ： second\n← amy left\n>\n");
    pty_expect_prompt(amy, "lab>");
    pty_type(amy, "\033[200~chat amy\nhello\n\nwho\033[201~\r");
    pty_expect_end(bob, "→ amy joined\namy say ： hello\namy say ： who\n>\n");
    pty_expect_prompt(amy, ">");
    pty_leave(amy, "\004");
    pty_leave(bob, "\004");
}

/* Of several lines the first that fails is the last. */
static void test_paste_fails(void)
{
    struct pty *pty = pty_client(server_start("epoll", NULL)->port);
    pty_ask(pty, "\033[200~help who\nlsit\nhelp put\n\033[201~\r",
            "there is no command lsit: help lists them\n"
            "what was pasted behind that line is left out\nlab>");
    unit_check(strstr(screen_text(&pty->screen), "put LOCAL [NAME]") == NULL, "it went on");
    pty_leave(pty, "\004");
}

/* While a command runs the terminal marks it as well. */
static void test_paste_ahead(void)
{
    struct test_server *server = server_start("epoll", NULL);
    struct pty *pty = pty_client(server->port);
    freeze_stop(server);
    pty_type(pty, "list\r");
    pty_expect_row(pty, -1, "lab> list", 0);
    pty_pump(pty);
    unit_check(pty->screen.pastes_marked, "pastes are not marked");
    pty_type(pty, "\033[200~help put\n\033[201~");
    freeze_go(server);
    pty_expect_end(pty, "the library is empty\nlab> help put↵\n");
    pty_leave(pty, "\003\004");
}

/* Whatever is waited for when it comes: the rest of a key, a character to quote, a search. */
static void test_paste_anywhere(void)
{
    struct pty *pty = pty_client(server_start("epoll", NULL)->port);
    pty_ask(pty, "help get\r", ".NAME.lab-partial");
    pty_expect_prompt(pty, "lab>");
    pty_line(pty, "x y\033\033[200~b\nc\033[201~.", "lab> x yb↵c.", 12);
    pty_line(pty, "\025x\026\033[200~y\nz\033[201~.", "lab> xy↵z.", 10);
    pty_line(pty, "\025\022\033[200~lp\n\033[201~", "(search lp ) help get", -1);
    pty_line(pty, "\033[200~no\033[201~", "(no line with lp no) help get", -1);
    pty_leave(pty, "\007\004");
}

static const struct CMUnitTest tests[] = {
    PTY(test_paste),       PTY(test_paste_in_the_room), PTY(test_paste_fails),
    PTY(test_paste_ahead), PTY(test_paste_anywhere),
};
UNIT_MAIN("terminal, pastes", tests)
