/* test_store.c: the library: what is served, what is not, uploads, listings, what is left behind */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "listing.h"
#include "sink.h"
#include "store.h"

struct lab {
    char path[UNIT_PATH];
    struct store store;
};

static void lab_begin(struct lab *lab)
{
    unit_folder(lab->path);
    int error = store_open(&lab->store, lab->path);
    unit_check(error == 0, "store_open %s: %s", lab->path, strerror(error));
    lab->store.max_upload = lab->store.quota = lab->store.max_files = 0;
    lab->store.durable = false;
}

static void lab_end(struct lab *lab)
{
    unit_check(unit_hidden(lab->path) == 0, "hidden files are left");
    store_close(&lab->store);
    unit_folder_remove(lab->path);
}

static void serves(const struct lab *lab, const char *name, int want_error, const char *want)
{
    int file = -1;
    uint64_t size = 0;
    int error = store_get(&lab->store, name, strlen(name), &file, &size);
    unit_check(error == want_error, "store_get %s: expected %s, received %s",
               unit_quote(name, strlen(name)), strerror(want_error), strerror(error));
    if (error != 0)
        return;
    char bytes[256];
    ssize_t n = read(file, bytes, sizeof bytes);
    unit_check(n >= 0 && (size_t)n == size, "%s: %zd of %llu bytes", name, n,
               (unsigned long long)size);
    int flags = fcntl(file, F_GETFD);
    close(file);
    unit_check((flags & FD_CLOEXEC) != 0, "%s: inherited by children", name);
    unit_same(name, "", 0, want, strlen(want), bytes, (size_t)n);
}

/* The whole listing, `entries` at a time. */
static void lists(const struct lab *lab, unsigned int entries, struct sink *text)
{
    struct listing *listing;
    bool done = false;
    size_t len;
    unit_check(listing_begin(&lab->store, &listing) == 0, "listing_begin");
    while (!done)
        unit_check(listing_step(listing, entries, &done) == 0, "listing_step");
    char *bytes = listing_take(listing, &len);
    sink_reset(text);
    sink_add(text, bytes, len);
    free(bytes);
    listing_end(listing);
}

static void listed(const struct lab *lab, const char *want)
{
    struct sink text = {0};
    for (unsigned int entries = 1; entries <= 1000; entries *= 10) {
        lists(lab, entries, &text);
        unit_same("the listing", "", 0, want, strlen(want), text.bytes, text.len);
    }
    sink_free(&text);
}

/* ==== what is served ==== */

static void test_get(void **state)
{
    struct lab lab;
    (void)state;
    lab_begin(&lab);
    unit_write_text(lab.path, "a.txt", "hello\n");
    unit_write_text(lab.path, "empty", "");
    unit_write_text(lab.path, "with space", "s");
    serves(&lab, "a.txt", 0, "hello\n");
    serves(&lab, "empty", 0, "");
    serves(&lab, "with space", 0, "s");
    serves(&lab, "missing", ENOENT, "");
    int file;
    uint64_t size; /* the name is not ended by a NUL */
    unit_check(store_get(&lab.store, "a.txt and more", 5, &file, &size) == 0,
               "a name with a length");
    close(file);
    listed(&lab, "6 a.txt\n0 empty\n1 with space\n");
    lab_end(&lab);
}

static void socket_make(const struct lab *lab, const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%.80s/%.20s", lab->path, name);
    unit_check(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0, "bind: %s",
               strerror(errno));
    close(fd);
}

