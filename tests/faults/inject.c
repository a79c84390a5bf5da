/* tests/faults/inject.c: a library to preload into a server, in which a chosen call fails
 *
 * A driver arms the fault, see inject.h: the file INJECT_CONTROL is what both have mapped.
 *
 * A call that fails is not made; but a close that fails has closed (on Linux it always has), and a
 * shutdown that fails with ENOTCONN has shut down, since the connection it complains about is gone.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inject.h"

/* glibc's own: what dlsym would find, without asking dlsym, which allocates itself */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

static struct inject_control *control; /* NULL: not there, or not yet */
static uintptr_t program;              /* where the program begins in memory */
static int event_fd = -1;              /* the eventfd of core/process/stop.c */

#define HERE __builtin_return_address(0)

/* The function that would have been called without us. */
#define NEXT(name) ((__typeof__(&(name)))next(CALL_##name, #name))

static void *next(enum inject_call call, const char *name)
{
    static void *_Atomic found[CALLS];
    void *function = found[call];
    if (function == NULL)
        found[call] = function = dlsym(RTLD_NEXT, name);
    return function;
}

/* ---- is this the call that fails? ---- */

static bool spared(int fd)
{
    struct sockaddr_in6 peer = {0}; /* IPv4 fits in; the port is at the same place in both */
    socklen_t len = sizeof peer;
    int error = errno;
    bool is = false;
    if (fd >= 0 && getpeername(fd, (struct sockaddr *)&peer, &len) == 0 &&
        (peer.sin6_family == AF_INET || peer.sin6_family == AF_INET6))
        for (int i = 0; i < INJECT_SPARED && !is; i++)
            is = control->spared[i] != 0 && control->spared[i] == ntohs(peer.sin6_port);
    errno = error;
    return is;
}

static uint64_t place_of(const void *caller)
{
    enum { PROGRAM_MAX = 16 * 1024 * 1024 };
    uintptr_t offset = (uintptr_t)caller - program;
    return offset < PROGRAM_MAX ? offset : 0;
}

static void place_note(enum inject_call call, uint64_t place)
{
    uint64_t entry = (uint64_t)call << 32 | place;
    for (unsigned int i = 0; i < INJECT_PLACES; i++) {
        _Atomic uint64_t *slot = &control->places[(entry * 31 + i) % INJECT_PLACES];
        uint64_t there = 0;
        if (atomic_compare_exchange_strong(slot, &there, entry) || there == entry)
            return;
    }
}

/* Instead of a socket: it does not matter here; the call is not one of those that fail. */
enum { ANY = -1, SPARED = -2 };

/* Counts a call. Returns 0 if it is to be made, else what happens instead. fd: its socket. */
static int fault(enum inject_call call, int fd, const void *caller)
{
    if (control == NULL || control->armed == 0 || fd == SPARED || spared(fd))
        return 0;
    uint32_t n = ++control->calls[call];
    uint64_t place = place_of(caller);
    place_note(call, place);
    for (int i = 0; i < INJECT_SLOTS; i++) {
        struct inject_slot *slot = &control->slots[i];
        if (slot->call != call || n < slot->nth || n - slot->nth >= slot->times)
            continue;
        if (slot->injected++ == 0)
            slot->place = place;
        return slot->effect;
    }
    return 0;
}

static int fail(int error)
{
    errno = error;
    return -1;
}

/* ---- the beginning ---- */

__attribute__((constructor)) static void inject_start(void)
{
    const char *path = getenv("INJECT_CONTROL");
    int fd = path != NULL ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC) : -1;
    program = getauxval(AT_PHDR) & ~(uintptr_t)0xfff;
    if (fd < 0)
        return;
    void *memory = NEXT(mmap)(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    syscall(SYS_close, fd);
    if (memory != MAP_FAILED)
        control = memory;
}

/* ---- what is wrapped, and how ---- */

