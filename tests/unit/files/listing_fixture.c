/* listing_fixture.c: see listing_fixture.h */
#include "listing_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct listing_fixture fixture;

void fixture_begin(void)
{
    library_begin();
    budget_init(&fixture.budget, &fixture.part, 64 * 1024 * 1024);
    fixture.catalog = catalog_new(&library.store, &fixture.budget);
    unit_check(fixture.catalog != NULL, "out of memory");
}

void fixture_end(void)
{
    catalog_free(fixture.catalog);
    unit_check(fixture.part.used == 0, "%zu bytes of the budget are not given back",
               (size_t)fixture.part.used);
    library_end();
}

bool fixture_step(uint64_t number, unsigned int entries, int *error, struct body **body)
{
    bool done;
    *error = catalog_step(fixture.catalog, number, entries, &done, body);
    unit_check(done || (*error == 0 && *body == NULL), "not done, and error %d, body %d", *error,
               *body != NULL);
    unit_check(*error == 0 || *body == NULL, "error %d, and a body", *error);
    return done;
}

struct body *fixture_finish(uint64_t number, unsigned int entries)
{
    struct body *body;
    int error;
    while (!fixture_step(number, entries, &error, &body))
        ;
    unit_check(error == 0, "number %llu: %s", (unsigned long long)number, strerror(error));
    return body;
}

bool lists_line(const struct body *body, const char *line)
{
    return body != NULL && memmem(body->bytes, body->len, line, strlen(line)) != NULL;
}

static int line_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void fixture_files(size_t count, struct sink *want)
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
    qsort(names, count, sizeof *names, line_compare);
    for (size_t i = 0; i < count; i++) {
        char line[64];
        size_t number = (size_t)strtoul(strrchr(names[i], '-') + 1, NULL, 10);
        int n = snprintf(line, sizeof line, "%zu %s\n", number % 13, names[i]);
        sink_add(want, line, (size_t)n);
        free(names[i]);
    }
    free(names);
}
