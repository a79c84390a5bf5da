/* The administrator's console: standard input. */
#include <stdio.h>
#include <stdlib.h>

#include "conformance.h"

static void announce(void)
{
    struct wire *anna = suite_member("anna"), *berta = NULL;

    if (suite_many()) {
        berta = suite_member("berta");
        wire_expect_event(anna, "* JOIN berta");
    }
    serverproc_announce(suite.server, "the lesson begins\n");
    wire_expect(anna, "* ADMIN the lesson begins\n");
    serverproc_announce(suite.server, "\xe4\xb8\x8a\xe8\xaf\xbe\xe4\xba\x86\n  spaces  \n");
    wire_expect(anna, "* ADMIN \xe4\xb8\x8a\xe8\xaf\xbe\xe4\xba\x86\n* ADMIN   spaces  \n");
    if (berta)
        wire_expect(berta, "* ADMIN the lesson begins\n* ADMIN \xe4\xb8\x8a\xe8\xaf\xbe\xe4\xba"
                           "\x86\n* ADMIN   spaces  \n");
    wire_expect_quiet(anna);
}

/* A text that no member may say is not announced either; what follows is received. */
static void announce_invalid(void)
{
    struct wire *anna = suite_member("anna");

    serverproc_announce(suite.server, "\n");
    serverproc_announce(suite.server, "esc \x1b[31m\n");
    serverproc_announce(suite.server, "bad \xff\n");
    serverproc_announce(suite.server, "c1 \xc2\x85\n");
    serverproc_announce(suite.server, "tab \t\n");
    serverproc_announce(suite.server, "valid\n");
    wire_expect(anna, "* ADMIN valid\n");
}

static void announce_in_pieces(void)
{
    struct wire *anna = suite_member("anna");

    serverproc_announce(suite.server, "in ");
    wire_expect_quiet(anna);
    serverproc_announce(suite.server, "two");
    wire_expect_quiet(anna);
    serverproc_announce(suite.server, " pieces\nand more\nan");
    wire_expect(anna, "* ADMIN in two pieces\n* ADMIN and more\n");
    serverproc_announce(suite.server, "d on\n");
    wire_expect(anna, "* ADMIN and on\n");
}

/* Only members receive it. */
static void announce_to_members_only(void)
{
    struct wire *stranger = suite_open(), *anna = suite_member("anna");

    serverproc_announce(suite.server, "for members\n");
    wire_expect_event(anna, "* ADMIN for members");
    wire_expect_quiet(stranger);
    wire_ask_ok(anna, "X\n");
    wire_ask_ok(stranger, "C s\n");
    serverproc_announce(suite.server, "again\n");
    wire_expect_event(stranger, "* ADMIN again");
    wire_expect_quiet(anna);
}

/* An announcement while a body is under way comes behind it. */
static void announce_during_download(void)
{
    enum { SIZE = 8 << 20 };
    struct wire *anna = suite_open_narrow(suite.server);

    folder_write_pattern(suite.server->dir, "file", SIZE, 1);
    wire_ask_ok(anna, "C anna\n");
    wire_ask(anna, "G file\n", "OK 8388608\n");
    serverproc_announce(suite.server, "patience\n");
    wire_expect_pattern(anna, SIZE, 1, 0);
    wire_expect(anna, "* ADMIN patience\n");
}

/* Many lines at once, to nobody and to somebody, hold nothing up. */
static void announce_many(void)
{
    struct wire *anna = suite_member("anna");
    char text[64];

    for (int i = 0; i < 500; i++) {
        snprintf(text, sizeof text, "number %d\n", i);
        serverproc_announce(suite.server, text);
    }
    for (int i = 0; i < 500; i++)
        wire_expect_event(anna, "* ADMIN number %d", i);
    wire_expect_quiet(anna);
}

/* Far more at once than may wait for a member: one that reads receives all of it. (With one client
 * at a time, the console is read every 50 ms only.) */
static void announce_a_lot(void)
{
    size_t n = suite_many() ? 30000 : 1000;
    struct wire *anna = suite_member("anna"), *berta = NULL;
    char *lines = suite_repeated("x\n", n), *events = suite_repeated("* ADMIN x\n", n);

    if (suite_many()) {
        berta = suite_member("berta");
        wire_expect_event(anna, "* JOIN berta");
    }
    serverproc_announce(suite.server, lines);
    wire_expect(anna, events);
    wire_expect_quiet(anna);
    if (berta)
        wire_expect(berta, events);
    free(lines);
    free(events);
}

/* The end of standard input is always readable: a server that keeps watching it never sleeps. */
static void check_sleeps(const char *when)
{
    struct wire *wire = suite_member("anna");

    suite_check_sleeps(when);
    wire_expect_quiet(wire);
}

static void end_of_console(void)
{
    struct wire *wire = suite_member("berta");

    serverproc_announce(suite.server, "before the end\nunfinished");
    wire_expect_event(wire, "* ADMIN before the end");
    serverproc_end_console(suite.server);
    while (wire_readable(wire, 100)) /* the line without LF may be received or not */
        wire_expect_event(wire, "* ADMIN unfinished");
    wire_ask_ok(wire, "Q\n");
    wire_close(wire);
    check_sleeps("after the end of standard input");
}

static void no_console(void)
{
    check_sleeps("with standard input at its end from the start");
}

const struct conformance_case console_cases[] = {
    {"console_announce", ON_ALL, CASE_INPUT, .run = announce},
    {"console_announce_invalid", ON_ALL, CASE_INPUT, .run = announce_invalid},
    {"console_announce_in_pieces", ON_ALL, CASE_INPUT, .run = announce_in_pieces},
    {"console_announce_to_members_only", ON_MANY, CASE_INPUT, .run = announce_to_members_only},
    {"console_announce_during_download", ON_ALL, CASE_INPUT, .run = announce_during_download},
    {"console_announce_many", ON_ALL, CASE_INPUT, .run = announce_many},
    {"console_announce_a_lot", ON_ALL, CASE_INPUT | CASE_OURS, "--max-backlog 4K",
     .run = announce_a_lot},
    {"console_end", ON_ALL, CASE_INPUT, .run = end_of_console},
    {"console_none", ON_ALL, CASE_INPUT, .run = no_console,
     .config.console = SERVERPROC_CONSOLE_NULL},
    {.name = NULL},
};
