/* tests/shim/shim.c: a library to preload into a server, which makes rare things happen always
 *
 *     SHIM=short   every transfer of bytes moves one byte, as a kernel under pressure may do (recv
 *                  two, every other time); after 4000 of them one byte to 16, in turn
 *     SHIM=storm   a signal every millisecond, caught without SA_RESTART: EINTR everywhere
 *     SHIM=term    SIGTERM arrives just before the first wait: too late for one that only looks
 *                  at a flag first, and sleeps then
 *     SHIM=clock   the wall clock is set an hour forward or back at every look; the monotonic clock
 *                  is left alone
 *     SHIM=slow    shutdown(2) and pthread_kill(3) take 300 ms, and writing to a file 1 ms, so that
 *                  much can happen meanwhile; recv(2) waits 50 ms for more bytes before it fails
 *                  with EAGAIN
 *     SHIM=escape  each recv and send tries to open / first, which a sandboxed server can't
 *                  (core/process/sandbox.h); if it can, that is logged
 *
 * The server does not know: LD_PRELOAD=.../shim.so SHIM=short 06_epoll/epoll-server. See ld.so(8).
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "landlock.h"

static bool mode_is(const char *mode)
{
    static const char *given; /* looked up once: some of these calls come a million times */
    if (given == NULL)
        given = getenv("SHIM");
    return given != NULL && strcmp(given, mode) == 0;
}

/* The function that would have been called without us. */
#define NEXT(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

/* No test waits by this: it is the fault itself, a machine on which a call takes its time. */
static void slow_down(long ms)
{
    const struct timespec pause = {.tv_nsec = ms * 1000000};
    if (mode_is("slow"))
        (void)nanosleep(&pause, NULL);
}

/* As a hole in the server would let somebody do, in the process and thread that talks to them. The
 * suite takes such a line for what it is when it looks through the log at the end of a case. */
static void escape(void)
{
    int root = mode_is("escape") ? open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (root < 0)
        return;
    close(root);
    (void)fprintf(stderr, "==ERROR: / can be opened: there is no sandbox here\n");
}

/* A large file byte by byte would only be more of the same. */
static size_t shorten(size_t len)
{
    enum { BYTES = 4000, MOST = 16 };
    static _Thread_local unsigned int calls;
    if (!mode_is("short"))
        return len;
    calls++;
    size_t most = calls < BYTES ? 1 : 1 + calls % MOST;
    return len < most ? len : most;
}

/* ---- short transfers ---- */

ssize_t recv(int fd, void *buffer, size_t len, int flags)
{
    struct pollfd in = {.fd = fd, .events = POLLIN};
    if (mode_is("slow"))
        (void)poll(&in, 1, 50);
    escape();
    /* two every other time: or nobody would ever give write(2) more than the one that it takes */
    static _Thread_local bool two;
    two = !two;
    size_t most = shorten(len);
    return NEXT(recv)(fd, buffer, most + (two && most < len), flags);
}

ssize_t send(int fd, const void *buffer, size_t len, int flags)
{
    escape();
    return NEXT(send)(fd, buffer, shorten(len), flags);
}

/* The one that signals make readable. It takes eight bytes or none (eventfd(2)). */
static int signals = -1;

int eventfd(unsigned int count, int flags)
{
    signals = NEXT(eventfd)(count, flags);
    return signals;
}

ssize_t write(int fd, const void *buffer, size_t len)
{
    bool whole = fd <= 2 || fd == signals; /* lines for people stay whole, too */
    if (!whole)
        slow_down(1);
    return NEXT(write)(fd, buffer, whole ? len : shorten(len));
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    escape();
    if (!mode_is("short") || message->msg_iovlen == 0)
        return NEXT(sendmsg)(fd, message, flags);
    return NEXT(send)(fd, message->msg_iov[0].iov_base, shorten(message->msg_iov[0].iov_len),
                      flags);
}

ssize_t sendfile(int out, int in, off_t *offset, size_t len)
{
    return NEXT(sendfile)(out, in, offset, shorten(len));
}

/* ---- a storm of signals ---- */

static void on_alarm(int signal)
{
    (void)signal;
}

static void storm_start(void)
{
    struct sigaction action = {.sa_handler = on_alarm};
    struct itimerval timer = {{0, 1000}, {0, 1000}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
}

__attribute__((constructor)) static void shim_start(void)
{
    if (mode_is("escape") && landlock_abi() <= 0) {
        (void)fprintf(stderr, "this kernel has no Landlock\n");
        _exit(98);
    }
    if (!mode_is("storm"))
        return;
    storm_start();
    pthread_atfork(NULL, NULL, storm_start); /* a child inherits no timer */
}

/* ---- a clock that is set, and a call that takes its time ---- */

int clock_gettime(clockid_t clock, struct timespec *now)
{
    static _Atomic unsigned int looks;
    int status = NEXT(clock_gettime)(clock, now);
    if (status == 0 && clock == CLOCK_REALTIME && mode_is("clock") && looks++ % 2 == 1)
        now->tv_sec += 3600;
    return status;
}

int pthread_kill(pthread_t thread, int signal)
{
    slow_down(300);
    return NEXT(pthread_kill)(thread, signal);
}

int shutdown(int fd, int how)
{
    slow_down(300);
    return NEXT(shutdown)(fd, how);
}

/* ---- a signal just before the first wait ---- */

static void signal_once(void)
{
    static bool sent;
    if (sent || !mode_is("term"))
        return;
    sent = true;
    raise(SIGTERM);
}

int epoll_wait(int epoll, struct epoll_event *events, int count, int timeout)
{
    signal_once();
    return NEXT(epoll_wait)(epoll, events, count, timeout);
}

int poll(struct pollfd *polled, nfds_t count, int timeout)
{
    if (timeout != 0) /* else it is only a look */
        signal_once();
    return NEXT(poll)(polled, count, timeout);
}

int select(int count, fd_set *readers, fd_set *writers, fd_set *others, struct timeval *timeout)
{
    signal_once();
    return NEXT(select)(count, readers, writers, others, timeout);
}
