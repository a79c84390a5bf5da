/* core/body.h: the body of a reply, in memory, which several clients may be sent at once */
#ifndef CORE_BODY_H
#define CORE_BODY_H

#include <stdatomic.h>
#include <stddef.h>

#include "budget.h"

struct body {
    atomic_uint holders;
    struct budget *budget;  /* its bytes are taken from */
    struct body **known;    /* where it is known without being held: see body_hold */
    struct sync_lock *lock; /* guards *known */
    size_t len;
    char bytes[];
};

/* Room for len bytes, with one holder. Returns NULL where memory or the budget ran out. */
struct body *body_new(struct budget *budget, size_t len);

/* One holder more. */
struct body *body_hold(struct body *body);

/* One holder less; the last one frees it. NULL is allowed. */
void body_release(struct body *body);

/* Lets somebody know a body without holding it: *known is set to NULL when its last holder releases it.
 * lock guards *known; the caller has it here, and calls body_hold_known with it. */
void body_known(struct body *body, struct body **known, struct sync_lock *lock);

/* One holder more of *known. Returns NULL where there is none, or its last holder is just releasing it. */
struct body *body_hold_known(struct body *const *known);

#endif
