/* client/transfer/partial_slot.c: the hidden folder of a download and its info; see partial.h */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/proto.h"
#include "transfer/partial.h"

static const char magic[] = "lab-client partial download\n";

/* The local name is the last: it may have a line end in it. */
enum { INFO_MAX = sizeof magic + 32 + PROTO_NAME_MAX + 8 + NAME_MAX };

/* ---- names ---- */

/* ".x.lab-partial", ".x.lab-partial.2": a name may be as long as a name can be, then its end makes
 * room. Some file systems (eCryptfs) have less room than others. */
static void slot_name(struct partial *partial, int number)
{
    static const char suffix[] = ".lab-partial";
    char behind[16] = "";
    if (number > 1)
        snprintf(behind, sizeof behind, ".%d", number);
    long most = fpathconf(partial->folder, _PC_NAME_MAX);
    size_t room = most > 32 && most < NAME_MAX ? (size_t)most : NAME_MAX;
    room -= 1 + strlen(suffix) + strlen(behind);
    size_t len = strlen(partial->base);
    if (len > room)
        for (len = room; len > 0 && ((unsigned char)partial->base[len] & 0xc0) == 0x80; len--)
            ; /* at the end of a character */
    snprintf(partial->slot, sizeof partial->slot, ".%.*s%s%s", (int)len, partial->base, suffix,
             behind);
}

/* ---- info ---- */

static int info_print(const struct partial *partial, uint64_t total, char text[INFO_MAX])
{
    return snprintf(text, INFO_MAX, "%s%" PRIu64 "\n%s\n%s", magic, total, partial->name,
                    partial->base);
}

/* Does it name this download? Then sets total. */
static bool info_read(struct partial *partial)
{
    char text[INFO_MAX + 1], ours[INFO_MAX];
    ssize_t n = pread(partial->info, text, sizeof text - 1, 0);
    if (n <= (ssize_t)strlen(magic))
        return false;
    text[n] = '\0';
    const char *size = text + strlen(magic), *end = strchr(size, '\n');
    if (end == NULL || !proto_number(size, (size_t)(end - size), &partial->total))
        return false;
    int len = info_print(partial, partial->total, ours);
    return len == n && memcmp(text, ours, (size_t)n) == 0;
}

/* True also if there are no locks: see lock_error. NFS locks only what is open for writing: EBADF
 * otherwise. */
static bool info_lock(struct partial *partial)
{
    int error = flock(partial->info, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
    int again = error != EBADF ? -1 : openat(partial->dir, "info", O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (again >= 0) {
        close(partial->info);
        partial->info = again;
        error = flock(partial->info, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
    }
    partial->lock_error = error;
    return error != EWOULDBLOCK;
}

/* The client that had the lock may have removed it. */
static bool info_is_there(const struct partial *partial)
{
    struct stat ours, there;
    return fstat(partial->info, &ours) == 0 &&
           fstatat(partial->dir, "info", &there, AT_SYMLINK_NOFOLLOW) == 0 &&
           ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

/* ---- finding ---- */

static void fd_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void slot_close(struct partial *partial)
{
    fd_close(&partial->fd);
    fd_close(&partial->info);
    fd_close(&partial->dir);
}

/* How many bytes are here. False: there is something else called data. */
static bool data_look(struct partial *partial)
{
    struct stat data;
    partial->size = 0;
    if (fstatat(partial->dir, "data", &data, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT;
    partial->size = (uint64_t)data.st_size;
    return S_ISREG(data.st_mode);
}

/* One that is free has no folder. Returns 0: this is the partial; ENOENT: it is free; PARTIAL_BUSY;
 * else it belongs to another download or program. */
static int slot_look(struct partial *partial)
{
    partial->dir =
        openat(partial->folder, partial->slot, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (partial->dir < 0)
        return errno;
    partial->info =
        openat(partial->dir, "info", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (partial->info < 0 || !info_read(partial))
        return EEXIST;
    if (!info_lock(partial))
        return PARTIAL_BUSY;
    if (!info_is_there(partial)) /* finished or given up a moment ago */
        return PARTIAL_BUSY;
    /* without a lock another client may be writing to it */
    if (partial->lock_error != 0 && !partial->resume)
        return EEXIST;
    return data_look(partial) ? 0 : EEXIST;
}

int slot_find(struct partial *partial)
{
    int free = 0;
    for (int i = 1; i <= PARTIAL_SLOTS; i++) {
        slot_name(partial, i);
        int found = slot_look(partial);
        if (found == 0)
            return 0;
        slot_close(partial);
        if (found == PARTIAL_BUSY || (found != ENOENT && found != EEXIST && found != ENOTDIR &&
                                      found != ELOOP && found != EACCES))
            return found;
        if (found == ENOENT && free == 0)
            free = i;
    }
    partial->size = partial->total = 0;
    partial->slot[0] = '\0';
    if (free > 0)
        slot_name(partial, free);
    return PARTIAL_NONE;
}

/* ---- making and removing ---- */

void slot_remove(struct partial *partial)
{
    /* info is the last, still locked: data without it could not be resumed */
    (void)unlinkat(partial->dir, "data", 0);
    (void)unlinkat(partial->dir, "info", 0);
    (void)unlinkat(partial->folder, partial->slot, AT_REMOVEDIR);
    slot_close(partial);
}

static int info_make(struct partial *partial, uint64_t total)
{
    char text[INFO_MAX];
    partial->info =
        openat(partial->dir, "info", O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (partial->info < 0)
        return errno;
    if (!info_lock(partial))
        return PARTIAL_BUSY;
    ssize_t n, len = info_print(partial, total, text);
    for (ssize_t done = 0; done < len; done += n)
        if ((n = pwrite(partial->info, text + done, (size_t)(len - done), done)) <= 0)
            return n < 0 ? errno : ENOSPC;
    return 0;
}

int slot_make(struct partial *partial, uint64_t total)
{
    if (mkdirat(partial->folder, partial->slot, 0777) != 0)
        return errno == EEXIST ? PARTIAL_BUSY : errno; /* it was free a moment ago */
    partial->dir =
        openat(partial->folder, partial->slot, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int error = partial->dir < 0 ? errno : info_make(partial, total);
    partial->total = total;
    if (error == 0) {
        partial->fd =
            openat(partial->dir, "data", O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        error = partial->fd < 0 ? errno : 0;
    }
    if (error != 0)
        slot_remove(partial);
    return error;
}
