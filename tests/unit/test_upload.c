/* test_upload.c: uploads: what is stored, what is left behind, and calls that fail on the way */
#include "lab.h"

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

static void test_upload(void **state)
{
    struct lab lab;
    struct stat st;
    (void)state;
    for (int durable = 0; durable < 2; durable++) {
        lab_begin(&lab);
        lab.store.durable = durable == 1;
        struct upload *upload = lab_upload(&lab, "new", 6);
        lab_put(upload, "hel");
        unit_check(upload->left == 3, "%llu bytes left", (unsigned long long)upload->left);
        lab_listed(&lab, "");
        lab_serves(&lab, "new", ENOENT, "");
        unit_check(unit_hidden(lab.path) == 1 &&
                       fstatat(lab.store.dir, upload->temp, &st, 0) == 0 && st.st_size == 6,
                   "its room is not taken");
        lab_put(upload, "lo\n");
        lab_listed(&lab, "");
        lab_finish(upload);
        lab_holds(&lab, "new", "hello\n");
        lab_listed(&lab, "6 new\n");
        lab_finish(lab_upload(&lab, "nothing", 0));
        lab_holds(&lab, "nothing", "");
        lab_end(&lab);
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
static size_t write_most; /* 0: no such pressure */

ssize_t write(int fd, const void *bytes, size_t len)
{
    static bool interrupted;
    interrupted = !interrupted;
    if (write_most > 0 && interrupted) {
        errno = EINTR;
        return -1;
    }
    return syscall(SYS_write, fd, bytes, write_most > 0 && len > write_most ? write_most : len);
}

static void test_short_writes(void **state)
{
    struct lab lab;
    (void)state;
    lab_begin(&lab);
    for (size_t most = 1; most < 4; most++) {
        struct upload *upload = lab_upload(&lab, "new", 11);
        write_most = most;
        int error = upload_write(upload, "hello world", 11);
        write_most = 0;
        unit_check(error == 0, "%zu bytes at a time: %s", most, strerror(error));
        unit_check(upload->left == 0, "%zu bytes at a time: %llu are left", most,
                   (unsigned long long)upload->left);
        lab_finish(upload);
        lab_holds(&lab, "new", "hello world");
    }
    lab_end(&lab);
}

/* The file is on the disk before its name, and its name before the answer. */
static void test_durable(void **state)
{
    static const char *const want[] = {"name ", "file name folder "};
    struct lab lab;
    (void)state;
    lab_begin(&lab);
    for (int durable = 0; durable < 2; durable++) {
        lab.store.durable = durable == 1;
        calls[0] = '\0';
        struct upload *upload = lab_upload(&lab, "new", 5);
        lab_put(upload, "hello");
        lab_finish(upload);
        unit_check(strcmp(calls, want[durable]) == 0,
                   "%s: expected fsync and rename in the order '%s', it was '%s'",
                   durable == 1 ? "durable" : "not durable", want[durable], calls);
    }
    lab_end(&lab);
}

static void test_upload_is_dropped(void **state)
{
    struct lab lab;
    (void)state;
    lab_begin(&lab);
    unit_write_text(lab.path, "a", "old");
    for (size_t written = 0; written <= 5; written++) {
        struct upload *upload = lab_upload(&lab, "a", 5);
        if (written > 0)
            unit_check(upload_write(upload, "12345", written) == 0, "write");
        upload_end(upload);
        unit_check(unit_hidden(lab.path) == 0, "after %zu bytes: the temporary file stays",
                   written);
        lab_holds(&lab, "a", "old");
    }
    upload_end(NULL);
    lab_end(&lab);
}

/* 0600 while incomplete, 0644 less umask when stored, never executable. */
static void test_modes(void **state)
{
    static const mode_t masks[] = {0, 022, 027, 077, 0777};
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(masks); i++) {
        struct lab lab;
        struct stat st;
        mode_t old = umask(022);
        unit_folder(lab.path);
        umask(masks[i]);
        int error = store_open(&lab.store, lab.path);
        lab.store.max_upload = lab.store.quota = lab.store.max_files = 0;
        lab.store.durable = false;
        struct upload *upload = error == 0 ? lab_upload(&lab, "new", 1) : NULL;
        umask(old);
        unit_check(upload != NULL, "store_open: %s", strerror(error));
        unit_check(fstat(upload->file, &st) == 0 &&
                       (st.st_mode & 07777 & ~masks[i]) == (0600 & ~masks[i]),
                   "umask %o: %o while incomplete", masks[i], st.st_mode & 07777);
        lab_put(upload, "x");
        lab_finish(upload);
        unit_check(fstatat(lab.store.dir, "new", &st, 0) == 0 &&
                       (st.st_mode & 07777) == (0644 & ~masks[i]),
                   "umask %o: %o when stored", masks[i], st.st_mode & 07777);
        lab_end(&lab);
    }
}

/* ---- the temporary file ---- */

/* Our own, so that others can seem to come in between. */
static struct {
    int error; /* fail so often with this: a network file system may have no locks to give */
    int failures;
    bool removed; /* once, somebody removes the file before we get the lock */
} locks;

int flock(int fd, int operation)
{
    if (locks.failures > 0) {
        locks.failures--;
        errno = locks.error;
        return -1;
    }
    char link[64], path[UNIT_PATH + 64];
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = locks.removed ? readlink(link, path, sizeof path - 1) : 0;
    if (n > 0) {
        path[n] = '\0';
        unit_check(unlink(path) == 0, "unlink %s: %s", path, strerror(errno));
        locks.removed = false;
    }
    return (int)syscall(SYS_flock, fd, operation);
}

static void test_no_locks(void **state)
{
    struct lab lab;
    struct upload *upload = NULL;
    (void)state;
    lab_begin(&lab);
    locks.error = ENOLCK;
    locks.failures = 1;
    int error = upload_begin(&lab.store, "file", 4, 3, &upload);
    unit_check(error == ENOLCK && upload == NULL, "expected ENOLCK, received %s", strerror(error));
    lab_end(&lab); /* which looks for the temporary file */
}

/* Whatever has come in between: flock was asked, the upload is stored, and nothing else is left. */
static void stored_all_the_same(void)
{
    struct lab lab;
    lab_begin(&lab);
    struct upload *upload = lab_upload(&lab, "file", 3);
    unit_check(locks.failures == 0 && !locks.removed, "flock was not asked");
    lab_put(upload, "new");
    lab_finish(upload);
    lab_holds(&lab, "file", "new");
    lab_end(&lab);
}

/* Another server, just starting, has our temporary file's lock, to remove the file; and is killed
 * before it does. */
static void test_locked_by_another(void **state)
{
    (void)state;
    locks.error = EWOULDBLOCK;
    locks.failures = 1;
    stored_all_the_same();
}

/* The same server is quicker: it has the lock, removes the file, and gives the lock back. */
static void test_removed_by_another(void **state)
{
    (void)state;
    locks.removed = true;
    stored_all_the_same();
}

static unsigned int same_numbers; /* so often chance gives what it gave before */

ssize_t getrandom(void *bytes, size_t len, unsigned int flags)
{
    if (same_numbers == 0)
        return syscall(SYS_getrandom, bytes, len, flags);
    same_numbers--;
    memset(bytes, 7, len);
    return (ssize_t)len;
}

static void test_same_number_twice(void **state)
{
    struct lab lab;
    (void)state;
    lab_begin(&lab);
    same_numbers = 2;
    struct upload *one = lab_upload(&lab, "one", 1);
    struct upload *two = lab_upload(&lab, "two", 1);
    unit_check(same_numbers == 0, "getrandom was not asked");
    lab_put(one, "1");
    lab_put(two, "2");
    lab_finish(one);
    lab_finish(two);
    lab_holds(&lab, "one", "1");
    lab_holds(&lab, "two", "2");
    lab_end(&lab);
}

static int close_error;

int close(int fd)
{
    int result = (int)syscall(SYS_close, fd);
    if (close_error == 0)
        return result;
    errno = close_error;
    return -1;
}

/* On a network file system close is the first to know that a write has failed: even then the old file is
 * still there. Interrupted, close has closed all the same. */
static void test_close_fails(void **state)
{
    static const struct {
        int error, want;
    } cases[] = {{EIO, EIO}, {EDQUOT, EDQUOT}, {EINTR, 0}};
    struct lab lab;
    (void)state;
    lab_begin(&lab);
    unit_write_text(lab.path, "file", "old");
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        struct upload *upload = lab_upload(&lab, "file", 3);
        lab_put(upload, "new");
        close_error = cases[i].error;
        int error = upload_store(upload);
        close_error = 0;
        unit_check(error == cases[i].want, "close fails with %s: upload_store says %s",
                   strerror(cases[i].error), strerror(error));
        upload_end(upload);
        lab_holds(&lab, "file", error == 0 ? "new" : "old");
        lab_listed(&lab, "3 file\n");
    }
    lab_end(&lab);
}

