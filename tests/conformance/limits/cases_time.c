/* Silence: who is closed, who may stay, and that time is counted from the right moment. The
 * servers here have timeouts of one second. */
#include <signal.h>
#include <string.h>

#include "conformance.h"

enum { BIG = 32 << 20 };

/* Well behind a timeout of one second, well before any other. */
static const long behind = 1300;

static void idle(struct wire *wire)
{
    long start = bound_now();

    wire_expect_error(wire, "timeout");
    wire_expect_eof(wire);
    verdict_check(bound_now() - start > 500, "closed after %ld ms, the idle timeout is 1 s",
                  bound_now() - start);
}

/* Every request restarts the timeout. If this machine stood still between two of them, the
 * server was right to lose its patience: then once more. */
static void not_idle(void)
{
    enum { IN_TIME = 700, TRIES = 10 };

    for (int try = 0; try < TRIES; try++) {
        struct wire *wire = suite_open();
        bool in_time = true;
        for (int i = 0; i < 5 && in_time; i++) {
            long answered = bound_now();
            bound_observe(300);
            in_time = bound_now() - answered < IN_TIME;
            if (in_time)
                wire_expect_quiet(wire);
        }
        if (in_time) {
            wire_expect_error(wire, "timeout");
            wire_expect_eof(wire);
            return;
        }
        wire_close(wire);
    }
    verdict_fail("in %d tries this machine never let 300 ms pass in less than %d", TRIES, IN_TIME);
}

/* A member may listen in silence; outside again, it may not. */
static void silent_member(void)
{
    struct wire *wire = suite_member("anna");

    verdict_check(!wire_readable(wire, behind), "a silent member was sent something");
    wire_ask_text(wire, "W\n", "anna\n");
    wire_ask_ok(wire, "X\n");
    wire_expect_error(wire, "timeout");
    wire_expect_eof(wire);
}

/* loop: nobody else is served meanwhile, so a silent member goes like everybody else. */
static void silent_member_makes_room(void)
{
    struct wire *first = suite_member("anna"), *second = suite_connect();

    wire_expect_error(first, "timeout");
    wire_expect_eof(first);
    wire_expect(second, "HELLO 1 loop\n");
    wire_ask_ok(second, "C anna\n");
}

/* loop: the idle client is closed, and the next is served. */
static void idle_makes_room(void)
{
    struct wire *first = suite_open(), *second = suite_connect();

    wire_expect_error(first, "timeout");
    wire_expect_eof(first);
    wire_expect(second, "HELLO 1 loop\n");
    wire_expect_quiet(second);
}

/* A line that is begun has to end: bytes that trickle in do not help. */
static void slow_line(struct wire *wire)
{
    long end = bound_now() + bound_of(BOUND_GENEROUS);

    wire_puts(wire, "G ");
    while (!wire_readable(wire, 200)) {
        verdict_check(bound_now() < end, "a line that grows by a byte now and then is not closed");
        wire_puts(wire, "a");
    }
    wire_expect_last_error(wire, "timeout");
}

static void slow_line_of_a_member(void)
{
    struct wire *anna = suite_member("anna"), *berta = suite_member("berta");

    wire_expect_event(anna, "* JOIN berta");
    wire_puts(berta, "S I was about to sa");
    wire_expect_event(anna, "* LEAVE berta");
    wire_expect_last_error(berta, "timeout");
    verdict_check(!wire_readable(anna, 100), "LEAVE was not the last thing");
    wire_expect_quiet(anna);
}

static void stalled_upload(struct wire *wire)
{
    folder_write(suite.server->dir, "file", "old", 3);
    wire_ask(wire, "P 1000 file\n", "GO\n");
    wire_puts(wire, "only this");
    wire_expect_last_error(wire, "timeout");
    verdict_check(folder_await_clean(suite.server->dir), "a temporary file is left");
    verdict_check(folder_holds(suite.server->dir, "file", "old", 3), "the old file has changed");
}

/* Slow is not stuck: as long as kilobytes come, it may take longer than both timeouts. */
static void slow_upload(struct wire *wire)
{
    enum { PARTS = 5, PART = 8000, ALL = PARTS * PART };

    suite_begin_upload(wire, "file", ALL);
    for (size_t i = 0; i < PARTS; i++) {
        bound_observe(300);
        verdict_check(wire_send_pattern_from(wire, i * PART, PART, 1), "the upload was cut off");
    }
    wire_expect_ok(wire);
    suite_download_pattern(wire, "file", ALL, 1);
}

/* The server can't send anything to a client that does not read, but it can close it: there is
 * one place, and the next client gets it. */
static void stalled_download(void)
{
    struct wire *wire, *next;
    unsigned long long n = 0;

    /* first: an idle client has a second */
    folder_write_pattern(suite.server->dir, "file", BIG, 1);
    wire = suite_open_narrow(suite.server);
    wire_ask(wire, "G file\n", "OK 33554432\n");
    next = suite_open_when_free(suite.server, BOUND_GENEROUS);
    wire_expect_quiet(next);
    wire_drain(wire, &n);
    verdict_check(n < BIG, "everything has come");
}

/* The next request is sent with the first. Sent after the file, it would have to come within a
 * second, and a test on a busy machine may not get the processor in time. */
static void slow_download(void)
{
    unsigned long long done = 0;

    /* first: an idle client has a second */
    folder_write_pattern(suite.server->dir, "file", BIG, 1);
    struct wire *wire = suite_open_narrow(suite.server);
    wire_ask(wire, "G file\nN\n", "OK 33554432\n");
    for (int i = 0; i < 5; i++) {
        bound_observe(300);
        wire_expect_pattern(wire, BIG / 16, 1, done);
        done += BIG / 16;
    }
    wire_expect_pattern(wire, BIG - done, 1, done);
    wire_expect(wire, "OK 0\n");
}

