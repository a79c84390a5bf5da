/* turn_kernel.c: see turn_kernel.h */
#include "turn_kernel.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>

#include "observer.h"

/* ---- descriptors ---- */

int kernel_without_writer(int *other)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    close(ends[1]);
    *other = -1;
    return ends[0];
}

int kernel_without_reader(int *other)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    *other = -1;
    return ends[1];
}

int kernel_readable(int *other)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(write(ends[1], "N", 1), 1);
    *other = ends[1];
    return ends[0];
}

/* ---- calls ---- */

int __real_epoll_wait(int epoll, struct epoll_event *events, int most, int ms);
int __wrap_epoll_wait(int epoll, struct epoll_event *events, int most, int ms)
{
    return loop_wait_fails() ? -1 : __real_epoll_wait(epoll, events, most, ms);
}

int __real_epoll_pwait(int epoll, struct epoll_event *events, int most, int ms,
                       const sigset_t *signals);
int __wrap_epoll_pwait(int epoll, struct epoll_event *events, int most, int ms,
                       const sigset_t *signals)
{
    return loop_wait_fails() ? -1 : __real_epoll_pwait(epoll, events, most, ms, signals);
}

/* By epoll_pwait: an older C library does not have it, and then nobody calls it. */
int __wrap_epoll_pwait2(int epoll, struct epoll_event *events, int most,
                        const struct timespec *wait, const sigset_t *signals)
{
    int ms = wait == NULL ? -1 : (int)(wait->tv_sec * 1000 + wait->tv_nsec / 1000000);
    return loop_wait_fails() ? -1 : __real_epoll_pwait(epoll, events, most, ms, signals);
}

int __real_select(int count, fd_set *readers, fd_set *writers, fd_set *others,
                  struct timeval *wait);
int __wrap_select(int count, fd_set *readers, fd_set *writers, fd_set *others, struct timeval *wait)
{
    return loop_wait_fails() ? -1 : __real_select(count, readers, writers, others, wait);
}

int __real_pselect(int count, fd_set *readers, fd_set *writers, fd_set *others,
                   const struct timespec *wait, const sigset_t *signals);
int __wrap_pselect(int count, fd_set *readers, fd_set *writers, fd_set *others,
                   const struct timespec *wait, const sigset_t *signals)
{
    return loop_wait_fails() ? -1 : __real_pselect(count, readers, writers, others, wait, signals);
}

int __real_epoll_ctl(int epoll, int change, int fd, struct epoll_event *event);
int __wrap_epoll_ctl(int epoll, int change, int fd, struct epoll_event *event)
{
    loop_changes_list();
    return __real_epoll_ctl(epoll, change, fd, event);
}
