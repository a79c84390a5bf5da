/* test_upload.c: uploads: what is stored, what is left behind, and calls that fail on the way */
#include "library_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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
} trouble;

/* A test that failed in the middle of its trouble leaves none to the next. */
static void begin(void)
{
    trouble = (struct trouble){0};
    library_begin();
}

#define UPLOAD(function) TEST_BETWEEN(begin, function, library_end)

static void test_upload(void)
{
    struct stat st;
    for (int durable = 0; durable < 2; durable++) {
        library.store.durable = durable == 1;
        struct upload *upload = library_upload("new", 6);
        library_put(upload, "hel");
        unit_check(upload->left == 3, "%llu bytes left", (unsigned long long)upload->left);
        library_listed("");
        library_serves("new", ENOENT, "");
        unit_check(unit_hidden(library.path) == 1 &&
                       fstatat(library.store.dir, upload->temp, &st, 0) == 0 && st.st_size == 6,
                   "its room is not taken");
        library_put(upload, "lo\n");
        library_listed("");
        library_finish(upload);
        library_holds("new", "hello\n");
        library_listed("6 new\n");
        library_store("nothing", "");
        library_holds("nothing", "");
        unit_unlink(library.path, "new");
        unit_unlink(library.path, "nothing");
    }
}

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
    return (int)syscall(SYS_fsync, fd);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    note("name");
    return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, 0);
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

static void test_upload_is_dropped(void)
{
    unit_write_text(library.path, "a", "old");
    for (size_t written = 0; written <= 5; written++) {
        struct upload *upload = library_upload("a", 5);
        if (written > 0)
            unit_check(upload_write(upload, "12345", written) == 0, "write");
        upload_end(upload);
        unit_check(unit_hidden(library.path) == 0, "after %zu bytes: the temporary file stays",
                   written);
        library_holds("a", "old");
    }
    upload_end(NULL);
}

/* 0600 while incomplete, 0644 less umask when stored, never executable. */
static void test_modes(void)
{
    static const mode_t masks[] = {0, 022, 027, 077, 0777};
    for (size_t i = 0; i < UNIT_COUNT(masks); i++) {
        struct stat st;
        store_close(&library.store);
        mode_t old = umask(masks[i]);
        int error = store_open(&library.store, library.path);
        struct upload *upload = error == 0 ? library_upload("new", 1) : NULL;
        umask(old);
        unit_check(upload != NULL, "store_open: %s", strerror(error));
        unit_check(fstat(upload->file, &st) == 0 &&
                       (st.st_mode & 07777 & ~masks[i]) == (0600 & ~masks[i]),
                   "umask %o: %o while incomplete", masks[i], st.st_mode & 07777);
        library_put(upload, "x");
        library_finish(upload);
        unit_check(fstatat(library.store.dir, "new", &st, 0) == 0 &&
                       (st.st_mode & 07777) == (0644 & ~masks[i]),
                   "umask %o: %o when stored", masks[i], st.st_mode & 07777);
        unit_unlink(library.path, "new");
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

/* On a network file system close is the first to know that a write has failed: even then the old
 * file is still there. Interrupted, close has closed all the same. */
static void test_close_fails(void)
{
    static const struct {
        int error, want;
    } cases[] = {{EIO, EIO}, {EDQUOT, EDQUOT}, {EINTR, 0}};
    unit_write_text(library.path, "file", "old");
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        struct upload *upload = library_upload("file", 3);
        library_put(upload, "new");
        trouble.close_error = cases[i].error;
        int error = upload_store(upload);
        trouble.close_error = 0;
        unit_check(error == cases[i].want, "close fails with %s: upload_store says %s",
                   strerror(cases[i].error), strerror(error));
        upload_end(upload);
        library_holds("file", error == 0 ? "new" : "old");
        library_listed("3 file\n");
    }
}

static void test_replacing(void)
{
    struct stat st;
    int file;
    uint64_t size;
    unit_write_text(library.path, "a", "the old one");
    unit_write_text(library.path, "target", "not to be touched");
    unit_check(symlinkat("target", library.store.dir, "link") == 0 &&
                   mkdirat(library.store.dir, "folder", 0755) == 0 &&
                   mkfifoat(library.store.dir, "fifo", 0644) == 0,
               "%s", strerror(errno));
    unit_check(store_get(&library.store, "a", 1, &file, &size) == 0, "store_get");
    struct upload *upload = library_upload("a", 3);
    library_put(upload, "new");
    library_holds("a", "the old one");
    library_finish(upload);
    library_holds("a", "new");
    char bytes[32];
    ssize_t n = read(file, bytes, sizeof bytes);
    close(file);
    unit_check(n >= 0, "read: %s", strerror(errno));
    unit_same("a download under way", "", 0, "the old one", 11, bytes, (size_t)n);

    library_store("link", "new");
    library_holds("target", "not to be touched");
    unit_check(fstatat(library.store.dir, "link", &st, AT_SYMLINK_NOFOLLOW) == 0 &&
                   S_ISREG(st.st_mode),
               "the link was not replaced");
    library_store("fifo", "new");
    library_holds("fifo", "new");

    upload = NULL;
    int error = upload_begin(&library.store, "folder", 6, 3, &upload);
    unit_check(error == EISDIR && upload == NULL, "onto a folder: %s", strerror(error));
    upload = library_upload("later", 0); /* the folder comes while the upload is under way */
    unit_check(mkdirat(library.store.dir, "later", 0755) == 0, "%s", strerror(errno));
    error = upload_store(upload);
    unit_check(error != 0, "onto a folder that has come: %s", strerror(error));
    upload_end(upload);
}

static void test_two_at_once(void)
{
    struct upload *one = library_upload("a", 4), *two = library_upload("a", 6),
                  *three = library_upload("a", 2);
    library_put(one, "on");
    library_put(two, "two");
    library_put(three, "33");
    library_put(one, "e!");
    library_put(two, "two");
    unit_check(unit_hidden(library.path) == 3, "%d temporary files", unit_hidden(library.path));
    library_finish(two);
    library_holds("a", "twotwo");
    library_finish(one);
    library_holds("a", "one!");
    upload_end(three);
    library_holds("a", "one!");
    library_listed("4 a\n");
}

static void test_folder_goes_away(void)
{
    struct upload *upload = library_upload("a", 1);
    library_put(upload, "x");
    unit_unlink(library.path, upload->temp);
    int error = upload_store(upload);
    unit_check(error == ENOENT, "its temporary file was removed: %s", strerror(error));
    upload_end(upload);
    unit_check(rmdir(library.path) == 0, "rmdir: %s", strerror(errno));
    upload = NULL;
    error = upload_begin(&library.store, "a", 1, 1, &upload);
    unit_check(error != 0 && upload == NULL, "an upload into nowhere: %s", strerror(error));
    unit_check(mkdir(library.path, 0755) == 0, "mkdir: %s", strerror(errno));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        UPLOAD(test_upload),
        UPLOAD(test_short_writes),
        UPLOAD(test_durable),
        UPLOAD(test_upload_is_dropped),
        UPLOAD(test_modes),
        UPLOAD(test_lock_fails),
        UPLOAD(test_locked_by_another),
        UPLOAD(test_removed_by_another),
        UPLOAD(test_same_number_twice),
        UPLOAD(test_never),
        UPLOAD(test_close_fails),
        UPLOAD(test_replacing),
        UPLOAD(test_two_at_once),
        UPLOAD(test_folder_goes_away),
    };
    return unit_run("upload", tests, argc, argv);
}
