/* test_load_limits.c: what runs out where the load generator is, or is missing: descriptors, ports,
 * a system call */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lacks.h"
#include "load_fixture.h"
#include "probe/network.h"
#include "probe/server.h"
#include "proc_write.h"

/* Runs in a child, since it takes away what the others need. Status 0: it was as it should be. */
static void in_child(int (*what)(int port), int port)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        _exit(what(port));
    int status = unit_wait(pid);
    unit_check(WIFEXITED(status), "the child was killed");
    if (WEXITSTATUS(status) == 77)
        unit_skip("no network of its own");
    unit_check(WEXITSTATUS(status) == 0, "the child says %d, see load_error_word",
               WEXITSTATUS(status));
}

static int few_descriptors(int port)
{
    const struct rlimit limit = {40, 40};
    const struct serverproc server = {.port = port};
    struct load_spec spec = spec_of(&server, LOAD_PING);
    spec.clients = 100;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || !load_run(&spec, &result))
        return 50;
    for (int i = 0; i < LOAD_ERRORS; i++)
        if ((result.errors[i] > 0) != (i == LOAD_DESCRIPTORS))
            return 1 + i;
    int status = result.requests > 0 && result.errors[LOAD_DESCRIPTORS] >= 60 ? 0 : 51;
    load_result_free(&result);
    return status;
}

static void descriptors(void)
{
    in_child(few_descriptors, server_named("epoll", NULL)->port);
}

static int few_ports(int port)
{
    char why[WHY];
    (void)port;
    if (!network_own("reno", why) ||
        !proc_write("/proc/sys/net/ipv4/ip_local_port_range", "40000 40029"))
        return 77;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    struct serverproc *server = server_named("epoll", "");
    struct load_spec spec = spec_of(server, LOAD_PING);
    spec.clients = 100;
    bool ok = load_run(&spec, &result) && result.requests > 0 && result.errors[LOAD_PORTS] >= 60;
    for (int i = 0; i < LOAD_ERRORS; i++)
        ok = ok && (i == LOAD_PORTS || result.errors[i] == 0);
    load_result_free(&result);
    serverproc_sweep();
    return ok ? 0 : 52;
}

static void ports(void)
{
    in_child(few_ports, 0);
}

/* Nothing is measured, and the one error says why. */
static int threads_fail(enum load_error error, const char *reason)
{
    struct load_spec spec = spec_of(&(struct serverproc){.port = 1}, LOAD_PING);
    spec.clients = spec.threads = 100;
    spec.timeout_ms = 200;
    bool as_due = !load_run(&spec, &result) && result.errors[error] == 1 &&
                  strcmp(result.example, reason) == 0;
    load_result_free(&result);
    return as_due ? 0 : 53;
}

static int few_for_threads(int port)
{
    (void)port;
    return setrlimit(RLIMIT_NOFILE, &(struct rlimit){40, 40}) != 0
               ? 50
               : threads_fail(LOAD_DESCRIPTORS, "the threads of the load: Too many open files");
}

/* As before Linux 5.11; a wait that fails must not look like one in which nothing happened. */
static int no_wait(int port)
{
    static const struct lack no_pwait2[] = {{SYS_epoll_pwait2, ENOSYS, 0}, {.error = 0}};
    (void)port;
    return !lacks_begin(no_pwait2)
               ? 50
               : threads_fail(LOAD_OTHER, "epoll_pwait2, which needs Linux 5.11 and a container "
                                          "that allows it: Function not implemented");
}

static void threads(void)
{
    in_child(few_for_threads, 0);
    in_child(no_wait, 0);
}

/* A server that can't be started leaves no end of its pipe. */
static int no_process(int port)
{
    static const struct lack no_fork[] = {{SYS_clone, EAGAIN, 0}, {.error = 0}};
    static struct server_choice choice = {
        .name = "epoll", .command = "epoll-server -p {port}", .kind = SERVER_MODEL};
    struct server server = {.choice = &choice};
    char why[WHY];
    int free_before = dup(port);
    (void)close(free_before);
    bool started = !lacks_begin(no_fork) ||
                   server_start(&server, &(struct server_place){.log = "/dev/null"}, why);
    return !started && server_stop(&server, why) && dup(port) == free_before ? 0 : 54;
}

static void processes(void)
{
    in_child(no_process, STDOUT_FILENO);
}

static const struct CMUnitTest tests[] = {LOAD(processes), LOAD(ports), LOAD(descriptors),
                                          LOAD(threads)};
UNIT_MAIN("load, its limits", tests)
