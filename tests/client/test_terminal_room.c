/* test_terminal_room.c: the interactive client in the room: what arrives while somebody types, and
 * what Ctrl-C, a lost server and several people do to it */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "bound.h"
#include "hostile.h"
#include "pty.h"
#include "wire.h"

/* Somebody in the room who speaks the protocol by hand. */
static struct wire *member(struct fleet *server, const char *nick)
{
    struct wire *wire = serverproc_connect(server->process, NULL);
    (void)wire_line(wire);
    wire_printf(wire, "C %s\n", nick);
    wire_expect_ok(wire);
    return wire;
}

static void say(struct wire *wire, const char *text)
{
    wire_printf(wire, "S %s\n", text);
    wire_expect_ok(wire);
}

/* ---- what one is typing survives what arrives ---- */

static void survives(struct fleet *server)
{
    struct pty *amy = pty_member(server->port, "amy");
    struct wire *bob = member(server, "bob");
    pty_expect_end(amy, "→ bob joined\n>\n");
    pty_expect_prompt(amy, ">");
    pty_type(amy, "half a 句子");
    pty_expect_row(amy, 0, "> half a 句子", 13);
    say(bob, "one");
    pty_expect_end(amy, "→ bob joined\nbob say ： one\n> half a 句子\n");
    pty_expect_row(amy, 0, "> half a 句子", 13);
    pty_type(amy, "\033[D\033[D"); /* in the middle, before 句 */
    pty_expect_row(amy, 0, "> half a 句子", 9);
    say(bob, "二");
    pty_expect_end(amy, "bob say ： one\nbob say ： 二\n> half a 句子\n");
    pty_expect_row(amy, 0, "> half a 句子", 9);
    pty_type(amy, "整"); /* and it goes on there */
    pty_expect_row(amy, 0, "> half a 整句子", 11);
    pty_type(amy, "\r");
    wire_expect_event(bob, "* SAY amy half a 整句子");
    pty_expect_end(amy, "bob say ： 二\n> half a 整句子\n>\n");
    pty_type(amy, "\004");
    pty_finish(amy, 0);
    wire_expect_event(bob, "* LEAVE amy");
    wire_close(bob);
}

static void test_survives(void **state)
{
    (void)state;
    fleet_each_but_loop(survives, NULL);
}

static void test_survives_wrapped(void **state)
{
    (void)state;
    struct fleet *server = fleet_start("epoll", NULL);
    struct wire *bob = member(server, "bob");
    struct pty *amy =
        pty_start(&(struct pty_options){.port = server->port, .columns = 30, .rows = 12});
    pty_expect_prompt(amy, "lab>");
    pty_type(amy, "chat amy\r");
    pty_expect_prompt(amy, ">");
    pty_type(amy, "一二三四五六七八九十一二三四x一二三四五六七八九十end");
    pty_expect_row(amy, -1, "> 一二三四五六七八九十一二三四", -1);
    pty_expect_row(amy, 0, "x一二三四五六七八九十end", 24);
    pty_type(amy, "\001\033[C"); /* Home, and one to the right */
    pty_expect_row(amy, 0, "> 一二三四五六七八九十一二三四", 4);
    for (int i = 0; i < 3; i++)
        say(bob, "hello, a line that is longer than the terminal is wide");
    pty_expect_end(amy, "bob say ： hello, a line that\nis longer than the terminal is\n wide\n"
                        "bob say ： hello, a line that\nis longer than the terminal is\n wide\n"
                        "> 一二三四五六七八九十一二三四\nx一二三四五六七八九十end\n");
    pty_expect_row(amy, 0, "> 一二三四五六七八九十一二三四", 4);
    pty_type(amy, "\013!\r"); /* Ctrl-K takes the rest of both rows */
    pty_expect_end(amy, "> 一!\n>\n");
    pty_type(amy, "\004");
    pty_finish(amy, 0);
    wire_close(bob);
}

