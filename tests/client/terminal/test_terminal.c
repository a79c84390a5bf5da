/* test_terminal.c: the interactive client at its prompt: beginning, keys, ends, history, modes */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "freeze.h"
#include "pty.h"

/* ---- beginning ---- */

static void test_greeting(struct test_server *server)
{
    char text[64];
    struct pty *pty = pty_client(server->port);
    (void)snprintf(text, sizeof text, "127.0.0.1 port %s, model %s: ", server->port, server->model);
    pty_await(pty, text);
    pty_await(pty, "chat NICK        enter the chat room");
    pty_leave(pty, "quit\r");
}

static void test_nobody_there(void)
{
    struct test_server *server = server_start("poll", NULL);
    server_kill(server);
    struct pty *pty = pty_client(server->port);
    pty_await(pty, "onnection refused");
    pty_await(pty, "help             all commands");
    pty_prompt(pty, "list\r", "lab>");
    server_restart(server);
    folder_write(server->dir, "back.txt", "12345", 5);
    pty_ask(pty, "list\r", "5 back.txt");
    pty_await(pty, "model poll: one thread");
    pty_leave(pty, "\004");
}

/* Every command once, by hand. */
static void test_commands(void)
{
    struct test_server *server = server_start("epoll", NULL);
    struct pty *pty = pty_client(server->port);
    folder_write(server->dir, "poem.txt", "tiger\n", 6);
    folder_write(pty_folder(), "mine.txt", "lamb\n", 5);
    pty_ask(pty, "ls\r", "6 poem.txt");
    pty_ask(pty, "get poem.txt\r", "poem.txt: 6 bytes in");
    pty_ask(pty, "put mine.txt\r", "mine.txt: 5 bytes in");
    pty_ask(pty, "lcd /\r", "the local folder is /");
    pty_ask(pty, "help get\r", "replace a local file");
    pty_ask(pty, "nonsense\r", "there is no command nonsense");
    pty_ask(pty, "chat amy\r", "you are in the room as amy");
    pty_rows(pty, "/who\r", "> /who\namy\n>\n");
    pty_ask(pty, "/leave\r", "you have left the room");
    pty_expect_prompt(pty, "lab>");
    unit_check(folder_holds(server->dir, "mine.txt", "lamb\n", 5), "mine.txt did not arrive");
    unit_check(folder_holds(pty_folder(), "poem.txt", "tiger\n", 6), "poem.txt did not arrive");
    pty_leave(pty, "quit\r");
}

/* ---- history ---- */

static void test_history(void)
{
    struct test_server *server = server_start("poll", NULL);
    struct pty *pty = pty_member(server->port, "amy");
    pty_rows(pty, "你好 everybody\r/who\r/who\r",
             "> 你好 everybody\n> /who\namy\n> /who\namy\n>\n");
    pty_leave(pty, "\004");
    unit_check(folder_mode(pty_folder(), "six-ways/history") == 0600, "not 0600");
    unit_check(folder_mode(pty_folder(), "six-ways") == 0700, "not 0700");
    pty = pty_client(server->port);
    pty_line(pty, "\033[A", "lab> /who", 9);
    pty_line(pty, "\033[A", "lab> 你好 everybody", 19);
    pty_line(pty, "\033[A\033[B\033[B\033[B", "lab>", 5);
    pty_line(pty, "\022好", "(search 好) 你好 everybody", -1); /* Ctrl-R */
    pty_line(pty, "q", "(no line with 好q) 你好 everybody", -1);
    pty_line(pty, "\177\033[D", "lab> 你好 everybody",
             18); /* what was found, and a step to the left in it */
    pty_line(pty, "\022chat\007", "lab> 你好 everybody", 18); /* Ctrl-G: all as it was */
    pty_leave(pty, "\025\004");
}

/* Bounded, whatever is in the file; and two at once do not destroy it. */
static void test_history_bounded(void)
{
    size_t len;
    struct test_server *server = server_start("poll", NULL);
    unit_check(mkdir(folder_path(pty_folder(), "six-ways"), 0700) == 0, "mkdir");
    FILE *file = fopen(folder_path(pty_folder(), "six-ways/history"), "w");
    for (int i = 0; file != NULL && i < 3000; i++)
        (void)fprintf(file, "help get # %d\n", i);
    unit_check(file != NULL && fclose(file) == 0, "no file");
    struct pty *one = pty_client(server->port), *two = pty_client(server->port);
    pty_ask(one, "help list # one\r", "usage: help"); /* its line is in the file */
    pty_ask(two, "help list # two\r", "usage: help"); /* its line is in the file */
    pty_type(one, "\004");
    pty_type(two, "\004");
    pty_finish(one, 0);
    pty_finish(two, 0);
    char *text = unit_read(pty_folder(), "six-ways/history", &len);
    size_t lines = 0;
    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    bool both = strstr(text, "# one\n") != NULL && strstr(text, "# two\n") != NULL;
    bool newest = strstr(text, "# 2999\n") != NULL && strstr(text, "# 1000\n") == NULL;
    free(text);
    unit_check(lines == 1000, "%zu lines", lines);
    unit_check(both && newest, "not the newest");
}

