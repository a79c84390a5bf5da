/* No room: the size limit, and the quotas. */
#include <stdio.h>
#include <string.h>

#include "conformance.h"

static void too_large(struct wire *wire)
{
    suite_refused(wire, "P 1001 a\n", "too-large");
    suite_refused(wire, "P 2000000000 a\n", "too-large");
    suite_refused(wire, "P 1001 ../a\n", "bad-name");
    suite_upload_pattern(wire, "a", 1000, 1);
    suite_refused(wire, "P 1001 a\n", "too-large");
    suite_download_pattern(wire, "a", 1000, 1);
}

static void size_suffix(struct wire *wire)
{
    suite_refused(wire, "P 65537 a\n", "too-large");
    suite_upload_pattern(wire, "a", 65536, 1);
}

/* --quota 100K is 102400 bytes. */
static void quota(struct wire *wire)
{
    suite_upload_pattern(wire, "a", 60000, 1);
    suite_refused(wire, "P 60000 b\n", "no-space");
    suite_refused(wire, "P 102401 a\n", "no-space too-large");
    suite_upload_pattern(wire, "a", 90000, 2); /* replaces: 90000 in all */
    suite_upload_pattern(wire, "b", 12400, 3);
    suite_refused(wire, "P 1 c\n", "no-space");
    suite_upload_pattern(wire, "a", 1000, 4);
    suite_upload_pattern(wire, "c", 80000, 5);
    wire_ask_text(wire, "L\n", "1000 a\n12400 b\n80000 c\n");
    suite_download_pattern(wire, "c", 80000, 5);
}

/* An upload that was begun and dropped gives its part of the quota back. */
static void quota_given_back(void)
{
    for (int i = 0; i < 3; i++) {
        struct wire *wire = suite_open();

        wire_ask(wire, "P 90000 a\n", "GO\n");
        wire_send_pattern(wire, 80000, 1);
        wire_reset(wire);
        verdict_check(folder_await_clean(suite.server->dir), "a temporary file is left");
    }
    suite_upload_pattern(suite_open(), "a", 90000, 2);
}

/* Two at once may each be allowed or refused, but the library does not outgrow its quota. */
static void quota_of_two(void)
{
    struct wire *wires[2] = {suite_open(), suite_open()};
    bool going[2];
    int stored = 0;

    for (int i = 0; i < 2; i++) {
        wire_printf(wires[i], "P 60000 f%d\n", i);
        const char *line = wire_line(wires[i]);
        verdict_check(line && (strcmp(line, "GO") == 0 || strncmp(line, "ERR no-space ", 13) == 0),
                      "expected GO or ERR no-space\nreceived: %s", line ? line : "the end");
        going[i] = line[0] == 'G';
    }
    for (int i = 0; i < 2; i++) {
        const struct wire_reply *reply;

        if (!going[i])
            continue;
        wire_send_pattern(wires[i], 60000, 1);
        reply = wire_reply(wires[i]);
        verdict_check(reply && (reply->ok || strcmp(reply->code, "no-space") == 0),
                      "expected OK 0 or ERR no-space");
        stored += reply->ok;
        wire_expect_quiet(wires[i]);
    }
    verdict_check(stored == 1, "%d uploads of 60000 bytes each fit into a quota of 100K", stored);
}

/* ---- space that is reserved, and not sent ---- */

/* Uploads as large as the quota that send next to nothing keep nobody out, at no server of the
 * folder. */
static void reserved_and_not_sent(void)
{
    enum { QUOTA = 1 << 20, SLOW = 4, PART = 1024, LARGE = 600000 };
    const struct serverproc_config same = {.options = "--quota 1M", .dir = suite.server->dir};
    const struct serverproc *other = serverproc_start(&same);
    struct wire *slow[SLOW], *here = suite_open(), *there = suite_open_on(other);
    char name[16];

    for (int i = 0; i < SLOW; i++) {
        snprintf(name, sizeof name, "slow %d", i);
        slow[i] = suite_open();
        suite_begin_upload(slow[i], name, QUOTA);
        wire_send_pattern(slow[i], PART, 1);
    }
    suite_upload_pattern(here, "small", 10000, 2);
    suite_upload_pattern(there, "other", 100000, 3);
    suite_upload_pattern(here, "large", LARGE, 4);
    suite_upload_pattern(there, "large", LARGE + 1000, 5);
    wire_ask_text(there, "L\n", "601000 large\n100000 other\n10000 small\n");
    for (int i = 0; i < SLOW; i++) { /* what can't fit is read, and refused behind its end */
        wire_send_pattern_from(slow[i], PART, QUOTA - PART, 1);
        wire_expect_error(slow[i], "no-space");
        wire_expect_quiet(slow[i]);
    }
}

