/* bench/common/stdfds.h: descriptors 0, 1 and 2 are open, whatever started us
 *
 * If one of them is closed, the next file or socket gets its number, and output goes into it:
 * stdio(3). Every main calls this first.
 */
#ifndef BENCH_STDFDS_H
#define BENCH_STDFDS_H

#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

/* Opens /dev/null for each that is closed: open(2) takes the lowest free number. False: errno. */
static inline bool stdfds_open(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    return fd > STDERR_FILENO && close(fd) == 0;
}

#endif
