/* core/listing.c: see listing.h */
#include "listing.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    uint64_t size;
    char name[];
};

struct listing {
    const struct store *store;
    DIR *walk;           /* NULL once every entry is on the heap */
    struct entry **heap; /* the smallest name first; children of i are 2i+1 and 2i+2 */
    size_t count, room;  /* entries on the heap, and room for them */
    char *text;
    size_t len, text_room; /* bytes of text, and room for it (known once the walk is over) */
};

int listing_begin(const struct store *store, struct listing **listing)
{
    struct listing *new = calloc(1, sizeof *new);
    if (new == NULL)
        return ENOMEM;
    int error = walk_begin(store, &new->walk);
    if (error != 0) {
        free(new);
        return error;
    }
    new->store = store;
    *listing = new;
    return 0;
}

void listing_end(struct listing *listing)
{
    if (listing == NULL)
        return;
    if (listing->walk != NULL)
        closedir(listing->walk);
    for (size_t i = 0; i < listing->count; i++)
        free(listing->heap[i]);
    free(listing->heap);
    free(listing->text);
    free(listing);
}

/* strcmp compares as unsigned char: the bytes of the name, as the protocol wants it */
static bool entry_before(const struct entry *a, const struct entry *b)
{
    return strcmp(a->name, b->name) < 0;
}

static int heap_push(struct listing *listing, struct entry *entry)
{
    if (listing->count == listing->room) {
        size_t room = listing->room == 0 ? 64 : listing->room * 2;
        struct entry **heap = realloc(listing->heap, room * sizeof(struct entry *));
        if (heap == NULL)
            return ENOMEM;
        listing->heap = heap;
        listing->room = room;
    }
    size_t i = listing->count++;
    for (; i > 0 && entry_before(entry, listing->heap[(i - 1) / 2]); i = (i - 1) / 2)
        listing->heap[i] = listing->heap[(i - 1) / 2];
    listing->heap[i] = entry;
    return 0;
}

static struct entry *heap_pop(struct listing *listing)
{
    struct entry **heap = listing->heap;
    struct entry *first = heap[0], *last = heap[--listing->count];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= listing->count)
            break;
        if (child + 1 < listing->count && entry_before(heap[child + 1], heap[child]))
            child++;
        if (!entry_before(heap[child], last))
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
    return first;
}

/* Bytes of the line "<size> <name>\n". */
static size_t entry_line(const struct entry *entry)
{
    return (size_t)snprintf(NULL, 0, "%" PRIu64 " %s\n", entry->size, entry->name);
}

static int gather_one(struct listing *listing)
{
    struct walk_entry found;
    int error = walk_next(listing->store, listing->walk, &found);
    if (error != 0)
        return error;
    if (found.name == NULL) {
        closedir(listing->walk);
        listing->walk = NULL;
        listing->text = malloc(listing->text_room + 1); /* snprintf ends with a NUL */
        return listing->text == NULL ? ENOMEM : 0;
    }
    if (found.name[0] == '\0' || found.temporary)
        return 0;
    size_t len = strlen(found.name);
    struct entry *entry = malloc(sizeof *entry + len + 1);
    if (entry == NULL)
        return ENOMEM;
    entry->size = found.size;
    memcpy(entry->name, found.name, len + 1);
    error = heap_push(listing, entry);
    if (error != 0)
        free(entry);
    else
        listing->text_room += entry_line(entry);
    return error;
}

static void print_one(struct listing *listing)
{
    struct entry *entry = heap_pop(listing);
    int n = snprintf(listing->text + listing->len, listing->text_room + 1 - listing->len,
                     "%" PRIu64 " %s\n", entry->size, entry->name);
    listing->len += (size_t)n;
    free(entry);
}

int listing_step(struct listing *listing, unsigned int entries, bool *done)
{
    *done = false;
    for (unsigned int i = 0; i < entries; i++) {
        int error = 0;
        if (listing->walk != NULL)
            error = gather_one(listing);
        else if (listing->count > 0)
            print_one(listing);
        else
            *done = true;
        if (error != 0 || *done)
            return error;
    }
    return 0;
}

char *listing_take(struct listing *listing, size_t *len)
{
    char *text = listing->text;
    *len = listing->len;
    listing->text = NULL;
    return text;
}