/* None of these may be listed, be served, be waited for, or lead out of the folder. */
static void test_what_is_no_file(void **state)
{
    static const char *const names[] = {"folder", "fifo",   "link",   "dangling", "outside",
                                        "socket", "itself", "circle", "dirlink"};
    struct lab lab;
    struct walk_entry entry;
    (void)state;
    unit_bound(20, "opening a FIFO");
    lab_begin(&lab);
    int dir = lab.store.dir;
    unit_write_text(lab.path, "real", "r");
    unit_check(mkdirat(dir, "folder", 0755) == 0 && mkfifoat(dir, "fifo", 0666) == 0 &&
                   symlinkat("real", dir, "link") == 0 && symlinkat("none", dir, "dangling") == 0 &&
                   symlinkat("/etc/passwd", dir, "outside") == 0 &&
                   symlinkat(".", dir, "itself") == 0 && symlinkat("circle", dir, "circle") == 0 &&
                   symlinkat("folder", dir, "dirlink") == 0,
               "can't plant them: %s", strerror(errno));
    socket_make(&lab, "socket");
    for (size_t i = 0; i < UNIT_COUNT(names); i++) {
        int file = -1;
        uint64_t size;
        int error = store_get(&lab.store, names[i], strlen(names[i]), &file, &size);
        unit_check(error == ENOENT || error == ELOOP || error == ENXIO || error == EISDIR, "%s: %s",
                   names[i], error == 0 ? "was opened" : strerror(error));
    }
    listed(&lab, "1 real\n");
    DIR *walk;
    int files = 0;
    unit_check(walk_begin(&lab.store, &walk) == 0, "walk_begin");
    do {
        unit_check(walk_next(walk, &entry) == 0, "walk_next");
        files += entry.name != NULL && entry.name[0] != '\0';
    } while (entry.name != NULL);
    closedir(walk);
    unit_check(files == 1, "%d files were found", files);
    lab_end(&lab);
}

/* Every byte in a name of the folder: listed only where the protocol allows the name. */
static void test_planted_names(void **state)
{
    struct lab lab;
    struct sink want = {0}, text = {0};
    (void)state;
    lab_begin(&lab);
    for (unsigned int byte = 1; byte <= 0xff; byte++) {
        const char name[] = {'n', (char)byte, 'n', '\0'};
        if (byte == '/')
            continue;
        unit_write_text(lab.path, name, "x");
        if (byte >= 0x20 && byte < 0x7f) {
            sink_add(&want, "1 ", 2);
            sink_add(&want, name, 3);
            sink_add(&want, "\n", 1);
        }
    }
    static const char *const bad[] = {" first", "last ", ".dot", "\xc2\x9b", "n\xc0\xaf"};
    for (size_t i = 0; i < UNIT_COUNT(bad); i++)
        unit_write_text(lab.path, bad[i], "x");
    static const char *const good[] = {"n\xc2\xa0", "n\xe4\xbd\xa0", "n\xf0\x9f\x98\x80"};
    for (size_t i = 0; i < UNIT_COUNT(good); i++) {
        unit_write_text(lab.path, good[i], "x");
        sink_add(&want, "1 ", 2);
        sink_add(&want, good[i], strlen(good[i]));
        sink_add(&want, "\n", 1);
    }
    lists(&lab, 7, &text);
    unit_same("the listing", "", 0, want.bytes, want.len, text.bytes, text.len);
    unit_unlink(lab.path, ".dot");
    sink_free(&want);
    sink_free(&text);
    lab_end(&lab);
}

static void test_folder_is_made(void **state)
{
    char path[UNIT_PATH], inner[UNIT_PATH + 8];
    struct store store;
    struct stat st;
    (void)state;
    unit_folder(path);
    (void)snprintf(inner, sizeof inner, "%s/new", path);
    unit_check(store_open(&store, inner) == 0 && stat(inner, &st) == 0 && S_ISDIR(st.st_mode),
               "a missing folder was not made");
    store_close(&store);
    unit_check(store_open(&store, inner) == 0, "the second time");
    store_close(&store);
    (void)snprintf(inner, sizeof inner, "%s/a/b", path);
    unit_check(store_open(&store, inner) == ENOENT, "a folder in a missing one");
    unit_write_text(path, "file", "");
    (void)snprintf(inner, sizeof inner, "%s/file", path);
    unit_check(store_open(&store, inner) == ENOTDIR, "a file as folder");
    unit_folder_remove(path);
}

/* The folder is held by its descriptor: another one under its name is not ours. */
static void test_folder_is_swapped(void **state)
{
    struct lab lab;
    char other[UNIT_PATH], aside[UNIT_PATH + 8];
    (void)state;
    lab_begin(&lab);
    unit_folder(other);
    unit_write_text(lab.path, "a", "ours");
    unit_write_text(other, "a", "not ours");
    (void)snprintf(aside, sizeof aside, "%s/moved", other);
    unit_check(rename(lab.path, aside) == 0 && symlink(other, lab.path) == 0, "%s",
               strerror(errno));
    serves(&lab, "a", 0, "ours");
    listed(&lab, "4 a\n");
    unit_check(unlink(lab.path) == 0 && rename(aside, lab.path) == 0, "%s", strerror(errno));
    unit_folder_remove(other);
    lab_end(&lab);
}

