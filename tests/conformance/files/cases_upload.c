/* Uploads: whole or not at all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "conformance.h"

enum { TEN = 10 << 20 };

static void sizes(void)
{
    static const size_t lengths[] = {0, 1, 2, 1023, 1024, 1025, 65535, 65536, 65537, 200000};
    struct wire *wire = suite_open();
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

static void ten_megabytes(void)
{
    struct wire *wire = suite_open();

    suite_upload_pattern(wire, "big", TEN, 6);
    verdict_check(folder_holds_pattern(suite.server->dir, "big", TEN, 6),
                  "the file does not hold what was uploaded");
    wire_expect_quiet(wire);
}

static void in_pieces(void)
{
    static const size_t pieces[] = {1, 2, 7, 100, 1000};
    unsigned char *bytes = pattern_new(3000, 7);
    struct wire *wire = suite_open();

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
static void requests_behind(void)
{
    struct wire *wire = suite_open();

    wire_ask(wire, "P 4 a\n", "GO\n");
    wire_ask(wire, "N\nN\nN\nP 3 b\n", "OK 0\nOK 0\nGO\n");
    wire_ask(wire, "abcG a\nG b\nP 0 c\nG c\n", "OK 0\nOK 4\nN\nN\nOK 3\nabcGO\nOK 0\nOK 0\n");
}

/* All bytes there are, LF and NUL among them. */
static void every_byte(void)
{
    struct wire *wire = suite_open();
    unsigned char bytes[512];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i < 256 ? i : 511 - i);
    suite_upload(wire, "bytes", bytes, sizeof bytes);
    wire_puts(wire, "G bytes\n");
    wire_expect_body(wire, bytes, sizeof bytes);
}

static void replaces(void)
{
    struct wire *wire = suite_open();

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
        wire_puts(wire, "x");
        wire_expect_ok(wire);
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
    wire_puts(wire, "x");
    wire_expect_ok(wire);
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

/* ---- several clients ---- */

enum { WRITERS = 6, EACH = 300000 };

/* Reads the file once, through one descriptor: the next upload may replace it at any moment. Its
 * size identifies the upload. */
static bool holds_one_of(const char *name)
{
    unsigned char *found = malloc(EACH + WRITERS);
    char path[1024];
    size_t n = 0;

    snprintf(path, sizeof path, "%s/%s", suite.server->dir, name);
    FILE *file = fopen(path, "r");
    if (file && found)
        n = fread(found, 1, EACH + WRITERS, file);
    if (file)
        (void)fclose(file);
    bool whole = n >= EACH && n < EACH + WRITERS;
    unsigned char *expected = whole ? pattern_new(n, n - EACH) : NULL;
    whole = expected && memcmp(found, expected, n) == 0;
    free(expected);
    free(found);
    return whole;
}

static void same_name_at_once(void)
{
    struct wire *writers[WRITERS];
    unsigned char *bytes[WRITERS];

    for (unsigned i = 0; i < WRITERS; i++) {
        writers[i] = suite_open();
        bytes[i] = pattern_new(EACH + i, i);
        wire_printf(writers[i], "P %u contested\n", EACH + i);
    }
    for (unsigned i = 0; i < WRITERS; i++)
        wire_expect(writers[i], "GO\n");
    for (size_t done = 0; done < EACH; done += EACH / 10) {
        for (unsigned i = 0; i < WRITERS; i++)
            wire_send(writers[i], bytes[i] + done, EACH / 10);
    }
    for (unsigned i = 0; i < WRITERS; i++)
        wire_send(writers[i], bytes[i] + EACH, i);
    for (unsigned i = 0; i < WRITERS; i++) {
        wire_expect_ok(writers[i]);
        free(bytes[i]);
        verdict_check(holds_one_of("contested"), "the file is none of those uploaded, whole");
    }
}

/* The one that was completed last has won, and the readers saw one or the other. */
static void last_complete_wins(void)
{
    struct wire *first = suite_open(), *second = suite_open();

    wire_ask(first, "P 1000 file\n", "GO\n");
    wire_send_pattern(first, 500, 1);
    suite_upload_pattern(second, "file", 700, 2);
    suite_download_pattern(second, "file", 700, 2);
    unsigned char *bytes = pattern_new(1000, 1);
    wire_send(first, bytes + 500, 500);
    free(bytes);
    wire_expect_ok(first);
    suite_download_pattern(second, "file", 1000, 1);
}

/* Uploads of one name follow each other while others download it: always one of them, whole. */
static void beside_downloads(void)
{
    enum { ROUNDS = 40, SIZE = 200000 };
    struct wire *writer = suite_open(), *readers[3];

    suite_upload_pattern(writer, "file", SIZE, 0);
    suite_open_many(readers, 3);
    for (unsigned round = 1; round <= ROUNDS; round++) {
        unsigned char *bytes = pattern_new(SIZE + round, round);

        suite_begin_upload(writer, "file", SIZE + round);
        wire_send(writer, bytes, SIZE / 2);
        for (int i = 0; i < 3; i++)
            wire_puts(readers[i], "G file\n");
        wire_send(writer, bytes + SIZE / 2, SIZE + round - SIZE / 2);
        free(bytes);
        for (int i = 0; i < 3; i++) {
            const struct wire_reply *reply = wire_reply(readers[i]);
            unsigned seed;

            verdict_check(reply && reply->ok, "expected the file");
            seed = (unsigned)(reply->size - SIZE);
            verdict_check((seed == round || seed == round - 1) &&
                              pattern_matches(reply->body, (size_t)reply->size, seed, 0),
                          "%llu bytes that are neither the old file nor the new one", reply->size);
        }
        wire_expect_ok(writer);
    }
}

/* loop: the second client is served when the first has gone, and finds the file whole. */
static void one_after_the_other(void)
{
    struct wire *first = suite_open(), *second;

    wire_ask(first, "P 1000 file\n", "GO\n");
    wire_send_pattern(first, 999, 1);
    second = suite_connect();
    wire_puts(second, "G file\nQ\n");
    unsigned char *bytes = pattern_new(1000, 1);
    wire_send(first, bytes + 999, 1);
    wire_expect_ok(first);
    verdict_check(!wire_readable(second, 100), "loop served two clients at once");
    suite_quit(first);
    wire_expect(second, "HELLO 1 loop\nOK 1000\n");
    wire_expect_bytes(second, bytes, 1000);
    free(bytes);
    wire_expect(second, "OK 0\n");
}

const struct conformance_case upload_cases[] = {
    {"upload_sizes", sizes, ON_ALL, 0, NULL},
    {"upload_ten_megabytes", ten_megabytes, ON_ALL, 0, NULL},
    {"upload_in_pieces", in_pieces, ON_ALL, 0, NULL},
    {"upload_requests_behind", requests_behind, ON_ALL, 0, NULL},
    {"upload_every_byte", every_byte, ON_ALL, 0, NULL},
    {"upload_replaces", replaces, ON_ALL, 0, NULL},
    {"upload_invisible_until_whole", invisible_until_whole, ON_ALL, 0, NULL},
    {"upload_modes", modes, ON_ALL, CASE_OURS | CASE_OWN, NULL},
    {"upload_client_dies", client_dies, ON_ALL, 0, NULL},
    {"upload_same_name_at_once", same_name_at_once, ON_MANY, 0, NULL},
    {"upload_last_complete_wins", last_complete_wins, ON_MANY, 0, NULL},
    {"upload_beside_downloads", beside_downloads, ON_MANY, 0, NULL},
    {"upload_one_after_the_other", one_after_the_other, ON_LOOP, 0, NULL},
    {NULL, NULL, 0, 0, NULL},
};
