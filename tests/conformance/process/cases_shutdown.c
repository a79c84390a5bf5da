/* SIGTERM and SIGINT in every state. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "conformance.h"

enum { BIG = 32 << 20 };

/* The end in order, and nothing left in the folder. */
static void check_end(void)
{
    suite_check_ended(suite.server);
    verdict_check(folder_hidden(suite.server->dir, NULL, 0) == 0, "a temporary file is left");
}

static void without_clients(void)
{
    serverproc_signal(suite.server, SIGTERM);
    check_end();
}

static void by_sigint(struct wire *wire)
{
    wire_expect_quiet(wire);
    serverproc_signal(suite.server, SIGINT);
    check_end();
    wire_drain(wire, NULL);
}

static void idle_clients(void)
{
    struct wire *wires[3];
    int n = suite_many() ? 3 : 1;

    suite_open_many(wires, n);
    serverproc_signal(suite.server, SIGTERM);
    for (int i = 0; i < n; i++)
        verdict_check(wire_drain(wires[i], NULL) == WIRE_EOF, "reset instead of closed");
    check_end();
}

static void incomplete_line(struct wire *wire)
{
    wire_ask(wire, "N\nG half of a na", "OK 0\n");
    serverproc_signal(suite.server, SIGTERM);
    wire_drain(wire, NULL);
    check_end();
}

static void members(void)
{
    struct wire *wires[5];
    int n = suite_many() ? 5 : 1;

    suite_room(wires, (size_t)n);
    wire_ask_ok(wires[0], "S hello\n");
    serverproc_signal(suite.server, SIGTERM);
    for (int i = 0; i < n; i++)
        wire_drain(wires[i], NULL);
    check_end();
}

/* Nobody is told that the others leave. (All have read what was said before: nothing is under
 * way.) */
static void room_is_closed(void)
{
    enum { MEMBERS = 20 };
    struct wire *wires[MEMBERS];

    suite_room(wires, MEMBERS);
    wire_ask_ok(wires[0], "S last\n");
    for (int i = 1; i < MEMBERS; i++)
        wire_expect(wires[i], "* SAY m00 last\n");
    serverproc_signal(suite.server, SIGTERM);
    for (int i = 0; i < MEMBERS; i++)
        wire_expect_eof(wires[i]);
    check_end();
}

/* A transfer under way gets the time to finish, and no more than that: who has stored its file
 * while the server was sending others away is sent away as well. */
static void upload_finishes(void)
{
    enum { MOST = 3 };
    struct wire *others[MOST];
    int n = suite_many() ? MOST : 0;

    suite_open_many(others, n);
    struct wire *wire = suite_open();
    wire_ask(wire, "P 1000 file\n", "GO\n");
    wire_send_pattern(wire, 500, 1);
    serverproc_signal(suite.server, SIGTERM);
    bound_observe(100); /* the server has seen the signal, or it has not: both shall do */
    wire_send_pattern_from(wire, 500, 500, 1);
    wire_expect_ok(wire);
    verdict_check(folder_holds_pattern(suite.server->dir, "file", 1000, 1),
                  "the file does not hold what was uploaded");
    long start = bound_now();
    wire_drain(wire, NULL);
    verdict_check(bound_now() - start < bound_of(3500),
                  "the upload is stored, and its client was sent away only %ld ms later",
                  bound_now() - start);
    for (int i = 0; i < n; i++)
        wire_drain(others[i], NULL);
    check_end();
}

/* While a transfer finishes, the next server can start on this port. */
static void port_is_free(void)
{
    const struct serverproc_config next = {.port = suite.server->port};
    struct serverproc *old = suite.server;
    struct wire *wire = suite_open(), *other;

    wire_ask(wire, "P 1000 file\n", "GO\n");
    serverproc_signal(old, SIGTERM);
    bound_observe(300); /* now the old one does not listen any more */
    other = suite_open_on(serverproc_start(&next));
    wire_expect_quiet(other);
    wire_send_pattern(wire, 1000, 1);
    wire_expect_ok(wire);
    wire_drain(wire, NULL);
    check_end();
}

