/* client/lib/lab_put.c: uploads
 *
 * sendfile(2) from the file. Meanwhile what the server sends is received: a member of the room
 * receives events while it uploads, and a refusal in the middle ends the upload at once.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "lab_private.h"

enum { STEP = 16 * 1024 * 1024, CHUNK = 256 * 1024 };

struct put {
    int from;
    struct stat file; /* as it was when the request was sent */
    uint64_t done, total;
    char *chunk; /* if sendfile(2) can't read the file; else NULL */
};

/* sendfile(2) has no MSG_NOSIGNAL: SIGPIPE is blocked in this thread around it, and if it was
 * raised by us it is taken away before it is unblocked (pthread_sigmask(3), sigtimedwait(2)). */
struct quiet {
    sigset_t pipe, before;
    bool pending;
};

static void quiet_begin(struct quiet *quiet)
{
    sigset_t pending;
    sigemptyset(&quiet->pipe);
    sigaddset(&quiet->pipe, SIGPIPE);
    sigemptyset(&pending);
    (void)sigpending(&pending);
    quiet->pending = sigismember(&pending, SIGPIPE) == 1;
    (void)pthread_sigmask(SIG_BLOCK, &quiet->pipe, &quiet->before);
}

static void quiet_end(const struct quiet *quiet)
{
    static const struct timespec at_once;
    if (!quiet->pending)
        while (sigtimedwait(&quiet->pipe, NULL, &at_once) < 0 && errno == EINTR)
            continue;
    (void)pthread_sigmask(SIG_SETMASK, &quiet->before, NULL);
}

/* ---- one step ---- */

static bool is_of_socket(int error)
{
    return error == EPIPE || error == ECONNRESET || error == ETIMEDOUT || error == ENOTCONN ||
           error == ENETDOWN || error == ENETUNREACH || error == EHOSTUNREACH;
}

static enum lab_status local_error(struct lab *lab, int error)
{
    lab->error = error;
    if (error == 0)
        return lab_fail(lab, LAB_LOCAL, _("the local file has become shorter while it was sent"));
    return lab_fail(lab, LAB_LOCAL, _("cannot read the local file: %s"), strerror(error));
}

/* What the server is about to have all of must be the file as it was: not a piece of one that
 * grows, nor a mixture of two states. */
static enum lab_status file_unchanged(struct lab *lab, const struct put *up)
{
    struct stat now;
    if (fstat(up->from, &now) != 0)
        return local_error(lab, errno);
    if (now.st_size < up->file.st_size)
        return local_error(lab, 0);
    if (now.st_size == up->file.st_size && now.st_mtim.tv_sec == up->file.st_mtim.tv_sec &&
        now.st_mtim.tv_nsec == up->file.st_mtim.tv_nsec)
        return LAB_OK;
    return lab_fail(lab, LAB_LOCAL, _("the local file has changed while it was sent"));
}

/* Both return LAB_OK, and in *n what the call that moved the bytes has returned. */
static enum lab_status copy_some(struct lab *lab, struct put *up, size_t most, ssize_t *n)
{
    *n = pread(up->from, up->chunk, most < CHUNK ? most : CHUNK, (off_t)up->done);
    if (*n < 0 && errno == EINTR)
        return LAB_OK;
    if (*n <= 0)
        return local_error(lab, *n < 0 ? errno : 0);
    *n = send(lab->fd, up->chunk, (size_t)*n, MSG_NOSIGNAL);
    return LAB_OK;
}

/* Not every file system has it, and errors differ: whatever fails but the socket is tried again by
 * read and send, which say what is wrong with the file. */
static enum lab_status sendfile_some(struct lab *lab, struct put *up, size_t most, ssize_t *n)
{
    off_t at = (off_t)up->done;
    *n = sendfile(lab->fd, up->from, &at, most);
    if (*n == 0)
        return local_error(lab, 0);
    if (*n > 0 || errno == EAGAIN || errno == EINTR || is_of_socket(errno))
        return LAB_OK;
    up->chunk = malloc(CHUNK);
    return up->chunk == NULL ? lab_no_memory(lab) : copy_some(lab, up, most, n);
}

/* *sent: bytes that went. LAB_LOST has no reason of its own: the server's last line has. */
static enum lab_status send_some(struct lab *lab, struct put *up, size_t *sent)
{
    uint64_t left = up->total - up->done;
    size_t most = left < STEP ? (size_t)left : STEP;
    enum lab_status status = left <= STEP ? file_unchanged(lab, up) : LAB_OK;
    ssize_t n = 0;
    if (status == LAB_OK)
        status =
            up->chunk != NULL ? copy_some(lab, up, most, &n) : sendfile_some(lab, up, most, &n);
    *sent = n > 0 ? (size_t)n : 0;
    up->done += *sent;
    if (status != LAB_OK || n > 0 || errno == EAGAIN || errno == EINTR)
        return status;
    return lab_lost(lab, errno);
}

