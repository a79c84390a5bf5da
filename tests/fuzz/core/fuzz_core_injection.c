/* fuzz_core_injection.c: memory that ends, and a system call that fails
 *
 * The linker puts these functions in the place of the system's (ld(1), --wrap). They fail for core/
 * only, and only if the input asks for it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "fuzz_core.h"

struct injection injection = {.memory_until = SIZE_MAX, .call_until = SIZE_MAX, .full = -1};

void injection_end(void)
{
    injection = (struct injection){.memory_until = SIZE_MAX, .call_until = SIZE_MAX, .full = -1};
}

void injection_begin(struct fuzz_choices *choices)
{
    static const int errors[] = {ENOSPC,  EDQUOT, EFBIG,        EIO,   EMFILE, ENXIO,
                                 ENOTDIR, EISDIR, ENAMETOOLONG, EINTR, ENOENT, EWOULDBLOCK};
    size_t kind = fuzz_choose(choices, 8);
    injection_end();
    injection.expected = kind >= 6;
    if (kind == 7)
        injection.memory_until = 1 + fuzz_choose(choices, 64);
    if (kind != 6)
        return;
    injection.call_until = fuzz_choose(choices, 64);
    injection.error = errors[fuzz_choose(choices, sizeof errors / sizeof errors[0])];
}

/* ---- memory ---- */

bool fuzz_memory_is_left(size_t size)
{
    (void)size;
    if (!injection.inside || injection.memory_until == SIZE_MAX)
        return true;
    injection.memory_until -= injection.memory_until > 0;
    return injection.memory_until > 0;
}

/* ---- one call ---- */

/* Is it this one? Then errno is set. */
static bool fails(void)
{
    if (!injection.inside || injection.call_until == SIZE_MAX || injection.call_until-- > 0)
        return false;
    injection.call_until = SIZE_MAX;
    errno = injection.error;
    return true;
}

/* A function that returns `failed` if it is this one. */
#define WRAP(type, failed, name, parameters, arguments)      \
    type __wrap_##name parameters;                           \
    type __real_##name parameters;                           \
    type __wrap_##name parameters                            \
    {                                                        \
        return fails() ? (failed) : __real_##name arguments; \
    }

WRAP(int, -1, fstat, (int fd, struct stat *st), (fd, st))
WRAP(int, -1, fstatat, (int dir, const char *path, struct stat *st, int flags),
     (dir, path, st, flags))
WRAP(int, -1, flock, (int fd, int what), (fd, what))
WRAP(int, -1, ftruncate, (int fd, off_t size), (fd, size))
WRAP(int, -1, fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(int, -1, fsync, (int fd), (fd))
WRAP(int, -1, renameat, (int from, const char *a, int to, const char *b), (from, a, to, b))
WRAP(int, -1, mkdir, (const char *path, mode_t mode), (path, mode))
WRAP(DIR *, NULL, fdopendir, (int fd), (fd))
WRAP(struct dirent *, NULL, readdir, (DIR * walk), (walk))
WRAP(ssize_t, -1, getrandom, (void *to, size_t size, unsigned int flags), (to, size, flags))

int __wrap_fstatvfs(int fd, struct statvfs *disk);
int __wrap_open(const char *path, int flags, ...);
int __real_open(const char *path, int flags, ...);
int __wrap_close(int fd);
int __real_close(int fd);
int __wrap_openat(int dir, const char *path, int flags, ...);
int __real_openat(int dir, const char *path, int flags, ...);
ssize_t __wrap_pread(int fd, void *bytes, size_t len, off_t offset);
ssize_t __real_pread(int fd, void *bytes, size_t len, off_t offset);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);
ssize_t __real_write(int fd, const void *bytes, size_t len);

int __wrap_openat(int dir, const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;
    va_end(args);
    return fails() ? -1 : __real_openat(dir, path, flags, mode);
}

/* The disk is always as free: how free that of this machine is must not decide anything. */
int __wrap_fstatvfs(int fd, struct statvfs *disk)
{
    (void)fd;
    *disk = (struct statvfs){.f_frsize = 1, .f_blocks = 1 << 20, .f_bavail = 1 << 20};
    return fails() ? -1 : 0;
}

/* core/ opens nothing by a path but the library itself. */
int __wrap_open(const char *path, int flags, ...)
{
    return fails() ? -1 : __real_open(path, flags);
}

/* Whatever it returns, the descriptor is closed (Linux; see close(2)). */
int __wrap_close(int fd)
{
    bool failed = fails();
    int error = errno, status = __real_close(fd);
    if (fd == injection.full)
        injection.full = -1;
    if (failed)
        errno = error;
    return failed ? -1 : status;
}

/* It fails, or reads half. */
ssize_t __wrap_pread(int fd, void *bytes, size_t len, off_t offset)
{
    bool half = injection.inside && injection.expected && len > 1;
    return fails() ? -1 : __real_pread(fd, bytes, half ? len / 2 : len, offset);
}

/* It fails, or takes half. */
ssize_t __wrap_write(int fd, const void *bytes, size_t len)
{
    if (fails())
        return -1;
    if (fd == injection.full) {
        errno = ENOSPC;
        return -1;
    }
    return __real_write(fd, bytes,
                        injection.inside && injection.expected && len > 1 ? len / 2 : len);
}
