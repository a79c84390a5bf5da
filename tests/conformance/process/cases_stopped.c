/* A process of 02_fork that holds the room's lock is stopped (SIGSTOP, gdb -p), not killed:
 * members wait for it, and nobody else does. */
#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance.h"

enum { INFO_ENTRY = 1 }; /* PTRACE_SYSCALL_INFO_ENTRY, which not every libc knows by name */

/* struct ptrace_syscall_info of <linux/ptrace.h>, as far as it is looked at. */
struct call_info {
    unsigned char op;
    unsigned char pad[3];
    unsigned int arch;
    unsigned long long instruction, stack, number, args[6];
};

static pid_t session_of(struct wire *wire)
{
    pid_t pids[64];
    size_t n = procfs_children(suite.server->pid, pids, 64);

    wire_expect_quiet(wire);
    verdict_check(n > 0 && n <= 64, "the server has %zu children", n);
    return pids[n - 1]; /* the youngest */
}

static bool has_come_to_a_stop(void *pid)
{
    int status;

    return waitpid(*(const pid_t *)pid, &status, WNOHANG) > 0 && WIFSTOPPED(status);
}

static void await_stop(pid_t pid)
{
    verdict_check(bound_await(has_come_to_a_stop, &pid, BOUND_GENEROUS),
                  "a process that is traced does not come to its next call");
}

/* Continues to the next call, or out of it. */
static struct call_info next_call(pid_t pid)
{
    struct call_info info = {0};

    verdict_check(ptrace(PTRACE_SYSCALL, pid, NULL, NULL) == 0, "ptrace: %s", strerror(errno));
    await_stop(pid);
    verdict_check(ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof info, &info) > 0,
                  "ptrace: %s", strerror(errno));
    return info;
}

/* A speaker wakes the forwarders while it holds the room's lock: there it is stopped. */
static void stop_with_lock(struct wire *wire, pid_t pid)
{
    struct call_info info;

    if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)PTRACE_O_TRACESYSGOOD) != 0 && errno == EPERM)
        verdict_skip("ptrace is not possible here: nobody can be stopped while it holds the lock");
    verdict_check(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == 0, "ptrace: %s", strerror(errno));
    await_stop(pid);
    wire_puts(wire, "S the last word\n");
    do
        info = next_call(pid);
    while (info.op != INFO_ENTRY || info.number != SYS_futex ||
           ((int)info.args[1] & FUTEX_CMD_MASK) != FUTEX_WAKE);
    verdict_check(kill(pid, SIGSTOP) == 0 && ptrace(PTRACE_DETACH, pid, NULL, NULL) == 0 &&
                      procfs_await_state(pid, "T"),
                  "the session is not stopped: %s", strerror(errno));
}

struct room_of_three {
    struct wire *anna, *berta, *carla;
    pid_t holder;
};

/* Berta's session is stopped with the lock in its hand, then Carla's is killed. */
static struct room_of_three hold_the_lock(void)
{
    struct room_of_three room = {.anna = suite_member("anna")};
    pid_t victim;

    room.carla = suite_member("carla");
    victim = session_of(room.carla);
    room.berta = suite_member("berta");
    room.holder = session_of(room.berta);
    wire_expect(room.anna, "* JOIN carla\n* JOIN berta\n");
    stop_with_lock(room.berta, room.holder);
    verdict_check(kill(victim, SIGKILL) == 0 && procfs_await_state(victim, "Z"), "kill");
    return room;
}

/* The parent serves new clients, and takes dead members out when the lock is free again. */
static void others_are_served(void)
{
    struct room_of_three room = hold_the_lock();
    bool left = false, told = false, last = false;

    for (int i = 0; i < 3; i++) {
        struct wire *wire = suite_open();

        suite_upload(wire, "file", "content", 7);
        suite_quit(wire);
        wire_close(wire);
        if (i == 0)
            serverproc_announce(suite.server, "one\ntwo\n");
    }
    verdict_check(!wire_readable(room.anna, 100), "somebody wrote to the room without its lock");
    suite_check_sleeps("a process holds the room's lock");
    verdict_check(kill(room.holder, SIGCONT) == 0, "kill");
    while (!left || !told || !last) {
        const char *event = suite_some_event(room.anna);

        if (strcmp(event, "* LEAVE carla") == 0)
            left = true;
        else if (strcmp(event, "* ADMIN two") == 0)
            told = true;
        else if (strcmp(event, "* SAY berta the last word") == 0)
            last = true;
        else
            verdict_check(strcmp(event, "* ADMIN one") == 0 && !told, "received: %s", event);
    }
    wire_expect_ok(room.berta);
    wire_ask_text(room.anna, "W\n", "anna\nberta\n");
    wire_expect_quiet(room.anna);
}

static void stopped_child_is_killed(void)
{
    (void)hold_the_lock();
    serverproc_announce(suite.server, "no member receives this\n");
    wire_expect_quiet(suite_open());
    long start = bound_now();
    serverproc_signal(suite.server, SIGTERM);
    suite_check_ended(suite.server);
    verdict_check(bound_now() - start < bound_of(6000), "SIGTERM took %ld ms", bound_now() - start);
}

static void stopped_child_is_killed_at_once(void)
{
    enum { GRACE = 5000 };

    (void)hold_the_lock();
    wire_expect_quiet(suite_open());
    serverproc_signal(suite.server, SIGTERM);
    verdict_check(!serverproc_wait(suite.server, 100), "nobody was given any time");
    suite_check_second_signal((GRACE - 1000) / bound_scale()); /* the grace is not stretched */
}

const struct conformance_case stopped_cases[] = {
    {"stopped_others_are_served", ON_FORK, CASE_OURS, .run = others_are_served},
    {"stopped_child_is_killed", ON_FORK, CASE_OURS, .run = stopped_child_is_killed},
    {"stopped_child_is_killed_at_once", ON_FORK, CASE_OURS, .run = stopped_child_is_killed_at_once},
    {.name = NULL},
};