static void test_replacing(void **state)
{
    struct lab lab;
    struct stat st;
    int file;
    uint64_t size;
    (void)state;
    lab_begin(&lab);
    unit_write_text(lab.path, "a", "the old one");
    unit_write_text(lab.path, "target", "not to be touched");
    unit_check(symlinkat("target", lab.store.dir, "link") == 0 &&
                   mkdirat(lab.store.dir, "folder", 0755) == 0 &&
                   mkfifoat(lab.store.dir, "fifo", 0644) == 0,
               "%s", strerror(errno));
    unit_check(store_get(&lab.store, "a", 1, &file, &size) == 0, "store_get");
    struct upload *upload = lab_upload(&lab, "a", 3);
    lab_put(upload, "new");
    lab_holds(&lab, "a", "the old one");
    lab_finish(upload);
    lab_holds(&lab, "a", "new");
    char bytes[32];
    ssize_t n = read(file, bytes, sizeof bytes);
    close(file);
    unit_check(n >= 0, "read: %s", strerror(errno));
    unit_same("a download under way", "", 0, "the old one", 11, bytes, (size_t)n);

    upload = lab_upload(&lab, "link", 3);
    lab_put(upload, "new");
    lab_finish(upload);
    lab_holds(&lab, "target", "not to be touched");
    unit_check(fstatat(lab.store.dir, "link", &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode),
               "the link was not replaced");
    upload = lab_upload(&lab, "fifo", 3);
    lab_put(upload, "new");
    lab_finish(upload);
    lab_holds(&lab, "fifo", "new");

    upload = NULL;
    int error = upload_begin(&lab.store, "folder", 6, 3, &upload);
    unit_check(error == EISDIR && upload == NULL, "onto a folder: %s", strerror(error));
    upload = lab_upload(&lab, "later", 0); /* the folder comes while the upload is under way */
    unit_check(mkdirat(lab.store.dir, "later", 0755) == 0, "%s", strerror(errno));
    error = upload_store(upload);
    unit_check(error != 0, "onto a folder that has come: %s", strerror(error));
    upload_end(upload);
    lab_end(&lab);
}

