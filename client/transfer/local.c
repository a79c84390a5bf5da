/* client/transfer/local.c: see local.h */
#include "transfer/local.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

enum { TRY_MS = 20 }; /* between two attempts to open a FIFO: no event reports its reader */

static bool is_stream(const struct stat *there)
{
    return S_ISCHR(there->st_mode) || S_ISFIFO(there->st_mode);
}

static enum local_kind not(const struct app *app, const char *path, const char *why) {
    app_error(app, "%s: %s", path, why); return LOCAL_NOT;
}

/* "/dev/stdout" leads to a link of this kind. */
static bool leads_to_descriptor(const char *path)
{
    static const char folder[] = "/proc/self/fd/";
    char target[64];
    ssize_t n = readlink(path, target, sizeof target);
    return n > (ssize_t)strlen(folder) && strncmp(target, folder, strlen(folder)) == 0;
}

enum local_kind local_look(struct app *app, const char *path, bool replace)
{
    struct stat there, target;
    if (lstat(path, &there) != 0)
        return LOCAL_FILE; /* partial_find prints what is wrong with the path */
    if (is_stream(&there))
        return LOCAL_STREAM;
    if (S_ISLNK(there.st_mode) && stat(path, &target) == 0 && is_stream(&target))
        return LOCAL_STREAM;
    if (S_ISLNK(there.st_mode) && leads_to_descriptor(path))
        return not(app, path, _("is a link to an open file; - is standard output"));
    if (S_ISLNK(there.st_mode))
        return not(app, path, _("is a link, which is neither followed nor replaced"));
    if (S_ISDIR(there.st_mode))
        return not(app, path, _("is a folder"));
    if (!S_ISREG(there.st_mode))
        return not(app, path, _("is no regular file, and is not replaced"));
    return replace ? LOCAL_FILE : not(app, path, _("is there already; get -f replaces it"));
}

int local_open_stream(const struct app *app, const char *path)
{
    struct pollfd cancel = {.fd = app_cancel_fd(), .events = POLLIN};
    int64_t end = clock_now() + app->timeout_ms;
    struct stat opened;
    int to;
    while ((to = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)) < 0 &&
           (errno == ENXIO || errno == EINTR)) {
        if (poll(&cancel, 1, TRY_MS) > 0) {
            errno = EINTR;
            return -1;
        }
        if (clock_now() >= end) {
            errno = ENXIO;
            return -1;
        }
    }
    if (to >= 0 && (fstat(to, &opened) != 0 || !is_stream(&opened))) {
        close(to); /* it was one a moment ago */
        errno = EINVAL;
        return -1;
    }
    return to;
}
