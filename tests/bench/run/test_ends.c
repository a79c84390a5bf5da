/* test_ends.c: lab-bench is ended in the middle of a run: no server and no temporary folder is
 * left */
#include <errno.h> /* program_invocation_name */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bound.h"
#include "folder.h"
#include "loopback.h"
#include "ran.h"

enum { BOUND = 240 };

static const char endless[] = "run ping -m 02 --points 2 -t 0.02 -r 900 --steal 100 --no-report";

/* In the middle of it, all that it has made is there: so what is looked for afterwards can be
 * found. */
static void endless_begin(struct ran *ran, const struct ran_how *how)
{
    ran_begin_so(ran, how, endless);
    ran_await_rows(ran, 3);
    unit_check(ran_left(how != NULL && how->dir != NULL ? how->dir : ran->folder) > 0,
               "no temporary folder");
}

/* Signals that end a process unless it does something about them. */
static void test_every_signal(void)
{
    static const int signals[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,   SIGPIPE, SIGALRM, SIGUSR1,
                                  SIGUSR2, SIGXCPU, SIGPROF, SIGVTALRM, SIGIO,   SIGPWR};
    unit_bound(BOUND, "signals");
    for (size_t i = 0; i <= UNIT_COUNT(signals); i++) {
        int signal_number = i < UNIT_COUNT(signals) ? signals[i] : SIGRTMIN;
        struct ran ran;
        endless_begin(&ran, NULL);
        (void)kill(ran.pid, signal_number);
        ran_finish(&ran);
        unit_check(!ran.signalled && ran.status == 128 + signal_number, "signal %d: status %d: %s",
                   signal_number, ran.status, ran.errors);
        unit_check(ran_left(ran.folder) == 0, "signal %d: a temporary folder is left",
                   signal_number);
        ran_no_process(&ran, ran.folder);
        ran_results(&ran);
        unit_check(ran.count >= 3 && ran.file->interrupted && ran.file->ended[0] != '\0',
                   "signal %d: %zu rows", signal_number, ran.count);
        ran_free(&ran);
    }
}

/* As abort(3) does it: no results then, but nothing else is left. */
static void test_abort(void)
{
    struct ran ran;
    unit_bound(BOUND, "SIGABRT");
    endless_begin(&ran, NULL);
    (void)kill(ran.pid, SIGABRT);
    ran_finish(&ran);
    unit_check(ran.status != 0, "status 0");
    unit_check(ran_left(ran.folder) == 0, "a temporary folder is left");
    ran_no_process(&ran, ran.folder);
    ran_free(&ran);
}

/* nohup(1) */
static void hangups_ignore(const struct ran *ran)
{
    (void)ran;
    (void)signal(SIGHUP, SIG_IGN);
}

static void test_nohup(void)
{
    const struct ran_how how = {.prepare = hangups_ignore};
    struct ran ran;
    unit_bound(BOUND, "nohup");
    endless_begin(&ran, &how);
    (void)kill(ran.pid, SIGHUP);
    (void)kill(ran.pid, SIGTERM);
    ran_finish(&ran);
    unit_check(ran.status == 128 + SIGTERM, "status %d: SIGHUP was not ignored", ran.status);
    ran_free(&ran);
}

static bool is_there(void *path)
{
    return access(path, F_OK) == 0;
}

/* The first signal has to wait for a server that ignores SIGTERM; the second one does not. */
static void test_second_signal(void)
{
    char folder[UNIT_PATH], ready[UNIT_PATH + 8];
    struct ran ran;
    unit_bound(BOUND, "two signals");
    unit_folder(folder);
    (void)snprintf(ready, sizeof ready, "%s/ready", folder);
    ran_begin(
        &ran,
        ran_words("run ping -m none --no-baseline --points 1 -t 0.5 -r 900 --steal 100 --no-report "
                  "--server "
                  "deaf=%s" RAN_SPACE "--deaf-server" RAN_SPACE "{port}" RAN_SPACE "{dir}" RAN_SPACE
                  "%s",
                  program_invocation_name, /* relative: the checkout's path may have a blank */
                  ready));
    bool began = bound_await(is_there, ready, BOUND_GENEROUS);
    (void)kill(ran.pid, SIGINT);
    bound_observe(1500); /* one that comes with the first is none */
    long begin = bound_now();
    (void)kill(ran.pid, SIGINT);
    ran_finish(&ran);
    unit_check(began && ran.status == 130, "status %d", ran.status);
    unit_check(bound_now() - begin < bound_of(5000), "it took %ld ms", bound_now() - begin);
    unit_check(ran_left(ran.folder) == 0, "a temporary folder is left");
    ran_no_process(&ran, ran.folder);
    ran_free(&ran);
    unit_folder_remove(folder);
}

