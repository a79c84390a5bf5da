/* serverchild.h: the child between fork and exec; only serverproc.c needs it */
#ifndef SUPPORT_SERVERCHILD_H
#define SUPPORT_SERVERCHILD_H

#include "serverproc.h"

struct serverchild {
    const struct serverproc_config *config;
    const char *dir;
    char **argv;
    int in, out, log; /* become 0, 1 and 2 */
    int report;       /* a sentence for a failure before exec is written here; close-on-exec */
};

/* Becomes the server as config asks for. A sentence goes to report when that fails; it starts
 * with "skip: " when this machine does not allow it. */
_Noreturn void serverchild_exec(struct serverchild *child);

#endif
