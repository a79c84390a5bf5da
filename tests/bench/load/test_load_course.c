/* test_load_course.c: idle clients, the course of a run */
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "bound.h"
#include "load/load_private.h"
#include "scripted_load.h"

/* ---- clients that do not work ---- */

static void idle(void)
{
    struct serverproc *server = server_named("epoll", NULL);
    struct load_spec spec = spec_of(server, LOAD_PING);
    spec.idle = 1500;
    run_cleanly(&spec, "idle");
    spec.clients = 0;
    load_result_free(&result);
    unit_check(load_run(&spec, &result) && result.sent == 0 && result.errors[LOAD_TIMEOUT] == 0,
               "idle clients alone: %s", result_text());
    server = server_named("epoll", "--max-clients 20");
    spec = spec_of(server, LOAD_PING);
    spec.idle = 100;
    spec.threads = 1;
    run(&spec, "a server that is full");
    unit_check(result.errors[LOAD_BUSY] >= 89 && result.errors[LOAD_WRONG] == 0, "%s",
               result_text());
}

/* Evenly, and not at the edges, unless the load says so. */
static void places(void)
{
    static const char *const asked[] = {"....N.........N.........N.........N.....",
                                        "NNNN....................................",
                                        "....................................NNNN"};
    for (size_t i = 0; i < UNIT_COUNT(asked); i++) {
        struct scripted script = {.good = 0};
        struct load_spec spec = scripted_spec(&script, LOAD_PING);
        spec.clients = 4;
        spec.idle = 36;
        spec.active_first = i == 1;
        spec.active_last = i == 2;
        scripted_play(&spec, true, "places");
        unit_check(memcmp(script.asked, asked[i], strlen(asked[i])) == 0, "%.40s asked, not %s",
                   script.asked, asked[i]);
    }
}

/* Who asks for what: in all of them the others send pings, and one more client comes first, or (the
 * last) while they are there. What it asks for at once is more than the server has done when it has
 * answered all pings. */
static void neighbours_ask(void)
{
    enum { ASKED = 256 };
    static const char *const first[] = {"N", ".", "G", "H", "H"};
    for (int neighbour = NEIGHBOUR_NONE; neighbour <= NEIGHBOUR_BLOCKED; neighbour++) {
        bool many = neighbour == NEIGHBOUR_STUCK || neighbour == NEIGHBOUR_COMPUTING;
        struct scripted script = {.reply = many ? "OK 0\n" : NULL};
        struct load_spec spec = scripted_spec(&script, LOAD_PING);
        spec.neighbour = (enum load_neighbour)neighbour;
        scripted_play(&spec, true, "neighbours");
        script.asked[neighbour == NEIGHBOUR_BLOCKED ? SCRIPTED_CONNECTIONS : 1] = '\0';
        unit_check(strstr(script.asked, first[neighbour]) != NULL, "neighbour %d: asked %s, not %s",
                   neighbour, script.asked, first[neighbour]);
        unit_check(script.requests >= result.sent + (many ? ASKED : 0),
                   "neighbour %d: %u requests came, %lu of them pings", neighbour, script.requests,
                   (unsigned long)result.sent);
    }
}

static void neighbours(void)
{
    for (size_t i = 0; i < models; i++) {
        struct serverproc *server = server_of(i, NULL);
        library_file(server);
        for (int neighbour = NEIGHBOUR_SILENT; neighbour <= NEIGHBOUR_COMPUTING; neighbour++) {
            struct load_spec spec = spec_of(server, LOAD_PING);
            spec.neighbour = (enum load_neighbour)neighbour;
            if (!model_is(i, "loop")) {
                run_cleanly(&spec, paths[i]);
                continue;
            }
            spec.timeout_ms = 200;
            unit_bound(LOADS_BOUND_S, "01_loop and a neighbour");
            load_result_free(&result);
            unit_check(!load_run(&spec, &result) && result.errors[LOAD_TIMEOUT] > 0,
                       "01_loop has served two: %s", result_text());
        }
        serverproc_free(server);
    }
}

