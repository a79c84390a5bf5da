/* test_script_files.c: lab-client in scripts: which files are meant, and where they go */
#include "unit.h"

#include <sys/stat.h>

#include "fixture.h"
#include "folder.h"
#include "program.h"
#include "servers.h"

/* ---- which file, and where to ---- */

static void test_get_two_words(void)
{
    DO(0, "get", "a.txt", "b.txt"); /* the library has both */
    program_left(fixture.folder, "a.txt", "first\n");
    program_left(fixture.folder, "b.txt", "second\n");
    program_has(&DO(0, "get", "a.txt", "new.txt")->err, "a.txt as new.txt: 6 bytes");
    program_left(fixture.folder, "new.txt", "first\n");
    DO(0, "get", "-f", "a.txt", "-o", "b.txt"); /* no doubt */
    program_left(fixture.folder, "b.txt", "first\n");
    DO(0, "get", "a.txt", "./c.md");
    program_left(fixture.folder, "c.md", "first\n");
    unit_unlink(fixture.folder, "a.txt");
    unit_unlink(fixture.folder, "b.txt");
    unit_unlink(fixture.folder, "c.md");
    DO(0, "get", "a.txt", "b.txt", "c.md");
    program_left(fixture.folder, "c.md", "third\n");
}

static void test_get_into_folder(void)
{
    assert_int_equal(mkdir(fixture_path("sub"), 0700), 0);
    DO(0, "get", "a.txt", "sub");
    DO(0, "get", "-o", "sub", "b.txt", "c.md");
    program_left(fixture.folder, "sub/a.txt", "first\n");
    program_left(fixture.folder, "sub/b.txt", "second\n");
    program_left(fixture.folder, "sub/c.md", "third\n");
    program_has(&DO(4, "get", "a.txt", "none/")->err, "there is no such folder");
    DO(4, "get", "a.txt", "none/x");
    DO(2, "get", "a.txt", "b.txt", "-o", "x");
    DO(0, "-c", "lcd sub; get -f a.txt; lcd ..; lls s*");
}

static void test_patterns(void)
{
    unit_write_text(fixture.server->dir, "[x].txt", "odd\n");
    DO(0, "get", "?.txt");
    program_left(fixture.folder, "a.txt", "first\n");
    program_left(fixture.folder, "b.txt", "second\n");
    unit_check(!folder_has(fixture.folder, "c.md") && !folder_has(fixture.folder, "[x].txt"),
               "too much");
    DO(0, "get", "[x].txt"); /* itself, though it looks like a pattern */
    program_left(fixture.folder, "[x].txt", "odd\n");
    program_has(&DO(1, "get", "*.zip")->err, "*.zip: no file of the library has such a name");
    assert_string_equal(DO(0, "get", "[ab].txt", "-")->out.bytes, "first\nsecond\n");
    program_has(&DO(1, "-c", "get '?.txt' -; list")->err, "?.txt: ");
    assert_string_equal(DO(0, "-c", "get ?.txt -")->out.bytes, "first\nsecond\n");
}

static void test_put_words(void)
{
    unit_write_text(fixture.folder, "x.c", "x\n");
    unit_write_text(fixture.folder, "y.c", "y\n");
    unit_write_text(fixture.folder, "名 字.c", "z\n");
    DO(0, "-c", "put *.c");
    program_left(fixture.server->dir, "x.c", "x\n");
    program_left(fixture.server->dir, "名 字.c", "z\n");
    DO(0, "put", "x.c", "other.c");
    program_left(fixture.server->dir, "other.c", "x\n");
    DO(0, "put", "x.c", "y.c"); /* both are there */
    program_left(fixture.server->dir, "y.c", "y\n");
    DO(0, "put", "x.c", "-o", "y.c"); /* no doubt */
    program_left(fixture.server->dir, "y.c", "x\n");
    DO(0, "-c", "put \"名 字.c\" \"it's.c\"");
    program_left(fixture.server->dir, "it's.c", "z\n");
    program_has(&DO(4, "put", "*.zip")->err, "*.zip: there is no such local file");
    DO(4, "put", "missing");
    DO(2, "put", "x.c", "y.c", "-o", "z.c");
    DO(2, "put", "x.c", ".hidden");
}

/* Only files can be put; a FIFO must not be waited for. */
static void test_put_no_files(void)
{
    assert_int_equal(mkfifo(fixture_path("fifo"), 0600), 0);
    program_has(&DO(4, "put", "fifo")->err, "fifo: is no regular file");
    program_has(&DO(4, "put", ".", "x")->err, "is a folder");
    program_has(&DO(4, "put", "/dev/null")->err, "is no regular file");
}

