/* test_budget.c: memory that is bounded in sum, and bodies that several hold */
#include "unit.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shared/body.h"
#include "shared/budget.h"
#include "shared/sync.h"

static struct budget budget;
static struct budget_part part;

/* ---- the budget ---- */

static void used(const struct budget_part *by, const char *when, size_t want)
{
    unit_check(by->used == want, "%s: %zu bytes are used, expected %zu", when, (size_t)by->used,
               want);
}

static void test_take_and_give(void)
{
    budget_init(&budget, &part, 100);
    unit_check(budget_take(&budget, 60) && budget_take(&budget, 40), "100 of 100 are refused");
    unit_check(!budget_take(&budget, 1) && budget_take(&budget, 0), "101 of 100, or nothing");
    used(&part, "refused", 100);
    budget_count(&budget, 50);
    used(&part, "counted in any case", 150);
    unit_check(!budget_take(&budget, 1), "150 are used, and there is one more");
    budget_give(&budget, 51);
    unit_check(budget_take(&budget, 1) && !budget_take(&budget, 1), "99 are used");
    budget_give(&budget, 100);
    used(&part, "all given back", 0);
    for (size_t n = 0; n < 3; n++) {
        unit_check(!budget_take(&budget, SIZE_MAX - n), "more than there is memory");
        used(&part, "refused", n);
        unit_check(budget_take(&budget, 1), "one more");
    }
}

static void test_tight(void)
{
    budget_init(&budget, &part, 400);
    for (size_t n = 0; n <= 400; n++) {
        unit_check(budget_tight(&budget) == (n > 300), "%zu of 400: tight is %d", n,
                   budget_tight(&budget));
        unit_check(budget_take(&budget, 1) == (n < 400), "%zu of 400 are used", n);
    }
}

/* Every process counts in a part of its own; the sum is bounded. What one that was killed has used
 * is given back by setting its part to 0. */
static void test_parts(void)
{
    enum { CHILDREN = 3, EACH = 30 };
    struct shared_budget {
        atomic_uint count;
        atomic_size_t bound;
        struct budget_part parts[CHILDREN + 1];
    } *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    unit_check(shared != MAP_FAILED, "mmap");
    budget = (struct budget){.max = 100,
                             .parts = shared->parts,
                             .own = shared->parts,
                             .count = &shared->count,
                             .bound = &shared->bound};
    shared->count = 1;
    for (int i = 1; i <= CHILDREN; i++) {
        shared->count = (unsigned int)i + 1;
        pid_t child = fork();
        if (child == 0) {
            budget.own = &shared->parts[i];
            _exit(budget_take(&budget, EACH) ? 0 : 1); /* it dies, and gives nothing back */
        }
        unit_check(unit_wait(child) == 0, "child %d: no %d of 100", i, EACH);
    }
    unit_check(budget_tight(&budget) && !budget_take(&budget, 11) && budget_take(&budget, 10),
               "10 of 100 are left");
    budget_part_set(&budget, &shared->parts[2], 0);
    unit_check(!budget_tight(&budget) && budget_take(&budget, 30) && !budget_take(&budget, 1),
               "what a dead one had is given back");
    used(&shared->parts[0], "ours", 40);
    unit_check(shared->bound == 100, "the bound is %zu", (size_t)shared->bound);
    shared->bound += EACH; /* as a child leaves it that is killed before it has counted its part */
    budget_part_set(&budget, &shared->parts[1], 1);
    unit_check(!budget_tight(&budget) && budget_take(&budget, 29) && !budget_take(&budget, 1),
               "the bound is taken for the sum");
    budget_give(&budget, 69);
    unit_check(shared->bound == 31 + EACH, "the bound is %zu", (size_t)shared->bound);
    munmap(shared, sizeof *shared);
}

/* ---- bodies ---- */

static void test_holders(void)
{
    budget_init(&budget, &part, 1000);
    struct body *body = body_new(&budget, 600);
    unit_check(body != NULL && body->len == 600, "no body");
    memset(body->bytes, 'x', body->len); /* all of it can be used */
    used(&part, "a body", 600);
    unit_check(body_new(&budget, 401) == NULL, "a body beyond the budget");
    used(&part, "refused", 600);
    for (int i = 0; i < 10; i++)
        unit_check(body_hold(body) == body, "another one");
    for (int i = 0; i < 10; i++) {
        body_release(body);
        used(&part, "still held", 600);
    }
    body_release(body);
    used(&part, "released by all", 0);
    body_release(NULL);
    body = body_new(&budget, 0);
    unit_check(body != NULL && body->len == 0, "no empty body");
    body_release(body);
}

