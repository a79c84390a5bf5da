/* test_run.c: the program lab-bench, run as people run it: small runs, a crash, wrong usage */
#include <errno.h> /* program_invocation_name */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/instrumented.h"
#include "loopback.h"
#include "ran.h"
#include "results/grid.h"
#include "unit.h"

enum { BOUND = 120 };

/* ---- the runs ---- */

static void test_tiny(void)
{
    static const char *const servers[] = {
        "baseline",     "loop",           "fork",         "thread",       "select",
        "poll",         "epoll",          "minimal-loop", "minimal-fork", "minimal-thread",
        "minimal-poll", "minimal-select", "minimal-epoll"};
    static const char *const asked[] = {"ping", "come-and-go"};
    struct ran ran;
    ran_measure(&ran, NULL,
                "run ping come-and-go --points 3 -t 0.1 -r 1 --retries 3 --seed 5 --no-report");
    for (size_t e = 0; e < 2; e++) {
        for (size_t i = 0; i < UNIT_COUNT(servers); i++) {
            const struct sample *s = ran_row(&ran, asked[e], servers[i]);
            unit_check(s != NULL && s->x == 3, "no row of %s, %s", asked[e], servers[i]);
            bool cannot = e == 0 && strstr(servers[i], "loop") != NULL;
            unit_check(cannot ? s->state == SAMPLE_CANNOT : ran_measured(s) || ran_starved(s),
                       "%s, %s: %s (%s)", asked[e], servers[i], sample_state_word[s->state],
                       s->note);
        }
    }
    unit_check(ran.count >= 26, "%zu rows", ran.count);
    unit_check(strcmp(ran_row(&ran, "ping", "loop")->note, "one client at a time") == 0, "note");
    unit_check(ran.file->seed == 5 && ran.file->rounds == 1 && ran.file->servers_count == 13 &&
                   ran.file->ended[0] != '\0' && !ran.file->interrupted,
               "run.txt");
    unit_check(strstr(ran.file->command, "--seed 5") != NULL, "%s", ran.file->command);
    unit_check(strstr(ran.output, " samples; seed 5") != NULL, "no plan: %s", ran.output);
    ran_free(&ran);
}

/* A run that can't keep to its budget has the six rounds that an interval needs, and says so. */
static void test_budget(void)
{
    struct ran ran;
    bool noted = false;
    ran_measure(&ran, NULL, "run ping -m 05,06 --points 3 -r 7 --budget 1 --steal 100 --no-report");
    for (size_t i = 0; i < ran.file->notes_count; i++)
        noted = noted || strncmp(ran.file->notes[i], "Only 6 of 7 rounds", 18) == 0;
    unit_check(noted, "%s", ran.output);
    ran_free(&ran);
}

/* What is in one figure was measured for the same time: the first round shows how long that may be,
 * and there are two of that length. */
static void test_equal_lengths(void)
{
    struct ran ran;
    ran_expect(&ran, NULL,
               "run ping -m 06 --no-baseline --no-minimal --points 3 -r 2 --budget 3 --retries 0 "
               "--steal 100 --no-report",
               0);
    ran_results(&ran);
    struct grid *grid = grid_make("ping", FIGURE_COST, ran.samples, ran.count);
    unit_check(grid != NULL && ran.count == 3 && grid->cell[0][0].estimate.count == 2 &&
                   ran.samples[1].seconds > 4 * ran.samples[0].seconds,
               "%zu rows, of %g s and %g s", ran.count, ran.samples[0].seconds,
               ran.samples[1].seconds);
    free(grid);
    ran_free(&ran);
}

