/* test_script_put.c: lab-client in scripts: uploads of files whose size is not st_size */
#include "unit.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"
#include "folder.h"
#include "hostile.h"
#include "program.h"
#include "servers.h"

/* ---- files whose size is not their st_size ---- */

/* What can be read there is what the library gets. */
static void put_special(const char *path)
{
    char bytes[4096];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, bytes, sizeof bytes);
    if (fd >= 0)
        close(fd);
    if (n <= 0 || n == sizeof bytes)
        unit_skip("%s can't be read here", path);
    DO(0, "put", path, "special");
    unit_check(folder_holds(fixture.server->dir, "special", bytes, (size_t)n), "other bytes: %s",
               path);
}

static void test_untrue_sizes(void)
{
    put_special("/proc/version");                    /* st_size 0 */
    put_special("/sys/devices/system/cpu/possible"); /* st_size 4096 */
    program_has(&DO(4, "put", "/proc/self/mem")->err, "mem: Input/output error");
    unit_check(!folder_has(fixture.server->dir, "mem"), "an empty file is stored");
    unit_write_text(fixture.folder, "empty", "");
    DO(0, "put", "empty"); /* is truly so */
    program_left(fixture.server->dir, "empty", "");
}

enum { LARGE = 20 * 1000 * 1000 };

static void append(int fd)
{
    assert_int_equal(pwrite(fd, "more", 4, LARGE), 4);
}

static void cut(int fd)
{
    assert_int_equal(ftruncate(fd, LARGE - 1), 0);
}

static void overwrite(int fd)
{
    assert_int_equal(pwrite(fd, "other", 5, 0), 5);
}

/* It changes when GO has not come yet, or when the server has had a byte of it. */
static void changes(void (*change)(int fd), bool early, const char *says)
{
    static const struct timespec long_ago[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    int told[2] = {-1, -1}, gate[2] = {-1, -1};
    char byte;
    assert_true(pipe2(told, O_CLOEXEC) == 0 && pipe2(gate, O_CLOEXEC) == 0);
    const struct hostile_step go = HOSTILE_SEND("GO\n"), first = HOSTILE_READ(1);
    const struct hostile_step tell = HOSTILE_WRITE(told[1]), wait = HOSTILE_AWAIT(gate[0]);
    const struct hostile_step script[] = {HOSTILE_ASKED,          early ? tell : go,
                                          early ? wait : first,   early ? go : tell,
                                          early ? first : wait,   HOSTILE_READ(LARGE - 1),
                                          HOSTILE_SEND("OK 0\n"), HOSTILE_LINE,
                                          HOSTILE_CLOSE,          HOSTILE_END};
    struct hostile *server = hostile_start(script);
    int fd = open(fixture_path("file"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0 && ftruncate(fd, LARGE) == 0 && futimens(fd, long_ago) == 0);
    struct program *run = RUN(HERE, "-p", server->port, "put", "file");
    assert_int_equal(read(told[0], &byte, 1), 1);
    change(fd);
    assert_int_equal(write(gate[1], "", 1), 1);
    assert_int_equal(program_wait(run), 4);
    program_has(&run->err, says);
    unit_check(hostile_count(server) < LARGE, "all of it was sent");
    program_free(run);
    hostile_stop(server);
    close(fd);
    for (int i = 0; i < 2; i++) {
        close(told[i]);
        close(gate[i]);
    }
}

static void test_changes(void)
{
    for (int early = 0; early < 2; early++) {
        changes(append, early, "file: the local file has changed while it was sent");
        changes(cut, early, "file: the local file has become shorter while it was sent");
        changes(overwrite, early, "file: the local file has changed while it was sent");
    }
}

/* ---- who it is that refuses ---- */

static void test_who_refuses(void)
{
    static const char *const commands[] = {"put - x", "put x", "get x", "list", "chat ann"};
    unit_write_text(fixture.folder, "x", "bytes\n");
    for (size_t i = 0; i < UNIT_COUNT(commands); i++) {
        struct hostile *server = hostile_start(
            HOSTILE_SCRIPT(HOSTILE_ASKED, HOSTILE_SEND("ERR io Operation not permitted\n"),
                           HOSTILE_LINE, HOSTILE_CLOSE));
        const char *command = strcmp(commands[i], "get x") == 0 ? "get -f x" : commands[i];
        struct program_options how = {.folder = fixture.folder, .input = "bytes\n"};
        program_has(&EXPECT(1, &how, "-p", server->port, "-c", command)->err,
                    "the server refuses: Operation not permitted");
        hostile_stop(server);
    }
}

static const struct CMUnitTest tests[] = {
    FIXTURE(test_untrue_sizes),
    FOLDER(test_changes),
    FOLDER(test_who_refuses),
};
UNIT_MAIN("the client in scripts: uploads", tests)
