/* test_answer.c: the first screen of a report: never more than its samples prove */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"
#include "known.h"
#include "pages.h"

static void test_answer(void)
{
    struct known all = known_make(KNOWN_ROUNDS, false);
    char *page = known_page(&all);
    page_holds("page", page,
               "<p class=\"answer\">With ten active clients among 900 silent ones, a request takes "
               "select and poll four times as much processor time as without the silent ones; no "
               "more with fork, thread and epoll.</p>");
    page_holds("page", page, " %</small>"); /* so busy was the server */
    free(page);
}

/* One whose samples contradict each other is not in the claim. */
static void test_answer_claims_less(void)
{
    struct known all = known_make(KNOWN_ROUNDS, true);
    char *page = known_page(&all);
    page_holds("page", page,
               "<p class=\"answer\">With ten active clients among 900 silent ones, a request takes "
               "select four times as much processor time as without the silent ones; no more with "
               "fork, thread and epoll. The samples prove nothing for poll.</p>");
    free(page);
}

/* A machine that is slower for all while there are silent clients, in every other round, proves
 * nothing by itself; with the baseline in the same rounds the answer is the same. If it is slower
 * in every round, the samples prove that the baseline takes more: nothing is divided by it. */
static void test_answer_of_a_machine_that_changes(void)
{
    static const char *const takes[] = {"a request takes select and poll four times as much",
                                        "select and poll eight times, epoll 2.1 times as much"};
    for (int always = 0; always < 2; always++) {
        struct known all = known_make(KNOWN_ROUNDS, false);
        size_t count = all.count;
        for (size_t i = 0; i < count; i++) {
            struct sample bare = all.samples[i];
            double slower = bare.x > 0 && (always || bare.round % 2 == 0) ? 2 : 1;
            all.samples[i].user *= slower;
            (void)snprintf(bare.server, sizeof bare.server, "baseline");
            bare.user = slower * 4.4e-1 * known_tilt(bare.round, 6, bare.x > 0);
            if (strcmp(all.samples[i].server, "epoll") == 0)
                fake_add(&all.samples, &all.count, &bare);
        }
        char *page = known_page(&all);
        page_holds("page", page, takes[always]);
        free(page);
    }
}

/* A model that was not measured, as with --servers, is not said to be unclear. */
static void test_answer_without_a_model(void)
{
    struct known all = known_make(KNOWN_ROUNDS, true);
    size_t left = 0;
    for (size_t i = 0; i < all.count; i++)
        if (strcmp(all.samples[i].server, "thread") != 0 &&
            strcmp(all.samples[i].server, "loop") != 0)
            all.samples[left++] = all.samples[i];
    all.count = left;
    char *page = known_page(&all);
    page_holds("page", page, "with fork and epoll. The samples prove nothing for poll.</p>");
    free(page);
}

/* Three rounds give no interval; and without the experiment there is no answer either. */
static void test_answer_claims_nothing(void)
{
    static const char none[] =
        "<p class=\"answer\">This run does not show what silent clients cost";
    struct known few = known_make(3, false), other = {NULL, 0};
    char *page = known_page(&few);
    page_holds("page", page, none);
    page_lacks("page", page, "four times");
    page_holds("page", page, "too few or too far apart to compare");
    free(page);
    known_add(&other, "ping", KNOWN_EPOLL, 10, 0, 4.4);
    page = known_page(&other);
    page_holds("page", page, none);
    free(page);
    other = known_make(KNOWN_ROUNDS, false); /* nor is 100 none */
    for (size_t i = 0; i < other.count; i++)
        other.samples[i].x += other.samples[i].x > 0 ? 0 : 100;
    page = known_page(&other);
    page_holds("page", page, none);
    free(page);
}

/* A row for each of the six; words if a ratio to epoll is proved, else the figure alone. */
static void test_six_rows(void)
{
    static const char *const cells[] = {
        "<b>four times</b><small>18.4 µs</small>", /* select */
        "<b>the same</b>",                         /* none: see below */
        "<span>one client at a time</span>",
        "data-label=\"a request among 900 silent clients\"",
        "data-label=\"99th percentile beside a silent neighbour\"><span>one client at a time",
        "data-label=\"99th percentile beside a silent neighbour\"><b>the same",
        "data-label=\"99th percentile beside a computing neighbour\"><b>nine times"};
    struct known all = known_make(KNOWN_ROUNDS, false);
    for (unsigned int round = 0; round < KNOWN_ROUNDS; round++)
        for (int model = 0; model <= KNOWN_EPOLL; model++) {
            double fork_waits = model == 1 ? 2700 : 300;
            known_add(&all, "bad-neighbour", model, 0, round, 300);
            known_add(&all, "bad-neighbour", model, 1, round, model == 0 ? (double)NAN : 310);
            known_add(&all, "bad-neighbour", model, 3, round,
                      model == 0 ? (double)NAN : fork_waits);
            known_add(&all, "come-and-go", model, 100, round, model == 1 ? 200 : 30);
        }
    char *page = known_page(&all);
    size_t rows = 0;
    for (size_t i = 0; i < UNIT_COUNT(cells); i++)
        page_holds("page", page, cells[i]);
    page_lacks("page", page, "not measured"); /* no column of what this run does not have */
    page_lacks("page", page, "for one of ");
    page_lacks("page", page, "From none"); /* what is only named is not compared with the first */
    for (const char *at = strstr(page, "class=\"six\""); at != NULL; rows++)
        at = strstr(at + 1, "<tr><th>");
    unit_check(rows >= 7, "%zu rows", rows); /* with the tables behind it */
    page_balanced("page", page);
    free(page);
}

static const struct CMUnitTest tests[] = {TEST(test_answer),
                                          TEST(test_answer_claims_less),
                                          TEST(test_answer_claims_nothing),
                                          TEST(test_answer_without_a_model),
                                          TEST(test_answer_of_a_machine_that_changes),
                                          TEST(test_six_rows)};
UNIT_MAIN("answer", tests)
