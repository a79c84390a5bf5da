/* test_experiments.c: do the experiments measure what they say? */
#include <errno.h> /* program_invocation_name */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clients/clients.h"
#include "load/load.h"
#include "loopback.h"
#include "ran.h"
#include "results/measure.h"
#include "steady.h"

enum { BOUND = 120 };

#define ONCE " -r 1 --retries 0 --steal 100 --no-report"

static const struct sample *row_at(const struct ran *ran, const char *server, double x)
{
    const struct sample *last = NULL;
    for (size_t i = 0; i < ran->count; i++)
        if (strcmp(ran->samples[i].server, server) == 0 && ran->samples[i].x >= x &&
            ran->samples[i].x <= x)
            last = &ran->samples[i];
    unit_check(last != NULL, "no row of %s at %g: %s", server, x, ran->errors);
    return last;
}

static const struct sample *measured_at(const struct ran *ran, const char *server, double x)
{
    const struct sample *sample = row_at(ran, server, x);
    unit_check(ran_measured(sample), "%s at %g: %s (%s)", server, x,
               sample_state_word[sample->state], sample->note);
    return sample;
}

/* Of steady_server() alone; more are arguments for it. */
static void run_steady(struct ran *ran, const char *experiment, const char *more)
{
    ran_measure(ran, NULL,
                ran_words("run %s -m none" ONCE
                          " --server steady=%s\x1f--steady-server\x1f{port}%s",
                          experiment, program_invocation_name, more));
}

/* ---- computing ---- */

static void test_computing(void)
{
    struct ran ran;
    cpu_set_t all;
    unit_check(sched_getaffinity(0, sizeof all, &all) == 0, "processors");
    ran_measure(&ran, NULL, "run computing -m 03 --points 1,4 -t 0.3" ONCE);
    const struct sample *one = measured_at(&ran, "thread", 1);
    unit_check(one->server_cpus == 1, "%g processors", one->server_cpus);
    unit_check(one->user + one->system < 1.1 * one->seconds, "one processor: %g s of it in %g s",
               one->user + one->system, one->seconds);
    const struct sample *more = row_at(&ran, "thread", 4);
    if (CPU_COUNT(&all) == 1)
        unit_check(more->state == SAMPLE_CANNOT && strstr(more->note, "one processor") != NULL,
                   "%s", more->note);
    else
        unit_check(measured_at(&ran, "thread", 4)->server_cpus == CPU_COUNT(&all),
                   "%g processors of %d", more->server_cpus, CPU_COUNT(&all));
    ran_free(&ran);
}

/* ---- work ---- */

static void test_work(void)
{
    struct ran ran;
    bool noted = false;
    ran_measure(&ran, NULL, "run work -m 06 --points 0,1000 -t 0.3" ONCE);
    double none = sample_figure(measured_at(&ran, "epoll", 0), FIGURE_COST);
    double more = sample_figure(measured_at(&ran, "epoll", 1000), FIGURE_COST);
    unit_check(more - none > 300 && more - none < 3000, "1000 us of computing: %g us, and %g", none,
               more);
    for (size_t i = 0; i < ran.file->notes_count; i++)
        noted = noted || strstr(ran.file->notes[i], "bytes in a microsecond") != NULL;
    unit_check(noted, "how fast a checksum is made is not noted");
    ran_free(&ran);
}

/* ---- blocked ---- */

/* Nanoseconds from the request to the reply. */
static uint64_t ask(int port, const char *request)
{
    char reply[200];
    int fd = loopback_connect(port);
    unit_check(fd >= 0 && recv(fd, reply, sizeof reply, 0) > 0, "no greeting");
    uint64_t start = load_now();
    unit_check(send(fd, request, strlen(request), MSG_NOSIGNAL) > 0 &&
                   recv(fd, reply, sizeof reply, 0) > 3 && memcmp(reply, "OK ", 3) == 0,
               "no reply to %s", request);
    uint64_t took = load_now() - start;
    (void)close(fd);
    return took;
}

/* A delay before the measured time is none in it. */
static void not_delayed(int port, pid_t pid, const struct slow_disk *disk)
{
    const struct load_spec pings = {
        .host = "127.0.0.1", .port = port, .clients = 1, .seconds = 0.02, .timeout_ms = 20000};
    struct cpus any = {0};
    struct measure how = {{.pid = pid}, &any, 1, 1, disk, 0};
    struct load_result result;
    struct sample sample;
    sample_clear(&sample);
    sample_measure(&how, &pings, &result, &sample);
    load_result_free(&result);
    assert_string_equal(sample.note, "no read came to the slow disk");
}