static void test_two_at_once(void **state)
{
    struct lab lab;
    (void)state;
    lab_begin(&lab);
    struct upload *one = lab_upload(&lab, "a", 4), *two = lab_upload(&lab, "a", 6),
                  *three = lab_upload(&lab, "a", 2);
    lab_put(one, "on");
    lab_put(two, "two");
    lab_put(three, "33");
    lab_put(one, "e!");
    lab_put(two, "two");
    unit_check(unit_hidden(lab.path) == 3, "%d temporary files", unit_hidden(lab.path));
    lab_finish(two);
    lab_holds(&lab, "a", "twotwo");
    lab_finish(one);
    lab_holds(&lab, "a", "one!");
    upload_end(three);
    lab_holds(&lab, "a", "one!");
    lab_listed(&lab, "4 a\n");
    lab_end(&lab);
}

static void test_folder_goes_away(void **state)
{
    struct lab lab;
    struct upload *upload;
    (void)state;
    lab_begin(&lab);
    upload = lab_upload(&lab, "a", 1);
    lab_put(upload, "x");
    unit_unlink(lab.path, upload->temp);
    int error = upload_store(upload);
    unit_check(error == ENOENT, "its temporary file was removed: %s", strerror(error));
    upload_end(upload);
    unit_check(rmdir(lab.path) == 0, "rmdir: %s", strerror(errno));
    upload = NULL;
    error = upload_begin(&lab.store, "a", 1, 1, &upload);
    unit_check(error != 0 && upload == NULL, "an upload into nowhere: %s", strerror(error));
    unit_check(mkdir(lab.path, 0755) == 0, "mkdir: %s", strerror(errno));
    lab_end(&lab);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        UNIT(test_upload),
        UNIT(test_short_writes),
        UNIT(test_durable),
        UNIT(test_upload_is_dropped),
        UNIT(test_modes),
        UNIT(test_no_locks),
        UNIT(test_locked_by_another),
        UNIT(test_removed_by_another),
        UNIT(test_same_number_twice),
        UNIT(test_close_fails),
        UNIT(test_replacing),
        UNIT(test_two_at_once),
        UNIT(test_folder_goes_away),
    };
    return unit_run("upload", tests, argc, argv);
}
