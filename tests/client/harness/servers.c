/* servers.c: see servers.h */
#include "servers.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "bound.h"
#include "hostile.h"
#include "verdict.h"
#include "wire.h"

enum { MOST = 16, COMMAND = 512, MODEL = sizeof(((struct test_server *)NULL)->model) };

static struct {
    struct test_server server;
    char command[COMMAND]; /* its template */
    char options[128];
} servers[MOST];
static size_t started;

/* The next word of SERVERS: returns what is behind it, or NULL if there is none. The model is
 * in the name of the program. */
static const char *next_program(const char *at, char command[COMMAND], char model[MODEL])
{
    char path[COMMAND];
    at += strspn(at, " ");
    size_t len = strcspn(at, " ");
    if (len == 0)
        return NULL;
    int n = snprintf(path, sizeof path, "%.*s", (int)len, at);
    unit_check(n > 0 &&
                   snprintf(command, COMMAND, "%s -p {port} -d {dir} {options}", path) < COMMAND,
               "a path in SERVERS is too long");
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    size_t end = strcspn(name, "-");
    unit_check(strcmp(name + end, "-server") == 0 && end < MODEL,
               "SERVERS names %s, which is no <model>-server", path);
    (void)snprintf(model, MODEL, "%.*s", (int)end, name);
    return at + len;
}

static const char *all_programs(void)
{
    const char *text = getenv("SERVERS");
    unit_check(text != NULL && text[0] != '\0',
               "SERVERS is not set; make client-tests sets it: "
               "SERVERS='01_loop/loop-server 02_fork/fork-server ...'");
    return text;
}

/* ---- one server ---- */

static size_t place_of(const struct test_server *server)
{
    size_t i = 0;
    while (i < started && server != &servers[i].server)
        i++;
    unit_check(i < started, "there is no such server");
    return i;
}

static void launch(size_t i, int port)
{
    struct test_server *server = &servers[i].server;
    const struct serverproc_config config = {.options = servers[i].options, .port = port};
    verdict_case("client", server->model);
    unit_check(serverproc_template(servers[i].command), "%s is no command", servers[i].command);
    server->process = serverproc_start(&config);
    server->dir = server->process->dir;
    (void)snprintf(server->port, sizeof server->port, "%d", server->process->port % 65536);
}

static struct test_server *start(const char *command, const char *model, const char *options)
{
    size_t i = started;
    unit_check(i < MOST, "more than %d servers in one test", MOST);
    (void)snprintf(servers[i].command, COMMAND, "%s", command);
    (void)snprintf(servers[i].server.model, MODEL, "%s", model);
    int n = snprintf(servers[i].options, sizeof servers[i].options, "%s", options ? options : "");
    unit_check(n >= 0 && (size_t)n < sizeof servers[i].options, "options are too long");
    started++;
    launch(i, 0);
    return &servers[i].server;
}

struct test_server *server_start(const char *model, const char *options)
{
    char command[COMMAND], found[MODEL] = "";
    for (const char *at = all_programs(); (at = next_program(at, command, found)) != NULL;)
        if (strcmp(found, model) == 0)
            return start(command, model, options);
    unit_fail(__FILE__, __LINE__, "SERVERS has no server of the model %s", model);
}

struct wire *server_member(const struct test_server *server, const char *nick)
{
    struct wire *wire = serverproc_connect(server->process, NULL);
    (void)wire_line(wire);
    wire_printf(wire, "C %s\n", nick);
    wire_expect_ok(wire);
    return wire;
}

/* Returns what is wrong with the end of a server, or NULL. */
static const char *fault_of_end(struct serverproc *process)
{
    static char line[400];
    serverproc_signal(process, SIGTERM);
    if (!serverproc_wait(process, BOUND_GENEROUS))
        return "SIGTERM does not end it";
    if (!WIFEXITED(process->status) || WEXITSTATUS(process->status) != 0)
        return "it did not end with status 0";
    if (!serverproc_await_group_gone(process))
        return "it has left processes";
    if (!folder_await_clean(process->dir))
        return "it has left a hidden file in the library";
    return serverproc_complained(process, line, sizeof line) ? line : NULL;
}

void server_stop(struct test_server *server)
{
    size_t i = place_of(server);
    const char *fault = fault_of_end(server->process);
    unit_check(fault == NULL, "%s: %s", servers[i].command, fault);
    serverproc_free(server->process);
    server->process = NULL;
}

void server_kill(struct test_server *server)
{
    (void)place_of(server);
    serverproc_free(server->process); /* kills the group */
    server->process = NULL;
}

void server_restart(struct test_server *server)
{
    unit_check(server->process == NULL, "it still runs");
    launch(place_of(server), (int)strtol(server->port, NULL, 10));
}

/* ---- all of them ---- */

void server_case_run(void **test)
{
    const struct server_case *one = *test;
    char command[COMMAND], model[MODEL];
    for (const char *at = all_programs(); (at = next_program(at, command, model)) != NULL;) {
        if (one->but != NULL && strcmp(model, one->but) == 0)
            continue;
        size_t before = started;
        struct test_server *server = start(command, model, one->options);
        one->run(server);
        if (one->end != NULL)
            one->end();
        if (server->process != NULL)
            server_stop(server);
        if (started == before + 1)
            started = before;
    }
}

/* ---- before and after a test ---- */

int servers_begin(void **state)
{
    /* what a server of processes leaves behind comes to us, see serverproc_look.c */
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    verdict_case("client", "-");
    started = 0;
    return unit_begin(state);
}

int servers_end(void **state)
{
    int bad = 0;
    hostile_sweep();
    wire_close_all();
    for (size_t i = 0; i < started; i++) {
        const char *fault = NULL;
        if (servers[i].server.process != NULL)
            fault = fault_of_end(servers[i].server.process);
        if (fault == NULL)
            continue;
        print_error("%s: %s\n", servers[i].command, fault);
        bad++;
    }
    started = 0;
    serverproc_clean_up();
    return unit_end(state) == 0 && bad == 0 ? 0 : -1;
}
