/* test_upload_calls.c: uploads: calls that fail on the way, and what a power cut leaves
 *
 * test_upload.c has what is stored, and what is left behind.
 */
#include "library_folder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What our own system calls, which stand before the library's, do wrong. */
static struct trouble {
    size_t write_most; /* so many bytes at a time, and signals in between; 0: no such pressure */
    int lock_error;    /* flock fails with this, */
    int lock_failures; /* so often: a network file system may have no locks to give */
    bool removed;      /* once, somebody removes the file before we get the lock */
    unsigned int same_numbers; /* so often chance gives what it gave before */
    int close_error;
    bool no_copy; /* there is no descriptor left for dup */
    int sync_error;
} trouble;

/* A test that failed in the middle of its trouble leaves none to the next. */
static void begin(void)
{
    trouble = (struct trouble){0};
    library_begin();
}

#define UPLOAD(function) TEST_BETWEEN(begin, function, library_end)

/* ---- what a power cut leaves ---- */

/* Our own fsync and renameat stand before the library's: they note that they were called. */
static char calls[64];

static void note(const char *call)
{
    size_t len = strlen(calls);
    (void)snprintf(calls + len, sizeof calls - len, "%s ", call);
}

int fsync(int fd)
{
    struct stat st = {0};
    (void)fstat(fd, &st);
    note(S_ISDIR(st.st_mode) ? "folder" : "file");
    if (trouble.sync_error != 0) {
        errno = trouble.sync_error;
        return -1;
    }
    return (int)syscall(SYS_fsync, fd);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    note("name");
    return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, 0);
}

/* The file is on the disk before its name, and its name before the answer. */
static void test_durable(void)
{
    static const char *const want[] = {"name ", "file name folder "};
    for (int durable = 0; durable < 2; durable++) {
        library.store.durable = durable == 1;
        calls[0] = '\0';
        library_store("new", "hello");
        unit_check(strcmp(calls, want[durable]) == 0,
                   "%s: expected fsync and rename in the order '%s', it was '%s'",
                   durable == 1 ? "durable" : "not durable", want[durable], calls);
    }
}

/* A disk under pressure takes a byte at a time, and signals come in between. */
ssize_t write(int fd, const void *bytes, size_t len)
{
    static bool interrupted;
    interrupted = !interrupted;
    if (trouble.write_most > 0 && interrupted) {
        errno = EINTR;
        return -1;
    }
    return syscall(SYS_write, fd, bytes,
                   trouble.write_most > 0 && len > trouble.write_most ? trouble.write_most : len);
}

static void test_short_writes(void)
{
    for (size_t most = 1; most < 4; most++) {
        struct upload *upload = library_upload("new", 11);
        trouble.write_most = most;
        int error = upload_write(upload, "hello world", 11);
        trouble.write_most = 0;
        unit_check(error == 0, "%zu bytes at a time: %s", most, strerror(error));
        unit_check(upload->left == 0, "%zu bytes at a time: %llu are left", most,
                   (unsigned long long)upload->left);
        library_finish(upload);
        library_holds("new", "hello world");
    }
}

/* ---- the temporary file ---- */

/* Our own, so that others can seem to come in between. */
int flock(int fd, int operation)
{
    if (trouble.lock_failures > 0) {
        trouble.lock_failures--;
        errno = trouble.lock_error;
        return -1;
    }
    char link[64], path[UNIT_PATH + 64];
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = trouble.removed ? readlink(link, path, sizeof path - 1) : 0;
    if (n > 0) {
        path[n] = '\0';
        unit_check(unlink(path) == 0, "unlink %s: %s", path, strerror(errno));
        trouble.removed = false;
    }
    return (int)syscall(SYS_flock, fd, operation);
}

/* A lock that fails for another reason than that there are none (which is in test_lacks.c). */
static void test_lock_fails(void)
{
    struct upload *upload = NULL;
    trouble = (struct trouble){.lock_error = EIO, .lock_failures = 1};
    int error = upload_begin(&library.store, "file", 4, 3, &upload);
    unit_check(error == EIO && upload == NULL, "expected EIO, received %s", strerror(error));
}

