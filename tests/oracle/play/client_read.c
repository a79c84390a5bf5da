/* tests/oracle/play/client_read.c: what is received; see client.h */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "client.h"
#include "grow.h"

enum {
    ASK_SHOWN = 60,   /* bytes of a request that are recorded with its answer */
    FLOOD = 16 << 20, /* bytes in a row that are no answer to anything we ask */
};

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

static void record(struct oracle_client *client, enum item_kind kind, size_t ask_len,
                   const char *bytes, size_t len)
{
    struct item head = {.kind = (uint8_t)kind,
                        .client = (uint8_t)client->number,
                        .epoch = kind == ITEM_EVENT ? client->epoch : 0,
                        .ask_len = (uint32_t)ask_len,
                        .len = (uint32_t)len};
    tape_add(kind == ITEM_EVENT ? &client->events : &client->replies, head,
             client->sent + client->answered, bytes);
}

/* The greeting names the model; apart from that it has to be the same. It is recorded only if it
 * is not: some connections are those of the session before, and were greeted then. */
static void take_greeting(struct oracle_client *client, const char *model, const char *line,
                          size_t len)
{
    char usual[64];
    int n = snprintf(usual, sizeof usual, "HELLO 1 %s\n", model);
    client->greeted = true;
    if (len != (size_t)n || memcmp(line, usual, len) != 0)
        record(client, ITEM_REPLY, 0, line, len);
}

/* What follows from the answer to a request line. */
static enum room_change answered(struct oracle_client *client, const char *ask, size_t ask_len,
                                 const char *line, size_t len)
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
    return client->member != was_member || (ok && ask[0] == 'S') ? ROOM_EVENT : ROOM_UNCHANGED;
}

static enum room_change take_reply(struct oracle_client *client, const char *bytes, size_t line,
                                   size_t whole)
{
    enum room_change room_change = ROOM_UNCHANGED;
    if (client->in_body) {
        record(client, ITEM_REPLY, 0, bytes, whole);
        client->answered = client->body_end;
        client->in_body = false;
        return room_change;
    }
    size_t ask_len = client_request_length(client, client->answered);
    record(client, ITEM_REPLY, ask_len < ASK_SHOWN ? ask_len : ASK_SHOWN, bytes, whole);
    if (ask_len > 1) /* else nobody has asked; or the line is empty */
        room_change = answered(client, client->sent + client->answered, ask_len, bytes, line);
    client->answered += ask_len;
    return room_change;
}

bool client_take(struct oracle_client *client, const char *model, enum room_change *room_change)
{
    const char *bytes = client->in + client->from;
    size_t have = client->to - client->from;
    const char *lf = have > 0 ? memchr(bytes, '\n', have) : NULL;
    *room_change = ROOM_UNCHANGED;
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
        *room_change = take_reply(client, bytes, line, whole);
    client->from += whole;
    return true;
}

/* Notes down how it ended, and what was left of an answer. */
static enum room_change end(struct oracle_client *client, const char *how)
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
    return was_member ? ROOM_EVENT : ROOM_UNCHANGED;
}

bool client_more(struct oracle_client *client, enum room_change *room_change)
{
    enum { CHUNK = 65536 };
    ssize_t n;
    *room_change = ROOM_UNCHANGED;
    if (client->from == client->to)
        client->from = client->to = 0;
    client->in = grow(client->in, &client->room, client->to + CHUNK, 1);
    do
        n = recv(client->fd, client->in + client->to, CHUNK, 0);
    while (n < 0 && errno == EINTR);
    if (n > 0)
        client->to += (size_t)n;
    else if (n == 0)
        *room_change = end(client, "closed in order");
    else if (errno == EAGAIN)
        tape_note(&client->replies, ITEM_END, client->number, "nothing more comes");
    else
        *room_change = end(client, "reset");
    return n > 0 && client->to - client->from < FLOOD;
}
