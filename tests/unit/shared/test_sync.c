/* test_sync.c: the promises of sync.h among threads, each by a schedule that the test decides
 *
 * A waiter counts itself while it holds the lock. Whoever takes the lock afterwards and reads the
 * count knows that these waiters sleep, and not that they are about to.
 */
#include "unit.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include "base/clock.h"
#include "shared/sync.h"

enum {
    WAITERS = 8,
    ROUNDS = 20,
    OBSERVED = 100, /* ms in which waiters have nothing to do */
    LATE = 5000,    /* ms after which what should have happened does not happen */
    RETURNS = 20,   /* of a wait that may return for no reason, but not all the time */
    BOUND = 60,     /* seconds of a test */
};

struct waiter {
    pthread_t thread;
    struct scene *scene;
    int64_t ms; /* of its wait; below 0: no bound */
};

/* What the lock guards. */
struct scene {
    struct sync_lock lock;
    struct sync_condition changed;
    bool go;
    int waiting, gone;
    unsigned int returns; /* of sync_wait, before there was a change */
    struct waiter waiters[WAITERS];
};

static struct scene *scene_new(void)
{
    struct scene *scene = sync_alloc(sizeof *scene);
    unit_check(scene != NULL, "out of memory");
    unit_bound(BOUND, "nothing happens any more");
    sync_lock_init(&scene->lock);
    sync_condition_init(&scene->changed);
    return scene;
}

static void scene_free(struct scene *scene)
{
    sync_lock_destroy(&scene->lock);
    sync_free(scene, sizeof *scene);
}

static void acquire(struct scene *scene)
{
    unit_check(sync_acquire(&scene->lock) == SYNC_OK, "sync_acquire has not returned SYNC_OK");
}

static void *waiter_main(void *arg)
{
    struct waiter *waiter = arg;
    struct scene *scene = waiter->scene;
    (void)sync_acquire(&scene->lock);
    scene->waiting++;
    while (!scene->go) {
        (void)sync_wait(&scene->changed, &scene->lock, waiter->ms);
        scene->returns += !scene->go;
    }
    scene->gone++;
    sync_release(&scene->lock);
    return NULL;
}

/* Waits until so many are counted. Returns how many are, at last. */
static int wait_until(struct scene *scene, const int *count, int wanted)
{
    int64_t end = clock_now() + LATE;
    int counted;
    do {
        acquire(scene);
        counted = *count;
        sync_release(&scene->lock);
        (void)sched_yield();
    } while (counted < wanted && clock_now() < end);
    return counted;
}

static void change(struct scene *scene)
{
    acquire(scene);
    scene->go = true;
    sync_wake(&scene->changed);
    sync_release(&scene->lock);
}

/* Nothing but sync_acquire locks the mutex, and nothing but sync_release gives it back. */
static void test_lock_excludes(void)
{
    struct scene *scene = scene_new();
    for (int round = 0; round < 2; round++) {
        acquire(scene);
        unit_check(pthread_mutex_trylock(&scene->lock.mutex) == EBUSY,
                   "after sync_acquire another thread can take the lock");
        sync_release(&scene->lock);
        unit_check(pthread_mutex_trylock(&scene->lock.mutex) == 0,
                   "after sync_release nobody can take the lock");
        pthread_mutex_unlock(&scene->lock.mutex);
    }
    scene_free(scene);
}

static void waiters_start(struct scene *scene, int count)
{
    for (int i = 0; i < count; i++) {
        struct waiter *waiter = &scene->waiters[i];
        *waiter = (struct waiter){.scene = scene, .ms = i % 2 == 0 ? -1 : INT64_C(1000) * BOUND};
        unit_check(pthread_create(&waiter->thread, NULL, waiter_main, waiter) == 0, "no thread");
    }
}

static void waiters_join(struct scene *scene, int count)
{
    for (int i = 0; i < count; i++)
        unit_check(pthread_join(scene->waiters[i].thread, NULL) == 0, "pthread_join");
}

/* Half of them wait with a bound that is far away, half without one. */
static void test_wake_wakes_all(void)
{
    struct scene *scene = scene_new();
    waiters_start(scene, WAITERS);
    int waiting = wait_until(scene, &scene->waiting, WAITERS);
    unit_check(waiting == WAITERS, "%d of %d threads come to wait: a wait keeps the lock", waiting,
               WAITERS);
    clock_pause(OBSERVED);
    acquire(scene);
    unsigned int returns = scene->returns;
    sync_release(&scene->lock);
    unit_check(returns <= RETURNS, "a wait does not sleep: %u returns in %d ms", returns, OBSERVED);
    change(scene);
    int woken = wait_until(scene, &scene->gone, WAITERS);
    unit_check(woken == WAITERS, "one sync_wake has woken %d of %d", woken, WAITERS);
    waiters_join(scene, WAITERS);
    scene_free(scene);
}

/* The change is made as soon as the waiter gives up the lock. If it does not sleep by then, it must
 * not sleep at all. */
static void test_no_wake_is_lost(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct scene *scene = scene_new();
        waiters_start(scene, 1 + round % 2);
        (void)wait_until(scene, &scene->waiting, 1 + round % 2);
        change(scene);
        int woken = wait_until(scene, &scene->gone, 1 + round % 2);
        unit_check(woken == 1 + round % 2, "round %d: a change between check and sleep is missed",
                   round);
        waiters_join(scene, 1 + round % 2);
        scene_free(scene);
    }
}

/* Nobody wakes it. The lock is held again when it returns. */
static void test_bound_ends_a_wait(void)
{
    static const int64_t bounds[] = {0, 30, 150};
    struct scene *scene = scene_new();
    acquire(scene);
    for (size_t i = 0; i < UNIT_COUNT(bounds); i++) {
        int64_t begin = clock_now(), left = bounds[i];
        int returns = 0;
        for (; returns == 0 || left > 0; returns++) {
            (void)sync_wait(&scene->changed, &scene->lock, left);
            unit_check(pthread_mutex_trylock(&scene->lock.mutex) == EBUSY,
                       "sync_wait returns without the lock");
            left = begin + bounds[i] - clock_now();
            unit_check(returns < RETURNS, "a wait of %d ms has returned %d times, %d ms too early",
                       (int)bounds[i], returns, (int)left);
        }
        unit_check(left > -LATE, "a wait of %d ms has ended %d ms late", (int)bounds[i],
                   (int)-left);
    }
    sync_release(&scene->lock);
    scene_free(scene);
}

static const struct CMUnitTest tests[] = {
    TEST(test_lock_excludes),
    TEST(test_wake_wakes_all),
    TEST(test_no_wake_is_lost),
    TEST(test_bound_ends_a_wait),
};
UNIT_MAIN("sync", tests)
