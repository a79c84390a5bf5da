/* The folder as a library: what is listed, what is served, what is neither. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance.h"
#include "flood.h"

static void list_empty(void)
{
    struct wire *wire = suite_open();

    wire_ask(wire, "L\nL\n", "OK 0\nOK 0\n");
}

static void list_sorted(void)
{
    static const char *const names[] = {"b",
                                        "B",
                                        "a b",
                                        "a",
                                        "aa",
                                        "a-",
                                        "_",
                                        "~",
                                        "10",
                                        "9",
                                        "\xc3\xa4",
                                        "\xe4\xbd\xa0",
                                        "\xf0\x9f\x90\xa7",
                                        "Z"};
    struct wire *wire = suite_open();

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        folder_write(suite.server->dir, names[i], "0123456789012", i);
    wire_ask_text(wire, "L\n",
                  "8 10\n9 9\n1 B\n13 Z\n6 _\n3 a\n2 a b\n5 a-\n4 aa\n0 b\n7 ~\n"
                  "10 \xc3\xa4\n11 \xe4\xbd\xa0\n12 \xf0\x9f\x90\xa7\n");
}

/* What changes in the folder is seen by the next request. */
static void list_after_changes(void)
{
    struct wire *wire = suite_open();

    folder_write(suite.server->dir, "one", "1", 1);
    wire_ask_text(wire, "L\n", "1 one\n");
    folder_write(suite.server->dir, "one", "one", 3);
    folder_write(suite.server->dir, "two", "two!", 4);
    wire_ask_text(wire, "L\nG two\n", "3 one\n4 two\n");
    wire_expect_text(wire, "two!");
    verdict_check(unlink(suite_path("one")) == 0, "unlink");
    wire_ask_text(wire, "L\nG one\n", "4 two\n");
    wire_expect_error(wire, "not-found");
}

static void list_long(void)
{
    struct wire *wire = suite_open();
    char name[64];
    char *expected = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&expected, &size);

    if (!out)
        abort();
    for (int i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "file %04d with a name of some length", i);
        folder_write(suite.server->dir, name, "x", (size_t)i % 2);
        fprintf(out, "%d %s\n", i % 2, name);
    }
    fclose(out);
    wire_puts(wire, "L\nL\nN\n");
    wire_expect_body(wire, expected, size);
    wire_expect_body(wire, expected, size);
    wire_expect_ok(wire);
    free(expected);
}

/* So many files take their time. Nobody else waits for that: a request is answered, and the next,
 * again and again before the listing is there. */
static void list_delays_nobody(void)
{
    enum { FILES = 100000, NAMES = 10000, LEAST = 5 };
    struct wire *asks = suite_open(), *works = suite_open();
    char first[FOLDER_PATH + 400] = "", *expected = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&expected, &size);
    int answered = 0;

    if (!out)
        abort();
    folder_write(suite.server->dir, "000000", "", 0); /* skipped without {dir}, as others are */
    verdict_check(unlink(suite_path("000000")) == 0, "unlink: %s", strerror(errno));
    for (int i = 0; i < FILES; i++) {
        char name[16];
        int made;

        snprintf(name, sizeof name, "%06d", i);
        if (i % NAMES == 0) {
            snprintf(first, sizeof first, "%s", suite_path(name));
            made = mknod(first, S_IFREG | 0644, 0);
        } else { /* a file's next name is made much faster than the next file */
            made = link(first, suite_path(name));
        }
        verdict_check(made == 0, "%s: %s", name, strerror(errno));
        fprintf(out, "0 %s\n", name);
    }
    fclose(out);
    wire_puts(asks, "L\n");
    while (!wire_readable(asks, 0)) {
        wire_expect_quiet(works);
        answered++;
    }
    verdict_check(answered >= LEAST,
                  "while %d files are listed, %d requests of others are answered", FILES, answered);
    wire_expect_body(asks, expected, size);
    free(expected);
}

/* ---- what somebody has planted ---- */

