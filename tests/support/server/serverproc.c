#include "serverproc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "argv.h"
#include "bound.h"
#include "procfs.h"
#include "serverchild.h"
#include "serverproc_private.h"
#include "verdict.h"

enum { GROUPS = 64 };

static const char *template;
static bool ours;
static unsigned declared; /* enum serverproc_trait */
static struct serverproc *servers;
static volatile pid_t groups[GROUPS]; /* for the signal handler */

bool serverproc_template(const char *text)
{
    const struct argv_values none = {NULL, NULL, NULL};
    char **words = argv_expand(text, &none);

    argv_free(words);
    template = text;
    serverproc_ports_begin();
    ours = strstr(text, "{options}") != NULL;
    declared = (ours || strstr(text, "{dir}") ? SERVERPROC_DIR : 0u) |
               (ours || strstr(text, "{console}") ? SERVERPROC_INPUT : 0u) |
               (ours || strstr(text, "{signals}") ? SERVERPROC_SIGNALS : 0u);
    folder_unseen(declared & SERVERPROC_DIR ? NULL : "the command has no {dir}");
    return words && strstr(text, "{port}");
}

bool serverproc_ours(void)
{
    return ours;
}

bool serverproc_has(unsigned traits)
{
    return (declared & traits) == traits;
}

bool serverproc_visible(const struct serverproc *server)
{
    struct procfs_process process;
    pid_t listener = procfs_listener(server->port);

    return listener > 0 && procfs_read(listener, &process) && process.group == server->pid;
}

struct serverproc *serverproc_all(void)
{
    return servers;
}

/* ---- starting ---- */

static void serverproc_group(pid_t from, pid_t to)
{
    for (int i = 0; i < GROUPS; i++) {
        if (groups[i] == from) {
            groups[i] = to;
            return;
        }
    }
}

static struct serverproc *serverproc_new(const struct serverproc_config *config)
{
    struct serverproc *server = calloc(1, sizeof *server);

    if (!server)
        abort();
    server->console = server->output = server->log_pipe = server->reserved = -1;
    snprintf(server->host, sizeof server->host, "%s",
             config->address ? config->address : "127.0.0.1");
    folder_make(&server->folder);
    snprintf(server->dir, sizeof server->dir, "%s",
             config->dir ? config->dir : server->folder.files);
    if (!config->log_full)
        snprintf(server->log, sizeof server->log, "%s/log", server->folder.root);
    server->port = config->port;
    server->next = servers;
    servers = server;
    return server;
}

/* A pipe that is full: its writing end is returned. */
static int serverproc_full_pipe(struct serverproc *server)
{
    char filler[4096] = {0};
    int ends[2];

    verdict_check(pipe2(ends, O_CLOEXEC) == 0, "pipe: %s", strerror(errno));
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    while (write(ends[1], filler, sizeof filler) > 0)
        continue;
    while (write(ends[1], filler, 1) > 0)
        continue;
    fcntl(ends[1], F_SETFL, 0);
    server->log_pipe = ends[0];
    return ends[1];
}

static void serverproc_pipes(struct serverproc *server, const struct serverproc_config *config,
                             struct serverchild *child)
{
    int in[2] = {-1, -1}, out[2];

    if (config->console == SERVERPROC_CONSOLE_NULL)
        in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    else if (config->console == SERVERPROC_CONSOLE_ZERO)
        in[0] = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    else
        verdict_check(pipe2(in, O_CLOEXEC) == 0, "pipe: %s", strerror(errno));
    verdict_check(pipe2(out, O_CLOEXEC) == 0, "pipe: %s", strerror(errno));
    server->console = in[1];
    server->output = out[0];
    child->in = in[0];
    child->out = out[1];
    if (config->log_full)
        child->log = serverproc_full_pipe(server);
    else
        child->log = open(server->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (!ours) { /* nobody would read the pipe, and it may print much */
        close(child->out);
        child->out = fcntl(child->log, F_DUPFD_CLOEXEC, 3);
    }
    verdict_check(child->in >= 0 && child->log >= 0, "setting up a server: %s", strerror(errno));
}

struct serverproc *serverproc_launch(const struct serverproc_config *config)
{
    static const struct serverproc_config usual;
    struct serverproc *server = serverproc_new(config ? config : &usual);
    struct serverchild child = {.config = config ? config : &usual, .dir = server->dir};
    char port[16];
    struct argv_values values = {port, server->dir, child.config->options};
    int report[2];
    ssize_t n;

