/* test_compare.c: a planted slowdown is found, and nothing else */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake.h"
#include "folder.h"
#include "pages.h"
#include "report/report.h"
#include "results/runfile.h"

/* report_compare; its output is in text (free it). */
static int compare(const char *old, const char *new, char **text)
{
    char folder[UNIT_PATH], why[WHY] = "";
    unit_folder(folder);
    (void)fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    unit_check(kept >= 0 && freopen(folder_path(folder, "out"), "we", stdout) != NULL,
               "no place for the output");
    int status = report_compare(old, new, why);
    (void)fflush(stdout);
    int back = dup2(kept, STDOUT_FILENO);
    (void)close(kept);
    *text = page_text(folder, "out");
    unit_folder_remove(folder);
    unit_check(back >= 0 && status >= 0, "report_compare: %s", why);
    return status;
}

/* A folder with samples of epoll that is slower by this factor, on a machine that is. */
static void run_make(char folder[UNIT_PATH], unsigned long long seed, double slow, double machine)
{
    size_t count;
    struct sample *samples = fake_samples(seed, slow, &count);
    for (size_t i = 0; i < count; i++) {
        samples[i].user *= machine;
        samples[i].system *= machine;
    }
    unit_folder(folder);
    fake_write(folder, samples, count);
    free(samples);
}

static char old[UNIT_PATH], new[UNIT_PATH];

static void folders_end(void)
{
    unit_folder_remove(old);
    unit_folder_remove(new);
}

#define COMPARE(function) TEST_BETWEEN(NULL, function, folders_end)

static void test_compare_same(void)
{
    char *text;
    run_make(old, 1, 1, 1);
    run_make(new, 1, 1, 1);
    int status = compare(old, new, &text);
    page_lacks("compare", text, "SLOWER");
    page_lacks("compare", text, "faster\n");
    page_holds("compare", text, "× the baseline");
    page_lacks("compare", text, "WARNING");
    page_holds("compare", text, "0 slower, 0 faster");
    assert_int_equal(status, 0);
    free(text);
}

static void test_compare_slower(void)
{
    char *text;
    run_make(old, 1, 1, 1);
    run_make(new, 99, 1.3, 1);
    assert_int_equal(compare(old, new, &text), 1);
    size_t marked = 0;
    for (char *at = strstr(text, "SLOWER"); at != NULL; at = strstr(at + 1, "SLOWER"))
        marked++;
    unit_check(marked >= 10, "only %zu points of epoll are found slower:\n%s", marked, text);
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
        unit_check(strstr(line, "SLOWER") == NULL || strstr(line, "06_epoll") != NULL,
                   "not planted: %s", line);
    free(text);
    assert_int_equal(compare(new, old, &text), 0); /* the other way round it is faster */
    page_holds("compare", text, "faster");
    free(text);
}

/* More checksums a second are no loss. */
static void test_compare_rates(void)
{
    char *text;
    for (int twice = 0; twice < 2; twice++) {
        struct sample *samples = NULL, sample = fake_rate("computing", "06_epoll", 1, 0);
        size_t count = 0;
        for (sample.round = 0; sample.round < 6; sample.round++) {
            sample.requests = (twice ? 2000 : 1000) + sample.round;
            fake_add(&samples, &count, &sample);
        }
        char *folder = twice ? new : old;
        unit_folder(folder);
        fake_write(folder, samples, count);
        free(samples);
    }
    int status = compare(old, new, &text);
    unit_check(status == 0 && strstr(text, " 1 faster") != NULL, "status %d: %s", status, text);
    free(text);
    assert_int_equal(compare(new, old, &text), 1);
    free(text);
}

/* A machine that became twice as slow, baseline and all, is not a server that did. */
static void test_compare_speed(void)
{
    char *text;
    run_make(old, 1, 1, 1);
    run_make(new, 1, 1, 1.9);
    assert_int_equal(compare(old, new, &text), 0);
    page_holds("compare", text, "another speed");
    free(text);
}

/* A run on another boot of the same machine: its ratios need not hold there. */
static void test_compare_boots(void)
{
    char why[WHY], *text;
    struct runfile *run = calloc(1, sizeof *run);
    unit_check(run != NULL, "no memory");
    run_make(old, 1, 1, 1);
    run_make(new, 1, 1, 1);
    unit_check(runfile_read(run, new, why), "%s", why);
    (void)snprintf(run->machine.boot, sizeof run->machine.boot, "another-boot");
    (void)snprintf(run->machine.hypervisor, sizeof run->machine.hypervisor, "another");
    (void)snprintf(run->machine.clocksource, sizeof run->machine.clocksource, "another");
    unit_check(runfile_write(run, new, why), "%s", why);
    assert_int_equal(compare(old, new, &text), 0);
    page_holds("compare", text, "WARNING: another boot of the machine");
    page_holds("compare", text, "WARNING: another hypervisor");
    page_holds("compare", text, "WARNING: another clock");
    page_lacks("compare", text, "another processor");
    free(text);
    free(run);
}

static const struct CMUnitTest tests[] = {COMPARE(test_compare_same), COMPARE(test_compare_slower),
                                          COMPARE(test_compare_speed), COMPARE(test_compare_rates),
                                          COMPARE(test_compare_boots)};
UNIT_MAIN("compare", tests)
