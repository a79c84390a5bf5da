/* Processes: children that are killed, servers that share a folder, logs nobody reads. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conformance.h"

enum { MOST_CHILDREN = 64 };

struct family {
    pid_t pids[MOST_CHILDREN];
    size_t n;
};

/* The processes of a server: its children, and theirs. */
static void family_take(struct family *family)
{
    size_t direct;

    family->n = procfs_children(suite.server->pid, family->pids, MOST_CHILDREN);
    direct = family->n;
    for (size_t i = 0; i < direct; i++)
        family->n +=
            procfs_children(family->pids[i], family->pids + family->n, MOST_CHILDREN - family->n);
    verdict_check(family->n < MOST_CHILDREN, "%zu processes are too many", family->n);
}

/* The processes in now that are not in before: those of a client that has come since. */
static struct family family_new(const struct family *before)
{
    struct family now, fresh = {.n = 0};

    family_take(&now);
    for (size_t i = 0; i < now.n; i++) {
        bool known = false;

        for (size_t k = 0; k < before->n; k++)
            known |= before->pids[k] == now.pids[i];
        if (!known)
            fresh.pids[fresh.n++] = now.pids[i];
    }
    verdict_check(fresh.n > 0, "a client has no process of its own");
    return fresh;
}

/* A client, a member if it has a nick, and the processes that it has. */
static struct wire *open_with_family(const char *nick, struct family *both)
{
    struct family before;

    family_take(&before);
    struct wire *wire = nick ? suite_member("%s", nick) : suite_open();
    *both = family_new(&before);
    return wire;
}

static void send_signal(pid_t pid, int signal)
{
    verdict_check(kill(pid, signal) == 0, "kill: %s", strerror(errno));
}

static bool all_are_zombies(void *n)
{
    return procfs_zombies(suite.server->pid) >= *(size_t *)n;
}

/* Children that end while their parent stands still: one signal stands for all of them. */
static void children_end_together(void)
{
    enum { N = 20 };
    struct wire *wires[N];
    size_t n = N;

    suite_open_many(wires, N);
    send_signal(suite.server->pid, SIGSTOP);
    suite_close_many(wires, N);
    bool ended = bound_await(all_are_zombies, &n, BOUND_GENEROUS);
    verdict_check(kill(suite.server->pid, SIGCONT) == 0 && ended, "a child has not ended");
    verdict_check(serverproc_await_no_zombies(suite.server),
                  "%d children have ended together, and %zu of them stay zombies", N,
                  procfs_zombies(suite.server->pid));
}

/* Each process that a member has is killed once: the member is gone, the room continues. */
static void child_killed(void)
{
    struct wire *anna = suite_member("anna"), *berta, *carla;
    struct family fresh;
    size_t which = 0;

    do {
        berta = open_with_family("berta", &fresh);
        wire_expect(anna, "* JOIN berta\n");
        send_signal(fresh.pids[which], SIGKILL);
        wire_expect(anna, "* LEAVE berta\n");
        wire_drain(berta, NULL);
        wire_close(berta);
        carla = suite_member("carla");
        wire_expect(anna, "* JOIN carla\n");
        wire_ask_ok(carla, "S go on\nX\n");
        wire_close(carla);
        wire_expect(anna, "* SAY carla go on\n* LEAVE carla\n");
        wire_ask_text(anna, "W\n", "anna\n");
    } while (++which < fresh.n);
    wire_expect_quiet(anna);
}

/* A member, berta, and the two processes that she has: the session, and the listener, which sleeps:
 * it holds no lock when it is stopped. */
static struct wire *member_of_two(struct wire *anna, struct family *both)
{
    struct wire *berta = open_with_family("berta", both);

    wire_expect_event(anna, "* JOIN berta");
    verdict_check(both->n == 2, "a member has %zu processes; expected session and listener",
                  both->n);
    verdict_check(procfs_await_state(both->pids[1], "S"), "a listener never sleeps");
    return berta;
}

