/* test_lacks.c: a file system that does not have a call, or an entry that can't be looked at: no
 * reason to refuse every file. Our own calls stand before the library's, and fail as they are
 * asked to.
 */
#include "library_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "redirect.h"
#include "sockets/sender.h"

static struct lacking {
    int flock, fchmod, ftruncate, fsync, fstatvfs, sendfile, splice; /* errno; 0: it works */
    int entry;   /* of fstatat, for what is called "bad" */
    bool writes; /* a lock needs a descriptor to write with: flock(2), "NFS details" */
} lacking;

static int fails(int error)
{
    errno = error;
    return -1;
}

int flock(int fd, int operation)
{
    if (lacking.writes && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY)
        return fails(EBADF);
    return lacking.flock ? fails(lacking.flock) : (int)syscall(SYS_flock, fd, operation);
}

int fchmod(int fd, mode_t mode)
{
    return lacking.fchmod ? fails(lacking.fchmod) : (int)syscall(SYS_fchmod, fd, mode);
}

int ftruncate(int fd, off_t size)
{
    return lacking.ftruncate ? fails(lacking.ftruncate) : (int)syscall(SYS_ftruncate, fd, size);
}

int fsync(int fd)
{
    return lacking.fsync ? fails(lacking.fsync) : (int)syscall(SYS_fsync, fd);
}

int fstatvfs(int fd, struct statvfs *disk)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return lacking.fstatvfs ? fails(lacking.fstatvfs) : statvfs(path, disk);
}

ssize_t sendfile(int out, int in, off_t *offset, size_t len)
{
    return lacking.sendfile ? fails(lacking.sendfile) : syscall(SYS_sendfile, out, in, offset, len);
}

ssize_t splice(int in, off_t *in_offset, int out, off_t *out_offset, size_t len, unsigned int flags)
{
    return lacking.splice ? fails(lacking.splice)
                          : syscall(SYS_splice, in, in_offset, out, out_offset, len, flags);
}

int fstatat(int dir, const char *name, struct stat *st, int flags)
{
    if (lacking.entry && strcmp(name, "bad") == 0)
        return fails(lacking.entry);
    return (int)syscall(SYS_newfstatat, dir, name, st, flags);
}

/* ---- the log ---- */

static struct redirect err = {.saved = -1};

static void log_begin(struct store_log *log)
{
    *log = (struct store_log){.model = "test"};
    library.store.log = log;
    redirect_begin(&err, STDERR_FILENO);
}

/* It must hold these lines, and no others. */
static void log_holds(const char *want)
{
    char lines[4096];
    size_t n = redirect_take(&err, lines, sizeof lines);
    unit_same("the log", "", 0, want, strlen(want), lines, n);
}

/* ---- uploads ---- */

static void test_uploads(void)
{
    static const struct {
        struct lacking lacking;
        const char *log;
    } cases[] = {
        {{0}, ""},
        {{.flock = ENOLCK},
         "test: flock fails: No locks available; what a server that is killed leaves behind stays "
         "in "
         "the folder\n"},
        {{.flock = ENOSYS},
         "test: flock fails: Function not implemented; what a server that is killed leaves behind "
         "stays in the folder\n"},
        {{.fchmod = EPERM},
         "test: fchmod fails: Operation not permitted; stored files keep the mode of incomplete "
         "ones\n"},
        {{.fchmod = EOPNOTSUPP},
         "test: fchmod fails: Operation not supported; stored files keep the mode of incomplete "
         "ones\n"},
        {{.fsync = EINVAL},
         "test: fsync fails: Invalid argument; a power cut can take what was confirmed\n"},
        {{.ftruncate = EPERM}, ""},
        {{.ftruncate = EINVAL}, ""},
        {{.fstatvfs = ENOSYS}, ""},
    };
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        struct store_log log;
        library_begin();
        library.store.durable = true;
        log_begin(&log);
        lacking = cases[i].lacking;
        for (int twice = 0; twice < 2; twice++) {
            struct upload *upload = library_upload("file", 5);
            unit_check(library_quota(upload, 100) == 0, "case %zu: the space is not counted", i);
            library_put(upload, "hello");
            library_finish(upload);
            library_holds("file", "hello");
        }
        lacking = (struct lacking){0};
        log_holds(cases[i].log);
        library_end();
    }
}

/* What a server that was killed has left is removed by NFS as well, and elsewhere also what nobody
 * may write. */