static void await_all(const char *states)
{
    struct procfs_process all[8];

    for (size_t n = procfs_list(suite.server->pid, all, 8); n > 0; n--)
        verdict_check(procfs_await_state(all[n - 1].pid, states),
                      "the server does not come to rest, or does not stop");
}

/* Who serves the client, another process or thread of the server, has to wait for it already: who
 * begins to wait after the stop has all the time that there is. */
static void stop_at_rest(void)
{
    await_all("SZ");
    kill(-suite.server->pid, SIGSTOP);
    await_all("TZ");
}

/* The server stands still for longer than the timeout, as on a disk that hangs. What has come
 * meanwhile has come in time. */
static void upload_to_a_stopped_server(struct wire *wire)
{
    suite_begin_upload(wire, "file", 100000);
    stop_at_rest();
    wire_send_pattern(wire, 100000, 1);
    bound_observe(behind);
    kill(-suite.server->pid, SIGCONT);
    wire_expect_ok(wire);
}

/* And who has read meanwhile all that there was has read it in time. */
static void download_from_a_stopped_server(void)
{
    enum { ALL = 1 << 20 };
    unsigned long long done = 0;

    folder_write_pattern(suite.server->dir, "file", ALL, 1);
    struct wire *wire = suite_open_narrowest(suite.server);
    wire_ask(wire, "G file\n", "OK 1048576\n");
    stop_at_rest();
    while (wire_readable(wire, behind))
        wire_expect_pattern(wire, 1, 1, done++);
    kill(-suite.server->pid, SIGCONT);
    wire_expect_pattern(wire, ALL - done, 1, done);
}

/* Each is told, though the end of one is an event for all the others. */
static void members_together(void)
{
    struct wire *members[10];

    suite_room(members, 10);
    kill(-suite.server->pid, SIGSTOP);
    for (int i = 0; i < 10; i++)
        wire_puts(members[i], "S all at on");
    kill(-suite.server->pid, SIGCONT);
    for (int i = 0; i < 10; i++)
        wire_expect_last_error(members[i], "timeout");
}

/* loop: what the administrator says is no sign of life of a member. */
static void announcements_to_a_silent_member(void)
{
    struct wire *wire = suite_member("anna");
    long end = bound_now() + bound_of(BOUND_GENEROUS);
    const char *line;

    do {
        verdict_check(bound_now() < end, "announcements keep a silent member");
        serverproc_announce(suite.server, "hello\n");
        line = wire_line(wire);
    } while (line && strcmp(line, "* ADMIN hello") == 0);
    verdict_check(line && strncmp(line, "ERR timeout ", 12) == 0, "received: %s", line);
    wire_expect_eof(wire);
}

/* Those who hold a place and do next to nothing lose it: a new client is served. */
static void slow_clients_make_room(void)
{
    struct wire *slow[5];
    int n = suite_many() ? 5 : 1;

    for (int i = 0; i < n; i++) {
        slow[i] = suite_open();
        wire_puts(slow[i], "P 1000 f");
    }
    wire_expect_quiet(suite_open_when_free(suite.server, BOUND_GENEROUS));
    for (int i = 0; i < n; i++)
        wire_expect_last_error(slow[i], "timeout");
}

const struct conformance_case time_cases[] = {
    {"time_idle", ON_ALL, CASE_OURS, "--idle-timeout 1", .talk = idle},
    {"time_not_idle", ON_ALL, CASE_OURS, "--idle-timeout 1", .run = not_idle},
    {"time_silent_member", ON_MANY, CASE_OURS, "--idle-timeout 1", .run = silent_member},
    {"time_silent_member_makes_room", ON_LOOP, CASE_OURS, "--idle-timeout 1",
     .run = silent_member_makes_room},
    {"time_idle_makes_room", ON_LOOP, CASE_OURS, "--idle-timeout 1", .run = idle_makes_room},
    {"time_slow_line", ON_ALL, CASE_OURS, "--header-timeout 1", .talk = slow_line},
    {"time_slow_line_of_a_member", ON_MANY, CASE_OURS, "--header-timeout 1",
     .run = slow_line_of_a_member},
    {"time_slow_clients_make_room", ON_ALL, CASE_OURS, "--max-clients 5 --header-timeout 1",
     .run = slow_clients_make_room},
    {"time_stalled_upload", ON_ALL, CASE_OURS, "--header-timeout 1", .talk = stalled_upload},
    {"time_slow_upload", ON_ALL, CASE_OURS, "--header-timeout 1 --idle-timeout 1",
     .talk = slow_upload},
    {"time_stalled_download", ON_ALL, CASE_OURS, "--header-timeout 1 --max-clients 1",
     .run = stalled_download},
    {"time_slow_download", ON_ALL, CASE_OURS, "--header-timeout 1 --idle-timeout 1",
     .run = slow_download},
    {"time_upload_to_a_stopped_server", ON_ALL, CASE_OURS, "--header-timeout 1",
     .talk = upload_to_a_stopped_server},
    {"time_download_from_a_stopped_server", ON_ALL, CASE_OURS, "--header-timeout 1",
     .run = download_from_a_stopped_server},
    {"time_members_together", ON_MANY, CASE_OURS, "--header-timeout 1", .run = members_together},
    {"time_announcements_to_a_silent_member", ON_LOOP, CASE_OURS | CASE_INPUT, "--idle-timeout 1",
     .run = announcements_to_a_silent_member},
    {.name = NULL},
};
