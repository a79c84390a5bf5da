/* tests/oracle/oracle.c: the same sessions for all servers: are the answers the same? (README.md)
 *
 *     SESSIONS=100000 SEED=7 FIRST=0 oracle SERVER...
 *     ONLY=7:4711 oracle SERVER...         one session
 *     ONLY=7:4711:1f0 oracle SERVER...     one session without some of its steps
 *
 * Exit status: 0 all the same, 1 a difference, 2 it could not be found out.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bound.h"
#include "shrink.h"
#include "tally.h"

enum { SERVERS_MAX = 8, AHEAD = 64 }; /* orders that a worker may have before it has answered */

static struct worker workers[SERVERS_MAX];
static unsigned int count;

static uint64_t number_of(const char *variable, uint64_t otherwise)
{
    const char *text = getenv(variable);
    return text != NULL && *text != '\0' ? strtoull(text, NULL, 10) : otherwise;
}

static int trouble(const char *what)
{
    (void)fprintf(stderr, "oracle: %s\n", what);
    return 2;
}

static const struct worker *reference(unsigned int but)
{
    for (unsigned int i = 0; i < count; i++)
        if (i != but && workers[i].played)
            return &workers[i];
    return &workers[but];
}

/* Each in its place: what the others have received, and what this one has. */
static void difference_print(unsigned int odd)
{
    const struct worker *usual = reference(odd);
    size_t at = tape_difference(&workers[odd].record, &usual->record);
    printf("the first difference is in item %zu:\n", at);
    for (unsigned int i = 0; i < count; i++) {
        printf("  %-7s ", workers[i].model);
        if (workers[i].played)
            tape_print(stdout, &workers[i].record, at);
        else
            printf("takes one client at a time\n");
    }
}

static void repeat_print(uint64_t seed, uint64_t number, uint64_t dropped)
{
    printf("to repeat it: make oracle ONLY=%" PRIu64 ":%" PRIu64, seed, number);
    if (dropped != 0)
        printf(":%" PRIx64, dropped);
    printf("\n");
}

/* The records are those of a session that differs. Shows it whole, then as small as it can be. */
static int differs(uint64_t seed, uint64_t number, uint64_t dropped)
{
    struct session session;
    session_make(&session, seed, number);
    printf("\nseed %" PRIu64 ", session %" PRIu64 ": the servers do not answer alike\n", seed,
           number);
    session_print(stdout, &session, dropped);
    difference_print(all_compare(workers, count));
    repeat_print(seed, number, dropped);
    (void)fflush(stdout);
    struct order again = {seed, number, dropped, true, false};
    if (!all_play(workers, count, &again))
        return trouble("a worker has ended");
    if (all_compare(workers, count) == count) {
        printf("played alone, with servers just started, it does not differ (now)\n");
    } else {
        uint64_t least = shrink(workers, count, &session, dropped);
        again.dropped = least;
        if (!all_play(workers, count, &again))
            return trouble("a worker has ended");
        printf("\nwhat of it is needed:\n");
        session_print(stdout, &session, least);
        difference_print(all_compare(workers, count));
        repeat_print(seed, number, least);
    }
    session_free(&session);
    return 1;
}

/* ---- many ---- */

static bool order_all(uint64_t seed, uint64_t number)
{
    const struct order order = {.seed = seed, .number = number};
    for (unsigned int i = 0; i < count; i++)
        if (!worker_order(&workers[i], &order))
            return false;
    return true;
}

static bool answer_all(void)
{
    for (unsigned int i = 0; i < count; i++)
        if (!worker_answer(&workers[i]))
            return false;
    return true;
}

static void count_all(struct tally *tally)
{
    tally->sessions++;
    for (unsigned int i = 0; i < count; i++)
        tally->plays += workers[i].played;
    tally_add(tally, &reference(0)->record);
}

/* The answers to orders that were given too early are thrown away; then the records of the one
 * that matters are fetched again from what was kept. */
static int differs_early(uint64_t seed, uint64_t number, uint64_t ahead)
{
    struct tape kept[SERVERS_MAX];
    bool played[SERVERS_MAX];
    for (unsigned int i = 0; i < count; i++) {
        kept[i] = workers[i].record;
        played[i] = workers[i].played;
        workers[i].record = (struct tape){0};
        for (uint64_t k = 0; k < ahead; k++)
            if (!worker_answer(&workers[i]))
                return trouble("a worker has ended");
        tape_free(&workers[i].record);
        workers[i].record = kept[i];
        workers[i].played = played[i];
    }
    return differs(seed, number, 0);
}

static int run_many(uint64_t seed, uint64_t first, uint64_t sessions, struct tally *tally)
{
    uint64_t ordered = 0;
    for (uint64_t done = 0; done < sessions; done++) {
        for (; ordered < sessions && ordered < done + AHEAD; ordered++)
            if (!order_all(seed, first + ordered))
                return trouble("a worker has ended");
        if (!answer_all())
            return trouble("a worker has ended");
        count_all(tally);
        if (all_compare(workers, count) < count)
            return differs_early(seed, first + done, ordered - done - 1);
    }
    return 0;
}

static int run_one(const char *only)
{
    struct order order = {.fresh = true};
    char *rest;
    order.seed = strtoull(only, &rest, 10);
    if (*rest++ != ':')
        return trouble("ONLY is <seed>:<session>");
    order.number = strtoull(rest, &rest, 10);
    if (*rest == ':')
        order.dropped = strtoull(rest + 1, NULL, 16);
    if (!all_play(workers, count, &order))
        return trouble("a worker has ended");
    if (all_compare(workers, count) < count)
        return differs(order.seed, order.number, order.dropped);
    printf("oracle: session %s: no difference\n", only);
    return 0;
}

static bool workers_start(char **programs)
{
    for (; *programs != NULL && count < SERVERS_MAX; count++)
        if (!worker_start(&workers[count], *programs++))
            return false;
    return *programs == NULL;
}

static int workers_end(int status)
{
    for (unsigned int i = 0; i < count; i++)
        if (!worker_end(&workers[i]) && status == 0)
            status = trouble("a worker did not end as it should");
    return status;
}

int main(int argc, char **argv)
{
    const char *only = getenv("ONLY");
    struct tally tally = {.seed = number_of("SEED", 1), .since = bound_now()};
    int status;
    if (argc < 3)
        return trouble("usage: oracle SERVER SERVER... (see the source)");
    if (access("/dev/shm", W_OK) == 0)
        (void)setenv("TMPDIR", "/dev/shm", 0);
    signal(SIGPIPE, SIG_IGN);
    if (!workers_start(argv + 1))
        return trouble("the workers can't be started");
    if (only != NULL && *only != '\0') {
        status = run_one(only);
    } else {
        status = run_many(tally.seed, number_of("FIRST", 0), number_of("SESSIONS", 300), &tally);
        tally_print(&tally, count);
    }
    return workers_end(status);
}
