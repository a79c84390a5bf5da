/* Uploads of several clients at once, and downloads beside them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance.h"

enum { WRITERS = 6, EACH = 300000 };

/* Reads the file once, through one descriptor: the next upload may replace it at any moment. Its
 * size identifies the upload. */
static bool holds_one_of(const char *name)
{
    unsigned char *found = malloc(EACH + WRITERS);
    size_t n = 0;

    FILE *file = fopen(suite_path(name), "r");
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

    for (unsigned i = 0; i < WRITERS; i++) {
        writers[i] = suite_open();
        wire_printf(writers[i], "P %u contested\n", EACH + i);
    }
    for (unsigned i = 0; i < WRITERS; i++)
        wire_expect(writers[i], "GO\n");
    for (size_t done = 0; done < EACH; done += EACH / 10) {
        for (unsigned i = 0; i < WRITERS; i++)
            wire_send_pattern_from(writers[i], done, EACH / 10, i);
    }
    for (unsigned i = 0; i < WRITERS; i++)
        wire_send_pattern_from(writers[i], EACH, i, i);
    for (unsigned i = 0; i < WRITERS; i++) {
        wire_expect_ok(writers[i]);
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
    wire_send_pattern_from(first, 500, 500, 1);
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
        suite_begin_upload(writer, "file", SIZE + round);
        wire_send_pattern(writer, SIZE / 2, round);
        for (int i = 0; i < 3; i++)
            wire_puts(readers[i], "G file\n");
        wire_send_pattern_from(writer, SIZE / 2, SIZE + round - SIZE / 2, round);
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
    wire_send_pattern_from(first, 999, 1, 1);
    wire_expect_ok(first);
    verdict_check(!wire_readable(second, 100), "loop served two clients at once");
    suite_quit(first);
    wire_expect(second, "HELLO 1 loop\nOK 1000\n");
    wire_expect_pattern(second, 1000, 1, 0);
    wire_expect(second, "OK 0\n");
}

const struct conformance_case uploads_at_once_cases[] = {
    {"upload_same_name_at_once", ON_MANY, .run = same_name_at_once},
    {"upload_last_complete_wins", ON_MANY, .run = last_complete_wins},
    {"upload_beside_downloads", ON_MANY, .run = beside_downloads},
    {"upload_one_after_the_other", ON_LOOP, .run = one_after_the_other},
    {.name = NULL},
};
