/* test_script_part.c: lab-client in scripts: downloads that break off, and files that are not theirs */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bound.h"
#include "desk.h"
#include "fleet.h"
#include "folder.h"
#include "hostile.h"
#include "run.h"
#include "snapshot.h"

enum { BIG = 200000, LIMIT = 65536 };

/* Downloads a file of BIG bytes onto a disk that is full after LIMIT bytes. */
#define BREAK_OFF(...)                                                             \
    EXPECT(4, &((struct run_how){.folder = desk.folder, .max_size = LIMIT}), "-p", \
           desk.server->port, __VA_ARGS__)

/* ---- nothing is changed before the server agrees ---- */

static void own_files(void)
{
    char path[UNIT_PATH + 16];
    unit_write_text(desk.folder, "iso.part", "my own, and not a part\n");
    unit_write_text(desk.folder, "iso", "my own\n");
    unit_write_text(desk.folder, "none.part", "my own, too\n");
    snprintf(path, sizeof path, "%s/.none.lab-part", desk.folder);
    assert_int_equal(mkdir(path, 0700), 0);
    unit_write_text(path, "data", "whatever this is\n");
    unit_write_text(path, "mark", "it is not the client's\n");
}

static void test_refused_changes_nothing(void **state)
{
    static const char *const gets[][4] = {
        {"get", "none"},       {"get", "-f", "none"},   {"get", "-c", "none"},
        {"get", "-f", "iso"},  {"get", "-fc", "iso"},   {"get", "-f", "none", "iso"},
        {"get", "none", "-f"}, {"get", "none", "gone"}, {"get", "-c", "none", "other"},
    };
    (void)state;
    desk_begin(NULL);
    own_files();
    for (size_t i = 0; i < UNIT_COUNT(gets); i++) {
        char *before = snapshot_take(desk.folder);
        char *port = desk.server->port;
        run_has(&EXPECT(1, desk_here(), "-p", port, gets[i][0], gets[i][1],
                        gets[i][2] == NULL ? "--" : gets[i][2],
                        gets[i][3] == NULL ? "--" : gets[i][3])
                     ->err,
                "the server refuses: ");
        snapshot_same(gets[i][1], desk.folder, before);
    }
    desk_end();
}

/* Nor where there is no server, one that is busy, or one that says what no server says. */
static void test_no_answer_changes_nothing(void **state)
{
    static const struct {
        int status;
        const char *says;
    } servers[] = {{1, "ERR busy the server is full\n"},
                   {3, "HELLO 1 evil\nOK \n"},
                   {3, "HELLO 1 evil\nOK 99999999999999999999\n"},
                   {1, "HELLO 1 evil\nERR io Operation not permitted\n"},
                   {3, "HELLO 1 evil\n"}};
    (void)state;
    desk_begin(NULL);
    own_files();
    folder_write_pattern(desk.server->dir, "big", BIG, 7);
    BREAK_OFF("get", "big");
    for (size_t i = 0; i < UNIT_COUNT(servers); i++) {
        const struct hostile_step script[] = {
            HOSTILE_BYTES(servers[i].says, strlen(servers[i].says)),
            HOSTILE_LINE,
            HOSTILE_CLOSE,
            HOSTILE_BYTES(servers[i].says, strlen(servers[i].says)),
            HOSTILE_LINE,
            HOSTILE_CLOSE,
            HOSTILE_END};
        struct hostile *evil = hostile_start(script);
        char *before = snapshot_take(desk.folder);
        EXPECT(servers[i].status, desk_here(), "-p", evil->port, "get", "-f", "iso");
        EXPECT(servers[i].status, desk_here(), "-p", evil->port, "get", "big");
        snapshot_same(servers[i].says, desk.folder, before);
        hostile_stop(evil);
    }
    desk_end();
}

/* ---- somebody else's files ---- */

static void test_strangers(void **state)
{
    static const char *const options[] = {"--", "-f", "-c"};
    (void)state;
    desk_begin(NULL);
    unit_write_text(desk.server->dir, "a.txt.part", "a file that is called so\n");
    for (size_t i = 0; i < UNIT_COUNT(options); i++) {
        unit_write_text(desk.folder, "a.txt.part", "fir");
        unit_write_text(desk.folder, ".a.txt.lab-part", "st\n");
        const struct run *ran = DO(0, "get", options[i], "a.txt");
        run_left(desk.folder, "a.txt", "first\n");
        run_left(desk.folder, "a.txt.part", "fir");
        run_left(desk.folder, ".a.txt.lab-part", "st\n");
        if (i == 2)
            run_has(&ran->err, "a.txt.part is not a part of this download, and stays as it is");
        unit_unlink(desk.folder, "a.txt");
    }
    unit_unlink(desk.folder, "a.txt.part");
    DO(0, "get", "a.txt", "a.txt.part", "b.txt");
    run_left(desk.folder, "a.txt", "first\n");
    run_left(desk.folder, "a.txt.part", "a file that is called so\n");
    desk_end();
}