static const char *const planted[] = {"link inside", "link outside", "link dangling", "link to dir",
                                      "sub",         "fifo",         "socket"};

static void plant_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    verdict_check(fd >= 0 && strlen(path) < sizeof address.sun_path, "no unix socket for %s", path);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    verdict_check(bind(fd, (struct sockaddr *)&address, sizeof address) == 0, "bind %s: %s", path,
                  strerror(errno));
    close(fd);
}

static void plant(void)
{
    const char *dir = suite.server->dir;

    folder_write(dir, "real", "real", 4);
    folder_write(dir, ".hidden file", "hidden", 6);
    verdict_check(symlink("real", suite_path("link inside")) == 0 &&
                      symlink("../canary", suite_path("link outside")) == 0 &&
                      symlink("nowhere", suite_path("link dangling")) == 0 &&
                      symlink("sub", suite_path("link to dir")) == 0 &&
                      mkdir(suite_path("sub"), 0755) == 0 && mkfifo(suite_path("fifo"), 0644) == 0,
                  "planting: %s", strerror(errno));
    plant_socket(suite_path("socket"));
}

/* The hidden one is the test's; the check for left-overs shall not see it. */
static void unplant(void)
{
    unlink(suite_path(".hidden file"));
}

static void planted_not_listed(void)
{
    struct wire *wire = suite_open();

    plant();
    wire_ask_text(wire, "L\n", "4 real\n");
    unplant();
}

static void planted_not_served(void)
{
    struct wire *wire = suite_open();
    char request[64];

    plant();
    for (size_t i = 0; i < sizeof planted / sizeof planted[0]; i++) {
        long start = bound_now();

        snprintf(request, sizeof request, "G %s\n", planted[i]);
        suite_refused(wire, request, "not-found");
        snprintf(request, sizeof request, "R 0 %s\n", planted[i]);
        suite_refused(wire, request, "not-found");
        verdict_check(bound_now() - start < bound_of(2000), "%s took %ld ms", planted[i],
                      bound_now() - start);
    }
    suite_refused(wire, "G .hidden file\n", "bad-name");
    wire_ask_text(wire, "G real\n", "real");
    unplant();
}

static void planted_names(void)
{
    static const char *const names[] = {
        "new\nline",  "9 fake\n", "esc\x1b[31m", "tab\t",   "\xff", "bad\xc3", "over\xc0\xaflong",
        "c1\xc2\x85", " front",   "back ",       "del\x7f", "cr\r", "\x01",
    };
    struct wire *wire = suite_open();
    char name[2] = {0, 0};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        folder_write(suite.server->dir, names[i], "bad", 3);
    for (int byte = 1; byte < 256; byte++) {
        name[0] = (char)byte;
        if ((byte < 0x20 || byte >= 0x7f || byte == ' '))
            folder_write(suite.server->dir, name, "bad", 3);
    }
    folder_write(suite.server->dir, "good", "good", 4);
    wire_ask_text(wire, "L\n", "4 good\n");
}

/* An upload replaces a link itself and leaves alone what it points to. */
static void upload_over_link(void)
{
    struct wire *wire = suite_open();
    struct stat st;

    plant();
    for (int i = 0; i < 3; i++) {
        suite_upload(wire, planted[i], "uploaded", 8);
        verdict_check(lstat(suite_path(planted[i]), &st) == 0 && S_ISREG(st.st_mode),
                      "%s is no regular file after the upload", planted[i]);
        verdict_check(folder_holds(suite.server->dir, planted[i], "uploaded", 8),
                      "%s does not hold what was uploaded", planted[i]);
    }
    verdict_check(folder_holds(suite.server->folder.root, "canary", "canary", 6),
                  "the file outside the library has changed");
    verdict_check(folder_holds(suite.server->dir, "real", "real", 4), "the target has changed");
    verdict_check(!folder_has(suite.server->dir, "nowhere"), "the link's target has been made");
    wire_ask_text(wire, "L\n", "8 link dangling\n8 link inside\n8 link outside\n4 real\n");
    unplant();
}