/* ==== uploads ==== */

static struct upload *begin(const struct lab *lab, const char *name, uint64_t size)
{
    struct upload *upload = NULL;
    int error = upload_begin(&lab->store, name, strlen(name), size, &upload);
    unit_check(error == 0, "upload_begin %s: %s", name, strerror(error));
    return upload;
}

static void put(struct upload *upload, const char *bytes)
{
    int error = upload_write(upload, bytes, strlen(bytes));
    unit_check(error == 0, "upload_write: %s", strerror(error));
}

static void finish(struct upload *upload)
{
    int error = upload_store(upload);
    unit_check(error == 0 && upload->left == 0, "upload_store: %s", strerror(error));
    upload_end(upload);
}

static void holds(const struct lab *lab, const char *name, const char *want)
{
    size_t len;
    char *got = unit_read(lab->path, name, &len);
    unit_check(got != NULL, "%s is missing", name);
    unit_same(name, "", 0, want, strlen(want), got, len);
    free(got);
}

static void test_upload(void **state)
{
    struct lab lab;
    struct stat st;
    (void)state;
    for (int durable = 0; durable < 2; durable++) {
        lab_begin(&lab);
        lab.store.durable = durable == 1;
        struct upload *upload = begin(&lab, "new", 6);
        put(upload, "hel");
        unit_check(upload->left == 3, "%llu bytes left", (unsigned long long)upload->left);
        listed(&lab, "");
        serves(&lab, "new", ENOENT, "");
        unit_check(unit_hidden(lab.path) == 1 &&
                       fstatat(lab.store.dir, upload->temp, &st, 0) == 0 && st.st_size == 6,
                   "its room is not taken");
        put(upload, "lo\n");
        listed(&lab, "");
        finish(upload);
        holds(&lab, "new", "hello\n");
        listed(&lab, "6 new\n");
        finish(begin(&lab, "nothing", 0));
        holds(&lab, "nothing", "");
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
        struct upload *upload = begin(&lab, "new", 11);
        write_most = most;
        int error = upload_write(upload, "hello world", 11);
        write_most = 0;
        unit_check(error == 0, "%zu bytes at a time: %s", most, strerror(error));
        unit_check(upload->left == 0, "%zu bytes at a time: %llu are left", most,
                   (unsigned long long)upload->left);
        finish(upload);
        holds(&lab, "new", "hello world");
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
        struct upload *upload = begin(&lab, "new", 5);
        put(upload, "hello");
        finish(upload);
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
        struct upload *upload = begin(&lab, "a", 5);
        if (written > 0)
            unit_check(upload_write(upload, "12345", written) == 0, "write");
        upload_end(upload);
        unit_check(unit_hidden(lab.path) == 0, "after %zu bytes: the temporary file stays",
                   written);
        holds(&lab, "a", "old");
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
        struct upload *upload = error == 0 ? begin(&lab, "new", 1) : NULL;
        umask(old);
        unit_check(upload != NULL, "store_open: %s", strerror(error));
        unit_check(fstat(upload->file, &st) == 0 &&
                       (st.st_mode & 07777 & ~masks[i]) == (0600 & ~masks[i]),
                   "umask %o: %o while incomplete", masks[i], st.st_mode & 07777);
        put(upload, "x");
        finish(upload);
        unit_check(fstatat(lab.store.dir, "new", &st, 0) == 0 &&
                       (st.st_mode & 07777) == (0644 & ~masks[i]),
                   "umask %o: %o when stored", masks[i], st.st_mode & 07777);
        lab_end(&lab);
    }
}

/* Our own, so that it can fail: a network file system may have no locks to give. */
static int flock_errno;
static int flock_failures; /* so many are still to come */