/* Many that are each within what may be reserved, but not together. */
static void reserved_by_many(void)
{
    enum { MANY = 30, EACH = 20000 };
    struct wire *wires[MANY];
    char name[16];

    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "f%02d", i);
        wires[i] = suite_open();
        suite_begin_upload(wires[i], name, EACH);
    }
    suite_upload_pattern(suite_open(), "more", 60000, 1);
    wire_send_pattern(wires[0], EACH, 2); /* the first was within: its space is its own */
    wire_expect_ok(wires[0]);
    wire_send_pattern(wires[1], EACH, 3);
    wire_expect_ok(wires[1]);
    wire_send_pattern(wires[2], EACH, 4); /* 100000 are there */
    wire_expect_error(wires[2], "no-space");
    wire_expect_quiet(wires[2]);
    wire_ask_text(wires[2], "L\n", "20000 f00\n20000 f01\n60000 more\n");
}

/* One that turns out not to fit gives back what it has taken before its body ends. */
static void counted_as_it_comes(void)
{
    enum { SIZE = 6000000, MOST = 5900000 };
    struct wire *first = suite_open(), *second = suite_open();

    suite_begin_upload(first, "first", SIZE);
    wire_send_pattern(first, MOST, 1);
    verdict_check(folder_await_hidden(suite.server->dir, 1, MOST), "what was sent does not arrive");
    suite_begin_upload(second, "second", SIZE);
    wire_send_pattern(second, MOST, 1);
    verdict_check(folder_await_hidden(suite.server->dir, 1, MOST),
                  "what does not fit is kept to the end of its body");
    wire_send_pattern_from(first, MOST, SIZE - MOST, 1);
    wire_expect_ok(first);
    wire_send_pattern_from(second, MOST, SIZE - MOST, 1);
    wire_expect_error(second, "no-space");
    wire_ask_text(second, "L\n", "6000000 first\n");
    suite_download_pattern(first, "first", SIZE, 1);
}

/* ---- the number of files ---- */

static void file_quota(struct wire *wire)
{
    suite_upload(wire, "a", "a", 1);
    suite_upload(wire, "b", "b", 1);
    suite_upload(wire, "c", "c", 1);
    suite_refused(wire, "P 1 d\n", "no-space");
    suite_refused(wire, "P 0 d\n", "no-space");
    suite_upload(wire, "b", "bb", 2);
    wire_ask_text(wire, "L\n", "1 a\n2 b\n1 c\n");
}

const struct conformance_case storage_cases[] = {
    {"storage_too_large", ON_ALL, CASE_OURS, "--max-upload 1000", .talk = too_large},
    {"storage_size_suffix", ON_ALL, CASE_OURS, "--max-upload 64K", .talk = size_suffix},
    {"storage_quota", ON_ALL, CASE_OURS, "--quota 100K", .talk = quota},
    {"storage_quota_given_back", ON_ALL, CASE_OURS, "--quota 100K", .run = quota_given_back},
    {"storage_quota_of_two", ON_MANY, CASE_OURS, "--quota 100K", .run = quota_of_two},
    {"storage_reserved_and_not_sent", ON_MANY, CASE_OURS, "--quota 1M",
     .run = reserved_and_not_sent},
    {"storage_reserved_by_many", ON_MANY, CASE_OURS, "--quota 100K", .run = reserved_by_many},
    {"storage_counted_as_it_comes", ON_MANY, CASE_OURS, "--quota 9M", .run = counted_as_it_comes},
    {"storage_file_quota", ON_ALL, CASE_OURS, "--max-files 3", .talk = file_quota},
    {.name = NULL},
};
