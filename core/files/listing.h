/* core/files/listing.h: the library's listing, made in bounded steps, once for all who ask
 *
 * A folder may hold 100,000 files. A server with one thread must not stand still while it reads and
 * sorts them, so a listing is made a few hundred entries at a time: first every entry is pushed
 * onto a binary heap, then the smallest is taken off until none is left. Both cost O(log n) an
 * entry and can stop after any (heapsort; Knuth, TAOCP vol. 3, 5.2.3).
 *
 * A client gets a listing that was begun after it asked, so everything stored before is in it. All
 * who ask while one is being made share the next one. And if a listing is equal to the last one,
 * the last one is sent again. So many clients that do not read what they asked for hold one copy,
 * and not one each.
 */
#ifndef CORE_LISTING_H
#define CORE_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "files/store.h"
#include "shared/body.h"

struct catalog;

/* Makes listings of a library. Returns NULL if memory ran out. */
struct catalog *catalog_new(const struct store *store, struct budget *budget);
void catalog_free(struct catalog *catalog);

/* Asks for a listing: returns its number, never 0. */
uint64_t catalog_ask(struct catalog *catalog);

/* Works on the listing that is being made, for up to `entries` entries, whoever asked for it.
 * Returns 0, or an errno value. Sets *done when the one with this number is made; then the caller
 * holds *body: a line "<size> <name>" per file, sorted by the bytes of the name; NULL for an empty
 * library. */
int catalog_step(struct catalog *catalog, uint64_t number, unsigned int entries, bool *done,
                 struct body **body);

/* A listing that was asked for is not wanted any more. Not to be called once catalog_step has set
 * *done, or has returned an error. */
void catalog_forget(struct catalog *catalog, uint64_t number);

#endif
