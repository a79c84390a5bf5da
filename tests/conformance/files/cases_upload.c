/* Uploads: whole or not at all. */
#include <stdio.h>
#include <stdlib.h>

#include "conformance.h"

enum { TEN = 10 << 20 };

static void sizes(struct wire *wire)
{
    static const size_t lengths[] = {0, 1, 2, 1023, 1024, 1025, 65535, 65536, 65537, 200000};
    char name[32];

    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        snprintf(name, sizeof name, "f%zu", lengths[i]);
        suite_upload_pattern(wire, name, lengths[i], 5);
        verdict_check(folder_holds_pattern(suite.server->dir, name, lengths[i], 5),
                      "%s does not hold what was uploaded", name);
        suite_download_pattern(wire, name, lengths[i], 5);
    }
    wire_expect_quiet(wire);
}

static void ten_megabytes(struct wire *wire)
{
    suite_upload_pattern(wire, "big", TEN, 6);
    verdict_check(folder_holds_pattern(suite.server->dir, "big", TEN, 6),
                  "the file does not hold what was uploaded");
    wire_expect_quiet(wire);
}

static void in_pieces(struct wire *wire)
{
    static const size_t pieces[] = {1, 2, 7, 100, 1000};
    unsigned char *bytes = pattern_new(3000, 7);

    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        wire_ask(wire, "P 3000 pieces\n", "GO\n");
        wire_send_pieces(wire, bytes, 3000, pieces[i]);
        wire_expect_ok(wire);
        verdict_check(folder_holds(suite.server->dir, "pieces", bytes, 3000),
                      "the file does not hold what was uploaded");
    }
    free(bytes);
}

/* The requests right behind the body are requests again, to the byte. */
static void requests_behind(struct wire *wire)
{
    wire_ask(wire, "P 4 a\n", "GO\n");
    wire_ask(wire, "N\nN\nN\nP 3 b\n", "OK 0\nOK 0\nGO\n");
    wire_ask(wire, "abcG a\nG b\nP 0 c\nG c\n", "OK 0\nOK 4\nN\nN\nOK 3\nabcGO\nOK 0\nOK 0\n");
}

/* All bytes there are, LF and NUL among them. */
static void every_byte(struct wire *wire)
{
    unsigned char bytes[512];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i < 256 ? i : 511 - i);
    suite_upload(wire, "bytes", bytes, sizeof bytes);
    wire_puts(wire, "G bytes\n");
    wire_expect_body(wire, bytes, sizeof bytes);
}

static void replaces(struct wire *wire)
{
    suite_upload_pattern(wire, "file", 5000, 1);
    suite_upload_pattern(wire, "file", 100, 2);
    suite_download_pattern(wire, "file", 100, 2);
    wire_ask_text(wire, "L\n", "100 file\n");
}

/* Until the last byte is there, the name means what it meant before. */
static void invisible_until_whole(void)
{
    struct wire *wire = suite_open(), *other = NULL;

    folder_write(suite.server->dir, "old", "old", 3);
    if (suite_many())
        other = suite_open();
    for (int i = 0; i < 2; i++) {
        const char *name = i ? "old" : "new";

        suite_begin_upload(wire, name, 2000);
        wire_send_pattern(wire, 1999, 3);
        if (other) {
            wire_ask_text(other, i ? "L\nG old\n" : "L\nG new\n",
                          i ? "2000 new\n3 old\n" : "3 old\n");
            if (i)
                wire_expect_text(other, "old");
            else
                wire_expect_error(other, "not-found");
        }
        verdict_check(folder_holds(suite.server->dir, "old", "old", 3), "the old file has changed");
        verdict_check(i || !folder_has(suite.server->dir, "new"), "the new file is visible");
        wire_ask(wire, "x", "OK 0\n");
        verdict_check(folder_has(suite.server->dir, name), "%s is not there after OK", name);
    }
}

static bool hidden_there(void *dir)
{
    return folder_hidden(dir, NULL, 0) > 0;
}

static void check_modes(struct serverproc *server, int stored)
{
    struct wire *wire = suite_open_on(server);
    char name[256] = "";
    int mode;

    wire_ask(wire, "P 20000 file\n", "GO\n");
    wire_send_pattern(wire, 19999, 4);
    /* A file without any name is as good as a hidden one with the right mode. */
    if (bound_await(hidden_there, server->dir, 200) &&
        folder_hidden(server->dir, name, sizeof name) == 1) {
        mode = folder_mode(server->dir, name);
        verdict_check(mode == 0600, "%s has mode %04o while incomplete, expected 0600", name,
                      (unsigned)mode);
    }
    wire_ask(wire, "x", "OK 0\n");
    mode = folder_mode(server->dir, "file");
    verdict_check(mode == stored, "the file has mode %04o, expected %04o", (unsigned)mode,
                  (unsigned)stored);
    wire_close(wire);
}

static void modes(void)
{
    const struct serverproc_config group_writable = {.umask = 02}, private = {.umask = 077};

    check_modes(serverproc_start(NULL), 0644);
    check_modes(serverproc_start(&group_writable), 0644);
    check_modes(serverproc_start(&private), 0600);
}

/* ---- clients that die ---- */

enum death { BY_CLOSE, BY_RESET, BY_SHUT, DEATHS };

static void die(struct wire *wire, enum death death)
{
    if (death == BY_CLOSE) {
        wire_close(wire);
    } else if (death == BY_RESET) {
        wire_reset(wire);
    } else {
        wire_shut(wire);
        wire_expect_dropped(wire, "io");
        wire_close(wire);
    }
}

static void client_dies(void)
{
    static const size_t offsets[] = {0, 1, 1000, 65536, 199999};
    struct wire *wire;

    folder_write(suite.server->dir, "old", "old", 3);
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        for (enum death death = BY_CLOSE; death < DEATHS; death++) {
            for (int over = 0; over < 2; over++) {
                wire = suite_open();
                suite_begin_upload(wire, over ? "old" : "new", 200000);
                wire_send_pattern(wire, offsets[i], 1);
                die(wire, death);
            }
        }
    }
    verdict_check(folder_await_clean(suite.server->dir), "a temporary file is left");
    verdict_check(!folder_has(suite.server->dir, "new"), "part of an upload was stored");
    verdict_check(folder_holds(suite.server->dir, "old", "old", 3), "the old file has changed");
    wire = suite_open();
    wire_ask_text(wire, "L\n", "3 old\n");
}

const struct conformance_case upload_cases[] = {
    {"upload_sizes", ON_ALL, .talk = sizes},
    {"upload_ten_megabytes", ON_ALL, .talk = ten_megabytes},
    {"upload_in_pieces", ON_ALL, .talk = in_pieces},
    {"upload_requests_behind", ON_ALL, .talk = requests_behind},
    {"upload_every_byte", ON_ALL, .talk = every_byte},
    {"upload_replaces", ON_ALL, .talk = replaces},
    {"upload_invisible_until_whole", ON_ALL, .run = invisible_until_whole},
    {"upload_modes", ON_ALL, CASE_OURS | CASE_OWN, .run = modes},
    {"upload_client_dies", ON_ALL, .run = client_dies},
    {.name = NULL},
};
