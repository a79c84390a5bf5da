/* test_script_files.c: lab-client in scripts: local files, names of them, and what goes wrong there */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fleet.h"
#include "folder.h"
#include "hostile.h"
#include "run.h"

static char folder[UNIT_PATH];
static struct fleet *server;

/* A server with some files, and a local folder. */
static void begin(const char *options)
{
    server = fleet_start("poll", options);
    unit_folder(folder);
    unit_write_text(server->dir, "a.txt", "first\n");
    unit_write_text(server->dir, "b.txt", "second\n");
    unit_write_text(server->dir, "c.md", "third\n");
}

static void end(void)
{
    unit_folder_remove(folder);
}

static const struct run_how *here(void)
{
    static struct run_how how;
    how = (struct run_how){.folder = folder};
    return &how;
}

static void check_file(const char *dir, const char *name, const char *want)
{
    size_t len;
    char *got = unit_read(dir, name, &len);
    unit_check(got != NULL, "there is no %s", name);
    unit_same(name, name, strlen(name), want, strlen(want), got, len);
    free(got);
}

/* Runs the client in the folder; DO(0, "get", "a.txt"). */
#define DO(status, ...) EXPECT(status, here(), "-p", server->port, __VA_ARGS__)

/* ---- which file, and where to ---- */

static void test_get_two_words(void **state)
{
    (void)state;
    begin(NULL);
    DO(0, "get", "a.txt", "b.txt"); /* the library has both */
    check_file(folder, "a.txt", "first\n");
    check_file(folder, "b.txt", "second\n");
    run_has(&DO(0, "get", "a.txt", "new.txt")->err, "a.txt as new.txt: 6 bytes");
    check_file(folder, "new.txt", "first\n");
    DO(0, "get", "-f", "a.txt", "-o", "b.txt"); /* no doubt */
    check_file(folder, "b.txt", "first\n");
    DO(0, "get", "a.txt", "./c.md");
    check_file(folder, "c.md", "first\n");
    unit_unlink(folder, "a.txt");
    unit_unlink(folder, "b.txt");
    unit_unlink(folder, "c.md");
    DO(0, "get", "a.txt", "b.txt", "c.md");
    check_file(folder, "c.md", "third\n");
    end();
}

