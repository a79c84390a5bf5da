/* io.c: bytes to a client, lines from it */
#include "server.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { DRAIN_MS = 1000, DRAIN_READS = 64 };

/* The kernel may take less than it is given. more: something follows at once, so that it need not
 * make a packet of this (MSG_MORE: else the next small one waits for an answer to the first). */
static bool send_flags(int fd, const void *bytes, size_t n, int more)
{
    const char *rest = bytes;

    while (n > 0) {
        ssize_t sent = send(fd, rest, n, MSG_NOSIGNAL | more); /* no SIGPIPE if it has gone */
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return false;
        rest += sent;
        n -= (size_t)sent;
    }
    return true;
}

bool send_all(int fd, const void *bytes, size_t n)
{
    return send_flags(fd, bytes, n, 0);
}

bool send_text(int fd, const char *text)
{
    return send_all(fd, text, strlen(text));
}

bool send_size(int fd, unsigned long long n)
{
    char line[32];

    snprintf(line, sizeof line, "OK %llu\n", n);
    return send_flags(fd, line, strlen(line), n > 0 ? MSG_MORE : 0);
}

static long milliseconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* To close with unread bytes would be a reset, which can destroy what the client has not read yet:
 * so this side ends first, and takes a little of what still comes, for a second in all. */
void close_gently(int fd)
{
    struct pollfd waited = {.fd = fd, .events = POLLIN};
    long end = milliseconds() + DRAIN_MS, left = DRAIN_MS;
    char rest[4096];

    (void)shutdown(fd, SHUT_WR);
    for (int i = 0; i < DRAIN_READS && left > 0 && poll(&waited, 1, (int)left) > 0; i++) {
        if (recv(fd, rest, sizeof rest, 0) <= 0)
            break;
        left = end - milliseconds();
    }
    close(fd);
}

/* Receives once more. Returns false at the end of input. */
bool receive(struct client *client)
{
    ssize_t got = read(client->fd, client->in + client->n, sizeof client->in - client->n);

    if (got > 0)
        client->n += (size_t)got;
    return got > 0 || (got < 0 && errno == EINTR);
}

void forget(struct client *client, size_t n)
{
    client->n -= n;
    memmove(client->in, client->in + n, client->n);
}

/* A NUL becomes another control character: both are allowed nowhere. */
int take_line(struct client *client, char *line, size_t most)
{
    char *lf = memchr(client->in, '\n', client->n);
    size_t n = lf ? (size_t)(lf - client->in) : client->n;

    if (n >= most)
        return -1;
    if (!lf)
        return 0;
    memcpy(line, client->in, n);
    forget(client, n + 1);
    n -= n > 0 && line[n - 1] == '\r';
    line[n] = '\0';
    for (size_t i = 0; i < n; i++)
        if (!line[i])
            line[i] = '\1';
    return 1;
}

int read_line(struct client *client, char *line)
{
    int taken;

    while ((taken = take_line(client, line, LINE_MOST)) == 0)
        if (!chat_wait(client) || !receive(client))
            return 0;
    return taken;
}