/* The call fails as it was asked for, or is made. fd: see fault(). */
#define WRAP_AS(failed, type, name, parameters, call, fd) \
    type name parameters                                  \
    {                                                     \
        int error = fault(CALL_##name, fd, HERE);         \
        if (error == 0)                                   \
            return call;                                  \
        errno = error;                                    \
        return failed;                                    \
    }
#define WRAP(type, name, parameters, call) WRAP_AS(-1, type, name, parameters, call, ANY)

/* The same for one that moves len bytes: it may also move one of them. */
#define WRAP_SHORT(name, parameters, call, fd)    \
    ssize_t name parameters                       \
    {                                             \
        int error = fault(CALL_##name, fd, HERE); \
        if (error > 0)                            \
            return fail(error);                   \
        if (error == EFFECT_SHORT && len > 1)     \
            len = 1;                              \
        return call;                              \
    }

/* ---- memory ---- */

WRAP_AS(NULL, void *, malloc, (size_t size), __libc_malloc(size), ANY)
WRAP_AS(NULL, void *, calloc, (size_t count, size_t size), __libc_calloc(count, size), ANY)
WRAP_AS(NULL, void *, realloc, (void *memory, size_t size), __libc_realloc(memory, size), ANY)
WRAP_AS(MAP_FAILED, void *, mmap,
        (void *address, size_t len, int protection, int flags, int fd, off_t offset),
        NEXT(mmap)(address, len, protection, flags, fd, offset), ANY)

/* ---- sockets ---- */

WRAP(int, socket, (int family, int type, int protocol), NEXT(socket)(family, type, protocol))
WRAP(int, bind, (int fd, const struct sockaddr *address, socklen_t len),
     NEXT(bind)(fd, address, len))
WRAP(int, listen, (int fd, int backlog), NEXT(listen)(fd, backlog))
WRAP(int, accept4, (int fd, struct sockaddr *address, socklen_t *len, int flags),
     NEXT(accept4)(fd, address, len, flags))
WRAP_AS(-1, int, setsockopt, (int fd, int level, int name, const void *value, socklen_t len),
        NEXT(setsockopt)(fd, level, name, value, len), fd)
WRAP_SHORT(recv, (int fd, void *buffer, size_t len, int flags), NEXT(recv)(fd, buffer, len, flags),
           fd)
WRAP_SHORT(send, (int fd, const void *buffer, size_t len, int flags),
           NEXT(send)(fd, buffer, len, flags), fd)

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    int error = fault(CALL_sendmsg, fd, HERE);
    if (error > 0)
        return fail(error);
    if (error == 0 || message->msg_iovlen == 0)
        return NEXT(sendmsg)(fd, message, flags);
    return NEXT(send)(fd, message->msg_iov[0].iov_base, 1, flags);
}

ssize_t sendfile(int out, int in, off_t *offset, size_t len)
{
    int error = fault(CALL_sendfile, out, HERE);
    if (error > 0)
        return fail(error);
    if (error == EFFECT_ZERO)
        return 0;
    return NEXT(sendfile)(out, in, offset, error == EFFECT_SHORT ? 1 : len);
}

WRAP_SHORT(splice,
           (int in, off64_t *in_offset, int out, off64_t *out_offset, size_t len,
            unsigned int flags),
           NEXT(splice)(in, in_offset, out, out_offset, len, flags), out)

int shutdown(int fd, int how)
{
    int error = fault(CALL_shutdown, fd, HERE);
    int done = NEXT(shutdown)(fd, how);
    return error != 0 ? fail(error) : done;
}

int close(int fd)
{
    int error = fault(CALL_close, fd, HERE);
    if (fd == event_fd)
        event_fd = -1; /* somebody else may get the number now */
    int done = NEXT(close)(fd);
    return error != 0 ? fail(error) : done;
}

/* ---- files ---- */

static mode_t mode_of(int flags, va_list arguments)
{
    return (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    int error = fault(CALL_open, ANY, HERE);
    return error != 0 ? fail(error) : NEXT(open)(path, flags, mode);
}

int openat(int dir, const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    int error = fault(CALL_openat, ANY, HERE);
    return error != 0 ? fail(error) : NEXT(openat)(dir, path, flags, mode);
}

WRAP(int, mkdir, (const char *path, mode_t mode), NEXT(mkdir)(path, mode))
WRAP(int, fstat, (int fd, struct stat *st), NEXT(fstat)(fd, st))
WRAP(int, fstatat, (int dir, const char *path, struct stat *st, int flags),
     NEXT(fstatat)(dir, path, st, flags))
WRAP(int, fstatvfs, (int fd, struct statvfs *disk), NEXT(fstatvfs)(fd, disk))
WRAP(int, fchmod, (int fd, mode_t mode), NEXT(fchmod)(fd, mode))
WRAP(int, flock, (int fd, int operation), NEXT(flock)(fd, operation))
WRAP(int, fsync, (int fd), NEXT(fsync)(fd))
WRAP(int, ftruncate, (int fd, off_t size), NEXT(ftruncate)(fd, size))
WRAP(int, dup, (int fd), NEXT(dup)(fd))
WRAP(int, renameat, (int from_dir, const char *from, int to_dir, const char *to),
     NEXT(renameat)(from_dir, from, to_dir, to))
WRAP(int, unlinkat, (int dir, const char *path, int flags), NEXT(unlinkat)(dir, path, flags))
WRAP_SHORT(write, (int fd, const void *bytes, size_t len), NEXT(write)(fd, bytes, len),
           fd == event_fd ? SPARED : ANY)
WRAP_SHORT(read, (int fd, void *buffer, size_t len), NEXT(read)(fd, buffer, len),
           fd == event_fd ? SPARED : ANY)
WRAP_SHORT(pread, (int fd, void *buffer, size_t len, off_t offset),
           NEXT(pread)(fd, buffer, len, offset), ANY)
WRAP(ssize_t, pwritev2, (int fd, const struct iovec *vec, int count, off_t offset, int flags),
     NEXT(pwritev2)(fd, vec, count, offset, flags))
WRAP_AS(NULL, DIR *, fdopendir, (int fd), NEXT(fdopendir)(fd), ANY)
/* cppcheck takes the value of this __typeof__ for an integer */
/* cppcheck-suppress CastIntegerToAddressAtReturn */
WRAP_AS(NULL, struct dirent *, readdir, (DIR * walk), NEXT(readdir)(walk), ANY)
WRAP(int, pipe2, (int ends[2], int flags), NEXT(pipe2)(ends, flags))

int fcntl(int fd, int what, ...)
{
    va_list arguments;
    va_start(arguments, what);
    long argument = va_arg(arguments, long); /* what is not given is not looked at */
    va_end(arguments);
    int error = fault(CALL_fcntl, what == F_SETPIPE_SZ ? ANY : SPARED, HERE);
    return error != 0 ? fail(error) : NEXT(fcntl)(fd, what, argument);
}

/* ---- waiting ---- */

WRAP(int, poll, (struct pollfd * polled, nfds_t count, int timeout),
     NEXT(poll)(polled, count, timeout))
WRAP(int, select,
     (int count, fd_set *readers, fd_set *writers, fd_set *others, struct timeval *timeout),
     NEXT(select)(count, readers, writers, others, timeout))
WRAP(int, eventfd, (unsigned int count, int flags), (event_fd = NEXT(eventfd)(count, flags)))
WRAP(int, epoll_create1, (int flags), NEXT(epoll_create1)(flags))
WRAP_AS(-1, int, epoll_ctl, (int epoll, int what, int fd, struct epoll_event *event),
        NEXT(epoll_ctl)(epoll, what, fd, event), what == EPOLL_CTL_ADD ? fd : SPARED)
WRAP(int, epoll_wait, (int epoll, struct epoll_event *events, int count, int timeout),
     NEXT(epoll_wait)(epoll, events, count, timeout))

long syscall(long number, ...)
{
    static long (*_Atomic real)(long, ...);
    long a[6];
    va_list arguments;
    va_start(arguments, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(arguments, long); /* the kernel gets six registers, whatever is in them */
    va_end(arguments);
    if (real == NULL)
        real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    bool waits = number == SYS_futex && (a[1] & FUTEX_CMD_MASK) == FUTEX_WAIT;
    int error = fault(CALL_futex, waits ? ANY : SPARED, HERE);
    return error != 0 ? fail(error) : real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* ---- processes, threads, the rest ---- */

WRAP(pid_t, fork, (void), NEXT(fork)())
/* with WNOHANG nobody waits */
WRAP_AS(-1, pid_t, waitpid, (pid_t pid, int *status, int options),
        NEXT(waitpid)(pid, status, options), (options & WNOHANG) == 0 ? ANY : SPARED)

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                   void *argument)
{
    int error = fault(CALL_pthread_create, ANY, HERE);
    return error != 0 ? error : NEXT(pthread_create)(thread, attributes, start, argument);
}

WRAP(int, setrlimit, (__rlimit_resource_t resource, const struct rlimit *limit),
     NEXT(setrlimit)(resource, limit))
WRAP(ssize_t, getrandom, (void *buffer, size_t len, unsigned int flags),
     NEXT(getrandom)(buffer, len, flags))
