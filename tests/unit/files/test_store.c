/* test_store.c: the library: what is served, what is not, what is left behind, what fits */
#include "library_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* ==== what is served ==== */

static void test_get(void)
{
    unit_write_text(library.path, "a.txt", "hello\n");
    unit_write_text(library.path, "empty", "");
    unit_write_text(library.path, "with space", "s");
    library_serves("a.txt", 0, "hello\n");
    library_serves("empty", 0, "");
    library_serves("with space", 0, "s");
    library_serves("missing", ENOENT, "");
    int file;
    uint64_t size; /* the name is not ended by a NUL */
    unit_check(store_get(&library.store, "a.txt and more", 5, &file, &size) == 0,
               "a name with a length");
    close(file);
    library_listed("6 a.txt\n0 empty\n1 with space\n");
}

static void socket_make(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%.80s/%.20s", library.path, name);
    unit_check(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0, "bind: %s",
               strerror(errno));
    close(fd);
}

/* None of these may be listed, be served, be waited for, or lead out of the folder. */
static void test_what_is_no_file(void)
{
    static const char *const names[] = {"folder", "fifo",   "link",   "dangling", "outside",
                                        "socket", "itself", "circle", "dirlink"};
    struct walk_entry entry;
    unit_bound(20, "opening a FIFO");
    int dir = library.store.dir;
    unit_write_text(library.path, "real", "r");
    unit_check(mkdirat(dir, "folder", 0755) == 0 && mkfifoat(dir, "fifo", 0666) == 0 &&
                   symlinkat("real", dir, "link") == 0 && symlinkat("none", dir, "dangling") == 0 &&
                   symlinkat("/etc/passwd", dir, "outside") == 0 &&
                   symlinkat(".", dir, "itself") == 0 && symlinkat("circle", dir, "circle") == 0 &&
                   symlinkat("folder", dir, "dirlink") == 0,
               "can't plant them: %s", strerror(errno));
    socket_make("socket");
    for (size_t i = 0; i < UNIT_COUNT(names); i++) {
        int file = -1;
        uint64_t size;
        int error = store_get(&library.store, names[i], strlen(names[i]), &file, &size);
        unit_check(error == ENOENT || error == ELOOP || error == ENXIO || error == EISDIR, "%s: %s",
                   names[i], error == 0 ? "was opened" : strerror(error));
    }
    library_listed("1 real\n");
    DIR *walk;
    int files = 0;
    unit_check(walk_begin(&library.store, &walk) == 0, "walk_begin");
    do {
        unit_check(walk_next(&library.store, walk, &entry) == 0, "walk_next");
        files += entry.name != NULL && entry.name[0] != '\0';
    } while (entry.name != NULL);
    closedir(walk);
    unit_check(files == 1, "%d files were found", files);
}

/* Every byte in a name of the folder: listed only if the protocol allows the name. */
static void test_planted_names(void)
{
    struct sink want = {0}, text = {0};
    for (unsigned int byte = 1; byte <= 0xff; byte++) {
        const char name[] = {'n', (char)byte, 'n', '\0'};
        if (byte == '/')
            continue;
        unit_write_text(library.path, name, "x");
        if (byte >= 0x20 && byte < 0x7f) {
            sink_add(&want, "1 ", 2);
            sink_add(&want, name, 3);
            sink_add(&want, "\n", 1);
        }
    }
    static const char *const bad[] = {" first", "last ", ".dot", "\xc2\x9b", "n\xc0\xaf"};
    for (size_t i = 0; i < UNIT_COUNT(bad); i++)
        unit_write_text(library.path, bad[i], "x");
    static const char *const good[] = {"n\xc2\xa0", "n\xe4\xbd\xa0", "n\xf0\x9f\x98\x80"};
    for (size_t i = 0; i < UNIT_COUNT(good); i++) {
        unit_write_text(library.path, good[i], "x");
        sink_add(&want, "1 ", 2);
        sink_add(&want, good[i], strlen(good[i]));
        sink_add(&want, "\n", 1);
    }
    library_lists(7, &text);
    unit_same("the listing", "", 0, want.bytes, want.len, text.bytes, text.len);
    unit_unlink(library.path, ".dot");
    sink_free(&want);
    sink_free(&text);
}

