/* test_space.c: is there space for an upload? A quota, and a disk that is full */
#include "library_folder.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc_write.h"

/* ==== the quota ==== */

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
            int error = library_quota(upload, entries);
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
    unit_check(library_quota(one, 10) == 0 && one->reserved && size_of(one) == 3 * MIB,
               "3 of 16 MiB");
    struct upload *two = library_upload("two", 2 * MIB);
    unit_check(library_quota(two, 10) == 0 && !two->reserved && size_of(two) == 0,
               "3 and 2 of 16 MiB");
    struct upload *three = library_upload("three", MIB);
    unit_check(library_quota(three, 10) == 0 && three->reserved, "3 and 1 of 16 MiB");
    struct upload *all = library_upload("all", 16 * MIB);
    unit_check(size_of(all) == 0 && library_quota(all, 10) == 0 && !all->reserved, "all of it");
    upload_end(all);
    put(one, 2 * MIB); /* what is sent is not only reserved any more: 2 MiB of 14 are */
    upload_end(two);
    two = library_upload("two", MIB);
    unit_check(library_quota(two, 10) == 0 && two->reserved, "2 MiB reserved, and 1 more");
    struct upload *four = library_upload("four", MIB);
    unit_check(library_quota(four, 10) == 0 && !four->reserved, "3 MiB reserved of 14, and 1 more");
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
    unit_check(library_quota(one, 10) == 0 && library_quota(two, 10) == 0,
               "60 and 41 of 100, none has come");
    unit_check(library_quota(kept, 10) == 0 && kept->reserved, "10 are not reserved");
    unit_check(!upload_uncounted(one), "nothing has come, and is to be counted");
    put(one, 59);
    unit_check(!upload_uncounted(one), "59 bytes are to be counted");
    put(one, 1);
    unit_check(upload_uncounted(one) && library_quota(one, 10) == 0, "60, and 10 reserved");
    unit_check(!upload_uncounted(one), "counted, and to be counted again");
    put(two, 41);
    unit_check(upload_uncounted(two) && library_quota(two, 10) == ENOSPC,
               "60, 41, and 10 reserved");
    upload_end(two);
    two = library_upload("one", 30);
    put(two, 30);
    unit_check(library_quota(two, 10) == 0, "60, 30 and 10");
    upload_end(one);
    upload_end(two);
    upload_end(kept);
    library.store.quota = 0;
    library.store.max_files = 1;
    one = library_upload("one", 1);
    unit_check(library_quota(one, 10) == 0, "one of one");
    two = library_upload("two", 1);
    unit_check(library_quota(two, 10) == ENOSPC, "two of one");
    upload_end(one);
    unit_check(library_quota(two, 10) == 0, "one of one, after the other has gone");
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
            unit_check(library_quota(both[i], 10) == 0, "60 of 100");
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

/* An upload that gets its name while another one is counted, before any step, is counted too. */
static void test_quota_scan_of_one_that_ends(void)
{
    bool counted = false;
    for (int files = 0; files < 2; files++, counted = false)
        for (int at = 0; !counted; at++) {
            struct quota_scan scan;
            int error = 0;
            library.store.quota = files ? 0 : 100;
            library.store.max_files = files ? 1 : 0;
            struct upload *ends = library_upload("ends", 20), *last = library_upload("last", 90);
            put(last, 90);
            unit_check(quota_scan_begin(&scan, last) == 0, "quota_scan_begin");
            for (int step = 0; step < at && !counted; step++)
                error = quota_scan_step(&scan, last, 1, &counted);
            put(ends, 20);
            library_finish(ends);
            for (bool done = counted; !done && error == 0;)
                error = quota_scan_step(&scan, last, 1, &done);
            unit_check(error == ENOSPC, "%s: one gets its name before step %d, and both fit",
                       files ? "two files of one" : "90 and 20 of 100", at);
            quota_scan_end(&scan);
            upload_end(last);
            unit_check(unlinkat(library.store.dir, "ends", 0) == 0, "%s", strerror(errno));
        }
}

/* A large one is counted now and then, not only when it is whole. */
static void test_quota_scan_in_between(void)
{
    enum { EVERY = 4 << 20, SIZE = 10 << 20 };
    unsigned int counted = 0;
    library.store.quota = 2 * SIZE;
    struct upload *upload = library_upload("large", SIZE);
    unit_check(library_quota(upload, 10) == 0 && !upload->reserved,
               "half of what is free is reserved");
    while (upload->left > 0) {
        put(upload, 1 << 20);
        if (upload_uncounted(upload)) {
            unit_check(library_quota(upload, 10) == 0, "there is space");
            counted++;
        }
    }
    unit_check(counted == SIZE / EVERY + 1, "counted %u times", counted);
    upload_end(upload);
}

/* ==== a disk that is full ==== */

/* A file system of 64 KiB that only this process sees. */
static bool small_disk(const char *path)
{
    char uids[64], gids[64];
    (void)snprintf(uids, sizeof uids, "0 %u 1", getuid());
    (void)snprintf(gids, sizeof gids, "0 %u 1", getgid());
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
        return false;
    return proc_write("/proc/self/setgroups", "deny") && proc_write("/proc/self/uid_map", uids) &&
           proc_write("/proc/self/gid_map", gids) &&
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
    return unit_hidden(path) == 0 ? 0 : 12; /* nothing is left behind */
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

static const struct CMUnitTest tests[] = {
    LIBRARY(test_quota_scan),
    LIBRARY(test_quota_scan_of_what_is_reserved),
    LIBRARY(test_quota_scan_of_uploads_under_way),
    LIBRARY(test_quota_scan_of_two_at_once),
    LIBRARY(test_quota_scan_of_one_that_ends),
    LIBRARY(test_quota_scan_in_between),
    TEST(test_disk_full),
};
UNIT_MAIN("space", tests)
