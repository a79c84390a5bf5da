/* client/transfer/transfer.c: see transfer.h */
#include "transfer/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "lib/lab.h"
#include "terminal/progress.h"
#include "transfer/check.h"
#include "transfer/local.h"
#include "transfer/partial.h"
#include "transfer/spool.h"

struct transfer {
    struct app *app;
    struct progress progress;
    char label[LAB_VISIBLE_SIZE(255)]; /* the name, visible */
};

static void transfer_begin(struct transfer *transfer, struct app *app, const char *name,
                           uint64_t from)
{
    transfer->app = app;
    lab_visible(transfer->label, sizeof transfer->label, name, strlen(name));
    progress_begin(&transfer->progress, transfer->label, app->redraws, from);
    lab_on_progress(app->lab, progress_step, &transfer->progress);
}

/* The summary, or what went wrong. as is the file's name at the other end, if that differs. */
static enum app_status transfer_end(struct transfer *transfer, enum lab_status status,
                                    const char *as)
{
    struct app *app = transfer->app;
    const struct progress *progress = &transfer->progress;
    lab_on_progress(app->lab, NULL, NULL);
    progress_wipe(&transfer->progress);
    if (status != LAB_OK)
        return app_outcome(app, status, transfer->label);
    char moved[24], rate[24], resumed[64] = "";
    uint64_t bytes = progress->done - progress->from;
    int64_t ms = clock_now() - progress->begun;
    double second = (double)bytes / (double)(ms > 0 ? ms : 1) * 1000;
    if (progress->from > 0)
        snprintf(resumed, sizeof resumed, _(", resumed at byte %" PRIu64), progress->from);
    app_report(app, _("%s%s%s: %s in %.1f s, %s/s%s"), transfer->label, as == NULL ? "" : _(" as "),
               as == NULL ? "" : as, progress_bytes(moved, bytes), (double)ms / 1000,
               progress_bytes(rate, (uint64_t)second), resumed);
    return APP_DONE;
}

/* A person who gave up, or has no room, is connected and in the room again at once. */
static enum app_status reconnect(struct app *app, enum app_status status)
{
    if (!app->interactive || (status != APP_CANCELLED && status != APP_FILE) ||
        lab_connected(app->lab))
        return status;
    app_cancel_reset();
    (void)app_connect(app);
    return status;
}

static enum app_status local_error(struct app *app, const char *local, const char *what)
{
    app_error(app, "%s: %s", local, what);
    return APP_FILE;
}

/* ---- get ---- */

/* A download, and what became of its local end. */
struct get {
    struct app *app;
    const char *local;
    struct partial partial;
    int to;      /* a device or a FIFO; -1: not open */
    bool failed; /* the local end could not be opened, and that has been printed */
};

/* To a descriptor that takes all as it comes. */
static enum app_status get_stream(struct app *app, const char *name, int to)
{
    struct transfer transfer = {.app = app};
    enum app_status status = app_worse(app_connect(app), app_flush(app));
    if (status != APP_DONE)
        return status;
    transfer_begin(&transfer, app, name, 0);
    return reconnect(app, transfer_end(&transfer, lab_get(app->lab, name, 0, to), NULL));
}

/* To a terminal: whole into a file first, since the library writes what it gets as it is. */
static enum app_status get_shown(struct app *app, const char *name)
{
    int spool = spool_open(app);
    if (spool < 0)
        return APP_FILE;
    enum app_status status = get_stream(app, name, spool);
    if (status == APP_DONE)
        status = spool_show(app, spool);
    close(spool);
    return status;
}

/* The exit status for what lab_get_to returned; an error is printed once. */
static enum app_status get_end(struct get *get, struct transfer *transfer, enum lab_status status,
                               const char *as)
{
    if (!get->failed)
        return transfer_end(transfer, status, as);
    lab_on_progress(get->app->lab, NULL, NULL);
    return APP_FILE;
}

/* A lab_sink's open. */
static enum lab_status special_open(void *context, uint64_t total, int *to)
{
    struct get *get = context;
    (void)total;
    *to = get->to = local_open_stream(get->app, get->local);
    if (get->to < 0 && errno == EINTR)
        return LAB_CANCELLED;
    const char *why = get->to < 0 && errno == ENXIO ? _("nobody reads from it") : strerror(errno);
    if (get->to >= 0 && isatty(get->to))
        why = _("is a terminal, where a file can do harm as it is; get NAME - shows it");
    else if (get->to >= 0)
        return LAB_OK;
    (void)local_error(get->app, get->local, why);
    get->failed = true;
    return LAB_LOCAL;
}

/* A device or a FIFO: there is nothing to rename. */
static enum app_status get_special(struct app *app, const char *name, const char *local)
{
    struct get get = {.app = app, .local = local, .to = -1};
    struct transfer transfer = {.app = app};
    enum app_status status = app_worse(app_connect(app), app_flush(app));
    if (status != APP_DONE)
        return status;
    transfer_begin(&transfer, app, name, 0);
    const struct lab_sink sink = {.open = special_open, .context = &get};
    status = get_end(&get, &transfer, lab_get_to(app->lab, name, &sink), local);
    if (get.to >= 0 && close(get.to) != 0 && status == APP_DONE)
        status = local_error(app, local, strerror(errno));
    return reconnect(app, status);
}

