/* bench/run/run_servers.c: which servers take part */
#include <string.h>

#include "run/run.h"

static bool server_add(struct run_options *options, const char *given, char why[WHY])
{
    struct server_choice *server = &options->servers[options->servers_count];
    if (options->servers_count == RUN_SERVERS)
        return fail(why, "more than %d servers", RUN_SERVERS);
    if (!server_choose(server, given, why))
        return false;
    for (size_t i = 0; i < options->servers_count; i++)
        if (strcmp(options->servers[i].name, server->name) == 0)
            return fail(why, "two servers are called '%s'", server->name);
    options->servers_count++;
    return true;
}

bool servers_add(struct run_options *options, const char *models, char why[WHY])
{
    char copy[256], *rest = copy, *word;
    if (strcmp(models, "none") == 0)
        return true;
    if (strcmp(models, "all") == 0)
        models = "01,02,03,04,05,06";
    if (snprintf(copy, sizeof copy, "%s", models) >= (int)sizeof copy || *models == '\0')
        return fail(why, "models are 01 to 06, or their names, with commas between them");
    while ((word = strtok_r(rest, ",", &rest)) != NULL)
        if (!server_add(options, word, why))
            return false;
    return true;
}

bool servers_add_foreign(struct run_options *options, const char *given, char why[WHY])
{
    if (strchr(given, '=') == NULL)
        return fail(why, "--server takes NAME=COMMAND");
    return server_add(options, given, why);
}

/* What was chosen already is not added again, nor what was not built. */
bool servers_add_besides(struct run_options *options, char why[WHY])
{
    char name[sizeof options->servers[0].name], unused[WHY];
    size_t chosen = options->servers_count;
    unsigned int besides = 0;
    for (size_t i = 0; i < experiments_count; i++)
        besides |= options->wanted[i] ? experiments[i].load.besides : 0;
    if (options->baseline && (besides & SERVER_BASELINE) != 0)
        (void)server_add(options, "baseline", unused);
    for (size_t i = 0; i < chosen && options->minimal && (besides & SERVER_MINIMAL) != 0; i++) {
        (void)snprintf(name, sizeof name, "minimal-%.15s", options->servers[i].name);
        if (options->servers[i].kind == SERVER_MODEL)
            (void)server_add(options, name, unused);
    }
    return !options->peers || (besides & SERVER_PEER) == 0 ||
           (server_add(options, "redis", why) && server_add(options, "nginx", why));
}

bool servers_start(struct run *run, const struct server_choice *choice,
                   const struct load_spec *spec, struct server *server, char why[WHY])
{
    cpu_set_t where;
    struct server_place place = {
        .library = run->library, .log = run->log, .cpus = &where, .stop = &stop_signal};
    *server = (struct server){.choice = choice};
    (void)snprintf(run->log, sizeof run->log, "%s/logs/%s.log", run->folder, choice->name);
    why[0] = '\0';
    (void)place_server(run, spec != NULL ? spec->place : PLACE_USUAL, &where);
    if (spec == NULL || spec->neighbour != NEIGHBOUR_BLOCKED)
        return server_start(server, &place, why);
    run->slow = (struct slow_disk){.bytes = (uint32_t)spec->file_bytes,
                                   .ms = spec->slow_ms,
                                   .server = server,
                                   .place = &place,
                                   .why = why};
    return slow_disk_start(&run->slow);
}

bool servers_stop(struct run *run, struct server *server, char why[WHY])
{
    bool ended = server_stop(server, why);
    slow_disk_end(&run->slow);
    return ended;
}

bool servers_try(struct run *run, char why[WHY])
{
    struct runfile *file = &run->file;
    for (size_t i = 0; i < run->options.servers_count; i++) {
        struct server_choice *which = &run->options.servers[i];
        struct server server;
        char unused[WHY] = "";
        bool up = servers_start(run, which, NULL, &server, why);
        if (!up)
            server_log_add(run->log, why);
        file->servers[i].max_clients = which->max_clients = server.max_clients;
        (void)snprintf(file->servers[i].name, sizeof file->servers[i].name, "%s", which->name);
        size_t word = which->program[0] != '\0' ? strcspn(which->command, " ") : 0;
        (void)snprintf(file->servers[i].command, sizeof file->servers[i].command, "%.1000s%.1000s",
                       which->program, which->command + word);
        (void)snprintf(file->servers[i].startup, sizeof file->servers[i].startup, "%s",
                       server.startup);
        file->servers_count = i + 1;
        if (!servers_stop(run, &server, up ? why : unused) || !up)
            return false;
    }
    return true;
}
