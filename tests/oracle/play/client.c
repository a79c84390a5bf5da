/* tests/oracle/play/client.c: connecting, sending, and what is owed; see client.h */
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "generate.h"
#include "grow.h"

enum { LINE_MAX_BYTES = 1024 }; /* of a request, with its LF */

/* ---- connecting, sending ---- */

static void socket_bound(int fd, long ms)
{
    const struct timeval bound = {.tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000};
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof bound); /* of connect(2) too */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
}

void client_begin(struct oracle_client *client, long bound)
{
    tape_cut(&client->replies, 0);
    tape_cut(&client->events, 0);
    client->kept_replies = client->kept_events = client->expected = 0;
    client->epoch = 0;
    client->member = false;
    if (client->fd < 0)
        return;
    if (client_between(client))
        socket_bound(client->fd, bound);
    else
        client_close(client, true);
    client->sent_len = client->answered = 0;
}

bool client_open(struct oracle_client *client, int port, long bound)
{
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    client->shut = client->closing = client->ended = client->greeted = client->in_body = false;
    client->sent_len = client->answered = client->from = client->to = 0;
    client->in = grow(client->in, &client->room, 1, 1);
    client->sent = grow(client->sent, &client->sent_room, 1, 1);
    if (client->fd < 0)
        return false;
    socket_bound(client->fd, bound);
    if (connect(client->fd, (const struct sockaddr *)&to, sizeof to) == 0)
        return true;
    close(client->fd);
    client->fd = -1;
    return false;
}

/* Reads what has come, without waiting, while the server takes nothing. */
static void read_meanwhile(struct oracle_client *client)
{
    enum { CHUNK = 65536 };
    client->in = grow(client->in, &client->room, client->to + CHUNK, 1);
    ssize_t n = recv(client->fd, client->in + client->to, CHUNK, MSG_DONTWAIT);
    if (n > 0)
        client->to += (size_t)n;
}

/* A connection that the server has closed shows when it is read. */
static void send_piece(struct oracle_client *client, const char *bytes, size_t len)
{
    enum { SEND_TIMEOUT = 20000 };
    while (len > 0) {
        ssize_t n = send(client->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
            continue;
        }
        struct pollfd polled = {.fd = client->fd, .events = POLLIN | POLLOUT};
        if ((errno != EAGAIN && errno != EINTR) || poll(&polled, 1, SEND_TIMEOUT) == 0)
            return;
        if ((polled.revents & POLLIN) != 0)
            read_meanwhile(client);
    }
}

void client_send(struct oracle_client *client, const char *bytes, size_t len, uint64_t cuts)
{
    struct rng rng = {.state = cuts};
    size_t longest = 1 + len / 4;
    client->sent = grow(client->sent, &client->sent_room, client->sent_len + len, 1);
    if (len > 0)
        memcpy(client->sent + client->sent_len, bytes, len);
    client->sent_len += len;
    while (len > 0) {
        size_t part = cuts == 0 ? len : 1 + rng_below(&rng, longest);
        if (part > len)
            part = len;
        send_piece(client, bytes, part);
        bytes += part;
        len -= part;
        if (len > 0 && rng_chance(&rng, 50))
            sched_yield(); /* only to vary what the server finds at once: nothing relies on it */
    }
}

void client_shut(struct oracle_client *client)
{
    (void)shutdown(client->fd, SHUT_WR);
    client->shut = true;
}

void client_close(struct oracle_client *client, bool reset)
{
    const struct linger at_once = {.l_onoff = 1};
    if (client->fd < 0)
        return;
    if (reset)
        (void)setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(client->fd);
    client->fd = -1;
    if (!client->ended) { /* else all that came is all there is */
        tape_cut(&client->replies, client->kept_replies);
        tape_cut(&client->events, client->kept_events);
    }
    client->kept_replies = client->replies.count;
    client->expected = client->kept_events = client->events.count;
}

void client_free(struct oracle_client *client)
{
    if (client->fd >= 0)
        client_close(client, true);
    free(client->sent);
    free(client->in);
    tape_free(&client->replies);
    tape_free(&client->events);
}

/* ---- what is owed ---- */

size_t client_request_length(const struct oracle_client *client, size_t at)
{
    size_t len = at < client->sent_len ? client->sent_len - at : 0;
    const char *lf = len > 0 ? memchr(client->sent + at, '\n', len) : NULL;
    if (lf != NULL && (size_t)(lf - client->sent) - at < LINE_MAX_BYTES)
        return (size_t)(lf - client->sent) - at + 1;
    return len >= LINE_MAX_BYTES ? len : 0; /* too long: nothing behind it counts */
}

bool client_owed(const struct oracle_client *client)
{
    if (client->fd < 0 || client->ended)
        return false;
    if (!client->greeted || client->closing || client->shut)
        return true;
    if (client->in_body)
        return client->sent_len >= client->body_end;
    return client_request_length(client, client->answered) > 0;
}

bool client_harmless(const struct oracle_client *client)
{
    size_t len;
    if (!client->greeted || client->in_body)
        return false;
    for (size_t at = client->answered; (len = client_request_length(client, at)) > 0; at += len)
        if (len >= LINE_MAX_BYTES || strchr("PSCXQ", client->sent[at]) != NULL)
            return false;
    return true;
}

bool client_between(const struct oracle_client *client)
{
    return client->fd >= 0 && client->greeted && !client->ended && !client->closing &&
           !client->shut && !client->in_body && client->answered == client->sent_len;
}
