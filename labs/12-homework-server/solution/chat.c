/* chat.c: the chat, in the process of one client: the room is in the parent, behind two pipes
 *
 * A request of the chat goes to the room as it is. The room answers with the reply, which may stand
 * behind events. Both go on to the client, line by line, so that nothing gets into a reply.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "server.h"

enum { NICK_MOST = 32, EVENT_MOST = 2048 };

/* ---- from the room to the client ---- */

/* A line, and the body after it. Returns its first byte; 0: the room or the client has gone. */
static char forward(struct client *client, const char *line)
{
    unsigned long long size = strncmp(line, "OK ", 3) == 0 ? strtoull(line + 3, NULL, 10) : 0;
    struct client *room = client->room;
    char text[EVENT_MOST + 1];

    snprintf(text, sizeof text, "%s\n", line);
    if (size > 0 ? !send_size(client->fd, size) : !send_text(client->fd, text))
        return 0;
    while (size > 0) {
        if (room->n == 0 && !receive(room))
            return 0;
        size_t n = room->n < size ? room->n : (size_t)size;
        if (!send_all(client->fd, room->in, n))
            return 0;
        forget(room, n);
        size -= n;
    }
    return line[0];
}

/* The room sends lines whole. */
static bool forward_events(struct client *client)
{
    char line[EVENT_MOST];

    while (take_line(client->room, line, EVENT_MOST) > 0)
        if (!forward(client, line))
            return false;
    return true;
}

/* Returns when the client has sent something. Until then it gets its events. */
bool chat_wait(struct client *client)
{
    struct pollfd both[] = {{.fd = client->fd, .events = POLLIN},
                            {.fd = client->room->fd, .events = POLLIN}};

    while (!both[0].revents) {
        if (poll(both, 2, -1) < 0)
            continue;
        if (both[1].revents && (!receive(client->room) || !forward_events(client)))
            return false;
    }
    return true;
}

/* ---- from the client to the room ---- */

/* Sends a request, and forwards what comes, up to the reply. */
static bool ask(struct client *client, const char *line)
{
    char text[EVENT_MOST];
    int n = snprintf(text, sizeof text, "%s\n", line);
    char kind = '*';

    if (write(client->to_room, text, (size_t)n) != n)
        return false;
    while (kind == '*') {
        if (take_line(client->room, text, sizeof text) > 0)
            kind = forward(client, text);
        else if (!receive(client->room))
            kind = 0;
    }
    return kind != 0;
}

static bool nick_ok(const char *nick)
{
    size_t n = strlen(nick);

    return n > 0 && n <= NICK_MOST && !strchr(nick, ' ') && text_ok(nick) &&
           strcasecmp(nick, "admin") != 0 && strcmp(nick, "管理员") != 0;
}

bool chat_request(struct client *client, const char *line, bool *known)
{
    const char *rest = line[0] && line[1] == ' ' ? line + 2 : NULL;

    *known = strcmp(line, "W") == 0 || strcmp(line, "X") == 0 ||
             (rest != NULL && (line[0] == 'C' || (line[0] == 'S' && *rest && text_ok(rest))));
    if (!*known)
        return true;
    if (line[0] == 'C' && rest && !nick_ok(rest))
        return send_text(client->fd, "ERR bad-nick no nick\n");
    return ask(client, line);
}