/* So large that malloc refuses it: what was taken from the budget is given back. */
extern void __asan_init(void) __attribute__((weak));
extern void __tsan_init(void) __attribute__((weak));

static void test_no_memory(void)
{
    if (__asan_init != NULL || __tsan_init != NULL)
        unit_skip("memory can't run out under this sanitizer");
    budget_init(&budget, &part, SIZE_MAX);
    volatile size_t most = PTRDIFF_MAX;
    unit_check(body_new(&budget, most) == NULL, "all the memory there is");
    used(&part, "refused", 0);
}

static void test_known(void)
{
    struct sync_lock lock;
    struct body *weak = NULL;
    sync_lock_init(&lock);
    budget_init(&budget, &part, 1000);
    unit_check(body_hold_weak(&weak) == NULL, "a body of nothing");
    struct body *body = body_new(&budget, 10);
    body_set_weak(body, &weak, &lock);
    unit_check(weak == body && body_hold_weak(&weak) == body, "it is not known");
    body_release(body);
    unit_check(weak == body, "held, and not known any more");
    body_release(body);
    unit_check(weak == NULL, "nobody holds it, and it is still known");
    /* a later one is known, when the first is released */
    struct body *first = body_new(&budget, 10), *second = body_new(&budget, 20);
    body_set_weak(first, &weak, &lock);
    body_set_weak(second, &weak, &lock);
    body_release(first);
    unit_check(weak == second, "the first one takes the second with it");
    body_release(second);
    unit_check(weak == NULL, "nobody holds it, and it is still known");
    used(&part, "all released", 0);
    sync_lock_destroy(&lock);
}

/* ---- many threads ---- */

enum { THREADS = 4, ROUNDS = 20000 };

static struct crowd {
    struct budget budget;
    struct budget_part part;
    struct sync_lock lock;
    struct body *weak;
    atomic_uint shared, made;
} crowd;

/* Holds the one that is known, or makes it; lets it go. */
static void *crowd_main(void *arg)
{
    (void)arg;
    for (int i = 0; i < ROUNDS; i++) {
        (void)sync_acquire(&crowd.lock);
        struct body *body = body_hold_weak(&crowd.weak);
        if (body == NULL && (body = body_new(&crowd.budget, 8)) != NULL) {
            memcpy(body->bytes, "complete", 8);
            body_set_weak(body, &crowd.weak, &crowd.lock);
            crowd.made++;
        } else if (body != NULL) {
            crowd.shared++;
        }
        sync_release(&crowd.lock);
        if (body == NULL || memcmp(body->bytes, "complete", 8) != 0)
            return &crowd;
        body_release(body_hold(body));
        body_release(body);
    }
    return NULL;
}

static void test_known_by_threads(void)
{
    pthread_t threads[THREADS];
    void *failed;
    crowd = (struct crowd){0};
    sync_lock_init(&crowd.lock);
    budget_init(&crowd.budget, &crowd.part, THREADS * 8); /* each may be about to free one */
    for (int i = 0; i < THREADS; i++)
        unit_check(pthread_create(&threads[i], NULL, crowd_main, NULL) == 0, "pthread_create");
    for (int i = 0; i < THREADS; i++)
        unit_check(pthread_join(threads[i], &failed) == 0 && failed == NULL,
                   "thread %d held something else", i);
    unit_check(crowd.weak == NULL, "nobody holds it, and it is still known");
    unit_check(crowd.made + crowd.shared == THREADS * ROUNDS, "%u made, %u shared", crowd.made,
               crowd.shared);
    used(&crowd.part, "all released", 0);
    sync_lock_destroy(&crowd.lock);
}

static const struct CMUnitTest tests[] = {
    TEST(test_take_and_give),    TEST(test_tight), TEST(test_parts),
    TEST(test_holders),          TEST(test_known), TEST(test_no_memory),
    TEST(test_known_by_threads),
};
UNIT_MAIN("budget", tests)