/* On larger machines: two processors for servers, one for the load. */
static void test_server_share(void)
{
    static const struct {
        const char *server;
        double cpus, share;
    } cases[] = {{"fork", 2, 0.8},
                 {"minimal-thread", 2, 0.8},
                 {"epoll", 2, 1.6},
                 {"fork", 1, 1.6},
                 {"fork", 3, -1}};
    struct cpus cpus = {0};
    const struct measure how = {.cpus = &cpus};
    CPU_SET(0, &cpus.server);
    CPU_SET(1, &cpus.server);
    CPU_SET(2, &cpus.client);
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        struct sample s = {.seconds = 1, .user = 1.6, .threads = 1, .server_cpus = cases[i].cpus};
        (void)snprintf(s.server, sizeof s.server, "%s", cases[i].server);
        double share = sample_server_share(&how, &s);
        unit_check(fabs(share - cases[i].share) < 1e-9, "case %zu: %g", i, share);
    }
}

static void slow_in(const char *model, const struct server_place *place)
{
    struct server_choice choice;
    char why[WHY] = "", name[32], given[UNIT_PATH];
    (void)snprintf(name, sizeof name, "%s-server", model);
    const char *all = ran_program("SERVERS"), *end = strstr(all, name), *begin = end;
    unit_check(begin != NULL, "SERVERS has no %s", name);
    while (begin > all && begin[-1] != ' ')
        begin--;
    (void)snprintf(given, sizeof given, "%s=%.*s%s -p {port} -d {dir}", model, (int)(end - begin),
                   begin, name);
    unit_check(server_choose(&choice, given, why), "%s: %s", model, why);
    struct server server = {.choice = &choice};
    struct slow_disk disk = {
        .bytes = 4099, .ms = 80, .server = &server, .place = place, .why = why};
    unit_check(slow_disk_start(&disk), "%s: %s", model, why);
    (void)ask(server.port, "H fast\n");
    unsigned int other = atomic_load(&disk.delayed);
    uint64_t took = ask(server.port, "H slow\n");
    unsigned int delayed = atomic_load(&disk.delayed);
    not_delayed(server.port, server.pid, &disk);
    unit_check(server_stop(&server, why), "%s: %s", model, why);
    slow_disk_end(&disk);
    unit_check(other == 0, "%s: another read was delayed", model);
    unit_check(delayed == 1 && took >= 80000000,
               "%s: %u reads were delayed, and the reply took %lu ns", model, delayed,
               (unsigned long)took);
}

/* A read of the slow file takes its time in all six, and no other read does. */
static void test_slow_disk(void)
{
    static const char *const six[] = {"loop", "fork", "thread", "select", "poll", "epoll"};
    char folder[UNIT_PATH], log[UNIT_PATH + 8];
    if (!slow_disk_possible())
        unit_skip("this kernel can't delay a read");
    unit_bound(BOUND, "a slow disk");
    unit_folder(folder);
    (void)snprintf(log, sizeof log, "%s/.log", folder);
    const struct server_place place = {.library = folder, .log = log};
    unit_check(load_file_make(folder, "slow", 4099) && load_file_make(folder, "fast", 4100),
               "files");
    for (size_t i = 0; i < UNIT_COUNT(six); i++)
        slow_in(six[i], &place);
    unit_folder_remove(folder);
}

/* The neighbour's reads are delayed, others measure what that does to them; at 0 they go on at
 * once. */
static void test_blocked(void)
{
    struct ran ran;
    if (!slow_disk_possible())
        unit_skip("this kernel can't delay a read");
    ran_measure(&ran, NULL, "run blocked -m 01,05 --points 0,30 -t 0.6" ONCE);
    (void)measured_at(&ran, "loop", 0);
    (void)measured_at(&ran, "poll", 0);
    unit_check(measured_at(&ran, "loop", 30)->max > 15000, "loop: nobody waited");
    unit_check(measured_at(&ran, "poll", 30)->max > 15000, "poll: nobody waited");
    ran_free(&ran);
}

/* A server whose reads do not come to the slow disk has no figures, but a reason; also at 0, which
 * differs from the others by the delay alone. */
