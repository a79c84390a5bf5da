/* core/shared/body.h: the body of a reply, in memory, which several clients may be sent at once */
#ifndef CORE_BODY_H
#define CORE_BODY_H

#include <stdatomic.h>
#include <stddef.h>

#include "shared/budget.h"

struct body {
    atomic_uint holders;
    struct budget *budget;  /* its bytes were taken from this one */
    struct body **weak;     /* the weak reference to this body: see body_set_weak */
    struct sync_lock *lock; /* guards *weak */
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

/* Sets *weak to this body, without making it a holder: a weak reference. The last body_release
 * sets *weak to NULL. lock guards *weak; the caller holds it here, and calls body_hold_weak with
 * it. */
void body_set_weak(struct body *body, struct body **weak, struct sync_lock *lock);

/* Adds a holder to *weak. Returns NULL if there is none, or if its last holder is releasing it at
 * this moment. */
struct body *body_hold_weak(struct body *const *weak);

#endif
