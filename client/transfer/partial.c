/* client/transfer/partial.c: see partial.h */
#include "transfer/partial.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void partial_end(struct partial *partial)
{
    slot_close(partial);
    if (partial->folder >= 0)
        close(partial->folder);
    partial->folder = -1;
}

static const char *reason(int error)
{
    return error == PARTIAL_BUSY ? _("another program is downloading it") : strerror(error);
}

static enum app_status partial_error(struct app *app, struct partial *partial, const char *why)
{
    app_error(app, "%s: %s", partial->local, why);
    partial_end(partial);
    return APP_FILE;
}

/* ---- before the server is asked ---- */

/* Opens the folder in which local is to be. Could something be made there, under this name? */
static int folder_open(struct partial *partial)
{
    const char *slash = strrchr(partial->local, '/');
    char *path =
        slash == NULL ? strdup(".") : strndup(partial->local, (size_t)(slash + 1 - partial->local));
    struct stat there;
    partial->base = slash == NULL ? partial->local : slash + 1;
    if (path == NULL)
        return ENOMEM;
    partial->folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int error = partial->folder < 0 ? errno : 0;
    free(path);
    if (error == 0 && fstatat(partial->folder, partial->base, &there, AT_SYMLINK_NOFOLLOW) != 0 &&
        errno != ENOENT)
        error = errno; /* ENAMETOOLONG, say */
    if (error == 0 && faccessat(partial->folder, ".", W_OK | X_OK, AT_EACCESS) != 0 &&
        (errno == EACCES || errno == EROFS)) /* any other error is about the call itself */
        error = errno;
    return error;
}

/* What looks like a partial file of this download, but is none: ".part" is what other programs call
 * theirs. */
static void report_no_partial(struct app *app, const struct partial *partial)
{
    static const char *const strange[] = {".%s.lab-partial", "%s.part"};
    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++) {
        char name[NAME_MAX + 16];
        struct stat there;
        snprintf(name, sizeof name, strange[i], partial->base);
        if (fstatat(partial->folder, name, &there, AT_SYMLINK_NOFOLLOW) == 0)
            app_report(app, _("%s: %s is not a partial file of this download, and stays as it is"),
                       partial->local, name);
    }
    app_report(app, _("%s: there is nothing to continue, so it begins at byte 0"), partial->local);
}

enum app_status partial_find(struct app *app, struct partial *partial, const char *name,
                             const char *local, bool resume)
{
    *partial = (struct partial){.name = name,
                                .local = local,
                                .folder = -1,
                                .dir = -1,
                                .info = -1,
                                .fd = -1,
                                .resume = resume};
    int error = folder_open(partial);
    if (error != 0)
        return partial_error(app, partial, strerror(error));
    error = slot_find(partial);
    if (error == PARTIAL_NONE && partial->slot[0] == '\0')
        return partial_error(app, partial,
                             _("too many .NAME.lab-partial are here already: remove some"));
    if (error != 0 && error != PARTIAL_NONE)
        return partial_error(app, partial, reason(error));
    return APP_DONE;
}

/* ---- the server has agreed ---- */

static enum lab_status begin_error(struct app *app, const struct partial *partial, const char *why)
{
    app_error(app, "%s: %s", partial->local, why);
    return LAB_LOCAL;
}

static enum lab_status partial_resume(struct app *app, struct partial *partial, uint64_t total)
{
    struct stat data;
    if (total != partial->total) {
        app_error(app,
                  _("%s: the file in the library has changed: it had %" PRIu64
                    " bytes and has %" PRIu64 "; get without -c starts anew"),
                  partial->local, partial->total, total);
        return LAB_LOCAL;
    }
    partial->fd = openat(partial->dir, "data", O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (partial->fd < 0 || fstat(partial->fd, &data) != 0 ||
        lseek(partial->fd, (off_t)partial->size, SEEK_SET) < 0)
        return begin_error(app, partial, strerror(errno));
    if (!S_ISREG(data.st_mode) || (uint64_t)data.st_size != partial->size)
        return begin_error(app, partial, reason(PARTIAL_BUSY));
    app_report(app, _("%s: continuing at byte %" PRIu64), partial->local, partial->size);
    return LAB_OK;
}

enum lab_status partial_begin(struct app *app, struct partial *partial, uint64_t total)
{
    if (partial->resume && partial->size > 0)
        return partial_resume(app, partial, total);
    if (partial->resume)
        report_no_partial(app, partial);
    if (partial->size > 0)
        app_report(
            app,
            _("%s: starting anew, without the %" PRIu64 " bytes that were here (get -c continues)"),
            partial->local, partial->size);
    partial->size = 0;
    if (partial->dir >= 0)
        slot_remove(partial);
    int error = slot_make(partial, total);
    if (error != 0)
        return begin_error(app, partial, reason(error));
    if (partial->lock_error != 0)
        app_report(app, _("%s: not locked against other clients (flock: %s)"), partial->local,
                   strerror(partial->lock_error));
    return LAB_OK;
}

/* ---- the end ---- */

/* A rename that replaces nothing. If the file system can't (and the errors differ), a second
 * link does the same; if there are no links, an empty file takes the name first, so that it is ours
 * to be replaced. Returns an errno. */
static int rename_new(const struct partial *partial)
{
    if (renameat2(partial->dir, "data", partial->folder, partial->base, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno == EEXIST)
        return errno;
    if (linkat(partial->dir, "data", partial->folder, partial->base, 0) == 0)
        return 0; /* the other name goes with its folder */
    if (errno == EEXIST)
        return errno;
    int fd = openat(partial->folder, partial->base,
                    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0)
        return errno;
    close(fd);
    if (renameat(partial->dir, "data", partial->folder, partial->base) == 0)
        return 0;
    int error = errno;
    (void)unlinkat(partial->folder, partial->base, 0);
    return error;
}

/* Only a file: whatever else has come up under this name since the server was asked is left. */
static int rename_over(const struct partial *partial)
{
    struct stat there;
    if (fstatat(partial->folder, partial->base, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
        !S_ISREG(there.st_mode))
        return EEXIST;
    return renameat(partial->dir, "data", partial->folder, partial->base) == 0 ? 0 : errno;
}

enum app_status partial_finish(struct app *app, struct partial *partial, bool replace)
{
    /* some file systems (NFS) report only now that a write has failed: which one is unknown */
    int error = close(partial->fd) != 0 ? errno : 0;
    bool written = error == 0;
    partial->fd = -1;
    if (written)
        error = replace ? rename_over(partial) : rename_new(partial);
    if (!written)
        app_error(app, _("%s: cannot write the local file: close: %s"), partial->local,
                  strerror(error));
    else if (error != 0)
        app_error(app, _("%s: %s; all of it is in %s/data"), partial->local, strerror(error),
                  partial->slot);
    if (!written || error == 0)
        slot_remove(partial);
    partial_end(partial);
    return error == 0 ? APP_DONE : APP_FILE;
}

void partial_keep(struct app *app, struct partial *partial)
{
    struct stat now;
    if (partial->fd >= 0 && fstat(partial->fd, &now) == 0 && now.st_size > 0) {
        /* nothing was added: no need to report */
        if ((uint64_t)now.st_size != partial->size)
            app_report(app, _("%s: %" PRIu64 " bytes are kept in %s; get -c continues with them"),
                       partial->local, (uint64_t)now.st_size, partial->slot);
    } else if (partial->fd >= 0) {
        slot_remove(partial); /* still under its lock */
    }
    partial_end(partial);
}

void partial_drop(struct partial *partial)
{
    slot_remove(partial);
    partial_end(partial);
}