/* A folder is in the way: the upload fails, and both stay usable. */
static void upload_over_folder(void)
{
    struct wire *wire = suite_open();
    const struct wire_reply *reply;
    struct stat st;

    plant();
    wire_puts(wire, "P 3 sub\n");
    const char *line = wire_line(wire);
    verdict_check(line, "expected GO or ERR, the connection ended");
    if (strcmp(line, "GO") == 0) {
        wire_puts(wire, "abc");
        reply = wire_reply(wire);
        verdict_check(reply && !reply->ok, "an upload over a folder has succeeded");
    } else {
        verdict_check(strncmp(line, "ERR ", 4) == 0, "expected GO or ERR\nreceived: %s", line);
    }
    wire_expect_quiet(wire);
    verdict_check(lstat(suite_path("sub"), &st) == 0 && S_ISDIR(st.st_mode), "the folder is gone");
    unplant();
}

/* The library is the folder that was opened at the start, whatever its path means later. */
static void folder_swapped(void)
{
    struct wire *wire = suite_open();
    char aside[FOLDER_PATH + 16];

    snprintf(aside, sizeof aside, "%s/aside", suite.server->folder.root);
    folder_write(suite.server->dir, "mine", "mine", 4);
    verdict_check(rename(suite.server->dir, aside) == 0 && mkdir(suite.server->dir, 0755) == 0,
                  "swapping: %s", strerror(errno));
    folder_write(suite.server->dir, "stranger", "strange", 7);
    wire_ask_text(wire, "L\nG stranger\n", "4 mine\n");
    wire_expect_error(wire, "not-found");
    suite_upload(wire, "second", "second", 6);
    verdict_check(folder_holds(aside, "second", "second", 6), "the upload went elsewhere");
}

/* A device is no file: it could be read without an end. */
static void device(void)
{
    const struct serverproc_config config = {.disk = 1 << 20, .device = true};
    struct wire *wire = suite_serve(&config);

    folder_write(suite.server->dir, "real", "real", 4);
    wire_ask_text(wire, "L\n", "4 real\n");
    suite_refused(wire, "G device\n", "not-found");
    suite_refused(wire, "R 0 device\n", "not-found");
    wire_ask(wire, "P 3 device\n", "GO\n");
    wire_puts(wire, "abc"); /* something is mounted there: it can't be replaced */
    wire_expect_error(wire, "io");
    wire_ask_text(wire, "G real\n", "real");
}

/* Gives two names each other's file, again and again, until it is killed. */
static pid_t swap_start(const char *one, const char *other)
{
    char first[FOLDER_PATH + 400], second[FOLDER_PATH + 400];

    snprintf(first, sizeof first, "%s", suite_path(one));
    snprintf(second, sizeof second, "%s", suite_path(other));
    if (renameat2(AT_FDCWD, first, AT_FDCWD, second, RENAME_EXCHANGE) != 0)
        verdict_skip("this file system can't exchange two names: %s", strerror(errno));
    pid_t child = flood_fork();
    if (child > 0)
        return child;
    while (renameat2(AT_FDCWD, first, AT_FDCWD, second, RENAME_EXCHANGE) == 0)
        ;
    _exit(1);
}

static void swap_end(pid_t child)
{
    int status;

    verdict_check(kill(child, SIGKILL) == 0 && waitpid(child, &status, 0) == child &&
                      WIFSIGNALED(status),
                  "the process that swaps the names ended by itself");
}

/* Asks for a name that changes its file all the time, also between opening it and asking for its
 * size. is_other says whether a reply is what "other" stands for, or the file; it fails if it is
 * neither. How often one reply is not like the one before counts how often server and swapper
 * really ran at the same time: with few processors and much to do, seldom. So that is waited for,
 * for a while. */
