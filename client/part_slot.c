/* client/part_slot.c: the hidden folder of a download and its mark; see part.h */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "part.h"
#include "proto.h"

static const char magic[] = "lab-client, part of a download\n";

/* Three lines of the mark stand before the local name, which goes up to the end. */
enum { MARK_MAX = sizeof magic + 32 + PROTO_NAME_MAX + 8 + NAME_MAX };

/* ---- names ---- */

/* ".x.lab-part", ".x.lab-part.2": a name may be as long as a name can be, then its end makes room.
 * Some file systems (eCryptfs) have less room than others. */
static void slot_name(struct part *part, int number)
{
    static const char suffix[] = ".lab-part";
    char behind[16] = "";
    if (number > 1)
        snprintf(behind, sizeof behind, ".%d", number);
    long most = fpathconf(part->folder, _PC_NAME_MAX);
    size_t room = most > 32 && most < NAME_MAX ? (size_t)most : NAME_MAX;
    room -= 1 + strlen(suffix) + strlen(behind);
    size_t len = strlen(part->base);
    if (len > room)
        for (len = room; len > 0 && ((unsigned char)part->base[len] & 0xc0) == 0x80; len--)
            ; /* at the end of a character */
    snprintf(part->slot, sizeof part->slot, ".%.*s%s%s", (int)len, part->base, suffix, behind);
}

/* ---- the mark ---- */

static int mark_print(const struct part *part, uint64_t total, char text[MARK_MAX])
{
    return snprintf(text, MARK_MAX, "%s%" PRIu64 "\n%s\n%s", magic, total, part->name, part->base);
}

/* Is this the mark of this very download? Then total is what it says. */
static bool mark_read(struct part *part)
{
    char text[MARK_MAX + 1], ours[MARK_MAX];
    ssize_t n = pread(part->mark, text, sizeof text - 1, 0);
    if (n <= (ssize_t)strlen(magic))
        return false;
    text[n] = '\0';
    const char *size = text + strlen(magic), *end = strchr(size, '\n');
    if (end == NULL || !proto_number(size, (size_t)(end - size), &part->total))
        return false;
    int len = mark_print(part, part->total, ours);
    return len == n && memcmp(text, ours, (size_t)n) == 0;
}

/* True also where there are no locks; lock_error tells. NFS locks only what is open for writing, and
 * says EBADF. */
static bool mark_lock(struct part *part)
{
    int error = flock(part->mark, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
    int again = error != EBADF ? -1 : openat(part->dir, "mark", O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (again >= 0) {
        close(part->mark);
        part->mark = again;
        error = flock(part->mark, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
    }
    part->lock_error = error;
    return error != EWOULDBLOCK;
}

/* Whoever had the lock may have removed the mark. */
static bool mark_is_there(const struct part *part)
{
    struct stat ours, there;
    return fstat(part->mark, &ours) == 0 &&
           fstatat(part->dir, "mark", &there, AT_SYMLINK_NOFOLLOW) == 0 &&
           ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

/* ---- finding ---- */

static void fd_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void slot_close(struct part *part)
{
    fd_close(&part->fd);
    fd_close(&part->mark);
    fd_close(&part->dir);
}

/* How many bytes are here. False: there is something else called data. */
static bool data_look(struct part *part)
{
    struct stat data;
    part->size = 0;
    if (fstatat(part->dir, "data", &data, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT;
    part->size = (uint64_t)data.st_size;
    return S_ISREG(data.st_mode);
}

/* One that is free has no folder. Returns 0: this is the part; ENOENT: it is free; PART_BUSY; else
 * it is somebody else's. */
static int slot_look(struct part *part)
{
    part->dir = openat(part->folder, part->slot, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (part->dir < 0)
        return errno;
    part->mark =
        openat(part->dir, "mark", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (part->mark < 0 || !mark_read(part))
        return EEXIST;
    if (!mark_lock(part))
        return PART_BUSY;
    if (!mark_is_there(part)) /* finished or given up a moment ago */
        return PART_BUSY;
    /* without a lock somebody may be writing to it: no place to begin in */
    if (part->lock_error != 0 && !part->resume)
        return EEXIST;
    return data_look(part) ? 0 : EEXIST;
}

int slot_find(struct part *part)
{
    int free = 0;
    for (int i = 1; i <= PART_SLOTS; i++) {
        slot_name(part, i);
        int found = slot_look(part);
        if (found == 0)
            return 0;
        slot_close(part);
        if (found == PART_BUSY || (found != ENOENT && found != EEXIST && found != ENOTDIR &&
                                   found != ELOOP && found != EACCES))
            return found;
        if (found == ENOENT && free == 0)
            free = i;
    }
    part->size = part->total = 0;
    part->slot[0] = '\0';
    if (free > 0)
        slot_name(part, free);
    return PART_NONE;
}

/* ---- making and removing ---- */

void slot_remove(struct part *part)
{
    /* the mark goes last, and under its lock: a part without one would be nobody's */
    (void)unlinkat(part->dir, "data", 0);
    (void)unlinkat(part->dir, "mark", 0);
    (void)unlinkat(part->folder, part->slot, AT_REMOVEDIR);
    slot_close(part);
}

static int mark_make(struct part *part, uint64_t total)
{
    char text[MARK_MAX];
    part->mark =
        openat(part->dir, "mark", O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (part->mark < 0)
        return errno;
    if (!mark_lock(part))
        return PART_BUSY;
    ssize_t n, len = mark_print(part, total, text);
    for (ssize_t done = 0; done < len; done += n)
        if ((n = pwrite(part->mark, text + done, (size_t)(len - done), done)) <= 0)
            return n < 0 ? errno : ENOSPC;
    return 0;
}

int slot_make(struct part *part, uint64_t total)
{
    if (mkdirat(part->folder, part->slot, 0777) != 0)
        return errno == EEXIST ? PART_BUSY : errno; /* it was free a moment ago */
    part->dir = openat(part->folder, part->slot, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int error = part->dir < 0 ? errno : mark_make(part, total);
    part->total = total;
    if (error == 0) {
        part->fd =
            openat(part->dir, "data", O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        error = part->fd < 0 ? errno : 0;
    }
    if (error != 0)
        slot_remove(part);
    return error;
}
