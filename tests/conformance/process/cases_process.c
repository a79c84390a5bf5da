/* Processes: descriptors that are held open, servers that share a folder, logs nobody reads. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "family.h"

/* ---- descriptors ---- */

/* The descriptors of one client are not held open by the processes of the others. */
static void quit_among_siblings(void)
{
    enum { SIBLINGS = 10 };
    struct wire *wires[SIBLINGS];

    suite_room(wires, SIBLINGS);
    for (int i = 0; i < SIBLINGS; i++) {
        long start = bound_now();

        wire_ask_ok(wires[i], "Q\n");
        verdict_check(wire_drain(wires[i], NULL) == WIRE_EOF, "reset instead of closed");
        verdict_check(bound_now() - start < bound_of(2000), "the end took %ld ms",
                      bound_now() - start);
        wire_close(wires[i]);
    }
}

/* A session is killed, so nobody shuts its connection down: the kernel ends it when nobody holds
 * its descriptor any more, and neither the parent nor those who were born later do. */
static void killed_among_siblings(void)
{
    enum { SIBLINGS = 10, ATTEMPTS = 3 };
    long took = 0;

    for (int attempt = 0; attempt < ATTEMPTS; attempt++) { /* once it may have had no processor */
        struct wire *siblings[SIBLINGS], *victim;
        struct family fresh;

        victim = family_open(attempt % 2 ? "victim" : NULL, &fresh);
        suite_open_many(siblings, SIBLINGS);
        long start = bound_now();
        family_signal(fresh.pids[0], SIGKILL);
        verdict_check(wire_readable(victim, bound_of(BOUND_GENEROUS)),
                      "the session was killed, and %d siblings or the parent keep its connection "
                      "open",
                      SIBLINGS);
        took = bound_now() - start;
        verdict_check(wire_drain(victim, NULL) != WIRE_OPEN, "the connection goes on");
        wire_close(victim);
        suite_close_many(siblings, SIBLINGS);
        if (took < bound_of(1000) && attempt > 0)
            return;
    }
    verdict_fail("the session was killed, and the end of its connection took %ld ms", took);
}

/* A bit of everything, and most of it goes wrong. */
static void use_descriptors(void)
{
    struct wire *wire = suite_open_narrow(suite.server);

    suite_upload_pattern(wire, "file", 100000, 1);
    suite_download_pattern(wire, "file", 100000, 1);
    wire_ask_text(wire,
                  "L\nG none\nG sub\nG fifo\nG link\nR 100001 file\nR 5 none\nR 100000 file\n",
                  "33554432 big\n100000 file\n");
    for (int i = 0; i < 4; i++)
        wire_expect_error(wire, "not-found");
    wire_expect_error(wire, "bad-range");
    wire_expect_error(wire, "not-found");
    wire_expect_ok(wire);
    suite_refused(wire, "P 9000000000000000000 file\n", "too-large");
    wire_ask(wire, "C anna\nW\nX\nC anna\nP 10000000 part\n", "OK 0\nOK 5\nanna\nOK 0\nOK 0\nGO\n");
    wire_send_pattern(wire, 5000, 1);
    wire_close(wire);
    wire = suite_open_narrow(suite.server);
    wire_ask(wire, "G big\nG big\n", "OK 33554432\n");
    wire_reset(wire);
    wire_close(suite_open());
    verdict_check(folder_await_clean(suite.server->dir), "a temporary file is left");
}

static void descriptors_are_closed(void)
{
    int before;

    folder_write_pattern(suite.server->dir, "big", 32 << 20, 1);
    verdict_check(mkdir(suite_path("sub"), 0755) == 0 && mkfifo(suite_path("fifo"), 0644) == 0 &&
                      symlink("file", suite_path("link")) == 0,
                  "planting: %s", strerror(errno));
    for (int i = 0; i < 3; i++) /* what is opened once and kept is open after this */
        use_descriptors();
    suite_check_settled(suite.server);
    before = procfs_descriptors(suite.server->pid) - suite.server->descriptors;
    for (int i = 0; i < 10; i++)
        use_descriptors();
    verdict_check(serverproc_await_descriptors(suite.server, before > 0 ? before : 0),
                  "after ten more rounds the server has %d descriptors open, before it had %d",
                  procfs_descriptors(suite.server->pid), suite.server->descriptors + before);
}

