/* core/listing.h: the library's listing, made in bounded steps
 *
 * A folder may hold 100,000 files. A server with one thread must not stand still while it reads
 * and sorts them, so a listing is made a few hundred entries at a time: first every entry is
 * pushed onto a binary heap, then the smallest is taken off until none is left. Both cost
 * O(log n) an entry and can stop after any (heapsort; Knuth, TAOCP vol. 3, 5.2.3).
 */
#ifndef CORE_LISTING_H
#define CORE_LISTING_H

#include <stdbool.h>
#include <stddef.h>

#include "store.h"

struct listing;

/* Returns 0, or an errno value. */
int listing_begin(const struct store *store, struct listing **listing);

/* Goes on for up to `entries` entries. Returns 0, or an errno value; sets *done at the end. */
int listing_step(struct listing *listing, unsigned int entries, bool *done);

/* Hands over the text of a listing that is done, made by malloc(3): a line "<size> <name>" per
 * file, sorted by the bytes of the name. *len is 0 for an empty library. */
char *listing_take(struct listing *listing, size_t *len);

void listing_end(struct listing *listing); /* NULL is allowed */

#endif
