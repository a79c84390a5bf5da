/* core/shared/sync.h: memory, locks and waiting that several threads or processes share
 *
 * What the chat room (room_ring.h) and the listings (catalog.h, body.h) need, and no more. There
 * are three implementations; the Makefile links one of them:
 *
 *     sync_none.c     for one thread: ordinary memory, no lock, nobody to wait for
 *     sync_thread.c   for the threads of one process: a mutex and a condition variable
 *     sync_process.c  for processes, any of which can be killed at any instruction: shared
 *                     memory, a robust mutex, a futex
 *
 * What the room does is the same, how it locks and waits differs: the lesson of 02 against 03.
 */
#ifndef CORE_SYNC_H
#define CORE_SYNC_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* Memory, zeroed, that is shared from now on with every thread or child process. Returns NULL if
 * there is none. */
void *sync_alloc(size_t size);
void sync_free(void *memory, size_t size);

enum sync_state {
    SYNC_OK,
    SYNC_ORPHANED, /* you hold the lock, but its last holder died with it: repair what it guards */
    SYNC_BUSY,     /* you do not hold it: somebody else still does */
};

struct sync_lock {
    pthread_mutex_t mutex;
};

void sync_lock_init(struct sync_lock *lock);
void sync_lock_destroy(struct sync_lock *lock);
enum sync_state sync_acquire(struct sync_lock *lock);

/* Waits for it for at most `ms` milliseconds. A process that holds a lock can be stopped as well as
 * killed, and then nothing ends the wait: a process that must not wait for ever uses this. */
enum sync_state sync_acquire_soon(struct sync_lock *lock, int64_t ms);

void sync_release(struct sync_lock *lock);

/* A condition to wait on: a change, by another thread or process, to what a lock guards. */
struct sync_condition {
    union {
        pthread_cond_t changed;    /* sync_thread.c */
        _Atomic uint32_t sequence; /* sync_process.c: counts the changes */
    };
};

void sync_condition_init(struct sync_condition *condition);

/* Gives up the lock, sleeps until sync_wake, or until `ms` milliseconds are over; then takes the
 * lock again. ms < 0: no bound. It may return for no reason: the caller, who holds the lock, checks
 * again what it waits for. */
enum sync_state sync_wait(struct sync_condition *condition, struct sync_lock *lock, int64_t ms);

/* Wakes all who wait. The caller holds the lock, so that no change can slip in between a waiter's
 * check and its sleep. */
void sync_wake(struct sync_condition *condition);

#endif