static void test_folder_is_made(void)
{
    char path[UNIT_PATH], inner[UNIT_PATH + 8];
    struct store store = {0};
    struct stat st;
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
static void test_folder_is_swapped(void)
{
    char other[UNIT_PATH], aside[UNIT_PATH + 8];
    unit_folder(other);
    unit_write_text(library.path, "a", "ours");
    unit_write_text(other, "a", "not ours");
    (void)snprintf(aside, sizeof aside, "%s/moved", other);
    unit_check(rename(library.path, aside) == 0 && symlink(other, library.path) == 0, "%s",
               strerror(errno));
    library_serves("a", 0, "ours");
    library_listed("4 a\n");
    unit_check(unlink(library.path) == 0 && rename(aside, library.path) == 0, "%s",
               strerror(errno));
    unit_folder_remove(other);
}

/* ==== leftovers ==== */

static void test_leftovers(void)
{
    static const char dead[] = STORE_TEMP_PREFIX "0123456789abcdef";
    static const char strange[] = STORE_TEMP_PREFIX "x", other[] = ".lab-other";
    struct store again;
    struct upload *living = library_upload("a", 3); /* of a live server in the same folder */
    unit_write_text(library.path, dead, "left behind");
    unit_write_text(library.path, strange, "left behind");
    unit_write_text(library.path, other, "somebody else's");
    unit_write_text(library.path, "file", "a file");
    unit_check(symlinkat("file", library.store.dir, STORE_TEMP_PREFIX "link") == 0 &&
                   mkdirat(library.store.dir, STORE_TEMP_PREFIX "folder", 0755) == 0,
               "%s", strerror(errno));
    unit_check(store_open(&again, library.path) == 0, "store_open");
    store_close(&again);
    struct stat st;
    unit_check(fstatat(library.store.dir, dead, &st, 0) != 0, "a dead one's leftover stays");
    unit_check(fstatat(library.store.dir, living->temp, &st, 0) == 0,
               "a living one's file was removed");
    library_holds("file", "a file");
    library_holds(other, "somebody else's");
    library_put(living, "abc");
    library_finish(living);
    library_holds("a", "abc");
    unit_unlink(library.path, other);
    unit_unlink(library.path, STORE_TEMP_PREFIX "link");
    unit_check(unlinkat(library.store.dir, STORE_TEMP_PREFIX "folder", AT_REMOVEDIR) == 0, "%s",
               strerror(errno));
}

/* A process that is killed in an upload: locked while it lives, removed once it is dead. */
static void test_killed_in_an_upload(void)
{
    int ends[2];
    char byte;
    unit_bound(20, "a process that is killed in an upload");
    unit_check(pipe(ends) == 0, "pipe: %s", strerror(errno));
    pid_t child = fork();
    if (child == 0) {
        struct upload *upload;
        bool ok = upload_begin(&library.store, "a", 1, 100, &upload) == 0 &&
                  upload_write(upload, "half", 4) == 0 && write(ends[1], "", 1) == 1;
        if (!ok)
            _exit(1);
        for (;;)
            pause();
    }
    unit_check(child > 0 && read(ends[0], &byte, 1) == 1, "it did not begin");
    unit_check(store_clean(&library.store) == 0 && unit_hidden(library.path) == 1,
               "a living one's file was removed");
    unit_check(kill(child, SIGKILL) == 0 && unit_wait(child) != 0, "kill: %s", strerror(errno));
    unit_check(store_clean(&library.store) == 0 && unit_hidden(library.path) == 0,
               "a dead one's file is left");
    close(ends[0]);
    close(ends[1]);
}

/* ==== is there room? ==== */

static int quota_check(struct upload *upload, unsigned int entries)
{
    struct quota_scan scan;
    bool done = false;
    int error = quota_scan_begin(&scan, upload);
    while (error == 0 && !done)
        error = quota_scan_step(&scan, upload, entries, &done);
    quota_scan_end(&scan);
    quota_scan_end(&scan);
    return error;
}

static void test_quota_scan(void)
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
    unit_write_text(library.path, "a", "12345");
    unit_write_text(library.path, "b", "1234567890");
    unit_write_text(library.path, " no file", "of the library does not count");
    unit_check(mkdirat(library.store.dir, "folder", 0755) == 0 &&
                   symlinkat("b", library.store.dir, "link") == 0,
               "%s", strerror(errno));
    for (size_t i = 0; i < UNIT_COUNT(cases); i++)
        for (unsigned int entries = 1; entries <= 100; entries += 9) {
            library.store.quota = cases[i].quota;
            library.store.max_files = cases[i].max_files;
            struct upload *upload = library_upload(cases[i].name, cases[i].size);
            int error = quota_check(upload, entries);
            unit_check(error == cases[i].error,
                       "%llu bytes as %s, quota %llu, files %llu: expected %s, received %s",
                       (unsigned long long)cases[i].size, cases[i].name,
                       (unsigned long long)cases[i].quota, (unsigned long long)cases[i].max_files,
                       strerror(cases[i].error), strerror(error));
            upload_end(upload);
        }
}