static void test_not_blocked(void)
{
    struct ran ran;
    if (!slow_disk_possible())
        unit_skip("this kernel can't delay a read");
    run_steady(&ran, "blocked --points 0,10 -t 0.1", "");
    for (int x = 0; x <= 10; x += 10) {
        const struct sample *sample = row_at(&ran, "steady", x);
        unit_check(sample->state == SAMPLE_ERRORS &&
                       strcmp(sample->note, "no read came to the slow disk") == 0,
                   "at %d: %s: %s", x, sample_state_word[sample->state], sample->note);
    }
    ran_free(&ran);
}

static void not_still(const char *shy, const char *note)
{
    struct ran ran;
    run_steady(&ran, "bad-neighbour --points 1 -t 0.05", shy);
    const struct sample *sample = row_at(&ran, "steady", 1);
    unit_check(sample->state == SAMPLE_ERRORS && strncmp(sample->note, note, strlen(note)) == 0,
               "%s: %s", sample_state_word[sample->state], sample->note);
    ran_free(&ran);
}

/* A neighbour that did not get in is no server that stands still, nor are visitors that are thrown
 * out. (The first connection only looks whether there is a server.) */
static void test_no_still(void)
{
    not_still(RAN_SPACE "2", "closed 1; first: the neighbour: Broken pipe");
    not_still(RAN_SPACE "-3", "closed ");
}

/* ---- few requests ---- */

/* A visit takes two milliseconds: five in the time that was planned. */
static void test_prolonged(void)
{
    struct ran ran;
    run_steady(&ran, "come-and-go --points 1 -t 0.01", "");
    const struct sample *sample = measured_at(&ran, "steady", 1);
    unit_check(sample->requests >= 10 && sample->requests < 14, "%lu visits in %g s",
               (unsigned long)sample->requests, sample->seconds);
    ran_free(&ran);
}

/* ---- offered load ---- */

/* A server that needs a millisecond for each request, whoever asks: what it can do is known. Beside
 * other programs it can do less for a while, and what was found then to be all that it can do is
 * less than that later on: so the best of some runs has to be overloaded. */
static double offered_load(void)
{
    struct ran ran;
    run_steady(&ran, "offered-load --points 50,150 -t 0.5", "");
    const struct sample *half = measured_at(&ran, "steady", 50);
    const struct sample *over = measured_at(&ran, "steady", 150);
    unit_check(half->offered > 20 && half->offered < 0.55 * 1e6 / STEADY_US,
               "half of what it can do is %g a second", half->offered);
    double due = half->offered * half->seconds, wait = over->p99;
    unit_check((double)half->requests > due - 2 && (double)half->requests < due + 2,
               "%g requests were due, %lu were answered", due, (unsigned long)half->requests);
    if (over->offered <= 1.5 * half->offered)
        wait = 0;
    ran_free(&ran);
    return wait;
}

static void test_offered_load(void)
{
    enum { TRIES = 6 };
    double max = 0;
    for (int i = 0; i < TRIES && max <= 60000; i++) {
        double wait = offered_load();
        max = wait > max ? wait : max;
    }
    unit_check(max > 60000, "beyond what it can do, 99 %% wait %g us", max);
}

/* ---- storm ---- */

static void test_storm(void)
{
    struct ran ran;
    ran_measure(&ran, NULL, "run storm -m 01,02,06 --points 50 -t 0.05" ONCE);
    unit_check(row_at(&ran, "loop", 50)->state == SAMPLE_CANNOT, "loop");
    for (int i = 0; i < 2; i++) {
        const struct sample *sample = measured_at(&ran, i == 0 ? "fork" : "epoll", 50);
        unit_check(sample->requests == 50 && sample->max >= sample->p50 &&
                       sample->max < 1e6 * sample->seconds + 1,
                   "%lu greetings, the last after %g us", (unsigned long)sample->requests,
                   sample->max);
        unit_check(i == 1 || sample->processes == 51, "%g processes", sample->processes);
    }
    ran_free(&ran);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(test_computing),    TEST(test_work),         TEST(test_slow_disk), TEST(test_blocked),
        TEST(test_not_blocked),  TEST(test_offered_load), TEST(test_storm),     TEST(test_no_still),
        TEST(test_server_share), TEST(test_prolonged)};
    if ((argc == 3 || argc == 4) && strcmp(argv[1], "--steady-server") == 0)
        return steady_server((int)strtol(argv[2], NULL, 10),
                             argc == 4 ? (int)strtol(argv[3], NULL, 10) : 0);
    return unit_run("experiments", tests, argc, argv);
}
