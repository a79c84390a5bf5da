/* core/shared/body.h: the body of a reply, in memory, which several clients may be sent at once */
#ifndef CORE_BODY_H
#define CORE_BODY_H

#include <stdatomic.h>
#include <stddef.h>

#include "shared/budget.h"

struct body {
    atomic_uint holders;
    struct budget *budget;  /* its bytes were taken from this one */
    struct body **known;    /* a pointer to this body that holds nothing: see body_known */
    struct sync_lock *lock; /* guards *known */
    /* if not NULL: called by body_release instead of all that it does itself */
    void (*release)(struct body *body);
    size_t len;
    char bytes[];
};

/* Space for len bytes, with one holder. Returns NULL if memory or the budget ran out. */
struct body *body_new(struct budget *budget, size_t len);

/* Adds a holder. */
struct body *body_hold(struct body *body);

/* Removes a holder; the last one frees the body. NULL is allowed. */
void body_release(struct body *body);

/* Sets *known to this body, without making it a holder: a weak reference. The last body_release
 * sets *known to NULL. lock guards *known; the caller holds it here, and calls body_hold_known with
 * it. */
void body_known(struct body *body, struct body **known, struct sync_lock *lock);

/* Adds a holder to *known. Returns NULL if there is none, or if its last holder is releasing it at
 * this moment. */
struct body *body_hold_known(struct body *const *known);

#endif