static void test_burst(void **state)
{
    (void)state;
    struct fleet *server = fleet_start("epoll", NULL);
    struct pty *amy = pty_member(server->port, "amy");
    struct wire *bob = member(server, "bob");
    pty_type(amy, "still 在 here\033[D\033[D");
    pty_expect_row(amy, 0, "> still 在 here", 13);
    for (int i = 0; i < 1000; i++)
        wire_printf(bob, "S message %d\n", i);
    for (int i = 0; i < 1000; i++)
        wire_expect_ok(bob);
    pty_expect_end(amy, "bob say ： message 998\nbob say ： message 999\n> still 在 here\n");
    pty_expect_row(amy, 0, "> still 在 here", 13);
    const char *text = amy->bytes;
    int count = 0;
    for (const char *at = text; at != NULL && (at = strstr(at, "say ： message ")) != NULL; at++)
        count++;
    unit_check(count == 1000, "%d of 1000 messages", count);
    pty_type(amy, "\025\004");
    pty_finish(amy, 0);
    wire_close(bob);
}

static void test_survives_search(void **state)
{
    (void)state;
    struct fleet *server = fleet_start("poll", NULL);
    struct pty *amy = pty_member(server->port, "amy");
    struct wire *bob = member(server, "bob");
    pty_type(amy, "早上好\r\022上");
    pty_expect_row(amy, 0, "(search 上) 早上好", -1);
    say(bob, "a");
    pty_expect_end(amy, "bob say ： a\n(search 上) 早上好\n");
    pty_type(amy, "\r");
    pty_expect_end(amy, "bob say ： a\n> 早上好\n>\n");
    wire_expect_event(bob, "* SAY amy 早上好");
    wire_expect_event(bob, "* SAY amy 早上好");
    pty_type(amy, "\033"); /* in the middle of a key */
    say(bob, "b");
    pty_expect_end(amy, "bob say ： b\n>\n");
    pty_type(amy, "[A");
    pty_expect_row(amy, 0, "> 早上好", 8);
    pty_type(amy, "\025\004");
    pty_finish(amy, 0);
    wire_close(bob);
}

/* They look different from each other. */
static void test_kinds(void **state)
{
    (void)state;
    struct fleet *server = fleet_start("epoll", NULL);
    struct pty *amy =
        pty_start(&(struct pty_options){.port = server->port, .word = NULL, .colour = true});
    pty_expect_prompt(amy, "lab>");
    pty_type(amy, "chat amy\r");
    pty_expect_prompt(amy, ">");
    struct wire *bob = member(server, "张三");
    say(bob, "hello");
    serverproc_announce(server->process, "closing soon\n");
    pty_await(amy, "closing soon");
    wire_close(bob);
    pty_expect_end(amy, "→ 张三 joined\n张三 say ： hello\n"
                        "*** the administrator: closing soon\n← 张三 left\n>\n");
    unit_check(amy->screen.strange == 0, "strange sequences");
    pty_type(amy, "\004");
    pty_finish(amy, 0);
}

/* ---- Ctrl-C, and typing ahead ---- */

/* A stopped server stands for a slow one: what it was asked for is under way. */
static void cancelled(struct fleet *server)
{
    struct pty *amy = pty_member(server->port, "amy");
    struct pty *bob = pty_member(server->port, "bob");
    folder_write_sparse(server->dir, "big.bin", 1 << 20);
    pty_expect_end(amy, "→ bob joined\n>\n");
    (void)kill(-server->process->pid, SIGSTOP);
    pty_type(amy, "/get big.bin\r");
    pty_expect_row(amy, -1, "> /get big.bin", 0);
    pty_type(amy, "\003");
    pty_await(amy, "cancelled");
    (void)kill(-server->process->pid, SIGCONT);
    pty_expect_prompt(amy, ">");
    pty_expect_end(bob, "← amy left\n→ amy joined\n>\n");
    pty_type(bob, "welcome back\r");
    pty_expect_end(amy, "bob say ： welcome back\n>\n");
    pty_type(amy, "\004");
    pty_finish(amy, 0);
    pty_type(bob, "\004");
    pty_finish(bob, 0);
}

static void test_cancelled(void **state)
{
    (void)state;
    fleet_each_but_loop(cancelled, NULL);
}

