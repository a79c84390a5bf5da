/* core/base/log.c: see log.h */
#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/libc.h"
#include "base/utf8.h"

/* RWF_NOWAIT asks not to wait this once; O_NONBLOCK would change the pipe for all who share it.
 * What does not know the flag (a terminal) is asked with poll(2) first, and does not wait for more
 * room than it has: see setup.c.
 *
 * WHY      a file is written as usual: nobody has to read it
 * WITHOUT  on btrfs, and often on XFS, the flag makes each write fail with EAGAIN: the log is empty
 *                                                                    [mutant: core-file-unlogged]
 * MAN      pwritev2(2), RWF_NOWAIT
 */
static void write_without_waiting(const char *line, size_t len)
{
    struct iovec vec = {(void *)line, len};
    struct stat st;
    bool file = fstat(STDERR_FILENO, &st) == 0 && S_ISREG(st.st_mode);
    ssize_t n = pwritev2(STDERR_FILENO, &vec, 1, -1, file ? 0 : RWF_NOWAIT);
    if (n >= 0 || errno == EAGAIN)
        return;
    struct pollfd err = {.fd = STDERR_FILENO, .events = POLLOUT};
    if (poll(&err, 1, 0) == 1 && (err.revents & POLLOUT) != 0)
        n = write(STDERR_FILENO, line, len);
    (void)n; /* a log that can't be written has nowhere to report that */
}

void log_line(const char *model, const char *format, ...)
{
    char line[1024];
    int head = snprintf(line, sizeof line, "%s: ", model);
    size_t used = head < 0 ? 0 : (size_t)head;
    va_list args;
    va_start(args, format);
    int body = vsnprintf(line + used, sizeof line - used, format, args);
    va_end(args);
    used += body < 0 ? 0 : (size_t)body;
    if (used > sizeof line - 1)
        used = sizeof line - 1;
    line[used++] = '\n'; /* in the place of the NUL */
    write_without_waiting(line, used);
}

const char *log_escape(char *to, size_t size, const char *bytes, size_t len)
{
    size_t used = 0;
    while (len > 0 && used + sizeof "\\xHH" <= size) {
        uint32_t code;
        size_t n = utf8_decode(bytes, len, &code);
        if (n > 0 && utf8_printable(bytes, n)) {
            memcpy(to + used, bytes, n);
            used += n;
        } else {
            n = 1;
            used += (size_t)snprintf(to + used, size - used, "\\x%02x", (unsigned char)bytes[0]);
        }
        bytes += n;
        len -= n;
    }
    to[used] = '\0';
    return to;
}
