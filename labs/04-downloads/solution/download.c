/* download.c: G and R */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server.h"

/* From byte offset to the end of the file. */
static bool send_file(int fd, int file, off_t offset, off_t size)
{
    char block[65536];

    if (!send_size(fd, (unsigned long long)(size - offset)))
        return false;
    while (offset < size) {
        ssize_t n = pread(file, block, sizeof block, offset);
        if (n > size - offset)
            n = size - offset;
        if (n <= 0 || !send_all(fd, block, (size_t)n)) /* 0: it has become shorter */
            return false;
        offset += n;
    }
    return true;
}

bool download(int fd, unsigned long long offset, const char *name)
{
    /* a link is not followed, and a FIFO does not block */
    int file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    struct stat st;
    bool sent;

    if (file < 0 || fstat(file, &st) != 0 || !S_ISREG(st.st_mode))
        sent = send_text(fd, "ERR not-found no such file\n");
    else if (offset > (unsigned long long)st.st_size)
        sent = send_text(fd, "ERR bad-range the file is shorter\n");
    else
        sent = send_file(fd, file, (off_t)offset, st.st_size);
    if (file >= 0)
        close(file);
    return sent;
}
