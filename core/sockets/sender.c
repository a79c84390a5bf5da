/* core/sockets/sender.c: see sender.h
 *
 * A file goes from the page cache to the socket without being copied into our memory. What that
 * costs depends on how it is cut into segments and calls (measured in bench/README.md):
 *
 *     cork    While a socket is corked, only full segments leave it. Without, nearly every call
 *             ends with a small one: up to twice as many segments, and each costs a trip through
 *             the whole stack.
 *     splice  sendfile(2) is a splice through a hidden pipe of 64 KiB; with a pipe of our own of
 *             1 MiB one call fills the socket. But what does not fit stays in the pipe, so that is
 *             only done for a client that took the last part whole.
 */
#include "sockets/sender.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIPE_SIZE = 1024 * 1024 }; /* bytes; the most an ordinary user gets (pipe(7)) */

static void cork(int fd, int on)
{
    (void)setsockopt(fd, IPPROTO_TCP, TCP_CORK, &on, sizeof on); /* only slower without it */
}

void sender_open(struct sender *sender)
{
    if (pipe2(sender->ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        sender->ends[0] = 0;
        return;
    }
    if (fcntl(sender->ends[1], F_SETPIPE_SZ, PIPE_SIZE) < PIPE_SIZE)
        sender_close(sender); /* a smaller one has no advantage over sendfile's */
}

void sender_close(struct sender *sender)
{
    if (sender->ends[0] == 0)
        return;
    close(sender->ends[0]);
    close(sender->ends[1]);
    sender->ends[0] = 0;
}

/* Through the pipe. If the socket does not take all, the pipe is closed with what is left in it:
 * these bytes are this client's, and the next call may be for another one. Sets *whole if the
 * socket took all. */
static ssize_t send_through_pipe(struct sender *sender, int fd, int file, off_t offset, size_t len,
                                 bool *whole)
{
    ssize_t filled = splice(file, &offset, sender->ends[1], NULL, len, 0);
    if (filled <= 0)
        return filled;
    ssize_t sent = splice(sender->ends[0], NULL, fd, NULL, (size_t)filled, 0);
    *whole = sent == filled;
    if (!*whole) {
        int error = errno;
        sender_close(sender);
        sender_open(sender);
        errno = error;
    }
    return sent;
}

/* A process or thread of its own makes the pipe when its client first needs it. */
static bool sender_has_pipe(struct sender *sender)
{
    if (sender->ends[0] == 0)
        sender_open(sender);
    return sender->ends[0] != 0;
}

/* Through our memory, for a file system that has neither splice nor sendfile. */
static ssize_t send_copy(int fd, int file, off_t offset, size_t len)
{
    char bytes[16 * 1024];
    ssize_t n = pread(file, bytes, len < sizeof bytes ? len : sizeof bytes, offset);
    return n > 0 ? send(fd, bytes, (size_t)n, MSG_NOSIGNAL) : n;
}

static bool call_is_missing(ssize_t n)
{
    return n < 0 && (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP);
}

static ssize_t send_file(struct sender *sender, int fd, struct outbox *out,
                         struct outbox_chunk *chunk, size_t max)
{
    size_t len = chunk->left < max ? (size_t)chunk->left : max;
    ssize_t n;
    bool whole = false;
    if (len >= PIPE_SIZE && out->keeps_up && sender_has_pipe(sender)) {
        n = send_through_pipe(sender, fd, chunk->file, chunk->offset, PIPE_SIZE, &whole);
    } else {
        n = sendfile(fd, chunk->file, &chunk->offset, len);
        whole = n == (ssize_t)len;
    }
    if (call_is_missing(n))
        n = send_copy(fd, chunk->file, chunk->offset, len);
    if (n == 0) {
        errno = EIO;
        return -1;
    }
    out->keeps_up = whole;
    if (n > 0 && (uint64_t)n == chunk->left)
        cork(fd, 0);
    return n;
}

/* Shortens the pieces to their first max bytes. Returns how many of them are left. */
static int pieces_trim(struct iovec *vec, int count, size_t max)
{
    int used = 0;
    for (; used < count && max > 0; max -= vec[used++].iov_len)
        if (vec[used].iov_len > max)
            vec[used].iov_len = max;
    return used;
}

ssize_t sender_send(struct sender *sender, int fd, struct outbox *out, size_t max)
{
    struct outbox_chunk chunk;
    outbox_peek(out, &chunk);
    chunk.count = pieces_trim(chunk.vec, chunk.count, max);
    ssize_t n = 0;
    if (chunk.count > 0 && chunk.more)
        cork(fd, 1);
    if (chunk.count == 1) { /* nearly always, and a little cheaper than sendmsg */
        n = send(fd, chunk.vec[0].iov_base, chunk.vec[0].iov_len, MSG_NOSIGNAL);
    } else if (chunk.count > 1) {
        struct msghdr message = {.msg_iov = chunk.vec, .msg_iovlen = (size_t)chunk.count};
        n = sendmsg(fd, &message, MSG_NOSIGNAL);
    } else if (chunk.file >= 0) {
        n = send_file(sender, fd, out, &chunk, max);
    }
    if (n > 0)
        outbox_sent(out, (size_t)n);
    return n;
}
