/* core/shared/sync_thread.c: for the threads of one process; see sync.h */
#include <stdlib.h>

#include "base/clock.h"
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

/* Default mutexes of glibc can't fail, neither to be made nor to be locked. */
void sync_lock_init(struct sync_lock *lock)
{
    pthread_mutex_init(&lock->mutex, NULL);
}

void sync_lock_destroy(struct sync_lock *lock)
{
    pthread_mutex_destroy(&lock->mutex);
}

/* A thread does not die alone: there are no orphaned locks here. */
enum sync_state sync_acquire(struct sync_lock *lock)
{
    pthread_mutex_lock(&lock->mutex);
    return SYNC_OK;
}

/* Nor is it stopped alone. */
enum sync_state sync_acquire_soon(struct sync_lock *lock, int64_t ms)
{
    (void)ms;
    return sync_acquire(lock);
}

void sync_release(struct sync_lock *lock)
{
    pthread_mutex_unlock(&lock->mutex);
}

void sync_condition_init(struct sync_condition *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC); /* clock_now's */
    pthread_cond_init(&condition->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

enum sync_state sync_wait(struct sync_condition *condition, struct sync_lock *lock, int64_t ms)
{
    const struct timespec until = clock_timespec(clock_now() + ms);
    if (ms < 0)
        pthread_cond_wait(&condition->changed, &lock->mutex);
    else
        (void)pthread_cond_timedwait(&condition->changed, &lock->mutex, &until);
    return SYNC_OK;
}

void sync_wake(struct sync_condition *condition)
{
    pthread_cond_broadcast(&condition->changed);
}
