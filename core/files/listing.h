/* core/files/listing.h: one listing of the library, made in bounded steps
 *
 * A folder may hold 100,000 files. A server with one thread must not stand still while it reads and
 * sorts them, so a listing is made a few hundred entries at a time: first every entry is pushed
 * onto a binary heap, then the smallest is taken off until none is left. Both cost O(log n) an
 * entry and can stop after any (heapsort; Knuth, TAOCP vol. 3, 5.2.3).
 */
#ifndef CORE_LISTING_H
#define CORE_LISTING_H

#include <stddef.h>

#include "files/store.h"
#include "shared/budget.h"

struct listing {
    const struct store *store;
    struct budget *budget; /* what is allocated here is counted in it */
    DIR *dir;              /* NULL once every entry is on the heap */
    char *names;           /* "<size> <name>\n" of each entry, and a NUL */
    size_t names_len, names_size;
    size_t *heap; /* where each begins; the smallest name first; children of i: 2i+1, 2i+2 */
    size_t count, heap_size; /* entries on the heap, and space for them */
};

/* Returns 0 or an errno value; listing_free is to be called in either case. */
int listing_begin(struct listing *listing, const struct store *store, struct budget *budget);

/* While dir is not NULL: reads one more entry. Returns 0 or an errno value. */
int listing_gather(struct listing *listing);

/* Once dir is NULL, and before the first listing_print: bytes of the whole text. */
size_t listing_size(const struct listing *listing);

/* While count > 0: writes the next line, "<size> <name>\n", to `to`, and returns its length. */
size_t listing_print(struct listing *listing, char *to);

void listing_free(struct listing *listing);

#endif
