/* test_load.c: the load generator against all six servers: every kind of load, and exact counts */
#include <stdio.h>
#include <stdlib.h>

#include "load_fixture.h"

/* All six do it; with 01_loop one client, but for sessions, which it serves one after another. */
static void all_six(enum load_kind kind,
                    void (*check)(const struct serverproc *server, const struct load_spec *spec))
{
    for (size_t i = 0; i < models; i++) {
        struct serverproc *server = server_of(i, NULL);
        struct load_spec spec = spec_of(server, kind);
        library_file(server);
        if (model_is(i, "loop") && kind != LOAD_SESSION)
            spec.clients = spec.threads = 1;
        run_cleanly(&spec, paths[i]);
        unit_check(kind == LOAD_CHAT || result.latency.total == result.requests, "%s: %s", paths[i],
                   result_text());
        unit_check(result.uncorrected.total == 0 && result.lag.total == 0,
                   "%s: a closed loop has a schedule", paths[i]);
        if (check != NULL)
            check(server, &spec);
        serverproc_free(server);
    }
}

static void ping(void)
{
    all_six(LOAD_PING, NULL);
}

static void session(void)
{
    all_six(LOAD_SESSION, NULL);
}

static void bodies_check(const struct serverproc *server, const struct load_spec *spec)
{
    unit_check(result.bytes == result.requests * spec->file_bytes, "port %d: %lu bytes, %s",
               server->port, (unsigned long)result.bytes, result_text());
}

static void download(void)
{
    all_six(LOAD_DOWNLOAD, bodies_check);
}

static void upload_check(const struct serverproc *server, const struct load_spec *spec)
{
    bodies_check(server, spec);
    for (unsigned int i = 0; i < spec->clients; i++) {
        char name[32];
        size_t len;
        (void)snprintf(name, sizeof name, "f-%u", i);
        char *bytes = unit_read(server->dir, name, &len);
        bool same = bytes != NULL && len == LOADS_FILE;
        for (size_t j = 0; same && j < len; j++)
            same = (unsigned char)bytes[j] == load_file_byte(j);
        free(bytes);
        unit_check(same, "%s is not what was uploaded", name);
    }
}

static void upload(void)
{
    all_six(LOAD_UPLOAD, upload_check);
}

/* If the machine is too busy for some messages in so short a time, there is more of it. */
static void chat_check(const struct serverproc *server, const struct load_spec *spec)
{
    (void)server;
    uint64_t others = spec->clients - 1;
    struct load_spec longer = *spec;
    while (spec->rate <= 0 && result.sent <= 10 && longer.seconds < 20) {
        longer.seconds *= 2;
        run_cleanly(&longer, "a longer chat");
    }
    unit_check(result.received == result.sent * others, "%lu clients: %s",
               (unsigned long)spec->clients, result_text());
    if (spec->rate > 0) /* those that were due then, whenever they were received */
        unit_check(result.latency.total == 30 * others, "not 30 messages: %s", result_text());
    else
        unit_check(result.latency.total == result.deliveries && result.sent > 10,
                   "%lu deliveries: %s", (unsigned long)result.deliveries, result_text());
}

static void chat(void)
{
    all_six(LOAD_CHAT, chat_check);
}

/* Many that speak at once, pipelined, by several threads: none is lost, none comes twice. */
static void chat_crowd(void)
{
    for (size_t i = 0; i < models; i++) {
        if (model_is(i, "loop"))
            continue;
        struct serverproc *server = server_of(i, NULL);
        struct load_spec spec = spec_of(server, LOAD_CHAT);
        spec.clients = 60;
        spec.speakers = 7;
        spec.pipeline = 3;
        spec.threads = 3;
        run_cleanly(&spec, paths[i]);
        chat_check(server, &spec);
        spec.rate = 200;
        run_cleanly(&spec, paths[i]);
        chat_check(server, &spec);
        serverproc_free(server);
    }
}

