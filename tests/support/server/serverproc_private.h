/* serverproc_private.h: what serverproc.c and serverproc_port.c share */
#ifndef SUPPORT_SERVERPROC_PRIVATE_H
#define SUPPORT_SERVERPROC_PRIVATE_H

#include "serverproc.h"

/* Sets where this run begins to look for free ports. */
void serverproc_ports_begin(void);

/* A free port for a server of somebody else. claim is a socket: while it is open, no other run of
 * these tests takes that port. */
int serverproc_free_port(int *claim);

#endif
