/* test_script_ends.c: lab-client in scripts: every exit status, and Ctrl-C */
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bound.h"
#include "fixture.h"
#include "folder.h"
#include "hostile.h"
#include "procfs.h"
#include "program.h"
#include "servers.h"

static void test_usage(void)
{
    static const char *const wrong[][6] = {
        {"--nothing"},
        {"-x"},
        {"-p"},
        {"-p", "0", "list"},
        {"-p", "65536"},
        {"--timeout", "x", "list"},
        {"--timeout", "-1"},
        {"a", "b", "c"},
        {"-c", "list", "list"},
        {"-c", "a", "-f", "b"},
        {"get"},
        {"get", "-x", "a"},
        {"get", "-o"},
        {"put"},
        {"put", "-"},
        {"chat"},
        {"chat", "a", "b"},
        {"who", "x"},
        {"say"},
        {"lcd", "a", "b"},
        {"help", "nothing"},
        {"-H", "h", "other"},
        {"-c", "get 'a"},
        {"-c", "l"},
        {"-c", "nothing"},
        {"get", "../a"},
        {"get", "a", ""},
    };
    for (size_t i = 0; i < UNIT_COUNT(wrong); i++) {
        const struct program *ran = program_expect(2, NULL, wrong[i]);
        assert_string_equal(ran->out.bytes, "");
        unit_check(strchr(ran->err.bytes, '\n') == ran->err.bytes + ran->err.len - 1,
                   "not one sentence: %s", ran->err.bytes);
    }
}

static void test_help(void)
{
    program_has(&EXPECT(0, NULL, "--help")->out, "Exit status");
    program_has(&EXPECT(0, NULL, "--version")->out, "lab-client 1.0, protocol 1\n");
    program_has(&EXPECT(0, NULL, "help")->out, "get [-f]");
    program_has(&EXPECT(0, NULL, "help", "get")->out, "-o LOCAL");
    program_has(&EXPECT(0, NULL, "-c", "h get")->out, "-o LOCAL");
}

static void test_no_connection(void)
{
    char port[8];
    int fd;
    snprintf(port, sizeof port, "%d", serverproc_reserve_port(&fd));
    const struct program *ran = EXPECT(3, NULL, "-p", port, "list");
    program_has(&ran->err, "refused");
    ran = EXPECT(3, NULL, "-p", port, "-c", "get a b; list");
    unit_check(strchr(ran->err.bytes, '\n') == ran->err.bytes + ran->err.len - 1,
               "not one sentence: %s", ran->err.bytes);
    /* what is local needs no server */
    EXPECT(0, &(struct program_options){.folder = "/"}, "-p", port, "-c", "lcd /; lls; help");
    close(fd);
}

/* The second client of an iterative server. */
static void test_no_turn(void)
{
    struct test_server *server = server_start("loop", NULL);
    struct program *first = program_member(NULL, server, "ann");
    const struct program *ran = EXPECT(3, NULL, "-p", server->port, "--timeout", "0.2", "list");
    program_has(&ran->err, "has not greeted");
    struct program *second = RUN(NULL, "-p", server->port, "list");
    program_await_error(second, "waiting for the server to take us");
    program_finish(first, 0, NULL);
    program_finish(second, 0, NULL);
}

static void test_interrupted(void)
{
    struct hostile *server =
        hostile_start(HOSTILE_SCRIPT(HOSTILE_ASKED, HOSTILE_SEND("OK 100\n12345")));
    struct program *run = RUN(HERE, "-p", server->port, "get", "a.txt", "b.txt", "c.txt");
    fixture_await_part("a.txt", "12345", 5);
    (void)kill(run->pid, SIGINT);
    assert_int_equal(program_wait(run), 130);
    program_has(&run->err,
                "a.txt: 5 bytes are kept in .a.txt.lab-partial; get -c continues with them");
    unit_check(strstr(run->err.bytes, "b.txt") == NULL, "it went on with the next one");
    program_free(run);
    hostile_finish(server);
}

