/* test_listing.c: long listings, in steps, while files come and go; and one for all that ask */
#include "library_folder.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/catalog.h"

/* ---- a library whose listings are asked for ---- */

static struct listing_fixture {
    struct budget_part part;
    struct budget budget;
    struct catalog *catalog;
} fixture;

static void fixture_begin(void)
{
    library_begin();
    budget_init(&fixture.budget, &fixture.part, 64 * 1024 * 1024);
    fixture.catalog = catalog_new(&library.store, &fixture.budget);
    unit_check(fixture.catalog != NULL, "out of memory");
}

/* All bodies have been released. */
static void fixture_end(void)
{
    catalog_free(fixture.catalog);
    unit_check(fixture.part.used == 0, "%zu bytes of the budget are not given back",
               (size_t)fixture.part.used);
    library_end();
}

#define FIXTURE(function) TEST_BETWEEN(fixture_begin, function, fixture_end)

/* One step; true: it is made, and this is what came of it. */
static bool step(uint64_t number, unsigned int entries, int *error, struct body **body)
{
    bool done;
    *error = catalog_step(fixture.catalog, number, entries, &done, body);
    unit_check(done || (*error == 0 && *body == NULL), "not done, and error %d, body %d", *error,
               *body != NULL);
    unit_check(*error == 0 || *body == NULL, "error %d, and a body", *error);
    return done;
}

/* Steps to the end; it has to end well. */
static struct body *finish(uint64_t number, unsigned int entries)
{
    struct body *body;
    int error;
    while (!step(number, entries, &error, &body))
        ;
    unit_check(error == 0, "number %llu: %s", (unsigned long long)number, strerror(error));
    return body;
}

static bool lists(const struct body *body, const char *line)
{
    return body != NULL && memmem(body->bytes, body->len, line, strlen(line)) != NULL;
}

static int line_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* `count` files with random names, in the listing's order. */
static void many_files(size_t count, struct sink *want)
{
    struct unit_random random = {.state = 4711 + count};
    char **names = calloc(count + 1, sizeof *names);
    unit_check(names != NULL, "out of memory");
    for (size_t i = 0; i < count; i++) {
        unsigned int number = (unsigned int)unit_random_below(&random, 100000000);
        int n = asprintf(&names[i], "%s%08x-%zu", i % 3 == 0 ? "\xc3\xa9" : "f", number, i);
        unit_check(n > 0, "out of memory");
        unit_write(library.path, names[i], "1234567890123", i % 13);
    }
    char **sorted = calloc(count + 1, sizeof *sorted);
    unit_check(sorted != NULL, "out of memory");
    for (size_t i = 0; i < count; i++)
        sorted[i] = names[i];
    qsort(sorted, count, sizeof *sorted, line_compare);
    for (size_t i = 0; i < count; i++) {
        char line[64];
        size_t number = (size_t)strtoul(strrchr(sorted[i], '-') + 1, NULL, 10);
        int n = snprintf(line, sizeof line, "%zu %s\n", number % 13, sorted[i]);
        sink_add(want, line, (size_t)n);
    }
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(sorted);
    free(names);
}

static void test_long_listings(void)
{
    static const size_t counts[] = {0, 1, 2, 3, 63, 64, 65, 1000, 5000};
    for (size_t i = 0; i < UNIT_COUNT(counts); i++) {
        struct sink want = {0}, text = {0};
        library_begin();
        many_files(counts[i], &want);
        static const unsigned int steps[] = {1, 7, 256, 100000};
        for (size_t s = 0; s < UNIT_COUNT(steps); s++) {
            library_lists(steps[s], &text);
            unit_same("the listing", "", 0, want.bytes, want.len, text.bytes, text.len);
        }
        sink_free(&want);
        sink_free(&text);
        library_end();
    }
}

/* A step does no more than it was asked to: that shows in the number of steps. */
static void test_steps_are_bounded(void)
{
    struct sink want = {0};
    many_files(1000, &want);
    for (unsigned int entries = 1; entries <= 1000; entries *= 10) {
        struct body *body;
        unsigned int steps = 1;
        int error;
        uint64_t number = catalog_ask(fixture.catalog);
        for (; !step(number, entries, &error, &body); steps++)
            ;
        body_release(body);
        unit_check(steps >= 2000 / entries, "%u entries a step: 1000 files in %u steps", entries,
                   steps);
        unit_check(steps <= 2000 / entries + 10, "%u entries a step: %u steps", entries, steps);
    }
    sink_free(&want);
}

