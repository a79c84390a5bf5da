/* serverproc_start.c: serverproc.h, a server until it is ready */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bound.h"
#include "procfs.h"
#include "serverproc.h"
#include "verdict.h"
#include "wire.h"

/* ms until it accepts; not cut by BOUND_MS: an interpreter takes its time */
enum { BOUND_START = 10000 };

/* "epoll: listening on 127.0.0.1:9006, serving files, ..." */
static int serverproc_startup_port(const struct serverproc *server)
{
    const char *comma = strstr(server->startup, ", serving ");
    const char *colon = comma;

    while (colon && colon > server->startup && *colon != ':')
        colon--;
    return colon ? (int)strtol(colon + 1, NULL, 10) : 0;
}

bool serverproc_read_startup(struct serverproc *server, long ms)
{
    long end = bound_now() + bound_of(ms);
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
    bool whole = server->startup[n] == '\n';
    server->startup[n] = '\0';
    if (whole)
        server->port = serverproc_startup_port(server);
    return whole;
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
    if (serverproc_ours() && !(config && config->known_port)) {
        verdict_check(serverproc_read_startup(server, BOUND_GENEROUS),
                      "the server printed no startup line on standard output, only %s",
                      verdict_quoted(server->startup, strlen(server->startup)));
        verdict_check(server->port > 0, "no port in the startup line: %s", server->startup);
    } else {
        verdict_check(bound_await(serverproc_accepts, server, BOUND_START) && server->running,
                      "the server does not listen: nothing accepts connections on %s, port %d",
                      server->host, server->port);
        if (serverproc_ours())
            serverproc_greets(server);
    }
    server->descriptors = procfs_descriptors(server->pid);
    return server;
}

struct wire *serverproc_connect(const struct serverproc *server, const struct wire_options *options)
{
    return wire_connect(server->host, server->port, options);
}
