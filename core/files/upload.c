/* core/files/upload.c: uploads, and whether there is room for them; see store.h */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "files/store.h"

enum {
    TEMP_TRIES = 100,
    COUNT_EVERY = 4 * 1024 * 1024, /* bytes of an upload that is counted as it comes */
    RESERVED_SHARE = 4,            /* reserved and not sent: at most this part of what is free */
};

/* Bytes that are free, on the disk and below the quota, while the library holds `held`. A file
 * system that does not know how large it is sets no limit. */
static uint64_t space_free(const struct store *store, uint64_t held)
{
    struct statvfs disk;
    uint64_t space = UINT64_MAX, below = store->quota > held ? store->quota - held : 0;
    if (fstatvfs(store->dir, &disk) == 0 && disk.f_blocks > 0)
        space = disk.f_bavail * (uint64_t)disk.f_frsize;
    return store->quota > 0 && below < space ? below : space;
}

/* What can be known before the first byte: a folder of this name, a limit of the process, a disk
 * too full. Sets *space to what is free at best. */
static int upload_check(const struct store *store, const char *name, uint64_t size, uint64_t *space)
{
    struct stat st;
    struct rlimit limit;
    if (fstatat(store->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode))
        return EISDIR;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && size > limit.rlim_cur)
        return EFBIG;
    *space = space_free(store, 0);
    return *space < size ? ENOSPC : 0;
}

/* A file system that can't make a file larger without writing only has nothing reserved. */
static int reserve(struct upload *upload)
{
    upload->reserved = ftruncate(upload->file, (off_t)upload->left) == 0;
    bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
    return !upload->reserved && full ? errno : 0;
}

/* If the file system has no locks (ENOLCK: a network file system without its lock server), no other
 * process gets this one either: there store_clean removes nothing. */
static int temp_lock(const struct store *store, int file)
{
    if (flock(file, LOCK_EX | LOCK_NB) == 0)
        return 0;
    if (errno != ENOLCK && !store_lacks(errno))
        return errno;
    store_log_once(store, STORE_LOCK, "flock", errno);
    return 0;
}

/* Makes and locks the temporary file. A server that starts just now in the same folder may have
 * found it before it was locked, and removed it, or be about to: then we remove it ourselves (that
 * server may be killed before it does) and try again.
 *
 * WHY      not for ever: a file system may have locks of its own kind, which nobody ever gets
 * WITHOUT  an upload never begins, and everybody waits for it       [mutant: core-temp-for-ever] */
