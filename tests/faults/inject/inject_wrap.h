/* inject_wrap.h: how the calls are wrapped, for the sources of the library: inject_*.c
 *
 * inject.c            is this the call that fails?
 * inject_sockets.c    sockets, and waiting for them
 * inject_files.c      files and folders
 * inject_processes.c  memory, processes, threads, the rest
 */
#ifndef FAULTS_INJECT_WRAP_H
#define FAULTS_INJECT_WRAP_H

#include <errno.h>

#include "inject.h"

/* A server or a library of its own may have a function of the same name. */
#define HIDDEN __attribute__((visibility("hidden")))

extern HIDDEN int inject_event_fd; /* the eventfd of core/process/stop.c */

HIDDEN void *inject_next(enum inject_call call, const char *name);

/* The function that would have been called without us. */
#define NEXT(name) ((__typeof__(&(name)))inject_next(CALL_##name, #name))

#define HERE       __builtin_return_address(0)

/* Instead of a socket: it does not matter here; the call is not one of those that fail. */
enum { ANY = -1, SPARED = -2 };

/* Counts a call. Returns 0 if it is to be made, else what happens instead. fd: its socket. */
HIDDEN int inject_fault(enum inject_call call, int fd, const void *caller);

/* Sets errno, and returns -1. */
HIDDEN int inject_fail(int error);

/* The call fails as it was asked for, or is made. fd: see inject_fault(). */
#define WRAP_AS(failed, type, name, parameters, call, fd) \
    type name parameters                                  \
    {                                                     \
        int error = inject_fault(CALL_##name, fd, HERE);  \
        if (error == 0)                                   \
            return call;                                  \
        errno = error;                                    \
        return failed;                                    \
    }
#define WRAP(type, name, parameters, call) WRAP_AS(-1, type, name, parameters, call, ANY)

/* The same for one that moves len bytes: it may also move one of them. */
#define WRAP_SHORT(name, parameters, call, fd)           \
    ssize_t name parameters                              \
    {                                                    \
        int error = inject_fault(CALL_##name, fd, HERE); \
        if (error > 0)                                   \
            return inject_fail(error);                   \
        if (error == EFFECT_SHORT && len > 1)            \
            len = 1;                                     \
        return call;                                     \
    }

#endif
