/* core/shared/sync_process.c: for processes that share memory and can be killed; see sync.h
 *
 * A condition variable shared between processes does not survive its users: a waiter or a waker
 * that is killed inside it can block all others for ever (POSIX leaves that undefined, glibc bug
 * 21422). A futex has no state but one word of ours and the kernel's queue, from which the kernel
 * removes a dead process. See futex(2), pthread_mutexattr_setrobust(3).
 */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/libc.h"
#include "shared/sync.h"

void *sync_alloc(size_t size)
{
    int flags = MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void sync_free(void *memory, size_t size)
{
    munmap(memory, size);
}

void sync_lock_init(struct sync_lock *lock)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&lock->mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

void sync_lock_destroy(struct sync_lock *lock)
{
    pthread_mutex_destroy(&lock->mutex);
}

/* WHY      try again after a while, woken or not
 * WITHOUT  a process is killed in its unlock, when the lock is free and the waiters are not woken
 *          yet; a third process takes the lock before the kernel wakes one, and knows of no
 *          waiters: they sleep until another one has to wait  [mutant: core-sleeps-for-ever]
 * MAN      pthread_mutex_timedlock(3posix), get_robust_list(2)
 */
enum sync_state sync_acquire(struct sync_lock *lock)
{
    enum { WHILE = 100 }; /* milliseconds */
    enum sync_state state;
    do
        state = sync_acquire_soon(lock, WHILE);
    while (state == SYNC_BUSY);
    return state;
}

enum sync_state sync_acquire_soon(struct sync_lock *lock, int64_t ms)
{
    const struct timespec until = clock_timespec(clock_now() + ms);
    int error = pthread_mutex_clocklock(&lock->mutex, CLOCK_MONOTONIC, &until);
    if (error == ETIMEDOUT)
        return SYNC_BUSY;
    if (error != EOWNERDEAD)
        return SYNC_OK;
    pthread_mutex_consistent(&lock->mutex); /* or it could never be locked again */
    return SYNC_ORPHANED;
}

void sync_release(struct sync_lock *lock)
{
    pthread_mutex_unlock(&lock->mutex);
}

void sync_condition_init(struct sync_condition *condition)
{
    atomic_init(&condition->sequence, 0);
}

enum sync_state sync_wait(struct sync_condition *condition, struct sync_lock *lock, int64_t ms)
{
    /* Read under the lock. If a change comes before we sleep, the word differs from what the
     * kernel is given, and it does not let us sleep. LOST bounds the sleep if a waker was killed
     * after its change and before its wake-up. */
    enum { LOST = 1000 };
    const struct timespec bound = clock_timespec(ms < 0 || ms > LOST ? LOST : ms);
    uint32_t seen = atomic_load(&condition->sequence);
    sync_release(lock);
    (void)syscall(SYS_futex, &condition->sequence, FUTEX_WAIT, seen, &bound, NULL, 0);
    return sync_acquire(lock);
}

void sync_wake(struct sync_condition *condition)
{
    atomic_fetch_add(&condition->sequence, 1);
    (void)syscall(SYS_futex, &condition->sequence, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}
