/* core/files/listing.c: see listing.h */
#include "files/listing.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/sync.h"

/* One listing under way. */
struct walk {
    DIR *dir;    /* NULL once every entry is on the heap */
    char *names; /* "<size> <name>\n" of each entry, and a NUL */
    size_t names_len, names_size;
    size_t *heap; /* where each begins; the smallest name first; children of i: 2i+1, 2i+2 */
    size_t count, heap_size; /* entries on the heap, and space for them */
    struct body *text;       /* what has been taken off the heap */
    size_t len;              /* bytes of it so far */
};

struct catalog {
    const struct store *store;
    struct budget *budget;
    struct sync_lock lock; /* guards all below */
    struct walk walk;
    bool walking;
    uint64_t begun, finished; /* numbers of listings */
    unsigned int now, next;   /* how many wait for number `begun`, and for the one after it */
    unsigned int takers;      /* how many have not taken theirs yet, though it is finished */
    int error;                /* of the last one */
    struct body *held;        /* the last one, for the takers */
    struct body *known;       /* the last one, as long as anybody holds it: see body_known */
};

struct catalog *catalog_new(const struct store *store, struct budget *budget)
{
    struct catalog *catalog = calloc(1, sizeof *catalog);
    if (catalog == NULL)
        return NULL;
    catalog->store = store;
    catalog->budget = budget;
    sync_lock_init(&catalog->lock);
    return catalog;
}

static void walk_free(struct catalog *catalog)
{
    struct walk *walk = &catalog->walk;
    if (walk->dir != NULL)
        closedir(walk->dir);
    budget_give(catalog->budget, walk->names_size + walk->heap_size * sizeof walk->heap[0]);
    free(walk->names);
    free(walk->heap);
    body_release(walk->text);
    *walk = (struct walk){0};
    catalog->walking = false;
}

void catalog_free(struct catalog *catalog)
{
    if (catalog->walking)
        walk_free(catalog);
    sync_lock_destroy(&catalog->lock);
    free(catalog);
}

/* ---- the heap ---- */

static const char *name_at(const struct walk *walk, size_t at)
{
    return strchr(walk->names + at, ' ') + 1;
}

/* strcmp compares as unsigned char: the bytes of the name, as the protocol wants it. A name ends
 * with LF here, which is less than any byte that a name can have. */
static bool name_before(const struct walk *walk, size_t a, size_t b)
{
    return strcmp(name_at(walk, a), name_at(walk, b)) < 0;
}

static void heap_push(struct walk *walk, size_t entry)
{
    size_t *heap = walk->heap, i = walk->count++;
    for (; i > 0 && name_before(walk, entry, heap[(i - 1) / 2]); i = (i - 1) / 2)
        heap[i] = heap[(i - 1) / 2];
    heap[i] = entry;
}

static size_t heap_pop(struct walk *walk)
{
    size_t *heap = walk->heap, first = heap[0], last = heap[--walk->count], i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= walk->count)
            break;
        if (child + 1 < walk->count && name_before(walk, heap[child + 1], heap[child]))
            child++;
        if (!name_before(walk, heap[child], last))
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
    return first;
}

/* ---- one step ---- */

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

static int entry_add(struct catalog *catalog, const struct walk_entry *found)
{
    struct walk *walk = &catalog->walk;
    char size[24];
    size_t size_len = (size_t)snprintf(size, sizeof size, "%" PRIu64 " ", found->size);
    size_t name_len = strlen(found->name), at = walk->names_len;
    size_t end = at + size_len + name_len + 2;
    char *names = grow(catalog->budget, walk->names, &walk->names_size, end, 1);
    if (names == NULL)
        return ENOMEM;
    walk->names = names;
    size_t *heap =
        grow(catalog->budget, walk->heap, &walk->heap_size, walk->count + 1, sizeof *heap);
    if (heap == NULL)
        return ENOMEM;
    walk->heap = heap;
    memcpy(names + at, size, size_len);
    memcpy(names + at + size_len, found->name, name_len);
    memcpy(names + end - 2, "\n", 2);
    walk->names_len = end;
    heap_push(walk, at);
    return 0;
}

