/* test_script_partial.c: lab-client in scripts: downloads, and local files that are not theirs */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"
#include "folder.h"
#include "hostile.h"
#include "program.h"
#include "servers.h"
#include "snapshot.h"

/* ---- nothing is changed before the server agrees ---- */

static void own_files(void)
{
    unit_write_text(fixture.folder, "iso.part", "my own\n");
    unit_write_text(fixture.folder, "iso", "my own\n");
    unit_write_text(fixture.folder, "none.part", "my own, too\n");
    assert_int_equal(mkdir(fixture_path(".none.lab-partial"), 0700), 0);
    unit_write_text(fixture.folder, ".none.lab-partial/data", "whatever this is\n");
    unit_write_text(fixture.folder, ".none.lab-partial/info", "it is not the client's\n");
}

static void test_refused_changes_nothing(void)
{
    static const char *const gets[][4] = {
        {"get", "none"},       {"get", "-f", "none"},   {"get", "-c", "none"},
        {"get", "-f", "iso"},  {"get", "-fc", "iso"},   {"get", "-f", "none", "iso"},
        {"get", "none", "-f"}, {"get", "none", "gone"}, {"get", "-c", "none", "other"},
    };
    own_files();
    for (size_t i = 0; i < UNIT_COUNT(gets); i++) {
        char *before = snapshot_take(fixture.folder);
        char *port = fixture.server->port;
        program_has(&EXPECT(1, HERE, "-p", port, gets[i][0], gets[i][1],
                            gets[i][2] == NULL ? "--" : gets[i][2],
                            gets[i][3] == NULL ? "--" : gets[i][3])
                         ->err,
                    "the server refuses: ");
        snapshot_same(gets[i][1], fixture.folder, before);
    }
}

/* Nor if there is no server, one that is busy, or one that breaks the protocol. */
static void test_no_answer_changes_nothing(void)
{
    static const struct {
        int status;
        const char *says;
    } servers[] = {{1, "ERR busy the server is full\n"},
                   {3, "HELLO 1 evil\nOK \n"},
                   {3, "HELLO 1 evil\nOK 99999999999999999999\n"},
                   {1, "HELLO 1 evil\nERR io Operation not permitted\n"},
                   {3, "HELLO 1 evil\n"}};
    own_files();
    folder_write_pattern(fixture.server->dir, "big", FIXTURE_BIG, 7);
    BREAK_OFF("get", "big");
    for (size_t i = 0; i < UNIT_COUNT(servers); i++) {
        size_t len = strlen(servers[i].says);
        struct hostile *evil = hostile_start(
            HOSTILE_SCRIPT(HOSTILE_BYTES(servers[i].says, len), HOSTILE_LINE, HOSTILE_CLOSE,
                           HOSTILE_BYTES(servers[i].says, len), HOSTILE_LINE, HOSTILE_CLOSE));
        char *before = snapshot_take(fixture.folder);
        EXPECT(servers[i].status, HERE, "-p", evil->port, "get", "-f", "iso");
        EXPECT(servers[i].status, HERE, "-p", evil->port, "get", "big");
        snapshot_same(servers[i].says, fixture.folder, before);
        hostile_stop(evil);
    }
}

/* ---- somebody else's files ---- */

static void test_strangers(void)
{
    static const char *const options[] = {"--", "-f", "-c"};
    unit_write_text(fixture.server->dir, "a.txt.part", "a file that is called so\n");
    for (size_t i = 0; i < UNIT_COUNT(options); i++) {
        unit_write_text(fixture.folder, "a.txt.part", "fir");
        unit_write_text(fixture.folder, ".a.txt.lab-partial", "st\n");
        const struct program *ran = DO(0, "get", options[i], "a.txt");
        program_left(fixture.folder, "a.txt", "first\n");
        program_left(fixture.folder, "a.txt.part", "fir");
        program_left(fixture.folder, ".a.txt.lab-partial", "st\n");
        if (i == 2)
            program_has(&ran->err,
                        "a.txt.part is not a partial file of this download, and stays as it is");
        unit_unlink(fixture.folder, "a.txt");
    }
    unit_unlink(fixture.folder, "a.txt.part");
    DO(0, "get", "a.txt", "a.txt.part", "b.txt");
    program_left(fixture.folder, "a.txt", "first\n");
    program_left(fixture.folder, "a.txt.part", "a file that is called so\n");
}