static void download_finishes(void)
{
    enum { SIZE = 12 << 20 }; /* more than the kernel holds, and little enough for the grace */
    struct wire *wire = suite_open_narrow(suite.server);

    folder_write_pattern(suite.server->dir, "file", SIZE, 1);
    wire_ask(wire, "G file\n", "OK 12582912\n");
    serverproc_signal(suite.server, SIGTERM);
    bound_observe(100);
    wire_expect_pattern(wire, SIZE, 1, 0);
    wire_drain(wire, NULL);
    check_end();
}

/* Who was answered to the end, and may still be sending, has its time to close: a reset would take
 * the last reply with it. */
static void lingering_client(struct wire *wire)
{
    enum { LINGER = 2000 };
    long start = bound_now();

    suite_quit(wire);
    serverproc_signal(suite.server, SIGTERM);
    bool ended = serverproc_wait(suite.server, 100);
    verdict_check(!ended || bound_now() - start >= LINGER, "the connection was closed at once");
    wire_close(wire);
    check_end();
}

/* The same between two requests: it is sent away, and what it sends before it notices that is no
 * reason for a reset. */
static void sending_client(struct wire *wire)
{
    enum { LINGER = 2000 };
    int error = 0;
    socklen_t len = sizeof error;
    long start = bound_now();

    wire_expect_quiet(wire);
    serverproc_signal(suite.server, SIGTERM);
    wire_expect_eof(wire);
    ssize_t sent = send(wire_fd(wire), "N\n", 2, MSG_NOSIGNAL);
    bool late = bound_now() - start >= LINGER;
    wire_shut(wire);
    check_end();
    getsockopt(wire_fd(wire), SOL_SOCKET, SO_ERROR, &error, &len);
    verdict_check(late || (sent == 2 && error == 0),
                  "what the client sent last was answered by a reset: %s", strerror(error));
}

/* One that sends its next request when it has the reply to the last one is between two requests in
 * between: it is not served for the whole grace. */
static void asking_client(struct wire *wire)
{
    struct pollfd polled = {.fd = wire_fd(wire), .events = POLLIN};
    char reply[16];
    ssize_t n;

    wire_expect_quiet(wire);
    long start = bound_now();
    serverproc_signal(suite.server, SIGTERM);
    do {
        send(wire_fd(wire), "N\n", 2, MSG_NOSIGNAL);
        verdict_check(poll(&polled, 1, (int)bound_of(3000)) > 0, "neither a reply nor the end");
        n = recv(wire_fd(wire), reply, sizeof reply, 0);
    } while (n > 0 && bound_now() - start < bound_of(4000));
    verdict_check(n == 0, "%s", n > 0 ? "it is served on and on" : strerror(errno));
    wire_shut(wire);
    check_end();
}

/* For a client that has sent nothing for so long the server does not linger, nor for a member: what
 * does not close is not waited for. */
static void silent_client(void)
{
    struct wire *wires[] = {suite_member("m"), suite_many() ? suite_open() : NULL};

    bound_observe(2100);
    long start = bound_now();
    serverproc_signal(suite.server, SIGTERM);
    for (size_t i = 0; i < 2 && wires[i] != NULL; i++)
        wire_expect_eof(wires[i]);
    check_end();
    verdict_check(bound_now() - start < bound_of(1500), "a silent client, and SIGTERM took %ld ms",
                  bound_now() - start);
}

/* No new clients: one that comes after the signal is not served. */
static void no_new_clients(void)
{
    struct wire_options options = {.may_fail = true};
    struct wire *wire = suite_open(), *late;

    wire_ask(wire, "P 1000 file\n", "GO\n");
    serverproc_signal(suite.server, SIGTERM);
    bound_observe(100);
    late = serverproc_connect(suite.server, &options);
    if (late && wire_readable(late, 200)) {
        const char *line = wire_line(late);

        verdict_check(!line || strncmp(line, "ERR busy ", 9) == 0,
                      "a client that comes after SIGTERM is greeted: %s", line);
    }
    wire_send_pattern(wire, 1000, 1);
    wire_expect_ok(wire);
    wire_drain(wire, NULL);
    check_end();
}

/* An upload, and if the model has several clients a download, that do not get to their end. */
static void begin_transfers(void)
{
    struct wire *upload = suite_open();

    wire_ask(upload, "P 1000 file\n", "GO\n");
    wire_puts(upload, "not all of it");
    if (suite_many()) {
        folder_write_pattern(suite.server->dir, "big", BIG, 1);
        wire_ask(suite_open_narrow(suite.server), "G big\n", "OK 33554432\n");
    }
}

