/* test_user.c: an ordinary user measures, up to a report that is looked at, whatever the kernel
 * allows
 *
 * If the tests run as root, the user is "nobody". The programs are copied to a folder that this
 * user can reach, with a blank and Chinese in its name: so they are found where they are installed.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "folder.h"
#include "pages.h"
#include "probe/network.h"
#include "proc_write.h"
#include "ran.h"

enum { BOUND = 240, NOBODY = 65534, BUFFER = 1 << 16 };

#define TINY "run ping -m 06 --points 2 -t 0.2 -r 1 --retries 5 --steal 100"

/* ---- the user, and where the programs are ---- */

static char place[UNIT_PATH]; /* holds "bin 目录" */

static void copy(const char *from, const char *name)
{
    static char bytes[BUFFER];
    char to[UNIT_PATH + 64];
    (void)snprintf(to, sizeof to, "%s/bin 目录/%s", place, name);
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    ssize_t n = 0;
    unit_check(in >= 0 && out >= 0, "%s to %s: %s", from, to, strerror(errno));
    while ((n = read(in, bytes, sizeof bytes)) > 0)
        unit_check(write(out, bytes, (size_t)n) == n, "%s: %s", to, strerror(errno));
    unit_check(n == 0 && close(in) == 0 && close(out) == 0, "%s: %s", to, strerror(errno));
}

/* Returns where lab-bench is. */
static const char *install(void)
{
    static char program[UNIT_PATH + 64];
    char bin[UNIT_PATH + 32];
    const char *all = ran_program("SERVERS"), *epoll = strrchr(all, ' ');
    unit_folder(place);
    (void)snprintf(bin, sizeof bin, "%s/bin 目录", place);
    unit_check(chmod(place, 0755) == 0 && mkdir(bin, 0755) == 0, "%s: %s", bin, strerror(errno));
    copy(ran_program("LAB_BENCH"), "lab-bench");
    copy(ran_program("BASELINE"), "baseline");
    copy(epoll != NULL ? epoll + 1 : all, "epoll-server");
    (void)snprintf(program, sizeof program, "%s/lab-bench", bin);
    return program;
}

/* In the child: an ordinary user from here on, in a folder that is theirs. */
static void user_become(const struct ran *ran)
{
    if (geteuid() == 0 &&
        (chown(ran->folder, NOBODY, NOBODY) < 0 || setgroups(0, NULL) < 0 ||
         setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0))
        _exit(124);
    if (chdir(ran->folder) < 0)
        _exit(124);
}

/* The same on a kernel that forbids user namespaces: none may be made in this one. With the program
 * that is started next its privileges are gone. */
static void user_confined(const struct ran *ran)
{
    char map[64];
    user_become(ran);
    (void)snprintf(map, sizeof map, "%u %u 1", geteuid(), geteuid());
    (void)prctl(PR_SET_DUMPABLE, 1); /* /proc/self is ours again */
    if (unshare(CLONE_NEWUSER) < 0 || !proc_write("/proc/self/uid_map", map) ||
        !proc_write("/proc/sys/user/max_user_namespaces", "0"))
        _exit(123);
}

/* ---- what came of it ---- */

static void page_look(const struct ran *ran)
{
    static const char *const charts[] = {"ping-rate", "ping-cost"};
    char *page = page_text(ran->out, "report.html");
    page_balanced("report.html", page);
    page_holds("report.html", page, "src=\"data:image/svg+xml,");
    page_lacks("report.html", page, "is not drawn");
    free(page);
    for (size_t i = 0; i < UNIT_COUNT(charts); i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "charts/%s.svg", charts[i]);
        char *chart = page_text(ran->out, name);
        page_holds(name, chart, "</svg>");
        free(chart);
    }
    page_holds("standard output", ran->output, "epoll");
}

static void report_expect(struct ran *ran)
{
    unit_check(ran->status == 0, "status %d: %s", ran->status, ran->errors);
    page_look(ran);
    ran_results(ran);
    size_t measured = 0;
    for (size_t i = 0; i < ran->count; i++)
        measured += strcmp(ran->samples[i].server, "epoll") == 0 && ran_measured(&ran->samples[i]);
    unit_check(measured > 0, "no sample of epoll among %zu", ran->count);
    unit_check(ran_left(ran->folder) == 0, "a temporary folder is left");
}

static void test_report(void)
{
    const struct ran_how how = {.program = install(), .prepare = user_become};
    struct ran ran;
    page_need_gnuplot();
    ran_expect(&ran, &how, TINY, 0);
    report_expect(&ran);
    ran_free(&ran);
    unit_folder_remove(place);
}

