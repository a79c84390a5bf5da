/* core/shared/sync_none.c: for a server with one thread, which shares nothing with anybody; see
 * sync.h */
#include <stdlib.h>

#include "shared/sync.h"

void *sync_alloc(size_t size)
{
    return calloc(1, size);
}

void sync_free(void *memory, size_t size)
{
    (void)size;
    free(memory);
}

void sync_lock_init(struct sync_lock *lock)
{
    (void)lock;
}

void sync_lock_destroy(struct sync_lock *lock)
{
    (void)lock;
}

enum sync_state sync_acquire(struct sync_lock *lock)
{
    (void)lock;
    return SYNC_OK;
}

enum sync_state sync_acquire_soon(struct sync_lock *lock, int64_t ms)
{
    (void)lock, (void)ms;
    return SYNC_OK;
}

void sync_release(struct sync_lock *lock)
{
    (void)lock;
}

void sync_condition_init(struct sync_condition *condition)
{
    (void)condition;
}

/* Nobody else could make the condition true. */
enum sync_state sync_wait(struct sync_condition *condition, struct sync_lock *lock, int64_t ms)
{
    (void)condition, (void)lock, (void)ms;
    abort();
}

void sync_wake(struct sync_condition *condition)
{
    (void)condition;
}