/* Those who do not finish are cut off after some seconds. */
static void stalled_clients(void)
{
    begin_transfers();
    if (suite_many()) {
        wire_ask(suite_open(), "N\nS half", "OK 0\n");
        wire_ask(suite_open_narrow(suite.server), "C member\nG big\n", "OK 0\nOK 33554432\n");
    }
    long start = bound_now();
    serverproc_signal(suite.server, SIGTERM);
    check_end();
    verdict_check(bound_now() - start < bound_of(6000), "SIGTERM took %ld ms", bound_now() - start);
    verdict_check(!folder_has(suite.server->dir, "file"), "part of an upload was stored");
}

/* The second signal waits for nobody. */
static void second_signal(void)
{
    begin_transfers();
    serverproc_signal(suite.server, SIGTERM);
    bound_observe(100);
    verdict_check(!serverproc_wait(suite.server, 0),
                  "SIGTERM did not wait for a transfer under way");
    suite_check_second_signal(1500);
}

/* A signal at any moment of a busy life is not missed. */
static void while_busy(void)
{
    for (int i = 0; i < 5; i++) {
        struct wire *wires[10];
        int n = suite_many() ? 10 : 1;

        suite.server = suite_start(NULL);
        folder_write_pattern(suite.server->dir, "file", 3000000, 1);
        for (int k = 0; k < n; k++) {
            wires[k] = suite_connect();
            wire_printf(wires[k], "C n%d\nS hello\nG file\nL\nS again\nX\n", k);
        }
        bound_observe(3L * i);
        serverproc_signal(suite.server, SIGTERM);
        for (int k = 0; k < n; k++) {
            wire_drain(wires[k], NULL);
            wire_close(wires[k]); /* or the server lingers for 2 s */
        }
        check_end();
    }
}

/* Those who wait in the queue of the kernel when it ends do not hold it up. */
static void waiting_clients(void)
{
    struct wire *first = suite_open(), *second = suite_connect();

    wire_puts(second, "N\n");
    wire_expect_quiet(first);
    serverproc_signal(suite.server, SIGTERM);
    wire_drain(first, NULL);
    wire_drain(second, NULL);
    check_end();
}

const struct conformance_case shutdown_cases[] = {
    {"shutdown_without_clients", ON_ALL, CASE_SIGNALS, .run = without_clients},
    {"shutdown_by_sigint", ON_ALL, CASE_SIGNALS, .talk = by_sigint},
    {"shutdown_idle_clients", ON_ALL, CASE_SIGNALS, .run = idle_clients},
    {"shutdown_incomplete_line", ON_ALL, CASE_SIGNALS, .talk = incomplete_line},
    {"shutdown_members", ON_ALL, CASE_SIGNALS, .run = members},
    {"shutdown_room_is_closed", ON_MANY, CASE_OURS, .run = room_is_closed},
    {"shutdown_upload_finishes", ON_ALL, CASE_SIGNALS, .run = upload_finishes},
    {"shutdown_download_finishes", ON_ALL, CASE_SIGNALS, .run = download_finishes},
    {"shutdown_port_is_free", ON_MANY, CASE_OURS, .run = port_is_free},
    {"shutdown_lingering_client", ON_ALL, CASE_OURS, .talk = lingering_client},
    {"shutdown_sending_client", ON_ALL, CASE_OURS, .talk = sending_client},
    {"shutdown_asking_client", ON_ALL, CASE_OURS, .talk = asking_client},
    {"shutdown_silent_client", ON_ALL, CASE_OURS, .run = silent_client},
    {"shutdown_no_new_clients", ON_ALL, CASE_OURS, .run = no_new_clients},
    {"shutdown_stalled_clients", ON_ALL, CASE_OURS, .run = stalled_clients},
    {"shutdown_second_signal", ON_ALL, CASE_OURS, .run = second_signal},
    {"shutdown_while_busy", ON_ALL, CASE_OURS | CASE_OWN, .run = while_busy},
    {"shutdown_waiting_clients", ON_LOOP, CASE_OURS, .run = waiting_clients},
    {.name = NULL},
};