/* A session is killed while its listener is busy with something else, as one is that writes to a
 * client which does not read: the listener goes with it, and with both the connection. */
static void listener_dies_with_its_session(void)
{
    struct family both;
    struct wire *anna = suite_member("anna"), *berta = member_of_two(anna, &both);

    send_signal(both.pids[1], SIGSTOP);
    send_signal(both.pids[0], SIGKILL);
    wire_expect_event(anna, "* LEAVE berta");
    verdict_check(wire_readable(berta, bound_of(BOUND_GENEROUS)),
                  "the session was killed, and its listener keeps the connection open");
    wire_expect_quiet(anna);
}

/* A forwarder that gets no processor is waited for, a moment and once: then the others continue,
 * and it gets ERR slow. */
static void stopped_listener_delays_nobody(void)
{
    enum { LINES = 400 }; /* of 900 bytes: more than may wait for a member */
    struct family both;
    struct wire *anna = suite_member("anna"), *berta = member_of_two(anna, &both);
    char *filler = suite_repeated("f", 900);

    send_signal(both.pids[1], SIGSTOP);
    for (int i = 0; i < LINES; i++)
        wire_ask_ok(anna, "S %s\n", filler);
    free(filler);
    send_signal(both.pids[1], SIGCONT);
    wire_expect_last_error(berta, "slow");
    wire_expect_event(anna, "* LEAVE berta");
}

/* A member that ends its input still gets what was sent before, though its forwarder has not run */
static void half_close_gets_all_replies(void)
{
    struct family both;
    struct wire *anna = suite_member("anna"), *berta = member_of_two(anna, &both);

    send_signal(both.pids[1], SIGSTOP);
    wire_ask_ok(anna, "S hello\n");
    wire_shut(berta);
    wire_expect(berta, "* SAY anna hello\n");
    send_signal(both.pids[1], SIGCONT);
    wire_expect_eof(berta);
    wire_expect_event(anna, "* LEAVE berta");
}

/* A session that is killed can't leave by itself: its parent has to take it out, and soon. */
static void nick_of_a_killed_session(void)
{
    long shortest = NICK_FREE_MS * 100;

    for (int i = 0; i < NICK_ATTEMPTS && shortest >= bound_of(NICK_FREE_MS); i++) {
        struct wire *next = suite_open(), *visitor;
        struct family before, fresh;
        long start;

        family_take(&before);
        visitor = suite_open();
        suite_enter_when_free(visitor, "guest");
        fresh = family_new(&before);
        start = bound_now();
        send_signal(fresh.pids[0], SIGKILL);
        suite_enter_when_free(next, "guest");
        if (bound_now() - start < shortest)
            shortest = bound_now() - start;
        wire_close(visitor);
        wire_close(next);
    }
    suite_check_nick_freed(shortest, "its member's session was killed");
}

/* There are as many places in the room as clients: that of a killed session is free again. */
static void places_are_freed(void)
{
    struct wire *anna = suite_member("anna");

    for (int turn = 0; turn < 40; turn++) {
        struct family before, fresh;
        struct wire *berta;

        family_take(&before);
        berta = suite_open();
        wire_puts(berta, "C berta\n");
        verdict_check(wire_next_is(berta, "OK 0\n"),
                      "after %d killed sessions there is no place in the room", turn);
        wire_expect_ok(berta);
        wire_expect_event(anna, "* JOIN berta");
        fresh = family_new(&before);
        send_signal(fresh.pids[0], SIGKILL);
        wire_expect_event(anna, "* LEAVE berta");
        wire_drain(berta, NULL);
        wire_close(berta);
        verdict_check(serverproc_await_no_zombies(suite.server), "the server has %zu zombies",
                      procfs_zombies(suite.server->pid));
    }
}

/* Members are killed at any moment while everybody speaks: also while they hold a lock. The room
 * continues, and the others receive everything that was sent. */
