/* test_ratio.c: lab-bench ratio, with every kind of work, as bench/README.md has them but
 * shorter */
#include <stdio.h>
#include <string.h>

#include "ran.h"

enum { BOUND = 240 };

#define PORT_AND_DIR RAN_SPACE "-p" RAN_SPACE "{port}" RAN_SPACE "-d" RAN_SPACE "{dir}"

/* Runs it with these servers, short; each must have its line with a ratio. */
static void compare(const char *arguments, const char *const *names)
{
    char words[RAN_COMMAND], text[RAN_COMMAND];
    struct ran ran;
    size_t n =
        (size_t)snprintf(words, sizeof words, "ratio %s -r 1 -t 0.05 --steal 100", arguments);
    for (size_t i = 0; names[i] != NULL; i++)
        n += (size_t)snprintf(words + n, sizeof words - n, " %s", names[i]);
    unit_bound(BOUND, arguments);
    ran_begin(&ran, words);
    ran_finish(&ran);
    bool forbidden = strstr(ran.errors, "a network namespace: ") != NULL ||
                     strstr(ran.errors, "congestion control ") != NULL;
    if (strstr(arguments, "--congestion") != NULL && forbidden) {
        print_message("SKIPPED %s: NO NETWORK OF ONE'S OWN here: %s", arguments, ran.errors);
        ran_free(&ran);
        return;
    }
    unit_check(ran.status == 0, "%s: status %d: %s", arguments, ran.status, ran.errors);
    for (size_t i = 0; names[i] != NULL; i++) {
        (void)snprintf(text, sizeof text, "\n%-14.*s ", (int)strcspn(names[i], "="), names[i]);
        unit_check(strstr(ran.output, text) != NULL, "%s: no line of %s: %s", arguments, names[i],
                   ran.output);
    }
    ran_free(&ran);
}

static void test_kinds(void)
{
    static const char *const multiplexers[] = {"baseline", "select", "poll", "epoll", NULL};
    static const char *const minimal[] = {"minimal-select", "select", "minimal-fork", NULL};
    static const char *const two[] = {"baseline", "epoll", NULL};
    static const char *const visited[] = {"baseline", "loop", "fork", NULL};
    static const char *const batches[] = {"batching", "epoll", NULL};
    char twin[RAN_COMMAND];
    const char *const twins[] = {"baseline", twin, NULL};
    (void)snprintf(twin, sizeof twin, "twin=%s" PORT_AND_DIR, ran_program("BASELINE"));
    compare("ping -c 20", multiplexers);
    compare("ping -c 5", minimal);
    compare("ping", twins);
    compare("crowd -c 10 -i 40", multiplexers);
    compare("crowd -c 5 -i 20 --active-first", two);
    compare("crowd -c 5 -i 20 --active-last", two);
    compare("come-and-go -c 5", visited);
    compare("download -s 256K", two);
    compare("download -s 1M", two);
    compare("download -s 1M --congestion reno", two);
    compare("upload -s 1M", two);
    compare("chat -c 20 --burst 50", batches);
}

/* A server that computes 100 µs more for each request is found; how much more a microsecond is, the
 * self-check shows on a quiet machine. On a busy one all requests cost more: it is tried again. */
static void test_slower_found(void)
{
    enum { TRIES = 8 };
    double cost = 0, ratio = 0, low = 0;
    for (int i = 0; i < TRIES && low <= 2; i++) {
        struct ran ran;
        ran_expect(&ran, NULL,
                   ran_words("ratio ping -c 10 -r 6 -t 0.1 --steal 100 baseline baseline "
                             "slow=%s" RAN_SPACE "--work" RAN_SPACE "100000" PORT_AND_DIR,
                             ran_program("BASELINE")),
                   0);
        const char *line = strstr(ran.output, "\nslow ");
        unit_check(line != NULL && sscanf(line, "\nslow %lf %lf [%lf", &cost, &ratio, &low) == 3,
                   "%s%s", ran.output, ran.errors);
        ran_free(&ran);
    }
    unit_check(cost > 100 && low > 2, "100 µs more make %.1f µs, %.2f [%.2f", cost, ratio, low);
}

/* What children of the minimal fork have used counts, since it reaps them: without, a visit would
 * cost it a third or less. */
static void test_children_count(void)
{
    struct ran ran;
    double cost = 0, ratio = 0;
    ran_expect(&ran, NULL, "ratio come-and-go -c 5 -r 6 -t 0.2 --steal 100 fork minimal-fork", 0);
    const char *line = strstr(ran.output, "\nminimal-fork ");
    unit_check(line != NULL && sscanf(line, "\nminimal-fork %lf %lf", &cost, &ratio) == 2, "%s%s",
               ran.output, ran.errors);
    unit_check(ratio > 0.45, "a visit to the minimal fork costs %.2f of one to ours", ratio);
    ran_free(&ran);
}

/* A room so large that joins are still on their way when all have entered: none is an error. */
static void test_large_room(void)
{
    static const char *const names[] = {"baseline", "fork", "thread", "epoll", NULL};
    for (int i = 0; i < 3; i++)
        compare("chat -c 100", names);
}

static const struct CMUnitTest tests[] = {
    TEST(test_kinds),
    TEST(test_slower_found),
    TEST(test_large_room),
    TEST(test_children_count),
};
UNIT_MAIN("ratio", tests)
