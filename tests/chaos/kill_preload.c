/* tests/chaos/kill_preload.c: a library to preload into 02_fork
 *
 * It counts orphaned locks: a process that takes a robust lock from a dead one calls
 * pthread_mutex_consistent. Without that it would not be known whether the kills have ever hit a
 * process that held a lock. And it kills at moments that are too short to be hit from outside: a
 * forwarder at birth, before its session knows it by number; and a process that has just taken a
 * lock, by a timer that strikes a few microseconds later. KILL_PRELOAD names the file it shares
 * with the driver.
 */
#include "kill_preload.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

static struct kill_control *page; /* NULL: nobody watches */
static pid_t parent;              /* the server's first process */
static int (*next_consistent)(pthread_mutex_t *mutex);
static int (*next_lock)(pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until);
static pid_t (*next_fork)(void);

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("KILL_PRELOAD");
    int file = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    next_consistent =
        (int (*)(pthread_mutex_t *))(uintptr_t)dlsym(RTLD_NEXT, "pthread_mutex_consistent");
    next_lock = (int (*)(pthread_mutex_t *, clockid_t, const struct timespec *))(uintptr_t)dlsym(
        RTLD_NEXT, "pthread_mutex_clocklock");
    next_fork = (pid_t(*)(void))(uintptr_t)dlsym(RTLD_NEXT, "fork");
    parent = getpid();
    if (file < 0)
        return;
    void *memory = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (memory != MAP_FAILED)
        page = memory;
    close(file);
}

EXPORT int pthread_mutex_consistent(pthread_mutex_t *mutex)
{
    if (page != NULL)
        atomic_fetch_add(&page->recovered_locks, 1);
    return next_consistent(mutex);
}

static bool take_one(_Atomic uint32_t *count)
{
    uint32_t n = *count;
    while (n > 0 && !atomic_compare_exchange_weak(count, &n, n - 1))
        ;
    return n > 0;
}

static bool exempt(void)
{
    return getpid() == parent || getpid() == page->exempt || getppid() == page->exempt;
}

/* A timer that kills: the signal comes at whichever instruction we are then, so it is counted
 * before. */
static void kill_soon(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
    struct itimerspec when = {.it_value.tv_nsec = 1 + (long)page->delay};
    timer_t timer;
    atomic_fetch_add(&page->killed_holders, 1);
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 ||
        timer_settime(timer, 0, &when, NULL) != 0)
        atomic_fetch_sub(&page->killed_holders, 1);
}

EXPORT int pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock,
                                   const struct timespec *until)
{
    int error = next_lock(mutex, clock, until);
    if (error != ETIMEDOUT && page != NULL && page->kill_holders > 0 && !exempt() &&
        take_one(&page->kill_holders))
        kill_soon();
    return error;
}

EXPORT pid_t fork(void)
{
    siginfo_t info;
    pid_t child = next_fork();
    if (child <= 0 || page == NULL || exempt() || !take_one(&page->kill_at_start))
        return child;
    kill(child, SIGKILL);
    (void)waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT); /* it stays a zombie */
    atomic_fetch_add(&page->killed_at_start, 1);
    return child;
}