int flock(int fd, int operation)
{
    if (flock_failures == 0)
        return (int)syscall(SYS_flock, fd, operation);
    flock_failures--;
    errno = flock_errno;
    return -1;
}

static void test_no_locks(void **state)
{
    struct lab lab;
    struct upload *upload = NULL;
    (void)state;
    lab_begin(&lab);
    flock_errno = ENOLCK;
    flock_failures = 1;
    int error = upload_begin(&lab.store, "file", 4, 3, &upload);
    unit_check(error == ENOLCK && upload == NULL, "expected ENOLCK, received %s", strerror(error));
    lab_end(&lab); /* which looks for the temporary file */
}

/* Another server, just starting, has our temporary file's lock, to remove the file; and is killed
 * before it does. */
static void test_locked_by_another(void **state)
{
    struct lab lab;
    (void)state;
    lab_begin(&lab);
    flock_errno = EWOULDBLOCK;
    flock_failures = 1;
    struct upload *upload = begin(&lab, "file", 3);
    unit_check(flock_failures == 0, "flock was not asked");
    put(upload, "new");
    finish(upload);
    holds(&lab, "file", "new");
    lab_end(&lab); /* which looks for both temporary files */
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
    struct upload *upload = begin(&lab, "a", 3);
    put(upload, "new");
    holds(&lab, "a", "the old one");
    finish(upload);
    holds(&lab, "a", "new");
    char bytes[32];
    ssize_t n = read(file, bytes, sizeof bytes);
    close(file);
    unit_check(n >= 0, "read: %s", strerror(errno));
    unit_same("a download under way", "", 0, "the old one", 11, bytes, (size_t)n);

    upload = begin(&lab, "link", 3);
    put(upload, "new");
    finish(upload);
    holds(&lab, "target", "not to be touched");
    unit_check(fstatat(lab.store.dir, "link", &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode),
               "the link was not replaced");
    upload = begin(&lab, "fifo", 3);
    put(upload, "new");
    finish(upload);
    holds(&lab, "fifo", "new");

    upload = NULL;
    int error = upload_begin(&lab.store, "folder", 6, 3, &upload);
    unit_check(error == EISDIR && upload == NULL, "onto a folder: %s", strerror(error));
    upload = begin(&lab, "later", 0); /* the folder comes while the upload is under way */
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
    struct upload *one = begin(&lab, "a", 4), *two = begin(&lab, "a", 6),
                  *three = begin(&lab, "a", 2);
    put(one, "on");
    put(two, "two");
    put(three, "33");
    put(one, "e!");
    put(two, "two");
    unit_check(unit_hidden(lab.path) == 3, "%d temporary files", unit_hidden(lab.path));
    finish(two);
    holds(&lab, "a", "twotwo");
    finish(one);
    holds(&lab, "a", "one!");
    upload_end(three);
    holds(&lab, "a", "one!");
    listed(&lab, "4 a\n");
    lab_end(&lab);
}