/* ---- modes ---- */

static void test_restored(void)
{
    static const int signals[] = {SIGTERM, SIGHUP, SIGQUIT};
    struct test_server *server = server_start("epoll", NULL);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        struct pty *pty = pty_client(server->port);
        pty_line(pty, "half", "lab> half", 9);
        unit_check(pty->screen.pastes_marked, "pastes are not marked");
        (void)kill(pty->pid, signals[i]);
        pty_expect_restored(pty);
        pty_finish(pty, 128 + signals[i]);
    }
    struct pty *pty = pty_client(server->port);
    pty_leave(pty, "quit\r");
}

static void test_suspended(void)
{
    struct pty *pty = pty_client(server_start("epoll", NULL)->port);
    pty_line(pty, "half", "lab> half", 9);
    pty_type(pty, "\032"); /* Ctrl-Z */
    pty_expect_stopped(pty);
    (void)kill(pty->pid, SIGCONT);
    pty_expect_end(pty, "lab> half\nlab> half\n");
    pty_line(pty, " done", "lab> half done", 14);
    unit_check(pty->screen.pastes_marked, "pastes are not marked");
    pty_leave(pty, "\025\004");
}

/* While a command runs, which here waits for a stopped server: Ctrl-C is a signal, what is typed
 * is not shown; and whatever ends or stops the client then, the terminal is as it was. */
static void test_restored_in_command(void)
{
    struct termios now;
    struct test_server *server = server_start("epoll", NULL);
    struct pty *pty = pty_client(server->port);
    freeze_stop(server);
    pty_type(pty, "list\r");
    pty_expect_row(pty, -1, "lab> list", 0);
    pty_type(pty, "\032");
    pty_expect_stopped(pty);
    (void)kill(pty->pid, SIGCONT);
    freeze_go(server);
    pty_await(pty, "the library is empty");
    pty_expect_prompt(pty, "lab>");
    freeze_stop(server);
    pty_type(pty, "list\r");
    pty_expect_row(pty, -1, "lab> list", 0);
    unit_check(tcgetattr(pty->master, &now) == 0 && (now.c_lflag & ISIG) != 0 &&
                   (now.c_lflag & (ECHO | ICANON)) == 0,
               "modes while a command runs: %x", (unsigned int)now.c_lflag);
    (void)kill(pty->pid, SIGTERM);
    pty_expect_restored(pty);
    pty_finish(pty, 128 + SIGTERM);
    freeze_go(server);
}

/* A terminal that can't redraw: still usable. */
static void test_dumb(void)
{
    struct test_server *server = server_start("epoll", NULL);
    struct pty *amy = pty_start(&(struct pty_options){.port = server->port, .term = "dumb"});
    struct pty *bob = pty_member(server->port, "bob");
    pty_await(amy, "lab>");
    pty_type(amy, "chat amy\r");
    pty_await(bob, "amy joined");
    pty_type(bob, "hello amy\r");
    pty_await(amy, "bob say ： hello amy");
    pty_type(amy, "hello bob\n");
    pty_await(bob, "amy say ： hello bob");
    pty_type(amy, "oops\003");
    pty_type(amy, "/quit\n");
    pty_await(bob, "amy left");
    unit_check(memchr(amy->bytes, '\033', amy->count) == NULL, "an escape sequence");
    pty_finish(amy, 0);
    pty_leave(bob, "\004");
}

/* There the kernel edits the line: Backspace takes a character. */
static void test_dumb_editing(void)
{
    struct pty *pty =
        pty_start(&(struct pty_options){.port = server_start("epoll", NULL)->port, .term = "dumb"});
    pty_await(pty, "lab>");
    pty_line(pty, "lisx\177", "lab> lis", 8);
    pty_ask(pty, "t\r", "the library is empty");
    pty_expect_prompt(pty, "lab>");
    pty_leave(pty, "\004");
}

static const struct CMUnitTest tests[] = {
    PTY_EACH(test_greeting), PTY(test_nobody_there),        PTY(test_commands),
    PTY(test_history),       PTY(test_history_bounded),     PTY(test_restored),
    PTY(test_suspended),     PTY(test_restored_in_command), PTY(test_dumb),
    PTY(test_dumb_editing),
};
UNIT_MAIN("terminal", tests)
