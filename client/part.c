/* client/part.c: see part.h */
#include "part.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char suffix[] = ".part";

static void part_end(struct part *part)
{
    if (part->fd >= 0)
        close(part->fd);
    free(part->path);
    free(part->final);
    *part = (struct part){.fd = -1};
}

static enum app_status part_trouble(struct app *app, struct part *part, const char *what)
{
    app_complain(app, "%s: %s", part->path == NULL ? part->final : part->path, what);
    part_end(part);
    return APP_FILE;
}

/* A name may be as long as a name can be; then its end makes room, at the end of a character. */
static char *part_name(const char *local)
{
    const char *slash = strrchr(local, '/');
    size_t before = slash == NULL ? 0 : (size_t)(slash + 1 - local);
    size_t len = strlen(local + before);
    if (len > NAME_MAX - strlen(suffix))
        for (len = NAME_MAX - strlen(suffix);
             len > 0 && ((unsigned char)local[before + len] & 0xc0) == 0x80; len--)
            ;
    char *name;
    return asprintf(&name, "%.*s%s", (int)(before + len), local, suffix) < 0 ? NULL : name;
}

/* Opens and locks. A file that got its name, or was removed, while we waited for its lock is no
 * longer what the path means: once more then. Returns NULL or what went wrong. */
static const char *part_lock(struct part *part)
{
    for (;;) {
        struct stat ours, there;
        /* for reading too: that never waits for the other end, should it be a FIFO */
        part->fd = open(part->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0666);
        if (part->fd < 0)
            return errno == ELOOP ? "is a link, which is not followed" : strerror(errno);
        if (fstat(part->fd, &ours) != 0)
            return strerror(errno);
        if (!S_ISREG(ours.st_mode))
            return "is no regular file";
        if (flock(part->fd, LOCK_EX | LOCK_NB) != 0)
            return errno == EWOULDBLOCK ? "another program is downloading to it" : strerror(errno);
        if (lstat(part->path, &there) == 0 && there.st_ino == ours.st_ino &&
            there.st_dev == ours.st_dev) {
            part->size = (uint64_t)ours.st_size;
            return NULL;
        }
        close(part->fd);
    }
}

enum app_status part_open(struct app *app, struct part *part, const char *local, bool resume)
{
    *part = (struct part){.fd = -1, .final = strdup(local), .path = part_name(local)};
    if (part->final == NULL || part->path == NULL) {
        part_end(part);
        app_complain(app, "%s: %s", local, strerror(ENOMEM));
        return APP_FILE;
    }
    const char *wrong = part_lock(part);
    if (wrong != NULL)
        return part_trouble(app, part, wrong);
    if (part->size == 0)
        return APP_DONE;
    if (resume && lseek(part->fd, 0, SEEK_END) < 0)
        return part_trouble(app, part, strerror(errno));
    if (resume) {
        app_report(app, "%s: going on at byte %" PRIu64, part->path, part->size);
        return APP_DONE;
    }
    app_report(app,
               "%s: starting anew, not with the %" PRIu64 " bytes that were there (get -c goes on)",
               part->path, part->size);
    if (ftruncate(part->fd, 0) != 0)
        return part_trouble(app, part, strerror(errno));
    part->size = 0;
    return APP_DONE;
}

/* A rename that does not replace, also where the file system has none. Returns an errno. */
static int rename_new(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    if (link(from, to) != 0)
        return errno;
    (void)unlink(from);
    return 0;
}

enum app_status part_finish(struct app *app, struct part *part, bool replace)
{
    int error = 0;
    if (!replace)
        error = rename_new(part->path, part->final);
    else if (rename(part->path, part->final) != 0)
        error = errno;
    /* some file systems (NFS) tell only now that a write has failed */
    if (close(part->fd) != 0 && error == 0)
        error = errno;
    part->fd = -1;
    if (error != 0)
        app_complain(app, "%s: %s; all of it is in %s", part->final, strerror(error), part->path);
    part_end(part);
    return error == 0 ? APP_DONE : APP_FILE;
}

void part_keep(struct app *app, struct part *part)
{
    struct stat now;
    if (fstat(part->fd, &now) == 0 && now.st_size > 0) {
        /* of what was there before, and stays, nothing needs to be said */
        if ((uint64_t)now.st_size != part->size)
            app_report(app, "%s: %" PRIu64 " bytes are kept; get -c goes on with them", part->path,
                       (uint64_t)now.st_size);
    } else {
        (void)unlink(part->path); /* still under its lock */
    }
    part_end(part);
}
