/* Checksums: H, alone, beside others, and of files that take their time. */
#include <errno.h>
#include <sha2.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conformance.h"

enum { MEGABYTE = 1 << 20, BIG = 32 * MEGABYTE };

#define HUGE_FILE    10737418240ull /* 10 GiB: a minute of computing */

#define SUM_NOTHING  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
#define SUM_ABC      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n"
#define SUM_OF_ZEROS "83ee47245398adee79bd9c0a8bc57b821e92aba10f5f9ade8a5d1fae4d8c4302\n"

static void expect_pattern_sum(struct wire *wire, size_t n, unsigned seed)
{
    unsigned char *bytes = pattern_new(n, seed);
    char text[SHA256_DIGEST_STRING_LENGTH + 1];

    SHA256Data(bytes, n, text);
    free(bytes);
    memcpy(text + SHA256_DIGEST_STRING_LENGTH - 1, "\n", 2);
    wire_expect_text(wire, text);
}

static void known_sums(struct wire *wire)
{
    folder_write(suite.server->dir, "empty", "", 0);
    folder_write(suite.server->dir, "a b 文.txt", "abc", 3);
    wire_ask(wire, "H empty\nH a b 文.txt\r\n", "OK 65\n" SUM_NOTHING "OK 65\n" SUM_ABC);
    wire_expect_quiet(wire);
}

static void sizes(struct wire *wire)
{
    static const size_t sizes[] = {1,     55,    56,    63,     64,     65,     119,    120,
                                   16383, 16384, 16385, 65535,  65536,  65537,  131072, 131073,
                                   99999, 3000,  4096,  262144, 262145, 1048577};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        folder_write_pattern(suite.server->dir, "file", sizes[i], (unsigned)i);
        wire_puts(wire, "H file\n");
        expect_pattern_sum(wire, sizes[i], (unsigned)i);
    }
    wire_expect_quiet(wire);
}

static void refused(struct wire *wire)
{
    static const char *const names[] = {"H \n",    "H .\n",          "H ..\n",        "H .hidden\n",
                                        "H  a\n",  "H a \n",         "H ../secret\n", "H /secret\n",
                                        "H a/b\n", "H a\x1b[31mb\n", "H \xff\n",      "H a\tb\n",
                                        NULL};

    folder_write(suite.server->dir, ".hidden", "x", 1);
    suite_refused_all(wire, names, "bad-name");
    suite_refused(wire, "H\n", "bad-request");
    suite_refused(wire, "h a\n", "bad-request");
    suite_refused(wire, "H none\n", "not-found");
    verdict_check(mkdir(suite_path("folder"), 0755) == 0, "mkdir: %s", strerror(errno));
    suite_refused(wire, "H folder\n", "not-found");
    verdict_check(mkfifo(suite_path("fifo"), 0644) == 0, "mkfifo: %s", strerror(errno));
    suite_refused(wire, "H fifo\n", "not-found");
    verdict_check(symlink(".hidden", suite_path("link")) == 0, "symlink: %s", strerror(errno));
    suite_refused(wire, "H link\n", "not-found");
    verdict_check(unlink(suite_path(".hidden")) == 0, "unlink: %s", strerror(errno));
}

static void pipelined(struct wire *wire)
{
    folder_write(suite.server->dir, "abc", "abc", 3);
    folder_write_pattern(suite.server->dir, "big", 3 * MEGABYTE, 1);
    for (int i = 0; i < 10; i++)
        wire_puts(wire, "H abc\nN\nH big\nG abc\nH none\nL\nP 1 one\n1H one\n");
    for (int i = 0; i < 10; i++) {
        wire_expect(wire, "OK 65\n" SUM_ABC "OK 0\n");
        expect_pattern_sum(wire, 3 * MEGABYTE, 1);
        wire_expect(wire, "OK 3\nabc");
        wire_expect_error(wire, "not-found");
        wire_expect_text(wire, i == 0 ? "3 abc\n3145728 big\n" : "3 abc\n3145728 big\n1 one\n");
        wire_expect(wire, "GO\nOK 0\n");
        wire_expect_text(wire,
                         "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b\n");
    }
    wire_puts(wire, "N\nH big\nQ\n");
    wire_shut(wire);
    wire_expect_ok(wire);
    expect_pattern_sum(wire, 3 * MEGABYTE, 1);
    wire_expect_ok(wire);
    wire_expect_eof(wire);
}

/* A sum takes its time. The request before it is answered first, and so are those of others, again
 * and again. */
static void delays_nobody(void)
{
    enum { LEAST = 5 };
    struct wire *asks = suite_open(), *works = suite_open();
    int answered = 0;

    folder_write_sparse(suite.server->dir, "big", BIG);
    wire_ask(asks, "N\nH big\nN\n", "OK 0\n");
    while (!wire_readable(asks, 0)) {
        wire_expect_quiet(works);
        answered++;
    }
    verdict_check(answered >= LEAST, "while a sum is computed, %d requests of others are answered",
                  answered);
    wire_expect_text(asks, SUM_OF_ZEROS);
    wire_expect_ok(asks);
}