/* What is called as a part is, but has no mark of this download. */
static void test_planted(void **state)
{
    static const char *const marks[] = {"", "lab-client, part of a download\n",
                                        "lab-client, part of a download\n6\nb.txt\na.txt",
                                        "lab-client, part of a download\n6\na.txt\nb.txt",
                                        "lab-client, part of a download\n-6\na.txt\na.txt"};
    char path[UNIT_PATH + 32];
    (void)state;
    desk_begin(NULL);
    snprintf(path, sizeof path, "%s/.a.txt.lab-part", desk.folder);
    assert_int_equal(mkdir(path, 0700), 0);
    unit_write_text(path, "data", "mine");
    for (size_t i = 0; i < UNIT_COUNT(marks); i++) {
        unit_write_text(path, "mark", marks[i]);
        char *before = snapshot_take(path);
        run_has(&DO(0, "get", "-c", "a.txt")->err,
                ".a.txt.lab-part is not a part of this download");
        DO(0, "get", "-f", "a.txt");
        run_left(desk.folder, "a.txt", "first\n");
        snapshot_same(marks[i], path, before);
        unit_unlink(desk.folder, "a.txt");
    }
    desk_end();
}

/* A link where the bytes should be: they would be written to what it leads to. */
static void test_planted_link(void **state)
{
    char path[UNIT_PATH + 32];
    (void)state;
    desk_begin(NULL);
    folder_write_pattern(desk.server->dir, "big", BIG, 7);
    BREAK_OFF("get", "big");
    folder_write_pattern(desk.folder, "mine", LIMIT, 7);
    unit_unlink(desk.folder, ".big.lab-part/data");
    snprintf(path, sizeof path, "%s/.big.lab-part/data", desk.folder);
    assert_int_equal(symlink("../mine", path), 0);
    run_has(&DO(0, "get", "-c", "big")->err, "is not a part of this download");
    unit_check(folder_holds_pattern(desk.folder, "mine", LIMIT, 7), "a link was followed");
    unit_check(folder_holds_pattern(desk.folder, "big", BIG, 7), "other bytes");
    desk_end();
}

/* ---- one part, one name ---- */

/* Two names as long as names can be: all but the last character is the same. */
static void test_long_names(void **state)
{
    char names[2][256];
    (void)state;
    desk_begin(NULL);
    for (int n = 0; n < 2; n++) {
        for (size_t i = 0; i < 85; i++)
            memcpy(names[n] + 3 * i, i < 84 ? "文" : n == 0 ? "一" : "二", 4);
        folder_write_pattern(desk.server->dir, names[n], BIG, (uint64_t)n + 1);
        BREAK_OFF("get", names[n]);
    }
    for (int n = 0; n < 2; n++) {
        run_has(&DO(0, "get", "-c", names[n])->err, "resumed at byte 65536");
        unit_check(folder_holds_pattern(desk.folder, names[n], BIG, (uint64_t)n + 1), "name %d", n);
    }
    assert_int_equal(unit_hidden(desk.folder), 0);
    desk_end();
}

/* Two files of the library that are to have one name here. */
static void test_one_local_name(void **state)
{
    (void)state;
    desk_begin(NULL);
    folder_write_pattern(desk.server->dir, "one", BIG, 1);
    folder_write_pattern(desk.server->dir, "two", BIG, 2);
    BREAK_OFF("get", "one", "-o", "x");
    run_has(&DO(0, "get", "-c", "two", "-o", "x")->err, "x: there is nothing to continue");
    unit_check(folder_holds_pattern(desk.folder, "x", BIG, 2), "a mixture of both");
    unit_unlink(desk.folder, "x");
    run_has(&DO(0, "get", "-c", "one", "-o", "x")->err, "resumed at byte 65536");
    unit_check(folder_holds_pattern(desk.folder, "x", BIG, 1), "a mixture of both");
    assert_int_equal(unit_hidden(desk.folder), 0);
    desk_end();
}

/* ---- resuming ---- */

static void test_parts(void **state)
{
    (void)state;
    desk_begin(NULL);
    folder_write_pattern(desk.server->dir, "big", BIG, 7);
    run_has(&BREAK_OFF("get", "big")->err,
            "big: 65536 bytes are kept in .big.lab-part; get -c continues");
    const struct run *ran = DO(0, "get", "-c", "big");
    run_has(&ran->err, "big: continuing at byte 65536");
    run_has(&ran->err, "resumed at byte 65536");
    unit_check(folder_holds_pattern(desk.folder, "big", BIG, 7), "other bytes");
    assert_int_equal(unit_hidden(desk.folder), 0);
    unit_unlink(desk.folder, "big");
    BREAK_OFF("get", "big");
    run_has(&DO(0, "get", "big")->err, "starting anew, without the 65536 bytes");
    unit_check(folder_holds_pattern(desk.folder, "big", BIG, 7), "other bytes");
    assert_int_equal(unit_hidden(desk.folder), 0);
    DO(0, "get", "-c", "a.txt"); /* nothing to continue */
    run_left(desk.folder, "a.txt", "first\n");
    desk_end();
}

