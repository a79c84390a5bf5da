/* load_fixture.c: see load_fixture.h */
#include "load_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "verdict.h"

struct load_result result;
char paths[LOADS_MODELS][UNIT_PATH];
size_t models;

static void models_find(void)
{
    const char *all = getenv("SERVERS");
    char copy[LOADS_MODELS * UNIT_PATH], *rest = copy;
    (void)snprintf(copy, sizeof copy, "%s",
                   all != NULL
                       ? all
                       : "01_loop/loop-server 02_fork/fork-server 03_thread/thread-server "
                         "04_select/select-server 05_poll/poll-server 06_epoll/epoll-server");
    for (char *word; models < LOADS_MODELS && (word = strsep(&rest, " ")) != NULL;)
        if (word[0] != '\0')
            (void)snprintf(paths[models++], UNIT_PATH, "%s", word);
}

int loads_begin(void **state)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* a server's orphans come here: see serverproc_look.c */
    if (models == 0)
        models_find();
    unit_check(models > 0, "no servers: SERVERS is empty");
    return unit_begin(state);
}

int loads_end(void **state)
{
    serverproc_clean_up();
    load_result_free(&result);
    return unit_end(state);
}

/* ---- servers ---- */

bool model_is(size_t i, const char *word)
{
    return strstr(paths[i], word) != NULL;
}

struct serverproc *server_of(size_t i, const char *options)
{
    static char template[UNIT_PATH + 64];
    const struct serverproc_config config = {.console = SERVERPROC_CONSOLE_NULL,
                                             .options = options};
    (void)snprintf(template, sizeof template, "%s -p {port} -d {dir} {options}", paths[i]);
    unit_check(serverproc_template(template), "%s", template);
    verdict_case("load", paths[i]);
    return serverproc_start(&config);
}

struct serverproc *server_named(const char *word, const char *options)
{
    for (size_t i = 0; i < models; i++)
        if (model_is(i, word))
            return server_of(i, options);
    unit_skip("%s is not among the servers", word);
}

/* ---- loads ---- */

struct load_spec spec_of(const struct serverproc *server, enum load_kind kind)
{
    return (struct load_spec){.host = "127.0.0.1",
                              .port = server->port,
                              .kind = kind,
                              .clients = 9,
                              .threads = 2,
                              .seconds = 0.15,
                              .warmup = 0.05,
                              .timeout_ms = 10000,
                              .file = "f",
                              .file_bytes = LOADS_FILE};
}

const char *result_text(void)
{
    static char text[512];
    size_t at = (size_t)snprintf(
        text, sizeof text, "%lu measured, %lu answered, %lu received, %lu latencies; ",
        (unsigned long)result.requests, (unsigned long)result.sent, (unsigned long)result.received,
        (unsigned long)result.latency.total);
    for (int i = 0; i < LOAD_ERRORS; i++)
        if (result.errors[i] > 0)
            at += (size_t)snprintf(text + at, sizeof text - at, "%s %lu, ", load_error_word[i],
                                   (unsigned long)result.errors[i]);
    (void)snprintf(text + at, sizeof text - at, "%s", result.example);
    return text;
}

void run(const struct load_spec *spec, const char *what)
{
    load_result_free(&result);
    unit_bound(LOADS_BOUND_S, what);
    unit_check(load_run(spec, &result), "%s: nothing was measured: %s", what, result_text());
}

void no_errors(const char *what)
{
    for (int i = 0; i < LOAD_ERRORS; i++)
        unit_check(result.errors[i] == 0, "%s: %s", what, result_text());
}

void run_cleanly(const struct load_spec *spec, const char *what)
{
    run(spec, what);
    if (result.requests == 0 &&
        spec->rate <= 0) { /* a machine that has no time for us: more of it */
        struct load_spec longer = *spec;
        longer.seconds = 2;
        run(&longer, what);
    }
    no_errors(what);
    unit_check(result.requests > 0 && result.sent >= result.requests && result.example[0] == '\0',
               "%s: %s", what, result_text());
    unit_check(result.own_share >= 0 && result.own_share <= 1 && result.own_seconds >= 0,
               "%s: %f seconds, share %f", what, result.own_seconds, result.own_share);
}

void library_file(const struct serverproc *server)
{
    unit_check(load_file_make(server->dir, "f", LOADS_FILE), "can't make the file");
}
