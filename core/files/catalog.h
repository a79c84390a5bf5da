/* core/files/catalog.h: the library's listing, once for all who ask
 *
 * A client gets a listing that was begun after it asked, so everything stored before is in it. All
 * who ask while one is being made share the next one. And if a listing is equal to the last one,
 * the last one is sent again. So many clients that do not read what they asked for hold one copy,
 * and not one each.
 *
 * There are two implementations; the Makefile links one of them:
 *
 *     catalog.c          for one process: any thread works on the listing, in bounded steps
 *     catalog_process.c  for processes, any of which can be killed at any instruction: the texts
 *                        are in shared memory
 */
#ifndef CORE_CATALOG_H
#define CORE_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "files/store.h"
#include "shared/body.h"

struct catalog;

/* Makes listings of a library. Returns NULL if memory ran out. With processes: to be called before
 * the first fork; the first part of the budget then counts the texts. */
struct catalog *catalog_new(const struct store *store, struct budget *budget);
void catalog_free(struct catalog *catalog);

/* Asks for a listing: returns its number, never 0. */
uint64_t catalog_ask(struct catalog *catalog);

/* Works on the listing that is being made, for up to `entries` entries, whichever client asked for
 * it. Returns 0, or an errno value. Sets *done when the one with this number is made; then the
 * caller holds *body: a line "<size> <name>" per file, sorted by the bytes of the name; NULL for an
 * empty library. */
int catalog_step(struct catalog *catalog, uint64_t number, unsigned int entries, bool *done,
                 struct body **body);

/* A listing that was asked for is not wanted any more. Not to be called once catalog_step has set
 * *done, or has returned an error. */
void catalog_forget(struct catalog *catalog, uint64_t number);

/* Processes: to be called in the parent after it has freed the part of the budget of a child that
 * was killed. Frees the listings that only that child held; if that would have to wait, the next
 * client that lists does it. */
void catalog_reclaim(struct catalog *catalog);

#endif
