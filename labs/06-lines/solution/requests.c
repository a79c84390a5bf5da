/* requests.c: what a line means */
#include <stdlib.h>
#include <string.h>

#include "server.h"

enum { DIGITS_MOST = 19 };
#define UPLOAD_MOST (1ull << 30)

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

/* A browser sends such a line, and after it what looks like requests: none of that is for us. */
static bool is_http(const char *line)
{
    const char *version = strstr(line, " HTTP/"), *next;

    while (version && (next = strstr(version + 1, " HTTP/")))
        version = next;
    return version && version[6] && strspn(version + 6, "0123456789.") == strlen(version + 6);
}

static bool answer_file(struct client *client, char verb, const char *rest, bool *known)
{
    unsigned long long number = 0;

    *known = verb == 'G' || take_number(&rest, &number);
    if (!*known)
        return true;
    if (!name_ok(rest))
        return send_text(client->fd, "ERR bad-name no name for a file\n");
    if (verb != 'P')
        return download(client->fd, number, rest);
    if (number > UPLOAD_MOST)
        return send_text(client->fd, "ERR too-large a file has at most 1 GiB\n");
    return upload(client, number, rest);
}

/* Returns false to close the connection. */
bool answer(struct client *client, const char *line)
{
    bool known = true, open = true;

    if (strcmp(line, "N") == 0)
        open = send_text(client->fd, "OK 0\n");
    else if (strcmp(line, "L") == 0)
        open = list(client->fd);
    else if (strcmp(line, "Q") == 0)
        open = (send_text(client->fd, "OK 0\n"), false);
    else if (line[0] && strchr("GRP", line[0]) && line[1] == ' ')
        open = answer_file(client, line[0], line + 2, &known);
    else
        known = false;
    if (known)
        return open;
    return send_text(client->fd, "ERR bad-request no such request\n") && !is_http(line);
}
