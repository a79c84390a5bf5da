/* test_catalog.c: one listing for all that ask, however they come, step and go */
#include "listing_fixture.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* All that ask before it is begun get the same one, and it is made once. */
static void test_asked_together(void)
{
    struct body *bodies[MANY];
    struct sink want = {0};
    uint64_t numbers[MANY];
    unsigned int steps = 0;
    fixture_files(500, &want);
    for (int i = 0; i < MANY; i++)
        numbers[i] = catalog_ask(fixture.catalog);
    for (int done = 0, i = 0; done < MANY; i = (i + 1) % MANY, steps++) {
        int error;
        if (numbers[i] != 0 && fixture_step(numbers[i], 10, &error, &bodies[i])) {
            unit_check(error == 0, "error %d", error);
            numbers[i] = 0;
            done++;
        }
    }
    unit_check(steps < 1000 / 10 + 4 * MANY, "%u steps of 10 for 500 files", steps);
    for (int i = 0; i < MANY; i++) {
        unit_check(bodies[i] == bodies[0], "%d has a copy of its own", i);
        unit_check(fixture.part.used == want.len, "%zu bytes are used for %zu",
                   (size_t)fixture.part.used, want.len);
        unit_same("the listing", "", 0, want.bytes, want.len, bodies[i]->bytes, bodies[i]->len);
        body_release(bodies[i]);
    }
    unit_check(fixture.part.used == 0, "%zu bytes are kept", (size_t)fixture.part.used);
    sink_free(&want);
}

/* A client that asks while one is being made gets the next, with what was stored before; all of
 * them share it. */
static void test_asked_meanwhile(void)
{
    struct sink want = {0};
    for (unsigned int before = 1; before < 220; before++) { /* at every point of it */
        struct body *body, *second, *third;
        int error;
        fixture_begin();
        fixture_files(100, &want);
        uint64_t first = catalog_ask(fixture.catalog);
        unsigned int steps = 0;
        while (steps < before && !fixture_step(first, 1, &error, &body))
            steps++;
        if (steps < before) { /* it was done before */
            body_release(body);
            fixture_end();
            break;
        }
        unit_write_text(library.path, "new", "12345");
        uint64_t next = catalog_ask(fixture.catalog), other = catalog_ask(fixture.catalog);
        unit_check(next != first && other == next, "asked meanwhile: %d, %d, %d", (int)first,
                   (int)next, (int)other);
        second = fixture_finish(next, 7); /* which ends the first on its way */
        unit_check(lists_line(second, "5 new\n"), "after %u steps: what was stored is missing",
                   before);
        unit_check(fixture_step(first, 1, &error, &body) && error == 0, "the first is not done");
        third = fixture_finish(other, 1);
        unit_check(third == second, "a copy of its own");
        body_release(body);
        body_release(second);
        body_release(third);
        sink_reset(&want);
        fixture_end();
        unit_check(before < 210, "100 files take %u steps", before);
    }
    sink_free(&want);
}

/* As long as somebody holds a listing, one that is equal is that one. */
static void test_equal_is_the_same(void)
{
    unit_write_text(library.path, "a", "1");
    struct body *held = fixture_finish(catalog_ask(fixture.catalog), 100);
    for (int i = 0; i < 5; i++) {
        struct body *again = fixture_finish(catalog_ask(fixture.catalog), 1);
        unit_check(again == held && fixture.part.used == 4, "a copy, %zu bytes in all",
                   (size_t)fixture.part.used);
        body_release(again);
    }
    unit_write_text(library.path, "a", "12");
    struct body *other = fixture_finish(catalog_ask(fixture.catalog), 100);
    unit_check(other != held && lists_line(other, "2 a\n") && lists_line(held, "1 a\n"),
               "another is the same");
    body_release(held);
    struct body *again = fixture_finish(catalog_ask(fixture.catalog), 100);
    unit_check(again == other, "an older one that was released takes the newer with it");
    body_release(again);
    body_release(other);
    unit_check(fixture.part.used == 0, "%zu bytes are kept", (size_t)fixture.part.used);
    unit_unlink(library.path, "a");
    for (int i = 0; i < 3; i++)
        unit_check(fixture_finish(catalog_ask(fixture.catalog), 100) == NULL,
                   "something of nothing");
}

/* A listing that fails is no concern of those who have not taken an earlier one yet. */
static void test_the_next_one_fails(void)
{
    struct body *body;
    int error;
    unit_write_text(library.path, "a", "1");
    uint64_t first = catalog_ask(fixture.catalog), late = catalog_ask(fixture.catalog);
    body_release(fixture_finish(first, 100));
    uint64_t next = catalog_ask(fixture.catalog);
    fixture.budget.max = 0;
    while (!fixture_step(next, 100, &error, &body))
        ;
    unit_check(error == ENOMEM, "a listing without memory: %s", strerror(error));
    unit_check(fixture_step(late, 100, &error, &body) && error == 0 && lists_line(body, "1 a\n"),
               "what was made for it before: %s", strerror(error));
    body_release(body);
}

