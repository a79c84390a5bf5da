/* client/part.c: see part.h */
#include "part.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void part_end(struct part *part)
{
    slot_close(part);
    if (part->folder >= 0)
        close(part->folder);
    part->folder = -1;
}

static const char *reason(int error)
{
    return error == PART_BUSY ? "another program is downloading it" : strerror(error);
}

static enum app_status part_trouble(struct app *app, struct part *part, const char *why)
{
    app_complain(app, "%s: %s", part->local, why);
    part_end(part);
    return APP_FILE;
}

/* ---- before the server is asked ---- */

/* Opens the folder in which local is to be. Could something be made there, under this name? */
static int folder_open(struct part *part)
{
    const char *slash = strrchr(part->local, '/');
    char *path =
        slash == NULL ? strdup(".") : strndup(part->local, (size_t)(slash + 1 - part->local));
    struct stat there;
    part->base = slash == NULL ? part->local : slash + 1;
    if (path == NULL)
        return ENOMEM;
    part->folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int error = part->folder < 0 ? errno : 0;
    free(path);
    if (error == 0 && fstatat(part->folder, part->base, &there, AT_SYMLINK_NOFOLLOW) != 0 &&
        errno != ENOENT)
        error = errno; /* ENAMETOOLONG, say */
    if (error == 0 && faccessat(part->folder, ".", W_OK | X_OK, AT_EACCESS) != 0 &&
        (errno == EACCES || errno == EROFS)) /* any other error is about the call itself */
        error = errno;
    return error;
}

/* There was something to be continued, so it seems: why is it not? ".part" is what others call theirs,
 * and what this program has called its own. */
static void nothing_to_resume(struct app *app, const struct part *part)
{
    static const char *const strange[] = {".%s.lab-part", "%s.part"};
    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++) {
        char name[NAME_MAX + 16];
        struct stat there;
        snprintf(name, sizeof name, strange[i], part->base);
        if (fstatat(part->folder, name, &there, AT_SYMLINK_NOFOLLOW) == 0)
            app_report(app, "%s: %s is not a part of this download, and stays as it is",
                       part->local, name);
    }
    app_report(app, "%s: there is nothing to continue, so it begins at byte 0", part->local);
}

enum app_status part_find(struct app *app, struct part *part, const char *name, const char *local,
                          bool resume)
{
    *part = (struct part){.name = name,
                          .local = local,
                          .folder = -1,
                          .dir = -1,
                          .mark = -1,
                          .fd = -1,
                          .resume = resume};
    int error = folder_open(part);
    if (error != 0)
        return part_trouble(app, part, strerror(error));
    error = slot_find(part);
    if (error == PART_NONE && part->slot[0] == '\0')
        return part_trouble(app, part, "too many .NAME.lab-part are here already: remove some");
    if (error != 0 && error != PART_NONE)
        return part_trouble(app, part, reason(error));
    return APP_DONE;
}

/* ---- the server has agreed ---- */

static enum lab_status begin_trouble(struct app *app, const struct part *part, const char *why)
{
    app_complain(app, "%s: %s", part->local, why);
    return LAB_LOCAL;
}

static enum lab_status part_resume(struct app *app, struct part *part, uint64_t total)
{
    struct stat data;
    if (total != part->total) {
        app_complain(app,
                     "%s: the file in the library has changed: it had %" PRIu64
                     " bytes and has %" PRIu64 "; get without -c starts anew",
                     part->local, part->total, total);
        return LAB_LOCAL;
    }
    part->fd = openat(part->dir, "data", O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (part->fd < 0 || fstat(part->fd, &data) != 0 ||
        lseek(part->fd, (off_t)part->size, SEEK_SET) < 0)
        return begin_trouble(app, part, strerror(errno));
    if (!S_ISREG(data.st_mode) || (uint64_t)data.st_size != part->size)
        return begin_trouble(app, part, reason(PART_BUSY));
    app_report(app, "%s: continuing at byte %" PRIu64, part->local, part->size);
    return LAB_OK;
}

enum lab_status part_begin(struct app *app, struct part *part, uint64_t total)
{
    if (part->resume && part->size > 0)
        return part_resume(app, part, total);
    if (part->resume)
        nothing_to_resume(app, part);
    if (part->size > 0)
        app_report(app,
                   "%s: starting anew, without the %" PRIu64
                   " bytes that were here (get -c continues)",
                   part->local, part->size);
    part->size = 0;
    if (part->dir >= 0)
        slot_remove(part);
    int error = slot_make(part, total);
    if (error != 0)
        return begin_trouble(app, part, reason(error));
    if (part->lock_error != 0)
        app_report(app, "%s: not locked against other clients (flock: %s)", part->local,
                   strerror(part->lock_error));
    return LAB_OK;
}

/* ---- the end ---- */

/* A rename that replaces nothing. Where the file system can't (and the errors differ), a second link
 * does the same; where there are none, an empty file takes the name first, so that it is ours to be
 * replaced. Returns an errno. */
static int rename_new(const struct part *part)
{
    if (renameat2(part->dir, "data", part->folder, part->base, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno == EEXIST)
        return errno;
    if (linkat(part->dir, "data", part->folder, part->base, 0) == 0)
        return 0; /* the other name goes with its folder */
    if (errno == EEXIST)
        return errno;
    int fd = openat(part->folder, part->base, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                    0666);
    if (fd < 0)
        return errno;
    close(fd);
    if (renameat(part->dir, "data", part->folder, part->base) == 0)
        return 0;
    int error = errno;
    (void)unlinkat(part->folder, part->base, 0);
    return error;
}

/* Only a file: whatever else has come up under this name since the server was asked is left. */
static int rename_over(const struct part *part)
{
    struct stat there;
    if (fstatat(part->folder, part->base, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
        !S_ISREG(there.st_mode))
        return EEXIST;
    return renameat(part->dir, "data", part->folder, part->base) == 0 ? 0 : errno;
}

enum app_status part_finish(struct app *app, struct part *part, bool replace)
{
    /* some file systems (NFS) report only now that a write has failed: which one, nobody knows */
    int error = close(part->fd) != 0 ? errno : 0;
    bool written = error == 0;
    part->fd = -1;
    if (written)
        error = replace ? rename_over(part) : rename_new(part);
    if (!written)
        app_complain(app, "%s: cannot write the local file: close: %s", part->local,
                     strerror(error));
    else if (error != 0)
        app_complain(app, "%s: %s; all of it is in %s/data", part->local, strerror(error),
                     part->slot);
    if (!written || error == 0)
        slot_remove(part);
    part_end(part);
    return error == 0 ? APP_DONE : APP_FILE;
}

void part_keep(struct app *app, struct part *part)
{
    struct stat now;
    if (part->fd >= 0 && fstat(part->fd, &now) == 0 && now.st_size > 0) {
        /* of what was there before, and stays, nothing needs to be said */
        if ((uint64_t)now.st_size != part->size)
            app_report(app, "%s: %" PRIu64 " bytes are kept in %s; get -c continues with them",
                       part->local, (uint64_t)now.st_size, part->slot);
    } else if (part->fd >= 0) {
        slot_remove(part); /* still under its lock */
    }
    part_end(part);
}