/* A folder of the right name, whose info does not name this download. */
static void test_planted(void)
{
    static const char *const infos[] = {"", "lab-client partial download\n",
                                        "lab-client partial download\n6\nb.txt\na.txt",
                                        "lab-client partial download\n6\na.txt\nb.txt",
                                        "lab-client partial download\n-6\na.txt\na.txt"};
    char path[UNIT_PATH + 32];
    snprintf(path, sizeof path, "%s/.a.txt.lab-partial", fixture.folder);
    assert_int_equal(mkdir(path, 0700), 0);
    unit_write_text(path, "data", "mine");
    for (size_t i = 0; i < UNIT_COUNT(infos); i++) {
        unit_write_text(path, "info", infos[i]);
        char *before = snapshot_take(path);
        program_has(&DO(0, "get", "-c", "a.txt")->err,
                    ".a.txt.lab-partial is not a partial file of this download");
        DO(0, "get", "-f", "a.txt");
        program_left(fixture.folder, "a.txt", "first\n");
        snapshot_same(infos[i], path, before);
        unit_unlink(fixture.folder, "a.txt");
    }
}

/* A link where the bytes should be: they would be written to what it leads to. */
static void test_planted_link(void)
{
    folder_write_pattern(fixture.server->dir, "big", FIXTURE_BIG, 7);
    BREAK_OFF("get", "big");
    folder_write_pattern(fixture.folder, "mine", FIXTURE_LIMIT, 7);
    unit_unlink(fixture.folder, ".big.lab-partial/data");
    assert_int_equal(symlink("../mine", fixture_path(".big.lab-partial/data")), 0);
    const struct program *ran = DO(0, "get", "-c", "big");
    unit_check(folder_holds_pattern(fixture.folder, "mine", FIXTURE_LIMIT, 7),
               "a link was followed");
    program_has(&ran->err, "is not a partial file of this download");
    unit_check(folder_holds_pattern(fixture.folder, "big", FIXTURE_BIG, 7), "other bytes");
}

/* ---- a partial file belongs to one name ---- */

/* Two names as long as names can be: all but the last character is the same. */
static void test_long_names(void)
{
    char names[2][256];
    for (int n = 0; n < 2; n++) {
        for (size_t i = 0; i < 85; i++)
            memcpy(names[n] + 3 * i, i < 84 ? "文" : n == 0 ? "一" : "二", 4);
        folder_write_pattern(fixture.server->dir, names[n], FIXTURE_BIG, (uint64_t)n + 1);
        BREAK_OFF("get", names[n]);
    }
    for (int n = 0; n < 2; n++) {
        program_has(&DO(0, "get", "-c", names[n])->err, "resumed at byte 65536");
        unit_check(folder_holds_pattern(fixture.folder, names[n], FIXTURE_BIG, (uint64_t)n + 1),
                   "name %d", n);
    }
    assert_int_equal(unit_hidden(fixture.folder), 0);
}

/* Two files of the library that are to have one name here. */
static void test_one_local_name(void)
{
    folder_write_pattern(fixture.server->dir, "one", FIXTURE_BIG, 1);
    folder_write_pattern(fixture.server->dir, "two", FIXTURE_BIG, 2);
    BREAK_OFF("get", "one", "-o", "x");
    program_has(&DO(0, "get", "-c", "two", "-o", "x")->err, "x: there is nothing to continue");
    unit_check(folder_holds_pattern(fixture.folder, "x", FIXTURE_BIG, 2), "a mixture of both");
    unit_unlink(fixture.folder, "x");
    program_has(&DO(0, "get", "-c", "one", "-o", "x")->err, "resumed at byte 65536");
    unit_check(folder_holds_pattern(fixture.folder, "x", FIXTURE_BIG, 1), "a mixture of both");
    assert_int_equal(unit_hidden(fixture.folder), 0);
}

static const struct CMUnitTest tests[] = {
    FIXTURE(test_refused_changes_nothing),
    FIXTURE(test_no_answer_changes_nothing),
    FIXTURE(test_strangers),
    FIXTURE(test_planted),
    FIXTURE(test_planted_link),
    FIXTURE(test_long_names),
    FIXTURE(test_one_local_name),
};
UNIT_MAIN("the client in scripts: partial files", tests)
