/* upload.c: P */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server.h"

/* Takes the body from the client to the file. *stored becomes false if the file does not take it.
 * Returns false if the client has gone before all of it had come. */
static bool receive_body(struct client *client, int file, unsigned long long size, bool *stored)
{
    while (size > 0) {
        if (client->n == 0 && !receive(client))
            return false;
        size_t n = client->n < size ? client->n : (size_t)size;
        *stored = *stored && write(file, client->in, n) == (ssize_t)n;
        forget(client, n);
        size -= n;
    }
    return true;
}

/* The file has another name, which is not listed, until it is complete. */
bool upload(struct client *client, unsigned long long size, const char *name)
{
    char part[32];
    bool whole, stored = true;

    snprintf(part, sizeof part, ".upload-%ld", (long)getpid());
    int file = openat(folder, part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0644);
    if (file < 0)
        return send_text(client->fd, "ERR io the file can't be made\n");
    whole = send_text(client->fd, "GO\n") && receive_body(client, file, size, &stored);
    stored = close(file) == 0 && stored;
    stored = whole && stored && renameat(folder, part, folder, name) == 0;
    if (!stored)
        (void)unlinkat(folder, part, 0);
    return whole && send_text(client->fd, stored ? "OK 0\n" : "ERR io the file is not stored\n");
}
