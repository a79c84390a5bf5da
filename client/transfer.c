/* client/transfer.c: see transfer.h */
#include "transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "lab.h"
#include "part.h"
#include "progress.h"
#include "spool.h"

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

/* The summary, or what went wrong. as is what the file is called at the other end, where that is
 * another name. */
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
        snprintf(resumed, sizeof resumed, ", resumed at byte %" PRIu64, progress->from);
    app_report(app, "%s%s%s: %s in %.1f s, %s/s%s", transfer->label, as == NULL ? "" : " as ",
               as == NULL ? "" : as, progress_bytes(moved, bytes), (double)ms / 1000,
               progress_bytes(rate, (uint64_t)second), resumed);
    return APP_DONE;
}

/* A person who gave up, or has no room, is connected and in the room again at once. */
static enum app_status come_back(struct app *app, enum app_status status)
{
    if (!app->interactive || (status != APP_CANCELLED && status != APP_FILE) ||
        lab_connected(app->lab))
        return status;
    app_cancel_reset();
    (void)app_connect(app);
    return status;
}

static enum app_status local_trouble(struct app *app, const char *local, const char *what)
{
    app_complain(app, "%s: %s", local, what);
    return APP_FILE;
}

/* ---- get ---- */

static enum lab_status get_body(struct transfer *transfer, const char *name, uint64_t from, int to)
{
    transfer_begin(transfer, transfer->app, name, from);
    return lab_get(transfer->app->lab, name, from, to);
}

/* To a descriptor that takes all as it comes. */
static enum app_status get_stream(struct app *app, const char *name, int to)
{
    struct transfer transfer = {.app = app};
    enum app_status status = app_worse(app_connect(app), app_flush(app));
    if (status != APP_DONE)
        return status;
    return come_back(app, transfer_end(&transfer, get_body(&transfer, name, 0, to), NULL));
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

/* A device or a FIFO: there is nothing to rename. */
static enum app_status get_special(struct app *app, const char *name, const char *local)
{
    int to = open(local, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (to < 0)
        return local_trouble(app, local, strerror(errno));
    enum app_status status = get_stream(app, name, to);
    if (close(to) != 0 && status == APP_DONE)
        status = local_trouble(app, local, strerror(errno));
    return status;
}

static enum app_status get_file(struct app *app, const char *name, const char *local,
                                const struct get_how *how)
{
    struct transfer transfer = {.app = app};
    struct part part;
    enum app_status status = app_connect(app);
    if (status == APP_DONE)
        status = part_open(app, &part, local, how->resume);
    if (status != APP_DONE)
        return status;
    enum lab_status got = get_body(&transfer, name, part.size, part.fd);
    status = transfer_end(&transfer, got, strcmp(name, local) == 0 ? NULL : local);
    if (status == APP_DONE)
        return part_finish(app, &part, how->replace);
    if (got == LAB_REFUSED && strcmp(lab_code(app->lab), "bad-range") == 0)
        app_complain(app, "%s is longer than the file in the library: get without -c starts anew",
                     part.path);
    part_keep(app, &part);
    return come_back(app, status);
}

enum app_status transfer_get(struct app *app, const char *name, const char *local,
                             const struct get_how *how)
{
    struct stat there;
    if (strcmp(local, "-") == 0)
        return isatty(STDOUT_FILENO) ? get_shown(app, name) : get_stream(app, name, STDOUT_FILENO);
    if (stat(local, &there) == 0 && (S_ISCHR(there.st_mode) || S_ISFIFO(there.st_mode)))
        return get_special(app, name, local);
    if (lstat(local, &there) == 0 && S_ISDIR(there.st_mode))
        return local_trouble(app, local, "is a folder");
    if (!how->replace && lstat(local, &there) == 0)
        return local_trouble(app, local, "is there already; get -f replaces it");
    return get_file(app, name, local, how);
}

/* ---- put ---- */

static enum app_status put_open(struct app *app, const char *local, const char *name, int fd)
{
    struct transfer transfer = {.app = app};
    struct stat file;
    if (fstat(fd, &file) != 0)
        return local_trouble(app, local, strerror(errno));
    if (!S_ISREG(file.st_mode))
        return local_trouble(app, local,
                             S_ISDIR(file.st_mode) ? "is a folder; only files can be put"
                                                   : "is no regular file");
    enum app_status status = app_connect(app);
    if (status != APP_DONE)
        return status;
    const char *base = strrchr(local, '/');
    base = base == NULL ? local : base + 1;
    transfer_begin(&transfer, app, base, 0);
    enum lab_status put = lab_put(app->lab, name, fd, (uint64_t)file.st_size);
    return come_back(app, transfer_end(&transfer, put, strcmp(base, name) == 0 ? NULL : name));
}

static enum app_status put_input(struct app *app, const char *name)
{
    if (app->input_taken) {
        app_complain(app, "-: standard input is where the commands come from");
        return APP_USAGE;
    }
    int spool = spool_open(app);
    enum app_status status = spool < 0 ? APP_FILE : spool_fill(app, spool, STDIN_FILENO);
    if (status == APP_DONE)
        status = put_open(app, "standard input", name, spool);
    if (spool >= 0)
        close(spool);
    return status;
}

enum app_status transfer_put(struct app *app, const char *local, const char *name)
{
    if (strcmp(local, "-") == 0)
        return put_input(app, name);
    /* without waiting for the other end, should it be a FIFO */
    int fd = open(local, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return local_trouble(app, local, strerror(errno));
    enum app_status status = put_open(app, local, name, fd);
    close(fd);
    return status;
}
