/* test_script_resume.c: lab-client in scripts: downloads that break off, are continued, and meet
 * others */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "fixture.h"
#include "folder.h"
#include "hostile.h"
#include "program.h"
#include "servers.h"
#include "snapshot.h"

/* ---- resuming ---- */

static void test_parts(void)
{
    folder_write_pattern(fixture.server->dir, "big", FIXTURE_BIG, 7);
    program_has(&BREAK_OFF("get", "big")->err,
                "big: 65536 bytes are kept in .big.lab-partial; get -c continues");
    const struct program *ran = DO(0, "get", "-c", "big");
    program_has(&ran->err, "big: continuing at byte 65536");
    program_has(&ran->err, "resumed at byte 65536");
    unit_check(folder_holds_pattern(fixture.folder, "big", FIXTURE_BIG, 7), "other bytes");
    assert_int_equal(unit_hidden(fixture.folder), 0);
    unit_unlink(fixture.folder, "big");
    BREAK_OFF("get", "big");
    program_has(&DO(0, "get", "big")->err, "starting anew, without the 65536 bytes");
    unit_check(folder_holds_pattern(fixture.folder, "big", FIXTURE_BIG, 7), "other bytes");
    assert_int_equal(unit_hidden(fixture.folder), 0);
    DO(0, "get", "-c", "a.txt"); /* nothing to continue */
    program_left(fixture.folder, "a.txt", "first\n");
    BREAK_OFF("get", "-f", "big"); /* what was here stays until all has come */
    unit_check(folder_holds_pattern(fixture.folder, "big", FIXTURE_BIG, 7), "it is gone");
}

/* No room even for the info: nothing is left. */
static void test_no_room(void)
{
    char *port = fixture.server->port;
    struct program_options how = {.folder = fixture.folder, .max_size = 10};
    program_has(&EXPECT(4, &how, "-p", port, "get", "a.txt", "b.txt")->err,
                "b.txt: File too large");
    assert_int_equal(unit_hidden(fixture.folder), 0);
    program_has(&DO(4, "get", "a.txt", "-o", "/proc/nothing")->err, "/proc/nothing: ");
    program_has(&DO(4, "get", "a.txt", "-o", "none/a.txt")->err, "none/a.txt: No such file");
}

/* All of it is here, but for its name. */
static void test_whole_part(void)
{
    folder_write_pattern(fixture.server->dir, "big", FIXTURE_BIG, 7);
    BREAK_OFF("get", "big");
    folder_write_pattern(fixture.folder, ".big.lab-partial/data", FIXTURE_BIG, 7);
    program_has(&DO(0, "get", "-c", "big")->err, "resumed at byte 200000");
    unit_check(folder_holds_pattern(fixture.folder, "big", FIXTURE_BIG, 7), "other bytes");
}

/* The file in the library is another one now: longer, shorter, or just other. */
static void test_changed_there(void)
{
    static const struct {
        size_t size;
        uint64_t seed;
        int status;
        const char *says;
    } changes[] = {
        {FIXTURE_BIG, 8, 4, "another one than that which was begun"},
        {FIXTURE_BIG + 1, 7, 4, "has changed: it had 200000 bytes and has 200001"},
        {FIXTURE_BIG - 1, 8, 4, "has changed: it had 200000 bytes and has 199999"},
        {FIXTURE_LIMIT - 1, 7, 4, "the file in the library is shorter than what is here"},
        {1000, 7, 1, "more is here than the library has"}};
    folder_write_pattern(fixture.server->dir, "big", FIXTURE_BIG, 7);
    BREAK_OFF("get", "big");
    for (size_t i = 0; i < UNIT_COUNT(changes); i++) {
        folder_write_pattern(fixture.server->dir, "big", changes[i].size, changes[i].seed);
        char *before = snapshot_take(fixture.folder);
        program_has(&DO(changes[i].status, "get", "-c", "big")->err, changes[i].says);
        snapshot_same(changes[i].says, fixture.folder, before);
    }
    DO(0, "get", "big");
    unit_check(folder_holds_pattern(fixture.folder, "big", 1000, 7), "other bytes");
}

/* A connection that is cut twice, and what is left of the download. A reset may take with it what
 * was sent before, so the third time the test gives the length. */
static void cut_and_resumed(const char *bytes)
{
    struct hostile *evil = hostile_start(HOSTILE_SCRIPT(
        HOSTILE_ASKED, HOSTILE_SEND("OK 10000\n"), HOSTILE_BYTES(bytes, 5000), HOSTILE_CLOSE,
        HOSTILE_ASKED, HOSTILE_SEND("OK 9096\n"), HOSTILE_BYTES(bytes + 904, 4200), HOSTILE_RESET,
        HOSTILE_ASKED, HOSTILE_SEND("OK 7096\n"), HOSTILE_BYTES(bytes + 2904, 7096), HOSTILE_BYE));
    program_has(&EXPECT(3, HERE, "-p", evil->port, "get", "x")->err, "x: 5000 bytes are kept");
    unit_check(folder_holds(fixture.folder, ".x.lab-partial/data", bytes, 5000), "other bytes");
    EXPECT(3, HERE, "-p", evil->port, "get", "-c", "x");
    size_t len;
    char *kept = unit_read(fixture.folder, ".x.lab-partial/data", &len);
    unit_check(kept != NULL && len >= 5000, "the partial file is gone");
    free(kept);
    unit_write(fixture.folder, ".x.lab-partial/data", bytes, 7000);
    EXPECT(0, HERE, "-p", evil->port, "get", "-c", "x");
    unit_check(folder_holds(fixture.folder, "x", bytes, 10000), "other bytes");
    unit_check(strstr(hostile_received(evil), "G x\nR 904 x\nR 2904 x\n") != NULL, "%s",
               hostile_received(evil));
}

