/* test_script_resume.c: lab-client in scripts: downloads that break off, are continued, and meet
 * others */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bound.h"
#include "fixture.h"
#include "servers.h"
#include "folder.h"
#include "hostile.h"
#include "program.h"
#include "snapshot.h"

/* ---- resuming ---- */

static void test_parts(void **state)
{
    (void)state;
    desk_begin(NULL);
    folder_write_pattern(desk.server->dir, "big", DESK_BIG, 7);
    run_has(&BREAK_OFF("get", "big")->err,
            "big: 65536 bytes are kept in .big.lab-partial; get -c continues");
    const struct run *ran = DO(0, "get", "-c", "big");
    run_has(&ran->err, "big: continuing at byte 65536");
    run_has(&ran->err, "resumed at byte 65536");
    unit_check(folder_holds_pattern(desk.folder, "big", DESK_BIG, 7), "other bytes");
    assert_int_equal(unit_hidden(desk.folder), 0);
    unit_unlink(desk.folder, "big");
    BREAK_OFF("get", "big");
    run_has(&DO(0, "get", "big")->err, "starting anew, without the 65536 bytes");
    unit_check(folder_holds_pattern(desk.folder, "big", DESK_BIG, 7), "other bytes");
    assert_int_equal(unit_hidden(desk.folder), 0);
    DO(0, "get", "-c", "a.txt"); /* nothing to continue */
    run_left(desk.folder, "a.txt", "first\n");
    BREAK_OFF("get", "-f", "big"); /* what was here stays until all has come */
    unit_check(folder_holds_pattern(desk.folder, "big", DESK_BIG, 7), "it is gone");
    desk_end();
}

/* No room even for the info: nothing is left. */
static void test_no_room(void **state)
{
    (void)state;
    desk_begin(NULL);
    char *port = desk.server->port;
    struct run_how how = {.folder = desk.folder, .max_size = 10};
    run_has(&EXPECT(4, &how, "-p", port, "get", "a.txt", "b.txt")->err, "b.txt: File too large");
    assert_int_equal(unit_hidden(desk.folder), 0);
    run_has(&DO(4, "get", "a.txt", "-o", "/proc/nothing")->err, "/proc/nothing: ");
    run_has(&DO(4, "get", "a.txt", "-o", "none/a.txt")->err, "none/a.txt: No such file");
    desk_end();
}

/* All of it is here, but for its name. */
static void test_whole_part(void **state)
{
    (void)state;
    desk_begin(NULL);
    folder_write_pattern(desk.server->dir, "big", DESK_BIG, 7);
    BREAK_OFF("get", "big");
    folder_write_pattern(desk.folder, ".big.lab-partial/data", DESK_BIG, 7);
    run_has(&DO(0, "get", "-c", "big")->err, "resumed at byte 200000");
    unit_check(folder_holds_pattern(desk.folder, "big", DESK_BIG, 7), "other bytes");
    desk_end();
}

/* The file in the library is another one now: longer, shorter, or just other. */
static void test_changed_there(void **state)
{
    static const struct {
        size_t size;
        uint64_t seed;
        int status;
        const char *says;
    } changes[] = {{DESK_BIG, 8, 4, "another one than that which was begun"},
                   {DESK_BIG + 1, 7, 4, "has changed: it had 200000 bytes and has 200001"},
                   {DESK_BIG - 1, 8, 4, "has changed: it had 200000 bytes and has 199999"},
                   {DESK_LIMIT - 1, 7, 4, "the file in the library is shorter than what is here"},
                   {1000, 7, 1, "more is here than the library has"}};
    (void)state;
    desk_begin(NULL);
    folder_write_pattern(desk.server->dir, "big", DESK_BIG, 7);
    BREAK_OFF("get", "big");
    for (size_t i = 0; i < UNIT_COUNT(changes); i++) {
        folder_write_pattern(desk.server->dir, "big", changes[i].size, changes[i].seed);
        char *before = snapshot_take(desk.folder);
        run_has(&DO(changes[i].status, "get", "-c", "big")->err, changes[i].says);
        snapshot_same(changes[i].says, desk.folder, before);
    }
    DO(0, "get", "big");
    unit_check(folder_holds_pattern(desk.folder, "big", 1000, 7), "other bytes");
    desk_end();
}

