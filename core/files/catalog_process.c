/* core/files/catalog_process.c: for processes that can be killed; see catalog.h
 *
 * A text is in one of a few slots of shared memory. A process holds one text at a time, and its
 * part of the budget has the number of that slot. So there is no count of holders that a killed
 * process would leave wrong: a slot is free if no part has its number, and the parent clears the
 * part of a dead child. The process that makes a listing holds the lock until it is made.
 */
#include "files/catalog.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "files/listing.h"
#include "shared/sync.h"

enum {
    SLOTS = 4,                   /* texts that differ and are all held by somebody */
    SLOT_MAX = 64 * 1024 * 1024, /* bytes of address space for one */
    SLOT_ALIGNMENT = 64 * 1024,  /* a slot begins on a page, however large pages are */
    TRY = 100,                   /* milliseconds of one attempt to get the lock */
    TRIES = 50,                  /* attempts before a client's listing is made without it */
    SOON = 20,                   /* milliseconds; see catalog_reclaim */
};

/* `listing` in a process's part of the budget; from FIRST_SLOT on: it holds that slot. */
enum { HOLDS_NOTHING, HAS_ASKED, FIRST_SLOT };

struct slot {
    struct catalog *catalog;
    struct body text;
};

struct catalog {
    const struct store *store;
    struct budget *budget;
    size_t slot_size;
    struct sync_lock lock;     /* guards all below */
    _Atomic uint64_t begun;    /* the number of the latest listing */
    _Atomic uint64_t finished; /* the number of the one in `last`; 0: there is none */
    _Atomic unsigned int last; /* its slot; HOLDS_NOTHING: the library was empty */
    size_t used[SLOTS];        /* bytes of each slot; 0: free */
};

/* Without the address space for slots, each process makes its own listing. */
struct catalog *catalog_new(const struct store *store, struct budget *budget)
{
    size_t max = budget->max < SLOT_MAX ? budget->max : SLOT_MAX;
    size_t size = (max + SLOT_ALIGNMENT - 1) / SLOT_ALIGNMENT * SLOT_ALIGNMENT;
    struct catalog *catalog = sync_alloc(SLOT_ALIGNMENT + SLOTS * size);
    if (catalog == NULL) {
        size = 0;
        catalog = sync_alloc(SLOT_ALIGNMENT);
    }
    if (catalog == NULL)
        return NULL;
    catalog->store = store;
    catalog->budget = budget;
    catalog->slot_size = size;
    sync_lock_init(&catalog->lock);
    return catalog;
}

void catalog_free(struct catalog *catalog)
{
    sync_lock_destroy(&catalog->lock);
    sync_free(catalog, SLOT_ALIGNMENT + SLOTS * catalog->slot_size);
}

/* ---- the slots; the caller holds the lock ---- */

static struct slot *slot_at(struct catalog *catalog, unsigned int i)
{
    return (struct slot *)((char *)catalog + SLOT_ALIGNMENT + i * catalog->slot_size);
}

/* Frees the slots that nobody holds; and counts the others, whatever a killed process has left. A
 * process that has asked may be about to take the last one. */
static void slots_reclaim(struct catalog *catalog)
{
    struct budget *budget = catalog->budget;
    bool held[FIRST_SLOT + SLOTS] = {false};
    for (unsigned int i = 0, n = *budget->count; i < n; i++)
        held[budget->parts[i].listing] = true;
    if (held[HAS_ASKED])
        held[catalog->last] = true;
    size_t sum = 0;
    for (unsigned int i = 0; i < SLOTS; i++) {
        if (catalog->used[i] > 0 && !held[FIRST_SLOT + i]) {
            if (catalog->last == FIRST_SLOT + i)
                catalog->finished = 0;
            (void)madvise(slot_at(catalog, i), catalog->used[i], MADV_REMOVE);
            catalog->used[i] = 0;
        }
        sum += catalog->used[i];
    }
    budget_part_set(budget, budget->parts, sum);
}

/* This process neither waits for a text nor holds one any more. */
static void hold_nothing(struct catalog *catalog)
{
    catalog->budget->own->listing = HOLDS_NOTHING;
    catalog_reclaim(catalog);
}

static void slot_release(struct body *text)
{
    struct slot *slot = (struct slot *)((char *)text - offsetof(struct slot, text));
    hold_nothing(slot->catalog);
}

