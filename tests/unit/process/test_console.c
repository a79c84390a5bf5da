/* test_console.c: the administrator's lines, through a pipe in the place of standard input */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "process/console.h"
#include "redirect.h"
#include "sink.h"

static struct console_fixture {
    struct console console;
    struct sink said; /* what was announced: a line each */
    struct redirect in, err;
    bool busy; /* the room can't be had now */
} fixture;

/* In the place of a room. */
bool room_announce(struct room *room, const char *text, size_t len)
{
    (void)room;
    if (fixture.busy)
        return false;
    sink_add(&fixture.said, text, len);
    sink_add(&fixture.said, "\n", 1);
    return true;
}

static void fixture_begin(void)
{
    fixture = (struct console_fixture){0};
    console_init(&fixture.console, "test");
    redirect_begin(&fixture.in, STDIN_FILENO);
    redirect_begin(&fixture.err, STDERR_FILENO);
}

/* Puts everything back, and returns the lines of the log. */
static int fixture_end(void)
{
    char bytes[64 * 1024];
    int lines = 0;
    size_t len = redirect_take(&fixture.err, bytes, sizeof bytes);
    for (size_t i = 0; i < len; i++)
        lines += bytes[i] == '\n';
    redirect_end(&fixture.in);
    return lines;
}

static void type(const char *bytes, size_t len)
{
    unit_check(write(fixture.in.other, bytes, len) == (ssize_t)len, "write: %s", strerror(errno));
    console_read(&fixture.console, NULL);
}

static void type_end(void)
{
    close(fixture.in.other);
    fixture.in.other = -1;
    console_read(&fixture.console, NULL);
}

static const struct {
    const char *name, *in;
    size_t len;
    const char *want;
    int refused; /* lines in the log */
} cases[] = {
#define BYTES(literal) literal, sizeof(literal) - 1
    {"nothing", BYTES(""), "", 0},
    {"a line", BYTES("break\n"), "break\n", 0},
    {"two lines", BYTES("one\ntwo\n"), "one\ntwo\n", 0},
    {"CR LF", BYTES("one\r\ntwo\r\n"), "one\ntwo\n", 0},
    {"empty lines", BYTES("\n\r\n\n"), "", 0},
    {"no LF at the end", BYTES("one\ntwo"), "one\ntwo\n", 0},
    {"no LF behind a CR", BYTES("one\r"), "one\n", 0},
    {"spaces", BYTES("  two before and two behind  \n"), "  two before and two behind  \n", 0},
    {"UTF-8", BYTES("\xe4\xbd\xa0\xe5\xa5\xbd\n"), "\xe4\xbd\xa0\xe5\xa5\xbd\n", 0},
    {"not UTF-8", BYTES("\xff\nok\n"), "ok\n", 1},
    {"a control character", BYTES("a\x1b[1mb\nok\n"), "ok\n", 1},
    {"a tab", BYTES("a\tb\nok\n"), "ok\n", 1},
    {"NUL", BYTES("a\0b\nok\n"), "ok\n", 1},
    {"a CR inside", BYTES("a\rb\nok\n"), "ok\n", 1},
    {"two CR", BYTES("a\r\r\nok\n"), "ok\n", 1},
    {"C1", BYTES("a\xc2\x85\nok\n"), "ok\n", 1},
};

static void check(size_t i, const char *how, int refused)
{
    unit_same(cases[i].name, cases[i].in, cases[i].len, cases[i].want, strlen(cases[i].want),
              fixture.said.bytes, fixture.said.len);
    unit_check(refused == cases[i].refused, "%s, %s: %d lines in the log", cases[i].name, how,
               refused);
    unit_check(!fixture.console.open, "%s, %s: still open at the end", cases[i].name, how);
    sink_free(&fixture.said);
}

static void test_lines_whole(void)
{
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        fixture_begin();
        type(cases[i].in, cases[i].len);
        unit_check(fixture.console.open, "%s: closed before the end", cases[i].name);
        type_end();
        check(i, "whole", fixture_end());
    }
}