/* kill -9 leaves a folder. The next run removes it, and not that of a living one. */
static void test_killed(void)
{
    struct ran killed, living, next;
    unit_bound(BOUND, "kill -9");
    endless_begin(&killed, NULL);
    (void)kill(killed.pid, SIGKILL);
    ran_finish(&killed);
    unit_check(ran_left(killed.folder) == 1, "kill -9 has left nothing: what is tested here?");
    ran_no_process(&killed, killed.folder);

    const struct ran_how there = {.dir = killed.folder};
    endless_begin(&living, &there);
    unit_check(ran_left(killed.folder) == 1, "%zu folders: the dead one's is still there",
               ran_left(killed.folder));
    ran_expect(&next, &there, "run ping -m 06 --points 1 -t 0.02 -r 1 --no-report", 0);
    unit_check(ran_left(killed.folder) == 1, "the living one's folder is gone");
    (void)kill(living.pid, SIGINT);
    ran_finish(&living);
    unit_check(living.status == 130, "status %d: %s", living.status, living.errors);
    unit_check(ran_left(killed.folder) == 0, "a temporary folder is left");
    ran_free(&next);
    ran_free(&living);
    ran_free(&killed);
}

/* A folder whose name only looks like one of ours belongs to another program. */
static void test_strange_folder(void)
{
    struct ran ran;
    char folder[UNIT_PATH];
    unit_bound(BOUND, "a strange folder");
    unit_folder(folder);
    unit_check(mkdir(folder_path(folder, "lab-bench-backup"), 0700) == 0, "mkdir");
    unit_write_text(folder, "lab-bench-backup/thesis", "five years of work\n");
    const struct ran_how how = {.dir = folder};
    ran_expect(&ran, &how, "run ping -m 06 --points 1 -t 0.02 -r 1 --no-report", 0);
    unit_check(folder_has(folder, "lab-bench-backup/thesis"), "the thesis is gone");
    ran_free(&ran);
    unit_folder_remove(folder);
}

static bool some_left(void *folder)
{
    return ran_left(folder) > 0;
}

static void test_ratio(void)
{
    static const int signals[] = {SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGALRM, SIGKILL};
    unit_bound(BOUND, "ratio");
    for (size_t i = 0; i < UNIT_COUNT(signals); i++) {
        struct ran ran;
        char folder[UNIT_PATH];
        unit_folder(folder);
        ran_begin(&ran, ran_words("ratio ping -c 2 -t 0.05 -r 900 --steal 100 --dir %s baseline",
                                  folder));
        bool began = bound_await(some_left, folder, BOUND_GENEROUS);
        (void)kill(ran.pid, signals[i]);
        ran_finish(&ran);
        unit_check(began && ran.status == 128 + signals[i], "signal %d: status %d: %s", signals[i],
                   ran.status, ran.errors);
        unit_check((ran_left(folder) > 0) == (signals[i] == SIGKILL), "signal %d: %zu folders",
                   signals[i], ran_left(folder));
        ran_no_process(&ran, folder);
        ran_free(&ran);
        unit_folder_remove(folder);
    }
}

/* ---- a server that ignores SIGTERM: this program itself, started by lab-bench ---- */

static int deaf_server(int port, const char *ready)
{
    int listener = loopback_listen(&port, 10);
    (void)signal(SIGTERM, SIG_IGN);
    (void)alarm(2 * BOUND); /* if all else fails */
    if (listener < 0 || creat(ready, 0600) < 0)
        return 1;
    for (;;) {
        char line[64];
        int client = accept(listener, NULL, NULL);
        bool up = client >= 0 && send(client, "HELLO 1 deaf\n", 13, MSG_NOSIGNAL) > 0;
        while (up && recv(client, line, sizeof line, 0) > 0)
            up = send(client, "OK 0\n", 5, MSG_NOSIGNAL) > 0;
        (void)close(client);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {TEST(test_every_signal), TEST(test_abort),
                                       TEST(test_nohup),        TEST(test_second_signal),
                                       TEST(test_killed),       TEST(test_strange_folder),
                                       TEST(test_ratio)};
    if (argc == 5 && strcmp(argv[1], "--deaf-server") == 0)
        return deaf_server((int)strtol(argv[2], NULL, 10), argv[4]);
    return unit_run("ends", tests, argc, argv);
}
