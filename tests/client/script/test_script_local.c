/* test_script_local.c: lab-client in scripts: links, devices and FIFOs; what the system lacks */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "fixture.h"
#include "folder.h"
#include "hostile.h"
#include "program.h"
#include "servers.h"
#include "snapshot.h"

/* ---- links and special files ---- */

static void test_links(void)
{
    static const char *const links[][3] = {
        {"so", "/proc/self/fd/1", "is a link to an open file; - is standard output"},
        {"to-file", "mine", "is a link, which is neither followed nor replaced"},
        {"to-nowhere", "nowhere", "is a link, which is neither followed nor replaced"},
        {"loop", "loop", "is a link, which is neither followed nor replaced"},
    };
    unit_write_text(fixture.folder, "mine", "my own\n");
    for (size_t i = 0; i < UNIT_COUNT(links); i++) {
        unit_write_text(fixture.server->dir, links[i][0], "theirs\n");
        assert_int_equal(symlink(links[i][1], fixture_path(links[i][0])), 0);
    }
    /* its standard output is a file: through a link to that it would be replaced or overwritten */
    struct program_options how = {.folder = fixture.folder, .output = PROGRAM_FILE};
    const char *port = fixture.server->port;
    EXPECT(0, &how, "-p", port, "list", "a.txt");
    char *before = snapshot_take(fixture.folder);
    for (size_t i = 0; i < UNIT_COUNT(links); i++) {
        program_has(&EXPECT(4, &how, "-p", port, "get", "a.txt", "-o", links[i][0])->err,
                    links[i][2]);
        program_has(&EXPECT(4, &how, "-p", port, "get", "-f", "a.txt", "-o", links[i][0])->err,
                    links[i][2]);
        program_has(&EXPECT(4, &how, "-p", port, "get", "-fc", links[i][0])->err, links[i][2]);
    }
    snapshot_same("links", fixture.folder, before);
}

/* What takes bytes as they come is written to, also through a link, which stays. */
static void test_streams(void)
{
    assert_int_equal(symlink("/dev/null", fixture_path("void")), 0);
    assert_int_equal(symlink("/proc/self/fd/1", fixture_path("so")), 0);
    DO(0, "get", "a.txt", "/dev/null");
    DO(0, "get", "-f", "a.txt", "-o", "void");
    assert_string_equal(DO(0, "get", "-f", "a.txt", "-o", "so")->out.bytes, "first\n"); /* a pipe */
    program_has(&DO(4, "get", "a.txt", "/dev/full")->err, "cannot write the local file: No space");
    unit_check(folder_has(fixture.folder, "void") && folder_has(fixture.folder, "so"),
               "a link is gone");
}

static void test_socket_and_terminal(void)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(name.sun_path, sizeof name.sun_path, "%.100s/s", fixture.folder);
    assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof name), 0);
    char *before = snapshot_take(fixture.folder);
    program_has(&DO(4, "get", "-f", "a.txt", "-o", "s")->err, "is no regular file");
    snapshot_same("socket", fixture.folder, before);
    close(fd);
    int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    program_has(&DO(4, "get", "a.txt", ptsname(terminal))->err, "is a terminal");
    char byte;
    (void)fcntl(terminal, F_SETFL, O_NONBLOCK);
    unit_check(read(terminal, &byte, 1) < 0, "something was written to the terminal");
    close(terminal);
}

/* ---- FIFOs ---- */

static void test_fifo(void)
{
    assert_int_equal(mkfifo(fixture_path("fifo"), 0600), 0);
    DO(1, "get", "none", "fifo"); /* nobody waits for a reader of nothing */
    program_has(&DO(4, "--timeout", "0.3", "get", "a.txt", "fifo")->err,
                "fifo: nobody reads from it");
    struct program *run = RUN(HERE, "-p", fixture.server->port, "get", "a.txt", "fifo");
    int fd = open(fixture_path("fifo"), O_RDONLY | O_CLOEXEC); /* waits for it */
    char bytes[16] = "";
    size_t len = 0;
    for (ssize_t n; (n = read(fd, bytes + len, sizeof bytes - 1 - len)) > 0;)
        len += (size_t)n;
    assert_string_equal(bytes, "first\n");
    close(fd);
    program_finish(run, 0, NULL);
}

