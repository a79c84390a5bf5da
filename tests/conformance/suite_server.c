/* suite_server.c: conformance.h, servers: how they are started, what is in their folders, and what
 * is checked of them */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "conformance.h"

enum { END_MS = 10000 };

struct serverproc *suite_start(const char *options)
{
    const struct serverproc_config config = {.options = options};

    return serverproc_start(&config);
}

struct wire *suite_serve(const struct serverproc_config *config)
{
    suite.server = serverproc_start(config);
    return suite_open();
}

const char *suite_path(const char *name)
{
    static char path[FOLDER_PATH + 400];

    snprintf(path, sizeof path, "%s/%s", suite.server->dir, name);
    return path;
}

void suite_move_in(const char *beside, const char *name)
{
    verdict_check(rename(folder_path(suite.server->folder.root, beside), suite_path(name)) == 0,
                  "rename: %s", strerror(errno));
}

void suite_add_name(const char *name, const char *content, char *first, size_t size, bool again)
{
    if (!again) {
        folder_write(suite.server->dir, name, content, strlen(content));
        snprintf(first, size, "%s", suite_path(name));
        return;
    }
    verdict_check(link(first, suite_path(name)) == 0, "%s: %s", name, strerror(errno));
}

void suite_long_listing(void)
{
    char first[FOLDER_PATH + 400], name[SUITE_NAME_LEN + 1];

    memset(name, 'n', SUITE_NAME_LEN);
    for (int i = 0; i < SUITE_NAMES; i++) {
        snprintf(name + SUITE_NAME_LEN - 8, 9, "%08d", i);
        suite_add_name(name, "", first, sizeof first, i > 0);
    }
}

void suite_check_sleeps(const char *when)
{
    enum { LOOK = 300, MOST = 40 };
    /* it may still be busy with what was before, with a sanitizer for longer than the suite was */
    const int looks = suite_instrumented() ? 10 : 3;
    long used = 0;

    /* twice in a row: in one look of its own, the server may just not have been given the processor
     */
    for (int i = 0, asleep = 0; i < looks + asleep; i++) {
        used = serverproc_cpu_during(suite.server, LOOK);
        asleep = used < MOST * bound_scale() ? asleep + 1 : 0;
        if (asleep == 2)
            return;
    }
    verdict_fail("%s, the server uses %ld ms of CPU time in %d ms: it spins", when, used, LOOK);
}

void suite_limit(__rlimit_resource_t resource, rlim_t most)
{
    pid_t pids[17] = {suite.server->pid};
    size_t n = 1 + procfs_children(suite.server->pid, pids + 1, 16);
    struct rlimit limit;

    for (size_t i = 0; i < n && i < 17; i++) {
        bool ok = prlimit(pids[i], resource, NULL, &limit) == 0;
        limit.rlim_cur = most;
        ok = ok && prlimit(pids[i], resource, &limit, NULL) == 0;
        verdict_check(ok || (i > 0 && errno == ESRCH), "prlimit: %s", strerror(errno));
    }
}

/* ---- what holds for every server at the end of every case ---- */

void suite_check_settled(struct serverproc *server)
{
    struct wire *wire = suite_open_when_free(server, BOUND_GENEROUS);
    char name[256] = "";

    wire_ask_ok(wire, "N\n");
    wire_close(wire);
    if (!serverproc_ours())
        return;
    verdict_check(serverproc_await_descriptors(server, 0),
                  "all clients are gone, and the server has %d descriptors open; it had %d",
                  procfs_descriptors(server->pid), server->descriptors);
    verdict_check(serverproc_await_no_zombies(server), "the server has %zu zombies",
                  procfs_zombies(server->pid));
    if (!folder_await_clean(server->dir)) {
        folder_hidden(server->dir, name, sizeof name);
        verdict_fail("a hidden file is left in the library: %s", name);
    }
}

/* Transfers get a few seconds, which BOUND_MS does not cut. */
void suite_check_ended(struct serverproc *server)
{
    serverproc_check_ended(server, serverproc_ours() ? BOUND_GENEROUS : END_MS);
}

void suite_check_second_signal(long ms)
{
    long start = bound_now();

    serverproc_signal(suite.server, SIGTERM);
    verdict_check(serverproc_wait(suite.server, BOUND_GENEROUS), "two signals do not end it");
    verdict_check(bound_now() - start < bound_of(ms), "the second signal took %ld ms",
                  bound_now() - start);
    verdict_check(serverproc_await_group_gone(suite.server), "processes are left");
}

void suite_stop(struct serverproc *server)
{
    serverproc_signal(server, SIGTERM);
    if (serverproc_ours())
        suite_check_ended(server);
    else
        (void)serverproc_wait(server, 2000);
}