static void children_killed_while_speaking(void)
{
    enum { TURNS = 30, SAYS = 20 };
    struct wire *anna = suite_member("anna"), *witness = suite_member("witness");

    wire_expect_event(anna, "* JOIN witness");
    for (int turn = 0; turn < TURNS; turn++) {
        char nick[16];
        struct family fresh;
        int says = 0;
        bool left = false;

        snprintf(nick, sizeof nick, "v%d", turn);
        struct wire *victim = open_with_family(nick, &fresh);
        for (int i = 0; i < SAYS; i++) {
            wire_printf(victim, "S %d\n", i);
            wire_printf(anna, "S %d-%d\n", turn, i);
            if (i == turn % SAYS) {
                for (size_t k = 0; k < fresh.n; k++)
                    kill(fresh.pids[(k + (size_t)turn) % fresh.n], SIGKILL);
            }
        }
        wire_expect_oks(anna, SAYS);
        while (says < SAYS || !left) {
            const char *event = wire_event(witness);
            int t, i;

            verdict_check(event, "expected an event");
            if (sscanf(event, "* SAY anna %d-%d", &t, &i) == 2) {
                verdict_check(t == turn && i == says, "expected %d-%d, received %s", turn, says,
                              event);
                says++;
            } else if (strncmp(event, "* LEAVE v", 9) == 0) {
                verdict_check(!left, "LEAVE was sent twice");
                left = true;
            }
        }
        wire_close(victim);
    }
    wire_ask_text(witness, "W\n", "anna\nwitness\n");
    wire_expect_quiet(witness);
}

/* A child dies in the middle of an upload: nothing is stored, and what it may have left is
 * removed by the next server that starts in the folder. */
static void child_killed_in_upload(void)
{
    struct serverproc_config same = {.dir = suite.server->dir};
    struct family fresh;
    struct wire *wire = open_with_family(NULL, &fresh);

    wire_ask(wire, "P 1000 file\n", "GO\n");
    wire_puts(wire, "part of it");
    send_signal(fresh.pids[0], SIGKILL);
    wire_drain(wire, NULL);
    wire_close(wire);
    wire = suite_open();
    wire_ask(wire, "L\nG file\n", "OK 0\n");
    wire_expect_error(wire, "not-found");
    suite_upload(wire, "file", "whole", 5);
    serverproc_start(&same);
    verdict_check(folder_await_clean(same.dir), "a temporary file is left for ever");
}

/* The descriptors of one client are not held open by the processes of the others. */
static void quit_among_siblings(void)
{
    enum { SIBLINGS = 10 };
    struct wire *wires[SIBLINGS];

    suite_room(wires, SIBLINGS);
    for (int i = 0; i < SIBLINGS; i++) {
        long start = bound_now();

        wire_ask_ok(wires[i], "Q\n");
        verdict_check(wire_drain(wires[i], NULL) == WIRE_EOF, "reset instead of closed");
        verdict_check(bound_now() - start < bound_of(2000), "the end took %ld ms",
                      bound_now() - start);
        wire_close(wires[i]);
    }
}

/* A session is killed, so nobody shuts its connection down: the kernel ends it when nobody holds
 * its descriptor any more, and neither the parent nor those who were born later do. */
static void killed_among_siblings(void)
{
    enum { SIBLINGS = 10, ATTEMPTS = 3 };
    long took = 0;

    for (int attempt = 0; attempt < ATTEMPTS; attempt++) { /* once it may have had no processor */
        struct wire *siblings[SIBLINGS], *victim;
        struct family fresh;

        victim = open_with_family(attempt % 2 ? "victim" : NULL, &fresh);
        suite_open_many(siblings, SIBLINGS);
        long start = bound_now();
        send_signal(fresh.pids[0], SIGKILL);
        verdict_check(wire_readable(victim, bound_of(BOUND_GENEROUS)),
                      "the session was killed, and %d siblings or the parent keep its connection "
                      "open",
                      SIBLINGS);
        took = bound_now() - start;
        verdict_check(wire_drain(victim, NULL) != WIRE_OPEN, "the connection goes on");
        wire_close(victim);
        suite_close_many(siblings, SIBLINGS);
        if (took < bound_of(1000) && attempt > 0)
            return;
    }
    verdict_fail("the session was killed, and the end of its connection took %ld ms", took);
}