static void sum(void)
{
    all_six(LOAD_SUM, NULL);
    struct serverproc *server = server_named("epoll", NULL);
    struct load_spec spec = spec_of(server, LOAD_SUM);
    library_file(server);
    spec.file_bytes--; /* the file is another one than is expected */
    load_result_free(&result);
    unit_check(!load_run(&spec, &result) && result.errors[LOAD_WRONG] > 0,
               "the checksum of another file: %s", result_text());
}

/* ---- the schedule ---- */

static void open_loop(void)
{
    for (size_t i = 0; i < models; i++) {
        struct serverproc *server = server_of(i, NULL);
        for (int kind = LOAD_PING; kind < LOAD_KINDS; kind++) {
            struct load_spec spec = spec_of(server, (enum load_kind)kind);
            if (kind == LOAD_CHAT || kind == LOAD_STORM)
                continue;
            library_file(server);
            if (model_is(i, "loop") && kind != LOAD_SESSION)
                spec.clients = spec.threads = 1;
            spec.rate = 100;
            spec.seconds = 0.3;
            run_cleanly(&spec, paths[i]);
            unit_check(result.latency.total >= 29 && result.latency.total <= 31 &&
                           result.uncorrected.total <= result.latency.total,
                       "%s, kind %d: %s", paths[i], kind, result_text());
            unit_check(result.latency.max >= result.uncorrected.max, "%s, kind %d: max", paths[i],
                       kind);
        }
        serverproc_free(server);
    }
}

/* Three clients in two threads: the threads have two thirds and one third of the rate. */
static void open_loop_shares(void)
{
    struct serverproc *server = server_named("epoll", NULL);
    struct load_spec spec = spec_of(server, LOAD_PING);
    spec.clients = 3;
    spec.rate = 3000;
    spec.seconds = 0.4;
    run_cleanly(&spec, "shares");
    unit_check(result.latency.total >= 1198 && result.latency.total <= 1202, "%s", result_text());
    /* what was due and could not be sent any more has a latency, but was never late to be sent */
    unit_check(result.lag.total == result.uncorrected.total, "lag: %lu of %s",
               (unsigned long)result.lag.total, result_text());
}

static void pipeline(void)
{
    static const enum load_kind kinds[] = {LOAD_PING, LOAD_DOWNLOAD};
    struct serverproc *server = server_named("thread", NULL);
    library_file(server);
    for (size_t i = 0; i < UNIT_COUNT(kinds); i++) {
        struct load_spec spec = spec_of(server, kinds[i]);
        spec.pipeline = kinds[i] == LOAD_PING ? 100 : 8;
        run_cleanly(&spec, "pipelined");
        unit_check(result.latency.total == result.requests, "%s", result_text());
    }
}

/* The measured time begins and ends with nothing under way: whole files, whole bursts. */
static void whole(void)
{
    static const enum load_kind kinds[] = {LOAD_PING,   LOAD_SESSION, LOAD_DOWNLOAD,
                                           LOAD_UPLOAD, LOAD_CHAT,    LOAD_SUM};
    struct serverproc *server = server_named("thread", NULL);
    library_file(server);
    for (size_t i = 0; i < UNIT_COUNT(kinds); i++) {
        struct load_spec spec = spec_of(server, kinds[i]);
        spec.whole = true;
        spec.burst = kinds[i] == LOAD_CHAT;
        spec.pipeline = spec.burst ? 50 : 1;
        run_cleanly(&spec, "whole");
        unit_check(result.under_way == 0 && result.seconds >= spec.seconds, "kind %d: %s", kinds[i],
                   result_text());
        unit_check(!spec.burst || (result.deliveries == result.requests * (spec.clients - 1) &&
                                   result.requests % spec.pipeline == 0),
                   "%lu deliveries: %s", (unsigned long)result.deliveries, result_text());
    }
}

static const struct CMUnitTest tests[] = {
    LOAD(ping),     LOAD(session),    LOAD(download),  LOAD(upload),
    LOAD(chat),     LOAD(chat_crowd), LOAD(open_loop), LOAD(open_loop_shares),
    LOAD(pipeline), LOAD(whole),      LOAD(sum),

};
UNIT_MAIN("load", tests)
