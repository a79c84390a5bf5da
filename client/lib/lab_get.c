/* client/lib/lab_get.c: downloads
 *
 * From the socket into one large buffer, from there into the file. SO_RCVLOWAT (socket(7)) asks
 * poll(2) to wake up only when the buffer can be filled: fewer and larger steps. A slow line would
 * make that a long wait, so it is checked every LAB_SLICE_MS.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "lab_private.h"

enum {
    CHUNK = 256 * 1024,
    PAGE = 4096,
    PIPE_STEP = 4096 /* POLLOUT of a pipe: so much fits */
};

struct download {
    int to;
    bool steady;   /* a regular file: writing to it does not wait for anybody */
    int low;       /* SO_RCVLOWAT as it is set */
    uint64_t have; /* bytes that the local file has: up to here they are compared, not written */
    uint64_t done, total;
    char *chunk;
};

/* Writes to a pipe or a terminal wait for their reader, as long as that takes: but in poll(2),
 * which cancelling ends, and in steps that do not wait behind it. */
static enum lab_status local_write(struct lab *lab, const struct download *down, const char *bytes,
                                   size_t len)
{
    while (len > 0) {
        size_t step = len;
        if (!down->steady) {
            enum lab_status status = lab_wait(lab, down->to, POLLOUT, LAB_NEVER, NULL);
            if (status != LAB_OK)
                return status;
            step = len < PIPE_STEP ? len : PIPE_STEP;
        }
        ssize_t n = write(down->to, bytes, step);
        if (n < 0 && (errno == EINTR || (errno == EAGAIN && !down->steady)))
            continue;
        if (n <= 0) {
            lab->error = n < 0 ? errno : EIO;
            return lab_fail(lab, LAB_LOCAL, _("cannot write the local file: %s"),
                            strerror(lab->error));
        }
        bytes += n;
        len -= (size_t)n;
    }
    return LAB_OK;
}

/* Are these the bytes that the local file has at this place? */
static enum lab_status local_compare(struct lab *lab, const struct download *down,
                                     const char *bytes, size_t len)
{
    char ours[PAGE];
    for (size_t done = 0; done < len;) {
        size_t step = len - done < sizeof ours ? len - done : sizeof ours;
        ssize_t n = pread(down->to, ours, step, (off_t)(down->done + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            lab->error = errno;
            return lab_fail(lab, LAB_LOCAL, _("cannot read the local file: %s"), strerror(errno));
        }
        if (n == 0 || memcmp(ours, bytes + done, (size_t)n) != 0)
            return lab_fail(lab, LAB_LOCAL,
                            _("the file in the library is another one than that which was begun"));
        done += (size_t)n;
    }
    return LAB_OK;
}

static enum lab_status step_write(struct lab *lab, struct download *down, const char *bytes,
                                  size_t len)
{
    uint64_t known = down->done < down->have ? down->have - down->done : 0;
    size_t old = known < len ? (size_t)known : len;
    enum lab_status status = local_compare(lab, down, bytes, old);
    if (status == LAB_OK)
        status = local_write(lab, down, bytes + old, len - old);
    if (status != LAB_OK)
        return status;
    down->done += len;
    if (lab->progress != NULL && old < len)
        lab->progress(lab->context, down->done, down->total);
    return LAB_OK;
}

/* The time that the reader of our pipe takes is not the server's. */
static enum lab_status step_take(struct lab *lab, struct download *down, size_t len,
                                 struct lab_timer *timer)
{
    int64_t begin = down->steady ? 0 : clock_now();
    enum lab_status status = step_write(lab, down, down->chunk, len);
    if (!down->steady && timer->deadline != LAB_NEVER)
        timer->deadline += clock_now() - begin;
    lab_timer_moved(lab, timer, len);
    return status;
}

static void low_water(const struct lab *lab, struct download *down, size_t bytes)
{
    int low = (int)bytes;
    if (low != down->low && setsockopt(lab->fd, SOL_SOCKET, SO_RCVLOWAT, &low, sizeof low) == 0)
        down->low = low;
}

/* Waits until the chunk can be filled, or for a while. */
static enum lab_status step_wait(struct lab *lab, struct download *down, int64_t deadline,
                                 size_t want)
{
    low_water(lab, down, want);
    int64_t slice = lab_deadline(LAB_SLICE_MS);
    enum lab_status status =
        lab_wait(lab, lab->fd, POLLIN, slice < deadline ? slice : deadline, NULL);
    return status == LAB_TIMEOUT ? LAB_OK : status;
}

/* Up to the next multiple of the chunk: copying between pages costs more if they do not begin
 * together, and the head of the reply has shifted everything. */
static size_t step_size(const struct download *down)
{
    uint64_t left = down->total - down->done;
    size_t most = CHUNK - (size_t)(down->done % CHUNK);
    return left < most ? (size_t)left : most;
}

static enum lab_status body_receive(struct lab *lab, struct download *down)
{
    struct lab_timer timer = lab_timer_begin(lab);
    while (down->done < down->total) {
        size_t want = step_size(down);
        enum lab_status status = step_wait(lab, down, timer.deadline, want);
        if (status != LAB_OK)
            return status;
        ssize_t n = recv(lab->fd, down->chunk, want, 0);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            return lab_lost(lab, n == 0 ? 0 : errno);
        if (n > 0)
            status = step_take(lab, down, (size_t)n, &timer);
        if (status != LAB_OK)
            return status;
        if (down->done < down->total && clock_now() > timer.deadline)
            return lab_fail(lab, LAB_TIMEOUT, _("the server sends the file too slowly"));
    }
    low_water(lab, down, 1);
    return LAB_OK;
}

static enum lab_status download(struct lab *lab, struct download *down, uint64_t size)
{
    struct stat st;
    down->steady = fstat(down->to, &st) == 0 && (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode));
    size_t have = lab->to - lab->from; /* came together with the head */
    if (have > size)
        have = (size_t)size;
    enum lab_status status = LAB_OK;
    if (have > 0)
        status = step_write(lab, down, lab->in + lab->from, have);
    lab->from += have;
    if (status != LAB_OK || down->done == down->total)
        return status;
    down->chunk = aligned_alloc(PAGE, CHUNK);
    if (down->chunk == NULL)
        return lab_no_memory(lab);
    status = body_receive(lab, down);
    free(down->chunk);
    return status;
}

