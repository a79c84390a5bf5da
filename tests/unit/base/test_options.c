/* test_options.c: the command line; each case in a process of its own, since getopt has a memory */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/options.h"

/* What a command line came to. */
struct parsed {
    int status; /* of options_parse */
    char out[8192], err[1024];
    struct options options; /* its strings are not for us: they are copied */
    char address[64], dir[64];
};

static void drain(int fd, char *to, size_t size)
{
    size_t len = 0;
    ssize_t n;
    while (len + 1 < size && (n = read(fd, to + len, size - 1 - len)) > 0)
        len += (size_t)n;
    to[len] = '\0';
    close(fd);
}

enum { WORDS = 32 };

/* Cuts a command line at its spaces; '' is an empty word. */
static int words_cut(char *line, char **words)
{
    int count = 0;
    for (char *word = strtok(line, " "); word != NULL; word = strtok(NULL, " ")) {
        unit_check(count < WORDS - 1, "too many words");
        if (strcmp(word, "''") == 0)
            word[0] = '\0';
        words[count++] = word;
    }
    words[count] = NULL;
    return count;
}

static _Noreturn void parse_main(const char *line, const int out[2], const int err[2],
                                 const int result[2])
{
    char copy[512], *words[WORDS];
    struct parsed outcome = {0};
    (void)dup2(out[1], STDOUT_FILENO);
    (void)dup2(err[1], STDERR_FILENO);
    (void)snprintf(copy, sizeof copy, "epoll-server %s", line);
    int count = words_cut(copy, words);
    outcome.status = options_parse(&outcome.options, "epoll", 9006, count, words);
    (void)snprintf(outcome.address, sizeof outcome.address, "%s", outcome.options.address);
    (void)snprintf(outcome.dir, sizeof outcome.dir, "%s", outcome.options.dir);
    (void)fflush(stdout);
    _exit(write(result[1], &outcome, sizeof outcome) == sizeof outcome ? 0 : 1);
}

static void parse(const char *line, struct parsed *outcome)
{
    int out[2], err[2], result[2];
    unit_check(pipe(out) == 0 && pipe(err) == 0 && pipe(result) == 0, "pipe: %s", strerror(errno));
    (void)fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        parse_main(line, out, err, result);
    close(out[1]);
    close(err[1]);
    close(result[1]);
    ssize_t n = read(result[0], outcome, sizeof *outcome);
    close(result[0]);
    drain(out[0], outcome->out, sizeof outcome->out);
    drain(err[0], outcome->err, sizeof outcome->err);
    int status = unit_wait(child);
    unit_check(status == 0 && n == (ssize_t)sizeof *outcome, "%s: no outcome, status %x", line,
               (unsigned int)status);
}

static void test_defaults(void)
{
    struct parsed got;
    parse("", &got);
    unit_check(got.status == -1 && got.out[0] == '\0' && got.err[0] == '\0', "status %d, %s",
               got.status, got.err);
    const struct options *o = &got.options;
    assert_string_equal(got.address, "127.0.0.1");
    assert_string_equal(got.dir, "files");
    unit_check(o->port == 9006 && !o->verbose && !o->durable && o->max_clients == 10000 &&
                   o->idle_timeout == 300 && o->header_timeout == 30 &&
                   o->max_upload == 1073741824U && o->quota == 4294967296U &&
                   o->max_files == 10000 && o->max_backlog == 262144 && o->max_memory == 67108864,
               "the defaults are others");
}

static void test_everything_at_once(void)
{
    struct parsed got;
    parse(
        "-b :: -p 0 -d /tmp/x -v --max-clients 7 --idle-timeout=8 --header-timeout 9 "
        "--max-upload 10K --quota 11M --max-files 12 --max-backlog 13K --max-memory 14M --durable",
        &got);
    const struct options *o = &got.options;
    unit_check(got.status == -1, "status %d, %s", got.status, got.err);
    assert_string_equal(got.address, "::");
    assert_string_equal(got.dir, "/tmp/x");
    unit_check(o->port == 0 && o->verbose && o->durable && o->max_clients == 7 &&
                   o->idle_timeout == 8 && o->header_timeout == 9 && o->max_upload == 10240 &&
                   o->quota == 11534336 && o->max_files == 12 && o->max_backlog == 13312 &&
                   o->max_memory == 14680064,
               "some option was not taken");
    parse("-p 1 -p 2", &got); /* the last one wins */
    unit_check(got.status == -1 && got.options.port == 2, "-p twice: %u", got.options.port);
}

