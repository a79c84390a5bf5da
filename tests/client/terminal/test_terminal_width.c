/* test_terminal_width.c: the interactive client and how wide things are: windows that change,
 * writing of the world */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bound.h"
#include "hostile.h"
#include "pty.h"

/* ---- a window that changes while something is redrawn in one line ---- */

static bool all_received(void *arg)
{
    return strstr(hostile_received(arg), "G a-file-of-a-rather-long-name.iso\n") != NULL;
}

/* How often is it there, wherever rows end? */
static int count(const char *rows, const char *what)
{
    char *text = strdup(rows), *to = text;
    int times = 0;
    unit_check(text != NULL, "no memory");
    for (const char *from = rows; *from != '\0'; from++)
        if (*from != '\n')
            *to++ = *from;
    *to = '\0';
    for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
        times++;
    free(text);
    return times;
}

/* The line wraps when the window gets narrower. All of its rows are wiped. The second half of the
 * file is sent when the window has got narrower, however long that takes. */
static void test_progress_in_a_narrower_window(void)
{
    int gate[2];
    unit_check(pipe2(gate, O_CLOEXEC) == 0, "pipe: %s", strerror(errno));
    const struct hostile_step script[] = {
        HOSTILE_ASKED,          HOSTILE_SEND("OK 40\n"),          HOSTILE_DRIP("abcdefgh", 20, 60),
        HOSTILE_AWAIT(gate[0]), HOSTILE_DRIP("abcdefgh", 20, 60), HOSTILE_STAY};
    for (int columns = 20; columns <= 60; columns += 20) {
        struct hostile *server = hostile_start(script);
        struct pty *pty = pty_client(server->port);
        pty_type(pty, "get -f a-file-of-a-rather-long-name.iso\r");
        unit_check(bound_await(all_received, server, BOUND_GENEROUS), "not asked");
        pty_await(pty, " % ");
        pty_resize_halted(pty, columns, 24);
        unit_check(write(gate[1], "", 1) == 1, "write: %s", strerror(errno));
        pty_expect_prompt(pty, "lab>");
        unit_check(count(screen_text(&pty->screen), "%") == 0 &&
                       count(screen_text(&pty->screen), "long-name.iso") == 2,
                   "left on the screen: %s", screen_text(&pty->screen));
        pty_leave(pty, "\004");
        hostile_stop(server);
    }
    close(gate[0]);
    close(gate[1]);
}

/* ---- writing ---- */

static const struct {
    const char *text;
    int columns; /* as wcwidth(3) counts its characters, and as most terminals do */
} writing[] = {
    {"می\u200cخواهم", 7},           /* Persian */
    {"र्\u200dय क्\u200cष", 5},       /* Hindi */
    {"ශ්\u200dරී", 2},                /* Sinhala */
    {"ភាសា\u200bខ្មែរ", 8},          /* Khmer */
    {"שלום\u200f! \u061cسلام", 10}, /* Hebrew, Arabic */
    {"👨\u200d👩\u200d👧", 6},
    {"❤\ufe0f\u200d🔥", 3},
    {"中文", 4},
    {"e\u0301te\u0301", 3},
};

/* Typed, said, received, listed, completed: it is there as it was written, and the cursor stands
 * behind it. */
static void test_writing(void)
{
    struct test_server *server = server_start("thread", NULL);
    struct pty *amy = pty_member(server->port, "amy"), *bob = pty_member(server->port, "bob");
    pty_expect_end(amy, "→ bob joined\n>\n");
    for (size_t i = 0; i < UNIT_COUNT(writing); i++) {
        char row[256];
        int columns = writing[i].columns;
        unit_write_text(server->dir, writing[i].text, "1");
        (void)snprintf(row, sizeof row, "> %s", writing[i].text);
        pty_line(amy, writing[i].text, row, 2 + columns);
        (void)snprintf(row, sizeof row, "> %s|", writing[i].text);
        pty_line(amy, "|", row, 3 + columns);
        pty_type(amy, "\177\r");
        (void)snprintf(row, sizeof row, "amy say ： %s\n>\n", writing[i].text);
        pty_expect_end(bob, row);
        (void)snprintf(row, sizeof row, "1 %s\n", writing[i].text);
        pty_ask(bob, "/list\r", row);
    }
    pty_line(bob, "/get 👨\t", "> /get 👨\u200d👩\u200d👧", 14);
    pty_type(bob,
             "\001\033[C\033[C\033[C\033[C\033[Cm\t"); /* in the middle, nothing of it is lost */
    pty_line(bob, "\005.", "> /get m👨\u200d👩\u200d👧 .", 16);
    pty_leave(bob, "\025\004");
    pty_leave(amy, "\004");
}