/* Without a transfer: waiting for its input, for a greeting, in the room. */
static void test_interrupted_waits(void)
{
    struct test_server *epoll = server_start("epoll", NULL);
    struct hostile *server = hostile_start(&(struct hostile_step)HOSTILE_END);
    struct program *runs[] = {RUN(NULL, "-p", epoll->port), RUN(NULL, "-p", server->port, "list"),
                              program_member(NULL, epoll, "ann")};
    program_write(runs[0], "help help\n");
    program_await(runs[0], "help [COMMAND]");
    program_await_error(runs[1], "waiting for the server");
    for (int i = 0; i < 3; i++) {
        (void)kill(runs[i]->pid, SIGINT);
        program_finish(runs[i], 130, NULL);
    }
}

/* Asleep in a system call? */
static bool is_asleep(void *run)
{
    char state;
    return procfs_scan(((struct program *)run)->pid, "stat", "%*d (lab-client) %c", &state) &&
           state == 'S';
}

/* Commands from a FIFO into which nobody writes. */
static void test_interrupted_open(void)
{
    assert_int_equal(mkfifo(fixture_path("fifo"), 0600), 0);
    struct program *run = RUN(HERE, "-f", "fifo");
    unit_check(bound_await(is_asleep, run, BOUND_GENEROUS), "it does not wait");
    (void)kill(run->pid, SIGINT);
    assert_int_equal(program_wait(run), 130);
    unit_check(strstr(run->err.bytes, "Interrupted") == NULL, "%s", run->err.bytes);
    program_free(run);
}

enum { PIPE_BYTES = 4096 };

static bool pipe_is_full(void *fd)
{
    int waiting = 0;
    return ioctl(*(int *)fd, FIONREAD, &waiting) == 0 && waiting == PIPE_BYTES;
}

/* A signal that is pending would swallow the next one. */
static bool signal_has_arrived(void *run)
{
    return !procfs_pending(((const struct program *)run)->pid, SIGINT);
}

static bool has_ended(void *run)
{
    const struct program *its = run;
    siginfo_t info = {.si_pid = 0};
    return waitid(P_PID, (id_t)its->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid != 0;
}

/* While it writes to a pipe that is not read, the first Ctrl-C has no effect; the second ends it */
static void test_interrupted_twice(void)
{
    struct test_server *epoll = server_start("epoll", NULL);
    char name[80];
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "%060d", i);
        unit_write_text(epoll->dir, name, "");
    }
    struct program *run = RUN(NULL, "-p", epoll->port, "list");
    assert_int_equal(fcntl(run->from[0], F_SETPIPE_SZ, PIPE_BYTES), PIPE_BYTES);
    unit_check(bound_await(pipe_is_full, &run->from[0], BOUND_GENEROUS), "no listing");
    (void)kill(run->pid, SIGINT);
    unit_check(bound_await(signal_has_arrived, run, BOUND_GENEROUS), "the first is not taken");
    (void)kill(run->pid, SIGINT);
    unit_check(bound_await(has_ended, run, BOUND_GENEROUS), "the second does not end it");
    program_finish(run, 130, NULL);
}

/* Who started it with SIGINT ignored does not want it to end by that. */
static void test_sigint_ignored(void)
{
    struct test_server *epoll = server_start("epoll", NULL);
    struct program *run = RUN(&(struct program_options){.ignores_sigint = true}, "-p", epoll->port);
    program_write(run, "help help\n");
    program_await(run, "help [COMMAND]");
    (void)kill(run->pid, SIGINT);
    program_write(run, "list\n");
    program_finish(run, 0, NULL);
}

static const struct CMUnitTest tests[] = {
    SERVERS(test_usage),           SERVERS(test_help),
    SERVERS(test_no_connection),   SERVERS(test_no_turn),
    FOLDER(test_interrupted),      SERVERS(test_interrupted_waits),
    FOLDER(test_interrupted_open), SERVERS(test_interrupted_twice),
    SERVERS(test_sigint_ignored),
};
UNIT_MAIN("the client in scripts: how it ends", tests)