/* Once may be the machine's: only after a second round it is certain. */
static void test_standing_still(void)
{
    struct ran ran;
    ran_measure(&ran, NULL,
                "run bad-neighbour -m 01,06 --points 1 -t 0.05 -r 3 --retries 0 --steal 100 "
                "--no-report");
    const struct sample *loop = ran_row(&ran, "bad-neighbour", "loop");
    const struct sample *epoll = ran_row(&ran, "bad-neighbour", "epoll");
    unit_check(loop != NULL && loop->state == SAMPLE_CANNOT && loop->round == 2 &&
                   strcmp(loop->note, "stands still") == 0,
               "loop: %s", loop != NULL ? loop->note : "no row");
    unit_check(epoll != NULL && (ran_measured(epoll) || ran_starved(epoll)), "epoll: %s",
               epoll != NULL ? epoll->note : "no row");
    ran_free(&ran);
}

static void test_memory(void)
{
    struct ran ran;
    unit_bound(BOUND, "memory");
    ran_begin(&ran, "run memory -m 02,06 --points 20 -t 0.05 -r 1 --retries 0 --no-report");
    ran_finish(&ran);
    ran_results(&ran);
    const struct sample *fork_row = ran_row(&ran, "memory", "fork");
    const struct sample *epoll = ran_row(&ran, "memory", "epoll");
    unit_check(fork_row != NULL && epoll != NULL, "rows");
    unit_check(fork_row->processes == 21 && epoll->processes == 1, "%g processes",
               fork_row->processes);
    unit_check(sample_figure(fork_row, FIGURE_CLIENT_MEMORY) > 20000, "a process: %g bytes",
               sample_figure(fork_row, FIGURE_CLIENT_MEMORY));
    unit_check(fork_row->kernel > 1e6 && fork_row->kernel_before > 1e6, "the kernel's memory");
    if (INSTRUMENTED) /* malloc's shadow and quarantine grow besides: how much is no matter */
        print_message("SKIPPED what a client of epoll costs: the server is instrumented\n");
    else
        unit_check(sample_figure(epoll, FIGURE_CLIENT_MEMORY) < 20000,
                   "a client of epoll: %g bytes", sample_figure(epoll, FIGURE_CLIENT_MEMORY));
    ran_free(&ran);
}

/* Somebody else uses all processors: the other two rounds would be thrown away, too. */
static void test_busy_machine(void)
{
    struct ran ran;
    pid_t burners[64];
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    unit_bound(BOUND, "a busy machine");
    count = count < 64 ? count : 64;
    for (long i = 0; i < count; i++) {
        burners[i] = fork();
        if (burners[i] == 0) {
            (void)alarm(BOUND);
            for (;;)
                ;
        }
        unit_check(burners[i] > 0, "fork");
    }
    ran_begin(&ran, "run ping -m 05,06 --points 2,3 -t 0.2 -r 3 --retries 0 --steal 2 --no-report "
                    "--no-minimal");
    ran_finish(&ran);
    for (long i = 0; i < count; i++) {
        (void)kill(burners[i], SIGKILL);
        (void)waitpid(burners[i], NULL, 0);
    }
    ran_results(&ran);
    unit_check(ran.status == 1 && ran.count == 6, "status %d, %zu rows: %s", ran.status, ran.count,
               ran.errors);
    unit_check(strstr(ran.errors, "too busy") != NULL && ran.file->notes_count > 0 &&
                   strstr(ran.file->notes[ran.file->notes_count - 1], "too busy") != NULL,
               "no reason: %s", ran.errors);
    ran_free(&ran);
}

static void test_crash(void)
{
    struct ran ran;
    ran_expect(&ran, NULL, /* the program is relative: the checkout's path may have a blank */
               ran_words("run ping -m 06 --no-baseline --points 2 -t 0.05 -r 2 --no-report "
                         "--steal 100 --server weak=%s\x1f--crash-server\x1f{port}",
                         program_invocation_name),
               1);
    ran_results(&ran);
    size_t crashed = 0;
    for (size_t i = 0; i < ran.count; i++)
        crashed +=
            strcmp(ran.samples[i].server, "weak") == 0 && ran.samples[i].state == SAMPLE_CRASHED;
    unit_check(crashed == 2 && ran.file->counts[SAMPLE_CRASHED] == 2, "%zu crashed", crashed);
    const struct sample *epoll = ran_row(&ran, "ping", "epoll");
    unit_check(epoll != NULL && epoll->round == 2 && (ran_measured(epoll) || ran_starved(epoll)),
               "the run did not go on");
    unit_check(strstr(ran.errors, "the roof fell down") != NULL, "its log: %s", ran.errors);
    unit_check(ran.file->notes_count > 0 &&
                   strstr(ran.file->notes[ran.file->notes_count - 1], "the roof fell down") != NULL,
               "no note in run.txt");
    ran_free(&ran);
}

