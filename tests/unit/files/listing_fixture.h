/* listing_fixture.h: a library whose listings are asked for */
#ifndef UNIT_LISTING_FIXTURE_H
#define UNIT_LISTING_FIXTURE_H

#include "files/catalog.h"
#include "library_folder.h"

enum { MANY = 20 }; /* that ask */

extern struct listing_fixture {
    struct budget_part part;
    struct budget budget;
    struct catalog *catalog;
} fixture;

void fixture_begin(void);

/* All bodies have been released. */
void fixture_end(void);

/* A test between the two. */
#define LISTING(function) TEST_BETWEEN(fixture_begin, function, fixture_end)

/* One step; true: it is made, and this is what came of it. */
bool fixture_step(uint64_t number, unsigned int entries, int *error, struct body **body);

/* Steps to the end; it has to end well. */
struct body *fixture_finish(uint64_t number, unsigned int entries);

/* Is this a line of the listing? NULL: it is empty. */
bool lists_line(const struct body *body, const char *line);

/* `count` files with random names; adds what they are in a listing. */
void fixture_files(size_t count, struct sink *want);

#endif