static uint64_t size_of(const struct upload *upload)
{
    struct stat st;
    unit_check(fstat(upload->file, &st) == 0, "fstat: %s", strerror(errno));
    return (uint64_t)st.st_size;
}

static void put(struct upload *upload, size_t len)
{
    static const char block[64 * 1024];
    for (; len > sizeof block; len -= sizeof block)
        unit_check(upload_write(upload, block, sizeof block) == 0, "upload_write");
    unit_check(upload_write(upload, block, len) == 0, "upload_write");
}

/* A quarter of what is free is reserved; whatever is asked beyond that is not, by one upload or by
 * many. */
static void test_quota_scan_of_what_is_reserved(void)
{
    enum { MIB = 1 << 20 };
    library.store.quota = 16 * MIB;
    struct upload *one = library_upload("one", 3 * MIB);
    unit_check(quota_check(one, 10) == 0 && one->reserved && size_of(one) == 3 * MIB,
               "3 of 16 MiB");
    struct upload *two = library_upload("two", 2 * MIB);
    unit_check(quota_check(two, 10) == 0 && !two->reserved && size_of(two) == 0,
               "3 and 2 of 16 MiB");
    struct upload *three = library_upload("three", MIB);
    unit_check(quota_check(three, 10) == 0 && three->reserved, "3 and 1 of 16 MiB");
    struct upload *all = library_upload("all", 16 * MIB);
    unit_check(size_of(all) == 0 && quota_check(all, 10) == 0 && !all->reserved, "all of it");
    upload_end(all);
    put(one, 2 * MIB); /* what is sent is not only reserved any more: 2 MiB of 14 are */
    upload_end(two);
    two = library_upload("two", MIB);
    unit_check(quota_check(two, 10) == 0 && two->reserved, "2 MiB reserved, and 1 more");
    struct upload *four = library_upload("four", MIB);
    unit_check(quota_check(four, 10) == 0 && !four->reserved, "3 MiB reserved of 14, and 1 more");
    upload_end(one);
    upload_end(two);
    upload_end(three);
    upload_end(four);
}

/* What is not reserved counts as it comes, with what others have sent and with what they have
 * reserved. */
static void test_quota_scan_of_uploads_under_way(void)
{
    library.store.quota = 100;
    struct upload *one = library_upload("one", 60), *two = library_upload("two", 41);
    struct upload *kept = library_upload("kept", 10);
    unit_check(quota_check(one, 10) == 0 && quota_check(two, 10) == 0,
               "60 and 41 of 100, none has come");
    unit_check(quota_check(kept, 10) == 0 && kept->reserved, "10 are not reserved");
    unit_check(!upload_uncounted(one), "nothing has come, and is to be counted");
    put(one, 59);
    unit_check(!upload_uncounted(one), "59 bytes are to be counted");
    put(one, 1);
    unit_check(upload_uncounted(one) && quota_check(one, 10) == 0, "60, and 10 reserved");
    unit_check(!upload_uncounted(one), "counted, and to be counted again");
    put(two, 41);
    unit_check(upload_uncounted(two) && quota_check(two, 10) == ENOSPC, "60, 41, and 10 reserved");
    upload_end(two);
    two = library_upload("one", 30);
    put(two, 30);
    unit_check(quota_check(two, 10) == 0, "60, 30 and 10");
    upload_end(one);
    upload_end(two);
    upload_end(kept);
    library.store.quota = 0;
    library.store.max_files = 1;
    one = library_upload("one", 1);
    unit_check(quota_check(one, 10) == 0, "one of one");
    two = library_upload("two", 1);
    unit_check(quota_check(two, 10) == ENOSPC, "two of one");
    upload_end(one);
    unit_check(quota_check(two, 10) == 0, "one of one, after the other has gone");
    upload_end(two);
}

