/* test_terminal_jobs.c: the client and a shell's jobs: in the background, stopped, continued */
#include <string.h>

#include "hostile.h"
#include "pty.h"

/* A download that takes a while. */
#define SLOW_FILE HOSTILE_ASKED, HOSTILE_SEND("OK 8\n"), HOSTILE_DRIP("abcdefgh", 8, 120)

/* lab-client get file &, on a terminal that stops writers in the background: it is not
 * stopped by what it prints, which is a sentence, and no line that is redrawn over the
 * shell's. */
static void test_background_command(void)
{
    struct hostile *server = hostile_start(HOSTILE_SCRIPT(SLOW_FILE, HOSTILE_BYE));
    const char *const words[] = {"-p", server->port, "get", "file", NULL};
    struct pty *pty =
        pty_start(&(struct pty_options){.words = words, .background = true, .tostop = true});
    pty_await(pty, "file: 8 bytes in");
    unit_check(strchr(pty->bytes, '%') == NULL && strchr(pty->bytes, '\033') == NULL,
               "it has drawn: %s", pty->bytes);
    pty_finish(pty, 0);
    hostile_finish(server);
}

/* lab-client &: it wants the keyboard, and prints nothing before it has it. */
static void test_background_person(void)
{
    struct test_server *server = server_start("epoll", NULL);
    for (int tostop = 0; tostop < 2; tostop++) {
        struct pty *pty = pty_start(
            &(struct pty_options){.port = server->port, .background = true, .tostop = tostop != 0});
        pty_expect_stopped(pty);
        unit_check(pty->count == 0, "it has said: %s", pty->bytes);
        pty_front(pty);
        pty_expect_prompt(pty, "lab>");
        pty_ask(pty, "list\r", "the library is empty");
        pty_expect_prompt(pty, "lab>");
        pty_leave(pty, "\004");
    }
}

/* Ctrl-Z and bg at the prompt: it has nothing to do there, and waits for fg without a word. */
static void test_prompt_in_background(void)
{
    struct test_server *server = server_start("poll", NULL);
    struct pty *amy = pty_member(server->port, "amy"), *bob = pty_member(server->port, "bob");
    pty_expect_end(amy, "→ bob joined\n>\n");
    pty_line(amy, "half", "> half", 6);
    pty_type(amy, "\032");
    pty_expect_stopped(amy);
    size_t count = amy->count;
    pty_back(amy);
    pty_prompt(bob, "are you there?\r", ">");
    pty_expect_stopped(amy);
    unit_check(amy->count == count, "it has said: %s", amy->bytes + count);
    pty_front(amy);
    pty_expect_end(amy, "bob say ： are you there?\n> half\n");
    pty_type(amy, "\032");
    pty_expect_stopped(amy);
    pty_back(amy);
    pty_front(amy);
    pty_expect_row(amy, -1, "> half", -1);
    pty_expect_row(amy, 0, "> half", 6); /* once */
    pty_type(amy, "\025yes\r");
    pty_expect_end(bob, "amy say ： yes\n>\n");
    pty_leave(amy, "\004");
    pty_leave(bob, "\004");
}

/* Ctrl-Z and bg in a download: it continues to its end, and stops when it wants the keyboard. */
static void test_transfer_in_background(void)
{
    struct hostile *server = hostile_start(HOSTILE_SCRIPT(SLOW_FILE, HOSTILE_LINE));
    struct pty *pty = pty_start(&(struct pty_options){.port = server->port, .tostop = true});
    pty_expect_prompt(pty, "lab>");
    pty_ask(pty, "get file\r", " % ");
    pty_type(pty, "\032");
    pty_expect_stopped(pty);
    size_t count = pty->count;
    pty_back(pty);
    pty_await(pty, "file: 8 bytes in");
    pty_expect_stopped(pty);
    unit_check(strchr(pty->bytes + count, '\033') == NULL, "it has drawn: %s", pty->bytes + count);
    pty_front(pty);
    pty_expect_prompt(pty, "lab>");
    unit_check(pty->screen.pastes_marked, "pastes are not marked");
    pty_leave(pty, "\004");
}

static const struct CMUnitTest tests[] = {
    PTY(test_background_command),
    PTY(test_background_person),
    PTY(test_prompt_in_background),
    PTY(test_transfer_in_background),
};
UNIT_MAIN("terminal, jobs", tests)