static void test_leftovers(void)
{
    static const char name[] = STORE_TEMP_PREFIX "0123456789abcdef";
    for (int nfs = 0; nfs < 2; nfs++) {
        library_begin();
        unit_write_text(library.path, name, "half");
        unit_check(fchmodat(library.store.dir, name, nfs ? 0600 : 0444, 0) == 0, "fchmodat");
        lacking.writes = nfs;
        unit_check(store_clean(&library.store) == 0 && unit_hidden(library.path) == 0,
                   "NFS %d: it stays", nfs);
        lacking = (struct lacking){0};
        library_end();
    }
}

/* What a file system does have may fail all the same, and that is not passed over. */
static void test_what_is_not_lacking(void)
{
    static const struct lacking cases[] = {{.fchmod = EIO}, {.fsync = EIO}, {.fsync = ENOSPC}};
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        library_begin();
        library.store.durable = true;
        struct upload *upload = library_upload("file", 5);
        library_put(upload, "hello");
        lacking = cases[i];
        int error = upload_store(upload);
        lacking = (struct lacking){0};
        unit_check(error == EIO || error == ENOSPC, "case %zu: %s", i, strerror(error));
        upload_end(upload);
        library_listed("");
        library_end();
    }
}

/* ---- an entry that can't be looked at ---- */

static void test_bad_entry(void)
{
    static const int errors[] = {EIO, EACCES, ENOENT};
    for (size_t i = 0; i < UNIT_COUNT(errors); i++) {
        struct store_log log;
        char want[128] = "";
        library_begin();
        unit_write_text(library.path, "a", "12345");
        unit_write_text(library.path, "bad", "123");
        unit_write_text(library.path, "c", "1");
        log_begin(&log);
        lacking.entry = errors[i];
        library_listed("5 a\n1 c\n");
        unit_check(store_clean(&library.store) == 0, "store_clean stops at it");
        library.store.quota = 100;
        struct upload *upload = library_upload("file", 90);
        unit_check(library_quota(upload, 100) == 0, "a quota scan stops at it");
        upload_end(upload);
        lacking = (struct lacking){0};
        if (errors[i] != ENOENT)
            (void)snprintf(want, sizeof want,
                           "test: fstatat fails: %s; an entry of the folder is left out\n",
                           strerror(errors[i]));
        log_holds(want);
        library_listed("5 a\n3 bad\n1 c\n");
        library_end();
    }
}

/* ---- downloads ---- */

static void download(size_t size)
{
    static char bytes[3 * 1024 * 1024], got[sizeof bytes + 1];
    struct sender sender = {0};
    struct outbox out;
    int file, ends[2];
    uint64_t len;
    size_t taken = 0;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(i * 7 + i / 251);
    library_begin();
    unit_write(library.path, "file", bytes, size);
    unit_check(store_get(&library.store, "file", 4, &file, &len) == 0 && len == size, "store_get");
    unit_check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0, "socketpair");
    outbox_init(&out, NULL);
    out.keeps_up = true; /* so that splice is tried */
    outbox_file(&out, file, 0, len);
    unit_check(!out.failed, "outbox_file");
    while (!outbox_empty(&out)) {
        ssize_t n = sender_send(&sender, ends[0], &out, 1024 * 1024);
        unit_check(n > 0 || errno == EAGAIN, "%zu of %zu bytes: %s", taken, size, strerror(errno));
        while ((n = recv(ends[1], got + taken, sizeof got - taken, 0)) > 0)
            taken += (size_t)n;
    }
    unit_same("the file", "", 0, bytes, size, got, taken);
    sender_close(&sender);
    outbox_clear(&out);
    close(ends[0]);
    close(ends[1]);
    library_end();
}

static void test_downloads(void)
{
    static const struct lacking cases[] = {
        {0},
        {.sendfile = EINVAL},
        {.splice = EINVAL},
        {.sendfile = ENOSYS, .splice = ENOSYS},
        {.sendfile = EOPNOTSUPP, .splice = EOPNOTSUPP},
    };
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        lacking = cases[i];
        download(1);
        download(16 * 1024 + 1);
        download(3 * 1024 * 1024);
        lacking = (struct lacking){0};
    }
}

/* What a test that failed has written goes where it belongs. */
static int lacking_ends(void **test)
{
    char lines[4096];
    lacking = (struct lacking){0};
    if (err.saved >= 0) {
        int n = (int)redirect_take(&err, lines, sizeof lines);
        (void)fprintf(stderr, "%.*s", n, lines);
    }
    return unit_end(test);
}
#define LACKING(function) TEST_AROUND(unit_begin, function, lacking_ends)

static const struct CMUnitTest tests[] = {
    LACKING(test_uploads),   LACKING(test_leftovers), LACKING(test_what_is_not_lacking),
    LACKING(test_bad_entry), LACKING(test_downloads),
};
UNIT_MAIN("lacks", tests)