/* The reply to N shows that the server has taken the request behind it, too. */
static void replaced(struct wire *wire)
{
    folder_write_sparse(suite.server->dir, "file", BIG);
    folder_write(suite.server->folder.root, "new", "abc", 3);
    wire_ask(wire, "N\nH file\n", "OK 0\n");
    suite_move_in("new", "file");
    wire_expect_text(wire, SUM_OF_ZEROS);
    wire_ask_text(wire, "H file\n", SUM_ABC);
}

static void replaced_by_an_upload(void)
{
    struct wire *asks = suite_open(), *writes = suite_open();

    folder_write_sparse(suite.server->dir, "file", BIG);
    wire_ask(asks, "N\nH file\nH file\n", "OK 0\n");
    suite_upload(writes, "file", "abc", 3);
    wire_expect_text(asks, SUM_OF_ZEROS);
    wire_expect_text(asks, SUM_ABC);
}

static void client_leaves(void)
{
    folder_write_sparse(suite.server->dir, "big", BIG);
    for (int i = 0; i < 2; i++) {
        struct wire *leaves = suite_open();

        wire_ask(leaves, "N\nH big\n", "OK 0\n");
        (i == 0 ? wire_reset : wire_close)(leaves);
        wire_expect_quiet(suite_open());
        wire_close_all();
    }
}

/* Events come while the sum is computed, and none inside its reply. */
static void in_the_room(void)
{
    enum { EVENTS = 200 };
    struct wire *asks = suite_member("asks"), *speaks = suite_member("speaks");

    wire_expect_event(asks, "* JOIN speaks");
    folder_write_sparse(suite.server->dir, "big", BIG);
    folder_write(suite.server->dir, "abc", "abc", 3);
    wire_ask(asks, "N\nH big\n", "OK 0\n");
    wire_ask_ok(speaks, "S first\n");
    wire_expect_event(asks, "* SAY speaks first");
    wire_expect_text(asks, SUM_OF_ZEROS);
    for (int i = 0; i < EVENTS; i++) {
        wire_puts(asks, "H abc\n");
        wire_printf(speaks, "S %d\n", i);
    }
    for (int i = 0; i < EVENTS; i++) {
        wire_expect_text(asks, SUM_ABC);
        wire_expect_ok(speaks);
    }
    for (int i = 0; i < EVENTS; i++)
        wire_expect_event(asks, "* SAY speaks %d", i);
    wire_expect_quiet(asks);
}

static void longer_than_the_timeouts(struct wire *wire)
{
    folder_write_sparse(suite.server->dir, "long", 8ull * BIG);
    wire_ask(wire, "N\nH long\n", "OK 0\n");
    wire_expect_text(wire, "a6d72ac7690f53be6ae46ba88506bd97302a093f7108472bd9efc3cefda06484\n");
    wire_expect_quiet(wire);
}

static void finished_by_sigterm(struct wire *wire)
{
    folder_write_sparse(suite.server->dir, "big", BIG);
    wire_ask(wire, "N\nH big\n", "OK 0\n");
    serverproc_signal(suite.server, SIGTERM);
    wire_expect_text(wire, SUM_OF_ZEROS);
    wire_expect_eof(wire);
    suite_check_ended(suite.server);
}

/* Longer than transfers get. */
static void cut_by_sigterm(struct wire *wire)
{
    folder_write_sparse(suite.server->dir, "huge", HUGE_FILE);
    wire_ask(wire, "N\nH huge\n", "OK 0\n");
    serverproc_signal(suite.server, SIGTERM);
    suite_check_ended(suite.server);
    wire_expect_dropped(wire, "");
}

const struct conformance_case sum_cases[] = {
    {"sum_known", ON_ALL, .talk = known_sums},
    {"sum_sizes", ON_ALL, .talk = sizes},
    {"sum_refused", ON_ALL, .talk = refused},
    {"sum_pipelined", ON_ALL, .talk = pipelined},
    {"sum_delays_nobody", ON_MANY, .run = delays_nobody},
    {"sum_replaced", ON_ALL, .talk = replaced},
    {"sum_replaced_by_an_upload", ON_MANY, .run = replaced_by_an_upload},
    {"sum_client_leaves", ON_ALL, .run = client_leaves},
    {"sum_in_the_room", ON_MANY, .run = in_the_room},
    {"sum_longer_than_the_timeouts", ON_ALL, CASE_OURS | CASE_SLOW,
     "--header-timeout 1 --idle-timeout 1", .talk = longer_than_the_timeouts},
    {"sum_finished_by_sigterm", ON_ALL, CASE_SIGNALS, .talk = finished_by_sigterm},
    {"sum_cut_by_sigterm", ON_ALL, CASE_SIGNALS, .talk = cut_by_sigterm},
    {.name = NULL},
};