/* Space for len bytes. Returns NULL if there is none, or if the budget ran out. */
static struct body *slot_take(struct catalog *catalog, size_t len)
{
    size_t size = sizeof(struct slot) + len;
    struct budget shared = *catalog->budget;
    unsigned int i = 0;
    shared.own = shared.parts;
    slots_reclaim(catalog);
    while (i < SLOTS && catalog->used[i] > 0)
        i++;
    if (i == SLOTS || size > catalog->slot_size || !budget_take(&shared, size))
        return NULL;
    catalog->used[i] = size;
    struct slot *slot = slot_at(catalog, i);
    slot->catalog = catalog;
    slot->text.release = slot_release;
    slot->text.len = len;
    return &slot->text;
}

/* The slot that a text is in. */
static unsigned int slot_of(struct catalog *catalog, const struct body *text)
{
    return FIRST_SLOT + (unsigned int)(((const char *)text - (char *)slot_at(catalog, 0)) /
                                       (ptrdiff_t)catalog->slot_size);
}

static struct body *last_text(struct catalog *catalog)
{
    bool is_empty = catalog->finished == 0 || catalog->last < FIRST_SLOT;
    return is_empty ? NULL : &slot_at(catalog, catalog->last - FIRST_SLOT)->text;
}

/* ---- making a listing ---- */

/* Makes one, in a slot if that is possible, else in memory of this process. */
static int make(struct catalog *catalog, bool locked, struct body **text)
{
    struct listing listing;
    int error = listing_begin(&listing, catalog->store, catalog->budget);
    while (error == 0 && listing.dir != NULL)
        error = listing_gather(&listing);
    size_t len = listing_size(&listing);
    *text = error == 0 && len > 0 && locked ? slot_take(catalog, len) : NULL;
    if (error == 0 && len > 0 && *text == NULL) {
        *text = body_new(catalog->budget, len);
        error = *text == NULL ? ENOMEM : 0;
    }
    for (size_t at = 0; error == 0 && listing.count > 0;)
        at += listing_print(&listing, (*text)->bytes + at);
    listing_free(&listing);
    return error;
}

/* Makes one for all who wait for the lock. Sets *own if it is only for this process.
 *
 * WHY      `last` and `finished` change last, one after the other, when the text is there
 * WITHOUT  a process that is killed meanwhile leaves half a text for all who ask next
 *                                                        [mutant: 02-listing-before-text]
 */
static int make_for_all(struct catalog *catalog, struct body **own)
{
    struct body *text, *old;
    uint64_t number = ++catalog->begun;
    int error = make(catalog, true, &text);
    if (error != 0)
        return error;
    if (text != NULL && text->release == NULL) {
        *own = text;
        return 0;
    }
    old = last_text(catalog);
    if (text == NULL)
        catalog->last = HOLDS_NOTHING;
    else if (old == NULL || old->len != text->len || memcmp(old->bytes, text->bytes, old->len) != 0)
        catalog->last = slot_of(catalog, text);
    catalog->finished = number;
    return 0;
}

/* ---- for all who ask ---- */

uint64_t catalog_ask(struct catalog *catalog)
{
    catalog->budget->own->listing = HAS_ASKED;
    return catalog->begun + 1;
}

/* WHY      the lock is waited for only so long
 * WITHOUT  a process that is stopped (SIGSTOP) while it makes a listing stops all who list
 *                                                        [mutant: 02-listing-waits]
 */
static bool lock_wait(struct catalog *catalog)
{
    for (int i = 0; i < TRIES; i++)
        if (sync_acquire_soon(&catalog->lock, TRY) != SYNC_BUSY)
            return true;
    return false;
}

int catalog_step(struct catalog *catalog, uint64_t number, unsigned int entries, bool *done,
                 struct body **body)
{
    atomic_uint *holds = &catalog->budget->own->listing;
    int error = 0;
    (void)entries; /* other processes run meanwhile */
    *done = true;
    *body = NULL;
    if (!lock_wait(catalog)) {
        *holds = HOLDS_NOTHING;
        return make(catalog, false, body);
    }
    if (catalog->finished < number)
        error = make_for_all(catalog, body);
    if (error == 0 && *body == NULL)
        *body = last_text(catalog);
    *holds = *body != NULL && (*body)->release != NULL ? slot_of(catalog, *body) : HOLDS_NOTHING;
    slots_reclaim(catalog); /* one that was replaced */
    sync_release(&catalog->lock);
    return error;
}

void catalog_forget(struct catalog *catalog, uint64_t number)
{
    (void)number;
    hold_nothing(catalog);
}

void catalog_reclaim(struct catalog *catalog)
{
    if (sync_acquire_soon(&catalog->lock, SOON) == SYNC_BUSY)
        return;
    slots_reclaim(catalog);
    sync_release(&catalog->lock);
}
