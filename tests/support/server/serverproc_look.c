/* serverproc_look.c: serverproc.h, a running server: what it is sent, what it does, what it has
 * logged */
#include "serverproc.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bound.h"
#include "procfs.h"
#include "verdict.h"

void serverproc_announce(struct serverproc *server, const char *text)
{
    ssize_t n = write(server->console, text, strlen(text));

    verdict_check(n == (ssize_t)strlen(text), "writing to the console: %s", strerror(errno));
}

void serverproc_end_console(struct serverproc *server)
{
    if (server->console >= 0)
        close(server->console);
    server->console = -1;
}

void serverproc_signal(const struct serverproc *server, int signal)
{
    if (server->running)
        kill(server->pid, signal);
}

/* The processes that lost their parent come to this one, a subreaper, and are waited for. */
static bool serverproc_group_gone(void *arg)
{
    const struct serverproc *server = arg;

    while (waitpid(-server->pid, NULL, WNOHANG) > 0)
        continue;
    return kill(-server->pid, 0) != 0 && errno == ESRCH;
}

bool serverproc_await_group_gone(const struct serverproc *server)
{
    struct serverproc copy = *server;

    return bound_await(serverproc_group_gone, &copy, BOUND_GENEROUS);
}

void serverproc_check_ended(struct serverproc *server, long ms)
{
    char line[300];

    verdict_check(serverproc_wait(server, ms), "the signal does not end the server");
    bool gone = serverproc_await_group_gone(server); /* what its other processes log counts, too */
    verdict_check(!serverproc_complained(server, line, sizeof line),
                  "the server's log has a complaint: %s", line);
    verdict_check(WIFEXITED(server->status) && WEXITSTATUS(server->status) == 0,
                  "the server does not end with status 0 (wait status 0x%x)",
                  (unsigned)server->status);
    verdict_check(gone, "the server has ended, and %zu of its processes have not",
                  procfs_group(server->pid));
}

struct descriptors {
    pid_t pid;
    int limit;
};

static bool serverproc_few_descriptors(void *arg)
{
    const struct descriptors *want = arg;
    int n = procfs_descriptors(want->pid);

    return n >= 0 && n <= want->limit;
}

bool serverproc_await_descriptors(const struct serverproc *server, int more)
{
    struct descriptors want = {server->pid, server->descriptors + more};

    return bound_await(serverproc_few_descriptors, &want, BOUND_GENEROUS);
}

bool serverproc_await_no_zombies(const struct serverproc *server)
{
    return procfs_await_few(procfs_zombies, server->pid, 0);
}

static size_t serverproc_children(pid_t pid)
{
    return procfs_children(pid, NULL, 0);
}

bool serverproc_await_no_children(const struct serverproc *server)
{
    return procfs_await_few(serverproc_children, server->pid, 0);
}

long serverproc_cpu_during(const struct serverproc *server, long ms)
{
    long before = procfs_cpu_ms(server->pid);

    bound_observe(ms);
    return procfs_cpu_ms(server->pid) - before;
}

/* ---- the log ---- */

static const char *const complaints[] = {
    "ERROR: AddressSanitizer",
    "runtime error:",
    "WARNING: ThreadSanitizer",
    "LeakSanitizer",
    "ERROR: UndefinedBehaviorSanitizer",
    "MemorySanitizer",
    "==ERROR",
    "stack smashing detected",
};

static bool serverproc_is_complaint(const char *line)
{
    const char *summary = strstr(line, "ERROR SUMMARY: ");

    for (size_t i = 0; i < sizeof complaints / sizeof complaints[0]; i++)
        if (strstr(line, complaints[i]))
            return true;
    return summary && strtol(summary + strlen("ERROR SUMMARY: "), NULL, 10) > 0;
}

static bool serverproc_find(const struct serverproc *server, const char *text, char *found,
                            size_t size)
{
    FILE *file = server->log[0] ? fopen(server->log, "re") : NULL;
    char *line = NULL;
    size_t room = 0;
    bool hit = false;

    while (file && !hit && getline(&line, &room, file) >= 0) {
        hit = text ? strstr(line, text) != NULL : serverproc_is_complaint(line);
        if (hit && found)
            snprintf(found, size, "%s", line);
    }
    free(line);
    if (file)
        fclose(file);
    return hit;
}

bool serverproc_logged(const struct serverproc *server, const char *text)
{
    return serverproc_find(server, text, NULL, 0);
}

bool serverproc_complained(const struct serverproc *server, char *line, size_t size)
{
    return serverproc_find(server, NULL, line, size);
}

static void serverproc_dump_log(const struct serverproc *server, FILE *out)
{
    enum { LAST = 4000 };
    char text[LAST + 1];
    FILE *file = server->log[0] ? fopen(server->log, "re") : NULL;
    size_t n;
    char *line;

    if (!file)
        return;
    if (fseek(file, -LAST, SEEK_END) != 0)
        rewind(file);
    n = fread(text, 1, LAST, file);
    fclose(file);
    text[n] = '\0';
    if (!serverproc_ours())
        fprintf(out, n > 0 ? "it has printed, at the end:\n" : "it has printed nothing\n");
    else
        fprintf(out, "the last lines of its log:\n");
    for (char *rest = text; (line = strsep(&rest, "\n"));)
        if (*line || rest)
            fprintf(out, "  | %s\n", line);
}

static void serverproc_dump_status(const struct serverproc *server, FILE *out)
{
    if (!server->running && WIFEXITED(server->status))
        fprintf(out, " with status %d", WEXITSTATUS(server->status));
    if (!server->running && WIFSIGNALED(server->status))
        fprintf(out, " by signal %d", WTERMSIG(server->status));
}

void serverproc_dump_ended(FILE *out)
{
    enum { MOMENT = 200 }; /* milliseconds */

    for (struct serverproc *server = serverproc_all(); server && !serverproc_ours();
         server = server->next) {
        if (!serverproc_wait(server, MOMENT))
            continue;
        fprintf(out, "the server has ended");
        serverproc_dump_status(server, out);
        fprintf(out, ": ");
    }
}

/* A moment for each to end: of a process that is killed the connections go first. */
void serverproc_dump_all(FILE *out)
{
    enum { MOMENT = 200 }; /* milliseconds */

    for (struct serverproc *server = serverproc_all(); server; server = server->next) {
        (void)serverproc_wait(server, MOMENT); /* what has killed it? */
        if (server->port > 0)
            fprintf(out, "the server on port %d", server->port);
        else
            fprintf(out, "the server, which has not listened yet");
        fprintf(out, " (process %ld): %s", (long)server->pid,
                server->running ? "running" : "ended");
        serverproc_dump_status(server, out);
        fprintf(out, "\n");
        serverproc_dump_log(server, out);
    }
}