/* 01_loop greets the second client when the first has left: an error, not a hang. */
static void never_greeted(void)
{
    struct serverproc *server = server_named("loop", NULL);
    struct load_spec spec = spec_of(server, LOAD_PING);
    spec.clients = 2;
    spec.timeout_ms = 150;
    run(&spec, "the second is never greeted");
    unit_check(result.requests > 0 && result.errors[LOAD_TIMEOUT] >= 1, "%s", result_text());
    for (int i = 0; i < LOAD_ERRORS; i++)
        unit_check(i == LOAD_TIMEOUT || result.errors[i] == 0, "%s", result_text());
}

/* ---- the course of a run ---- */

static struct {
    int begun, ended;
    pthread_t thread;
    bool early;
} course;
static volatile sig_atomic_t stop;

static void on_begin(void *context)
{
    course.begun +=
        context == &course && course.ended == 0 && pthread_equal(pthread_self(), course.thread);
    stop = course.early;
}

static void on_end(void *context)
{
    course.ended +=
        context == &course && course.begun == 1 && pthread_equal(pthread_self(), course.thread);
}

static void begin_and_end(void)
{
    struct serverproc *server = server_named("epoll", NULL);
    struct load_spec spec = spec_of(server, LOAD_PING);
    spec.begin = on_begin;
    spec.end = on_end;
    spec.context = &course;
    spec.stop = &stop;
    course.thread = pthread_self();
    run_cleanly(&spec, "begin and end");
    unit_check(course.begun == 1 && course.ended == 1, "begun %d times, ended %d times",
               course.begun, course.ended);
    unit_check(result.seconds > 0.149 && result.seconds < 0.151, "%f seconds", result.seconds);

    course.begun = course.ended = 0;
    course.early = true;
    spec.seconds = 60;
    load_result_free(&result);
    unit_bound(LOADS_BOUND_S, "stopped");
    (void)load_run(&spec, &result);
    unit_check(course.begun == 1 && course.ended == 1 && result.seconds < 30,
               "stopped when it had begun: %f seconds", result.seconds);

    course.begun = course.ended = 0;
    load_result_free(&result);
    unit_check(!load_run(&spec, &result) && course.begun == 0 && course.ended == 0,
               "stopped before it began");
}

/* ---- clocks that take long to read ---- */

enum { READING_MS = 200 };

static struct {
    pid_t server;
    double used; /* processor time of the server, while its clocks were being read */
} reading;

/* Ten thousand processes take that long. */
static void clocks_read(void *context)
{
    struct probe before, after;
    (void)context;
    unit_check(probe_read(reading.server, false, &before), "probe");
    bound_observe(READING_MS);
    unit_check(probe_read(reading.server, false, &after), "probe");
    reading.used += after.seconds - before.seconds;
}

/* What a schedule still owes when its time is over is worked off, and counts for both ends. */
static void overload(void)
{
    struct serverproc *server = server_named("epoll", NULL);
    struct load_spec spec = spec_of(server, LOAD_PING);
    spec.whole = true;
    spec.warmup = 0;
    spec.seconds = 0.05;
    spec.rate = 1e6;
    clock_t before = clock();
    run_cleanly(&spec, "overload");
    double all = (double)(clock() - before) / CLOCKS_PER_SEC;
    unit_check(result.requests == 50000, "%lu requests", (unsigned long)result.requests);
    unit_check(result.own_seconds > all / 2, "%g s of the generator's %g s", result.own_seconds,
               all);
}

/* The first turn takes longer than the measured time: what it sends is answered, and counts. If
 * a busy machine does not let it begin in that time, nothing was sent: more of it. */
static void long_turn(void)
{
    struct serverproc *server = server_named("epoll", NULL);
    struct load_spec spec = spec_of(server, LOAD_PING);
    spec.clients = 900;
    spec.threads = 1;
    spec.whole = true;
    spec.seconds = 0.001;
    do {
        spec.seconds *= 2;
        run(&spec, "a long turn");
        no_errors("a long turn");
        unit_check(result.under_way == 0, "%lu under way, %s", (unsigned long)result.under_way,
                   result_text());
    } while (result.requests == 0 && spec.seconds < 20);
    unit_check(result.requests >= 900, "%s", result_text());
}