static void test_wrong_usage(void)
{
    static const char *const wrong[] = {
        "",
        "frobnicate",
        "--frobnicate",
        "--version too",
        "report",
        "report a b",
        "compare one",
        "run",
        "run nothing",
        "run ping --models 07",
        "run ping --models 06,06",
        "run ping --models",
        "run ping -t soon",
        "run ping -r 1.5",
        "run ping --clients 1,,2",
        "run ping --server mine",
        "run ping --server mine=./mine",
        "run ping --models none --no-baseline",
        "run ping --server-cpus 3-1",
        "run chat --points 1",
        "run bad-neighbour --points 5",
        "run computing --points 6",
        "run storm --points 0",
        "run active-share --points 101",
        "run ping --points 2000000",
        "run ping --steal 101",
        "run ping --unheard-of",
        "run ping --out=",
        "run ping --dir=",
        "run ping --congestion=",
        "run ping --client-cpus 900",
        "run ping --server-cpus 0,900",
        "ratio",
        "ratio nothing",
        "ratio ping --dir=",
        "ratio ping -c 0",
        "ratio ping no-server",
        "ratio chat -c 1",
        "ratio ping -r",
        "ratio ping --steal 101",
        "report \x1e", /* RAN_EMPTY */
        "compare \x1e \x1e",
    };
    for (size_t i = 0; i < UNIT_COUNT(wrong); i++) {
        struct ran ran;
        ran_expect(&ran, NULL, wrong[i], 2);
        const char *end = strchr(ran.errors, '\n');
        unit_check(strncmp(ran.errors, "lab-bench", 9) == 0 && end != NULL && end[1] == '\0',
                   "'%s': %s", wrong[i], ran.errors);
        unit_check(!ran_has(&ran, ""), "'%s' made a folder", wrong[i]);
        ran_free(&ran);
    }
}

static void test_help(void)
{
    static const char *const right[] = {"--help", "--version", "run --help", "report --help",
                                        "compare --help"};
    for (size_t i = 0; i < UNIT_COUNT(right); i++) {
        struct ran ran;
        ran_expect(&ran, NULL, right[i], 0);
        unit_check(ran.output[0] != '\0' && ran.errors[0] == '\0', "'%s': %s", right[i],
                   ran.errors);
        ran_free(&ran);
    }
}

/* ---- a server that is no good: this program itself, started by lab-bench ---- */

static int crash_server(int port)
{
    int listener = loopback_listen(&port, 10);
    if (listener < 0)
        return 1;
    for (;;) {
        char line[64];
        int client = accept(listener, NULL, NULL);
        if (client < 0 || send(client, "HELLO 1 weak\n", 13, MSG_NOSIGNAL) != 13 ||
            recv(client, line, sizeof line, 0) <= 0) {
            if (client >= 0)
                (void)close(client);
            continue; /* a probe whether we are up */
        }
        (void)fprintf(stderr, "the roof fell down\n");
        (void)kill(getpid(), SIGKILL);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(test_tiny),  TEST(test_standing_still), TEST(test_memory),
        TEST(test_crash), TEST(test_busy_machine),   TEST(test_wrong_usage),
        TEST(test_help),  TEST(test_budget),         TEST(test_equal_lengths)};
    if (argc == 3 && strcmp(argv[1], "--crash-server") == 0)
        return crash_server((int)strtol(argv[2], NULL, 10));
    return unit_run("run", tests, argc, argv);
}
