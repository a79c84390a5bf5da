/* core/files/listing.c: see listing.h */
#include "files/listing.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the heap ---- */

static const char *name_at(const struct listing *listing, size_t at)
{
    return strchr(listing->names + at, ' ') + 1;
}

/* strcmp compares as unsigned char: the bytes of the name, as the protocol wants it. A name ends
 * with LF here, which is less than any byte that a name can have. */
static bool name_before(const struct listing *listing, size_t a, size_t b)
{
    return strcmp(name_at(listing, a), name_at(listing, b)) < 0;
}

static void heap_push(struct listing *listing, size_t entry)
{
    size_t *heap = listing->heap, i = listing->count++;
    for (; i > 0 && name_before(listing, entry, heap[(i - 1) / 2]); i = (i - 1) / 2)
        heap[i] = heap[(i - 1) / 2];
    heap[i] = entry;
}

static size_t heap_pop(struct listing *listing)
{
    size_t *heap = listing->heap, first = heap[0], last = heap[--listing->count], i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= listing->count)
            break;
        if (child + 1 < listing->count && name_before(listing, heap[child + 1], heap[child]))
            child++;
        if (!name_before(listing, heap[child], last))
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
    return first;
}

/* ---- one entry at a time ---- */

/* Makes space for `need` items of `size` bytes; *space is how many there is space for. */
static void *grow(struct budget *budget, void *memory, size_t *space, size_t need, size_t size)
{
    size_t more = *space;
    if (need <= *space)
        return memory;
    more = more == 0 ? 64 : more;
    while (more < need)
        more += more / 2;
    if (!budget_take(budget, (more - *space) * size))
        return NULL;
    void *grown = realloc(memory, more * size);
    if (grown == NULL)
        budget_give(budget, (more - *space) * size);
    else
        *space = more;
    return grown;
}

static int entry_add(struct listing *listing, const struct walk_entry *found)
{
    char size[24];
    size_t size_len = (size_t)snprintf(size, sizeof size, "%" PRIu64 " ", found->size);
    size_t name_len = strlen(found->name), at = listing->names_len;
    size_t end = at + size_len + name_len + 2;
    char *names = grow(listing->budget, listing->names, &listing->names_size, end, 1);
    if (names == NULL)
        return ENOMEM;
    listing->names = names;
    size_t *heap =
        grow(listing->budget, listing->heap, &listing->heap_size, listing->count + 1, sizeof *heap);
    if (heap == NULL)
        return ENOMEM;
    listing->heap = heap;
    memcpy(names + at, size, size_len);
    memcpy(names + at + size_len, found->name, name_len);
    memcpy(names + end - 2, "\n", 2);
    listing->names_len = end;
    heap_push(listing, at);
    return 0;
}

int listing_begin(struct listing *listing, const struct store *store, struct budget *budget)
{
    *listing = (struct listing){.store = store, .budget = budget};
    return walk_begin(store, &listing->dir);
}

int listing_gather(struct listing *listing)
{
    struct walk_entry found;
    int error = walk_next(listing->store, listing->dir, WALK_LIBRARY, &found);
    if (error != 0)
        return error;
    if (found.name != NULL)
        return found.name[0] == '\0' ? 0 : entry_add(listing, &found);
    closedir(listing->dir);
    listing->dir = NULL;
    return 0;
}

size_t listing_size(const struct listing *listing)
{
    return listing->names_len - listing->count; /* less a NUL each */
}

size_t listing_print(struct listing *listing, char *to)
{
    const char *line = listing->names + heap_pop(listing);
    size_t len = 0;
    for (; line[len] != '\0'; len++) /* without the NUL */
        to[len] = line[len];
    return len;
}

void listing_free(struct listing *listing)
{
    if (listing->dir != NULL)
        closedir(listing->dir);
    budget_give(listing->budget,
                listing->names_size + listing->heap_size * sizeof listing->heap[0]);
    free(listing->names);
    free(listing->heap);
    *listing = (struct listing){.budget = listing->budget};
}
