/* fuzz_core_injection.c: memory that ends, and a system call that fails
 *
 * The linker puts these functions in the place of the system's (ld(1), --wrap). They fail for core/
 * only, and only if the input asks for it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
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

static bool is_left(void)
{
    if (!injection.inside || injection.memory_until == SIZE_MAX)
        return true;
    injection.memory_until -= injection.memory_until > 0;
    return injection.memory_until > 0;
}

void *__wrap_malloc(size_t size)
{
    return is_left() ? __real_malloc(size) : NULL;
}

void *__wrap_realloc(void *old, size_t size)
{
    return is_left() ? __real_realloc(old, size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_left() ? __real_calloc(count, size) : NULL;
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

#define WRAP_INT(name, parameters, arguments)          \
    int __wrap_##name parameters;                      \
    int __real_##name parameters;                      \
    int __wrap_##name parameters                       \
    {                                                  \
        return fails() ? -1 : __real_##name arguments; \
    }

WRAP_INT(fstat, (int fd, struct stat *st), (fd, st))
WRAP_INT(fstatat, (int dir, const char *path, struct stat *st, int flags), (dir, path, st, flags))
WRAP_INT(flock, (int fd, int what), (fd, what))
WRAP_INT(ftruncate, (int fd, off_t size), (fd, size))
WRAP_INT(fchmod, (int fd, mode_t mode), (fd, mode))
WRAP_INT(fsync, (int fd), (fd))
WRAP_INT(renameat, (int from, const char *a, int to, const char *b), (from, a, to, b))

WRAP_INT(mkdir, (const char *path, mode_t mode), (path, mode))

int __wrap_fstatvfs(int fd, struct statvfs *disk);
int __wrap_open(const char *path, int flags, ...);
int __real_open(const char *path, int flags, ...);
int __wrap_close(int fd);
int __real_close(int fd);
int __wrap_openat(int dir, const char *path, int flags, ...);
int __real_openat(int dir, const char *path, int flags, ...);
DIR *__wrap_fdopendir(int fd);
DIR *__real_fdopendir(int fd);
struct dirent *__wrap_readdir(DIR *walk);
struct dirent *__real_readdir(DIR *walk);
ssize_t __wrap_pread(int fd, void *bytes, size_t len, off_t offset);
ssize_t __real_pread(int fd, void *bytes, size_t len, off_t offset);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);
ssize_t __real_write(int fd, const void *bytes, size_t len);
ssize_t __wrap_getrandom(void *to, size_t size, unsigned int flags);
ssize_t __real_getrandom(void *to, size_t size, unsigned int flags);

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

DIR *__wrap_fdopendir(int fd)
{
    return fails() ? NULL : __real_fdopendir(fd);
}

struct dirent *__wrap_readdir(DIR *walk)
{
    return fails() ? NULL : __real_readdir(walk);
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

ssize_t __wrap_getrandom(void *to, size_t size, unsigned int flags)
{
    return fails() ? -1 : __real_getrandom(to, size, flags);
}
