/* tests/faults/inject.c: a library to preload into a server, in which a chosen call fails
 *
 *     LD_PRELOAD=…/inject.so INJECT=openat:17:EMFILE:once 02_fork/fork-server
 *
 * The 17th openat fails with EMFILE, once; or `on`: all from the 17th on. SHORT instead of an
 * errno: one byte is moved. With INJECT_CONTROL=FILE a driver arms the fault, see inject.h.
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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* Counts a call. Returns 0 if it is to be made, else what happens instead. fd: its socket, -1
 * for none that matters. */
static int fault(enum inject_call call, int fd, const void *caller)
{
    if (control == NULL || control->armed == 0 || spared(fd))
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

static void *fail_null(int error)
{
    errno = error;
    return NULL;
}

/* ---- the beginning ---- */

static void slot_parse(struct inject_slot *slot, char *text)
{
    static const char *const names[] = {
#define INJECT_NAME(name) #name,
        "", INJECT_CALLS(INJECT_NAME)};
    char *word = strtok(text, ":"), *nth = strtok(NULL, ":"), *what = strtok(NULL, ":");
    const char *mode = strtok(NULL, ":");
    for (uint32_t i = 1; word != NULL && nth != NULL && what != NULL && i < CALLS; i++) {
        if (strcmp(word, names[i]) != 0)
            continue;
        slot->nth = (uint32_t)strtoul(nth, NULL, 10);
        slot->times = mode != NULL && strcmp(mode, "on") == 0 ? UINT32_MAX : 1;
        slot->effect = strcmp(what, "SHORT") == 0  ? EFFECT_SHORT
                       : strcmp(what, "ZERO") == 0 ? EFFECT_ZERO
                                                   : 0;
        for (int error = 1; slot->effect == 0 && error < 256; error++)
            if (strerrorname_np(error) != NULL && strcmp(strerrorname_np(error), what) == 0)
                slot->effect = error;
        slot->call = i;
    }
}

__attribute__((constructor)) static void inject_start(void)
{
    const char *path = getenv("INJECT_CONTROL"), *given = getenv("INJECT");
    int fd = path != NULL ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC) : -1;
    int kind = fd >= 0 ? MAP_SHARED : MAP_SHARED | MAP_ANONYMOUS;
    program = getauxval(AT_PHDR) & ~(uintptr_t)0xfff;
    if (fd < 0 && given == NULL)
        return;
    void *memory = NEXT(mmap)(NULL, sizeof *control, PROT_READ | PROT_WRITE, kind, fd, 0);
    if (fd >= 0)
        syscall(SYS_close, fd);
    if (memory == MAP_FAILED)
        return;
    control = memory;
    if (fd < 0) {
        char *text = strdup(given);
        if (text != NULL)
            slot_parse(&control->slots[0], text);
        free(text);
        control->armed = 1;
    }
}

/* ---- memory ---- */

void *malloc(size_t size)
{
    int error = fault(CALL_malloc, -1, HERE);
    return error != 0 ? fail_null(error) : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    int error = fault(CALL_calloc, -1, HERE);
    return error != 0 ? fail_null(error) : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    int error = fault(CALL_realloc, -1, HERE);
    return error != 0 ? fail_null(error) : __libc_realloc(memory, size);
}

void *mmap(void *address, size_t len, int protection, int flags, int fd, off_t offset)
{
    int error = fault(CALL_mmap, -1, HERE);
    if (error == 0)
        return NEXT(mmap)(address, len, protection, flags, fd, offset);
    errno = error;
    return MAP_FAILED;
}

/* ---- sockets ---- */

int socket(int family, int type, int protocol)
{
    int error = fault(CALL_socket, -1, HERE);
    return error != 0 ? fail(error) : NEXT(socket)(family, type, protocol);
}

int bind(int fd, const struct sockaddr *address, socklen_t len)
{
    int error = fault(CALL_bind, -1, HERE);
    return error != 0 ? fail(error) : NEXT(bind)(fd, address, len);
}

int listen(int fd, int backlog)
{
    int error = fault(CALL_listen, -1, HERE);
    return error != 0 ? fail(error) : NEXT(listen)(fd, backlog);
}

