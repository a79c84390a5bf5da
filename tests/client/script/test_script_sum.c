/* test_script_sum.c: lab-client in scripts: checksums, printed and compared */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "fixture.h"
#include "folder.h"
#include "hostile.h"
#include "program.h"
#include "servers.h"

#define SUM_FIRST  "b640e840b19d378660b32fb51ae18d67dccb4a8596a29e7bd72c1b2ae5928f41"
#define SUM_SECOND "480c2336b410f1ad5f8bf1b28944490255804b65350c527787e74ebdd511e3a4"
#define SUM_THIRD  "5eef8098ed6ec0a16249fc7c12422027fc9fd75b16130cc9382cf09102014796"
#define SUM_EMPTY  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* ---- sum ---- */

/* As sha256sum prints them. */
static void test_sums(void)
{
    assert_string_equal(DO(0, "sum", "b.txt")->out.bytes, SUM_SECOND "  b.txt\n");
    assert_string_equal(DO(0, "sum", "c.md", "*.txt")->out.bytes,
                        SUM_THIRD "  c.md\n" SUM_FIRST "  a.txt\n" SUM_SECOND "  b.txt\n");
    unit_write_text(fixture.server->dir, "-", "");
    unit_write_text(fixture.server->dir, "back\\slash\\", "");
    unit_write_text(fixture.server->dir, "文 件", "");
    unit_write_text(fixture.server->dir, "[x]", "");
    assert_string_equal(DO(0, "sum", "-")->out.bytes, SUM_EMPTY "  -\n");
    assert_string_equal(DO(0, "-c", "sum 'back\\slash\\'; sum '文 件'")->out.bytes,
                        "\\" SUM_EMPTY "  back\\\\slash\\\\\n" SUM_EMPTY "  文 件\n");
    assert_string_equal(DO(0, "sum", "[x]")->out.bytes, SUM_EMPTY "  [x]\n");
}

static void test_sums_refused(void)
{
    const struct program *ran = DO(1, "sum", "none", "a.txt", "*.zip");
    assert_string_equal(ran->out.bytes, SUM_FIRST "  a.txt\n");
    program_has(&ran->err, "none: no file of the library has this name");
    program_has(&ran->err, "*.zip: no file of the library has this name");
    DO(2, "sum");
    server_stop(fixture.server);
    assert_string_equal(DO(3, "sum", "a.txt")->out.bytes, "");
}

/* sha256sum -c finds all files that were downloaded in order, whatever they are called. */
static void test_sums_checked(void)
{
    char command[3 * UNIT_PATH];
    unit_write_text(fixture.server->dir, "back\\slash", "x");
    unit_write_text(fixture.server->dir, "*odd* name", "y");
    DO(0, "get", "*");
    const struct program *ran = DO(0, "sum", "*");
    unit_write(fixture.folder, "sums", ran->out.bytes, ran->out.len);
    snprintf(command, sizeof command, "cd '%s' && sha256sum -c --quiet sums", fixture.folder);
    unit_check(system(command) == 0, "sha256sum -c: %s", ran->out.bytes);
    unit_write_text(fixture.folder, "back\\slash", "z");
    snprintf(command, sizeof command, "cd '%s' && sha256sum -c --status sums", fixture.folder);
    unit_check(system(command) != 0, "sha256sum -c does not find the difference");
}

/* A file that has a name with a turn in it is shown on a terminal as one can read it. */
static void test_sum_on_a_terminal(void)
{
    unit_write_text(fixture.server->dir, "turn\u202eed", "");
    struct program_options how = {.folder = fixture.folder, .output = PROGRAM_TERMINAL};
    const struct program *ran = EXPECT(0, &how, "-p", fixture.server->port, "sum", "turn*");
    program_has(&ran->out, SUM_EMPTY "  turn<U+202E>ed");
}

/* ---- --check ---- */