/* ---- descriptors ---- */

/* A bit of everything, and most of it goes wrong. */
static void use_descriptors(void)
{
    struct wire *wire = suite_open_narrow(suite.server);

    suite_upload_pattern(wire, "file", 100000, 1);
    suite_download_pattern(wire, "file", 100000, 1);
    wire_ask_text(wire,
                  "L\nG none\nG sub\nG fifo\nG link\nR 100001 file\nR 5 none\nR 100000 file\n",
                  "33554432 big\n100000 file\n");
    for (int i = 0; i < 4; i++)
        wire_expect_error(wire, "not-found");
    wire_expect_error(wire, "bad-range");
    wire_expect_error(wire, "not-found");
    wire_expect_ok(wire);
    suite_refused(wire, "P 9000000000000000000 file\n", "too-large");
    wire_ask(wire, "C anna\nW\nX\nC anna\nP 10000000 part\n", "OK 0\nOK 5\nanna\nOK 0\nOK 0\nGO\n");
    wire_send_pattern(wire, 5000, 1);
    wire_close(wire);
    wire = suite_open_narrow(suite.server);
    wire_ask(wire, "G big\nG big\n", "OK 33554432\n");
    wire_reset(wire);
    wire_close(suite_open());
    verdict_check(folder_await_clean(suite.server->dir), "a temporary file is left");
}

static void descriptors_are_closed(void)
{
    int before;

    folder_write_pattern(suite.server->dir, "big", 32 << 20, 1);
    verdict_check(mkdir(suite_path("sub"), 0755) == 0 && mkfifo(suite_path("fifo"), 0644) == 0 &&
                      symlink("file", suite_path("link")) == 0,
                  "planting: %s", strerror(errno));
    for (int i = 0; i < 3; i++) /* what is opened once and kept is open after this */
        use_descriptors();
    suite_check_settled(suite.server);
    before = procfs_descriptors(suite.server->pid) - suite.server->descriptors;
    for (int i = 0; i < 10; i++)
        use_descriptors();
    verdict_check(serverproc_await_descriptors(suite.server, before > 0 ? before : 0),
                  "after ten more rounds the server has %d descriptors open, before it had %d",
                  procfs_descriptors(suite.server->pid), suite.server->descriptors + before);
}

/* ---- two servers with one folder ---- */

static void begin_upload(struct wire *wire, const char *name)
{
    suite_begin_upload(wire, name, 1000);
    wire_send_pattern(wire, 500, 1);
}

/* A server that starts removes what a dead one has left, and nothing of a living one. */
static void leftovers(void)
{
    struct serverproc *alive = suite_start(NULL), *dead, *next;
    struct serverproc_config same = {.dir = alive->dir};
    struct wire *kept = suite_open_on(alive), *lost;
    unsigned char *bytes = pattern_new(1000, 1);

    dead = serverproc_start(&same);
    begin_upload(kept, "kept");
    verdict_check(folder_await_hidden(alive->dir, 1, -1),
                  "expected one hidden file while an upload is under way");
    lost = suite_open_on(dead);
    begin_upload(lost, "lost");
    verdict_check(folder_await_hidden(alive->dir, 2, -1),
                  "expected two hidden files while two uploads are under way");
    serverproc_free(dead); /* SIGKILL, to all its processes */
    wire_drain(lost, NULL);
    verdict_check(folder_hidden(alive->dir, NULL, 0) == 2, "expected a file that is left over");
    next = serverproc_start(&same);
    verdict_check(folder_await_hidden(alive->dir, 1, -1),
                  "%d hidden files after the next start; expected "
                  "that of the living server only",
                  folder_hidden(alive->dir, NULL, 0));
    wire_send(kept, bytes + 500, 500);
    wire_expect_ok(kept);
    verdict_check(folder_holds(alive->dir, "kept", bytes, 1000),
                  "the upload to the living server was damaged");
    verdict_check(!folder_has(alive->dir, "lost"), "half an upload was stored");
    suite_stop(next);
    wire_close(kept);
    wire_close(lost);
    free(bytes);
}

