/* requests.c: what a line means */
#include <stdlib.h>
#include <string.h>

#include "server.h"

enum { DIGITS_MOST = 19 };

/* A number at the beginning of *text, which is moved past it and the space that must follow. */
static bool take_number(const char **text, unsigned long long *number)
{
    size_t digits = strspn(*text, "0123456789");

    if (digits == 0 || digits > DIGITS_MOST || (*text)[digits] != ' ')
        return false;
    *number = strtoull(*text, NULL, 10);
    *text += digits + 1;
    return true;
}

bool answer(struct client *client, const char *line)
{
    const char *rest = line + 2;
    unsigned long long offset = 0;

    if (strcmp(line, "N") == 0)
        return send_text(client->fd, "OK 0\n");
    if (strcmp(line, "L") == 0)
        return list(client->fd);
    if (strncmp(line, "G ", 2) == 0 || (strncmp(line, "R ", 2) == 0 && take_number(&rest, &offset)))
        return download(client->fd, offset, rest);
    return send_text(client->fd, "ERR bad-request no such request\n");
}