/* A connection that is cut twice, and what is left of the download. A reset may take with it what
 * was sent before, so the third time the test says how much is here. */
static void cut_and_resumed(const char *bytes)
{
    const struct hostile_step script[] = {HOSTILE_SAY("HELLO 1 evil\n"),
                                          HOSTILE_LINE,
                                          HOSTILE_SAY("OK 10000\n"),
                                          HOSTILE_BYTES(bytes, 5000),
                                          HOSTILE_CLOSE,
                                          HOSTILE_SAY("HELLO 1 evil\n"),
                                          HOSTILE_LINE,
                                          HOSTILE_SAY("OK 9096\n"),
                                          HOSTILE_BYTES(bytes + 904, 4200),
                                          HOSTILE_RESET,
                                          HOSTILE_SAY("HELLO 1 evil\n"),
                                          HOSTILE_LINE,
                                          HOSTILE_SAY("OK 7096\n"),
                                          HOSTILE_BYTES(bytes + 2904, 7096),
                                          HOSTILE_LINE,
                                          HOSTILE_SAY("OK 0\n"),
                                          HOSTILE_CLOSE,
                                          HOSTILE_END};
    struct hostile *evil = hostile_start(script);
    run_has(&EXPECT(3, desk_here(), "-p", evil->port, "get", "x")->err, "x: 5000 bytes are kept");
    unit_check(folder_holds(desk.folder, ".x.lab-partial/data", bytes, 5000), "other bytes");
    EXPECT(3, desk_here(), "-p", evil->port, "get", "-c", "x");
    size_t len;
    char *kept = unit_read(desk.folder, ".x.lab-partial/data", &len);
    unit_check(kept != NULL && len >= 5000, "the partial file is gone");
    free(kept);
    unit_write(desk.folder, ".x.lab-partial/data", bytes, 7000);
    EXPECT(0, desk_here(), "-p", evil->port, "get", "-c", "x");
    unit_check(folder_holds(desk.folder, "x", bytes, 10000), "other bytes");
    unit_check(strstr(hostile_heard(evil), "G x\nR 904 x\nR 2904 x\n") != NULL, "%s",
               hostile_heard(evil));
    hostile_stop(evil);
}

static void test_cut_and_resumed(void **state)
{
    unsigned char *bytes = pattern_new(10000, 3);
    (void)state;
    unit_folder(desk.folder);
    cut_and_resumed((const char *)bytes);
    free(bytes);
    desk_end();
}

static bool has_all(void *nothing)
{
    (void)nothing;
    return folder_holds_pattern(desk.folder, ".x.lab-partial/data", 5000, 3);
}

/* Killed in the middle: the data and the info are there, and no lock. */
static void test_killed(void **state)
{
    unsigned char *bytes = pattern_new(10000, 3);
    const struct hostile_step script[] = {HOSTILE_SAY("HELLO 1 evil\n"), HOSTILE_LINE,
                                          HOSTILE_SAY("OK 10000\n"),
                                          HOSTILE_BYTES((const char *)bytes, 5000), HOSTILE_END};
    struct hostile *evil = hostile_start(script);
    (void)state;
    desk_begin(NULL);
    folder_write_pattern(desk.server->dir, "x", 10000, 3);
    struct run *run = RUN(desk_here(), "-p", evil->port, "get", "x");
    unit_check(bound_await(has_all, NULL, BOUND_GENEROUS), "nothing was written");
    (void)kill(run->pid, SIGKILL);
    assert_int_equal(run_end(run), 128 + SIGKILL);
    run_free(run);
    run_has(&DO(0, "get", "-c", "x")->err, "resumed at byte 5000");
    unit_check(folder_holds(desk.folder, "x", bytes, 10000), "other bytes");
    assert_int_equal(unit_hidden(desk.folder), 0);
    hostile_stop(evil);
    free(bytes);
    desk_end();
}