/* Uploads that count at the same time never exceed the quota together. */
static void test_quota_scan_of_two_at_once(void)
{
    library.store.quota = 100;
    for (int order = 0; order < 2; order++) {
        struct upload *both[] = {library_upload("a", 60), library_upload("b", 60)};
        struct quota_scan counts[2];
        int errors[2];
        bool done;
        for (int i = 0; i < 2; i++) {
            unit_check(quota_check(both[i], 10) == 0, "60 of 100");
            put(both[i], 60);
            unit_check(quota_scan_begin(&counts[i], both[i]) == 0, "quota_scan_begin");
        }
        for (int i = 0; i < 2; i++)
            errors[i] = quota_scan_step(&counts[i], both[i], 100, &done);
        unit_check(errors[0] == ENOSPC || errors[1] == ENOSPC, "60 and 60 of 100 both fit");
        for (int i = 0; i < 2; i++) {
            quota_scan_end(&counts[i]);
            upload_end(both[(i + order) % 2]);
        }
    }
}

/* A large one is counted now and then, not only when it is whole. */
static void test_quota_scan_in_between(void)
{
    enum { EVERY = 4 << 20, SIZE = 10 << 20 };
    unsigned int counted = 0;
    library.store.quota = 2 * SIZE;
    struct upload *upload = library_upload("large", SIZE);
    unit_check(quota_check(upload, 10) == 0 && !upload->reserved,
               "half of what is free is reserved");
    while (upload->left > 0) {
        put(upload, 1 << 20);
        if (upload_uncounted(upload)) {
            unit_check(quota_check(upload, 10) == 0, "there is space");
            counted++;
        }
    }
    unit_check(counted == SIZE / EVERY + 1, "counted %u times", counted);
    upload_end(upload);
}

/* ==== a disk that is full ==== */

static bool text_into(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0)
        close(fd);
    return ok;
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
    struct store store = {0};
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

static void test_disk_full(void)
{
    char path[UNIT_PATH];
    unit_folder(path);
    pid_t child = fork();
    if (child == 0)
        _exit(disk_steps(path));
    int status = unit_wait(child);
    unit_folder_remove(path);
    if (WIFEXITED(status) && WEXITSTATUS(status) == NO_DISK)
        unit_skip("no user namespace here: a full disk is not tested");
    unit_check(status == 0, "a full disk: step %d of disk_steps (status %x)", WEXITSTATUS(status),
               (unsigned int)status);
}

/* A folder that can't be written to, and one whose files can't be opened. */
static void test_no_permission(void)
{
    struct upload *upload = NULL;
    int file;
    uint64_t size;
    enum { NOBODY = 65534 };
    bool root = geteuid() == 0;
    unit_write_text(library.path, "secret", "x");
    unit_check(fchmodat(library.store.dir, "secret", 0, 0) == 0 && chmod(library.path, 0555) == 0,
               "chmod");
    unit_check(!root || seteuid(NOBODY) == 0, "seteuid: %s", strerror(errno)); /* may do less */
    int got = store_get(&library.store, "secret", 6, &file, &size);
    int begun = upload_begin(&library.store, "new", 3, 1, &upload);
    unit_check(!root || seteuid(0) == 0, "seteuid: %s", strerror(errno));
    unit_check(got == EACCES, "a file that is closed: %s", strerror(got));
    unit_check(begun == EACCES && upload == NULL, "a folder that is closed: %s", strerror(begun));
    unit_check(chmod(library.path, 0755) == 0, "chmod");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        LIBRARY(test_get),
        LIBRARY(test_what_is_no_file),
        LIBRARY(test_planted_names),
        TEST(test_folder_is_made),
        LIBRARY(test_folder_is_swapped),
        LIBRARY(test_leftovers),
        LIBRARY(test_killed_in_an_upload),
        LIBRARY(test_quota_scan),
        LIBRARY(test_quota_scan_of_what_is_reserved),
        LIBRARY(test_quota_scan_of_uploads_under_way),
        LIBRARY(test_quota_scan_of_two_at_once),
        LIBRARY(test_quota_scan_in_between),
        TEST(test_disk_full),
        LIBRARY(test_no_permission),
    };
    return unit_run("store", tests, argc, argv);
}