static void test_sizes(void)
{
    static const struct {
        const char *text;
        int status;
        uint64_t value;
    } cases[] = {
        {"0", -1, 0},
        {"1", -1, 1},
        {"1K", -1, 1024},
        {"1M", -1, 1048576},
        {"1G", -1, 1073741824},
        {"0K", -1, 0},
        {"1024K", -1, 1048576},
        {"9223372036854775807", -1, INT64_MAX},
        {"8589934591G", -1, 8589934591U * 1073741824U},
        {"8589934592G", 2, 0},
        {"9223372036854775808", 2, 0},
        {"18446744073709551615", 2, 0},
        {"18446744073709551616", 2, 0},
        {"17179869184G", 2, 0},
        {"99999999999999999999999", 2, 0},
        {"", 2, 0},
        {"K", 2, 0},
        {"-1", 2, 0},
        {"+1", 2, 0},
        {"0x10", 2, 0},
        {"1k", 2, 0},
        {"1KB", 2, 0},
        {"1KK", 2, 0},
        {"1T", 2, 0},
        {"1.5K", 2, 0},
        {"1e3", 2, 0},
        {"ten", 2, 0},
    };
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        struct parsed got;
        char line[100];
        (void)snprintf(line, sizeof line, "--max-upload=%s", cases[i].text);
        parse(line, &got);
        unit_check(got.status == cases[i].status, "%s: expected status %d, received %d", line,
                   cases[i].status, got.status);
        unit_check(got.status == 2 || got.options.max_upload == cases[i].value,
                   "%s: expected %llu, received %llu", line, (unsigned long long)cases[i].value,
                   (unsigned long long)got.options.max_upload);
    }
}

static void test_limits(void)
{
    static const struct {
        const char *option;
        const char *least, *most; /* what is just allowed */
        const char *below, *above;
    } cases[] = {
        {"-p", "0", "65535", "-1", "65536"},
        {"--max-clients", "1", "1000000", "0", "1000001"},
        {"--idle-timeout", "1", "1000000", "0", "1000001"},
        {"--header-timeout", "1", "1000000", "0", "1000001"},
        {"--max-upload", "0", "9223372036854775807", "-1", "9223372036854775808"},
        {"--quota", "0", "9223372036854775807", "-1", "9223372036854775808"},
        {"--max-files", "0", "9223372036854775807", "-1", "9223372036854775808"},
        {"--max-backlog", "4096", "1G", "4095", "1073741825"},
        {"--max-memory", "64K", "1024G", "65535", "1025G"},
    };
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        const char *const values[] = {cases[i].least, cases[i].most, cases[i].below,
                                      cases[i].above};
        for (size_t k = 0; k < 4; k++) {
            struct parsed got;
            char line[100];
            (void)snprintf(line, sizeof line, "%s %s", cases[i].option, values[k]);
            parse(line, &got);
            int want = k < 2 ? -1 : 2;
            unit_check(got.status == want, "%s: expected status %d, received %d", line, want,
                       got.status);
        }
    }
}

/* One sentence on standard error that names the server and the word; status 2. */
static void test_wrong_usage(void)
{
    static const struct {
        const char *line, *word;
    } cases[] = {
        {"-x", "-x"},
        {"--no-such-option", "--no-such-option"},
        {"--max", "--max"}, /* which of them? */
        {"-p", "-p"},
        {"-b", "-b"},
        {"--quota", "--quota"},
        {"-d ''", "-d"},
        {"-b ''", "-b"},
        {"word", "word"},
        {"-v word -p 1", "word"},
        {"-- -v", "-v"},
        {"-p ''", ""},
        {"-p ten", "ten"},
        {"--durable=yes", "--durable"},
        {"-p 1K", "1K"}, /* units are for sizes */
        {"--max-clients 1K", "1K"},
        {"--idle-timeout 1K", "1K"},
        {"--header-timeout 1M", "1M"},
        {"--max-files 1K", "1K"},
    };
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        struct parsed got;
        parse(cases[i].line, &got);
        unit_check(got.status == 2, "%s: status %d", cases[i].line, got.status);
        const char *lf = strchr(got.err, '\n');
        unit_check(strncmp(got.err, "epoll-server: ", 14) == 0 && lf != NULL && lf[1] == '\0' &&
                       strstr(got.err, cases[i].word) != NULL,
                   "%s: standard error has %s", cases[i].line,
                   unit_quote(got.err, strlen(got.err)));
        unit_check(got.out[0] == '\0', "%s: standard output has %s", cases[i].line, got.out);
    }
}

static void test_help_and_version(void)
{
    static const char *const options[] = {"-b",
                                          "-p",
                                          "-d",
                                          "-v",
                                          "--max-clients",
                                          "--idle-timeout",
                                          "--quota",
                                          "--max-files",
                                          "--max-backlog",
                                          "--durable",
                                          "--max-upload",
                                          "--header-timeout",
                                          "--help",
                                          "--version"};
    struct parsed got;
    parse("--help", &got);
    unit_check(got.status == 0 && got.err[0] == '\0', "--help: status %d, %s", got.status, got.err);
    for (size_t i = 0; i < UNIT_COUNT(options); i++)
        unit_check(strstr(got.out, options[i]) != NULL, "--help does not list %s", options[i]);
    unit_check(strstr(got.out, "epoll-server") != NULL && strstr(got.out, "9006") != NULL,
               "--help does not name the server and its port");
    parse("-p 1234 --help", &got);
    unit_check(got.status == 0 && strstr(got.out, "default 9006") != NULL,
               "--help prints another default");
    parse("--version", &got);
    unit_check(got.status == 0 && strncmp(got.out, "epoll-server ", 13) == 0 && got.err[0] == '\0',
               "--version: status %d, %s", got.status, got.out);
}

static const struct CMUnitTest tests[] = {
    TEST(test_defaults), TEST(test_everything_at_once), TEST(test_sizes),
    TEST(test_limits),   TEST(test_wrong_usage),        TEST(test_help_and_version),
};
UNIT_MAIN("options", tests)