/* ---- two at once ---- */

static bool is_begun(void *nothing)
{
    (void)nothing;
    return folder_holds(desk.folder, ".x.lab-partial/data", "01234", 5);
}

static void two_at_once(const struct lack *lacks)
{
    int gate[2];
    assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
    const struct hostile_step script[] = {HOSTILE_SAY("HELLO 1 slow\n"), HOSTILE_LINE,
                                          HOSTILE_SAY("OK 10\n01234"),   HOSTILE_AWAIT(gate[0]),
                                          HOSTILE_SAY("56789"),          HOSTILE_LINE,
                                          HOSTILE_SAY("OK 0\n"),         HOSTILE_END};
    struct hostile *slow = hostile_start(script);
    struct run_how how = {.folder = desk.folder, .lacks = lacks};
    struct run *first = RUN(&how, "-p", slow->port, "get", "x");
    unit_check(bound_await(is_begun, NULL, BOUND_GENEROUS), "nothing was written");
    unit_write_text(desk.server->dir, "x", "0123456789");
    if (lacks == NULL) {
        run_has(&DO(4, "get", "x")->err, "x: another program is downloading it");
        run_has(&DO(4, "get", "-fc", "x")->err, "x: another program is downloading it");
    } else {
        EXPECT(0, &how, "-p", desk.server->port, "get", "x");
        run_left(desk.folder, "x", "0123456789");
    }
    unit_check(is_begun(NULL), "the first one's bytes are gone");
    assert_int_equal(write(gate[1], "", 1), 1);
    assert_int_equal(run_end(first), lacks == NULL ? 0 : 4);
    run_left(desk.folder, "x", "0123456789");
    run_free(first);
    hostile_finish(slow);
    close(gate[0]);
    close(gate[1]);
}

/* Where there are no locks, neither knows of the other, and each has a partial file of its own. */
static void test_two_at_once(void **state)
{
    static const struct lack no_locks[] = {{SYS_flock, ENOSYS, 0}, {.error = 0}};
    (void)state;
    desk_begin(NULL);
    two_at_once(NULL);
    unit_unlink(desk.folder, "x");
    two_at_once(no_locks);
    desk_end();
}

/* ---- the first of several calls is not there ---- */

static void test_no_locks(void **state)
{
    static const int errors[] = {ENOSYS, EOPNOTSUPP, ENOLCK, EINVAL};
    (void)state;
    desk_begin(NULL);
    folder_write_pattern(desk.server->dir, "big", DESK_BIG, 7);
    for (size_t i = 0; i < UNIT_COUNT(errors); i++) {
        const struct lack lacks[] = {{SYS_flock, errors[i], 0}, {.error = 0}};
        struct run_how how = {.folder = desk.folder, .lacks = lacks};
        const struct run *ran = EXPECT(0, &how, "-p", desk.server->port, "get", "a.txt", "b.txt");
        run_has(&ran->err, "a.txt: not locked against other clients (flock: ");
        run_left(desk.folder, "b.txt", "second\n");
        how.max_size = DESK_LIMIT;
        EXPECT(4, &how, "-p", desk.server->port, "get", "big");
        how.max_size = 0;
        run_has(&EXPECT(0, &how, "-p", desk.server->port, "get", "-c", "big")->err,
                "resumed at byte 65536");
        unit_check(folder_holds_pattern(desk.folder, "big", DESK_BIG, 7), "other bytes");
        assert_int_equal(unit_hidden(desk.folder), 0);
        unit_unlink(desk.folder, "a.txt");
        unit_unlink(desk.folder, "b.txt");
        unit_unlink(desk.folder, "big");
    }
    desk_end();
}

static const struct CMUnitTest tests[] = {
    FLEET(test_parts),         FLEET(test_no_room),         FLEET(test_whole_part),
    FLEET(test_changed_there), FLEET(test_cut_and_resumed), FLEET(test_killed),
    FLEET(test_two_at_once),   FLEET(test_no_locks),
};

int main(int argc, char **argv)
{
    return unit_run("the client in scripts: downloads that break off", tests, argc, argv);
}