int accept4(int fd, struct sockaddr *address, socklen_t *len, int flags)
{
    int error = fault(CALL_accept4, -1, HERE);
    return error != 0 ? fail(error) : NEXT(accept4)(fd, address, len, flags);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    int error = fault(CALL_setsockopt, fd, HERE);
    return error != 0 ? fail(error) : NEXT(setsockopt)(fd, level, name, value, len);
}

ssize_t recv(int fd, void *buffer, size_t len, int flags)
{
    int error = fault(CALL_recv, fd, HERE);
    if (error > 0)
        return fail(error);
    return NEXT(recv)(fd, buffer, error == EFFECT_SHORT && len > 1 ? 1 : len, flags);
}

ssize_t send(int fd, const void *buffer, size_t len, int flags)
{
    int error = fault(CALL_send, fd, HERE);
    if (error > 0)
        return fail(error);
    return NEXT(send)(fd, buffer, error == EFFECT_SHORT && len > 1 ? 1 : len, flags);
}

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

ssize_t splice(int in, off64_t *in_offset, int out, off64_t *out_offset, size_t len,
               unsigned int flags)
{
    int error = fault(CALL_splice, out, HERE);
    if (error > 0)
        return fail(error);
    return NEXT(splice)(in, in_offset, out, out_offset, error == EFFECT_SHORT ? 1 : len, flags);
}

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
    int error = fault(CALL_open, -1, HERE);
    return error != 0 ? fail(error) : NEXT(open)(path, flags, mode);
}

int openat(int dir, const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    int error = fault(CALL_openat, -1, HERE);
    return error != 0 ? fail(error) : NEXT(openat)(dir, path, flags, mode);
}

int mkdir(const char *path, mode_t mode)
{
    int error = fault(CALL_mkdir, -1, HERE);
    return error != 0 ? fail(error) : NEXT(mkdir)(path, mode);
}

int fstat(int fd, struct stat *st)
{
    int error = fault(CALL_fstat, -1, HERE);
    return error != 0 ? fail(error) : NEXT(fstat)(fd, st);
}

int fstatat(int dir, const char *path, struct stat *st, int flags)
{
    int error = fault(CALL_fstatat, -1, HERE);
    return error != 0 ? fail(error) : NEXT(fstatat)(dir, path, st, flags);
}

int fstatvfs(int fd, struct statvfs *disk)
{
    int error = fault(CALL_fstatvfs, -1, HERE);
    return error != 0 ? fail(error) : NEXT(fstatvfs)(fd, disk);
}

int fchmod(int fd, mode_t mode)
{
    int error = fault(CALL_fchmod, -1, HERE);
    return error != 0 ? fail(error) : NEXT(fchmod)(fd, mode);
}

int flock(int fd, int operation)
{
    int error = fault(CALL_flock, -1, HERE);
    return error != 0 ? fail(error) : NEXT(flock)(fd, operation);
}

int fsync(int fd)
{
    int error = fault(CALL_fsync, -1, HERE);
    return error != 0 ? fail(error) : NEXT(fsync)(fd);
}

int ftruncate(int fd, off_t size)
{
    int error = fault(CALL_ftruncate, -1, HERE);
    return error != 0 ? fail(error) : NEXT(ftruncate)(fd, size);
}

int dup(int fd)
{
    int error = fault(CALL_dup, -1, HERE);
    return error != 0 ? fail(error) : NEXT(dup)(fd);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    int error = fault(CALL_renameat, -1, HERE);
    return error != 0 ? fail(error) : NEXT(renameat)(from_dir, from, to_dir, to);
}

int unlinkat(int dir, const char *path, int flags)
{
    int error = fault(CALL_unlinkat, -1, HERE);
    return error != 0 ? fail(error) : NEXT(unlinkat)(dir, path, flags);
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    int error = fd == event_fd ? 0 : fault(CALL_write, -1, HERE);
    if (error > 0)
        return fail(error);
    return NEXT(write)(fd, bytes, error == EFFECT_SHORT && len > 1 ? 1 : len);
}

ssize_t read(int fd, void *buffer, size_t len)
{
    int error = fd == event_fd ? 0 : fault(CALL_read, -1, HERE);
    if (error > 0)
        return fail(error);
    return NEXT(read)(fd, buffer, error == EFFECT_SHORT && len > 1 ? 1 : len);
}

