/* test_peers.c: servers in other protocols: the load generator against stand-ins of redis and
 * nginx, and lab-bench with the programs themselves, if they are installed */
#include <string.h>

#include "load/load.h"
#include "peer_fake.h"
#include "ran.h"

enum { BOUND = 120, TIMEOUT_MS = 300 };

static struct load_result result;

static int peers_end(void **state)
{
    peer_fake_stop();
    load_result_free(&result);
    return unit_end(state);
}

#define LOAD(function) TEST_AROUND(unit_begin, function, peers_end)

/* Drives a stand-in that has just been started. */
static bool drive(struct peer_fake *peer, enum load_kind kind, unsigned int clients)
{
    struct load_spec spec = {.host = "127.0.0.1",
                             .kind = kind,
                             .clients = clients,
                             .idle = kind == LOAD_PING ? 3 : 0,
                             .pipeline = kind == LOAD_PING ? 2 : 1,
                             .threads = 2,
                             .whole = !peer->loses,
                             .warmup = 0.02,
                             .seconds = 0.1,
                             .timeout_ms = peer->wrong != NULL || peer->loses ? TIMEOUT_MS : 10000,
                             .file = "f",
                             .file_bytes = PEER_FILE};
    load_dialect_choose(&spec, peer->http ? "nginx-1.22.1" : "redis-7.0.15");
    peer_fake_stop();
    load_result_free(&result);
    spec.port = peer_fake_start(peer);
    unit_bound(BOUND, peer->http ? "nginx" : "redis");
    return load_run(&spec, &result);
}

static void cleanly(struct peer_fake *peer, enum load_kind kind, unsigned int clients)
{
    uint64_t errors = 0;
    bool measured = drive(peer, kind, clients);
    for (int i = 0; i < LOAD_ERRORS; i++)
        errors += result.errors[i];
    unit_check(measured && errors == 0 && result.requests > 0 && peer->odd[0] == '\0',
               "kind %d in pieces of %zu: %lu requests, %lu errors: %s; odd: %s", kind,
               peer->pieces, (unsigned long)result.requests, (unsigned long)errors, result.example,
               peer->odd);
}

/* Replies may come in any pieces. */
static void test_pings(void)
{
    for (size_t pieces = 0; pieces < 8; pieces++) {
        struct peer_fake redis = {.pieces = pieces}, nginx = {.http = true, .pieces = 20 * pieces};
        cleanly(&redis, LOAD_PING, 4);
        unit_check(result.sent == atomic_load(&redis.requests), "%lu answered, %u asked",
                   (unsigned long)result.sent, atomic_load(&redis.requests));
        cleanly(&nginx, LOAD_PING, 4);
        unit_check(result.bytes == result.requests * LOAD_PING_BYTES, "%lu bytes",
                   (unsigned long)result.bytes);
    }
}

static void test_download(void)
{
    for (size_t pieces = 0; pieces < 3000; pieces += 999) {
        struct peer_fake nginx = {.http = true, .pieces = pieces};
        cleanly(&nginx, LOAD_DOWNLOAD, 2);
        unit_check(result.bytes == result.requests * PEER_FILE, "%lu bytes of %lu files",
                   (unsigned long)result.bytes, (unsigned long)result.requests);
    }
}

/* The speaker hears nothing, the others all. */
static void test_chat(void)
{
    for (size_t pieces = 0; pieces < 60; pieces += 19) {
        struct peer_fake redis = {.pieces = pieces};
        cleanly(&redis, LOAD_CHAT, 6);
        unit_check(result.received == 5 * (uint64_t)atomic_load(&redis.messages),
                   "%lu received of %u messages", (unsigned long)result.received,
                   atomic_load(&redis.messages));
        unit_check(result.latency.total == result.deliveries, "latencies");
    }
}

/* ---- wrong replies ---- */