    if (server->port == 0 && !ours)
        server->port = serverproc_free_port(&server->reserved);
    else if (server->port == 0 && child.config->known_port)
        server->port = serverproc_reserve_port(&server->reserved);
    snprintf(port, sizeof port, "%d", server->port);
    child.argv = argv_expand(template, &values);
    verdict_check(child.argv, "bad command: %s", template);
    serverproc_pipes(server, child.config, &child);
    verdict_check(pipe2(report, O_CLOEXEC) == 0, "pipe: %s", strerror(errno));
    child.report = report[1];

    fflush(NULL);
    server->pid = fork();
    verdict_check(server->pid >= 0, "fork: %s", strerror(errno));
    if (server->pid == 0)
        serverchild_exec(&child);
    server->running = true;
    serverproc_group(0, server->pid);
    close(report[1]);
    close(child.in);
    close(child.out);
    close(child.log);
    argv_free(child.argv);
    /* Nothing comes, and the pipe ends, when exec has been reached. */
    n = read(report[0], server->start_error, sizeof server->start_error - 1);
    close(report[0]);
    server->trouble = n > 0;
    if (child.config->disk > 0 && !server->trouble)
        snprintf(server->dir, sizeof server->dir, "/proc/%ld/root%s", (long)server->pid,
                 child.config->dir ? child.config->dir : server->folder.files);
    return server;
}

/* ---- the end ---- */

static bool serverproc_reap(void *arg)
{
    struct serverproc *server = arg;

    if (server->running && waitpid(server->pid, &server->status, WNOHANG) == server->pid) {
        server->running = false;
        serverproc_group(server->pid, 0);
    }
    return !server->running;
}

bool serverproc_wait(struct serverproc *server, long ms)
{
    return bound_await(serverproc_reap, server, ms);
}

void serverproc_kill_all(void)
{
    for (int i = 0; i < GROUPS; i++) {
        if (groups[i] > 0) {
            kill(groups[i], SIGKILL);
            kill(-groups[i], SIGKILL);
        }
    }
}

void serverproc_free(struct serverproc *server)
{
    for (struct serverproc **link = &servers; *link; link = &(*link)->next) {
        if (*link == server) {
            *link = server->next;
            break;
        }
    }
    if (server->running) {
        kill(server->pid, SIGKILL);
        waitpid(server->pid, &server->status, 0);
        serverproc_group(server->pid, 0);
    }
    if (server->pid > 0) {
        kill(-server->pid, SIGKILL);
        while (waitpid(-server->pid, NULL, 0) > 0)
            continue;
    }
    serverproc_end_console(server);
    if (server->output >= 0)
        close(server->output);
    if (server->log_pipe >= 0)
        close(server->log_pipe);
    if (server->reserved >= 0)
        close(server->reserved);
    folder_remove(&server->folder);
    free(server);
}

void serverproc_sweep(void)
{
    while (servers)
        serverproc_free(servers);
}

void serverproc_clean_up(void)
{
    serverproc_sweep();
    folder_sweep();
}

void serverproc_prepare(void (*on_interrupt)(int))
{
    const struct sigaction interrupt = {.sa_handler = on_interrupt};

    prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGTERM, &interrupt, NULL);
    sigaction(SIGHUP, &interrupt, NULL);
    signal(SIGPIPE, SIG_IGN);
    (void)atexit(serverproc_clean_up);
}