static int gather_one(struct catalog *catalog)
{
    struct walk *walk = &catalog->walk;
    struct walk_entry found;
    int error = walk_next(catalog->store, walk->dir, &found);
    if (error != 0)
        return error;
    if (found.name != NULL)
        return found.name[0] == '\0' || found.temporary ? 0 : entry_add(catalog, &found);
    closedir(walk->dir);
    walk->dir = NULL;
    if (walk->count == 0)
        return 0;
    walk->text = body_new(catalog->budget, walk->names_len - walk->count); /* less a NUL each */
    return walk->text == NULL ? ENOMEM : 0;
}

static void print_one(struct walk *walk)
{
    const char *line = walk->names + heap_pop(walk);
    size_t len = strlen(line);
    memcpy(walk->text->bytes + walk->len, line, len);
    walk->len += len;
}

/* Takes away what is held for takers, once there are none. The caller releases it, without the
 * lock: body_release may need that. */
static struct body *held_take(struct catalog *catalog)
{
    struct body *held = catalog->takers == 0 ? catalog->held : NULL;
    if (held != NULL)
        catalog->held = NULL;
    return held;
}

/* The listing under way is made, or has failed. Returns what the caller has to release, without the
 * lock. */
static struct body *finish(struct catalog *catalog, int error)
{
    struct body *text = catalog->walk.text, *old = body_hold_known(&catalog->known), *unheld;
    catalog->walk.text = NULL;
    walk_free(catalog);
    if (error != 0) {
        body_release(text); /* no known body: this takes no lock */
        text = NULL;
    } else if (text != NULL && old != NULL && old->len == text->len &&
               memcmp(old->bytes, text->bytes, text->len) == 0) {
        body_release(text);
        text = body_hold(old);
    } else if (text != NULL) {
        body_known(text, &catalog->known, &catalog->lock);
    }
    unheld = catalog->held;
    catalog->held = text;
    catalog->error = error;
    catalog->finished = catalog->begun;
    catalog->takers += catalog->now;
    catalog->now = 0;
    if (unheld != NULL && old != NULL)
        body_release(unheld); /* it is `old`, which has another holder: this takes no lock */
    else if (unheld != NULL)
        return unheld;
    return old;
}

static int begin(struct catalog *catalog)
{
    catalog->begun++;
    catalog->now = catalog->next;
    catalog->next = 0;
    catalog->walk = (struct walk){0};
    catalog->walking = true;
    return walk_begin(catalog->store, &catalog->walk.dir);
}

/* Works on the walk. Sets *made when all entries are in its text. */
static int walk_step(struct catalog *catalog, unsigned int entries, bool *made)
{
    int error = catalog->walking ? 0 : begin(catalog);
    *made = false;
    for (unsigned int i = 0; i < entries && error == 0 && !*made; i++) {
        if (catalog->walk.dir != NULL)
            error = gather_one(catalog);
        else if (catalog->walk.count > 0)
            print_one(&catalog->walk);
        else
            *made = true;
    }
    return error;
}

/* ---- for all who ask ---- */

uint64_t catalog_ask(struct catalog *catalog)
{
    (void)sync_acquire(&catalog->lock);
    uint64_t number = catalog->begun + 1;
    catalog->next++;
    sync_release(&catalog->lock);
    return number;
}

int catalog_step(struct catalog *catalog, uint64_t number, unsigned int entries, bool *done,
                 struct body **body)
{
    struct body *first = NULL, *second = NULL;
    int error = 0;
    bool made = false;
    *body = NULL;
    (void)sync_acquire(&catalog->lock);
    if (catalog->finished < number) {
        error = walk_step(catalog, entries, &made);
        if (made || error != 0)
            first = finish(catalog, error);
    }
    error = 0;
    *done = catalog->finished >= number;
    if (*done) {
        error = catalog->error;
        *body = catalog->held == NULL ? NULL : body_hold(catalog->held);
        catalog->takers--;
        second = held_take(catalog);
    }
    sync_release(&catalog->lock);
    body_release(first);
    body_release(second);
    return error;
}

void catalog_forget(struct catalog *catalog, uint64_t number)
{
    (void)sync_acquire(&catalog->lock);
    if (number <= catalog->finished)
        catalog->takers--;
    else if (number == catalog->begun)
        catalog->now--;
    else
        catalog->next--;
    if (catalog->walking && catalog->now + catalog->next == 0)
        walk_free(catalog); /* nobody would go on with it */
    struct body *held = held_take(catalog);
    sync_release(&catalog->lock);
    body_release(held);
}