/* Three ask, two before it is begun and one later; each may forget it after any number of steps. */
static void test_forget_at_every_stage(void)
{
    enum { MOST = 9 };
    for (int when = 0; when < MOST * MOST * MOST; when++) {
        const int forgets[] = {when % MOST, when / MOST % MOST, when / MOST / MOST};
        uint64_t numbers[3] = {0};
        fixture_begin();
        unit_write_text(library.path, "a", "1");
        numbers[0] = catalog_ask(fixture.catalog);
        numbers[1] = catalog_ask(fixture.catalog);
        for (int round = 0; round < MOST - 1; round++)
            for (int i = 0; i < 3; i++) {
                struct body *body = NULL;
                int error;
                if (round == 1 && i == 2)
                    numbers[2] = catalog_ask(fixture.catalog);
                if (numbers[i] == 0)
                    continue;
                if (forgets[i] == round) {
                    catalog_forget(fixture.catalog, numbers[i]);
                    numbers[i] = 0;
                } else if (fixture_step(numbers[i], 1, &error, &body)) {
                    unit_check(error == 0 && lists_line(body, "1 a\n"), "%d: error %d", when,
                               error);
                    body_release(body);
                    numbers[i] = 0;
                }
            }
        bool left = false;
        for (int i = 0; i < 3; i++) /* the others still get theirs */
            if (numbers[i] != 0) {
                body_release(fixture_finish(numbers[i], 1));
                left = true;
            }
        unit_check(fixture.part.used == 0, "%d: %zu bytes are kept, left %d", when,
                   (size_t)fixture.part.used, left);
        struct body *body = fixture_finish(catalog_ask(fixture.catalog), 1);
        unit_check(lists_line(body, "1 a\n"), "%d: the next one is wrong", when);
        body_release(body);
        fixture_end();
    }
}

/* ---- a long life ---- */

/* Stores its file, and asks: it has to be in the listing as it was then. */
struct asker {
    uint64_t number; /* 0: does not ask */
    char name[8];
    size_t size;
    struct body *body; /* got, and held */
};

static void asker_ask(struct asker *asker, size_t size)
{
    static const char bytes[64];
    asker->size = size;
    unit_write(library.path, asker->name, bytes, size);
    asker->number = catalog_ask(fixture.catalog);
}

static void asker_step(struct asker *asker, unsigned int entries)
{
    char line[32];
    int error;
    struct body *body;
    if (!fixture_step(asker->number, entries, &error, &body))
        return;
    asker->number = 0;
    asker->body = body;
    (void)snprintf(line, sizeof line, "%zu %s\n", asker->size, asker->name);
    unit_check(error == 0 || error == ENOMEM, "%s", strerror(error));
    unit_check(error != 0 || lists_line(body, line), "a listing from before it was asked for");
}

static void test_random_life(void)
{
    enum { CAST = 6, STEPS = 40000 };
    struct unit_random random = {.state = 815};
    struct asker cast[CAST] = {{0}};
    for (int i = 0; i < CAST; i++)
        (void)snprintf(cast[i].name, sizeof cast[i].name, "v%d", i);
    for (int i = 0; i < STEPS; i++) {
        struct asker *asker = &cast[unit_random_below(&random, CAST)];
        unsigned int what = (unsigned int)unit_random_below(&random, 20);
        if (what == 0) /* sometimes there is not enough for all of it */
            fixture.budget.max = unit_random_below(&random, 3) == 0 ? 600 : 1 << 20;
        if (asker->number == 0 && asker->body == NULL && what < 10)
            asker_ask(asker, (size_t)unit_random_below(&random, 64));
        else if (asker->number != 0 && what > 1)
            asker_step(asker, 1 + what);
        else if (asker->number != 0 && what == 1) {
            catalog_forget(fixture.catalog, asker->number);
            asker->number = 0;
        } else if (what < 5) {
            body_release(asker->body);
            asker->body = NULL;
        }
    }
    for (int i = 0; i < CAST; i++) {
        while (cast[i].number != 0)
            asker_step(&cast[i], 5);
        body_release(cast[i].body);
    }
}

/* ---- threads ---- */

enum { THREADS = 4, VISITS = 300 };

/* Each stores a file, asks, and finds it in what it gets; now and then it forgets. Returns what is
 * wrong. */
static void *visit_main(void *arg)
{
    const char *name = arg;
    struct body *body = NULL;
    for (int i = 0; i < VISITS; i++) {
        char line[32];
        bool done = false;
        int error = 0;
        unit_write(library.path, name, "xxxxxxxxxx", (size_t)i % 10);
        uint64_t number = catalog_ask(fixture.catalog);
        for (int steps = 0; !done && error == 0; steps++) {
            if (i % 5 == 4 && steps == i % 3)
                break;
            error = catalog_step(fixture.catalog, number, 3, &done, &body);
        }
        if (!done && error == 0) {
            catalog_forget(fixture.catalog, number);
            continue;
        }
        (void)snprintf(line, sizeof line, "%d %s\n", i % 10, name);
        bool right = error == 0 && lists_line(body, line);
        body_release(body);
        if (!right)
            return arg;
    }
    return NULL;
}

static void test_threads(void)
{
    static char names[THREADS][8] = {"a", "b", "c", "d"};
    pthread_t threads[THREADS];
    void *failed;
    for (int i = 0; i < THREADS; i++)
        unit_check(pthread_create(&threads[i], NULL, visit_main, names[i]) == 0, "pthread_create");
    for (int i = 0; i < THREADS; i++)
        unit_check(pthread_join(threads[i], &failed) == 0 && failed == NULL,
                   "thread %d got a listing from before it was asked for", i);
}

static const struct CMUnitTest tests[] = {
    LISTING(test_asked_together),     TEST(test_asked_meanwhile), LISTING(test_equal_is_the_same),
    TEST(test_forget_at_every_stage), LISTING(test_random_life),  LISTING(test_threads),
    LISTING(test_the_next_one_fails),
};
UNIT_MAIN("catalog", tests)