static void test_get_check(void)
{
    const struct program *ran = DO(0, "get", "--check", "a.txt", "b.txt");
    program_has(&ran->err, "a.txt: checked, SHA-256 " SUM_FIRST);
    program_has(&ran->err, "b.txt: checked, SHA-256 " SUM_SECOND);
    program_left(fixture.folder, "b.txt", "second\n");
    DO(0, "get", "c.md", "-f", "--check", "-o", "b.txt");
    program_left(fixture.folder, "b.txt", "third\n");
    folder_write_pattern(fixture.server->dir, "big", FIXTURE_BIG, 1);
    BREAK_OFF("get", "--check", "big");
    program_has(&DO(0, "get", "-c", "--check", "big")->err, "big: checked");
    unit_check(folder_holds_pattern(fixture.folder, "big", FIXTURE_BIG, 1), "big");
    program_has(&DO(2, "get", "--check", "a.txt", "-")->err, "-: only a file can be checked");
    program_has(&DO(2, "get", "--check", "-f", "a.txt", "/dev/null")->err,
                "/dev/null: only a file can be checked");
    unit_check(unit_hidden(fixture.folder) == 0, "something hidden is left");
}

static void test_put_check(void)
{
    unit_write_text(fixture.folder, "x", "first\n");
    program_has(&DO(0, "put", "x", "y", "--check")->err, "x: checked, SHA-256 " SUM_FIRST);
    program_left(fixture.server->dir, "y", "first\n");
    struct program_options how = {.folder = fixture.folder, .input = "second\n"};
    const struct program *ran =
        EXPECT(0, &how, "-p", fixture.server->port, "put", "--check", "-", "z");
    program_has(&ran->err, "standard input: checked, SHA-256 " SUM_SECOND);
    program_has(&DO(4, "put", "--check", "none")->err, "none: ");
}

/* A server that sends another file than it has. The local file is not made or changed. */
static void test_differs(void)
{
    struct hostile *evil =
        hostile_start(HOSTILE_SCRIPT(HOSTILE_ASKED, HOSTILE_SEND("OK 6\nfalse\n"), HOSTILE_LINE,
                                     HOSTILE_SEND("OK 65\n" SUM_FIRST "\n"), HOSTILE_BYE));
    unit_write_text(fixture.folder, "a.txt", "first\n");
    const struct program *ran = EXPECT(5, HERE, "-p", evil->port, "get", "--check", "-f", "a.txt");
    program_has(&ran->err, "a.txt: the file in the library is another: SHA-256 ");
    program_has(&ran->err, " here, " SUM_FIRST " there");
    program_left(fixture.folder, "a.txt", "first\n");
    unit_check(unit_hidden(fixture.folder) == 0, "the wrong file is kept");
    hostile_finish(evil);
    evil = hostile_start(HOSTILE_SCRIPT(HOSTILE_ASKED, HOSTILE_GO, HOSTILE_READ(6),
                                        HOSTILE_SEND("OK 0\n"), HOSTILE_LINE,
                                        HOSTILE_SEND("OK 65\n" SUM_SECOND "\n"), HOSTILE_BYE));
    ran = EXPECT(5, HERE, "-p", evil->port, "put", "--check", "a.txt");
    program_has(&ran->err, "SHA-256 " SUM_FIRST " here, " SUM_SECOND " there");
    hostile_finish(evil);
}

/* The server has no such request: the partial file is kept, and can be resumed. */
static void test_no_sum(void)
{
    struct hostile *evil =
        hostile_start(HOSTILE_SCRIPT(HOSTILE_ASKED, HOSTILE_SEND("OK 6\nfirst\n"), HOSTILE_LINE,
                                     HOSTILE_SEND("ERR io Input/output error\n"), HOSTILE_BYE));
    const struct program *ran = EXPECT(1, HERE, "-p", evil->port, "get", "--check", "a.txt");
    program_has(&ran->err, "a.txt: the server refuses: Input/output error");
    program_has(&ran->err, "6 bytes are kept");
    unit_check(!folder_has(fixture.folder, "a.txt"), "it has its name, and was not checked");
    hostile_finish(evil);
    evil = hostile_start(
        HOSTILE_SCRIPT(HOSTILE_ASKED, HOSTILE_SEND("OK 6\nfirst\n"), HOSTILE_LINE, HOSTILE_CLOSE));
    EXPECT(3, HERE, "-p", evil->port, "get", "--check", "a.txt");
    unit_check(!folder_has(fixture.folder, "a.txt"), "it has its name, and was not checked");
    hostile_finish(evil);
}

static const struct CMUnitTest table[] = {
    FIXTURE(test_sums),         FIXTURE(test_sums_refused),
    FIXTURE(test_sums_checked), FIXTURE(test_sum_on_a_terminal),
    FIXTURE(test_get_check),    FIXTURE(test_put_check),
    FOLDER(test_differs),       FOLDER(test_no_sum),
};
UNIT_MAIN("script_sum", table)