/* What the server sends before it has everything: events are kept; an ERR ends the upload. LAB_OK:
 * continue. */
static enum lab_status hear_some(struct lab *lab)
{
    enum lab_status status = lab_receive(lab);
    struct lab_line line;
    uint64_t none;
    if (status == LAB_WAITING)
        return LAB_OK;
    while (status == LAB_OK && (status = lab_take_line(lab, &line)) == LAB_OK) {
        status = lab_reply_line(lab, line, LAB_DUE_EMPTY, &none);
        if (status == LAB_OK)
            return lab_broken(lab, line, _("ERR or nothing"));
        if (status == LAB_WAITING)
            status = LAB_OK;
    }
    return status == LAB_WAITING ? LAB_OK : status;
}

/* The connection is gone: perhaps the server has sent the reason. */
static enum lab_status hear_last(struct lab *lab)
{
    enum lab_status status;
    do
        status = hear_some(lab);
    while (status == LAB_OK && lab_wait(lab, lab->fd, POLLIN, 0, NULL) == LAB_OK);
    return status != LAB_OK ? status : lab_lost(lab, 0);
}

/* ---- the body ---- */

static enum lab_status body_send(struct lab *lab, struct put *up)
{
    struct lab_timer timer = lab_timer_begin(lab);
    while (up->done < up->total) {
        short ready;
        size_t sent;
        enum lab_status status = lab_wait(lab, lab->fd, POLLIN | POLLOUT, timer.deadline, &ready);
        if (status == LAB_TIMEOUT)
            return lab_fail(lab, status, _("the server takes the file too slowly"));
        if (status == LAB_OK && (ready & ~POLLOUT) != 0)
            status = hear_some(lab);
        if (status != LAB_OK)
            return status;
        if ((ready & POLLOUT) != 0) {
            status = send_some(lab, up, &sent);
            if (status == LAB_LOST)
                return hear_last(lab);
            if (status != LAB_OK)
                return status;
            lab_timer_moved(lab, &timer, sent);
            if (sent > 0 && lab->progress != NULL)
                lab->progress(lab->context, up->done, up->total);
        }
        if (up->done < up->total && clock_now() > timer.deadline)
            return lab_fail(lab, LAB_TIMEOUT, _("the server takes the file too slowly"));
    }
    return LAB_OK;
}

/* Bytes that the kernel has taken from us and the server's has not (tcp(7), SIOCOUTQ). */
static int unsent(const struct lab *lab)
{
    int bytes = 0;
    return ioctl(lab->fd, SIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

/* The body is in the kernel, but over a slow line it may take long from there: that counts as
 * movement, too. */
static enum lab_status stored(struct lab *lab)
{
    for (int before = unsent(lab);;) {
        enum lab_status status = lab_ask(lab);
        int now = unsent(lab);
        if (status != LAB_TIMEOUT || before - now < LAB_PROGRESS)
            return status;
        before = now;
    }
}

static enum lab_status upload(struct lab *lab, struct put *up)
{
    struct quiet quiet;
    quiet_begin(&quiet);
    enum lab_status status = body_send(lab, up);
    quiet_end(&quiet);
    free(up->chunk);
    /* the server waits for the rest of the body: no other request can be sent now */
    if (status == LAB_REFUSED)
        lab_close(lab);
    return status == LAB_OK ? stored(lab) : status;
}

static enum lab_status file_check(struct lab *lab, struct put *up)
{
    if (fstat(up->from, &up->file) < 0)
        return lab_fail(lab, LAB_USAGE, _("cannot look at the local file: %s"), strerror(errno));
    if (!S_ISREG(up->file.st_mode))
        return lab_fail(lab, LAB_USAGE, _("only a regular file can be sent"));
    if (up->total > (uint64_t)up->file.st_size)
        return lab_fail(lab, LAB_USAGE, _("the local file has fewer than %" PRIu64 " bytes"),
                        up->total);
    return LAB_OK;
}

enum lab_status lab_put(struct lab *lab, const char *name, int from, uint64_t size)
{
    uint64_t none;
    struct put up = {.from = from, .total = size};
    enum lab_status status = lab_begin(lab);
    if (status == LAB_OK)
        status = lab_check_name(lab, name);
    if (status == LAB_OK)
        status = file_check(lab, &up);
    if (status == LAB_OK)
        status = lab_request(lab, "P %" PRIu64 " %s\n", size, name);
    if (status == LAB_OK)
        status = lab_reply(lab, lab_deadline(lab->timeout_ms), LAB_DUE_GO, &none);
    if (status == LAB_OK)
        status = upload(lab, &up);
    return lab_end(lab, status);
}