/* The server has agreed: only now is the local file opened. */
static enum lab_status sink_open(struct lab *lab, const struct lab_sink *sink, uint64_t total,
                                 int *to)
{
    if (total < sink->offset)
        return lab_fail(lab, LAB_LOCAL, _("the file in the library is shorter than what is here"));
    enum lab_status status = sink->open(sink->context, total, to);
    if (status == LAB_OK)
        return LAB_OK;
    if (status == LAB_CANCELLED)
        return lab_fail(lab, LAB_CANCELLED, _("cancelled"));
    lab->error = errno;
    return lab_fail(lab, LAB_LOCAL, _("cannot open the local file: %s"), strerror(lab->error));
}

/* Asks for what follows byte from. */
static enum lab_status ask(struct lab *lab, const char *name, uint64_t from, uint64_t *size)
{
    enum lab_status status = from == 0 ? lab_request(lab, "G %s\n", name)
                                       : lab_request(lab, "R %" PRIu64 " %s\n", from, name);
    if (status == LAB_OK)
        status = lab_reply(lab, lab_deadline(lab->timeout_ms), LAB_DUE_OK, size);
    if (status == LAB_OK && *size > INT64_MAX - from)
        status =
            lab_fail(lab, LAB_BROKEN, _("the server announces a file of %" PRIu64 " bytes"), *size);
    return status;
}

enum lab_status lab_get_to(struct lab *lab, const char *name, const struct lab_sink *sink)
{
    uint64_t size = 0;
    uint64_t from = sink->offset - (sink->check < sink->offset ? sink->check : sink->offset);
    struct download down = {.to = -1, .low = 1, .have = sink->offset, .done = from};
    enum lab_status status = lab_begin(lab);
    if (status == LAB_OK)
        status = lab_check_name(lab, name);
    if (status == LAB_OK && sink->offset > INT64_MAX)
        status = lab_fail(lab, LAB_USAGE, _("no file is that long"));
    if (status == LAB_OK)
        status = ask(lab, name, from, &size);
    down.total = from + size;
    if (status == LAB_OK)
        status = sink_open(lab, sink, down.total, &down.to);
    if (status == LAB_OK)
        status = download(lab, &down, size);
    return lab_end(lab, status);
}

static enum lab_status opened(void *context, uint64_t total, int *to)
{
    (void)total;
    *to = *(const int *)context;
    return LAB_OK;
}

enum lab_status lab_get(struct lab *lab, const char *name, uint64_t offset, int to)
{
    return lab_get_to(lab, name,
                      &(struct lab_sink){.open = opened, .context = &to, .offset = offset});
}
