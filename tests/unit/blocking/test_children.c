/* test_children.c: how the parent of 02_fork ends its children, by a clock that goes on between any
 * two looks at it; what it calls of the acceptor is here
 */
#include "unit.h"

#include <signal.h>
#include <stdlib.h>

#include "blocking/acceptor.h"
#include "blocking/children.h"
#include "chat/room_ring.h"
#include "shared/sync.h"

enum { STEP = 3, CHILD = 1000 };

static int64_t now;
static int sent[8]; /* signals, in their order */
static size_t sent_count;

int64_t __wrap_clock_now(void);
int64_t __wrap_clock_now(void)
{
    return now += STEP;
}

int kill(pid_t pid, int signal)
{
    unit_check(pid == CHILD && sent_count < UNIT_COUNT(sent), "signal %d to %d", signal, pid);
    sent[sent_count++] = signal;
    return 0;
}

bool acceptor_begin(struct setup *setup, bool only_count)
{
    (void)setup;
    return only_count;
}

/* A child that ends just before its time ends the wait. */
bool acceptor_wait(struct setup *setup, int64_t ms)
{
    (void)setup;
    unit_check(ms > 0, "waits for %lld ms: for ever", (long long)ms);
    now += ms > STEP + 2 ? ms - STEP - 2 : ms;
    return false;
}

void acceptor_stop(struct setup *setup)
{
    (void)setup;
}

void acceptor_end(struct setup *setup)
{
    (void)setup;
}

void *sync_alloc(size_t size)
{
    return calloc(1, size);
}

bool room_close(struct room *room)
{
    (void)room;
    return true;
}

bool room_reap(struct room *room, pid_t dead)
{
    (void)room, (void)dead;
    return true;
}

void catalog_reclaim(struct catalog *catalog)
{
    (void)catalog;
}

static int64_t reap(void)
{
    return -1;
}

/* A child that nothing ends: it is asked, cut, killed, and never waited for without a bound. */
static void test_stop(void)
{
    static const int want[] = {SIGTERM, CHILDREN_CUT, SIGKILL};
    struct children children = {0};
    struct setup setup = {.options.max_clients = 5};
    unit_check(children_begin(&children, &setup), "children_begin");
    setup.clients = 1;
    children_add(&children, CHILD);
    int64_t since = now;
    unit_check(children_stop(&children, reap) == 0, "no second signal has come");
    unit_check(sent_count == UNIT_COUNT(want), "%zu signals", sent_count);
    for (size_t i = 0; i < sent_count; i++)
        unit_check(sent[i] == want[i], "signal %zu is %d, not %d", i, sent[i], want[i]);
    unit_check(now - since < STOP_GRACE + 2 * STOP_CUT + 100, "it took %lld ms",
               (long long)(now - since));
    free(children.dead);
    free(children.budget);
}

static const struct CMUnitTest tests[] = {
    TEST(test_stop),
};
UNIT_MAIN("children", tests)
