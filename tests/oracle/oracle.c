/* tests/oracle/oracle.c: the same sessions for all servers: are the answers the same? (README.md)
 *
 *     SESSIONS=100000 SEED=7 FIRST=0 oracle SERVER...
 *     ONLY=7:4711 oracle SERVER...         one session
 *     ONLY=7:4711:1f0 oracle SERVER...     one session without some of its steps
 *     SHRINK=5                             seconds to look for a shorter one that differs too
 *
 * Exit status: 0 all the same, 1 a difference, 2 it could not be found out.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "bound.h"
#include "shrink.h"
#include "tally.h"

enum { SERVERS_MAX = 8, AHEAD = 64 }; /* orders that a worker may have before it has answered */

static const char worker_gone[] = "a worker has ended";
static struct oracle_worker workers[SERVERS_MAX];
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

static const struct oracle_worker *reference(unsigned int but)
{
    for (unsigned int i = 0; i < count; i++)
        if (i != but && workers[i].played)
            return &workers[i];
    return &workers[but];
}

/* Each in its place: what the others have received, and what this one has. */
static void difference_print(unsigned int odd)
{
    const struct oracle_worker *usual = reference(odd);
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

static void repeat_print(const struct order *order)
{
    printf("to repeat it: make oracle ONLY=%" PRIu64 ":%" PRIu64, order->seed, order->number);
    if (order->dropped != 0)
        printf(":%" PRIx64, order->dropped);
    printf("\n");
}

static int differs_alone(struct order *order, const struct oracle_session *session)
{
    order->dropped =
        shrink(workers, count, session, order->dropped, 1000 * (long)number_of("SHRINK", 60));
    order->hurry = false;
    if (!all_play(workers, count, order))
        return trouble(worker_gone);
    if (all_compare(workers, count) == count) {
        printf("a part of it differed, but not when it was played again\n");
        return 1;
    }
    printf("\nwhat of it is needed:\n");
    session_print(stdout, session, order->dropped);
    difference_print(all_compare(workers, count));
    repeat_print(order);
    return 1;
}

/* The records are those of a session that differs. Shows it whole, then as small as it can be. */
static int differs(struct order order)
{
    struct oracle_session session;
    int status = 1;
    session_make(&session, order.seed, order.number);
    printf("\nseed %" PRIu64 ", session %" PRIu64 ": the servers do not answer alike\n", order.seed,
           order.number);
    session_print(stdout, &session, order.dropped);
    difference_print(all_compare(workers, count));
    repeat_print(&order);
    (void)fflush(stdout);
    order.fresh = true;
    if (!all_play(workers, count, &order))
        status = trouble(worker_gone);
    else if (all_compare(workers, count) == count)
        printf("played alone, with servers just started, it does not differ (now)\n");
    else
        status = differs_alone(&order, &session);
    session_free(&session);
    return status;
}

/* ---- many ---- */

static void count_all(struct tally *tally)
{
    tally->sessions++;
    for (unsigned int i = 0; i < count; i++)
        tally->plays += workers[i].played;
    tally_add(tally, &reference(0)->record);
}

/* Workers that have orders ahead are of no use any more: there are new ones from here on. */
static int differs_early(uint64_t seed, uint64_t number)
{
    for (unsigned int i = 0; i < count; i++)
        if (!worker_renew(&workers[i]))
            return trouble(worker_gone);
    return differs((struct order){.seed = seed, .number = number});
}

static int run_many(uint64_t seed, uint64_t first, uint64_t sessions, struct tally *tally)
{
    uint64_t ordered = 0;
    for (uint64_t done = 0; done < sessions; done++) {
        for (; ordered < sessions && ordered < done + AHEAD; ordered++) {
            const struct order order = {.seed = seed, .number = first + ordered};
            if (!all_order(workers, count, &order))
                return trouble(worker_gone);
        }
        if (!all_answer(workers, count))
            return trouble(worker_gone);
        count_all(tally);
        if (all_compare(workers, count) < count)
            return differs_early(seed, first + done);
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
        return trouble(worker_gone);
    if (all_compare(workers, count) < count)
        return differs(order);
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
