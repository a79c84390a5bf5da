/* bench/baselines/bodies.c: downloads and uploads of the bare server */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "baselines/baseline.h"

enum { TURN_BYTES = 1024 * 1024, SMALL_BYTES = 64 * 1024, HEAD_BYTES = 32 };

static char buffer[256 * 1024];

void body_end(struct client *c)
{
    for (int i = 0; i < 2 && c->pipe[0] > 0; i++)
        close(c->pipe[i]);
    c->pipe[0] = 0;
    if (c->state != LINES)
        close(c->file);
    c->state = LINES;
}

/* Copied twice, but with two calls in all, and head and file in one send. */
static bool download_small(int fd, int file, off_t size)
{
    int head = snprintf(buffer, HEAD_BYTES, "OK %lld\n", (long long)size);
    ssize_t n = read(file, buffer + head, (size_t)size);
    close(file);
    return n == size && send_whole(fd, buffer, (size_t)head + (size_t)n);
}

bool download_begin(int fd, struct client *c, const char *name)
{
    struct stat st;
    char head[32];
    c->file = openat(library, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (c->file < 0)
        return false;
    bool known = fstat(c->file, &st) == 0;
    if (known && st.st_size <= SMALL_BYTES)
        return download_small(fd, c->file, st.st_size);
    bool piped = known && st.st_size >= TURN_BYTES; /* else it costs more than it saves */
    if (!known || (piped && pipe2(c->pipe, O_NONBLOCK | O_CLOEXEC) < 0)) {
        close(c->file);
        return false;
    }
    if (piped)
        fcntl(c->pipe[1], F_SETPIPE_SZ, TURN_BYTES); /* refused: slower, no more */
    c->state = DOWNLOAD, c->left = st.st_size, c->piped = 0;
    setsockopt(fd, IPPROTO_TCP, TCP_CORK, &(int){1}, sizeof(int));
    int n = snprintf(head, sizeof head, "OK %lld\n", (long long)st.st_size);
    bool ok = send_whole(fd, head, (size_t)n) && download_turn(fd, c);
    if (ok && c->state == DOWNLOAD)
        watch(fd, EPOLL_CTL_MOD, EPOLLOUT);
    return ok;
}

bool download_turn(int fd, struct client *c)
{
    bool piped = c->pipe[0] > 0;
    size_t max = c->left < TURN_BYTES ? (size_t)c->left : TURN_BYTES;
    if (piped && c->piped == 0) {
        ssize_t n = splice(c->file, NULL, c->pipe[1], NULL, max, SPLICE_F_NONBLOCK);
        if (n <= 0)
            return false;
        c->piped = (size_t)n;
    }
    ssize_t n = piped ? splice(c->pipe[0], NULL, fd, NULL, c->piped, SPLICE_F_NONBLOCK)
                      : sendfile(fd, c->file, NULL, max);
    if (n <= 0)
        return n < 0 && errno == EAGAIN;
    c->piped -= piped ? (size_t)n : 0;
    c->left -= n;
    if (c->left <= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_CORK, &(int){0}, sizeof(int));
        body_end(c);
        watch(fd, EPOLL_CTL_MOD, EPOLLIN);
    }
    return true;
}

bool upload_begin(int fd, struct client *c, const char *size, const char *name)
{
    c->left = strtoll(size, NULL, 10);
    c->file = openat(library, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    c->state = c->file < 0 ? LINES : UPLOAD;
    return c->file >= 0 && c->left > 0 && send_whole(fd, "GO\n", 3);
}

bool upload_turn(int fd, struct client *c)
{
    size_t max = c->left < (off_t)sizeof buffer ? (size_t)c->left : sizeof buffer;
    ssize_t n = recv(fd, buffer, max, 0);
    if (n <= 0)
        return n < 0 && errno == EAGAIN;
    for (ssize_t at = 0, w; at < n; at += w)
        if ((w = write(c->file, buffer + at, (size_t)(n - at))) <= 0)
            return false;
    if ((c->left -= n) > 0)
        return true;
    body_end(c);
    return send_whole(fd, "OK 0\n", 5);
}
