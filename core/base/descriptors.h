/* core/base/descriptors.h: what a program does about its descriptors before it opens any */
#ifndef CORE_DESCRIPTORS_H
#define CORE_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>

/* Opens /dev/null for each of 0, 1 and 2 that the program was started without: else the next file
 * or socket would get that number, and be sent what is printed (stdio(3)). False: one is missing,
 * and there is no /dev/null to put there. */
bool descriptors_open_standard(void);

/* Raises the soft limit of open descriptors to the hard one, and returns it. */
size_t descriptors_raise(void);

#endif