static void test_folder_goes_away(void **state)
{
    struct lab lab;
    struct upload *upload;
    (void)state;
    lab_begin(&lab);
    upload = begin(&lab, "a", 1);
    put(upload, "x");
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

/* ==== leftovers ==== */

static void test_leftovers(void **state)
{
    static const char dead[] = STORE_TEMP_PREFIX "0123456789abcdef";
    static const char strange[] = STORE_TEMP_PREFIX "x", other[] = ".lab-other";
    struct lab lab;
    struct store again;
    (void)state;
    lab_begin(&lab);
    struct upload *living = begin(&lab, "a", 3); /* of a live server in the same folder */
    unit_write_text(lab.path, dead, "left behind");
    unit_write_text(lab.path, strange, "left behind");
    unit_write_text(lab.path, other, "somebody else's");
    unit_write_text(lab.path, "file", "a file");
    unit_check(symlinkat("file", lab.store.dir, STORE_TEMP_PREFIX "link") == 0 &&
                   mkdirat(lab.store.dir, STORE_TEMP_PREFIX "folder", 0755) == 0,
               "%s", strerror(errno));
    unit_check(store_open(&again, lab.path) == 0, "store_open");
    store_close(&again);
    struct stat st;
    unit_check(fstatat(lab.store.dir, dead, &st, 0) != 0, "a dead one's leftover stays");
    unit_check(fstatat(lab.store.dir, living->temp, &st, 0) == 0,
               "a living one's file was removed");
    holds(&lab, "file", "a file");
    holds(&lab, other, "somebody else's");
    put(living, "abc");
    finish(living);
    holds(&lab, "a", "abc");
    unit_unlink(lab.path, other);
    unit_unlink(lab.path, STORE_TEMP_PREFIX "link");
    unit_check(unlinkat(lab.store.dir, STORE_TEMP_PREFIX "folder", AT_REMOVEDIR) == 0, "%s",
               strerror(errno));
    lab_end(&lab);
}

/* A process that is killed in an upload: locked while it lives, removed once it is dead. */
static void test_killed_in_an_upload(void **state)
{
    struct lab lab;
    int ends[2];
    char byte;
    (void)state;
    unit_bound(20, "a process that is killed in an upload");
    lab_begin(&lab);
    unit_check(pipe(ends) == 0, "pipe: %s", strerror(errno));
    pid_t child = fork();
    if (child == 0) {
        struct upload *upload;
        bool fine = upload_begin(&lab.store, "a", 1, 100, &upload) == 0 &&
                    upload_write(upload, "half", 4) == 0 && write(ends[1], "", 1) == 1;
        if (!fine)
            _exit(1);
        for (;;)
            pause();
    }
    unit_check(child > 0 && read(ends[0], &byte, 1) == 1, "it did not begin");
    unit_check(store_clean(&lab.store) == 0 && unit_hidden(lab.path) == 1,
               "a living one's file was removed");
    int status;
    unit_check(kill(child, SIGKILL) == 0 && waitpid(child, &status, 0) == child, "kill: %s",
               strerror(errno));
    unit_check(store_clean(&lab.store) == 0 && unit_hidden(lab.path) == 0,
               "a dead one's file is left");
    close(ends[0]);
    close(ends[1]);
    lab_end(&lab);
}

/* ==== is there room? ==== */

static int census(const struct upload *upload, unsigned int entries)
{
    struct census census;
    bool done = false;
    int error = census_begin(&census, upload);
    while (error == 0 && !done)
        error = census_step(&census, upload, entries, &done);
    census_end(&census);
    census_end(&census);
    return error;
}

static void test_census(void **state)
{
    static const struct {
        const char *name;
        uint64_t size, quota, max_files;
        int error;
    } cases[] = {
        {"new", 5, 0, 0, 0},      {"new", 5, 20, 0, 0},      {"new", 6, 20, 0, ENOSPC},
        {"new", 0, 15, 0, 0},     {"new", 0, 14, 0, ENOSPC}, {"new", 1000000, 0, 0, 0},
        {"new", 1, 0, 3, 0},      {"new", 1, 0, 2, ENOSPC},  {"new", 1, 0, 1, ENOSPC},
        {"a", 10, 20, 0, 0},      {"a", 11, 20, 0, ENOSPC},  {"b", 15, 20, 0, 0},
        {"b", 16, 20, 0, ENOSPC}, {"a", 1, 0, 2, 0},         {"a", 1, 0, 1, ENOSPC},
        {"new", 5, 20, 3, 0},     {"new", 5, 20, 2, ENOSPC},
    };
    struct lab lab;
    (void)state;
    lab_begin(&lab);
    unit_write_text(lab.path, "a", "12345");
    unit_write_text(lab.path, "b", "1234567890");
    unit_write_text(lab.path, " no file", "of the library does not count");
    unit_check(mkdirat(lab.store.dir, "folder", 0755) == 0 &&
                   symlinkat("b", lab.store.dir, "link") == 0,
               "%s", strerror(errno));
    for (size_t i = 0; i < UNIT_COUNT(cases); i++)
        for (unsigned int entries = 1; entries <= 100; entries += 9) {
            lab.store.quota = cases[i].quota;
            lab.store.max_files = cases[i].max_files;
            struct upload *upload = begin(&lab, cases[i].name, cases[i].size);
            int error = census(upload, entries);
            unit_check(error == cases[i].error,
                       "%llu bytes as %s, quota %llu, files %llu: expected %s, received %s",
                       (unsigned long long)cases[i].size, cases[i].name,
                       (unsigned long long)cases[i].quota, (unsigned long long)cases[i].max_files,
                       strerror(cases[i].error), strerror(error));
            upload_end(upload);
        }
    lab_end(&lab);
}

/* Uploads under way count with their full size, whoever has begun them. */
static void test_census_of_uploads_under_way(void **state)
{
    struct lab lab;
    (void)state;
    lab_begin(&lab);
    lab.store.quota = 100;
    struct upload *one = begin(&lab, "one", 60);
    unit_check(census(one, 10) == 0, "60 of 100");
    struct upload *two = begin(&lab, "two", 41);
    unit_check(census(two, 10) == ENOSPC, "60 and 41 of 100");
    upload_end(two);
    two = begin(&lab, "one", 40);
    unit_check(census(two, 10) == 0, "60 and 40 of 100");
    upload_end(one);
    upload_end(two);
    lab.store.quota = 0;
    lab.store.max_files = 1;
    one = begin(&lab, "one", 1);
    unit_check(census(one, 10) == 0, "one of one");
    two = begin(&lab, "two", 1);
    unit_check(census(two, 10) == ENOSPC, "two of one");
    upload_end(one);
    unit_check(census(two, 10) == 0, "one of one, after the other has gone");
    upload_end(two);
    lab_end(&lab);
}

/* ==== long listings ==== */

static int line_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* `count` files with random names, in the listing's order. */
static void many_files(const struct lab *lab, size_t count, struct sink *want)
{
    struct unit_random random = {.state = 4711 + count};
    char **names = calloc(count + 1, sizeof *names);
    unit_check(names != NULL, "out of memory");
    for (size_t i = 0; i < count; i++) {
        unsigned int number = (unsigned int)unit_random_below(&random, 100000000);
        int n = asprintf(&names[i], "%s%08x-%zu", i % 3 == 0 ? "\xc3\xa9" : "f", number, i);
        unit_check(n > 0, "out of memory");
        unit_write(lab->path, names[i], "1234567890123", i % 13);
    }
    char **sorted = calloc(count + 1, sizeof *sorted);
    unit_check(sorted != NULL, "out of memory");
    for (size_t i = 0; i < count; i++)
        sorted[i] = names[i];
    qsort(sorted, count, sizeof *sorted, line_compare);
    for (size_t i = 0; i < count; i++) {
        char line[64];
        size_t number = (size_t)strtoul(strrchr(sorted[i], '-') + 1, NULL, 10);
        int n = snprintf(line, sizeof line, "%zu %s\n", number % 13, sorted[i]);
        sink_add(want, line, (size_t)n);
    }
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(sorted);
    free(names);
}

static void test_long_listings(void **state)
{
    static const size_t counts[] = {0, 1, 2, 3, 63, 64, 65, 1000, 5000};
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(counts); i++) {
        struct lab lab;
        struct sink want = {0}, text = {0};
        lab_begin(&lab);
        many_files(&lab, counts[i], &want);
        static const unsigned int steps[] = {1, 7, 256, 100000};
        for (size_t s = 0; s < UNIT_COUNT(steps); s++) {
            lists(&lab, steps[s], &text);
            unit_same("the listing", "", 0, want.bytes, want.len, text.bytes, text.len);
        }
        sink_free(&want);
        sink_free(&text);
        lab_end(&lab);
    }
}