/* "-" is a name a file may have: it must not become standard output by a pattern. */
static void test_dash(void)
{
    unit_write_text(fixture.server->dir, "-", "dash\n");
    unit_write_text(fixture.server->dir, "-f", "option\n");
    const struct program *ran = DO(0, "get", "*");
    assert_string_equal(ran->out.bytes, "");
    program_left(fixture.folder, "-", "dash\n");
    program_left(fixture.folder, "-f", "option\n");
}

/* A name that can't be sent, one that is not there, a folder: the others are transferred. */
static void test_one_bad_name(void)
{
    static const char *const bad[] = {"caf\xe9", "missing", ".", ".hidden", " blank", "sub"};
    static const int put_status[] = {2, 4, 4, 2, 2, 4}, get_status[] = {2, 1, 2, 2, 2, 4};
    unit_write_text(fixture.folder, "caf\xe9", "not UTF-8\n");
    unit_write_text(fixture.folder, ".hidden", "hidden\n");
    unit_write_text(fixture.folder, " blank", "blank\n");
    unit_write_text(fixture.folder, "x.c", "x\n");
    unit_write_text(fixture.folder, "y.c", "y\n");
    assert_int_equal(mkdir(fixture_path("sub"), 0700), 0);
    for (size_t i = 0; i < UNIT_COUNT(bad); i++) {
        DO(put_status[i], "put", bad[i], "x.c");
        program_left(fixture.server->dir, "x.c", "x\n");
        unit_unlink(fixture.server->dir, "x.c");
        DO(put_status[i], "put", "x.c", bad[i], "y.c", bad[i]);
        program_left(fixture.server->dir, "x.c", "x\n");
        program_left(fixture.server->dir, "y.c", "y\n");
        unit_unlink(fixture.server->dir, "x.c");
        unit_unlink(fixture.server->dir, "y.c");
        DO(get_status[i], "get", "a.txt", bad[i], "b.txt", bad[i]);
        program_left(fixture.folder, "a.txt", "first\n");
        program_left(fixture.folder, "b.txt", "second\n");
        unit_unlink(fixture.folder, "a.txt");
        DO(get_status[i], "get", bad[i], "a.txt");
        program_left(fixture.folder, "a.txt", "first\n");
        unit_unlink(fixture.folder, "a.txt");
        unit_unlink(fixture.folder, "b.txt");
    }
    const struct program *ran = DO(1, "list", "missing", "a.txt", "*.zip");
    assert_string_equal(ran->out.bytes, "6 a.txt\n");
    program_has(&ran->err, "missing: no file of the library");
    program_has(&ran->err, "*.zip: no file of the library");
    DO(2, "-c", "put ca* *.c");
    program_left(fixture.server->dir, "y.c", "y\n");
}

/* A file whose name is a pattern does not hide the others. */
static void test_named_like_a_pattern(void)
{
    unit_write_text(fixture.server->dir, "*.txt", "hijacked\n");
    assert_string_equal(DO(0, "list", "*.txt")->out.bytes, "9 *.txt\n6 a.txt\n7 b.txt\n");
    DO(0, "get", "*.txt");
    program_left(fixture.folder, "*.txt", "hijacked\n");
    program_left(fixture.folder, "a.txt", "first\n");
    program_left(fixture.folder, "b.txt", "second\n");
    unit_unlink(fixture.server->dir, "a.txt");
    unit_unlink(fixture.server->dir, "*.txt");
    DO(0, "put", "*.txt"); /* and here */
    program_left(fixture.server->dir, "a.txt", "first\n");
    program_left(fixture.server->dir, "*.txt", "hijacked\n");
    unit_unlink(fixture.folder, "*.txt");
    DO(0, "-c", "get '*.txt' -o one"); /* in quotes it is no pattern */
    program_left(fixture.folder, "one", "hijacked\n");
}

static const struct CMUnitTest tests[] = {
    FIXTURE(test_get_two_words), FIXTURE(test_get_into_folder),      FIXTURE(test_patterns),
    FIXTURE(test_put_words),     FIXTURE(test_put_no_files),         FIXTURE(test_dash),
    FIXTURE(test_one_bad_name),  FIXTURE(test_named_like_a_pattern),
};
UNIT_MAIN("the client in scripts: files", tests)
