/* test_program.c: what lab-bench makes of its command line, its environment and its descriptors */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/arguments.h"
#include "load/load.h"
#include "load/load_print.h"
#include "ran.h"
#include "scripted.h"

#define TINY "run ping -m 06 --no-baseline --no-minimal -t 0.05 -r 1 --retries 0 --no-report"

static int program_end(void **state)
{
    scripted_stop();
    return unit_end(state);
}

/* An entry of the table with a server in this process. */
#define LOAD(function) TEST_AROUND(unit_begin, function, program_end)

/* Words and options in any order, although getopt(3) then stops at the first word. */
static void test_posixly_correct(void)
{
    static const char *const commands[] = {TINY " --points 1", TINY " --points 1 come-and-go"};
    const struct ran_how how = {.variable = {"POSIXLY_CORRECT"}, .value = {"1"}};
    for (size_t i = 0; i < UNIT_COUNT(commands); i++) {
        struct ran ran;
        ran_measure(&ran, &how, commands[i]);
        unit_check(ran_row(&ran, "ping", "epoll") != NULL, "%s: no row", commands[i]);
        unit_check((ran_row(&ran, "come-and-go", "epoll") != NULL) == (i == 1), "%s: rows",
                   commands[i]);
        ran_free(&ran);
    }
}

static void test_quoted(void)
{
    char *words[] = {"run", "", "a'b", "`c`", "[d]", "#e", "~", "e f", "g=1,2"}, text[100];
    arguments_print(text, sizeof text, UNIT_COUNT(words), words);
    unit_check(strcmp(text, "lab-bench run '' 'a'\\''b' '`c`' '[d]' '#e' '~' 'e f' g=1,2") == 0,
               "%s", text);
    arguments_print(text, 16, UNIT_COUNT(words), words);
    unit_check(strcmp(text, "lab-bench run '") == 0, "15 bytes of it: %s", text);
}

/* An upload's file is "<name>-<client>", and a file's name has at most 255 bytes. */
static void test_long_name(void)
{
    struct ran ran;
    ran_expect(&ran, NULL, ran_words("load -p 1 --kind upload -c 0 --file %0249d", 0), 2);
    ran_free(&ran);
}

/* A point that is named twice is one. */
static void test_points_twice(void)
{
    struct ran ran;
    ran_measure(&ran, NULL, TINY " --clients 2,2,3,2");
    unit_check(ran.count == 2, "%zu rows of 2 points", ran.count);
    ran_free(&ran);
}

static void test_empty_tmpdir(void)
{
    const struct ran_how how = {.dir = "", .variable = {"TMPDIR"}, .value = {""}};
    struct ran ran;
    ran_measure(&ran, &how, TINY " --points 1");
    unit_check(strncmp(ran.file->library, "/dev/shm/lab-bench-", 19) == 0 ||
                   strncmp(ran.file->library, "/tmp/lab-bench-", 15) == 0,
               "the library was in %s", ran.file->library);
    ran_free(&ran);
}

/* How a server ended that does not start stands there once. */
static void test_end_reported_once(void)
{
    static const char *const commands[] = {
        "run ping -m none --points 1 --no-baseline --server x=/nonexistent" RAN_SPACE "{port}",
        "run ping -m none --points 1 --no-baseline --server x=false" RAN_SPACE "{port}",
        "ratio ping none=/nonexistent" RAN_SPACE "{port}",
        "ratio ping none=true" RAN_SPACE "{port}"};
    for (size_t i = 0; i < UNIT_COUNT(commands); i++) {
        struct ran ran;
        ran_expect(&ran, NULL, commands[i], 1);
        const char *ended = strstr(ran.errors, " ended it)");
        unit_check(ended != NULL && strstr(ended + 1, " ended it)") == NULL, "%s", ran.errors);
        ran_free(&ran);
    }
}

/* {port} and {dir} may be a part of a word. */
static void test_words_filled(void)
{
    const char *all = ran_program("SERVERS"), *server = strrchr(all, ' ');
    struct ran ran;
    ran_expect(&ran, NULL,
               ran_words("run ping -m none --no-baseline -t 0.05 -r 1 --no-report --points 2 "
                         "--server x=%s" RAN_SPACE "-p{port}" RAN_SPACE "-d{dir}",
                         server != NULL ? server + 1 : all),
               0);
    ran_free(&ran);
}

/* ---- descriptors ---- */

static int closed; /* a bit for each */

static void descriptors_close(const struct ran *ran)
{
    (void)ran;
    for (int fd = 0; fd < 3; fd++)
        if ((closed & 1 << fd) != 0)
            (void)close(fd);
}

/* What would have been printed is in none of the files that are written. */
static void test_descriptors_closed(void)
{
    const struct ran_how how = {.prepare = descriptors_close};
    for (closed = 1; closed < 8; closed++) {
        struct ran ran;
        ran_measure(&ran, &how, TINY " --points 2");
        unit_check(ran.count == 1, "descriptors %x closed: %zu rows", (unsigned int)closed,
                   ran.count);
        ran_free(&ran);
    }
}

/* ---- load ---- */

/* The server answers when all is over. */
static void test_no_reply(void)
{
    struct scripted script = {.late_ms = 700};
    int port = scripted_start(&script);
    for (int open = 0; open < 2; open++) {
        struct ran ran;
        ran_expect(
            &ran, NULL,
            ran_words("load -p %d -c 1 -d 0.2 --warmup 0.1%s", port, open ? " --rate 50" : ""), 1);
        unit_check(strstr(ran.output, "under way   1 at the end, the oldest for ") != NULL &&
                       strstr(ran.output, "no reply came in the measured time") != NULL,
                   "%s", ran.output);
        unit_check(strstr(ran.output, "p50") == NULL && strstr(ran.output, "p99 ") == NULL, "%s",
                   ran.output);
        ran_free(&ran);
    }
    scripted_stop();
}

/* 999.7 ms, rounded to three digits, is a second. */
static void test_times(void)
{
    static const struct {
        uint64_t nanoseconds;
        const char *shown;
    } times[] = {{999700000, "  1.00 s\n"}, {999400000, "  999 ms\n"}, {1000000000, "  1.00 s\n"},
                 {999700, "  1.00 ms\n"},   {10250, "  10.3 µs\n"},    {750, "  750 ns\n"}};
    struct load_spec spec = {.host = "127.0.0.1", .clients = 1};
    for (size_t i = 0; i < UNIT_COUNT(times); i++) {
        struct load_result result = {.seconds = 1, .requests = 1};
        char *text = NULL;
        size_t bytes;
        FILE *out = open_memstream(&text, &bytes);
        unit_check(out != NULL && histogram_init(&result.latency), "no memory");
        histogram_record(&result.latency, times[i].nanoseconds, 1);
        load_print(out, &spec, &result, true);
        (void)fclose(out);
        unit_check(strstr(text, times[i].shown) != NULL, "%lu ns: %s",
                   (unsigned long)times[i].nanoseconds, text);
        free(text);
        load_result_free(&result);
    }
}

static const struct CMUnitTest tests[] = {TEST(test_quoted),          TEST(test_long_name),
                                          TEST(test_posixly_correct), TEST(test_points_twice),
                                          TEST(test_empty_tmpdir),    TEST(test_end_reported_once),
                                          TEST(test_words_filled),    TEST(test_descriptors_closed),
                                          LOAD(test_no_reply),        TEST(test_times)};
UNIT_MAIN("program", tests)