static enum lab_status file_open(void *context, uint64_t total, int *to)
{
    struct get *get = context;
    enum lab_status status = partial_begin(get->app, &get->partial, total);
    *to = get->partial.fd;
    get->failed = status != LAB_OK;
    return status;
}

static enum app_status get_file(struct app *app, const char *name, const char *local,
                                const struct transfer_options *how)
{
    struct get get = {.app = app, .local = local, .to = -1};
    struct transfer transfer = {.app = app};
    enum app_status status = partial_find(app, &get.partial, name, local, how->resume);
    if (status != APP_DONE)
        return status;
    if ((status = app_connect(app)) != APP_DONE) {
        partial_keep(app, &get.partial);
        return status;
    }
    const struct lab_sink sink = {.open = file_open,
                                  .context = &get,
                                  .offset = how->resume ? get.partial.size : 0,
                                  .check = PARTIAL_CHECK};
    transfer_begin(&transfer, app, name, sink.offset);
    enum lab_status got = lab_get_to(app->lab, name, &sink);
    status = get_end(&get, &transfer, got, strcmp(name, local) == 0 ? NULL : local);
    if (status == APP_DONE && how->check)
        status = check_file(app, transfer.label, get.partial.fd, name);
    if (status == APP_DONE)
        return partial_finish(app, &get.partial, how->replace);
    if (status == APP_DIFFERS) {
        partial_drop(&get.partial);
        return status;
    }
    if (got == LAB_REFUSED && strcmp(lab_code(app->lab), "bad-range") == 0)
        app_error(app, _("%s: more is here than the library has; get without -c starts anew"),
                  local);
    partial_keep(app, &get.partial);
    return reconnect(app, status);
}

enum app_status transfer_get(struct app *app, const char *name, const char *local,
                             const struct transfer_options *how)
{
    bool out = strcmp(local, "-") == 0;
    enum local_kind kind = out ? LOCAL_STREAM : local_look(app, local, how->replace);
    if (kind == LOCAL_STREAM && how->check) {
        app_error(app, _("%s: only a file can be checked"), local);
        return APP_USAGE;
    }
    if (out)
        return isatty(STDOUT_FILENO) ? get_shown(app, name) : get_stream(app, name, STDOUT_FILENO);
    switch (kind) {
    case LOCAL_STREAM: return get_special(app, name, local);
    case LOCAL_FILE: return get_file(app, name, local, how);
    case LOCAL_NOT: break;
    }
    return APP_FILE;
}

/* ---- put ---- */

/* Sends a file whose size can be relied on. */
static enum app_status put_file(struct app *app, const char *label, const char *name, int fd,
                                const struct transfer_options *how)
{
    struct transfer transfer = {.app = app};
    struct stat file;
    if (fstat(fd, &file) != 0)
        return local_error(app, label, strerror(errno));
    enum app_status status = app_connect(app);
    if (status != APP_DONE)
        return status;
    transfer_begin(&transfer, app, label, 0);
    enum lab_status put = lab_put(app->lab, name, fd, (uint64_t)file.st_size);
    status = transfer_end(&transfer, put, strcmp(label, name) == 0 ? NULL : name);
    if (status == APP_DONE && how->check)
        status = check_file(app, transfer.label, fd, name);
    return reconnect(app, status);
}

/* Sends all that can be read, which is kept in a temporary file first: its size has to be known. */
static enum app_status put_spooled(struct app *app, const char *label, const char *name, int fd,
                                   const struct transfer_options *how)
{
    int spool = spool_open(app);
    enum app_status status = spool < 0 ? APP_FILE : spool_fill(app, spool, fd, label);
    if (status == APP_DONE)
        status = put_file(app, label, name, spool, how);
    if (spool >= 0)
        close(spool);
    return status;
}

/* Files in /proc have size 0, those in /sys a page: is there a last byte,
 * and nothing after it? */
static bool size_is_true(int fd, off_t size)
{
    char byte;
    return size > 0 && pread(fd, &byte, 1, size - 1) == 1 && pread(fd, &byte, 1, size) == 0;
}

static enum app_status put_open(struct app *app, const char *local, const char *name, int fd,
                                const struct transfer_options *how)
{
    struct stat file;
    if (fstat(fd, &file) != 0)
        return local_error(app, local, strerror(errno));
    if (!S_ISREG(file.st_mode))
        return local_error(app, local,
                           S_ISDIR(file.st_mode) ? _("is a folder; only files can be put")
                                                 : _("is no regular file"));
    const char *base = strrchr(local, '/');
    base = base == NULL ? local : base + 1;
    return size_is_true(fd, file.st_size) ? put_file(app, base, name, fd, how)
                                          : put_spooled(app, base, name, fd, how);
}

enum app_status transfer_put(struct app *app, const char *local, const char *name,
                             const struct transfer_options *how)
{
    if (strcmp(local, "-") == 0 && app->input_taken) {
        app_error(app, _("-: standard input is where the commands come from"));
        return APP_USAGE;
    }
    if (strcmp(local, "-") == 0)
        return put_spooled(app, _("standard input"), name, STDIN_FILENO, how);
    /* without waiting for the other end, should it be a FIFO */
    int fd = open(local, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return local_error(app, local, strerror(errno));
    enum app_status status = put_open(app, local, name, fd, how);
    close(fd);
    return status;
}
