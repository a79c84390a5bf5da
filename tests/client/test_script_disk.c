/* test_script_disk.c: lab-client in scripts: what is on the local disk, before, between and after
 * */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bound.h"
#include "fixture.h"
#include "servers.h"
#include "folder.h"
#include "hostile.h"
#include "program.h"

/* ---- nothing is overwritten; nothing is half ---- */

static bool is_begun(void *nothing)
{
    (void)nothing;
    return folder_holds(desk.folder, ".x.lab-partial/data", "01234", 5);
}

static void test_no_overwrite(void **state)
{
    char path[UNIT_PATH + 32];
    (void)state;
    desk_begin(NULL);
    unit_write_text(desk.folder, "a.txt", "mine\n");
    run_has(&DO(4, "get", "a.txt")->err, "a.txt: is there already; get -f replaces it");
    DO(4, "get", "-c", "a.txt");
    run_left(desk.folder, "a.txt", "mine\n");
    /* the others are got */
    DO(4, "get", "?.txt");
    run_left(desk.folder, "b.txt", "second\n");
    DO(0, "get", "-f", "a.txt");
    run_left(desk.folder, "a.txt", "first\n");
    /* a link is there, too, wherever it leads */
    snprintf(path, sizeof path, "%s/c.md", desk.folder);
    assert_int_equal(symlink("nowhere", path), 0);
    DO(4, "get", "c.md");
    unit_check(!folder_has(desk.folder, "nowhere"), "a link was followed");
    unit_unlink(desk.folder, "c.md");
    snprintf(path, sizeof path, "%s/.c.md.lab-partial", desk.folder);
    assert_int_equal(symlink("nowhere", path), 0);
    DO(0, "get", "c.md");
    unit_check(!folder_has(desk.folder, "nowhere"), "a link was followed");
    unit_check(folder_has(desk.folder, ".c.md.lab-partial"), "a link was removed");
    desk_end();
}

/* A file of that name comes up in the middle of the download: it stays, and so does what was got.
 * */
static void appears(const struct lack *lacks)
{
    int gate[2];
    assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
    const struct hostile_step script[] = {HOSTILE_SAY("HELLO 1 slow\n"), HOSTILE_LINE,
                                          HOSTILE_SAY("OK 10\n01234"),   HOSTILE_AWAIT(gate[0]),
                                          HOSTILE_SAY("56789"),          HOSTILE_LINE,
                                          HOSTILE_SAY("OK 0\n"),         HOSTILE_END};
    struct hostile *slow = hostile_start(script);
    unit_folder(desk.folder);
    struct run_how how = {.folder = desk.folder, .lacks = lacks};
    struct run *run = RUN(&how, "-p", slow->port, "get", "x");
    unit_check(bound_await(is_begun, NULL, BOUND_GENEROUS), "nothing was written");
    unit_write_text(desk.folder, "x", "mine\n");
    assert_int_equal(write(gate[1], "", 1), 1);
    int status = run_end(run);
    run_left(desk.folder, "x", "mine\n");
    assert_int_equal(status, 4);
    run_has(&run->err, "x: File exists; all of it is in .x.lab-partial/data");
    run_free(run);
    run_left(desk.folder, ".x.lab-partial/data", "0123456789");
    hostile_finish(slow);
    unit_folder_remove(desk.folder);
    close(gate[0]);
    close(gate[1]);
}

/* -f replaces a file, but not what has come up in its place meanwhile. */
static void test_link_appears(void **state)
{
    int gate[2];
    char path[UNIT_PATH + 8];
    (void)state;
    assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
    const struct hostile_step script[] = {HOSTILE_SAY("HELLO 1 slow\n"), HOSTILE_LINE,
                                          HOSTILE_SAY("OK 10\n01234"),   HOSTILE_AWAIT(gate[0]),
                                          HOSTILE_SAY("56789"),          HOSTILE_END};
    struct hostile *slow = hostile_start(script);
    unit_folder(desk.folder);
    unit_write_text(desk.folder, "mine", "mine\n");
    struct run *run = RUN(desk_here(), "-p", slow->port, "get", "-f", "x");
    unit_check(bound_await(is_begun, NULL, BOUND_GENEROUS), "nothing was written");
    snprintf(path, sizeof path, "%s/x", desk.folder);
    assert_int_equal(symlink("mine", path), 0);
    assert_int_equal(write(gate[1], "", 1), 1);
    assert_int_equal(run_end(run), 4);
    run_has(&run->err, "x: File exists; all of it is in .x.lab-partial/data");
    run_free(run);
    run_left(desk.folder, "mine", "mine\n");
    struct stat there;
    unit_check(lstat(path, &there) == 0 && S_ISLNK(there.st_mode), "the link was replaced");
    hostile_stop(slow);
    desk_end();
    close(gate[0]);
    close(gate[1]);
}

