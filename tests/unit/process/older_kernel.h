/* older_kernel.h: a kernel whose Landlock seems to be an older one */
#ifndef UNIT_OLDER_KERNEL_H
#define UNIT_OLDER_KERNEL_H

#include <stdbool.h>

/* On other processors the result of a call can't be made up. */
#if defined(__x86_64__) || defined(__aarch64__)
enum { KERNEL_CAN_BE_OLDER = 1 };
#else
enum { KERNEL_CAN_BE_OLDER = 0 };
#endif

/* From now on a process that asks for the ABI gets an older one: the call is trapped (seccomp(2)),
 * and the handler puts in its result. All else is as it was, so a sandbox is entered in truth. */
bool kernel_is_older(int abi);

#endif