/* Ctrl-C, while it waits for the reader. */
static void test_fifo_interrupted(void)
{
    int told[2];
    char byte;
    assert_int_equal(pipe2(told, O_CLOEXEC), 0);
    struct hostile *server = hostile_start(
        HOSTILE_SCRIPT(HOSTILE_ASKED, HOSTILE_SEND("OK 6\nfirst\n"), HOSTILE_WRITE(told[1])));
    assert_int_equal(mkfifo(fixture_path("fifo"), 0600), 0);
    struct program *run = RUN(HERE, "-p", server->port, "get", "a.txt", "-o", "fifo");
    assert_int_equal(read(told[0], &byte, 1), 1);
    (void)kill(run->pid, SIGINT);
    program_finish(run, 130, "a.txt: cancelled");
    hostile_finish(server);
    close(told[0]);
    close(told[1]);
}

/* ---- descriptors that are closed from the start ---- */

static void test_closed_descriptors(void)
{
    static const char *const closed[] = {"0", "1", "2", "01", "02", "12", "012"};
    unit_write_text(fixture.folder, "mine", "my own\n");
    for (size_t i = 0; i < UNIT_COUNT(closed); i++) {
        struct program_options how = {.folder = fixture.folder, .closed = closed[i]};
        const char *port = fixture.server->port;
        EXPECT(0, &how, "-p", port, "get", "-f", "a.txt");
        program_left(fixture.folder, "a.txt", "first\n");
        EXPECT(0, &how, "-p", port, "put", "mine");
        program_left(fixture.server->dir, "mine", "my own\n");
        EXPECT(strchr(closed[i], '1') == NULL ? 0 : 4, &how, "-p", port, "list");
        EXPECT(strchr(closed[i], '1') == NULL ? 0 : 4, &how, "-p", port, "get", "b.txt", "-");
        if (strchr(closed[i], '0') == NULL)
            continue;
        EXPECT(4, &how, "-p", port, "put", "-", "input");
        unit_check(!folder_has(fixture.server->dir, "input"), "an empty file is stored");
        EXPECT(4, &how, "-p", port);
        EXPECT(4, &how, "-p", port, "chat", "ann");
    }
}

/* ---- calls that are not there ---- */

/* None of them may be what all downloads and uploads depend on. */
static void test_missing_calls(void)
{
    static const int calls[] = {
        SYS_flock,     SYS_fcntl,     SYS_sendfile,        SYS_renameat2, SYS_linkat,
        SYS_faccessat, SYS_fchmod,    SYS_fchown,          SYS_ftruncate, SYS_fallocate,
        SYS_fsync,     SYS_fdatasync, SYS_copy_file_range, SYS_statx,     SYS_fstatfs,
        SYS_fgetxattr, SYS_fsetxattr, SYS_setxattr,        SYS_utimensat, SYS_fadvise64,
    };
    static const int errors[] = {ENOSYS, EOPNOTSUPP, EINVAL, EPERM};
    unit_write_text(fixture.folder, "mine", "my own\n");
    for (size_t i = 0; i < UNIT_COUNT(calls) * UNIT_COUNT(errors); i++) {
        int call = calls[i / UNIT_COUNT(errors)], error = errors[i % UNIT_COUNT(errors)];
        const struct lack lacks[] = {{call, error, 0}, {SYS_faccessat2, ENOSYS, 0}, {.error = 0}};
        if (call == SYS_fcntl || (call == SYS_faccessat && error == EPERM))
            continue; /* needed for the socket; a denial */
        struct program_options how = {.folder = fixture.folder, .lacks = lacks};
        EXPECT(0, &how, "-p", fixture.server->port, "-c", "get a.txt; put mine; get -f b.txt");
        program_left(fixture.folder, "a.txt", "first\n");
        program_left(fixture.server->dir, "mine", "my own\n");
        assert_int_equal(unit_hidden(fixture.folder), 0);
        unit_unlink(fixture.folder, "a.txt");
    }
}

static const struct CMUnitTest tests[] = {
    FIXTURE(test_links),         FIXTURE(test_streams),         FIXTURE(test_socket_and_terminal),
    FIXTURE(test_fifo),          FOLDER(test_fifo_interrupted), FIXTURE(test_closed_descriptors),
    FIXTURE(test_missing_calls),
};
UNIT_MAIN("the client in scripts: links, devices, what is missing", tests)
