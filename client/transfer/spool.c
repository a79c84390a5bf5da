/* client/transfer/spool.c: see spool.h */
#include "transfer/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/show.h"
#include "base/utf8.h"
#include "lib/lab.h"

enum { CHUNK = 64 * 1024 };

int spool_open(struct app *app)
{
    const char *folder = getenv("TMPDIR");
    if (folder == NULL || folder[0] == '\0')
        folder = "/tmp";
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    /* not every file system has files without a name */
    char *path;
    if (asprintf(&path, "%s/lab-client-XXXXXX", folder) < 0) {
        app_error(app, _("out of memory"));
        return -1;
    }
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        (void)unlink(path);
    else
        app_error(app, _("no temporary file in %s: %s"), folder, strerror(errno));
    free(path);
    return fd;
}

static enum app_status spool_error(struct app *app, const char *what)
{
    app_error(app, "%s: %s", what, strerror(errno));
    return APP_FILE;
}

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
        }
    }
    return true;
}

enum app_status spool_fill(struct app *app, int spool, int from, const char *label)
{
    struct pollfd wait[] = {{.fd = from, .events = POLLIN},
                            {.fd = app_cancel_fd(), .events = POLLIN}};
    char bytes[CHUNK];
    for (;;) {
        if (poll(wait, 2, -1) < 0 && errno != EINTR)
            return spool_error(app, label);
        if (app_cancelled())
            return APP_CANCELLED;
        if (wait[0].revents == 0)
            continue;
        ssize_t n = read(from, bytes, sizeof bytes);
        if (n == 0)
            return APP_DONE;
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            return spool_error(app, label);
        if (n > 0 && !write_all(spool, bytes, (size_t)n))
            return spool_error(app, _("temporary file"));
    }
}

/* Prints up to a line end or a tab, and that. Returns how many bytes it was. */
static size_t print_part(const char *bytes, size_t len)
{
    char text[LAB_VISIBLE_SIZE(SHOW_PIECE)];
    size_t n = 0;
    while (n < len && n <= SHOW_PIECE && bytes[n] != '\n' && bytes[n] != '\t')
        n++;
    n = show_piece(bytes, n);
    fputs(lab_visible(text, sizeof text, bytes, n), stdout);
    if (n < len && (bytes[n] == '\n' || bytes[n] == '\t'))
        putchar(bytes[n++]);
    return n;
}

/* How many bytes at the end may be the beginning of a character that is not whole yet. */
static size_t unfinished(const char *bytes, size_t len)
{
    size_t back = 1;
    while (back < len && back < 4 && ((unsigned char)bytes[len - back] & 0xc0) == 0x80)
        back++;
    uint32_t code;
    if (len == 0 || back > 3 || (unsigned char)bytes[len - back] < 0xc2)
        return 0;
    return utf8_decode(bytes + len - back, back, &code) == 0 ? back : 0;
}

enum app_status spool_show(struct app *app, int spool)
{
    char bytes[CHUNK];
    size_t kept = 0;
    if (lseek(spool, 0, SEEK_SET) != 0)
        return spool_error(app, _("temporary file"));
    while (!app_cancelled()) {
        ssize_t n = read(spool, bytes + kept, sizeof bytes - kept);
        if (n < 0)
            return spool_error(app, _("temporary file"));
        size_t len = kept + (size_t)n;
        kept = n == 0 ? 0 : unfinished(bytes, len);
        for (size_t at = 0; at < len - kept;)
            at += print_part(bytes + at, len - kept - at);
        memmove(bytes, bytes + len - kept, kept);
        if (n == 0)
            return app_flush(app);
    }
    return APP_CANCELLED;
}