/* What can't be announced now is kept, with all that comes behind it, and announced later. */
static void test_room_is_busy(void)
{
    for (size_t i = 0; i < UNIT_COUNT(cases); i++)
        for (int ends = 0; ends < 2; ends++) {
            fixture_begin();
            fixture.busy = true;
            type(cases[i].in, cases[i].len);
            if (ends == 1)
                type_end();
            unit_check(fixture.said.len == 0, "%s: said to a room that is busy", cases[i].name);
            unit_check(fixture.console.waits ? fixture.console.open
                                             : ends == 0 || cases[i].want[0] == '\0',
                       "%s: closed, and it was not announced", cases[i].name);
            fixture.busy = false;
            console_read(&fixture.console, NULL);
            if (ends == 0)
                type_end();
            check(i, "busy", fixture_end());
        }
}

static void test_lines_cut_in_two(void)
{
    for (size_t i = 0; i < UNIT_COUNT(cases); i++)
        for (size_t cut = 0; cut <= cases[i].len; cut++) {
            fixture_begin();
            type(cases[i].in, cut);
            type(cases[i].in + cut, cases[i].len - cut);
            type_end();
            check(i, "cut in two", fixture_end());
        }
}

static void test_lines_byte_by_byte(void)
{
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        fixture_begin();
        for (size_t at = 0; at < cases[i].len; at++)
            type(cases[i].in + at, 1);
        type_end();
        check(i, "byte by byte", fixture_end());
    }
}

/* Around the longest text that can be sent, and far beyond. */
static void test_lengths(void)
{
    static char line[20000];
    for (size_t len = 1015; len < 1035; len++)
        for (int cr = 0; cr < 2; cr++) {
            fixture_begin();
            memset(line, 'x', len);
            line[len] = cr ? '\r' : '\n';
            line[len + 1] = '\n';
            type(line, len + 1 + (size_t)cr);
            type("ok\n", 3);
            int refused = fixture_end();
            bool fits = len <= PROTO_TEXT_MAX;
            unit_check(fixture.said.len == (fits ? len + 4 : 3) && refused == !fits,
                       "%zu bytes, CR %d: %zu announced, %d refused", len, cr, fixture.said.len,
                       refused);
            sink_free(&fixture.said);
        }
    fixture_begin();
    memset(line, 'x', sizeof line);
    for (int i = 0; i < 20; i++) {
        type(line, sizeof line);
        unit_check(fixture.console.len <= sizeof fixture.console.line, "%zu bytes are kept",
                   fixture.console.len);
    }
    type("\nok\n", 4);
    int refused = fixture_end();
    unit_check(refused == 1, "a line of 400000 bytes: %d lines in the log", refused);
    unit_same("behind a long line", "", 0, "ok\n", 3, fixture.said.bytes, fixture.said.len);
    sink_free(&fixture.said);
}

/* Nothing to read: it does not wait. At the end it closes, and stays closed. */
static void test_never_waits(void)
{
    unit_bound(20, "a console without input");
    fixture_begin();
    for (int i = 0; i < 100; i++)
        console_read(&fixture.console, NULL);
    unit_check(fixture.console.open, "closed without an end");
    int flags = fcntl(STDIN_FILENO, F_GETFL);
    unit_check((flags & O_NONBLOCK) == 0, "standard input does not wait any more");
    type("half a", 6);
    unit_check(fixture.said.len == 0, "half a line was announced");
    type_end();
    unit_check(!fixture.console.open && fixture.said.len == 7, "the end: open %d, %zu bytes",
               fixture.console.open, fixture.said.len);
    console_read(&fixture.console, NULL);
    unit_check(fixture.said.len == 7, "something was announced after the end");
    (void)fixture_end();
    sink_free(&fixture.said);
}

static void test_input_that_is_closed_or_null(void)
{
    fixture_begin();
    close(STDIN_FILENO);
    console_read(&fixture.console, NULL);
    unit_check(!fixture.console.open, "open without a standard input");
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC); /* takes the place of fd 0 */
    console_init(&fixture.console, "test");
    console_read(&fixture.console, NULL);
    unit_check(null == STDIN_FILENO && !fixture.console.open, "open with /dev/null");
    (void)fixture_end();
    sink_free(&fixture.said);
}

static const struct CMUnitTest tests[] = {
    TEST(test_lines_whole),
    TEST(test_room_is_busy),
    TEST(test_lines_cut_in_two),
    TEST(test_lines_byte_by_byte),
    TEST(test_lengths),
    TEST(test_never_waits),
    TEST(test_input_that_is_closed_or_null),
};
UNIT_MAIN("console", tests)
