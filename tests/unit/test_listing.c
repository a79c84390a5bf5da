/* test_listing.c: listings, long ones, in steps, while files come and go */
#include "shelf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "listing.h"

static int line_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* `count` files with random names, in the listing's order. */
static void many_files(const struct shelf *shelf, size_t count, struct sink *want)
{
    struct unit_random random = {.state = 4711 + count};
    char **names = calloc(count + 1, sizeof *names);
    unit_check(names != NULL, "out of memory");
    for (size_t i = 0; i < count; i++) {
        unsigned int number = (unsigned int)unit_random_below(&random, 100000000);
        int n = asprintf(&names[i], "%s%08x-%zu", i % 3 == 0 ? "\xc3\xa9" : "f", number, i);
        unit_check(n > 0, "out of memory");
        unit_write(shelf->path, names[i], "1234567890123", i % 13);
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

static void test_long_listings(void **state)
{
    static const size_t counts[] = {0, 1, 2, 3, 63, 64, 65, 1000, 5000};
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(counts); i++) {
        struct shelf shelf;
        struct sink want = {0}, text = {0};
        shelf_begin(&shelf);
        many_files(&shelf, counts[i], &want);
        static const unsigned int steps[] = {1, 7, 256, 100000};
        for (size_t s = 0; s < UNIT_COUNT(steps); s++) {
            shelf_lists(&shelf, steps[s], &text);
            unit_same("the listing", "", 0, want.bytes, want.len, text.bytes, text.len);
        }
        sink_free(&want);
        sink_free(&text);
        shelf_end(&shelf);
    }
}

/* A step does no more than it was asked to: the number of steps tells. */
static void test_steps_are_bounded(void **state)
{
    struct shelf shelf;
    struct sink want = {0};
    (void)state;
    shelf_begin(&shelf);
    many_files(&shelf, 1000, &want);
    for (unsigned int entries = 1; entries <= 1000; entries *= 10) {
        struct listing *listing;
        bool done = false;
        unsigned int steps = 0;
        unit_check(listing_begin(&shelf.store, &listing) == 0, "listing_begin");
        for (; !done; steps++)
            unit_check(listing_step(listing, entries, &done) == 0, "listing_step");
        listing_end(listing);
        unit_check(steps >= 2000 / entries, "%u entries a step: 1000 files in %u steps", entries,
                   steps);
        unit_check(steps <= 2000 / entries + 10, "%u entries a step: %u steps", entries, steps);
    }
    sink_free(&want);
    shelf_end(&shelf);
}

static void test_listing_is_dropped(void **state)
{
    struct shelf shelf;
    struct sink want = {0};
    (void)state;
    shelf_begin(&shelf);
    many_files(&shelf, 100, &want);
    for (unsigned int steps = 0; steps < 220; steps++) { /* at every point of it */
        struct listing *listing;
        bool done = false;
        unit_check(listing_begin(&shelf.store, &listing) == 0, "listing_begin");
        for (unsigned int i = 0; i < steps && !done; i++)
            unit_check(listing_step(listing, 1, &done) == 0, "listing_step");
        listing_end(listing);
    }
    listing_end(NULL);
    sink_free(&want);
    shelf_end(&shelf);
}

/* Files that stay are listed once, whatever comes and goes meanwhile; always sorted. */
static void test_listing_while_files_come_and_go(void **state)
{
    enum { STAY = 300 };
    struct shelf shelf;
    (void)state;
    shelf_begin(&shelf);
    for (int i = 0; i < STAY; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "stays-%d", i);
        unit_write_text(shelf.path, name, "x");
        (void)snprintf(name, sizeof name, "goes-%d", i);
        unit_write_text(shelf.path, name, "x");
    }
    struct listing *listing;
    bool done = false;
    unit_check(listing_begin(&shelf.store, &listing) == 0, "listing_begin");
    for (int i = 0; !done; i++) {
        char name[32];
        if (i < STAY) {
            (void)snprintf(name, sizeof name, "comes-%d", i);
            unit_write_text(shelf.path, name, "x");
            (void)snprintf(name, sizeof name, "goes-%d", (i * 7) % STAY);
            unit_unlink(shelf.path, name);
        }
        unit_check(listing_step(listing, 3, &done) == 0, "listing_step");
    }
    size_t len, stays = 0;
    char *text = listing_take(listing, &len), last[64] = "";
    listing_end(listing);
    for (char *line = text; line < text + len;) {
        char *lf = memchr(line, '\n', (size_t)(text + len - line));
        unit_check(lf != NULL && line[0] == '1' && line[1] == ' ', "not a line of a listing");
        *lf = '\0';
        unit_check(strcmp(last, line + 2) < 0, "%s comes behind %s", line + 2, last);
        (void)snprintf(last, sizeof last, "%s", line + 2);
        stays += strncmp(line + 2, "stays-", 6) == 0;
        line = lf + 1;
    }
    free(text);
    unit_check(stays == STAY, "%zu of %d files that stayed are listed", stays, STAY);
    shelf_end(&shelf);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        UNIT(test_long_listings),
        UNIT(test_steps_are_bounded),
        UNIT(test_listing_is_dropped),
        UNIT(test_listing_while_files_come_and_go),
    };
    return unit_run("listing", tests, argc, argv);
}
