/* Downloads: whole, from an offset, huge, and of files that change meanwhile. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "conformance.h"

enum { MEGABYTE = 1 << 20, MIDDLE = 4 * MEGABYTE, TEN = 10 * MEGABYTE, BIG = 32 * MEGABYTE };

#define HUGE_FILE 2684354560ull /* 2.5 GiB: beyond 2^31 */

static const size_t sizes[] = {0,      1,      2,      1023,   1024,   1025,  4095,
                               4096,   4097,   16384,  65535,  65536,  65537, 131072,
                               200000, 262143, 262144, 262145, 1048577};

static void sizes_exact(struct wire *wire)
{
    char name[32];

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        snprintf(name, sizeof name, "f%zu", sizes[i]);
        folder_write_pattern(suite.server->dir, name, sizes[i], 7);
        suite_download_pattern(wire, name, sizes[i], 7);
    }
    wire_expect_quiet(wire);
}

static void ten_megabytes(struct wire *wire)
{
    folder_write_pattern(suite.server->dir, "big", TEN, 8);
    suite_download_pattern(wire, "big", TEN, 8);
    wire_expect_quiet(wire);
}

static void pipelined(struct wire *wire)
{
    folder_write_pattern(suite.server->dir, "one", 300000, 1);
    folder_write_pattern(suite.server->dir, "two", 70001, 2);
    for (int i = 0; i < 20; i++)
        wire_puts(wire, "G one\nN\nG two\nG none\nR 70000 two\n");
    for (int i = 0; i < 20; i++) {
        suite_expect_pattern(wire, 300000, 1);
        wire_expect(wire, "OK 0\n");
        suite_expect_pattern(wire, 70001, 2);
        wire_expect_error(wire, "not-found");
        wire_expect(wire, "OK 1\n");
        wire_expect_pattern(wire, 1, 2, 70000);
    }
    wire_expect_quiet(wire);
}

static void resume(struct wire *wire)
{
    static const size_t offsets[] = {0, 1, 2, 4095, 4096, 65535, 65536, 99998, 99999, 100000};
    char head[32];

    folder_write_pattern(suite.server->dir, "file", 100000, 9);
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        wire_printf(wire, "R %zu file\n", offsets[i]);
        snprintf(head, sizeof head, "OK %zu\n", 100000 - offsets[i]);
        wire_expect(wire, head);
        wire_expect_pattern(wire, 100000 - offsets[i], 9, offsets[i]);
    }
    suite_refused(wire, "R 100001 file\n", "bad-range");
    suite_refused(wire, "R 1 missing\n", "not-found");
    folder_write(suite.server->dir, "empty", "", 0);
    wire_ask(wire, "R 0 empty\n", "OK 0\n");
    suite_refused(wire, "R 1 empty\n", "bad-range");
    wire_expect_quiet(wire);
}

static void huge_offsets(struct wire *wire)
{
    folder_write_sparse(suite.server->dir, "huge", HUGE_FILE);
    wire_ask_text(wire, "L\n", "2684354560 huge\n");
    wire_ask(wire, "R 2684354555 huge\nR 2684354560 huge\n", "OK 5\n");
    wire_expect_zeros(wire, 5);
    wire_expect(wire, "OK 0\n");
    suite_refused(wire, "R 2684354561 huge\n", "bad-range");
    wire_ask(wire, "R 2147483647 huge\n", "OK 536870913\n");
    wire_expect_zeros(wire, MEGABYTE);
    wire_close(wire);
    wire = suite_open();
    wire_ask(wire, "G huge\n", "OK 2684354560\n");
    wire_expect_zeros(wire, MEGABYTE);
}

static void huge_whole(struct wire *wire)
{
    folder_write_sparse(suite.server->dir, "huge", HUGE_FILE);
    wire_ask(wire, "G huge\nN\n", "OK 2684354560\n");
    wire_expect_zeros(wire, HUGE_FILE);
    wire_expect(wire, "OK 0\n");
}

/* The file is replaced while a client that reads slowly is in the middle of it. */
static void replaced_in_the_folder(void)
{
    struct wire *wire = suite_open_narrow(suite.server);

    folder_write_pattern(suite.server->dir, "file", BIG, 1);
    folder_write_pattern(suite.server->folder.root, "new", 1000, 2);
    wire_ask(wire, "G file\nG file\n", "OK 33554432\n");
    suite_move_in("new", "file");
    wire_expect_pattern(wire, BIG, 1, 0);
    suite_expect_pattern(wire, 1000, 2);
}

static void replaced_by_an_upload(void)
{
    struct wire *reader = suite_open_narrow(suite.server), *writer;

    folder_write_pattern(suite.server->dir, "file", BIG, 1);
    wire_ask(reader, "G file\n", "OK 33554432\n");
    writer = suite_open();
    suite_upload_pattern(writer, "file", 100000, 2);
    suite_download_pattern(writer, "file", 100000, 2);
    wire_expect_pattern(reader, BIG, 1, 0);
    suite_download_pattern(reader, "file", 100000, 2);
}

