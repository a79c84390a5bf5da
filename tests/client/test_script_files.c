/* test_script_files.c: lab-client in scripts: which files are meant, and where they go */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "desk.h"
#include "fleet.h"
#include "folder.h"
#include "run.h"

/* ---- which file, and where to ---- */

static void test_get_two_words(void **state)
{
    (void)state;
    desk_begin(NULL);
    DO(0, "get", "a.txt", "b.txt"); /* the library has both */
    run_left(desk.folder, "a.txt", "first\n");
    run_left(desk.folder, "b.txt", "second\n");
    run_has(&DO(0, "get", "a.txt", "new.txt")->err, "a.txt as new.txt: 6 bytes");
    run_left(desk.folder, "new.txt", "first\n");
    DO(0, "get", "-f", "a.txt", "-o", "b.txt"); /* no doubt */
    run_left(desk.folder, "b.txt", "first\n");
    DO(0, "get", "a.txt", "./c.md");
    run_left(desk.folder, "c.md", "first\n");
    unit_unlink(desk.folder, "a.txt");
    unit_unlink(desk.folder, "b.txt");
    unit_unlink(desk.folder, "c.md");
    DO(0, "get", "a.txt", "b.txt", "c.md");
    run_left(desk.folder, "c.md", "third\n");
    desk_end();
}

static void test_get_into_folder(void **state)
{
    char path[UNIT_PATH + 8];
    (void)state;
    desk_begin(NULL);
    snprintf(path, sizeof path, "%s/sub", desk.folder);
    assert_int_equal(mkdir(path, 0700), 0);
    DO(0, "get", "a.txt", "sub");
    DO(0, "get", "-o", "sub", "b.txt", "c.md");
    run_left(path, "a.txt", "first\n");
    run_left(path, "b.txt", "second\n");
    run_left(path, "c.md", "third\n");
    run_has(&DO(4, "get", "a.txt", "none/")->err, "there is no such folder");
    DO(4, "get", "a.txt", "none/x");
    DO(2, "get", "a.txt", "b.txt", "-o", "x");
    DO(0, "-c", "lcd sub; get -f a.txt; lcd ..; lls s*");
    desk_end();
}

static void test_patterns(void **state)
{
    (void)state;
    desk_begin(NULL);
    unit_write_text(desk.server->dir, "[x].txt", "odd\n");
    DO(0, "get", "?.txt");
    run_left(desk.folder, "a.txt", "first\n");
    run_left(desk.folder, "b.txt", "second\n");
    unit_check(!folder_has(desk.folder, "c.md") && !folder_has(desk.folder, "[x].txt"), "too much");
    DO(0, "get", "[x].txt"); /* itself, though it looks like a pattern */
    run_left(desk.folder, "[x].txt", "odd\n");
    run_has(&DO(1, "get", "*.zip")->err, "*.zip: no file of the library has such a name");
    assert_string_equal(DO(0, "get", "[ab].txt", "-")->out.bytes, "first\nsecond\n");
    run_has(&DO(1, "-c", "get '?.txt' -; list")->err, "?.txt: ");
    assert_string_equal(DO(0, "-c", "get ?.txt -")->out.bytes, "first\nsecond\n");
    desk_end();
}

static void test_put_words(void **state)
{
    (void)state;
    desk_begin(NULL);
    unit_write_text(desk.folder, "x.c", "x\n");
    unit_write_text(desk.folder, "y.c", "y\n");
    unit_write_text(desk.folder, "名 字.c", "z\n");
    DO(0, "-c", "put *.c");
    run_left(desk.server->dir, "x.c", "x\n");
    run_left(desk.server->dir, "名 字.c", "z\n");
    DO(0, "put", "x.c", "other.c");
    run_left(desk.server->dir, "other.c", "x\n");
    DO(0, "put", "x.c", "y.c"); /* both are there */
    run_left(desk.server->dir, "y.c", "y\n");
    DO(0, "put", "x.c", "-o", "y.c"); /* no doubt */
    run_left(desk.server->dir, "y.c", "x\n");
    DO(0, "-c", "put \"名 字.c\" \"it's.c\"");
    run_left(desk.server->dir, "it's.c", "z\n");
    run_has(&DO(4, "put", "*.zip")->err, "*.zip: there is no such local file");
    DO(4, "put", "missing");
    DO(2, "put", "x.c", "y.c", "-o", "z.c");
    DO(2, "put", "x.c", ".hidden");
    desk_end();
}

/* Only files can be put; a FIFO must not be waited for. */
static void test_put_no_files(void **state)
{
    char path[UNIT_PATH + 8];
    (void)state;
    desk_begin(NULL);
    snprintf(path, sizeof path, "%s/fifo", desk.folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    run_has(&DO(4, "put", "fifo")->err, "fifo: is no regular file");
    run_has(&DO(4, "put", ".", "x")->err, "is a folder");
    run_has(&DO(4, "put", "/dev/null")->err, "is no regular file");
    desk_end();
}

/* "-" is a name a file may have: it must not become standard output by a pattern. */
static void test_dash(void **state)
{
    (void)state;
    desk_begin(NULL);
    unit_write_text(desk.server->dir, "-", "dash\n");
    unit_write_text(desk.server->dir, "-f", "option\n");
    const struct run *ran = DO(0, "get", "*");
    assert_string_equal(ran->out.bytes, "");
    run_left(desk.folder, "-", "dash\n");
    run_left(desk.folder, "-f", "option\n");
    desk_end();
}

static const struct CMUnitTest tests[] = {
    FLEET(test_get_two_words), FLEET(test_get_into_folder), FLEET(test_patterns),
    FLEET(test_put_words),     FLEET(test_put_no_files),    FLEET(test_dash),
};

int main(int argc, char **argv)
{
    return unit_run("the client in scripts: files", tests, argc, argv);
}
