/* tests/faults/inject/inject_processes.c: memory, processes and threads; see inject_wrap.h */
#include <dlfcn.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inject_wrap.h"

/* ---- memory ---- */

/* glibc's own: what dlsym would find, without asking dlsym, which allocates itself */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

WRAP_AS(NULL, void *, malloc, (size_t size), __libc_malloc(size), ANY)
WRAP_AS(NULL, void *, calloc, (size_t count, size_t size), __libc_calloc(count, size), ANY)
WRAP_AS(NULL, void *, realloc, (void *memory, size_t size), __libc_realloc(memory, size), ANY)
WRAP_AS(MAP_FAILED, void *, mmap,
        (void *address, size_t len, int protection, int flags, int fd, off_t offset),
        NEXT(mmap)(address, len, protection, flags, fd, offset), ANY)

/* ---- processes, threads, the rest ---- */

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
    int error = inject_fault(CALL_futex, waits ? ANY : SPARED, HERE);
    return error != 0 ? inject_fail(error) : real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

WRAP(pid_t, fork, (void), NEXT(fork)())
/* with WNOHANG nobody waits */
WRAP_AS(-1, pid_t, waitpid, (pid_t pid, int *status, int options),
        NEXT(waitpid)(pid, status, options), (options & WNOHANG) == 0 ? ANY : SPARED)

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                   void *argument)
{
    int error = inject_fault(CALL_pthread_create, ANY, HERE);
    return error != 0 ? error : NEXT(pthread_create)(thread, attributes, start, argument);
}

WRAP(int, setrlimit, (__rlimit_resource_t resource, const struct rlimit *limit),
     NEXT(setrlimit)(resource, limit))
WRAP(ssize_t, getrandom, (void *buffer, size_t len, unsigned int flags),
     NEXT(getrandom)(buffer, len, flags))
