/* tests/oracle/client.c: see client.h */
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

#include "session.h"

enum {
    LINE_MAX_BYTES = 1024, /* of a request, with its LF */
    ASK_SHOWN = 60,        /* bytes of a request that are recorded with its answer */
    FLOOD = 16 << 20,      /* bytes in a row that are no answer to anything we ask */
};

static void room_for(char **bytes, size_t *room, size_t want)
{
    if (*room >= want)
        return;
    *room = 2 * want + 4096;
    *bytes = realloc(*bytes, *room);
    if (*bytes == NULL)
        abort();
}

/* ---- connecting, sending ---- */

static void socket_bound(int fd, long ms)
{
    const struct timeval bound = {.tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000};
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof bound); /* of connect(2) too */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
}

bool client_open(struct client *client, int port, long bound)
{
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    client->shut = client->closing = client->ended = client->greeted = client->in_body = false;
    client->sent_len = client->answered = client->from = client->to = 0;
    room_for(&client->in, &client->room, 1);
    room_for(&client->sent, &client->sent_room, 1);
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
static void read_meanwhile(struct client *client)
{
    enum { CHUNK = 65536 };
    room_for(&client->in, &client->room, client->to + CHUNK);
    ssize_t n = recv(client->fd, client->in + client->to, CHUNK, MSG_DONTWAIT);
    if (n > 0)
        client->to += (size_t)n;
}

/* A connection that the server has closed shows when it is read. */
static void send_piece(struct client *client, const char *bytes, size_t len)
{
    enum { PATIENCE = 20000 };
    while (len > 0) {
        ssize_t n = send(client->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
            continue;
        }
        struct pollfd polled = {.fd = client->fd, .events = POLLIN | POLLOUT};
        if ((errno != EAGAIN && errno != EINTR) || poll(&polled, 1, PATIENCE) == 0)
            return;
        if ((polled.revents & POLLIN) != 0)
            read_meanwhile(client);
    }
}

void client_send(struct client *client, const char *bytes, size_t len, uint64_t cuts)
{
    struct dice dice = {.state = cuts};
    size_t longest = 1 + len / 4;
    room_for(&client->sent, &client->sent_room, client->sent_len + len);
    if (len > 0)
        memcpy(client->sent + client->sent_len, bytes, len);
    client->sent_len += len;
    while (len > 0) {
        size_t part = cuts == 0 ? len : 1 + dice_below(&dice, longest);
        if (part > len)
            part = len;
        send_piece(client, bytes, part);
        bytes += part;
        len -= part;
        if (len > 0 && dice_chance(&dice, 50))
            sched_yield(); /* only to vary what the server finds at once: nothing relies on it */
    }
}

void client_shut(struct client *client)
{
    (void)shutdown(client->fd, SHUT_WR);
    client->shut = true;
}

void client_close(struct client *client, bool reset)
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

void client_free(struct client *client)
{
    if (client->fd >= 0)
        client_close(client, true);
    free(client->sent);
    free(client->in);
    tape_free(&client->replies);
    tape_free(&client->events);
}

/* ---- what is owed ---- */

/* The request at an offset of what was sent: its length with LF; 0 where it is not whole yet. */
static size_t request_length(const struct client *client, size_t at)
{
    size_t len = at < client->sent_len ? client->sent_len - at : 0;
    const char *lf = len > 0 ? memchr(client->sent + at, '\n', len) : NULL;
    if (lf != NULL && (size_t)(lf - client->sent) - at < LINE_MAX_BYTES)
        return (size_t)(lf - client->sent) - at + 1;
    return len >= LINE_MAX_BYTES ? len : 0; /* too long: nothing behind it counts */
}

bool client_owed(const struct client *client)
{
    if (client->fd < 0 || client->ended)
        return false;
    if (!client->greeted || client->closing || client->shut)
        return true;
    if (client->in_body)
        return client->sent_len >= client->body_end;
    return request_length(client, client->answered) > 0;
}

bool client_harmless(const struct client *client)
{
    size_t len;
    if (!client->greeted || client->in_body)
        return false;
    for (size_t at = client->answered; (len = request_length(client, at)) > 0; at += len)
        if (len >= LINE_MAX_BYTES || strchr("PSCXQ", client->sent[at]) != NULL)
            return false;
    return true;
}

bool client_between(const struct client *client)
{
    return client->fd >= 0 && client->greeted && !client->ended && !client->closing &&
           !client->shut && !client->in_body && client->answered == client->sent_len;
}

/* ---- what is received ---- */

static bool starts(const char *line, size_t len, const char *with)
{
    size_t n = strlen(with);
    return len >= n && memcmp(line, with, n) == 0;
}

/* Digits up to a byte that is none; far too many of them come out as something too large. */
static size_t number_at(const char *digits, size_t len)
{
    size_t sum = 0;
    for (size_t i = 0; i < len && digits[i] >= '0' && digits[i] <= '9' && sum < FLOOD; i++)
        sum = 10 * sum + (size_t)(digits[i] - '0');
    return sum;
}

static void record(struct client *client, enum item_kind kind, size_t ask_len, const char *bytes,
                   size_t len)
{
    struct item head = {.kind = (uint8_t)kind,
                        .client = (uint8_t)client->number,
                        .epoch = kind == ITEM_EVENT ? client->epoch : 0,
                        .ask_len = (uint32_t)ask_len,
                        .len = (uint32_t)len};
    tape_add(kind == ITEM_EVENT ? &client->events : &client->replies, head,
             client->sent + client->answered, bytes);
}

/* The greeting names the model; apart from that it has to be the same. */
static void take_greeting(struct client *client, const char *model, const char *line, size_t len)
{
    static const char greeting[] = "HELLO 1 (its own model)\n";
    size_t n = strlen(model);
    bool usual =
        len == 8 + n + 1 && starts(line, len, "HELLO 1 ") && starts(line + 8, len - 8, model);
    client->greeted = true;
    if (usual)
        record(client, ITEM_REPLY, 0, greeting, sizeof greeting - 1);
    else
        record(client, ITEM_REPLY, 0, line, len);
}

/* What follows from the answer to a request line. */
static enum news answered(struct client *client, const char *ask, size_t ask_len, const char *line,
                          size_t len)
{
    bool ok = starts(line, len, "OK "), was_member = client->member;
    if (starts(line, len, "GO\n")) {
        client->in_body = true; /* "P <size> <name>": the body follows behind the line */
        client->body_end = client->answered + ask_len + number_at(ask + 2, ask_len - 2);
    }
    if (starts(line, len, "ERR too-long ") || (ok && ask[0] == 'Q')) {
        client->closing = true;
        client->member = false;
    } else if (ok && (ask[0] == 'C' || ask[0] == 'X')) {
        client->member = ask[0] == 'C';
    }
    if (client->member != was_member)
        client->epoch++;
    return client->member != was_member || (ok && ask[0] == 'S') ? NEWS_EVENT : NEWS_NONE;
}

static enum news take_reply(struct client *client, const char *bytes, size_t line, size_t whole)
{
    enum news news = NEWS_NONE;
    if (client->in_body) {
        record(client, ITEM_REPLY, 0, bytes, whole);
        client->answered = client->body_end;
        client->in_body = false;
        return news;
    }
    size_t ask_len = request_length(client, client->answered);
    record(client, ITEM_REPLY, ask_len < ASK_SHOWN ? ask_len : ASK_SHOWN, bytes, whole);
    if (ask_len > 1) /* else nobody has asked; or the line is empty */
        news = answered(client, client->sent + client->answered, ask_len, bytes, line);
    client->answered += ask_len;
    return news;
}

bool client_take(struct client *client, const char *model, enum news *news)
{
    const char *bytes = client->in + client->from;
    size_t have = client->to - client->from;
    const char *lf = have > 0 ? memchr(bytes, '\n', have) : NULL;
    *news = NEWS_NONE;
    if (lf == NULL)
        return false;
    size_t line = (size_t)(lf - bytes) + 1, whole = line;
    if (starts(bytes, line, "OK "))
        whole += number_at(bytes + 3, line - 3);
    if (have < whole)
        return false;
    if (!client->greeted)
        take_greeting(client, model, bytes, line);
    else if (starts(bytes, line, "* "))
        record(client, ITEM_EVENT, 0, bytes, line);
    else
        *news = take_reply(client, bytes, line, whole);
    client->from += whole;
    return true;
}

/* Notes down how it ended, and what was left of an answer. */
static enum news end(struct client *client, const char *how)
{
    bool was_member = client->member;
    client->ended = true;
    client->member = false;
    if (client->to > client->from)
        record(client, ITEM_REPLY, 0, client->in + client->from, client->to - client->from);
    client->from = client->to = 0;
    tape_note(&client->replies, ITEM_END, client->number, how);
    if (was_member)
        client->epoch++;
    return was_member ? NEWS_EVENT : NEWS_NONE;
}

bool client_more(struct client *client, enum news *news)
{
    enum { CHUNK = 65536 };
    ssize_t n;
    *news = NEWS_NONE;
    if (client->from == client->to)
        client->from = client->to = 0;
    room_for(&client->in, &client->room, client->to + CHUNK);
    do
        n = recv(client->fd, client->in + client->to, CHUNK, 0);
    while (n < 0 && errno == EINTR);
    if (n > 0)
        client->to += (size_t)n;
    else if (n == 0)
        *news = end(client, "closed in order");
    else if (errno == EAGAIN)
        tape_note(&client->replies, ITEM_END, client->number, "nothing more comes");
    else
        *news = end(client, "reset");
    return n > 0 && client->to - client->from < FLOOD;
}