/* In a network of its own, whatever the machine's congestion control is. */
static void test_report_own_network(void)
{
    const struct ran_how how = {.program = install(), .prepare = user_become};
    struct ran ran;
    page_need_gnuplot();
    unit_bound(BOUND, "a run in a network of its own");
    ran_begin_so(&ran, &how, TINY " --congestion reno");
    ran_finish(&ran);
    bool forbidden = strstr(ran.errors, "--congestion reno: ") != NULL;
    unit_check(!forbidden || (ran.status == 1 && ran_left(ran.folder) == 0), "status %d: %s",
               ran.status, ran.errors);
    if (!forbidden)
        report_expect(&ran);
    char why[128];
    (void)snprintf(why, sizeof why, "%s", ran.errors);
    ran_free(&ran);
    unit_folder_remove(place);
    if (forbidden)
        unit_skip("NO USER NAMESPACES here, so no network of one's own: %s", why);
}

/* Without a network of its own it measures in the usual one, and refuses --congestion. */
static void test_report_confined(void)
{
    const struct ran_how how = {.program = install(), .prepare = user_confined};
    struct ran ran;
    page_need_gnuplot();
    unit_bound(BOUND, "a run without user namespaces");
    ran_begin_so(&ran, &how, TINY);
    ran_finish(&ran);
    bool unable = ran.status == 123; /* forbidden already: then test_report is the same */
    if (!unable)
        report_expect(&ran);
    ran_free(&ran);
    ran_begin_so(&ran, &how, TINY " --congestion reno");
    ran_finish(&ran);
    unit_check(ran.status == (unable ? 123 : 1), "status %d: %s", ran.status, ran.errors);
    if (!unable)
        page_holds("standard error", ran.errors, "--congestion reno: a network namespace: ");
    unit_check(ran_left(ran.folder) == 0, "a temporary folder is left");
    ran_free(&ran);
    unit_folder_remove(place);
    if (unable)
        unit_skip("USER NAMESPACES ARE FORBIDDEN here already");
}

/* What can't be had as it was asked for is not entered at all: there is no way back. */
static void test_network_not_entered(void)
{
    char before[64] = "", after[64] = "", why[WHY] = "";
    unit_bound(BOUND, "a network");
    (void)fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        ssize_t n = readlink("/proc/self/ns/net", before, sizeof before - 1);
        bool entered = network_own("none-of-this-name", why);
        ssize_t m = readlink("/proc/self/ns/net", after, sizeof after - 1);
        _exit(n <= 0 || m <= 0 ? 3 : entered ? 2 : strcmp(before, after) != 0 || why[0] == '\0');
    }
    int status = unit_wait(pid);
    unit_check(WIFEXITED(status) && WEXITSTATUS(status) == 0,
               "status %x: 1: it has moved, or does not say why not; 2: it says that it did",
               (unsigned int)status);
}

/* ---- a report that can't be made ---- */

/* A gnuplot that fails, as the first in PATH. */
static void gnuplot_break(const char *folder)
{
    unit_write_text(folder, "gnuplot", "#!/bin/sh\necho it is broken >&2\nexit 1\n");
    unit_check(chmod(folder_path(folder, "gnuplot"), 0755) == 0, "chmod");
}

static void test_no_report(void)
{
    struct ran ran, again;
    char folder[UNIT_PATH], path[2048];
    unit_folder(folder);
    gnuplot_break(folder);
    (void)snprintf(path, sizeof path, "%s:%s", folder, getenv("PATH"));
    const struct ran_how how = {.variable = {"PATH"}, .value = {path}};
    ran_expect(&ran, &how, TINY, 1);
    page_holds("standard error", ran.errors, "it is broken");
    char *page = page_text(ran.out, "report.html"); /* the rest is there */
    page_holds("report.html", page, "is not drawn: gnuplot failed: it is broken");
    free(page);
    ran_expect(&again, &how, ran_words("report %s", ran.out), 1);
    page_holds("standard error", again.errors, "it is broken");
    ran_free(&again);
    ran_free(&ran);
    unit_folder_remove(folder);
}

static void output_full(const struct ran *ran)
{
    (void)ran;
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    if (full < 0 || dup2(full, 1) < 0)
        _exit(125);
}

/* Nor is it a success if the output can't be written. */
static void test_output_full(void)
{
    static const char *const commands[] = {TINY " --no-report", "--help", "run --help",
                                           "load --help"};
    const struct ran_how how = {.prepare = output_full};
    for (size_t i = 0; i < UNIT_COUNT(commands); i++) {
        struct ran ran;
        ran_expect(&ran, &how, commands[i], 1);
        ran_free(&ran);
    }
}

static const struct CMUnitTest tests[] = {
    TEST(test_report),          TEST(test_report_own_network),
    TEST(test_report_confined), TEST(test_network_not_entered),
    TEST(test_no_report),       TEST(test_output_full)};
UNIT_MAIN("an ordinary user", tests)
