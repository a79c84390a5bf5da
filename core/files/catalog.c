/* core/files/catalog.c: for the threads of one process; see catalog.h */
#include "files/catalog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "files/listing.h"
#include "shared/sync.h"

struct catalog {
    const struct store *store;
    struct budget *budget;
    struct sync_lock lock;  /* guards all below */
    struct listing listing; /* the one under way */
    struct body *text;      /* its text, once every entry is on its heap */
    size_t len;             /* bytes of the text so far */
    bool making;
    uint64_t begun, finished; /* numbers of listings */
    uint64_t made;            /* the number of the last one that did not fail */
    unsigned int now, next;   /* how many wait for number `begun`, and for the one after it */
    unsigned int takers;      /* how many have not taken theirs yet, though it is finished */
    int error;                /* of the last one that failed */
    struct body *held;        /* the text of number `made`, for the takers */
    struct body *last;        /* a weak reference: NULL once nobody holds it */
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

static void making_end(struct catalog *catalog)
{
    listing_free(&catalog->listing);
    body_release(catalog->text);
    catalog->text = NULL;
    catalog->making = false;
}

void catalog_free(struct catalog *catalog)
{
    if (catalog->making)
        making_end(catalog);
    sync_lock_destroy(&catalog->lock);
    free(catalog);
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
    struct body *text = catalog->text, *old = body_hold_weak(&catalog->last), *unheld = NULL;
    catalog->text = NULL;
    making_end(catalog);
    if (error != 0) {
        body_release(text); /* no weak reference to it: this takes no lock */
        catalog->error = error;
    } else if (text != NULL && old != NULL && old->len == text->len &&
               memcmp(old->bytes, text->bytes, text->len) == 0) {
        body_release(text);
        text = body_hold(old);
    } else if (text != NULL) {
        body_set_weak(text, &catalog->last, &catalog->lock);
    }
    if (error == 0) { /* else those who have not taken an earlier one still get that */
        unheld = catalog->held;
        catalog->held = text;
        catalog->made = catalog->begun;
    }
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
    catalog->len = 0;
    catalog->making = true;
    return listing_begin(&catalog->listing, catalog->store, catalog->budget);
}

static int gather(struct catalog *catalog)
{
    struct listing *listing = &catalog->listing;
    int error = listing_gather(listing);
    if (error != 0 || listing->dir != NULL || listing->count == 0)
        return error;
    catalog->text = body_new(catalog->budget, listing_size(listing));
    return catalog->text == NULL ? ENOMEM : 0;
}

/* Works on the listing under way. Sets *made when it is whole. */
static int make_step(struct catalog *catalog, unsigned int entries, bool *made)
{
    struct listing *listing = &catalog->listing;
    int error = catalog->making ? 0 : begin(catalog);
    *made = false;
    for (unsigned int i = 0; i < entries && error == 0 && !*made; i++) {
        if (listing->dir != NULL)
            error = gather(catalog);
        else if (listing->count > 0)
            catalog->len += listing_print(listing, catalog->text->bytes + catalog->len);
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
        error = make_step(catalog, entries, &made);
        if (made || error != 0)
            first = finish(catalog, error);
    }
    error = 0;
    *done = catalog->finished >= number;
    if (*done) {
        error = number > catalog->made ? catalog->error : 0;
        *body = error != 0 || catalog->held == NULL ? NULL : body_hold(catalog->held);
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
    if (catalog->making && catalog->now + catalog->next == 0)
        making_end(catalog); /* no client needs it any more */
    struct body *held = held_take(catalog);
    sync_release(&catalog->lock);
    body_release(held);
}