static void test_get_into_folder(void **state)
{
    char path[UNIT_PATH + 8];
    (void)state;
    begin(NULL);
    snprintf(path, sizeof path, "%s/sub", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    DO(0, "get", "a.txt", "sub");
    DO(0, "get", "-o", "sub", "b.txt", "c.md");
    check_file(path, "a.txt", "first\n");
    check_file(path, "b.txt", "second\n");
    check_file(path, "c.md", "third\n");
    run_has(&DO(4, "get", "a.txt", "none/")->err, "there is no such folder");
    DO(4, "get", "a.txt", "none/x");
    DO(2, "get", "a.txt", "b.txt", "-o", "x");
    DO(0, "-c", "lcd sub; get -f a.txt; lcd ..; lls s*");
    end();
}

static void test_patterns(void **state)
{
    (void)state;
    begin(NULL);
    unit_write_text(server->dir, "[x].txt", "odd\n");
    DO(0, "get", "?.txt");
    check_file(folder, "a.txt", "first\n");
    check_file(folder, "b.txt", "second\n");
    unit_check(!folder_has(folder, "c.md") && !folder_has(folder, "[x].txt"), "too much");
    DO(0, "get", "[x].txt"); /* itself, though it looks like a pattern */
    check_file(folder, "[x].txt", "odd\n");
    run_has(&DO(1, "get", "*.zip")->err, "*.zip: no file of the library has such a name");
    assert_string_equal(DO(0, "get", "[ab].txt", "-")->out.bytes, "first\nsecond\n");
    run_has(&DO(1, "-c", "get '?.txt' -; list")->err, "?.txt: ");
    assert_string_equal(DO(0, "-c", "get ?.txt -")->out.bytes, "first\nsecond\n");
    end();
}

static void test_put_words(void **state)
{
    (void)state;
    begin(NULL);
    unit_write_text(folder, "x.c", "x\n");
    unit_write_text(folder, "y.c", "y\n");
    unit_write_text(folder, "名 字.c", "z\n");
    DO(0, "-c", "put *.c");
    check_file(server->dir, "x.c", "x\n");
    check_file(server->dir, "名 字.c", "z\n");
    DO(0, "put", "x.c", "other.c");
    check_file(server->dir, "other.c", "x\n");
    DO(0, "put", "x.c", "y.c"); /* both are there */
    check_file(server->dir, "y.c", "y\n");
    DO(0, "put", "x.c", "-o", "y.c"); /* no doubt */
    check_file(server->dir, "y.c", "x\n");
    DO(0, "-c", "put \"名 字.c\" \"it's.c\"");
    check_file(server->dir, "it's.c", "z\n");
    run_has(&DO(4, "put", "*.zip")->err, "*.zip: there is no such local file");
    DO(4, "put", "missing");
    DO(2, "put", "x.c", "y.c", "-o", "z.c");
    DO(2, "put", "x.c", ".hidden");
    end();
}

/* Only files can be put; a FIFO must not be waited for. */
static void test_put_no_files(void **state)
{
    char path[UNIT_PATH + 8];
    (void)state;
    begin(NULL);
    snprintf(path, sizeof path, "%s/fifo", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    run_has(&DO(4, "put", "fifo")->err, "fifo: is no regular file");
    run_has(&DO(4, "put", ".", "x")->err, "is a folder");
    run_has(&DO(4, "put", "/dev/null")->err, "is no regular file");
    end();
}

/* ---- nothing is overwritten; nothing is half ---- */

static void test_no_overwrite(void **state)
{
    char path[UNIT_PATH + 16];
    (void)state;
    begin(NULL);
    unit_write_text(folder, "a.txt", "mine\n");
    run_has(&DO(4, "get", "a.txt")->err, "a.txt: is there already; get -f replaces it");
    DO(4, "get", "-c", "a.txt");
    check_file(folder, "a.txt", "mine\n");
    /* the others are got */
    DO(4, "get", "?.txt");
    check_file(folder, "b.txt", "second\n");
    DO(0, "get", "-f", "a.txt");
    check_file(folder, "a.txt", "first\n");
    /* a link is there, too, wherever it leads */
    snprintf(path, sizeof path, "%s/c.md", folder);
    assert_int_equal(symlink("nowhere", path), 0);
    DO(4, "get", "c.md");
    unit_check(!folder_has(folder, "nowhere"), "a link was followed");
    unit_unlink(folder, "c.md");
    snprintf(path, sizeof path, "%s/c.md.part", folder);
    assert_int_equal(symlink("nowhere", path), 0);
    run_has(&DO(4, "get", "c.md")->err, "c.md.part: is a link");
    unit_check(!folder_has(folder, "nowhere"), "a link was followed");
    end();
}

static void test_parts(void **state)
{
    (void)state;
    begin(NULL);
    const struct run *ran = DO(1, "get", "none.txt");
    run_has(&ran->err, "none.txt: ");
    unit_check(!folder_has(folder, "none.txt.part"), "an empty .part is left");
    unit_write_text(folder, "a.txt.part", "fir");
    ran = DO(0, "get", "-c", "a.txt");
    run_has(&ran->err, "going on at byte 3");
    run_has(&ran->err, "a.txt: 3 bytes in ");
    run_has(&ran->err, "resumed at byte 3");
    check_file(folder, "a.txt", "first\n");
    unit_check(!folder_has(folder, "a.txt.part"), "the .part is left");
    unit_write_text(folder, "b.txt.part", "longer than it is");
    ran = DO(1, "get", "-c", "b.txt");
    run_has(&ran->err, "b.txt.part is longer than the file");
    check_file(folder, "b.txt.part", "longer than it is");
    run_has(&DO(0, "get", "b.txt")->err, "starting anew");
    check_file(folder, "b.txt", "second\n");
    unit_write_text(folder, "c.md.part", "third\n"); /* all of it, but for its name */
    DO(0, "get", "-c", "c.md");
    check_file(folder, "c.md", "third\n");
    end();
}

static void test_part_locked(void **state)
{
    char path[UNIT_PATH + 16];
    (void)state;
    begin(NULL);
    snprintf(path, sizeof path, "%s/a.txt.part", folder);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    unit_check(fd >= 0 && flock(fd, LOCK_EX) == 0, "flock");
    run_has(&DO(4, "get", "a.txt")->err, "another program is downloading to it");
    close(fd);
    DO(0, "get", "a.txt");
    end();
}

/* A name as long as names can be: the .part has to be shorter. */
static void test_long_name(void **state)
{
    char name[256] = "";
    (void)state;
    begin(NULL);
    for (int i = 0; i < 85; i++)
        memcpy(name + 3 * i, "文", 4);
    unit_write_text(server->dir, name, "long\n");
    DO(0, "get", name);
    check_file(folder, name, "long\n");
    end();
}

/* "-" is a name a file may have: it must not become standard output by a pattern. */
static void test_dash(void **state)
{
    (void)state;
    begin(NULL);
    unit_write_text(server->dir, "-", "dash\n");
    unit_write_text(server->dir, "-f", "option\n");
    const struct run *ran = DO(0, "get", "*");
    assert_string_equal(ran->out.bytes, "");
    check_file(folder, "-", "dash\n");
    check_file(folder, "-f", "option\n");
    end();
}

/* A connection that is cut, and what is left of the download. */
static void test_cut_and_resumed(void **state)
{
    static const struct hostile_step script[] = {HOSTILE_SAY("HELLO 1 evil\n"),
                                                 HOSTILE_LINE,
                                                 HOSTILE_SAY("OK 10\n01234"),
                                                 HOSTILE_CLOSE,
                                                 HOSTILE_SAY("HELLO 1 evil\n"),
                                                 HOSTILE_LINE,
                                                 HOSTILE_SAY("OK 5\n56"),
                                                 HOSTILE_RESET,
                                                 HOSTILE_SAY("HELLO 1 evil\n"),
                                                 HOSTILE_LINE,
                                                 HOSTILE_SAY("OK 3\n789"),
                                                 HOSTILE_LINE,
                                                 HOSTILE_SAY("OK 0\n"),
                                                 HOSTILE_CLOSE,
                                                 HOSTILE_END};
    struct hostile *evil = hostile_start(script);
    (void)state;
    unit_folder(folder);
    run_has(&EXPECT(3, here(), "-p", evil->port, "get", "x")->err, "x.part: 5 bytes are kept");
    check_file(folder, "x.part", "01234");
    EXPECT(3, here(), "-p", evil->port, "get", "-c", "x");
    struct stat part;
    char path[UNIT_PATH + 8];
    snprintf(path, sizeof path, "%s/x.part", folder);
    unit_check(stat(path, &part) == 0 && part.st_size >= 5, "the .part is gone");
    unit_write_text(folder, "x.part", "0123456"); /* a reset may take with it what was sent */
    EXPECT(0, here(), "-p", evil->port, "get", "-c", "x");
    check_file(folder, "x", "0123456789");
    unit_check(strstr(hostile_heard(evil), "G x\nR 5 x\nR 7 x\n") != NULL, "%s",
               hostile_heard(evil));
    hostile_stop(evil);
    end();
}

/* ---- disks that are full ---- */

static void test_full_here(void **state)
{
    (void)state;
    begin(NULL);
    folder_write_pattern(server->dir, "big", 200000, 7);
    struct run_how how = {.folder = folder, .max_size = 65536};
    const struct run *ran = EXPECT(4, &how, "-p", server->port, "get", "big");
    run_has(&ran->err, "big: ");
    run_has(&ran->err, "big.part: 65536 bytes are kept");
    run_has(&DO(0, "get", "-c", "big")->err, "resumed at byte 65536");
    unit_check(folder_holds_pattern(folder, "big", 200000, 7), "other bytes");
    how = (struct run_how){.folder = folder, .output = RUN_FULL};
    EXPECT(4, &how, "-p", server->port, "get", "big", "-");
    EXPECT(4, &how, "-p", server->port, "list");
    EXPECT(4, &how, "help");
    end();
}

static void test_full_there(void **state)
{
    (void)state;
    begin("--quota 1000 --max-upload 5000");
    folder_write_pattern(folder, "big", 2000, 7);
    folder_write_pattern(folder, "huge", 6000, 7);
    run_has(&DO(1, "put", "big")->err, "big: ");
    run_has(&DO(1, "put", "huge")->err, "huge: ");
    unit_check(!folder_has(server->dir, "big"), "stored after all");
    end();
}

static void test_output_gone(void **state)
{
    (void)state;
    begin(NULL);
    struct run_how how = {.output = RUN_BROKEN};
    EXPECT(4, &how, "-p", server->port, "list");
    EXPECT(4, &how, "-p", server->port, "get", "a.txt", "-");
    EXPECT(4, &how, "-p", server->port, "chat", "ann"); /* ends though its input may go on */
    how.output = RUN_CLOSED;
    EXPECT(4, &how, "-p", server->port, "list");
    struct run *run =
        RUN(&(struct run_how){.output = RUN_BROKEN}, "-p", server->port, "chat", "ann");
    run_await_error(run, "nobody reads it");
    assert_int_equal(run_end(run), 4);
    run_free(run);
    end();
}

static const struct CMUnitTest tests[] = {
    FLEET(test_get_two_words), FLEET(test_get_into_folder), FLEET(test_patterns),
    FLEET(test_put_words),     FLEET(test_put_no_files),    FLEET(test_no_overwrite),
    FLEET(test_parts),         FLEET(test_part_locked),     FLEET(test_long_name),
    FLEET(test_dash),          FLEET(test_cut_and_resumed), FLEET(test_full_here),
    FLEET(test_full_there),    FLEET(test_output_gone),
};

int main(int argc, char **argv)
{
    return unit_run("the client in scripts: files", tests, argc, argv);
}
