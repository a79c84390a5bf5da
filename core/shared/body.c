/* core/shared/body.c: see body.h */
#include "shared/body.h"

#include <stdlib.h>

#include "shared/sync.h"

struct body *body_new(struct budget *budget, size_t len)
{
    if (!budget_take(budget, len))
        return NULL;
    struct body *body = malloc(sizeof *body + len);
    if (body == NULL) {
        budget_give(budget, len);
        return NULL;
    }
    body->budget = budget;
    body->weak = NULL;
    body->lock = NULL;
    body->release = NULL;
    body->len = len;
    atomic_init(&body->holders, 1);
    return body;
}

struct body *body_hold(struct body *body)
{
    atomic_fetch_add(&body->holders, 1);
    return body;
}

void body_release(struct body *body)
{
    if (body != NULL && body->release != NULL) {
        body->release(body);
        return;
    }
    if (body == NULL || atomic_fetch_sub(&body->holders, 1) > 1)
        return;
    if (body->weak != NULL) {
        (void)sync_acquire(body->lock);
        if (*body->weak == body)
            *body->weak = NULL;
        sync_release(body->lock);
    }
    budget_give(body->budget, body->len);
    free(body);
}

void body_set_weak(struct body *body, struct body **weak, struct sync_lock *lock)
{
    body->weak = weak;
    body->lock = lock;
    *weak = body;
}

struct body *body_hold_weak(struct body *const *weak)
{
    struct body *body = *weak;
    if (body == NULL)
        return NULL;
    unsigned int holders = atomic_load(&body->holders);
    while (holders > 0)
        if (atomic_compare_exchange_weak(&body->holders, &holders, holders + 1))
            return body;
    return NULL;
}
