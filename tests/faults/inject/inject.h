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

/* The calls that can be made to fail. futex stands for syscall(SYS_futex, …, FUTEX_WAIT, …), fcntl
 * for F_SETPIPE_SZ, epoll_ctl for EPOLL_CTL_ADD, write and pwritev2 for those to a file or the log,
 * read and write not for those of an eventfd: with valid arguments the others can't fail. */
#define INJECT_CALLS(X) \
    X(accept4)          \
    X(bind)             \
    X(calloc)           \
    X(close)            \
    X(dup)              \
    X(epoll_create1)    \
    X(epoll_ctl)        \
    X(epoll_wait)       \
    X(eventfd)          \
    X(fchmod)           \
    X(fcntl)            \
    X(fdopendir)        \
    X(flock)            \
    X(fork)             \
    X(fstat)            \
    X(fstatat)          \
    X(fstatvfs)         \
    X(fsync)            \
    X(ftruncate)        \
    X(futex)            \
    X(getrandom)        \
    X(listen)           \
    X(malloc)           \
    X(mkdir)            \
    X(mmap)             \
    X(open)             \
    X(openat)           \
    X(pipe2)            \
    X(poll)             \
    X(pread)            \
    X(pthread_create)   \
    X(pwritev2)         \
    X(read)             \
    X(readdir)          \
    X(realloc)          \
    X(recv)             \
    X(renameat)         \
    X(select)           \
    X(send)             \
    X(sendfile)         \
    X(sendmsg)          \
    X(setrlimit)        \
    X(setsockopt)       \
    X(shutdown)         \
    X(socket)           \
    X(splice)           \
    X(unlinkat)         \
    X(waitpid)          \
    X(write)

#define INJECT_NUMBER(name) CALL_##name,
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
