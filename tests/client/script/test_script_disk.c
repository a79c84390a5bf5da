/* test_script_disk.c: lab-client in scripts, and what is on the local disk before and after */
#include "unit.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fixture.h"
#include "folder.h"
#include "hostile.h"
#include "program.h"
#include "servers.h"

/* ---- nothing is overwritten; nothing is half ---- */

static void test_no_overwrite(void)
{
    unit_write_text(fixture.folder, "a.txt", "mine\n");
    program_has(&DO(4, "get", "a.txt")->err, "a.txt: is there already; get -f replaces it");
    DO(4, "get", "-c", "a.txt");
    program_left(fixture.folder, "a.txt", "mine\n");
    /* the others are got */
    DO(4, "get", "?.txt");
    program_left(fixture.folder, "b.txt", "second\n");
    DO(0, "get", "-f", "a.txt");
    program_left(fixture.folder, "a.txt", "first\n");
    /* a link is there, too, wherever it leads */
    assert_int_equal(symlink("nowhere", fixture_path("c.md")), 0);
    DO(4, "get", "c.md");
    unit_check(!folder_has(fixture.folder, "nowhere"), "a link was followed");
    unit_unlink(fixture.folder, "c.md");
    assert_int_equal(symlink("nowhere", fixture_path(".c.md.lab-partial")), 0);
    DO(0, "get", "c.md");
    unit_check(!folder_has(fixture.folder, "nowhere"), "a link was followed");
    unit_check(folder_has(fixture.folder, ".c.md.lab-partial"), "a link was removed");
}

/* A file of that name comes up during the download: it stays, and so does what was got. */
static void appears(const struct lack *lacks)
{
    fixture_folder();
    struct program_options how = {.folder = fixture.folder, .lacks = lacks};
    struct slow slow = fixture_slow_begin(&how, "--");
    unit_write_text(fixture.folder, "x", "mine\n");
    fixture_slow_end(&slow, 4, "x: File exists; all of it is in .x.lab-partial/data");
    program_left(fixture.folder, "x", "mine\n");
    program_left(fixture.folder, ".x.lab-partial/data", "0123456789");
    fixture_end();
}

/* -f replaces a file, but not what has come up in its place meanwhile. */
static void test_link_appears(void)
{
    struct stat there;
    unit_write_text(fixture.folder, "mine", "mine\n");
    struct slow slow = fixture_slow_begin(HERE, "-f");
    assert_int_equal(symlink("mine", fixture_path("x")), 0);
    fixture_slow_end(&slow, 4, "x: File exists; all of it is in .x.lab-partial/data");
    program_left(fixture.folder, "mine", "mine\n");
    unit_check(lstat(fixture_path("x"), &there) == 0 && S_ISLNK(there.st_mode),
               "the link was replaced");
}

/* If the file system has no rename that does not replace, a link does the same; if it has no
 * links either, a rename over an empty file. */
static const struct lack no_flag[] = {{SYS_renameat2, EINVAL, 0}, {.error = 0}};
static const struct lack no_link[] = {
    {SYS_renameat2, EPERM, 0}, {SYS_linkat, EPERM, 0}, {.error = 0}};

static void test_appears(void)
{
    appears(NULL);
    appears(no_flag);
    appears(no_link);
}

static void test_plain_rename(void)
{
    static const struct lack *const lacks[] = {no_flag, no_link};
    for (size_t i = 0; i < UNIT_COUNT(lacks); i++) {
        fixture_begin();
        struct program_options how = {.folder = fixture.folder, .lacks = lacks[i]};
        EXPECT(0, &how, "-p", fixture.server->port, "get", "a.txt");
        program_left(fixture.folder, "a.txt", "first\n");
        assert_int_equal(unit_hidden(fixture.folder), 0);
        program_has(&EXPECT(4, &how, "-p", fixture.server->port, "get", "a.txt")->err,
                    "is there already");
        EXPECT(0, &how, "-p", fixture.server->port, "get", "-f", "a.txt");
        program_left(fixture.folder, "a.txt", "first\n");
        assert_int_equal(unit_hidden(fixture.folder), 0);
        server_stop(fixture.server);
        fixture_end();
    }
}

/* NFS reports only at close(2) that bytes could not be written: then the old file must be there.
 * Below 5 are the three, and what the loader of libraries closes. */
static void test_close_fails(void)
{
    static const struct lack lacks[] = {{SYS_close, EIO, 5}, {.error = 0}};
    unit_write_text(fixture.folder, "a.txt", "mine\n");
    struct program_options how = {.folder = fixture.folder, .lacks = lacks};
    const struct program *ran = EXPECT(4, &how, "-p", fixture.server->port, "get", "-f", "a.txt");
    program_left(fixture.folder, "a.txt", "mine\n");
    program_has(&ran->err, "a.txt: cannot write the local file: close: Input/output error");
    assert_int_equal(unit_hidden(fixture.folder), 0);
}

/* ---- disks that are full ---- */

static void test_full_here(void)
{
    folder_write_pattern(fixture.server->dir, "big", 200000, 7);
    struct program_options how = {.folder = fixture.folder, .max_size = 65536};
    const struct program *ran = EXPECT(4, &how, "-p", fixture.server->port, "get", "big");
    program_has(&ran->err, "big: ");
    program_has(&ran->err, "big: 65536 bytes are kept in .big.lab-partial");
    program_has(&DO(0, "get", "-c", "big")->err, "resumed at byte 65536");
    unit_check(folder_holds_pattern(fixture.folder, "big", 200000, 7), "other bytes");
    how = (struct program_options){.folder = fixture.folder, .output = PROGRAM_DEV_FULL};
    EXPECT(4, &how, "-p", fixture.server->port, "get", "big", "-");
    EXPECT(4, &how, "-p", fixture.server->port, "list");
    EXPECT(4, &how, "help");
}

static void test_full_there(void)
{
    fixture.server = server_start("poll", "--quota 1000 --max-upload 5000");
    folder_write_pattern(fixture.folder, "big", 2000, 7);
    folder_write_pattern(fixture.folder, "huge", 6000, 7);
    program_has(&DO(1, "put", "big")->err, "big: ");
    program_has(&DO(1, "put", "huge")->err, "huge: ");
    unit_check(!folder_has(fixture.server->dir, "big"), "stored after all");
}

static void test_output_gone(void)
{
    struct program_options how = {.output = PROGRAM_BROKEN_PIPE};
    EXPECT(4, &how, "-p", fixture.server->port, "list");
    EXPECT(4, &how, "-p", fixture.server->port, "get", "a.txt", "-");
    EXPECT(4, &how, "-p", fixture.server->port, "chat",
           "ann"); /* ends though its input may continue */
    how.output = PROGRAM_CLOSED;
    EXPECT(4, &how, "-p", fixture.server->port, "get", "a.txt", "-");
    EXPECT(4, &how, "-p", fixture.server->port, "list");
    struct program *run = RUN(&(struct program_options){.output = PROGRAM_BROKEN_PIPE}, "-p",
                              fixture.server->port, "chat", "ann");
    program_await_error(run, "nobody reads it");
    program_finish(run, 4, NULL);
}

static const struct CMUnitTest tests[] = {
    FIXTURE(test_no_overwrite), SERVERS(test_appears),     FOLDER(test_link_appears),
    SERVERS(test_plain_rename), FIXTURE(test_close_fails), FIXTURE(test_full_here),
    FOLDER(test_full_there),    FIXTURE(test_output_gone),
};
UNIT_MAIN("the client in scripts: the local disk", tests)
