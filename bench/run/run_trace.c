/* bench/run/run_trace.c: how many system calls is a request? A run of its own, since strace makes
 * each call expensive
 *
 * Counted over the whole load with ten clients, connecting included. Without strace, or without the
 * permission to trace, there are no rows.
 */
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/scratch.h"
#include "run/run.h"

extern char **environ;

enum { CLIENTS = 10, ATTACH_MS = 3000 };
static const double traced_seconds = 0.4;

struct tracer {
    pid_t pid;
    int err;
    char table[PATH_MAX]; /* what it writes */
};

static bool tracer_spawn(struct tracer *tracer, pid_t target, int err)
{
    char pid[24];
    posix_spawn_file_actions_t actions;
    (void)snprintf(pid, sizeof pid, "%d", (int)target);
    char *const words[] = {"strace", "-c", "-f", "-o", tracer->table, "-p", pid, NULL};
    if (posix_spawn_file_actions_init(&actions) != 0)
        return false;
    bool ok = posix_spawn_file_actions_adddup2(&actions, err, 2) == 0 &&
              posix_spawnp(&tracer->pid, words[0], &actions, NULL, words, environ) == 0;
    (void)posix_spawn_file_actions_destroy(&actions);
    return ok;
}

/* "strace: Process 4711 attached": from now on it counts. */
static bool tracer_attached(const struct tracer *tracer)
{
    char text[512];
    size_t n = 0;
    struct pollfd wait = {.fd = tracer->err, .events = POLLIN};
    while (n < sizeof text - 1 && poll(&wait, 1, ATTACH_MS) > 0) {
        ssize_t got = read(tracer->err, text + n, sizeof text - 1 - n);
        if (got <= 0)
            return false;
        n += (size_t)got;
        text[n] = '\0';
        if (strstr(text, "attached") != NULL)
            return true;
    }
    return false;
}

static void tracer_stop(struct tracer *tracer)
{
    char rest[512];
    if (tracer->pid > 0) {
        (void)kill(tracer->pid, SIGINT);
        while (read(tracer->err, rest, sizeof rest) > 0) /* until it ends */
            ;
        (void)waitpid(tracer->pid, NULL, 0);
    }
    if (tracer->err >= 0)
        (void)close(tracer->err);
    tracer->pid = 0;
}

static bool tracer_start(struct tracer *tracer, pid_t target)
{
    int ends[2];
    *tracer = (struct tracer){.err = -1};
    (void)snprintf(tracer->table, sizeof tracer->table, "%s/strace", scratch_path());
    if (pipe2(ends, O_CLOEXEC) < 0)
        return false;
    bool ok = tracer_spawn(tracer, target, ends[1]);
    (void)close(ends[1]);
    tracer->err = ends[0];
    if (!ok)
        tracer->pid = 0;
    ok = ok && tracer_attached(tracer);
    if (!ok)
        tracer_stop(tracer);
    return ok;
}

/* The fourth column of "100.00    0.012345           3      4096        12 total". */
static double calls_read(const char *path)
{
    char line[256];
    double calls = NAN;
    unsigned long long count;
    FILE *table = fopen(path, "re");
    while (table != NULL && fgets(line, sizeof line, table) != NULL) {
        if (strstr(line, " total") != NULL &&
            sscanf(line, "%*s %*s %*s %llu", &count) == 1) // NOLINT(cert-err34-c)
            calls = (double)count;
    }
    if (table != NULL)
        (void)fclose(table);
    return calls;
}

/* A sample without figures but for the calls. False: strace can't be used. */
static bool trace_one(struct run *run, struct run_block *block, size_t server)
{
    struct sample sample;
    struct load_spec spec;
    struct load_result result;
    struct tracer tracer;
    struct server process;
    char why[WHY];
    sample_clear(&sample);
    if (!run_spec(run, block, server, &spec, sample.note))
        return true; /* the loop with ten clients */
    spec.seconds = traced_seconds;
    bool up = servers_start(run, &run->options.servers[server], &process, why);
    bool attached = up && tracer_start(&tracer, process.pid);
    if (attached) {
        spec.port = process.port;
        bool measured = load_run(&spec, &result);
        (void)snprintf(sample.experiment, sizeof sample.experiment, "%s", block->experiment->name);
        (void)snprintf(sample.server, sizeof sample.server, "%s",
                       run->options.servers[server].name);
        sample.x = block->x;
        sample.state = SAMPLE_TRACED;
        tracer_stop(&tracer);
        double calls = calls_read(tracer.table);
        if (measured && result.sent > 0 && calls > 0) {
            sample.calls = calls / (double)result.sent;
            sample.requests = result.sent;
            (void)run_keep(run, &sample);
        }
        load_result_free(&result);
    }
    (void)server_stop(&process, why); /* a crash is found without strace, if ever */
    return attached || !up;
}

void trace_all(struct run *run)
{
    static const char *const traced[] = {"ping", "chat"};
    for (size_t i = 0; i < sizeof traced / sizeof traced[0]; i++) {
        bool asked = false;
        struct run_block block = {.experiment = experiment_find(traced[i]), .x = CLIENTS};
        for (size_t e = 0; e < run->options.experiments_count; e++)
            asked = asked || run->options.experiments[e] == block.experiment;
        for (size_t s = 0; asked && s < run->options.servers_count && !stop_signal; s++) {
            block.x =
                strcmp(traced[i], "ping") == 0 && run->options.servers[s].most == 1 ? 1 : CLIENTS;
            if (!trace_one(run, &block, s))
                return;
        }
    }
}
