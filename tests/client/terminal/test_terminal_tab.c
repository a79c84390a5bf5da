/* test_terminal_tab.c: TAB in the interactive client */
#include <string.h>
#include <sys/stat.h>

#include "bound.h"
#include "hostile.h"
#include "pty.h"

static void test_commands(void)
{
    struct pty *pty = pty_client(server_start("poll", NULL)->port);
    pty_line(pty, "q\t", "lab> quit", 10);
    pty_rows(pty, "\025l\t", "lcd    leave  list   lls\nlab> l\n");
    pty_line(pty, "i\t", "lab> list", 10);
    pty_line(pty, "\025list; he\t", "lab> list; help", 16);
    pty_line(pty, "pu\t", "lab> list; help put", 20);
    pty_line(pty, "\025zzz\t", "lab> zzz", 8);
    pty_prompt(pty, "\025chat amy\r", ">");
    pty_line(pty, "/w\t", "> /who", 7);
    pty_line(pty, "\025/help le\t", "> /help leave", 14);
    pty_leave(pty, "\025\004");
}

static void test_remote(void)
{
    struct test_server *server = server_start("thread", NULL);
    folder_write(server->dir, "my poem.txt", "1", 1);
    folder_write(server->dir, "my notes.txt", "2", 1);
    folder_write(server->dir, "it's.txt", "3", 1);
    folder_write(server->dir, "诗歌.txt", "4", 1);
    folder_write(server->dir, "诗集.txt", "5", 1);
    struct pty *pty = pty_client(server->port);
    pty_line(pty, "get m\t", "lab> get 'my", 13);
    pty_rows(pty, "\t", "my notes.txt  my poem.txt\nlab> get 'my\n");
    pty_line(pty, "p\t", "lab> get 'my poem.txt'", 23);
    pty_rows(pty, "诗\t", "诗歌.txt  诗集.txt\nlab> get 'my poem.txt' 诗\n");
    pty_line(pty, "歌\t", "lab> get 'my poem.txt' 诗歌.txt", 32);
    pty_line(pty, "it\t", "lab> get 'my poem.txt' 诗歌.txt it's.txt", 41);
    pty_ask(pty, "\r", "it's.txt: 1 byte in");
    pty_expect_prompt(pty, "lab>");
    unit_check(folder_holds(pty_folder(), "my poem.txt", "1", 1), "my poem.txt");
    unit_check(folder_holds(pty_folder(), "诗歌.txt", "4", 1), "诗歌.txt");
    unit_check(folder_holds(pty_folder(), "it's.txt", "3", 1), "it's.txt");
    unit_check(!folder_has(pty_folder(), "my notes.txt"), "my notes.txt");
    pty_line(pty, "get  x\002\002\033[Cit\t", "lab> get  it's.txt x",
             19); /* in the middle of a line */
    pty_line(pty, "\025su\t诗歌\t", "lab> sum 诗歌.txt", 18);
    pty_leave(pty, "\025\004");
}

static void test_local(void)
{
    unit_check(mkdir(folder_path(pty_folder(), "some folder"), 0700) == 0, "mkdir");
    folder_write(pty_folder(), "some folder/one.txt", "1", 1);
    folder_write(pty_folder(), "some.txt", "2", 1);
    folder_write(pty_folder(), ".hidden", "3", 1);
    struct pty *pty = pty_client(server_start("select", NULL)->port);
    pty_line(pty, "put so\t", "lab> put some", 13);
    pty_rows(pty, "\t", "some folder/  some.txt\nlab> put some\n");
    pty_line(pty, "\\ \t", "lab> put 'some folder/",
             22); /* a quote of one's own kind becomes one */
    pty_line(pty, "\t", "lab> put 'some folder/one.txt'", 31);
    pty_ask(pty, ".h\t\r", "hidden");
    pty_expect_prompt(pty, "lab>");
    pty_line(pty, "lcd so\t", "lab> lcd 'some folder/", 22);
    pty_ask(pty, "'\r", "the local folder is");
    pty_line(pty, "put o\t", "lab> put one.txt", 17);
    pty_leave(pty, "\025\004");
    unit_unlink(pty_folder(), "some folder/one.txt");
}

/* A name that can't be typed is not offered, and nothing that does not exist. */
static void test_no_utf8(void)
{
    unit_write_text(pty_folder(), "caf\xe9", "1");
    unit_write_text(pty_folder(), "a\nb", "2");
    unit_write_text(pty_folder(), "a\033[Ab", "3");
    struct pty *pty = pty_client(server_start("poll", NULL)->port);
    pty_line(pty, "put c\t.", "lab> put c.", 11);
    pty_line(pty, "\025put a\t.", "lab> put a.", 11);
    unit_write_text(pty_folder(), "caf\xc3\xa9", "4");
    pty_line(pty, "\025put c\t", "lab> put café", 14);
    pty_leave(pty, "\025\004");
}

static void test_nicks(void)
{
    struct test_server *server = server_start("fork", NULL);
    struct pty *amy = pty_member(server->port, "amy"), *bob = pty_member(server->port, "李四光");
    pty_expect_end(amy, "→ 李四光 joined\n>\n");
    pty_line(amy, "你好, 李\t", "> 你好, 李四光", 15);
    pty_type(amy, "!\r");
    pty_expect_end(bob, "amy say ： 你好, 李四光 !\n>\n");
    pty_type(bob, "am\t/list \r"); /* a beginning of a text, not of a command */
    pty_expect_end(amy, "李四光 say ： amy /list\n>\n");
    pty_leave(amy, "\004");
    pty_leave(bob, "\004");
}

static bool asked_twice(void *arg)
{
    return strcmp(hostile_received(arg), "L\nL\n") == 0;
}

/* Names of a hostile server are shown, not obeyed; and one that hangs is given up. */
static void test_hostile(void)
{
    struct hostile *server = hostile_start(HOSTILE_SCRIPT(
        HOSTILE_ASKED, HOSTILE_SEND("OK 35\n1 ab\u202ec\n1 ../../.bashrc\n1 abd\n3 x\n"),
        HOSTILE_LINE, HOSTILE_STAY));
    struct pty *pty = pty_client(server->port);
    pty_line(pty, "get a\t", "lab> get ab", 11);
    unit_check(strstr(screen_text(&pty->screen), "bashrc") == NULL, "a name that is none");
    pty_type(pty, "\t");
    unit_check(bound_await(asked_twice, server, BOUND_GENEROUS), "not asked again");
    pty_prompt(pty, "\003", "lab>"); /* while it hangs */
    pty_leave(pty, "\004");
}

static const struct CMUnitTest tests[] = {
    PTY(test_commands), PTY(test_remote), PTY(test_local),
    PTY(test_no_utf8),  PTY(test_nicks),  PTY(test_hostile),
};
UNIT_MAIN("terminal, TAB", tests)
