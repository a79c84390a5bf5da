/* Clients that break off, at every place, and in great number. */
#include <signal.h>
#include <string.h>

#include "conformance.h"

enum { SMALL = 2 << 20, MIDDLE = 16 << 20 };

/* A server of ours that has been mistreated sleeps when nobody asks anything of it. */
static void check_sleeps(void)
{
    if (!serverproc_ours())
        return;
    struct wire *wire = suite_open();
    wire_expect_quiet(wire);
    suite_check_sleeps("with nothing to do");
    wire_close(wire);
}

static const char session[] = "L\nN\nP 40 file\nabcdefghijklmnopqrstuvwxyzabcdefghijklmnG file\n"
                              "C guest\nS hi\nW\nG big\nX\nG big\nQ\n";

static void broken_off(void (*end)(struct wire *))
{
    folder_write_pattern(suite.server->dir, "big", SMALL, 1);
    for (size_t cut = 0; cut < sizeof session; cut++) {
        struct wire *wire = suite_open();

        wire_stop_reading(wire);
        wire_send(wire, session, cut);
        end(wire);
        /* A member in between: it lives when the others die, and shows that the server does. */
        if (cut % 16 == 0) {
            wire = suite_open();
            wire_expect_quiet(wire);
            wire_close(wire);
        }
    }
    check_sleeps();
    verdict_check(!serverproc_ours() || folder_await_clean(suite.server->dir),
                  "a temporary file is left");
}

static void requests_cut_by_reset(void)
{
    broken_off(wire_reset);
}

static void requests_cut_by_close(void)
{
    broken_off(wire_close);
}

/* Reset before the server has accepted, or greeted. */
static void reset_at_once(void)
{
    for (int i = 0; i < 50; i++)
        wire_reset(suite_connect());
    check_sleeps();
}

static struct wire *open_in_download(void)
{
    struct wire *wire = suite_open_narrow(suite.server);

    wire_ask(wire, "G big\nG big\nN\n", "OK 16777216\n");
    return wire;
}

/* In the middle of a download, with much on its way: while the server still sends, and gets an
 * error, and once when it has filled the socket's buffer and sleeps, so that only its wait reports
 * it.
 */
static void reset_in_download(void)
{
    folder_write_pattern(suite.server->dir, "big", MIDDLE, 1);
    for (int i = 0; i < 20; i++) {
        struct wire *wire = open_in_download();

        (i % 2 ? wire_reset : wire_close)(wire);
    }
    if (serverproc_ours()) {
        struct wire *wire = open_in_download();

        suite_check_sleeps("with a client that does not read");
        wire_reset(wire);
        check_sleeps();
    }
}

/* A client that asks and has gone before it is answered: its kernel answers the first bytes with
 * RST, and the next ones raise SIGPIPE. */
static void close_before_the_reply(void)
{
    folder_write_pattern(suite.server->dir, "big", MIDDLE, 1);
    for (int i = 0; i < 40; i++) {
        struct wire *wire = suite_open();

        wire_puts(wire, i % 2 ? "G big\n" : "N\nG big\nL\nG big\n");
        wire_close(wire);
    }
    check_sleeps();
}

/* Clients in every state of rest: whatever each of them has done before, or is waited for, the
 * server sleeps. */
static void idle_clients_use_no_cpu(void)
{
    struct wire *idle, *member, *line, *upload, *download;

    folder_write_pattern(suite.server->dir, "big", MIDDLE, 1);
    download = suite_open_narrow(suite.server);
    suite_download_pattern(download, "big", MIDDLE, 1);
    if (suite_many()) {
        idle = suite_open_narrow(suite.server);
        suite_download_pattern(idle, "big", MIDDLE, 1);
        suite_upload_pattern(idle, "small", 100000, 1);
        member = suite_member("member");
        suite_download_pattern(member, "big", MIDDLE, 1);
        wire_ask(idle, "C idle\nX\n", "OK 0\nOK 0\n");
        wire_expect_event(member, "* JOIN idle");
        wire_expect_event(member, "* LEAVE idle");
        line = suite_open();
        wire_ask(line, "N\nG bi", "OK 0\n");
        upload = suite_open();
        wire_ask(upload, "P 1000 file\n", "GO\n");
        wire_puts(upload, "not all");
    }
    wire_ask(download, "G big\nN\n", "OK 16777216\n"); /* and it does not read on */
    suite_check_sleeps("with clients at rest");
    wire_expect_pattern(download, MIDDLE, 1, 0);
    wire_expect_ok(download);
}