static int temp_make(struct upload *upload)
{
    for (int tries = 0; tries < TEMP_TRIES; tries++) {
        uint64_t random;
        if (getrandom(&random, sizeof random, 0) != sizeof random)
            return EAGAIN;
        (void)snprintf(upload->temp, sizeof upload->temp, STORE_TEMP_PREFIX "%016" PRIx64, random);
        int file = openat(upload->store->dir, upload->temp,
                          O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (file < 0 && errno == EEXIST)
            continue;
        if (file < 0)
            return errno;
        upload->file = file; /* from here on upload_end removes it */
        struct stat st = {0};
        int error = temp_lock(upload->store, file);
        if (error == 0 && fstat(file, &st) != 0)
            error = errno;
        if (error == 0 && st.st_nlink > 0)
            return 0;
        if (error != 0 && error != EWOULDBLOCK)
            return error;
        (void)unlinkat(upload->store->dir, upload->temp, 0);
        close(file);
        upload->file = -1;
    }
    return EAGAIN;
}

int upload_begin(const struct store *store, const char *name, size_t len, uint64_t size,
                 struct upload **upload)
{
    struct upload *new = malloc(sizeof *new);
    if (new == NULL)
        return ENOMEM;
    *new = (struct upload){.store = store, .file = -1, .left = size};
    memcpy(new->name, name, len);
    uint64_t space = 0;
    int error = upload_check(store, new->name, size, &space);
    if (error == 0)
        error = temp_make(new);
    if (error == 0 && size <= space / RESERVED_SHARE)
        error = reserve(new);
    if (error != 0) {
        upload_end(new);
        return error;
    }
    *upload = new;
    return 0;
}

int upload_write(struct upload *upload, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(upload->file, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        bytes += n;
        len -= (size_t)n;
        upload->left -= (uint64_t)n;
        upload->uncounted += upload->reserved ? 0 : (uint64_t)n;
    }
    return 0;
}

bool upload_uncounted(const struct upload *upload)
{
    return upload->uncounted >= (upload->left == 0 ? 1 : COUNT_EVERY);
}

/* Some file systems (NFS) report a failed write only at close(2), but at that of any copy of the
 * descriptor (see "Dealing with error returns from close()"): so a copy is closed while the old
 * file is still there. The upload's own descriptor stays open, for its lock. If no descriptor is
 * left for a copy, fsync(2) reports the same, and takes longer. */
static int late_error(int file)
{
    int copy = dup(file);
    if (copy < 0)
        return fsync(file) == 0 || store_lacks(errno) ? 0 : errno;
    return close(copy) != 0 && errno != EINTR ? errno : 0;
}

static int mode_set(const struct store *store, int file)
{
    if (fchmod(file, store->mode) == 0)
        return 0;
    if (!store_lacks(errno))
        return errno;
    store_log_once(store, STORE_MODE, "fchmod", errno);
    return 0;
}

static int synced(const struct store *store, int file)
{
    if (!store->durable || fsync(file) == 0)
        return 0;
    if (!store_lacks(errno))
        return errno;
    store_log_once(store, STORE_SYNC, "fsync", errno);
    return 0;
}

/* The file first, then its name: after a power cut the name never refers to missing bytes. */
int upload_store(struct upload *upload)
{
    const struct store *store = upload->store;
    int error = mode_set(store, upload->file);
    if (error == 0)
        error = synced(store, upload->file);
    if (error == 0)
        error = late_error(upload->file);
    if (error != 0)
        return error;
    if (renameat(store->dir, upload->temp, store->dir, upload->name) != 0)
        return errno;
    upload->temp[0] = '\0';
    return synced(store, store->dir);
}

void upload_end(struct upload *upload)
{
    if (upload == NULL)
        return;
    if (upload->temp[0] != '\0' && upload->file >= 0)
        (void)unlinkat(upload->store->dir, upload->temp, 0); /* else removed at the next start */
    if (upload->file >= 0)
        close(upload->file);
    free(upload);
}

int quota_scan_begin(struct quota_scan *scan, const struct upload *upload)
{
    *scan = (struct quota_scan){.kind = WALK_UPLOADS};
    return walk_begin(upload->store, &scan->walk);
}

void quota_scan_again(struct quota_scan *scan)
{
    rewinddir(scan->walk);
    *scan = (struct quota_scan){.walk = scan->walk, .kind = WALK_UPLOADS};
}

/* Before the first byte: is there space for all of it, and may it stay reserved? */
static int verdict_before(const struct quota_scan *scan, struct upload *upload)
{
    uint64_t quota = upload->store->quota, held = scan->bytes - scan->unwritten;
    if (quota > 0 && (scan->stored > quota || upload->left > quota - scan->stored))
        return ENOSPC;
    if (!upload->reserved || scan->unwritten <= space_free(upload->store, held) / RESERVED_SHARE)
        return 0;
    upload->reserved = false;
    return ftruncate(upload->file, 0) != 0 ? errno : 0;
}

/* WHY      what has come is written first, and counted then, with what others have reserved
 * WITHOUT  two uploads that count at the same time both find the same space free, and take it
 *                                                                    [mutant: core-counted-once] */
static int verdict(const struct quota_scan *scan, struct upload *upload)
{
    const struct store *store = upload->store;
    if (store->max_files > 0 && scan->files > store->max_files)
        return ENOSPC;
    if (upload->uncounted == 0)
        return verdict_before(scan, upload);
    upload->uncounted = 0;
    return store->quota > 0 && scan->bytes > store->quota ? ENOSPC : 0;
}

/* Every upload under way counts, with what it has sent or reserved, this one too; and every file of
 * the library, except the one that this upload is going to replace. */
static void count(struct quota_scan *scan, const struct upload *upload,
                  const struct walk_entry *entry)
{
    if (entry->name[0] == '\0' ||
        (scan->kind == WALK_LIBRARY && strcmp(entry->name, upload->name) == 0))
        return;
    scan->files++;
    scan->bytes += entry->size;
    if (scan->kind == WALK_UPLOADS)
        scan->unwritten += entry->unwritten;
    else
        scan->stored += entry->size;
}

/* WHY      uploads first, files afterwards: one that gets its name in between is counted twice
 * WITHOUT  it is not counted at all, if its old name is looked up too late, and its new one is in
 *          a part of the folder that has been read already   [mutant: core-uploads-counted-last] */
int quota_scan_step(struct quota_scan *scan, struct upload *upload, unsigned int entries,
                    bool *done)
{
    *done = false;
    for (unsigned int i = 0; i < entries; i++) {
        struct walk_entry entry;
        int error = walk_next(upload->store, scan->walk, scan->kind, &entry);
        if (error != 0)
            return error;
        if (entry.name != NULL) {
            count(scan, upload, &entry);
        } else if (scan->kind == WALK_UPLOADS) {
            scan->kind = WALK_LIBRARY;
            rewinddir(scan->walk);
        } else {
            *done = true;
            return verdict(scan, upload);
        }
    }
    return 0;
}

void quota_scan_end(struct quota_scan *scan)
{
    if (scan->walk != NULL)
        closedir(scan->walk);
    scan->walk = NULL;
}
