/* test_terminal_room.c: the interactive client in the room: what arrives while somebody types, and
 * what Ctrl-C, a lost server and several people do to it */
#include <string.h>

#include "pty.h"
#include "wire.h"

/* Somebody in the room who speaks the protocol by hand. */
static void say(struct wire *wire, const char *text)
{
    wire_printf(wire, "S %s\n", text);
    wire_expect_ok(wire);
}

/* ---- what one is typing survives what arrives ---- */

static void test_survives(struct test_server *server)
{
    struct pty *amy = pty_member(server->port, "amy");
    struct wire *bob = server_member(server, "bob");
    pty_expect_end(amy, "→ bob joined\n>\n");
    pty_expect_prompt(amy, ">");
    pty_line(amy, "half a 句子", "> half a 句子", 13);
    say(bob, "one");
    pty_expect_end(amy, "→ bob joined\nbob say ： one\n> half a 句子\n");
    pty_expect_row(amy, 0, "> half a 句子", 13);
    pty_line(amy, "\033[D\033[D", "> half a 句子", 9); /* in the middle, before 句 */
    say(bob, "二");
    pty_expect_end(amy, "bob say ： one\nbob say ： 二\n> half a 句子\n");
    pty_expect_row(amy, 0, "> half a 句子", 9);
    pty_line(amy, "整", "> half a 整句子", 11); /* and it continues there */
    pty_type(amy, "\r");
    wire_expect_event(bob, "* SAY amy half a 整句子");
    pty_expect_end(amy, "bob say ： 二\n> half a 整句子\n>\n");
    pty_leave(amy, "\004");
    wire_expect_event(bob, "* LEAVE amy");
    wire_close(bob);
}

static void test_survives_wrapped(void)
{
    struct test_server *server = server_start("epoll", NULL);
    struct wire *bob = server_member(server, "bob");
    struct pty *amy =
        pty_start(&(struct pty_options){.port = server->port, .columns = 30, .rows = 12});
    pty_expect_prompt(amy, "lab>");
    pty_prompt(amy, "chat amy\r", ">");
    pty_type(amy, "一二三四五六七八九十一二三四x一二三四五六七八九十end");
    pty_expect_row(amy, -1, "> 一二三四五六七八九十一二三四", -1);
    pty_expect_row(amy, 0, "x一二三四五六七八九十end", 24);
    pty_line(amy, "\001\033[C", "> 一二三四五六七八九十一二三四",
             4); /* Home, and one to the right */
    for (int i = 0; i < 3; i++)
        say(bob, "hello, a line that is longer than the terminal is wide");
    pty_expect_end(amy, "bob say ： hello, a line that\nis longer than the terminal is\n wide\n"
                        "bob say ： hello, a line that\nis longer than the terminal is\n wide\n"
                        "bob say ： hello, a line that\nis longer than the terminal is\n wide\n"
                        "> 一二三四五六七八九十一二三四\nx一二三四五六七八九十end\n");
    pty_expect_row(amy, 0, "> 一二三四五六七八九十一二三四", 4);
    pty_rows(amy, "\013!\r", "> 一!\n>\n"); /* Ctrl-K takes the rest of both rows */
    pty_leave(amy, "\004");
}

static void test_burst(void)
{
    struct test_server *server = server_start("epoll", NULL);
    struct pty *amy = pty_member(server->port, "amy");
    struct wire *bob = server_member(server, "bob");
    pty_line(amy, "still 在 here\033[D\033[D", "> still 在 here", 13);
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
    pty_leave(amy, "\025\004");
}

static void test_survives_search(void)
{
    struct test_server *server = server_start("poll", NULL);
    struct pty *amy = pty_member(server->port, "amy");
    struct wire *bob = server_member(server, "bob");
    pty_line(amy, "早上好\r\022上", "(search 上) 早上好", -1);
    say(bob, "a");
    pty_expect_end(amy, "bob say ： a\n(search 上) 早上好\n");
    pty_rows(amy, "\r", "bob say ： a\n> 早上好\n>\n");
    wire_expect_event(bob, "* SAY amy 早上好");
    wire_expect_event(bob, "* SAY amy 早上好");
    pty_type(amy, "\033"); /* in the middle of a key */
    say(bob, "b");
    pty_expect_end(amy, "bob say ： b\n>\n");
    pty_line(amy, "[A", "> 早上好", 8);
    pty_leave(amy, "\025\004");
}

/* They look different from each other. */
static void test_kinds(void)
{
    struct test_server *server = server_start("epoll", NULL);
    struct pty *amy = pty_start(&(struct pty_options){.port = server->port, .colour = true});
    pty_expect_prompt(amy, "lab>");
    pty_prompt(amy, "chat amy\r", ">");
    struct wire *bob = server_member(server, "张三");
    say(bob, "hello");
    serverproc_announce(server->process, "closing soon\n");
    pty_await(amy, "closing soon");
    wire_close(bob);
    pty_expect_end(amy, "→ 张三 joined\n张三 say ： hello\n"
                        "*** the administrator: closing soon\n← 张三 left\n>\n");
    unit_check(amy->screen.strange == 0, "strange sequences");
    pty_leave(amy, "\004");
}

/* ---- all together ---- */

static void three(struct test_server *server)
{
    struct pty *amy = pty_member(server->port, "amy");
    struct pty *bob = pty_member(server->port, "李四");
    struct pty *eve = pty_member(server->port, "eve");
    folder_write_pattern(server->dir, "big.bin", 32 << 20, 5);
    pty_await(amy, "eve joined");
    pty_type(amy, "/get big.bin\r");
    pty_type(bob, "大家好\r");
    pty_type(eve, "hello all, 你好\r");
    pty_await(amy, "big.bin: 32.0 MiB in");
    pty_expect_prompt(amy, ">");
    pty_await(amy, "李四 say ： 大家好");
    pty_await(amy, "eve say ： hello all, 你好");
    pty_await(bob, "eve say ： hello all, 你好");
    pty_await(eve, "李四 say ： 大家好");
    unit_check(folder_holds_pattern(pty_folder(), "big.bin", 32 << 20, 5), "not the same bytes");
    struct pty *all[] = {amy, bob, eve};
    for (int i = 0; i < 3; i++) {
        unit_check(all[i]->screen.strange == 0, "strange sequences");
        pty_leave(all[i], "/quit\r");
    }
    unit_unlink(pty_folder(), "big.bin");
}

static void test_three(void)
{
    three(server_start("fork", NULL));
    three(server_start("epoll", NULL));
}

static const struct CMUnitTest tests[] = {
    PTY_EACH_BUT_LOOP(test_survives),
    PTY(test_survives_wrapped),
    PTY(test_burst),
    PTY(test_survives_search),
    PTY(test_kinds),
    PTY(test_three),
};
UNIT_MAIN("terminal in the room", tests)
