/* bench/run/run_servers.c: which servers take part, and where they are */
#include <errno.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/run.h"

/* Whether the folder is bench/ in the one where we are: then the short names will do. */
static bool beside_us(const char *folder)
{
    char parent[PATH_MAX + 8];
    struct stat theirs, ours;
    (void)snprintf(parent, sizeof parent, "%s/..", folder);
    return stat(parent, &theirs) == 0 && stat(".", &ours) == 0 && theirs.st_dev == ours.st_dev &&
           theirs.st_ino == ours.st_ino;
}

/* Finds the program of a command like "05_poll/poll-server …": beside this program, as in the source tree and in each
 * folder of build/; in the same folder, as it is installed; or from here. False: nowhere. */
static bool program_locate(const char *command, char program[PATH_MAX])
{
    char exe[PATH_MAX];
    int word = (int)strcspn(command, " ");
    const char *name = strchr(command, '/') + 1; /* all of ours are in a folder */
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    exe[n > 0 ? n : 0] = '\0';
    const char *folder = dirname(exe);
    for (int way = beside_us(folder) ? 2 : 0; way < 3; way++) {
        int length = way == 0   ? snprintf(program, PATH_MAX, "%s/../%.*s", folder, word, command)
                     : way == 1 ? snprintf(program, PATH_MAX, "%s/%.*s", folder,
                                           (int)(command + word - name), name)
                                : snprintf(program, PATH_MAX, "%.*s", word, command);
        if (length < PATH_MAX && access(program, X_OK) == 0)
            return true;
    }
    program[0] = '\0';
    return false;
}

const char *servers_locate(const char *model, char program[PATH_MAX])
{
    const char *command = server_command(&model);
    return command != NULL && program_locate(command, program) ? command : NULL;
}

static struct run_server *server_new(struct run_options *options, const char *name,
                                     char why[RUN_WHY])
{
    struct run_server *server = &options->servers[options->servers_count];
    if (options->servers_count + 1 >= RUN_SERVERS) { /* one is for the floor */
        (void)run_fail(why, "more than %d servers", RUN_SERVERS - 1);
        return NULL;
    }
    for (size_t i = 0; i < options->servers_count; i++) {
        if (strcmp(options->servers[i].name, name) == 0) {
            (void)run_fail(why, "two servers are called '%s'", name);
            return NULL;
        }
    }
    memset(server, 0, sizeof *server);
    (void)snprintf(server->name, sizeof server->name, "%s", name);
    server->most = UINT_MAX;
    options->servers_count++;
    return server;
}

static bool server_add(struct run_options *options, const char *name, char why[RUN_WHY])
{
    const char *command = server_command(&name);
    if (command == NULL)
        return run_fail(
            why, "no model is called '%s': 01 to 06, or loop, fork, thread, select, poll, epoll",
            name);
    struct run_server *server = server_new(options, name, why);
    if (server == NULL)
        return false;
    server->floor = strcmp(name, "floor") == 0;
    (void)snprintf(server->command, sizeof server->command, "%s", command);
    return program_locate(command, server->program) ||
           run_fail(why, "%.*s is not there: build it with make", (int)strcspn(command, " "),
                    command);
}

bool servers_add(struct run_options *options, const char *models, char why[RUN_WHY])
{
    char copy[256], *rest = copy, *word;
    if (strcmp(models, "none") == 0)
        return true;
    if (strcmp(models, "all") == 0)
        models = "01,02,03,04,05,06";
    if (snprintf(copy, sizeof copy, "%s", models) >= (int)sizeof copy || *models == '\0')
        return run_fail(why, "models are 01 to 06, or their names, with commas between them");
    while ((word = strtok_r(rest, ",", &rest)) != NULL) {
        if (!server_add(options, word, why))
            return false;
    }
    return true;
}

/* NAME=COMMAND. The name stands on charts and in names of files. */
bool servers_add_foreign(struct run_options *options, const char *given, char why[RUN_WHY])
{
    char name[sizeof options->servers[0].name];
    const char *command = strchr(given, '=');
    size_t length = command != NULL ? (size_t)(command - given) : 0;
    if (length == 0 || length >= sizeof name || command[1] == '\0' ||
        strspn(given, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.") != length)
        return run_fail(why,
                        "a server is NAME=COMMAND, with a name of at most %zu letters and digits",
                        sizeof name - 1);
    if (strstr(command, "{port}") == NULL)
        return run_fail(why, "the command of '%.*s' has no {port} in it", (int)length, given);
    memcpy(name, given, length);
    name[length] = '\0';
    struct run_server *server = server_new(options, name, why);
    if (server == NULL)
        return false;
    server->foreign = true;
    return snprintf(server->command, sizeof server->command, "%s", command + 1) <
               (int)sizeof server->command ||
           run_fail(why, "the command of '%s' is too long", name);
}

void servers_add_floor(struct run_options *options)
{
    struct run_server floor = {.name = "floor", .floor = true, .most = UINT_MAX};
    const char *command = servers_locate(floor.name, floor.program);
    for (size_t i = 0; i < options->servers_count; i++) {
        if (strcmp(options->servers[i].name, floor.name) == 0)
            return;
    }
    if (command == NULL)
        return;
    (void)snprintf(floor.command, sizeof floor.command, "%s", command);
    memmove(options->servers + 1, options->servers,
            options->servers_count * sizeof options->servers[0]);
    options->servers[0] = floor;
    options->servers_count++;
}

bool servers_start(struct run *run, struct run_server *which, struct server *server,
                   char why[RUN_WHY])
{
    struct server_place place = {.library = run->library,
                                 .log = run->log,
                                 .cpus =
                                     run->options.server_pinned ? &run->options.server_cpus : NULL,
                                 .stop = &stop_signal};
    *server = (struct server){.name = which->name,
                              .command = which->command,
                              .program = which->program[0] != '\0' ? which->program : NULL,
                              .foreign = which->foreign,
                              .out = -1};
    (void)snprintf(run->log, sizeof run->log, "%s/logs/%s.log", run->folder, which->name);
    why[0] = '\0';
    return server_start(server, &place, why);
}

bool servers_try(struct run *run, char why[RUN_WHY])
{
    struct runfile *file = &run->file;
    for (size_t i = 0; i < run->options.servers_count; i++) {
        struct run_server *which = &run->options.servers[i];
        struct server server;
        char last[256], unused[RUN_WHY] = "";
        bool up = servers_start(run, which, &server, why);
        if (!up) {
            server_log_end(run->log, last, sizeof last);
            size_t n = strlen(why);
            (void)snprintf(why + n, RUN_WHY - n, "%s%s", last[0] != '\0' ? ": " : "", last);
        }
        which->most = server.most;
        (void)snprintf(file->servers[i].name, sizeof file->servers[i].name, "%s", which->name);
        size_t word = which->program[0] != '\0' ? strcspn(which->command, " ") : 0;
        (void)snprintf(file->servers[i].command, sizeof file->servers[i].command, "%.1000s%.1000s",
                       which->program, which->command + word);
        (void)snprintf(file->servers[i].startup, sizeof file->servers[i].startup, "%s",
                       server.startup);
        file->servers[i].most = which->most;
        file->servers_count = i + 1;
        if (!server_stop(&server, up ? why : unused) || !up)
            return false;
    }
    return true;
}