/* In the middle of a body. */
static void test_cancelled_body(void **state)
{
    static const struct hostile_step script[] = {HOSTILE_SAY("HELLO 1 evil\n"),
                                                 HOSTILE_LINE, /* C amy */
                                                 HOSTILE_SAY("OK 0\n"),
                                                 HOSTILE_LINE, /* G big */
                                                 HOSTILE_SAY("OK 1000000\n"),
                                                 HOSTILE_DRIP("so slow ", 1000000, 20),
                                                 HOSTILE_CLOSE,
                                                 HOSTILE_SAY("HELLO 1 evil\n"),
                                                 HOSTILE_LINE, /* C amy */
                                                 HOSTILE_SAY("OK 0\n* SAY bob you are back\n"),
                                                 HOSTILE_END};
    (void)state;
    struct hostile *server = hostile_start(script);
    struct pty *amy = pty_member(server->port, "amy");
    pty_type(amy, "/get big\r");
    pty_await(amy, "  0 %");
    pty_type(amy, "\003");
    pty_expect_end(amy, "bob say ： you are back\n>\n");
    unit_check(strstr(hostile_heard(server), "C amy\nG big\nC amy\n") != NULL, "heard %s",
               hostile_heard(server));
    pty_type(amy, "\004");
    pty_finish(amy, 0);
    hostile_finish(server);
}

static void test_typed_ahead(void **state)
{
    (void)state;
    struct fleet *server = fleet_start("fork", NULL);
    struct pty *amy = pty_member(server->port, "amy");
    struct wire *bob = member(server, "bob");
    folder_write(server->dir, "a.txt", "12345", 5);
    pty_expect_end(amy, "→ bob joined\n>\n");
    (void)kill(-server->process->pid, SIGSTOP);
    pty_type(amy, "/get a.txt\r");
    pty_expect_row(amy, -1, "> /get a.txt", 0);
    pty_type(amy, "a whole 行x\177\rand a half 半x\177");
    (void)kill(-server->process->pid, SIGCONT);
    pty_expect_row(amy, 0, "> and a half 半", 15);
    pty_await(amy, "a.txt: 5 bytes in");
    wire_expect_event(bob, "* SAY amy a whole 行");
    pty_type(amy, "\025\004");
    pty_finish(amy, 0);
    wire_close(bob);
}

/* ---- servers that end ---- */

static void dies(struct fleet *server)
{
    struct pty *amy = pty_member(server->port, "amy");
    pty_type(amy, "half");
    pty_expect_row(amy, 0, "> half", 6);
    fleet_kill(server);
    pty_await(amy, "the next line connects and enters the room again");
    pty_expect_row(amy, 0, "> half", 6);
    pty_type(amy, "\r");
    pty_await(amy, "onnection refused");
    pty_expect_prompt(amy, ">");
    fleet_again(server);
    pty_type(amy, "/who\r");
    pty_expect_end(amy, "connected again\namy\n>\n");
    pty_type(amy, "\004");
    pty_finish(amy, 0);
}

static void test_dies(void **state)
{
    (void)state;
    fleet_each(dies, NULL);
}

/* ---- the one that serves one client at a time ---- */

static void test_waiting(void **state)
{
    (void)state;
    struct fleet *server = fleet_start("loop", NULL);
    struct pty *one = pty_client(server->port);
    struct pty *two = pty_start(&(struct pty_options){.port = server->port});
    pty_await(two, "waiting for the server to take us");
    pty_await(two, "\n1 s");
    pty_await(two, "\n2 s");
    pty_type(one, "quit\r");
    pty_finish(one, 0);
    pty_await(two, "model loop");
    pty_expect_prompt(two, "lab>");
    unit_check(strstr(screen_text(&two->screen), " s\n") == NULL, "the seconds are left");
    pty_type(two, "\004");
    pty_finish(two, 0);
}

