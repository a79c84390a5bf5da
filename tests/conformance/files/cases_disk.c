/* A disk that is full, without inodes, or with a limit to the size of a file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "conformance.h"

enum { DISK = 1 << 20, INODES = 6 };

/* The refusal may come before the body or after it; the body is sent when it is asked for. */
static void no_room_for(struct wire *wire, const char *name, size_t n, const char *codes)
{
    wire_printf(wire, "P %zu %s\n", n, name);
    if (wire_readable(wire, bound_of(BOUND_GENEROUS)) && wire_next_is(wire, "GO\n")) {
        wire_expect(wire, "GO\n");
        wire_send_pattern(wire, n, 9);
    }
    wire_expect_error(wire, codes);
}

static void disk_full(struct wire *wire)
{
    suite_upload_pattern(wire, "old", 300000, 1);
    no_room_for(wire, "new", DISK + DISK, "no-space");
    wire_expect_quiet(wire);
    no_room_for(wire, "old", DISK, "no-space");
    wire_expect_quiet(wire);
    suite_download_pattern(wire, "old", 300000, 1);
    wire_ask_text(wire, "L\n", "300000 old\n");
    verdict_check(folder_await_clean(suite.server->dir), "a temporary file is left");
    suite_upload_pattern(wire, "more", 300000, 2); /* what still fits is still taken */
}

/* It fills up while the body is on its way: nobody could know before. */
static void disk_fills_up(struct wire *wire)
{
    char *part = suite_repeated("x", 100000);

    suite_upload_pattern(wire, "late", 1000, 7);
    wire_ask(wire, "P 600000 late\n", "GO\n");
    wire_send_pattern(wire, 1000, 3);
    folder_write_pattern(suite.server->dir, "filler", 1000, 1);
    for (int i = 0; i < 7; i++) { /* as much as fits beside a reservation, or more */
        char name[16];

        snprintf(name, sizeof name, "filler %d", i);
        FILE *file = fopen(suite_path(name), "we");
        verdict_check(file, "fopen");
        fputs(part, file);
        fclose(file);
    }
    free(part);
    wire_send_pattern_from(wire, 1000, 599000, 3);
    const struct wire_reply *reply = wire_reply(wire);
    verdict_check(reply && (reply->ok || strcmp(reply->code, "no-space") == 0),
                  "expected ERR no-space (or OK 0, when the room was reserved)");
    verdict_check(reply->ok ? folder_holds_pattern(suite.server->dir, "late", 600000, 3)
                            : folder_holds_pattern(suite.server->dir, "late", 1000, 7),
                  "%s, and the file is another one",
                  reply->ok ? "the reply was OK" : "the reply was ERR");
    wire_expect_quiet(wire);
    verdict_check(folder_await_clean(suite.server->dir), "a temporary file is left");
}

/* There is room, and no inode: neither for a new file nor to replace an old one. */
static void no_inodes(struct wire *wire)
{
    char name[16];
    int stored = 0;

    for (;; stored++) {
        snprintf(name, sizeof name, "file %d", stored);
        wire_printf(wire, "P 3 %s\n", name);
        if (!wire_next_is(wire, "GO\n"))
            break;
        wire_expect(wire, "GO\n");
        wire_ask(wire, "abc", "OK 0\n");
        verdict_check(stored < INODES, "%d files with %d inodes", stored + 1, INODES);
    }
    wire_expect_error(wire, "no-space");
    verdict_check(stored > 1, "%d files with %d inodes", stored, INODES);
    suite_refused(wire, "P 4 file 0\n", "no-space"); /* the new one comes before the old one goes */
    verdict_check(folder_holds(suite.server->dir, "file 0", "abc", 3), "the old file is damaged");
    verdict_check(unlink(suite_path("file 1")) == 0, "unlink");
    suite_upload(wire, "file 0", "more", 4);
    verdict_check(folder_await_clean(suite.server->dir), "a temporary file is left");
}

static void file_size_limit(struct wire *wire)
{
    static char body[90000];

    suite_upload_pattern(wire, "old", 90000, 1);
    no_room_for(wire, "old", 200000, "too-large no-space io");
    wire_expect_quiet(wire);
    suite_download_pattern(wire, "old", 90000, 1);
    suite_upload_pattern(wire, "old", 80000, 2);
    suite_download_pattern(wire, "old", 80000, 2);

    /* a limit that is met only when the body comes: write(2) sends SIGXFSZ */
    suite_begin_upload(wire, "new", sizeof body);
    suite_limit(RLIMIT_FSIZE, 40000);
    verdict_check(wire_send(wire, body, sizeof body), "the server has hung up");
    wire_expect_error(wire, "too-large no-space io");
    suite_download_pattern(wire, "old", 80000, 2);
}

static void huge_upload(void)
{
    const unsigned long long n = 2684354560ull;
    struct wire *wire;

    if (folder_room() < n + (n >> 2))
        verdict_skip("the disk has no room for an upload of 2.5 GiB");
    wire = suite_open();
    suite_begin_upload(wire, "huge", n);
    static unsigned char zeros[1 << 20];
    for (unsigned long long done = 0; done < n; done += sizeof zeros)
        verdict_check(wire_send(wire, zeros, sizeof zeros), "the server has hung up");
    wire_expect_ok(wire);
    wire_ask_text(wire, "L\nR 2684354559 huge\n", "2684354560 huge\n");
    wire_expect(wire, "OK 1\n");
    wire_expect_zeros(wire, 1);
}

const struct conformance_case disk_cases[] = {
    {"storage_disk_full", ON_ALL, CASE_OURS, .talk = disk_full, .config.disk = DISK},
    {"storage_disk_fills_up", ON_ALL, CASE_OURS, .talk = disk_fills_up, .config.disk = DISK},
    {"storage_no_inodes", ON_ALL, CASE_OURS, .talk = no_inodes,
     .config = {.disk = DISK, .inodes = INODES}},
    {"storage_file_size_limit", ON_ALL, CASE_OURS, .talk = file_size_limit,
     .config.max_size = 100000},
    {"storage_huge_upload", ON_ALL, CASE_OURS | CASE_SLOW, "--max-upload 4G", .run = huge_upload},
    {.name = NULL},
};
