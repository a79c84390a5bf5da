/* test_terminal_keys.c: keys, and the line they make, in the interactive client */
#include <stdio.h>
#include <string.h>

#include "pty.h"

static void test_wide_characters(void)
{
    struct pty *pty = pty_client(server_start("select", NULL)->port);
    pty_line(pty, "a中文字b", "lab> a中文字b", 13);
    pty_line(pty, "\177\177", "lab> a中文", 10);
    pty_line(pty, "\033[D", "lab> a中文", 8); /* before 文 */
    pty_line(pty, "国", "lab> a中国文", 10);
    pty_line(pty, "\177\177", "lab> a文", 6);
    pty_line(pty, "\001é\005ß", "lab> éa文ß", 10);
    pty_line(pty, "\001\033[3~\004", "lab> 文ß", 5); /* Delete and Ctrl-D, at the beginning */
    pty_leave(pty, "\004\004\004\004");
}

/* Up to the last column and beyond, and back: also if a wide character does not fit. */
static void test_wrapping(void)
{
    struct pty *pty = pty_start(&(struct pty_options){
        .port = server_start("epoll", NULL)->port, .columns = 20, .rows = 10});
    pty_expect_prompt(pty, "lab>");
    pty_type(pty, "0123456789abcde");
    pty_expect_row(pty, -1, "lab> 0123456789abcde", -1);
    pty_expect_row(pty, 0, "", 0);
    pty_line(pty, "\177", "lab> 0123456789abcd", 19);
    pty_type(pty, "中");
    pty_expect_row(pty, -1, "lab> 0123456789abcd", -1);
    pty_expect_row(pty, 0, "中", 2);
    pty_line(pty, "\001x", "lab> x0123456789abcd",
             6); /* now it does not fit because of the x, nor does what follows */
    pty_expect_row(pty, 1, "中", -1);
    pty_type(pty, "\177\005文字0123456789abcdefgh");
    pty_expect_row(pty, -1, "中文字0123456789abcd", -1);
    pty_expect_row(pty, 0, "efgh", 4);
    pty_line(pty, "\025done", "lab> done", 9);
    pty_rows(pty, "\003", "lab> done^C\nlab>\n");
    pty_leave(pty, "\004");
}

/* More rows than the terminal has. */
static void test_longer_than_the_screen(void)
{
    struct pty *pty = pty_start(
        &(struct pty_options){.port = server_start("poll", NULL)->port, .columns = 20, .rows = 6});
    pty_expect_prompt(pty, "lab>");
    for (int i = 0; i < 20; i++)
        pty_type(pty, "一二三四五六七八九十");
    pty_line(pty, "end", "八九十end", 9);
    pty_line(pty, "\001", "lab> 一二三四五六七", 5);
    pty_line(pty, "\013", "lab>", 5); /* Ctrl-K: all gone */
    pty_leave(pty, "\004");
}

/* Keys that mean nothing here, the mouse, focus, and answers to questions of somebody before us. */
static void test_unknown_keys(void)
{
    static const char *const keys[] = {"\033[15~",
                                       "\033[1;2A",
                                       "\033[27;5;9~",
                                       "\033[105;5u",
                                       "\033OP",
                                       "\033[[A",
                                       "\033[I",
                                       "\033[O",
                                       "\033[24;80R",
                                       "\033[<0;12;5M",
                                       "\033[M !!",
                                       "\033\033[A",
                                       "\033]11;rgb:0/0/0\007",
                                       "\033P1$r0m\033\\"};
    static const char letters[] = "abcdefghijklmnop";
    char want[64];
    struct pty *pty = pty_client(server_start("epoll", NULL)->port);
    for (size_t i = 0; i < UNIT_COUNT(keys); i++) {
        (void)snprintf(want, sizeof want, "lab> %.*s", (int)i + 1, letters);
        pty_type(pty, keys[i]);
        pty_line(pty, (const char[]){letters[i], '\0'}, want, (int)strlen(want));
    }
    pty_line(pty, "\025\022\033[15~q", "(no line with q)", -1); /* also in a search */
    pty_line(pty, "\033", "lab>", 5);                           /* which an ESC ends by itself */
    pty_leave(pty, "\004");
}

/* What confuses the reader of one's own line is shown, and one Backspace takes it. */
static void test_pasted_controls(void)
{
    struct pty *pty = pty_client(server_start("poll", NULL)->port);
    pty_line(pty, "a\u202eb\026\001", "lab> a<U+202E>b\\x01", -1);
    pty_line(pty, "\177\177\177", "lab> a", 6);
    pty_leave(pty, "\025\004");
}

static void test_interrupt(void)
{
    struct pty *pty = pty_client(server_start("epoll", NULL)->port);
    pty_line(pty, "half a line", "lab> half a line", 16);
    pty_rows(pty, "\003", "lab> half a line^C\nlab>\n");
    pty_rows(pty, "\003", "lab> half a line^C\nlab> ^C\nlab>\n");
    pty_ask(pty, "list\r", "the library is empty");
    pty_leave(pty, "\004");
}

static void test_resize(void)
{
    struct pty *pty = pty_client(server_start("epoll", NULL)->port);
    pty_line(pty, "0123456789一二三四五六七八九十\033[D\033[D",
             "lab> 0123456789一二三四五六七八九十", 31);
    pty_resize(pty, 20, 24);
    pty_type(pty, "x"); /* by its answer the client has seen the new width */
    pty_expect_row(pty, -1, "lab> 0123456789一二", -1);
    pty_expect_row(pty, 0, "三四五六七八x九十", 13);
    pty_resize(pty, 60, 24);
    pty_line(pty, "y", "lab> 0123456789一二三四五六七八xy九十", 33);
    pty_expect_row(pty, -1, "  help             all commands    quit          or Ctrl-D", -1);
    pty_leave(pty, "\025\004");
}

static const struct CMUnitTest tests[] = {
    PTY(test_wide_characters), PTY(test_wrapping),        PTY(test_longer_than_the_screen),
    PTY(test_unknown_keys),    PTY(test_pasted_controls), PTY(test_interrupt),
    PTY(test_resize),
};
UNIT_MAIN("terminal, keys", tests)