static void test_waiting_cancelled(void **state)
{
    (void)state;
    struct fleet *server = fleet_start("loop", NULL);
    struct pty *one = pty_client(server->port);
    struct pty *two = pty_start(&(struct pty_options){.port = server->port});
    pty_await(two, "waiting for the server to take us");
    pty_type(two, "\003");
    pty_expect_prompt(two, "lab>");
    pty_type(two, "list\r"); /* tries again */
    pty_await(two, "\n1 s");
    pty_type(two, "typed ahead\003");
    pty_expect_prompt(two, "lab>");
    pty_type(one, "\004");
    pty_finish(one, 0);
    pty_type(two, "list\r");
    pty_await(two, "the library is empty");
    pty_type(two, "\004");
    pty_finish(two, 0);
}

/* ---- hostile ---- */

static void test_hostile_texts(void **state)
{
    static const struct hostile_step script[] = {
        HOSTILE_SAY("HELLO 1 evil\n"),
        HOSTILE_LINE,
        HOSTILE_SAY("OK 0\n* SAY e\u202evil ab\u202edc\n* ADMIN \u2066x\n* JOIN a\u200fb\n"),
        HOSTILE_LINE, /* a line that makes it go on */
        HOSTILE_SAY("* SAY bob \033]0;owned\a\033[2J\nOK 0\n"),
        HOSTILE_END};
    (void)state;
    struct hostile *server = hostile_start(script);
    struct pty *amy = pty_member(server->port, "amy");
    pty_expect_end(amy, "e<U+202E>vil say ： ab<U+202E>dc\n*** the administrator: <U+2066>x\n"
                        "→ a<U+200F>b joined\n>\n");
    pty_type(amy, "go on\r");
    pty_expect_prompt(amy,
                      ">"); /* no server of this protocol says that: the connection is closed */
    pty_await(amy, "> go on");
    pty_type(amy, "\004");
    const char *text = amy->bytes;
    bool raw = strstr(text, "\033[2J") != NULL || strstr(text, "\033]") != NULL;
    unit_check(!raw && amy->screen.strange == 0, "a raw sequence");
    pty_finish(amy, 0);
    hostile_finish(server);
}

/* ---- all together ---- */

static void three(struct fleet *server)
{
    struct pty *amy = pty_member(server->port, "amy");
    struct pty *bob = pty_member(server->port, "李四");
    struct pty *eve = pty_member(server->port, "eve");
    folder_write_pattern(server->dir, "big.bin", 32 << 20, 5);
    pty_await(amy, "eve joined");
    pty_type(amy, "/get big.bin\r");
    pty_type(bob, "大家好\r");
    pty_type(eve, "hello all, 你好\r");
    pty_expect_row(amy, 0, ">", 2);
    pty_await(amy, "big.bin: 32.0 MiB in");
    pty_await(amy, "李四 say ： 大家好");
    pty_await(amy, "eve say ： hello all, 你好");
    pty_await(bob, "eve say ： hello all, 你好");
    pty_await(eve, "李四 say ： 大家好");
    unit_check(folder_holds_pattern(pty_folder(), "big.bin", 32 << 20, 5), "not the same bytes");
    struct pty *all[] = {amy, bob, eve};
    for (int i = 0; i < 3; i++) {
        unit_check(all[i]->screen.strange == 0, "strange sequences");
        pty_type(all[i], "/quit\r");
        pty_finish(all[i], 0);
    }
    unit_unlink(pty_folder(), "big.bin");
}

static void test_three(void **state)
{
    (void)state;
    three(fleet_start("fork", NULL));
    three(fleet_start("epoll", NULL));
}

static const struct CMUnitTest tests[] = {
    PTY(test_survives),
    PTY(test_survives_wrapped),
    PTY(test_burst),
    PTY(test_survives_search),
    PTY(test_kinds),
    PTY(test_cancelled),
    PTY(test_cancelled_body),
    PTY(test_typed_ahead),
    PTY(test_dies),
    PTY(test_waiting),
    PTY(test_waiting_cancelled),
    PTY(test_hostile_texts),
    PTY(test_three),
};

int main(int argc, char **argv)
{
    return unit_run("terminal in the room", tests, argc, argv);
}
