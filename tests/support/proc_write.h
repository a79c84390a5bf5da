/* proc_write.h: files of /proc, which want their text in one write */
#ifndef SUPPORT_PROC_WRITE_H
#define SUPPORT_PROC_WRITE_H

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* False: see errno. */
static inline bool proc_write(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0)
        close(fd);
    return ok;
}

#endif
