/* test_script_disk.c: lab-client in scripts: what is on the local disk, before, between and after */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bound.h"
#include "desk.h"
#include "fleet.h"
#include "folder.h"
#include "hostile.h"
#include "run.h"

/* ---- nothing is overwritten; nothing is half ---- */

static bool is_begun(void *nothing)
{
    (void)nothing;
    return folder_holds(desk.folder, "x.part", "01234", 5);
}

static void test_no_overwrite(void **state)
{
    char path[UNIT_PATH + 16];
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
    snprintf(path, sizeof path, "%s/c.md.part", desk.folder);
    assert_int_equal(symlink("nowhere", path), 0);
    run_has(&DO(4, "get", "c.md")->err, "c.md.part: is a link");
    unit_check(!folder_has(desk.folder, "nowhere"), "a link was followed");
    desk_end();
}

static void test_parts(void **state)
{
    (void)state;
    desk_begin(NULL);
    const struct run *ran = DO(1, "get", "none.txt");
    run_has(&ran->err, "none.txt: ");
    unit_check(!folder_has(desk.folder, "none.txt.part"), "an empty .part is left");
    unit_write_text(desk.folder, "a.txt.part", "fir");
    ran = DO(0, "get", "-c", "a.txt");
    run_has(&ran->err, "going on at byte 3");
    run_has(&ran->err, "a.txt: 3 bytes in ");
    run_has(&ran->err, "resumed at byte 3");
    run_left(desk.folder, "a.txt", "first\n");
    unit_check(!folder_has(desk.folder, "a.txt.part"), "the .part is left");
    unit_write_text(desk.folder, "b.txt.part", "longer than it is");
    ran = DO(1, "get", "-c", "b.txt");
    run_has(&ran->err, "b.txt.part is longer than the file");
    run_left(desk.folder, "b.txt.part", "longer than it is");
    run_has(&DO(0, "get", "b.txt")->err, "starting anew");
    run_left(desk.folder, "b.txt", "second\n");
    unit_write_text(desk.folder, "c.md.part", "third\n"); /* all of it, but for its name */
    DO(0, "get", "-c", "c.md");
    run_left(desk.folder, "c.md", "third\n");
    desk_end();
}

/* A file of that name comes up in the middle of the download: it stays, and so does the .part. */
static void appears(bool plain_rename)
{
    int gate[2];
    assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
    const struct hostile_step script[] = {HOSTILE_SAY("HELLO 1 slow\n"), HOSTILE_LINE,
                                          HOSTILE_SAY("OK 10\n01234"),   HOSTILE_AWAIT(gate[0]),
                                          HOSTILE_SAY("56789"),          HOSTILE_LINE,
                                          HOSTILE_SAY("OK 0\n"),         HOSTILE_END};
    struct hostile *slow = hostile_start(script);
    unit_folder(desk.folder);
    struct run_how how = {.folder = desk.folder, .plain_rename = plain_rename};
    struct run *run = RUN(&how, "-p", slow->port, "get", "x");
    unit_check(bound_await(is_begun, NULL, BOUND_GENEROUS), "nothing was written");
    unit_write_text(desk.folder, "x", "mine\n");
    assert_int_equal(write(gate[1], "", 1), 1);
    int status = run_end(run);
    run_left(desk.folder, "x", "mine\n");
    assert_int_equal(status, 4);
    run_has(&run->err, "x: File exists; all of it is in x.part");
    run_free(run);
    run_left(desk.folder, "x.part", "0123456789");
    hostile_finish(slow);
    unit_folder_remove(desk.folder);
    close(gate[0]);
    close(gate[1]);
}

static void test_appears(void **state)
{
    (void)state;
    appears(false);
    appears(true);
}

/* Where the file system has no rename that does not replace, a link does the same. */
static void test_plain_rename(void **state)
{
    (void)state;
    desk_begin(NULL);
    struct run_how how = {.folder = desk.folder, .plain_rename = true};
    EXPECT(0, &how, "-p", desk.server->port, "get", "a.txt");
    run_left(desk.folder, "a.txt", "first\n");
    unit_check(!folder_has(desk.folder, "a.txt.part"), "the .part is left");
    run_has(&EXPECT(4, &how, "-p", desk.server->port, "get", "a.txt")->err, "is there already");
    EXPECT(0, &how, "-p", desk.server->port, "get", "-f", "a.txt");
    run_left(desk.folder, "a.txt", "first\n");
    desk_end();
}

static void test_part_locked(void **state)
{
    char path[UNIT_PATH + 16];
    (void)state;
    desk_begin(NULL);
    snprintf(path, sizeof path, "%s/a.txt.part", desk.folder);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    unit_check(fd >= 0 && flock(fd, LOCK_EX) == 0, "flock");
    run_has(&DO(4, "get", "a.txt")->err, "another program is downloading to it");
    close(fd);
    DO(0, "get", "a.txt");
    desk_end();
}

/* A name as long as names can be: the .part has to be shorter. */
static void test_long_name(void **state)
{
    char name[256] = "";
    (void)state;
    desk_begin(NULL);
    for (int i = 0; i < 85; i++)
        memcpy(name + 3 * i, "文", 4);
    unit_write_text(desk.server->dir, name, "long\n");
    DO(0, "get", name);
    run_left(desk.folder, name, "long\n");
    desk_end();
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
    unit_folder(desk.folder);
    run_has(&EXPECT(3, desk_here(), "-p", evil->port, "get", "x")->err, "x.part: 5 bytes are kept");
    run_left(desk.folder, "x.part", "01234");
    EXPECT(3, desk_here(), "-p", evil->port, "get", "-c", "x");
    struct stat part;
    char path[UNIT_PATH + 8];
    snprintf(path, sizeof path, "%s/x.part", desk.folder);
    unit_check(stat(path, &part) == 0 && part.st_size >= 5, "the .part is gone");
    unit_write_text(desk.folder, "x.part", "0123456"); /* a reset may take with it what was sent */
    EXPECT(0, desk_here(), "-p", evil->port, "get", "-c", "x");
    run_left(desk.folder, "x", "0123456789");
    unit_check(strstr(hostile_heard(evil), "G x\nR 5 x\nR 7 x\n") != NULL, "%s",
               hostile_heard(evil));
    hostile_stop(evil);
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
    run_has(&ran->err, "big.part: 65536 bytes are kept");
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
    FLEET(test_no_overwrite),    FLEET(test_parts),       FLEET(test_appears),
    FLEET(test_plain_rename),    FLEET(test_part_locked), FLEET(test_long_name),
    FLEET(test_cut_and_resumed), FLEET(test_full_here),   FLEET(test_full_there),
    FLEET(test_output_gone),
};

int main(int argc, char **argv)
{
    return unit_run("the client in scripts: the local disk", tests, argc, argv);
}