ssize_t pread(int fd, void *buffer, size_t len, off_t offset)
{
    int error = fault(CALL_pread, -1, HERE);
    if (error > 0)
        return fail(error);
    return NEXT(pread)(fd, buffer, error == EFFECT_SHORT && len > 1 ? 1 : len, offset);
}

ssize_t pwritev2(int fd, const struct iovec *vec, int count, off_t offset, int flags)
{
    int error = fault(CALL_pwritev2, -1, HERE);
    return error != 0 ? fail(error) : NEXT(pwritev2)(fd, vec, count, offset, flags);
}

DIR *fdopendir(int fd)
{
    int error = fault(CALL_fdopendir, -1, HERE);
    return error != 0 ? fail_null(error) : NEXT(fdopendir)(fd);
}

struct dirent *readdir(DIR *walk)
{
    int error = fault(CALL_readdir, -1, HERE);
    return error != 0 ? fail_null(error) : NEXT(readdir)(walk);
}

int pipe2(int ends[2], int flags)
{
    int error = fault(CALL_pipe2, -1, HERE);
    return error != 0 ? fail(error) : NEXT(pipe2)(ends, flags);
}

int fcntl(int fd, int what, ...)
{
    va_list arguments;
    va_start(arguments, what);
    long argument = va_arg(arguments, long); /* what is not given is not looked at */
    va_end(arguments);
    int error = what == F_SETPIPE_SZ ? fault(CALL_fcntl, -1, HERE) : 0;
    return error != 0 ? fail(error) : NEXT(fcntl)(fd, what, argument);
}

/* ---- waiting ---- */

int poll(struct pollfd *polled, nfds_t count, int timeout)
{
    int error = fault(CALL_poll, -1, HERE);
    return error != 0 ? fail(error) : NEXT(poll)(polled, count, timeout);
}

int select(int count, fd_set *readers, fd_set *writers, fd_set *others, struct timeval *timeout)
{
    int error = fault(CALL_select, -1, HERE);
    return error != 0 ? fail(error) : NEXT(select)(count, readers, writers, others, timeout);
}

int eventfd(unsigned int count, int flags)
{
    int error = fault(CALL_eventfd, -1, HERE);
    return error != 0 ? fail(error) : (event_fd = NEXT(eventfd)(count, flags));
}

int epoll_create1(int flags)
{
    int error = fault(CALL_epoll_create1, -1, HERE);
    return error != 0 ? fail(error) : NEXT(epoll_create1)(flags);
}

int epoll_ctl(int epoll, int what, int fd, struct epoll_event *event)
{
    int error = what == EPOLL_CTL_ADD ? fault(CALL_epoll_ctl, fd, HERE) : 0;
    return error != 0 ? fail(error) : NEXT(epoll_ctl)(epoll, what, fd, event);
}

int epoll_wait(int epoll, struct epoll_event *events, int count, int timeout)
{
    int error = fault(CALL_epoll_wait, -1, HERE);
    return error != 0 ? fail(error) : NEXT(epoll_wait)(epoll, events, count, timeout);
}

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
    int error = waits ? fault(CALL_futex, -1, HERE) : 0;
    return error != 0 ? fail(error) : real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* ---- processes, threads, the rest ---- */

pid_t fork(void)
{
    int error = fault(CALL_fork, -1, HERE);
    return error != 0 ? fail(error) : NEXT(fork)();
}

pid_t waitpid(pid_t pid, int *status, int options)
{
    int error =
        (options & WNOHANG) == 0 ? fault(CALL_waitpid, -1, HERE) : 0; /* else nobody waits */
    return error != 0 ? fail(error) : NEXT(waitpid)(pid, status, options);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                   void *argument)
{
    int error = fault(CALL_pthread_create, -1, HERE);
    return error != 0 ? error : NEXT(pthread_create)(thread, attributes, start, argument);
}

int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
    int error = fault(CALL_setrlimit, -1, HERE);
    return error != 0 ? fail(error) : NEXT(setrlimit)(resource, limit);
}

ssize_t getrandom(void *buffer, size_t len, unsigned int flags)
{
    int error = fault(CALL_getrandom, -1, HERE);
    return error != 0 ? fail(error) : NEXT(getrandom)(buffer, len, flags);
}