/* Nothing is under way meanwhile, so what is read belongs to the measured time, all of it, and to
 * nothing else. */
static void slow_clocks(void)
{
    struct serverproc *server = server_named("fork", NULL);
    for (int open = 0; open < 2; open++) {
        struct load_spec spec = spec_of(server, LOAD_PING);
        reading.server = server->pid;
        reading.used = 0;
        spec.whole = true;
        spec.rate = open ? 2000 : 0;
        spec.begin = spec.end = clocks_read;
        run_cleanly(&spec, "slow clocks");
        unit_check(reading.used < 0.005, "the server ran for %.0f ms while its clocks were read",
                   1e3 * reading.used);
        unit_check(!open || result.requests == (uint64_t)(spec.rate * spec.seconds),
                   "%lu requests of a schedule of %.0f", (unsigned long)result.requests,
                   spec.rate * spec.seconds);
        unit_check(result.seconds < 2 * spec.seconds, "%f s", result.seconds);
    }
}

/* A second run finds nothing of the first: no nick that is taken, no port that is in use. */
static void again_and_again(void)
{
    struct serverproc *server = server_named("fork", NULL);
    for (int i = 0; i < 8; i++) {
        struct load_spec spec = spec_of(server, i % 2 == 0 ? LOAD_CHAT : LOAD_SESSION);
        spec.clients = 20;
        spec.seconds = 0.05;
        spec.warmup = 0;
        spec.whole = true;
        spec.least = 1; /* on a busy machine longer than planned */
        spec.prolong = SCRIPTED_BOUND_S / 2.0;
        run_cleanly(&spec, "again");
    }
}

/* When is the generator the bottleneck? */
static void bound(void)
{
    static const struct {
        double rate, share, server_share;
        uint64_t lag, latency;
        bool bound;
    } rows[] = {{0, 0.95, -1, 0, 1000000, false},     {0, 0.95, 0.5, 0, 1000000, true},
                {0, 0.95, 0.95, 0, 1000000, false},   {0, 0.5, 0.2, 0, 1000000, false},
                {10, 0.95, -1, 0, 1000000, true},     {10, 0.5, -1, 0, 1000000, false},
                {10, 0.5, -1, 900000, 1000000, true}, {10, 0.5, -1, 900000, 9000000, false},
                {10, 0.5, -1, 90000, 100000, false}};
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct load_spec spec = {.rate = rows[i].rate};
        struct load_result one = {.own_share = rows[i].share};
        unit_check(histogram_init(&one.latency) && histogram_init(&one.lag) &&
                       histogram_init(&one.uncorrected),
                   "out of memory");
        histogram_record(&one.latency, rows[i].latency, 1);
        histogram_record(&one.lag, rows[i].lag, 1);
        bool got = load_bound(&spec, &one, rows[i].server_share);
        load_result_free(&one);
        unit_check(got == rows[i].bound, "row %zu", i);
    }
}

/* Between two stores of the main thread a worker may see the new `from`, and the warm-up's `until`:
 * then the measured time has not ended. */
static void from_before_until(void)
{
    const struct load_spec spec = {.clients = 1, .rate = 1};
    struct worker w = {.index = 0};
    struct load load = {.spec = &spec,
                        .dialect = load_dialects,
                        .threads = 1,
                        .pipeline = 1,
                        .phase = PHASE_END,
                        .until = 1,
                        .from = 2};
    w.load = &load;
    unit_check(worker_make(&w), "no worker");
    (void)worker_main(&w);
    bool began = w.began, ended = w.ended;
    worker_free(&w);
    unit_check(began && !ended, "began %d, ended %d", began, ended);
}

static const struct CMUnitTest tests[] = {
    LOAD(idle),          SCRIPTED(places),        LOAD(long_turn),
    LOAD(neighbours),    LOAD(never_greeted),     LOAD(bound),
    LOAD(begin_and_end), LOAD(overload),          LOAD(again_and_again),
    LOAD(slow_clocks),   LOAD(from_before_until), SCRIPTED(neighbours_ask)};
UNIT_MAIN("load, its course", tests)