/* A step does no more than it was asked to: the number of steps tells. */
static void test_steps_are_bounded(void **state)
{
    struct lab lab;
    struct sink want = {0};
    (void)state;
    lab_begin(&lab);
    many_files(&lab, 1000, &want);
    for (unsigned int entries = 1; entries <= 1000; entries *= 10) {
        struct listing *listing;
        bool done = false;
        unsigned int steps = 0;
        unit_check(listing_begin(&lab.store, &listing) == 0, "listing_begin");
        for (; !done; steps++)
            unit_check(listing_step(listing, entries, &done) == 0, "listing_step");
        listing_end(listing);
        unit_check(steps >= 2000 / entries, "%u entries a step: 1000 files in %u steps", entries,
                   steps);
        unit_check(steps <= 2000 / entries + 10, "%u entries a step: %u steps", entries, steps);
    }
    sink_free(&want);
    lab_end(&lab);
}

static void test_listing_is_dropped(void **state)
{
    struct lab lab;
    struct sink want = {0};
    (void)state;
    lab_begin(&lab);
    many_files(&lab, 100, &want);
    for (unsigned int steps = 0; steps < 220; steps++) { /* at every point of it */
        struct listing *listing;
        bool done = false;
        unit_check(listing_begin(&lab.store, &listing) == 0, "listing_begin");
        for (unsigned int i = 0; i < steps && !done; i++)
            unit_check(listing_step(listing, 1, &done) == 0, "listing_step");
        listing_end(listing);
    }
    listing_end(NULL);
    sink_free(&want);
    lab_end(&lab);
}

