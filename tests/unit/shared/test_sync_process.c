/* test_sync_process.c: locks of processes that are killed or stopped */
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ring.h"

static struct sync_lock *lock;

static void lock_begin(void)
{
    unit_bound(BOUND, "the lock");
    lock = sync_alloc(sizeof *lock);
    unit_check(lock != NULL, "out of memory");
    sync_lock_init(lock);
}

static void lock_end(void)
{
    sync_free(lock, sizeof *lock);
}

#define LOCK(function) TEST_BETWEEN(lock_begin, function, lock_end)

/* A child that takes the lock, and ends with it. */
static void lock_left_behind(void)
{
    pid_t child = ring_child();
    if (child == 0) {
        (void)sync_acquire(lock);
        _exit(0);
    }
    int status = unit_wait(child);
    unit_check(status == 0, "child: %x", (unsigned int)status);
}

/* The next holder of a dead process's lock learns of the death, once; then it is like any lock. */
static void test_a_lock_outlives_its_holder(void)
{
    for (int round = 0; round < 3; round++) {
        lock_left_behind();
        unit_check(sync_acquire(lock) == SYNC_ORPHANED, "round %d: nobody says that it died",
                   round);
        sync_release(lock);
        int error = pthread_mutex_trylock(&lock->mutex);
        unit_check(error == 0, "after its holder died it can't be locked any more: %s",
                   strerror(error));
        sync_release(lock);
    }
    sync_lock_destroy(lock);
}

static bool process_sleeps(pid_t pid)
{
    char path[64], state = '?';
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *stat = fopen(path, "re");
    bool sleeps = stat != NULL && fscanf(stat, "%*d (%*[^)]) %c", &state) == 1 && state == 'S';
    if (stat != NULL)
        (void)fclose(stat);
    return sleeps;
}

/* glibc's unlock sets the word to 0, then wakes one sleeper. Killed in between, and with somebody a
 * process takes the free lock before the kernel looks at what the dead has left, it wakes nobody:
 * the new holder does not know of sleepers. Here the holder gets no further than the first half. */
static void test_killed_while_unlocking(void)
{
    _Atomic int *word = (_Atomic int *)&lock->mutex.__data.__lock;
    pid_t holder = ring_child();
    if (holder == 0) {
        (void)sync_acquire(lock);
        for (;;)
            (void)pause();
    }
    while (*word == 0)
        sched_yield();
    pid_t sleeper = ring_child();
    if (sleeper == 0)
        _exit(sync_acquire(lock) == SYNC_OK ? 0 : 1);
    while ((*word & (int)FUTEX_WAITERS) == 0 || !process_sleeps(sleeper))
        sched_yield();
    *word = 0;
    unit_check(kill(holder, SIGKILL) == 0 && unit_killed(unit_wait(holder)), "holder");
    int status = unit_wait(sleeper);
    unit_check(status == 0, "sleeper: %x", (unsigned int)status);
} /* the lock's last holder has taken it to the grave: it is not destroyed */

/* A process that holds the lock is stopped, and not killed: the parent, which must not wait for it,
 * does not. */
static void test_holder_is_stopped(void)
{
    int status;
    unit_check(sync_acquire_soon(lock, 0) == SYNC_OK, "a free lock");
    sync_release(lock);
    pid_t holder = ring_child();
    if (holder == 0) {
        (void)sync_acquire(lock);
        raise(SIGSTOP);
        sync_release(lock);
        _exit(0);
    }
    unit_check(waitpid(holder, &status, WUNTRACED) == holder && WIFSTOPPED(status), "waitpid");
    for (int ms = 0; ms <= 20; ms += 10)
        unit_check(sync_acquire_soon(lock, ms) == SYNC_BUSY, "a lock that somebody holds");
    unit_check(kill(holder, SIGCONT) == 0 && unit_wait(holder) == 0, "holder");
    unit_check(sync_acquire_soon(lock, 0) == SYNC_OK, "the lock is free again");
    sync_release(lock);
    lock_left_behind();
    unit_check(sync_acquire_soon(lock, 0) == SYNC_ORPHANED, "the holder's death is not reported");
    sync_release(lock);
    sync_lock_destroy(lock);
}

static const struct CMUnitTest tests[] = {
    LOCK(test_a_lock_outlives_its_holder),
    LOCK(test_killed_while_unlocking),
    LOCK(test_holder_is_stopped),
};
UNIT_MAIN("sync_process", tests)
