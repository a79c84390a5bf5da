/* proof.c: linked into a unit test that is run with a student's source; see checks/unit.py
 *
 * PROOF is a new word each time, printed when main has returned 0: the test has come to its end.
 * Waits begin late: a wait that gives up the lock before it sleeps misses what happens in between.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { LATE_WAITS = 200 }; /* the first of them: later ones are as fast as always */

static atomic_int waits;

static void be_late(void)
{
    const struct timespec delay = {.tv_nsec = 500 * 1000};
    if (atomic_fetch_add(&waits, 1) < LATE_WAITS)
        nanosleep(&delay, NULL);
}

int __real_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
int __wrap_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
int __wrap_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    be_late();
    return __real_pthread_cond_wait(condition, mutex);
}

int __real_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                  const struct timespec *until);
int __wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                  const struct timespec *until);
int __wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                  const struct timespec *until)
{
    struct timespec now;
    be_late();
    int error = __real_pthread_cond_timedwait(condition, mutex, until);
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (error == ETIMEDOUT && now.tv_sec < until->tv_sec) {
        puts("a wait has ended more than a second before its time: is it the right clock?");
        exit(1);
    }
    return error;
}

int MAIN(int argc, char **argv); /* the test's main, under a name that is new each time, too */

int main(int argc, char **argv)
{
    static atomic_int calls;
    if (atomic_fetch_add(&calls, 1) != 0)
        abort();
    int status = MAIN(argc, argv);
    if (status == 0)
        puts("\n" PROOF);
    return status;
}