/* Is this what stands from the last prompt on, blanks and line ends aside? */
static bool stands(struct pty *pty, const char *want)
{
    const char *at = screen_text(&pty->screen), *last = at;
    for (; (at = strstr(at, "lab>")) != NULL; at++)
        last = at;
    for (; *last != '\0'; last++)
        if (*last != ' ' && *last != '\n' && *last != *want++)
            return false;
    return *want == '\0';
}

static void expect_text(struct pty *pty, const char *text, int column)
{
    long end = bound_now() + bound_of(BOUND_GENEROUS);
    char want[256];
    (void)snprintf(want, sizeof want, "lab>%s", text);
    pty_pump(pty);
    while (!stands(pty, want) || column != pty->screen.column || pty->screen.pending)
        if (!pty_more(pty, end)) {
            (void)printf("the cursor in column %d, and\n", column);
            pty_give_up(pty, "from the prompt on", want);
        }
}

/* At every place of a row, and in the middle of it: terminals that make one character of a
 * family, and those that make three, both show what is there, with the cursor in the same place. */
static void family_everywhere(struct pty *pty, int columns)
{
    for (int before = 0; before < columns; before++) {
        char text[256];
        int column = (5 + before) % columns;
        int three = column + 6 > columns ? 6 : column + 6,
            two = column + 4 > columns ? 4 : column + 4;
        (void)snprintf(text, sizeof text, "%0*d👨\u200d👩\u200d👧yz", before, 0);
        pty_type(pty, "\025");
        pty_type(pty, text + (before == 0));
        expect_text(pty, text + (before == 0), (three + 2) % columns);
        pty_type(pty, "\033[D\177"); /* the y */
        (void)snprintf(text, sizeof text, "%0*d👨\u200d👩\u200d👧z", before, 0);
        expect_text(pty, text + (before == 0), three % columns);
        pty_type(pty, "\177\177\005"); /* the last of the three, and its joiner */
        (void)snprintf(text, sizeof text, "%0*d👨\u200d👩z", before, 0);
        expect_text(pty, text + (before == 0), (two + 1) % columns);
    }
    pty_type(pty, "\025");
}

static void test_family(void)
{
    struct test_server *server = server_start("epoll", NULL);
    for (int joins = 0; joins < 2; joins++) {
        struct pty *pty = pty_start(
            &(struct pty_options){.port = server->port, .columns = 20, .joins = joins != 0});
        pty_expect_prompt(pty, "lab>");
        family_everywhere(pty, 20);
        pty_leave(pty, "\004");
    }
}

/* Only what turns the reading of a text is shown, and it takes the columns of what stands for
 * it. */
static void test_turned(void)
{
    struct pty *pty = pty_client(server_start("thread", NULL)->port);
    pty_line(pty, "a\u202eb\u2066c\u2069d", "lab> a<U+202E>b<U+2066>c<U+2069>d", 33);
    pty_line(pty, "\177\177", "lab> a<U+202E>b<U+2066>c", 24);
    pty_leave(pty, "\025\004");
}

static const struct CMUnitTest tests[] = {
    PTY(test_progress_in_a_narrower_window),
    PTY(test_writing),
    PTY(test_family),
    PTY(test_turned),
};
UNIT_MAIN("terminal, widths", tests)
