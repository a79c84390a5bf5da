/* test_sum.c: checksums of files, in steps, of files that change, and with reads that fail */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files/sum.h"
#include "library_folder.h"

/* The first and the last are examples of NIST; sha256sum(1) prints the same for all. */
static const struct {
    const char *text;
    size_t times; /* the text so often */
    const char *sum;
} known[] = {
    {"abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n"},
    {"", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"},
    {"hello\n", 1, "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03\n"},
    {"0123456789abcdef", SUM_STEP / 16,
     "d8b2af1c85cdb4588e978aed5875e12cbfd20f68009823cf914b40cf41d8e4ce\n"},
    {"a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0\n"},
};

/* ---- pread(2), which the linker replaces (ld(1), --wrap) ---- */

static struct {
    int fail_at; /* this read fails; 0: none */
    int error;
    size_t most; /* a read returns no more; 0: no limit */
    int calls;
    size_t bytes; /* read so far */
} reads;

ssize_t __real_pread(int fd, void *bytes, size_t size, off_t offset);
ssize_t __wrap_pread(int fd, void *bytes, size_t size, off_t offset);

ssize_t __wrap_pread(int fd, void *bytes, size_t size, off_t offset)
{
    if (++reads.calls == reads.fail_at) {
        errno = reads.error;
        return -1;
    }
    size_t most = reads.most > 0 && reads.most < size ? reads.most : size;
    ssize_t n = __real_pread(fd, bytes, most, offset);
    reads.bytes += n > 0 ? (size_t)n : 0;
    return n;
}

/* ---- what all tests use ---- */

static struct sum *begin(const char *name)
{
    struct sum *sum = NULL;
    int error = sum_begin(&library.store, name, strlen(name), &sum);
    unit_check(error == 0, "sum_begin %s: %s", name, strerror(error));
    memset(&reads, 0, sizeof reads);
    return sum;
}

/* Steps to the end. Returns 0, or the error. */
static int finish(struct sum *sum, char text[SUM_TEXT])
{
    bool done = false;
    int error = 0;
    while (error == 0 && !done)
        error = sum_step(sum, &done, text);
    return error;
}

static void check(struct sum *sum, const char *want, const char *what)
{
    char text[SUM_TEXT] = "";
    int error = finish(sum, text);
    unit_check(error == 0 && strcmp(text, want) == 0, "%s: expected %s, received %s (%s)", what,
               want, text, strerror(error));
    sum_end(sum);
}

static void write_known(const char *name, size_t i)
{
    size_t len = strlen(known[i].text);
    char *bytes = malloc(len * known[i].times + 1);
    unit_check(bytes != NULL, "out of memory");
    for (size_t k = 0; k < known[i].times; k++)
        memcpy(bytes + k * len, known[i].text, len);
    unit_write(library.path, name, bytes, len * known[i].times);
    free(bytes);
}

/* ---- the tests ---- */

static void test_known(void)
{
    for (size_t i = 0; i < UNIT_COUNT(known); i++) {
        write_known("file", i);
        check(begin("file"), known[i].sum, known[i].text);
    }
}

static void test_steps_are_bounded(void)
{
    enum { SIZE = 1000000 };
    int steps = 0;
    bool done = false;
    char text[SUM_TEXT];
    write_known("file", UNIT_COUNT(known) - 1);
    struct sum *sum = begin("file");
    while (!done) {
        size_t before = reads.bytes;
        unit_check(sum_step(sum, &done, text) == 0, "sum_step");
        unit_check(reads.bytes - before <= SUM_STEP, "%zu bytes in one step", reads.bytes - before);
        steps++;
    }
    sum_end(sum);
    unit_check(steps == (SIZE + SUM_STEP - 1) / SUM_STEP, "%d steps", steps);
}

static void test_short_reads(void)
{
    write_known("file", 2);
    struct sum *sum = begin("file");
    reads.most = 1;
    check(sum, known[2].sum, "a byte at a time");
}

static void test_reads_fail(void)
{
    char text[SUM_TEXT];
    write_known("file", UNIT_COUNT(known) - 1);
    for (int at = 1; at <= 8; at++) {
        struct sum *sum = begin("file");
        reads.fail_at = at;
        reads.error = EIO;
        unit_check(finish(sum, text) == EIO, "read %d has failed, the sum has not", at);
        sum_end(sum);
        sum = begin("file");
        reads.fail_at = at;
        reads.error = EINTR;
        check(sum, known[UNIT_COUNT(known) - 1].sum, "a read is interrupted");
    }
}

/* Other bytes, another length, under the same name or in the same file. */
static void test_changes_meanwhile(void)
{
    bool done;
    char text[SUM_TEXT];
    write_known("file", UNIT_COUNT(known) - 1);
    struct sum *replaced = begin("file");
    unit_check(sum_step(replaced, &done, text) == 0 && !done, "sum_step");
    write_known("new", 0);
    unit_check(renameat(library.store.dir, "new", library.store.dir, "file") == 0, "renameat");
    check(begin("file"), known[0].sum, "the new file");
    check(replaced, known[UNIT_COUNT(known) - 1].sum, "replaced");

    struct sum *longer = begin("file");
    int file = openat(library.store.dir, "file", O_WRONLY | O_APPEND | O_CLOEXEC);
    unit_check(file >= 0 && write(file, "def", 3) == 3, "write");
    check(longer, known[0].sum, "longer");
    struct sum *shorter = begin("file");
    unit_check(ftruncate(file, 2) == 0, "ftruncate");
    close(file);
    unit_check(finish(shorter, text) == EIO, "of a file that has become shorter");
    sum_end(shorter);
}

static void test_refused(void)
{
    struct sum *sum = NULL;
    unit_check(symlinkat("file", library.store.dir, "link") == 0, "symlinkat");
    unit_check(sum_begin(&library.store, "none", 4, &sum) == ENOENT, "no such file");
    unit_check(sum_begin(&library.store, "link", 4, &sum) == ELOOP, "a link");
    sum_end(sum);
}

static const struct CMUnitTest tests[] = {
    LIBRARY(test_known),      LIBRARY(test_steps_are_bounded), LIBRARY(test_short_reads),
    LIBRARY(test_reads_fail), LIBRARY(test_changes_meanwhile), LIBRARY(test_refused),
};
UNIT_MAIN("sum", tests)