/* ---- two servers with one folder ---- */

static void begin_upload(struct wire *wire, const char *name)
{
    suite_begin_upload(wire, name, 1000);
    wire_send_pattern(wire, 500, 1);
}

/* A server that starts removes what a dead one has left, and nothing of a living one. */
static void leftovers(void)
{
    struct serverproc *alive = suite_start(NULL), *dead, *next;
    struct serverproc_config same = {.dir = alive->dir};
    struct wire *kept = suite_open_on(alive), *lost;

    dead = serverproc_start(&same);
    begin_upload(kept, "kept");
    verdict_check(folder_await_hidden(alive->dir, 1, -1),
                  "expected one hidden file while an upload is under way");
    lost = suite_open_on(dead);
    begin_upload(lost, "lost");
    verdict_check(folder_await_hidden(alive->dir, 2, -1),
                  "expected two hidden files while two uploads are under way");
    serverproc_free(dead); /* SIGKILL, to all its processes */
    wire_drain(lost, NULL);
    verdict_check(folder_hidden(alive->dir, NULL, 0) == 2, "expected a file that is left over");
    next = serverproc_start(&same);
    verdict_check(folder_await_hidden(alive->dir, 1, -1),
                  "%d hidden files after the next start; expected "
                  "that of the living server only",
                  folder_hidden(alive->dir, NULL, 0));
    wire_send_pattern_from(kept, 500, 500, 1);
    wire_expect_ok(kept);
    verdict_check(folder_holds_pattern(alive->dir, "kept", 1000, 1),
                  "the upload to the living server was damaged");
    verdict_check(!folder_has(alive->dir, "lost"), "half an upload was stored");
    suite_stop(next);
    wire_close(kept);
    wire_close(lost);
}

/* ---- standard output and standard error ---- */

/* Nobody reads the log, and the pipe is full. */
static void log_full(void)
{
    for (int i = 0; i < 30; i++) {
        struct wire *wire = suite_open();

        wire_puts(wire, "L\nZ\nG ../x\n");
        wire_expect_ok(wire);
        wire_expect_error(wire, "bad-request");
        wire_expect_error(wire, "bad-name");
        wire_close(wire);
    }
}

static void no_output(struct wire *wire)
{
    suite_upload_pattern(wire, "file", 100000, 1);
    suite_download_pattern(wire, "file", 100000, 1);
    wire_ask(wire, "C anna\nQ\n", "OK 0\nOK 0\n");
    wire_expect_eof(wire);
    suite_check_sleeps("without standard streams");
}

/* Nothing that the server opens gets number 0, 1 or 2 then: it would be read as the console, or be
 * given what is meant for the log. */
static void no_streams(struct wire *wire)
{
    no_output(wire);
    for (int fd = 0; fd < 3; fd++) {
        char link[64], target[256] = "";
        (void)snprintf(link, sizeof link, "/proc/%ld/fd/%d", (long)suite.server->pid, fd);
        verdict_check(readlink(link, target, sizeof target - 1) > 0, "readlink %s", link);
        verdict_check(strcmp(target, "/dev/null") == 0, "its descriptor %d is %s", fd, target);
    }
}

const struct conformance_case process_cases[] = {
    {"process_quit_among_siblings", ON_MANY, .run = quit_among_siblings},
    {"process_killed_among_siblings", ON_FORK, CASE_OURS, .run = killed_among_siblings},
    {"process_descriptors_are_closed", ON_ALL, CASE_OURS, .run = descriptors_are_closed},
    {"process_leftovers", ON_ALL, CASE_OURS | CASE_OWN, .run = leftovers},
    {"process_log_full", ON_ALL, CASE_OURS, "-v", .run = log_full, .config.log_full = true},
    {"process_no_output", ON_ALL, CASE_OURS, .talk = no_output,
     .config = {.known_port = true, .no_output = true}},
    {"process_no_streams", ON_ALL, CASE_OURS, "-v", .talk = no_streams,
     .config = {.known_port = true, .no_streams = true}},
    {.name = NULL},
};