/* Where the file system has no rename that does not replace, a link does the same; where it has no
 * links either, a rename over an empty file. */
static const struct lack no_flag[] = {{SYS_renameat2, EINVAL, 0}, {.error = 0}};
static const struct lack no_link[] = {
    {SYS_renameat2, EPERM, 0}, {SYS_linkat, EPERM, 0}, {.error = 0}};

static void test_appears(void **state)
{
    (void)state;
    appears(NULL);
    appears(no_flag);
    appears(no_link);
}

static void test_plain_rename(void **state)
{
    static const struct lack *const lacks[] = {no_flag, no_link};
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(lacks); i++) {
        desk_begin(NULL);
        struct run_how how = {.folder = desk.folder, .lacks = lacks[i]};
        EXPECT(0, &how, "-p", desk.server->port, "get", "a.txt");
        run_left(desk.folder, "a.txt", "first\n");
        assert_int_equal(unit_hidden(desk.folder), 0);
        run_has(&EXPECT(4, &how, "-p", desk.server->port, "get", "a.txt")->err, "is there already");
        EXPECT(0, &how, "-p", desk.server->port, "get", "-f", "a.txt");
        run_left(desk.folder, "a.txt", "first\n");
        assert_int_equal(unit_hidden(desk.folder), 0);
        fleet_stop(desk.server);
        desk_end();
    }
}

/* NFS reports only at close(2) that bytes could not be written: then the old file must be there.
 * Below 5 are the three, and what the loader of libraries closes. */
static void test_close_fails(void **state)
{
    static const struct lack lacks[] = {{SYS_close, EIO, 5}, {.error = 0}};
    (void)state;
    desk_begin(NULL);
    unit_write_text(desk.folder, "a.txt", "mine\n");
    struct run_how how = {.folder = desk.folder, .lacks = lacks};
    const struct run *ran = EXPECT(4, &how, "-p", desk.server->port, "get", "-f", "a.txt");
    run_left(desk.folder, "a.txt", "mine\n");
    run_has(&ran->err, "a.txt: cannot write the local file: close: Input/output error");
    assert_int_equal(unit_hidden(desk.folder), 0);
    desk_end();
}

/* ---- disks that are full ---- */

static void test_full_here(void **state)
{
    (void)state;
    desk_begin(NULL);
    folder_write_pattern(desk.server->dir, "big", 200000, 7);
    struct run_how how = {.folder = desk.folder, .max_size = 65536};
    const struct run *ran = EXPECT(4, &how, "-p", desk.server->port, "get", "big");
    run_has(&ran->err, "big: ");
    run_has(&ran->err, "big: 65536 bytes are kept in .big.lab-partial");
    run_has(&DO(0, "get", "-c", "big")->err, "resumed at byte 65536");
    unit_check(folder_holds_pattern(desk.folder, "big", 200000, 7), "other bytes");
    how = (struct run_how){.folder = desk.folder, .output = RUN_FULL};
    EXPECT(4, &how, "-p", desk.server->port, "get", "big", "-");
    EXPECT(4, &how, "-p", desk.server->port, "list");
    EXPECT(4, &how, "help");
    desk_end();
}

static void test_full_there(void **state)
{
    (void)state;
    desk_begin("--quota 1000 --max-upload 5000");
    folder_write_pattern(desk.folder, "big", 2000, 7);
    folder_write_pattern(desk.folder, "huge", 6000, 7);
    run_has(&DO(1, "put", "big")->err, "big: ");
    run_has(&DO(1, "put", "huge")->err, "huge: ");
    unit_check(!folder_has(desk.server->dir, "big"), "stored after all");
    desk_end();
}

static void test_output_gone(void **state)
{
    (void)state;
    desk_begin(NULL);
    struct run_how how = {.output = RUN_BROKEN};
    EXPECT(4, &how, "-p", desk.server->port, "list");
    EXPECT(4, &how, "-p", desk.server->port, "get", "a.txt", "-");
    EXPECT(4, &how, "-p", desk.server->port, "chat", "ann"); /* ends though its input may go on */
    how.output = RUN_CLOSED;
    EXPECT(4, &how, "-p", desk.server->port, "get", "a.txt", "-");
    EXPECT(4, &how, "-p", desk.server->port, "list");
    struct run *run =
        RUN(&(struct run_how){.output = RUN_BROKEN}, "-p", desk.server->port, "chat", "ann");
    run_await_error(run, "nobody reads it");
    assert_int_equal(run_end(run), 4);
    run_free(run);
    desk_end();
}

static const struct CMUnitTest tests[] = {
    FLEET(test_no_overwrite), FLEET(test_appears),     FLEET(test_link_appears),
    FLEET(test_plain_rename), FLEET(test_close_fails), FLEET(test_full_here),
    FLEET(test_full_there),   FLEET(test_output_gone),
};

int main(int argc, char **argv)
{
    return unit_run("the client in scripts: the local disk", tests, argc, argv);
}
