/* core/blocking/children.c: see children.h */
#include "blocking/children.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "blocking/acceptor.h"
#include "chat/room_ring.h"
#include "process/stop.h"
#include "shared/sync.h"

enum { TRY_AGAIN = 100 }; /* milliseconds until the lock is asked for again */

struct child {
    pid_t pid;
    unsigned int part; /* of the budget */
};

struct children_budget {
    atomic_uint parts;   /* how many of part[] have ever been used */
    atomic_size_t bound; /* of what they have used */
    struct budget_part part[];
};

/* The next child gets a part that is free. It can't look for one itself: its parent may be changing
 * child[] at that moment. */
static void part_choose(struct children *children)
{
    unsigned int next = children->setup->clients;
    if (next == children->setup->options.max_clients)
        return; /* nobody is accepted */
    children->part = children->child[next].part;
    if (children->part >= children->budget->parts)
        children->budget->parts = children->part + 1;
}

bool children_begin(struct children *children, struct setup *setup)
{
    unsigned int max_clients = setup->options.max_clients;
    size_t size = sizeof(struct children_budget) + (max_clients + 1) * sizeof(struct budget_part);
    struct children_budget *budget = sync_alloc(size + max_clients * sizeof *children->child);
    children->parent = getpid();
    children->setup = setup;
    children->budget = budget;
    children->dead = calloc(CHILDREN_DEAD, sizeof *children->dead);
    if (children->dead == NULL || budget == NULL)
        return false;
    /* the parent's alone, but in shared memory: to write there after a fork copies no page */
    children->child = (struct child *)&budget->part[max_clients + 1];
    for (unsigned int i = 0; i < max_clients; i++)
        children->child[i].part = i + 1;
    budget->parts = 1; /* the parent's own */
    setup->budget.parts = setup->budget.own = budget->part;
    setup->budget.count = &budget->parts;
    setup->budget.bound = &budget->bound;
    part_choose(children);
    return acceptor_begin(setup, true);
}

void children_enter(struct children *children, void (*handler)(int signal))
{
    children->setup->budget.own = &children->budget->part[children->part];
    signal(SIGTERM, handler);
    signal(CHILDREN_CUT, handler);
    /* what came before the handler was set */
    children->setup->stopping |= stop_requests() > 0 || getppid() != children->parent;
}

void children_add(struct children *children, pid_t pid)
{
    children->child[children->setup->clients - 1].pid = pid;
    part_choose(children);
}

bool children_can_remove(const struct children *children)
{
    return children->dead_count < CHILDREN_DEAD;
}

/* Its part of the budget is free again, whatever the child held when it died. */
static void child_remove(struct children *children, unsigned int i)
{
    struct child removed = children->child[i];
    unsigned int last = --children->setup->clients;
    children->child[i] = children->child[last];
    children->child[last] = removed; /* free parts come after those in use */
    budget_part_set(&children->setup->budget, &children->budget->part[removed.part], 0);
    children->budget->part[removed.part].listing = 0;
    part_choose(children);
}

void children_remove(struct children *children, pid_t pid, int status)
{
    unsigned int i = 0;
    while (i < children->setup->clients && children->child[i].pid != pid)
        i++;
    bool is_child = i < children->setup->clients; /* else a forwarder whose session has died */
    if (is_child)
        child_remove(children, i);
    if (is_child && status == 0)
        return;
    children->killed = true;
    children->dead[children->dead_count++] = pid;
}

int64_t children_clean(struct children *children)
{
    if (children->killed) {
        (void)store_clean(&children->setup->store); /* at worst, the next start does it */
        catalog_reclaim(children->setup->shared.catalog);
    }
    children->killed = false;
    while (children->dead_count > 0 &&
           room_reap(children->setup->shared.room, children->dead[children->dead_count - 1]))
        children->dead_count--;
    return children->dead_count > 0 ? TRY_AGAIN : -1;
}

static void signal_all(const struct children *children, int signal)
{
    for (unsigned int i = 0; i < children->setup->clients; i++)
        kill(children->child[i].pid, signal);
}

/* Waits until all have ended, ms milliseconds at most; a second signal ends the wait. */
static void wait_for_all(const struct children *children, int64_t (*reap)(void), int64_t ms)
{
    int64_t until = clock_now() + ms;
    (void)reap(); /* the last wait may have seen their signal */
    while (children->setup->clients > 0 && stop_requests() < 2 && ms > 0) {
        (void)acceptor_wait(children->setup, ms);
        (void)reap();
        ms = until - clock_now();
    }
}

int children_stop(struct children *children, int64_t (*reap)(void))
{
    acceptor_stop(children->setup);
    (void)room_close(children->setup->shared.room); /* if it can't, its members are told */
    signal_all(children, SIGTERM);
    wait_for_all(children, reap, STOP_GRACE);
    signal_all(children, CHILDREN_CUT);
    wait_for_all(children, reap, STOP_CUT);
    signal_all(children, SIGKILL); /* a process that was stopped ends by this only */
    if (stop_requests() > 1)
        return 1;
    wait_for_all(children, reap, STOP_CUT);
    acceptor_end(children->setup);
    return 0;
}