static void swapped(const char *other, bool (*is_other)(const struct wire_reply *))
{
    enum { AT_ONCE = 20, WANTED = 1000, LEAST = 100, A_WHILE = 3000 };
    struct wire *wire = suite_open();
    char *requests = suite_repeated("G file\n", AT_ONCE);
    int seen[2] = {0, 0}, changes = 0;
    bool last = false;
    long start = bound_now(), spent = 0;
    pid_t child = swap_start("file", other);

    while ((changes < WANTED && spent < bound_of(A_WHILE)) ||
           ((seen[0] < LEAST || seen[1] < LEAST) && spent < bound_of(BOUND_GENEROUS))) {
        wire_puts(wire, requests);
        for (int k = 0; k < AT_ONCE; k++) {
            const struct wire_reply *reply = wire_reply(wire);

            verdict_check(reply, "the connection has ended");
            bool now = is_other(reply);

            seen[now]++;
            changes += now != last;
            last = now;
        }
        spent = bound_now() - start;
    }
    swap_end(child);
    free(requests);
    verdict_check(seen[0] >= LEAST && seen[1] >= LEAST, "%d times the file, %d times the other",
                  seen[0], seen[1]);
}

enum { SHORT = 1000, LONG = 2500 };

static bool is_long_file(const struct wire_reply *reply)
{
    verdict_check(reply->ok, "expected one of two files, received ERR %s", reply->code);
    verdict_check((reply->size == SHORT && pattern_matches(reply->body, SHORT, 1, 0)) ||
                      (reply->size == LONG && pattern_matches(reply->body, LONG, 2, 0)),
                  "%llu bytes: the size of one file and the bytes of another", reply->size);
    return reply->size == LONG;
}

/* The reply is the one file or the other, size and bytes. */
static void swapped_while_served(void)
{
    folder_write_pattern(suite.server->dir, "file", SHORT, 1);
    folder_write_pattern(suite.server->dir, "other", LONG, 2);
    swapped("other", is_long_file);
}

static bool is_link(const struct wire_reply *reply)
{
    verdict_check(reply->ok || strcmp(reply->code, "not-found") == 0,
                  "expected the file or not-found, received ERR %s", reply->code);
    verdict_check(!reply->ok || (reply->size == 4 && memcmp(reply->body, "real", 4) == 0),
                  "what a link points to was served: %.*s", (int)reply->size, reply->body);
    return !reply->ok;
}

/* The same with a link that leads out of the library: no look before the open is worth anything. */
static void link_swapped_in(void)
{
    folder_write(suite.server->dir, "file", "real", 4);
    verdict_check(symlink("../canary", suite_path("link")) == 0, "symlink");
    swapped("link", is_link);
}

const struct conformance_case library_cases[] = {
    {"library_list_empty", list_empty, ON_ALL, 0, NULL},
    {"library_list_sorted", list_sorted, ON_ALL, 0, NULL},
    {"library_list_after_changes", list_after_changes, ON_ALL, 0, NULL},
    {"library_list_long", list_long, ON_ALL, 0, NULL},
    {"library_list_delays_nobody", list_delays_nobody, ON_MANY, 0, NULL},
    {"library_planted_not_listed", planted_not_listed, ON_ALL, 0, NULL},
    {"library_planted_not_served", planted_not_served, ON_ALL, 0, NULL},
    {"library_planted_names", planted_names, ON_ALL, 0, NULL},
    {"library_upload_over_link", upload_over_link, ON_ALL, 0, NULL},
    {"library_upload_over_folder", upload_over_folder, ON_ALL, 0, NULL},
    {"library_folder_swapped", folder_swapped, ON_ALL, CASE_OURS, NULL},
    {"library_device", device, ON_ALL, CASE_OURS | CASE_OWN, NULL},
    {"library_swapped_while_served", swapped_while_served, ON_ALL, 0, NULL},
    {"library_link_swapped_in", link_swapped_in, ON_ALL, 0, NULL},
    {NULL, NULL, 0, 0, NULL},
};
