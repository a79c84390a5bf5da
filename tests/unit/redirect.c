/* redirect.c: see redirect.h */
#include "redirect.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

void redirect_begin(struct redirect *redirect, int stream)
{
    int ends[2], ours = stream == STDIN_FILENO; /* ends[1] is the one to write to */
    redirect->stream = stream;
    redirect->saved = fcntl(stream, F_DUPFD_CLOEXEC, 3);
    unit_check(redirect->saved >= 0 && pipe2(ends, O_CLOEXEC) == 0 &&
                   dup2(ends[!ours], stream) == stream,
               "pipe: %s", strerror(errno));
    close(ends[!ours]);
    redirect->other = ends[ours];
}

static void put_back(struct redirect *redirect)
{
    (void)dup2(redirect->saved, redirect->stream);
    close(redirect->saved);
    redirect->saved = -1;
}

void redirect_end(struct redirect *redirect)
{
    put_back(redirect);
    if (redirect->other >= 0)
        close(redirect->other);
}

size_t redirect_take(struct redirect *redirect, char *bytes, size_t size)
{
    size_t len = 0;
    ssize_t n;
    put_back(redirect);
    (void)fcntl(redirect->other, F_SETFL,
                O_NONBLOCK); /* something else may still have the stream */
    while (len < size && (n = read(redirect->other, bytes + len, size - len)) > 0)
        len += (size_t)n;
    close(redirect->other);
    return len;
}
