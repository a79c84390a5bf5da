/* client/lib/lab_wire.c: waiting, receiving, sending, lines
 *
 * The socket never waits by itself; poll(2) waits, for the socket and for cancellation, up to a
 * deadline on a clock that is never set back.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "lab_private.h"

int64_t lab_deadline(int ms)
{
    return ms < 0 ? LAB_NEVER : clock_now() + ms;
}

static int poll_timeout(int64_t deadline)
{
    if (deadline == LAB_NEVER)
        return -1;
    int64_t left = deadline - clock_now();
    return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

enum lab_status lab_wait(struct lab *lab, int fd, short events, int64_t deadline, short *ready)
{
    /* poll(2) passes over a negative descriptor */
    struct pollfd fds[] = {{.fd = fd, .events = events}, {.fd = lab->cancel, .events = POLLIN}};
    int n;
    while ((n = poll(fds, 2, poll_timeout(deadline))) < 0 && errno == EINTR)
        continue; /* the signal's handler may have written to the pipe that cancels */
    if (n < 0)
        return lab_fail(lab, LAB_LOST, _("cannot wait: %s"), strerror(errno));
    if (fds[1].revents != 0)
        return lab_fail(lab, LAB_CANCELLED, _("cancelled"));
    if (n == 0)
        return lab_fail(lab, LAB_TIMEOUT, _("the server has been silent for too long"));
    if (ready != NULL)
        *ready = fds[0].revents;
    return LAB_OK;
}

enum lab_status lab_lost(struct lab *lab, int error)
{
    if (error == 0)
        return lab_fail(lab, LAB_LOST, _("the server has closed the connection"));
    return lab_fail(lab, LAB_LOST, _("the connection is lost: %s"), strerror(error));
}

enum lab_status lab_receive(struct lab *lab)
{
    if (lab->from > 0) {
        memmove(lab->in, lab->in + lab->from, lab->to - lab->from);
        lab->to -= lab->from;
        lab->from = 0;
    }
    ssize_t n;
    while ((n = recv(lab->fd, lab->in + lab->to, sizeof lab->in - lab->to, 0)) < 0 &&
           errno == EINTR)
        continue;
    if (n < 0 && errno == EAGAIN)
        return LAB_WAITING;
    if (n <= 0)
        return lab_lost(lab, n == 0 ? 0 : errno);
    lab->to += (size_t)n;
    return LAB_OK;
}

enum lab_status lab_fill(struct lab *lab, int64_t deadline)
{
    enum lab_status status;
    do
        if ((status = lab_wait(lab, lab->fd, POLLIN, deadline, NULL)) == LAB_OK)
            status = lab_receive(lab);
    while (status == LAB_WAITING); /* poll(2) may be wrong about it, see select(2), BUGS */
    return status;
}

enum lab_status lab_take_line(struct lab *lab, struct lab_line *line)
{
    size_t have = lab->to - lab->from;
    const char *begin = lab->in + lab->from;
    const char *end = memchr(begin, '\n', have < LAB_LINE_MAX ? have : LAB_LINE_MAX);
    if (end == NULL && have < LAB_LINE_MAX)
        return LAB_WAITING;
    *line = (struct lab_line){begin, end != NULL ? (size_t)(end - begin) : have};
    if (end == NULL)
        return lab_broken(lab, *line, _("a line of at most 1 KiB"));
    lab->from += line->len + 1;
    if (line->len > 0 && line->bytes[line->len - 1] == '\r')
        line->len--;
    return LAB_OK;
}

/* At least one look at the socket, also if the deadline has passed before; but no second one,
 * however much comes. */
enum lab_status lab_next_line(struct lab *lab, int64_t deadline, struct lab_line *line)
{
    enum lab_status status;
    for (bool tried = false; (status = lab_take_line(lab, line)) == LAB_WAITING; tried = true) {
        if (tried && clock_now() > deadline)
            return lab_fail(lab, LAB_TIMEOUT, _("the server did not end its line in time"));
        if ((status = lab_fill(lab, deadline)) != LAB_OK)
            return status;
    }
    return status;
}

/* A server may have sent why it closes before our request: then sending fails, and the reason waits
 * to be received. So a lost connection is no failure here: it is found when the reply is read. */
enum lab_status lab_request(struct lab *lab, const char *format, ...)
{
    char line[PROTO_LINE_MAX + 1];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (len < 0 || (size_t)len >= sizeof line)
        return lab_fail(lab, LAB_USAGE, _("the request is too long"));
    int64_t deadline = lab_deadline(lab->timeout_ms);
    for (size_t done = 0; done < (size_t)len;) {
        ssize_t n = send(lab->fd, line + done, (size_t)len - done, MSG_NOSIGNAL);
        if (n >= 0) {
            done += (size_t)n;
        } else if (errno == EAGAIN) {
            enum lab_status status = lab_wait(lab, lab->fd, POLLOUT, deadline, NULL);
            if (status != LAB_OK)
                return status;
        } else if (errno != EINTR) {
            break;
        }
    }
    return LAB_OK;
}

struct lab_timer lab_timer_begin(const struct lab *lab)
{
    return (struct lab_timer){.deadline = lab_deadline(lab->timeout_ms)};
}

void lab_timer_moved(const struct lab *lab, struct lab_timer *timer, uint64_t bytes)
{
    timer->moved += bytes;
    if (timer->moved >= LAB_PROGRESS)
        *timer = lab_timer_begin(lab);
}
