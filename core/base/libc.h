/* core/base/libc.h: what musl, another C library than glibc, does not have
 *
 * With glibc, or a musl that has caught up, nothing of this is compiled. Servers for musl are built
 * and tested by make musl.
 */
#ifndef CORE_LIBC_H
#define CORE_LIBC_H

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#ifndef RWF_NOWAIT /* before musl 1.2.5 */
#define RWF_NOWAIT 0x00000008

/* pwritev2(2), only for an offset of -1 (the file's own): both halves of the argument are -1. */
static inline ssize_t pwritev2(int fd, const struct iovec *vec, int count, off_t offset, int flags)
{
    return syscall(SYS_pwritev2, fd, vec, count, (long)offset, (long)offset, flags);
}
#endif

#ifndef __GLIBC__
/* pthread_mutex_clocklock(3), since POSIX.1-2024. What the clock still lacks to until is waited by
 * the wall clock: if that is set back meanwhile, a lost wake-up costs as much more. */
static inline int pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock,
                                          const struct timespec *until)
{
    enum { SECOND = 1000000000 };
    struct timespec now, wall;
    if (clock_gettime(clock, &now) != 0 || clock_gettime(CLOCK_REALTIME, &wall) != 0)
        return EINVAL;
    wall.tv_sec += until->tv_sec - now.tv_sec;
    wall.tv_nsec += until->tv_nsec - now.tv_nsec;
    if (wall.tv_nsec < 0) {
        wall.tv_nsec += SECOND;
        wall.tv_sec--;
    } else if (wall.tv_nsec >= SECOND) {
        wall.tv_nsec -= SECOND;
        wall.tv_sec++;
    }
    return pthread_mutex_timedlock(mutex, &wall);
}

/* strerror(3) that any thread may call. That of musl may always be: its texts are constants. */
static inline const char *strerrordesc_np(int errnum)
{
    return strerror(errnum);
}
#endif

#endif