/* ---- standard output and standard error ---- */

/* Nobody reads the log, and the pipe is full. */
static void log_full(void)
{
    const struct serverproc_config config = {.options = "-v", .log_full = true};
    struct wire *wire;

    suite.server = serverproc_start(&config);
    for (int i = 0; i < 30; i++) {
        wire = suite_open();
        wire_puts(wire, "L\nZ\nG ../x\n");
        wire_expect_ok(wire);
        wire_expect_error(wire, "bad-request");
        wire_expect_error(wire, "bad-name");
        wire_close(wire);
    }
}

static void use_without(const struct serverproc_config *config)
{
    struct wire *wire = suite_serve(config);

    suite_upload_pattern(wire, "file", 100000, 1);
    suite_download_pattern(wire, "file", 100000, 1);
    wire_ask(wire, "C anna\nQ\n", "OK 0\nOK 0\n");
    wire_expect_eof(wire);
    suite_check_sleeps("without standard streams");
}

static void no_output(void)
{
    const struct serverproc_config config = {.known_port = true, .no_output = true};

    use_without(&config);
}

/* Nothing that the server opens gets number 0, 1 or 2 then: it would be read as the console, or be
 * given what is meant for the log. */
static void no_streams(void)
{
    const struct serverproc_config config = {
        .options = "-v", .known_port = true, .no_streams = true};

    use_without(&config);
    for (int fd = 0; fd < 3; fd++) {
        char link[64], target[256] = "";
        (void)snprintf(link, sizeof link, "/proc/%ld/fd/%d", (long)suite.server->pid, fd);
        verdict_check(readlink(link, target, sizeof target - 1) > 0, "readlink %s", link);
        verdict_check(strcmp(target, "/dev/null") == 0, "its descriptor %d is %s", fd, target);
    }
}

const struct conformance_case process_cases[] = {
    {"process_child_killed", child_killed, ON_FORK, CASE_OURS, NULL},
    {"process_children_end_together", children_end_together, ON_FORK, CASE_OURS, NULL},
    {"process_nick_of_a_killed_session", nick_of_a_killed_session, ON_FORK, CASE_OURS, NULL},
    {"process_listener_dies_with_its_session", listener_dies_with_its_session, ON_FORK, CASE_OURS,
     NULL},
    {"process_stopped_listener_delays_nobody", stopped_listener_delays_nobody, ON_FORK, CASE_OURS,
     NULL},
    {"process_half_close_gets_all_replies", half_close_gets_all_replies, ON_FORK, CASE_OURS, NULL},
    {"process_places_are_freed", places_are_freed, ON_FORK, CASE_OURS, "--max-clients 5"},
    {"process_children_killed_while_speaking", children_killed_while_speaking, ON_FORK, CASE_OURS,
     NULL},
    {"process_child_killed_in_upload", child_killed_in_upload, ON_FORK, CASE_OURS, NULL},
    {"process_quit_among_siblings", quit_among_siblings, ON_MANY, 0, NULL},
    {"process_killed_among_siblings", killed_among_siblings, ON_FORK, CASE_OURS, NULL},
    {"process_descriptors_are_closed", descriptors_are_closed, ON_ALL, CASE_OURS, NULL},
    {"process_leftovers", leftovers, ON_ALL, CASE_OURS | CASE_OWN, NULL},
    {"process_log_full", log_full, ON_ALL, CASE_OURS | CASE_OWN, NULL},
    {"process_no_output", no_output, ON_ALL, CASE_OURS | CASE_OWN, NULL},
    {"process_no_streams", no_streams, ON_ALL, CASE_OURS | CASE_OWN, NULL},
    {NULL, NULL, 0, 0, NULL},
};
