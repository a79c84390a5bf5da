/* requests.c: what a line means */
#include <string.h>

#include "server.h"

bool answer(struct client *client, const char *line)
{
    if (strcmp(line, "N") == 0)
        return send_text(client->fd, "OK 0\n");
    if (strcmp(line, "L") == 0)
        return list(client->fd);
    return send_text(client->fd, "ERR bad-request no such request\n");
}
