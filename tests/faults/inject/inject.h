/* inject.h: what the driver of the fault sweep and the library inside the server share
 *
 * One page of memory, a file that both have mapped: the driver sets which call is to fail, the
 * library counts the calls of all threads and processes of the server, makes that one fail, and
 * reports that it did. So a fault can be armed while the server runs, and is known to have
 * happened.
 */
#ifndef FAULTS_INJECT_H
#define FAULTS_INJECT_H

#include <stdatomic.h>
#include <stdint.h>

/* The calls that can be made to fail, who may notice, and what they fail with, by their man pages
 * and the kernel's source. futex stands for syscall(SYS_futex, …, FUTEX_WAIT, …), fcntl for
 * F_SETPIPE_SZ, epoll_ctl for EPOLL_CTL_ADD, write and pwritev2 for those to a file or the log,
 * read and write not for those of an eventfd: with valid arguments the others can't fail.
 *
 * INVISIBLE: no client may notice. INTERRUPTS: not EINTR, EAGAIN and short transfers. */
#define INJECT_CALLS(X)                                                                          \
    X(accept4, INVISIBLE, "EMFILE ENFILE ENOBUFS ENOMEM ECONNABORTED EINTR EAGAIN EPROTO EPERM") \
    X(bind, NOTICED, "EADDRINUSE EADDRNOTAVAIL EACCES ENOMEM")                                   \
    X(calloc, NOTICED, "ENOMEM")                                                                 \
    X(close, NOTICED, "EINTR EIO ENOSPC EDQUOT")                                                 \
    X(dup, INVISIBLE, "EMFILE")                                                                  \
    X(epoll_create1, NOTICED, "EMFILE ENFILE ENOMEM")                                            \
    X(epoll_ctl, NOTICED, "ENOMEM ENOSPC")                                                       \
    X(epoll_wait, INVISIBLE, "EINTR")                                                            \
    X(eventfd, NOTICED, "EMFILE ENFILE ENODEV ENOMEM")                                           \
    X(fchmod, NOTICED, "EIO EPERM EROFS")                                                        \
    X(fcntl, INVISIBLE, "EPERM EBUSY ENOMEM")                                                    \
    X(fdopendir, NOTICED, "ENOMEM")                                                              \
    X(flock, NOTICED, "ENOLCK EINTR")                                                            \
    X(fork, NOTICED, "EAGAIN ENOMEM")                                                            \
    X(fstat, NOTICED, "EIO ENOMEM EOVERFLOW")                                                    \
    X(fstatat, NOTICED, "EIO ENOMEM EACCES")                                                     \
    X(fstatvfs, NOTICED, "EIO ENOMEM EINTR")                                                     \
    X(fsync, NOTICED, "EIO ENOSPC EDQUOT EINTR")                                                 \
    X(ftruncate, NOTICED, "EIO EFBIG ENOSPC EDQUOT EINTR")                                       \
    X(futex, INVISIBLE, "EINTR EAGAIN ETIMEDOUT")                                                \
    X(getrandom, NOTICED, "EINTR ENOSYS")                                                        \
    X(listen, NOTICED, "EADDRINUSE EOPNOTSUPP")                                                  \
    X(malloc, NOTICED, "ENOMEM")                                                                 \
    X(mkdir, NOTICED, "EACCES ENOSPC EDQUOT EROFS ENOMEM")                                       \
    X(mmap, NOTICED, "ENOMEM EAGAIN")                                                            \
    X(open, NOTICED, "EMFILE ENFILE ENOMEM EACCES")                                              \
    X(openat, NOTICED, "EMFILE ENFILE ENOMEM EACCES EIO EINTR ENOSPC EDQUOT EROFS")              \
    X(pipe2, INVISIBLE, "EMFILE ENFILE ENOMEM")                                                  \
    X(poll, INVISIBLE, "EINTR ENOMEM")                                                           \
    X(pread, INTERRUPTS, "EINTR EIO ENOMEM SHORT")                                               \
    X(pthread_create, NOTICED, "EAGAIN")                                                         \
    X(pwritev2, INVISIBLE, "EAGAIN EIO EOPNOTSUPP EPIPE ENOSPC")                                 \
    X(read, INVISIBLE, "EINTR EAGAIN EIO SHORT")                                                 \
    X(readdir, NOTICED, "EIO ENOENT")                                                            \
    X(realloc, NOTICED, "ENOMEM")                                                                \
    X(recv, INTERRUPTS, "EINTR EAGAIN ECONNRESET ETIMEDOUT EHOSTUNREACH ENOMEM SHORT")           \
    X(renameat, NOTICED, "EIO ENOSPC EDQUOT EACCES EROFS ENOMEM")                                \
    X(select, INVISIBLE, "EINTR ENOMEM")                                                         \
    X(send, INTERRUPTS, "EINTR EAGAIN EPIPE ECONNRESET ENOBUFS ENOMEM ETIMEDOUT SHORT")          \
    X(sendfile, INTERRUPTS, "EINTR EAGAIN EIO ENOMEM EPIPE ECONNRESET SHORT ZERO")               \
    X(sendmsg, INTERRUPTS, "EINTR EAGAIN EPIPE ECONNRESET ENOBUFS ENOMEM ETIMEDOUT SHORT")       \
    X(setrlimit, INVISIBLE, "EPERM")                                                             \
    X(setsockopt, INVISIBLE, "ENOBUFS ENOMEM")                                                   \
    X(shutdown, INVISIBLE, "ENOTCONN")                                                           \
    X(socket, NOTICED, "EMFILE ENFILE ENOBUFS ENOMEM EACCES EAFNOSUPPORT")                       \
    X(splice, INTERRUPTS, "EINTR EAGAIN EIO ENOMEM EPIPE ECONNRESET SHORT")                      \
    X(unlinkat, NOTICED, "EIO EACCES EROFS")                                                     \
    X(waitpid, INVISIBLE, "EINTR")                                                               \
    X(write, INTERRUPTS, "EINTR EIO ENOSPC EDQUOT EFBIG SHORT")

#define INJECT_NUMBER(name, kind, effects) CALL_##name,
enum inject_call { CALL_NONE, INJECT_CALLS(INJECT_NUMBER) CALLS };

/* What a failing call does: an errno value, or one of these. */
enum {
    EFFECT_SHORT = -1, /* moves one byte, and returns 1 */
    EFFECT_ZERO = -2,  /* moves none: sendfile(2) at the end of a file that has become shorter */
};

enum { INJECT_SLOTS = 2, INJECT_SPARED = 4, INJECT_PLACES = 512 };

struct inject_slot {
    _Atomic uint32_t call; /* enum inject_call; CALL_NONE: nothing */
    uint32_t nth, times;   /* from the nth call on, so many of them */
    int32_t effect;
    _Atomic uint32_t injected; /* how many were made to fail */
    _Atomic uint64_t place;    /* where in the program the first of them stands; 0: in a library */
};

struct inject_control {
    _Atomic uint32_t armed;                 /* calls are counted, and made to fail */
    _Atomic uint16_t spared[INJECT_SPARED]; /* clients (their ports) whose sockets are left alone */
    _Atomic uint32_t calls[CALLS];          /* since it was armed */
    struct inject_slot slots[INJECT_SLOTS];
    _Atomic uint64_t places[INJECT_PLACES]; /* a set: call << 32 | offset in the program */
};

#endif
