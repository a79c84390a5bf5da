/* test_listing.c: long listings, in steps, while files come and go; and what fails
 *
 * test_catalog.c has many that ask.
 */
#include "listing_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void test_long_listings(void)
{
    static const size_t counts[] = {0, 1, 2, 3, 63, 64, 65, 1000, 5000};
    for (size_t i = 0; i < UNIT_COUNT(counts); i++) {
        struct sink want = {0}, text = {0};
        library_begin();
        fixture_files(counts[i], &want);
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
    fixture_files(1000, &want);
    for (unsigned int entries = 1; entries <= 1000; entries *= 10) {
        struct body *body;
        unsigned int steps = 1;
        int error;
        uint64_t number = catalog_ask(fixture.catalog);
        for (; !fixture_step(number, entries, &error, &body); steps++)
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
    for (int i = 0; !fixture_step(number, 3, &error, &body); i++) {
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

/* A server that ends in the middle of one. */
static void test_catalog_is_dropped(void)
{
    struct sink want = {0};
    for (unsigned int steps = 0; steps < 205; steps += 3) {
        struct body *body = NULL;
        int error;
        fixture_begin();
        fixture_files(100, &want);
        uint64_t number = catalog_ask(fixture.catalog);
        for (unsigned int i = 0; i < steps && !fixture_step(number, 1, &error, &body); i++)
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
        unit_check(fixture_step(numbers[3], 1, &error, &body) && error == EBADF, "error %d", error);
        library.store.dir = dir;
        uint64_t next = catalog_ask(fixture.catalog);
        for (int i = 0; i < MANY; i++)
            if (i == 5)
                catalog_forget(fixture.catalog, numbers[i]);
            else if (i != 3)
                unit_check(fixture_step(numbers[i], 1, &error, &body) && error == EBADF,
                           "%d: error %d", i, error);
        body = fixture_finish(next, 1);
        unit_check(lists_line(body, "1 a\n"), "the next one is wrong");
        body_release(body);
    }
}

/* Whatever there is room for in the budget, it is a whole listing or ENOMEM; all is given back. */
static void test_beyond_the_budget(void)
{
    struct sink want = {0};
    size_t refused = 0, made = 0;
    fixture_files(150, &want);
    for (size_t most = 0; made < 20; most += most < 2000 ? 50 : 500) {
        struct body *body;
        int error;
        fixture.budget.max = most;
        uint64_t number = catalog_ask(fixture.catalog), other = catalog_ask(fixture.catalog);
        while (!fixture_step(number, 10, &error, &body))
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
        unit_check(fixture_step(other, 1, &again, &body) && again == error,
                   "another error for another");
        body_release(body);
        unit_check(fixture.part.used == 0, "%zu bytes are kept", (size_t)fixture.part.used);
    }
    unit_check(refused > 20, "%zu were refused", refused);
    sink_free(&want);
}

static const struct CMUnitTest tests[] = {
    TEST(test_long_listings),
    LISTING(test_steps_are_bounded),
    LISTING(test_listing_while_files_come_and_go),
    TEST(test_catalog_is_dropped),
    LISTING(test_failure_reaches_all),
    LISTING(test_beyond_the_budget),
};
UNIT_MAIN("listing", tests)