/* Files that stay are listed once, whatever comes and goes meanwhile; always sorted. */
static void test_listing_while_files_come_and_go(void **state)
{
    enum { STAY = 300 };
    struct lab lab;
    (void)state;
    lab_begin(&lab);
    for (int i = 0; i < STAY; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "stays-%d", i);
        unit_write_text(lab.path, name, "x");
        (void)snprintf(name, sizeof name, "goes-%d", i);
        unit_write_text(lab.path, name, "x");
    }
    struct listing *listing;
    bool done = false;
    unit_check(listing_begin(&lab.store, &listing) == 0, "listing_begin");
    for (int i = 0; !done; i++) {
        char name[32];
        if (i < STAY) {
            (void)snprintf(name, sizeof name, "comes-%d", i);
            unit_write_text(lab.path, name, "x");
            (void)snprintf(name, sizeof name, "goes-%d", (i * 7) % STAY);
            unit_unlink(lab.path, name);
        }
        unit_check(listing_step(listing, 3, &done) == 0, "listing_step");
    }
    size_t len, stays = 0;
    char *text = listing_take(listing, &len), last[64] = "";
    listing_end(listing);
    for (char *line = text; line < text + len;) {
        char *lf = memchr(line, '\n', (size_t)(text + len - line));
        unit_check(lf != NULL && line[0] == '1' && line[1] == ' ', "not a line of a listing");
        *lf = '\0';
        unit_check(strcmp(last, line + 2) < 0, "%s comes behind %s", line + 2, last);
        (void)snprintf(last, sizeof last, "%s", line + 2);
        stays += strncmp(line + 2, "stays-", 6) == 0;
        line = lf + 1;
    }
    free(text);
    unit_check(stays == STAY, "%zu of %d files that stayed are listed", stays, STAY);
    lab_end(&lab);
}

/* ==== a disk that is full ==== */

static bool text_into(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool fine = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0)
        close(fd);
    return fine;
}

/* A file system of 64 KiB that only this process sees. */
static bool small_disk(const char *path)
{
    char uids[64], gids[64];
    (void)snprintf(uids, sizeof uids, "0 %u 1", getuid());
    (void)snprintf(gids, sizeof gids, "0 %u 1", getgid());
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
        return false;
    return text_into("/proc/self/setgroups", "deny") && text_into("/proc/self/uid_map", uids) &&
           text_into("/proc/self/gid_map", gids) &&
           mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("none", path, "tmpfs", 0, "size=64k,nr_inodes=8") == 0;
}

enum { NO_DISK = 77 };