/* The promised bytes can't come any more: the connection ends, and the server does not. */
static void shortened(void)
{
    struct wire *wire = suite_open_narrow(suite.server);
    unsigned long long n;

    folder_write_pattern(suite.server->dir, "file", BIG, 1);
    wire_ask(wire, "G file\nN\n", "OK 33554432\n");
    verdict_check(truncate(suite_path("file"), 1000) == 0, "truncate: %s", strerror(errno));
    wire_drain(wire, &n);
    verdict_check(n < BIG, "%llu bytes have come of a file that was cut to 1000", n);
    wire_close(wire);
    wire = suite_open();
    suite_download_pattern(wire, "file", 1000, 1);
}

/* It grows meanwhile: as many bytes come as were announced. */
static void lengthened(void)
{
    struct wire *wire = suite_open_narrow(suite.server);

    folder_write_pattern(suite.server->dir, "file", BIG, 1);
    wire_ask(wire, "G file\nN\n", "OK 33554432\n");
    verdict_check(truncate(suite_path("file"), BIG + 1000) == 0, "truncate: %s", strerror(errno));
    wire_expect_pattern(wire, BIG, 1, 0);
    wire_expect(wire, "OK 0\n");
}

/* Everything that came before the end of input is answered, however long it takes to read. */
static void half_close(void)
{
    struct wire *wire = suite_open_narrow(suite.server);

    folder_write_pattern(suite.server->dir, "file", MIDDLE, 3);
    wire_puts(wire, "G file\nL\nQ\n");
    wire_shut(wire);
    suite_expect_pattern(wire, MIDDLE, 3);
    wire_expect(wire, "OK 13\n4194304 file\nOK 0\n");
    wire_expect_eof(wire);
}

/* Bytes that nobody reads any more stand behind Q: closing at once would send RST, and RST
 * would throw away what the client has not read yet. */
static void quit_with_bytes_behind_a_file(const char *name, size_t size)
{
    struct wire *wire = suite_open_narrow(suite.server);
    char behind[20000];

    folder_write_pattern(suite.server->dir, name, size, 3);
    memset(behind, 'N', sizeof behind);
    wire_stop_reading(wire);
    wire_printf(wire, "G %s\nQ\n", name);
    wire_send(wire, behind, sizeof behind);
    if (suite_many()) /* what came before this client has been answered, if one thread serves all */
        wire_expect_quiet(suite_open());
    suite_expect_pattern(wire, size, 3);
    wire_expect(wire, "OK 0\n");
    wire_expect_eof(wire);
}

static void quit_with_bytes_behind(void)
{
    quit_with_bytes_behind_a_file("small", 16 * 1024); /* the kernel takes it whole at once */
    quit_with_bytes_behind_a_file("large", MIDDLE);
}

/* Two clients with one file: one stops reading, the other is served. */
static void slow_reader_alone(void)
{
    struct wire *slow = suite_open_narrow(suite.server), *fast;

    folder_write_pattern(suite.server->dir, "file", BIG, 4);
    wire_ask(slow, "G file\nN\n", "OK 33554432\n");
    fast = suite_open();
    suite_download_pattern(fast, "file", BIG, 4);
    wire_close(fast);
    wire_expect_pattern(slow, BIG, 4, 0);
    wire_expect(slow, "OK 0\n");
}

/* Who came first leaves; who came after them asks for more than the kernel takes at once. */
static void others_have_left(void)
{
    enum { LEAVE = 3, ROUNDS = 3 };

    folder_write_pattern(suite.server->dir, "file", MIDDLE, 5);
    for (int round = 0; round < ROUNDS; round++) {
        struct wire *leave[LEAVE], *stays, *asks;

        for (int i = 0; i < LEAVE; i++)
            wire_expect_quiet(leave[i] = suite_open());
        wire_expect_quiet(stays = suite_open());
        wire_expect_quiet(asks = suite_open_narrow(suite.server));
        suite_close_many(leave, LEAVE);
        wire_expect_quiet(stays); /* by now the server has seen them go */
        wire_ask(asks, "G file\nN\n", "OK 4194304\n");
        wire_expect_quiet(stays);
        wire_expect_pattern(asks, MIDDLE, 5, 0);
        wire_expect(asks, "OK 0\n");
        wire_expect_quiet(stays);
    }
}

const struct conformance_case download_cases[] = {
    {"download_sizes", ON_ALL, .talk = sizes_exact},
    {"download_ten_megabytes", ON_ALL, .talk = ten_megabytes},
    {"download_pipelined", ON_ALL, .talk = pipelined},
    {"download_resume", ON_ALL, .talk = resume},
    {"download_huge_offsets", ON_ALL, .talk = huge_offsets},
    {"download_huge_whole", ON_ALL, CASE_SLOW, .talk = huge_whole},
    {"download_replaced_in_the_folder", ON_ALL, .run = replaced_in_the_folder},
    {"download_replaced_by_an_upload", ON_MANY, .run = replaced_by_an_upload},
    {"download_shortened", ON_ALL, .run = shortened},
    {"download_lengthened", ON_ALL, .run = lengthened},
    {"download_half_close", ON_ALL, .run = half_close},
    {"download_quit_with_bytes_behind", ON_ALL, .run = quit_with_bytes_behind},
    {"download_slow_reader_alone", ON_MANY, .run = slow_reader_alone},
    {"download_others_have_left", ON_MANY, .run = others_have_left},
    {.name = NULL},
};