/* Files that stay are listed once, whatever comes and goes meanwhile; always sorted. */
static void test_listing_while_files_come_and_go(void)
{
    enum { STAY = 300 };
    for (int i = 0; i < STAY; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "stays-%d", i);
        unit_write_text(library.path, name, "x");
        (void)snprintf(name, sizeof name, "goes-%d", i);
        unit_write_text(library.path, name, "x");
    }
    struct body *body;
    int error;
    uint64_t number = catalog_ask(fixture.catalog);
    for (int i = 0; !step(number, 3, &error, &body); i++) {
        char name[32];
        if (i >= STAY)
            continue;
        (void)snprintf(name, sizeof name, "comes-%d", i);
        unit_write_text(library.path, name, "x");
        (void)snprintf(name, sizeof name, "goes-%d", (i * 7) % STAY);
        unit_unlink(library.path, name);
    }
    unit_check(error == 0 && body != NULL, "error %d", error);
    size_t stays = 0;
    char last[64] = "";
    for (char *line = body->bytes, *end = line + body->len; line < end;) {
        char *lf = memchr(line, '\n', (size_t)(end - line));
        unit_check(lf != NULL && line[0] == '1' && line[1] == ' ', "not a line of a listing");
        *lf = '\0';
        unit_check(strcmp(last, line + 2) < 0, "%s comes behind %s", line + 2, last);
        (void)snprintf(last, sizeof last, "%s", line + 2);
        stays += strncmp(line + 2, "stays-", 6) == 0;
        line = lf + 1;
    }
    body_release(body);
    unit_check(stays == STAY, "%zu of %d files that stayed are listed", stays, STAY);
}

/* ---- many that ask ---- */

enum { MANY = 20 };

/* All that ask before it is begun get the same one, and it is made once. */
static void test_asked_together(void)
{
    struct body *bodies[MANY];
    struct sink want = {0};
    uint64_t numbers[MANY];
    unsigned int steps = 0;
    many_files(500, &want);
    for (int i = 0; i < MANY; i++)
        numbers[i] = catalog_ask(fixture.catalog);
    for (int done = 0, i = 0; done < MANY; i = (i + 1) % MANY, steps++) {
        int error;
        if (numbers[i] != 0 && step(numbers[i], 10, &error, &bodies[i])) {
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
        many_files(100, &want);
        uint64_t first = catalog_ask(fixture.catalog);
        unsigned int steps = 0;
        while (steps < before && !step(first, 1, &error, &body))
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
        second = finish(next, 7); /* which ends the first on its way */
        unit_check(lists(second, "5 new\n"), "after %u steps: what was stored is missing", before);
        unit_check(step(first, 1, &error, &body) && error == 0, "the first is not done");
        third = finish(other, 1);
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
    struct body *held = finish(catalog_ask(fixture.catalog), 100);
    for (int i = 0; i < 5; i++) {
        struct body *again = finish(catalog_ask(fixture.catalog), 1);
        unit_check(again == held && fixture.part.used == 4, "a copy, %zu bytes in all",
                   (size_t)fixture.part.used);
        body_release(again);
    }
    unit_write_text(library.path, "a", "12");
    struct body *other = finish(catalog_ask(fixture.catalog), 100);
    unit_check(other != held && lists(other, "2 a\n") && lists(held, "1 a\n"),
               "another is the same");
    body_release(held);
    struct body *again = finish(catalog_ask(fixture.catalog), 100);
    unit_check(again == other, "an older one that was released takes the newer with it");
    body_release(again);
    body_release(other);
    unit_check(fixture.part.used == 0, "%zu bytes are kept", (size_t)fixture.part.used);
    unit_unlink(library.path, "a");
    for (int i = 0; i < 3; i++)
        unit_check(finish(catalog_ask(fixture.catalog), 100) == NULL, "something of nothing");
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
                } else if (step(numbers[i], 1, &error, &body)) {
                    unit_check(error == 0 && lists(body, "1 a\n"), "%d: error %d", when, error);
                    body_release(body);
                    numbers[i] = 0;
                }
            }
        bool left = false;
        for (int i = 0; i < 3; i++) /* the others still get theirs */
            if (numbers[i] != 0) {
                body_release(finish(numbers[i], 1));
                left = true;
            }
        unit_check(fixture.part.used == 0, "%d: %zu bytes are kept, left %d", when,
                   (size_t)fixture.part.used, left);
        struct body *body = finish(catalog_ask(fixture.catalog), 1);
        unit_check(lists(body, "1 a\n"), "%d: the next one is wrong", when);
        body_release(body);
        fixture_end();
    }
}

