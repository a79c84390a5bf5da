/* lacks.h: calls that a file system, or a kernel, does not have
 *
 *     static const struct lack no_locks[] = {{SYS_flock, ENOSYS, 0}, {.error = 0}};
 */
#ifndef LACKS_H
#define LACKS_H

#include <stdbool.h>

struct lack {
    int call;          /* SYS_flock, see syscalls(2) */
    int error;         /* what it fails with; 0: behind the last */
    unsigned int from; /* only if the first argument, a descriptor, is not below this */
};

/* From here on these calls fail in this process and in what it executes, by seccomp(2), which needs
 * no privilege. Between fork and exec; NULL: none. Returns false if that was not possible. */
bool lacks_begin(const struct lack *lacks);

#endif