/* Members that vanish while others speak to them. */
static void reset_members(void)
{
    struct wire *witness = suite_member("witness"), *members[20];

    for (int turn = 0; turn < 3; turn++) {
        int joins = 0, leaves = 0;

        for (int i = 0; i < 20; i++)
            members[i] = suite_member("m%d-%d", turn, i);
        for (int i = 0; i < 20; i++) {
            wire_puts(witness, "S still there?\n");
            wire_reset(members[i]);
        }
        wire_expect_oks(witness, 20);
        while (joins < 20 || leaves < 20) {
            const char *event = suite_some_event(witness);

            joins += strncmp(event, "* JOIN ", 7) == 0;
            leaves += strncmp(event, "* LEAVE ", 8) == 0;
        }
        verdict_check(joins == 20 && leaves == 20, "%d JOIN and %d LEAVE of 20 members", joins,
                      leaves);
    }
    wire_expect_quiet(witness);
    wire_ask_text(witness, "W\n", "witness\n");
}

/* A thousand clients that come and go; processes and descriptors are given back. */
static void many_short_connections(void)
{
    int n = bound_scale() > 1 ? 200 : 1000;

    for (int i = 0; i < n; i++) {
        struct wire *wire = suite_open();

        if (i % 3 == 0)
            suite_quit(wire);
        (i % 3 == 1 ? wire_reset : wire_close)(wire);
    }
}

/* Connections that are gone before they are accepted, then one that stays. */
static void many_close_before_accept(void)
{
    enum { N = 100 };
    struct wire *wires[N];

    for (int turn = 0; turn < 3; turn++) {
        for (int i = 0; i < N; i++) {
            wires[i] = suite_connect();
            wire_puts(wires[i], "L\nN\n");
        }
        suite_close_many(wires, N);
    }
    check_sleeps();
}

/* While the server stands still, clients go and others come: it must not take one for the
 * other when it continues. */
static void clients_change_while_stopped(void)
{
    enum { N = 20 };
    struct wire *old[N], *new[N];

    for (int turn = 0; turn < 5; turn++) {
        for (int i = 0; i < N; i++) {
            old[i] = suite_open();
            wire_expect_quiet(old[i]);
        }
        kill(-suite.server->pid, SIGSTOP);
        for (int i = 0; i < N; i++) {
            wire_puts(old[i], "N\nL\nZ\n");
            (i % 2 ? wire_reset : wire_close)(old[i]);
            new[i] = suite_connect();
            wire_printf(new[i], "C n%d-%d\n", turn, i);
        }
        kill(-suite.server->pid, SIGCONT);
        for (int i = 0; i < N; i++) {
            const char *line = wire_line(new[i]);

            verdict_check(line && strncmp(line, "HELLO 1 ", 8) == 0, "expected HELLO");
            wire_expect_ok(new[i]);
            wire_ask_ok(new[i], "Q\n");
            verdict_check(wire_drain(new[i], NULL) == WIRE_EOF, "expected the end in order");
            wire_close(new[i]);
        }
    }
}

const struct conformance_case failure_cases[] = {
    {"failure_requests_cut_by_reset", ON_ALL, .run = requests_cut_by_reset},
    {"failure_requests_cut_by_close", ON_ALL, .run = requests_cut_by_close},
    {"failure_reset_at_once", ON_ALL, .run = reset_at_once},
    {"failure_reset_in_download", ON_ALL, .run = reset_in_download},
    {"failure_close_before_the_reply", ON_ALL, .run = close_before_the_reply},
    {"idle_clients_use_no_cpu", ON_ALL, CASE_OURS, .run = idle_clients_use_no_cpu},
    {"failure_reset_members", ON_MANY, .run = reset_members},
    {"failure_many_short_connections", ON_ALL, .run = many_short_connections},
    {"failure_many_close_before_accept", ON_ALL, .run = many_close_before_accept},
    {"failure_clients_change_while_stopped", ON_MANY, CASE_OURS,
     .run = clients_change_while_stopped},
    {.name = NULL},
};
