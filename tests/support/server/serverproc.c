#include "serverproc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "argv.h"
#include "bound.h"
#include "procfs.h"
#include "serverchild.h"
#include "verdict.h"
#include "wire.h"

enum {
    GROUPS = 64,
    FREE_LOWEST = 10000, /* the first of the ports for servers that are not ours */
    PLACES = 400,
    PLACE_PORTS = 50,
    BOUND_START =
        10000 /* ms until it accepts; not cut by BOUND_MS: an interpreter takes its time */
};

static const char *template;
static bool ours;
static unsigned declared; /* enum serverproc_trait */
static int first_place;   /* among the free ports, that this run looks at */
static struct serverproc *servers;
static volatile pid_t groups[GROUPS]; /* for the signal handler */

bool serverproc_template(const char *text)
{
    const struct argv_values none = {NULL, NULL, NULL};
    char **words = argv_expand(text, &none);

    argv_free(words);
    template = text;
    first_place = (int)(getpid() % PLACES) * PLACE_PORTS;
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

/* While a socket is bound to a port and does not listen, the kernel gives that port to no process
 * that asks for any; and one that asks for it by number gets it, if both set SO_REUSEADDR
 * (socket(7)). */
int serverproc_reserve_port(int *fd)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int on = 1;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    verdict_check(*fd >= 0 && setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                      bind(*fd, (struct sockaddr *)&address, sizeof address) == 0 &&
                      getsockname(*fd, (struct sockaddr *)&address, &size) == 0,
                  "no free port: %s", strerror(errno));
    return ntohs(address.sin_port);
}

/* Of all who look for a port here, one gets it: who binds this name, until the socket is closed. A
 * name like this is no file, and belongs to a network as ports do (unix(7), abstract). */
static bool serverproc_claim(int port, int *claim)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int length = snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "six-ways-port-%d", port);

    *claim = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(*claim, (struct sockaddr *)&name,
             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length)) == 0)
        return true;
    close(*claim);
    *claim = -1;
    return false;
}

/* A server may not set SO_REUSEADDR, so that no TCP socket can keep the port for it. It is one that
 * the kernel gives to nobody who asks for any, below those of ip_local_port_range, and that is
 * claimed from all others who run these tests; runs begin at different numbers. */
static int serverproc_free_port(int *claim)
{
    enum { PORTS = PLACES * PLACE_PORTS };
    static int next;

    for (int tried = 0; tried < PORTS; tried++) {
        int port = FREE_LOWEST + (first_place + next++) % PORTS;
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
        int fd;
        bool unused;

        if (!serverproc_claim(port, claim))
            continue;
        fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        unused = bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
        close(fd);
        if (unused)
            return port;
        close(*claim);
    }
    *claim = -1;
    verdict_fail("no free port");
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

static void serverproc_read_startup(struct serverproc *server)
{
    long end = bound_now() + bound_of(BOUND_GENEROUS);
    size_t n = 0;

    while (n < sizeof server->startup - 1) {
        struct pollfd entry = {server->output, POLLIN, 0};
        long left = end - bound_now();
        ssize_t got = 0;

        if (left > 0 && poll(&entry, 1, (int)left) > 0)
            got = read(server->output, server->startup + n, 1);
        if (got <= 0 || server->startup[n] == '\n')
            break;
        n++;
    }
    verdict_check(server->startup[n] == '\n',
                  "the server printed no startup line on standard output, only %s",
                  verdict_quoted(server->startup, n));
    server->startup[n] = '\0';
}

/* "epoll: listening on 127.0.0.1:9006, serving files, ..." */
static int serverproc_startup_port(const struct serverproc *server)
{
    const char *comma = strstr(server->startup, ", serving ");
    const char *colon = comma;

    while (colon && colon > server->startup && *colon != ':')
        colon--;
    return colon ? (int)strtol(colon + 1, NULL, 10) : 0;
}

static bool serverproc_accepts(void *arg)
{
    struct serverproc *server = arg;
    struct wire_options options = {.may_fail = true};
    struct wire *wire;

    if (serverproc_wait(server, 0))
        return true;
    wire = serverproc_connect(server, &options);
    if (!wire)
        return false;
    /* to close without having read would be a reset */
    verdict_check(wire_readable(wire, bound_of(BOUND_GENEROUS)),
                  "the server accepts a connection and sends nothing; expected HELLO 1 <model>");
    wire_pump(wire);
    wire_close(wire);
    return true;
}

static bool serverproc_fewer(void *argument)
{
    const struct serverproc *server = argument;
    return procfs_descriptors(server->pid) < server->descriptors;
}

/* A server that prints no startup line accepts connections before it has opened all it
 * needs; when it greets it has. What the one greeted had open is not counted (02_fork's parent has
 * nothing of it: then the wait is over at its bound). */
static void serverproc_greets(struct serverproc *server)
{
    struct wire *wire = serverproc_connect(server, NULL);
    verdict_check(wire_line(wire) != NULL, "the server does not greet");
    server->descriptors = procfs_descriptors(server->pid);
    wire_close(wire);
    (void)bound_await(serverproc_fewer, server, 1000);
}

struct serverproc *serverproc_start(const struct serverproc_config *config)
{
    struct serverproc *server = serverproc_launch(config);

    if (server->trouble && strncmp(server->start_error, "skip: ", 6) == 0)
        verdict_skip("%s", server->start_error + 6);
    verdict_check(!server->trouble, "the server can't be started: %s", server->start_error);
    if (ours && !(config && config->known_port)) {
        serverproc_read_startup(server);
        server->port = serverproc_startup_port(server);
        verdict_check(server->port > 0, "no port in the startup line: %s", server->startup);
    } else {
        verdict_check(bound_await(serverproc_accepts, server, BOUND_START) && server->running,
                      "the server does not listen: nothing accepts connections on %s, port %d",
                      server->host, server->port);
        if (ours)
            serverproc_greets(server);
    }
    server->descriptors = procfs_descriptors(server->pid);
    return server;
}

struct wire *serverproc_connect(const struct serverproc *server, const struct wire_options *options)
{
    return wire_connect(server->host, server->port, options);
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