static void test_cut_and_resumed(void)
{
    unsigned char *bytes = pattern_new(10000, 3);
    cut_and_resumed((const char *)bytes);
    free(bytes);
}

/* Killed in the middle: the data and the info are there, and no lock. */
static void test_killed(void)
{
    char *bytes = (char *)pattern_new(10000, 3);
    struct hostile *evil = hostile_start(
        HOSTILE_SCRIPT(HOSTILE_ASKED, HOSTILE_SEND("OK 10000\n"), HOSTILE_BYTES(bytes, 5000)));
    folder_write_pattern(fixture.server->dir, "x", 10000, 3);
    struct program *run = RUN(HERE, "-p", evil->port, "get", "x");
    fixture_await_part("x", bytes, 5000);
    (void)kill(run->pid, SIGKILL);
    program_finish(run, 128 + SIGKILL, NULL);
    program_has(&DO(0, "get", "-c", "x")->err, "resumed at byte 5000");
    unit_check(folder_holds(fixture.folder, "x", bytes, 10000), "other bytes");
    assert_int_equal(unit_hidden(fixture.folder), 0);
    free(bytes);
}

/* ---- two at once ---- */

static void two_at_once(const struct lack *lacks)
{
    struct program_options how = {.folder = fixture.folder, .lacks = lacks};
    struct slow first = fixture_slow_begin(&how, "--");
    unit_write_text(fixture.server->dir, "x", "0123456789");
    if (lacks == NULL) {
        program_has(&DO(4, "get", "x")->err, "x: another program is downloading it");
        program_has(&DO(4, "get", "-fc", "x")->err, "x: another program is downloading it");
    } else {
        EXPECT(0, &how, "-p", fixture.server->port, "get", "x");
        program_left(fixture.folder, "x", "0123456789");
    }
    program_left(fixture.folder, ".x.lab-partial/data", "01234"); /* the first one's */
    fixture_slow_end(&first, lacks == NULL ? 0 : 4, NULL);
    program_left(fixture.folder, "x", "0123456789");
}

/* If there are no locks, neither knows of the other, and each has a partial file of its own. */
static void test_two_at_once(void)
{
    static const struct lack no_locks[] = {{SYS_flock, ENOSYS, 0}, {.error = 0}};
    two_at_once(NULL);
    unit_unlink(fixture.folder, "x");
    two_at_once(no_locks);
}

/* ---- the first of several calls is not there ---- */

static void test_no_locks(void)
{
    static const int errors[] = {ENOSYS, EOPNOTSUPP, ENOLCK, EINVAL};
    folder_write_pattern(fixture.server->dir, "big", FIXTURE_BIG, 7);
    for (size_t i = 0; i < UNIT_COUNT(errors); i++) {
        const struct lack lacks[] = {{SYS_flock, errors[i], 0}, {.error = 0}};
        struct program_options how = {.folder = fixture.folder, .lacks = lacks};
        const struct program *ran =
            EXPECT(0, &how, "-p", fixture.server->port, "get", "a.txt", "b.txt");
        program_has(&ran->err, "a.txt: not locked against other clients (flock: ");
        program_left(fixture.folder, "b.txt", "second\n");
        how.max_size = FIXTURE_LIMIT;
        EXPECT(4, &how, "-p", fixture.server->port, "get", "big");
        how.max_size = 0;
        program_has(&EXPECT(0, &how, "-p", fixture.server->port, "get", "-c", "big")->err,
                    "resumed at byte 65536");
        unit_check(folder_holds_pattern(fixture.folder, "big", FIXTURE_BIG, 7), "other bytes");
        assert_int_equal(unit_hidden(fixture.folder), 0);
        unit_unlink(fixture.folder, "a.txt");
        unit_unlink(fixture.folder, "b.txt");
        unit_unlink(fixture.folder, "big");
    }
}

static const struct CMUnitTest tests[] = {
    FIXTURE(test_parts),         FIXTURE(test_no_room),        FIXTURE(test_whole_part),
    FIXTURE(test_changed_there), FOLDER(test_cut_and_resumed), FIXTURE(test_killed),
    FIXTURE(test_two_at_once),   FIXTURE(test_no_locks),
};
UNIT_MAIN("the client in scripts: downloads that break off", tests)
