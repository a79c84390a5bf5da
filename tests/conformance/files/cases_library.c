/* The folder as a library: what somebody has planted in it is neither listed nor served. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "conformance.h"

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

static void planted_not_listed(struct wire *wire)
{
    plant();
    wire_ask_text(wire, "L\n", "4 real\n");
    unplant();
}

static void planted_not_served(struct wire *wire)
{
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

static void planted_names(struct wire *wire)
{
    static const char *const names[] = {
        "new\nline",  "9 fake\n", "esc\x1b[31m", "tab\t",   "\xff", "bad\xc3", "over\xc0\xaflong",
        "c1\xc2\x85", " front",   "back ",       "del\x7f", "cr\r", "\x01",
    };
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
static void upload_over_link(struct wire *wire)
{
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
static void upload_over_folder(struct wire *wire)
{
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
static void folder_swapped(struct wire *wire)
{
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
static void device(struct wire *wire)
{
    folder_write(suite.server->dir, "real", "real", 4);
    wire_ask_text(wire, "L\n", "4 real\n");
    suite_refused(wire, "G device\n", "not-found");
    suite_refused(wire, "R 0 device\n", "not-found");
    wire_ask(wire, "P 3 device\n", "GO\n");
    wire_puts(wire, "abc"); /* something is mounted there: it can't be replaced */
    wire_expect_error(wire, "io");
    wire_ask_text(wire, "G real\n", "real");
}

const struct conformance_case library_cases[] = {
    {"library_planted_not_listed", ON_ALL, .talk = planted_not_listed},
    {"library_planted_not_served", ON_ALL, .talk = planted_not_served},
    {"library_planted_names", ON_ALL, .talk = planted_names},
    {"library_upload_over_link", ON_ALL, .talk = upload_over_link},
    {"library_upload_over_folder", ON_ALL, .talk = upload_over_folder},
    {"library_folder_swapped", ON_ALL, CASE_OURS, .talk = folder_swapped},
    {"library_device", ON_ALL, CASE_OURS, .talk = device,
     .config = {.disk = 1 << 20, .device = true}},
    {.name = NULL},
};