static void test_wrong(void)
{
    static const struct {
        const char *reply, *example;
        enum load_kind kind;
        bool http;
    } wrong[] = {
        {"-ERR no such command\r\n", "no such command", LOAD_PING, false},
        {"+PONG\n", "+PONG", LOAD_PING, false},
        {"+PONG\r\n+PONG\r\n", "+PONG", LOAD_PING, false},
        {":7\r\n", ":7", LOAD_CHAT, false},
        {"-ERR not now\r\n", "-ERR", LOAD_CHAT, false},
        {"HTTP/1.1 404 Not Found\r\n\r\n", "404", LOAD_PING, true},
        {"HTTP/1.1 200 OK\r\nServer: x\r\n\r\nwrong bytes", "other bytes", LOAD_PING, true},
        {"HTTP/1.1 200 OK\r\nServer: x\r\n\r\nwrong bytes", "other bytes", LOAD_DOWNLOAD, true}};
    for (size_t i = 0; i < UNIT_COUNT(wrong); i++) {
        struct peer_fake peer = {.http = wrong[i].http, .wrong = wrong[i].reply, .good = 2};
        (void)drive(&peer, wrong[i].kind, 3);
        unit_check(result.errors[LOAD_WRONG] > 0 &&
                       strstr(result.example, wrong[i].example) != NULL,
                   "'%s' passed: %s", wrong[i].reply, result.example);
    }
}

/* Missed when the next one comes: a busy machine may have had no time for any. */
static void test_lost_message(void)
{
    struct peer_fake redis;
    do {
        redis = (struct peer_fake){.loses = true};
        (void)drive(&redis, LOAD_CHAT, 4);
    } while (result.errors[LOAD_WRONG] == 0 && atomic_load(&redis.messages) < PEER_LOST + 10);
    unit_check(result.errors[LOAD_WRONG] > 0, "a message that was lost is missed by nobody: %s",
               result.example);
}

/* ---- the programs ---- */

static bool missing(const struct ran *ran)
{
    return strstr(ran->errors, "make deps-peers") != NULL;
}

/* If there is none, one sentence, and no folder. */
static void test_not_installed(void)
{
    static const char *const commands[] = {"run ping -m 06 --peers", "ratio ping redis",
                                           "ratio ping nginx"};
    const struct ran_how how = {.program = NULL, .variable = {"PATH"}, .value = {"/nonexistent"}};
    for (size_t i = 0; i < UNIT_COUNT(commands); i++) {
        struct ran ran;
        unit_bound(BOUND, commands[i]);
        ran_begin_so(&ran, &how, commands[i]);
        ran_finish(&ran);
        const char *end = strchr(ran.errors, '\n');
        unit_check(ran.status == 2 && missing(&ran) && end != NULL && end[1] == '\0' &&
                       !ran_has(&ran, ""),
                   "'%s': status %d: %s", commands[i], ran.status, ran.errors);
        ran_free(&ran);
    }
}

static void test_programs(void)
{
    static const struct {
        const char *experiment, *name;
        bool there;
    } rows[] = {{"ping", "redis-", true},      {"ping", "nginx-", true},
                {"chat", "redis-", true},      {"chat", "nginx-", false},
                {"download", "redis-", false}, {"download", "nginx-", true}};
    struct ran ran;
    unit_bound(BOUND, "redis and nginx");
    ran_begin(&ran, "run ping chat download -m 06 --peers --points 2,64 -t 0.05 -r 1 --steal 100 "
                    "--no-report");
    ran_finish(&ran);
    if (missing(&ran)) {
        ran_free(&ran);
        unit_skip("REDIS AND NGINX ARE NOT INSTALLED: make deps-peers");
    }
    unit_check(ran.status == 0, "status %d: %s", ran.status, ran.errors);
    ran_results(&ran);
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        size_t found = 0;
        for (size_t j = 0; j < ran.count; j++) {
            const struct sample *s = &ran.samples[j];
            if (strcmp(s->experiment, rows[i].experiment) != 0 ||
                strncmp(s->server, rows[i].name, 6) != 0)
                continue;
            found++;
            unit_check(ran_measured(s) || ran_starved(s), "%s, %s: %s (%s)", s->experiment,
                       s->server, sample_state_word[s->state], s->note);
        }
        unit_check((found > 0) == rows[i].there, "%s of %s: %zu rows", rows[i].experiment,
                   rows[i].name, found);
    }
    ran_no_process(&ran, ran.folder);
    unit_check(ran_left(ran.folder) == 0, "a temporary folder is left");
    ran_free(&ran);
}

static const struct CMUnitTest tests[] = {
    LOAD(test_pings),        LOAD(test_download),      LOAD(test_chat),    LOAD(test_wrong),
    LOAD(test_lost_message), LOAD(test_not_installed), LOAD(test_programs)};
UNIT_MAIN("peers", tests)