/* A server that ends in the middle of one. */
static void test_catalog_is_dropped(void)
{
    struct sink want = {0};
    for (unsigned int steps = 0; steps < 205; steps += 3) {
        struct body *body = NULL;
        int error;
        fixture_begin();
        many_files(100, &want);
        uint64_t number = catalog_ask(fixture.catalog);
        for (unsigned int i = 0; i < steps && !step(number, 1, &error, &body); i++)
            ;
        body_release(body);
        fixture_end();
        sink_reset(&want);
    }
    sink_free(&want);
}

/* ---- what fails ---- */

/* The folder can't be read: all that wait get an error, and the next one is made as if nothing had
 * been. */
static void test_failure_reaches_all(void)
{
    struct body *body;
    uint64_t numbers[MANY];
    int error, dir;
    unit_write_text(library.path, "a", "1");
    dir = library.store.dir;
    for (int round = 0; round < 3; round++) {
        library.store.dir = -1;
        for (int i = 0; i < MANY; i++)
            numbers[i] = catalog_ask(fixture.catalog);
        unit_check(step(numbers[3], 1, &error, &body) && error == EBADF, "error %d", error);
        library.store.dir = dir;
        uint64_t next = catalog_ask(fixture.catalog);
        for (int i = 0; i < MANY; i++)
            if (i == 5)
                catalog_forget(fixture.catalog, numbers[i]);
            else if (i != 3)
                unit_check(step(numbers[i], 1, &error, &body) && error == EBADF, "%d: error %d", i,
                           error);
        body = finish(next, 1);
        unit_check(lists(body, "1 a\n"), "the next one is wrong");
        body_release(body);
    }
}

/* Whatever there is room for in the budget, it is a whole listing or ENOMEM; all is given back. */
static void test_beyond_the_budget(void)
{
    struct sink want = {0};
    size_t refused = 0, made = 0;
    many_files(150, &want);
    for (size_t most = 0; made < 20; most += most < 2000 ? 50 : 500) {
        struct body *body;
        int error;
        fixture.budget.most = most;
        uint64_t number = catalog_ask(fixture.catalog), other = catalog_ask(fixture.catalog);
        while (!step(number, 10, &error, &body))
            unit_check(fixture.part.used <= most, "%zu of %zu bytes", (size_t)fixture.part.used,
                       most);
        unit_check(error == 0 || error == ENOMEM, "%s", strerror(error));
        unit_check(error != 0 || made > 0 || most >= want.len, "%zu bytes of %zu", want.len, most);
        if (error == 0)
            unit_same("the listing", "", 0, want.bytes, want.len, body->bytes, body->len);
        refused += error != 0;
        made += error == 0;
        body_release(body);
        int again;
        unit_check(step(other, 1, &again, &body) && again == error, "another error for another");
        body_release(body);
        unit_check(fixture.part.used == 0, "%zu bytes are kept", (size_t)fixture.part.used);
    }
    unit_check(refused > 20, "%zu were refused", refused);
    sink_free(&want);
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
    if (!step(asker->number, entries, &error, &body))
        return;
    asker->number = 0;
    asker->body = body;
    (void)snprintf(line, sizeof line, "%zu %s\n", asker->size, asker->name);
    unit_check(error == 0 || error == ENOMEM, "%s", strerror(error));
    unit_check(error != 0 || lists(body, line), "a listing from before it was asked for");
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
            fixture.budget.most = unit_random_below(&random, 3) == 0 ? 600 : 1 << 20;
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
        bool right = error == 0 && lists(body, line);
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

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(test_long_listings),
        FIXTURE(test_steps_are_bounded),
        FIXTURE(test_listing_while_files_come_and_go),
        FIXTURE(test_asked_together),
        TEST(test_asked_meanwhile),
        FIXTURE(test_equal_is_the_same),
        TEST(test_forget_at_every_stage),
        TEST(test_catalog_is_dropped),
        FIXTURE(test_failure_reaches_all),
        FIXTURE(test_beyond_the_budget),
        FIXTURE(test_random_life),
        FIXTURE(test_threads),
    };
    return unit_run("listing", tests, argc, argv);
}