/* Returns 0, or the number of the step that went wrong. Runs in a process of its own. */
static int disk_steps(const char *path)
{
    static char block[48 * 1024];
    struct store store;
    struct upload *first, *second, *third = NULL;
    if (!small_disk(path))
        return NO_DISK;
    if (store_open(&store, path) != 0)
        return 1;
    store.durable = false;
    if (upload_begin(&store, "old", 3, 1000, &first) != 0 ||
        upload_write(first, block, 1000) != 0 || upload_store(first) != 0)
        return 2;
    upload_end(first);
    if (upload_begin(&store, "new", 3, 100 * 1024, &third) != ENOSPC || third != NULL)
        return 3; /* known before the first byte */
    if (upload_begin(&store, "old", 3, sizeof block, &first) != 0 ||
        upload_begin(&store, "new", 3, sizeof block, &second) != 0)
        return 4; /* each alone would fit */
    if (upload_write(first, block, sizeof block) != 0)
        return 5;
    if (upload_write(second, block, sizeof block) != ENOSPC)
        return 6;
    upload_end(second);
    struct stat st;
    if (fstatat(store.dir, "old", &st, 0) != 0 || st.st_size != 1000)
        return 7; /* the old one is still whole */
    if (upload_store(first) != 0)
        return 8;
    upload_end(first);
    if (fstatat(store.dir, "old", &st, 0) != 0 || st.st_size != (off_t)sizeof block)
        return 9;
    char name[2] = "a"; /* and now the inodes */
    for (; name[0] <= 'z'; name[0]++) {
        int error = upload_begin(&store, name, 1, 0, &first);
        if (error == ENOSPC)
            break;
        if (error != 0 || upload_store(first) != 0)
            return 10;
        upload_end(first);
    }
    if (name[0] == 'a' || name[0] > 'z')
        return 11;
    DIR *dir = opendir(path);
    const struct dirent *entry;
    while ((entry = readdir(dir)) != NULL)
        if (entry->d_name[0] == '.' && strcmp(entry->d_name, ".") != 0 &&
            strcmp(entry->d_name, "..") != 0)
            return 12; /* nothing is left behind */
    closedir(dir);
    return 0;
}

static void test_disk_full(void **state)
{
    char path[UNIT_PATH];
    int status;
    (void)state;
    unit_folder(path);
    pid_t child = fork();
    if (child == 0)
        _exit(disk_steps(path));
    unit_check(child > 0 && waitpid(child, &status, 0) == child, "fork: %s", strerror(errno));
    unit_folder_remove(path);
    if (WIFEXITED(status) && WEXITSTATUS(status) == NO_DISK)
        unit_skip("no user namespace here: a full disk is not tested");
    unit_check(status == 0, "a full disk: step %d of disk_steps (status %x)", WEXITSTATUS(status),
               (unsigned int)status);
}

/* A folder that can't be written to, and one whose files can't be opened. */
static void test_no_permission(void **state)
{
    struct lab lab;
    struct upload *upload = NULL;
    int file;
    uint64_t size;
    (void)state;
    enum { NOBODY = 65534 };
    bool root = geteuid() == 0;
    lab_begin(&lab);
    unit_write_text(lab.path, "secret", "x");
    unit_check(fchmodat(lab.store.dir, "secret", 0, 0) == 0 && chmod(lab.path, 0555) == 0, "chmod");
    unit_check(!root || seteuid(NOBODY) == 0, "seteuid: %s", strerror(errno)); /* may do less */
    int got = store_get(&lab.store, "secret", 6, &file, &size);
    int begun = upload_begin(&lab.store, "new", 3, 1, &upload);
    unit_check(!root || seteuid(0) == 0, "seteuid: %s", strerror(errno));
    unit_check(got == EACCES, "a file that is closed: %s", strerror(got));
    unit_check(begun == EACCES && upload == NULL, "a folder that is closed: %s", strerror(begun));
    unit_check(chmod(lab.path, 0755) == 0, "chmod");
    lab_end(&lab);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        UNIT(test_get),
        UNIT(test_what_is_no_file),
        UNIT(test_planted_names),
        UNIT(test_folder_is_made),
        UNIT(test_folder_is_swapped),
        UNIT(test_upload),
        UNIT(test_short_writes),
        UNIT(test_durable),
        UNIT(test_upload_is_dropped),
        UNIT(test_modes),
        UNIT(test_no_locks),
        UNIT(test_locked_by_another),
        UNIT(test_replacing),
        UNIT(test_two_at_once),
        UNIT(test_folder_goes_away),
        UNIT(test_leftovers),
        UNIT(test_killed_in_an_upload),
        UNIT(test_census),
        UNIT(test_census_of_uploads_under_way),
        UNIT(test_long_listings),
        UNIT(test_steps_are_bounded),
        UNIT(test_listing_is_dropped),
        UNIT(test_listing_while_files_come_and_go),
        UNIT(test_disk_full),
        UNIT(test_no_permission),
    };
    return unit_run("store", tests, argc, argv);
}