/* All of it is here, but for its name. */
static void test_whole_part(void **state)
{
    (void)state;
    desk_begin(NULL);
    folder_write_pattern(desk.server->dir, "big", BIG, 7);
    BREAK_OFF("get", "big");
    folder_write_pattern(desk.folder, ".big.lab-part/data", BIG, 7);
    run_has(&DO(0, "get", "-c", "big")->err, "resumed at byte 200000");
    unit_check(folder_holds_pattern(desk.folder, "big", BIG, 7), "other bytes");
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
    } changes[] = {{BIG + 1, 7, 4, "has changed: it had 200000 bytes and has 200001"},
                   {BIG - 1, 8, 4, "has changed: it had 200000 bytes and has 199999"},
                   {1000, 7, 1, "more is here than the library has"},
                   {LIMIT - 1, 7, 4, "the file in the library is shorter than what is here"},
                   {BIG, 8, 4, "another one than that which was begun"}};
    (void)state;
    desk_begin(NULL);
    folder_write_pattern(desk.server->dir, "big", BIG, 7);
    BREAK_OFF("get", "big");
    for (size_t i = 0; i < UNIT_COUNT(changes); i++) {
        folder_write_pattern(desk.server->dir, "big", changes[i].size, changes[i].seed);
        char *before = snapshot_take(desk.folder);
        run_has(&DO(changes[i].status, "get", "-c", "big")->err, changes[i].says);
        snapshot_same(changes[i].says, desk.folder, before);
    }
    DO(0, "get", "big");
    unit_check(folder_holds_pattern(desk.folder, "big", BIG, 8), "other bytes");
    desk_end();
}

/* A connection that is cut twice, and what is left of the download. A reset may take with it what was
 * sent before, so the third time the test says how much is here. */
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
    unit_check(folder_holds(desk.folder, ".x.lab-part/data", bytes, 5000), "other bytes");
    EXPECT(3, desk_here(), "-p", evil->port, "get", "-c", "x");
    size_t len;
    char *kept = unit_read(desk.folder, ".x.lab-part/data", &len);
    unit_check(kept != NULL && len >= 5000, "the part is gone");
    free(kept);
    unit_write(desk.folder, ".x.lab-part/data", bytes, 7000);
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

/* ---- two at once ---- */

static bool is_begun(void *nothing)
{
    (void)nothing;
    return folder_holds(desk.folder, ".x.lab-part/data", "01234", 5);
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

/* Where there are no locks, nobody knows of the other, and each has a part of its own. */
static void test_two_at_once(void **state)
{
    static const struct lack no_locks[] = {{SYS_flock, ENOSYS}, LACK_END};
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
    folder_write_pattern(desk.server->dir, "big", BIG, 7);
    for (size_t i = 0; i < UNIT_COUNT(errors); i++) {
        const struct lack lacks[] = {{SYS_flock, errors[i]}, LACK_END};
        struct run_how how = {.folder = desk.folder, .lacks = lacks};
        const struct run *ran = EXPECT(0, &how, "-p", desk.server->port, "get", "a.txt", "b.txt");
        run_has(&ran->err, "a.txt: not locked against other clients (flock: ");
        run_left(desk.folder, "b.txt", "second\n");
        how.max_size = LIMIT;
        EXPECT(4, &how, "-p", desk.server->port, "get", "big");
        how.max_size = 0;
        run_has(&EXPECT(0, &how, "-p", desk.server->port, "get", "-c", "big")->err,
                "resumed at byte 65536");
        unit_check(folder_holds_pattern(desk.folder, "big", BIG, 7), "other bytes");
        assert_int_equal(unit_hidden(desk.folder), 0);
        unit_unlink(desk.folder, "a.txt");
        unit_unlink(desk.folder, "b.txt");
        unit_unlink(desk.folder, "big");
    }
    desk_end();
}

static const struct CMUnitTest tests[] = {
    FLEET(test_refused_changes_nothing),
    FLEET(test_no_answer_changes_nothing),
    FLEET(test_strangers),
    FLEET(test_planted),
    FLEET(test_planted_link),
    FLEET(test_long_names),
    FLEET(test_one_local_name),
    FLEET(test_parts),
    FLEET(test_whole_part),
    FLEET(test_changed_there),
    FLEET(test_cut_and_resumed),
    FLEET(test_two_at_once),
    FLEET(test_no_locks),
};

int main(int argc, char **argv)
{
    return unit_run("the client in scripts: parts of downloads", tests, argc, argv);
}