/* Whatever has come in between: flock was asked, the upload is stored, and nothing else is left. */
static void stored_all_the_same(void)
{
    struct upload *upload = library_upload("file", 3);
    unit_check(trouble.lock_failures == 0 && !trouble.removed, "flock was not asked");
    library_put(upload, "new");
    library_finish(upload);
    library_holds("file", "new");
}

/* Another server, just starting, has our temporary file's lock, to remove the file; and is killed
 * before it does. */
static void test_locked_by_another(void)
{
    trouble = (struct trouble){.lock_error = EWOULDBLOCK, .lock_failures = 1};
    stored_all_the_same();
}

/* The same server is quicker: it has the lock, removes the file, and gives the lock back. */
static void test_removed_by_another(void)
{
    trouble.removed = true;
    stored_all_the_same();
}

ssize_t getrandom(void *bytes, size_t len, unsigned int flags)
{
    if (trouble.same_numbers == 0)
        return syscall(SYS_getrandom, bytes, len, flags);
    trouble.same_numbers--;
    memset(bytes, 7, len);
    return (ssize_t)len;
}

/* A lock that is never to be had, or a number that is always taken: the upload is refused, and the
 * server continues. An upload that tries for ever gets it after ENDLESS tries. */
static void test_never(void)
{
    enum { ENDLESS = 5000 };
    static const struct {
        const char *what;
        struct trouble trouble;
    } cases[] = {
        {"the lock is never to be had", {.lock_error = EWOULDBLOCK, .lock_failures = ENDLESS}},
        {"the number is always taken", {.same_numbers = ENDLESS}},
    };
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        struct upload *upload = NULL;
        trouble.same_numbers = cases[i].trouble.same_numbers;
        struct upload *first = library_upload("first", 1);
        trouble = cases[i].trouble;
        int error = upload_begin(&library.store, "file", 4, 3, &upload);
        upload_end(upload);
        upload_end(first);
        trouble = (struct trouble){0};
        unit_check(error == EAGAIN, "%s: expected %s, received %s", cases[i].what, strerror(EAGAIN),
                   strerror(error));
    }
}

static void test_same_number_twice(void)
{
    trouble.same_numbers = 2;
    struct upload *one = library_upload("one", 1);
    struct upload *two = library_upload("two", 1);
    unit_check(trouble.same_numbers == 0, "getrandom was not asked");
    library_put(one, "1");
    library_put(two, "2");
    library_finish(one);
    library_finish(two);
    library_holds("one", "1");
    library_holds("two", "2");
}

int close(int fd)
{
    int result = (int)syscall(SYS_close, fd);
    if (trouble.close_error == 0)
        return result;
    errno = trouble.close_error;
    return -1;
}

int dup(int fd)
{
    errno = EMFILE;
    return trouble.no_copy ? -1 : (int)syscall(SYS_dup, fd);
}

/* On a network file system close is the first to know that a write has failed: even then the old
 * file is still there. Interrupted, close has closed all the same. Without a copy to close, fsync
 * is asked. */
static void test_close_fails(void)
{
    static const struct { /* first those that leave the old file there */
        int error, want;
        bool no_copy;
    } cases[] = {{EIO, EIO, false}, {EDQUOT, EDQUOT, false}, {EIO, EIO, true}, {EINTR, 0, false},
                 {0, 0, true},      {EINVAL, 0, true}};
    unit_write_text(library.path, "file", "old");
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        struct upload *upload = library_upload("file", 3);
        library_put(upload, "new");
        trouble.no_copy = cases[i].no_copy;
        *(trouble.no_copy ? &trouble.sync_error : &trouble.close_error) = cases[i].error;
        int error = upload_store(upload);
        trouble = (struct trouble){0};
        unit_check(error == cases[i].want, "%s fails with %s: upload_store says %s",
                   cases[i].no_copy ? "fsync" : "close", strerror(cases[i].error), strerror(error));
        upload_end(upload);
        library_holds("file", error == 0 ? "new" : "old");
        library_listed("3 file\n");
    }
}

static const struct CMUnitTest tests[] = {
    UPLOAD(test_short_writes),
    UPLOAD(test_durable),
    UPLOAD(test_lock_fails),
    UPLOAD(test_locked_by_another),
    UPLOAD(test_removed_by_another),
    UPLOAD(test_same_number_twice),
    UPLOAD(test_never),
    UPLOAD(test_close_fails),
};
UNIT_MAIN("upload_calls", tests)
