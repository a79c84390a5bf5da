/* tests/faults/inject/inject_files.c: files, folders and pipes; see inject_wrap.h */
#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include "inject_wrap.h"

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
    int error = inject_fault(CALL_open, ANY, HERE);
    return error != 0 ? inject_fail(error) : NEXT(open)(path, flags, mode);
}

int openat(int dir, const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    int error = inject_fault(CALL_openat, ANY, HERE);
    return error != 0 ? inject_fail(error) : NEXT(openat)(dir, path, flags, mode);
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
           fd == inject_event_fd ? SPARED : ANY)
WRAP_SHORT(read, (int fd, void *buffer, size_t len), NEXT(read)(fd, buffer, len),
           fd == inject_event_fd ? SPARED : ANY)
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
    int error = inject_fault(CALL_fcntl, what == F_SETPIPE_SZ ? ANY : SPARED, HERE);
    return error != 0 ? inject_fail(error) : NEXT(fcntl)(fd, what, argument);
}
