/* loopback.h: sockets at 127.0.0.1 */
#ifndef SUPPORT_LOOPBACK_H
#define SUPPORT_LOOPBACK_H

#include <stdbool.h>
#include <stddef.h>

/* A listener at this port; at a free one, which is stored there, if it is 0. -1: errno has why. */
int loopback_listen(int *port, int backlog);

/* A connection to this port. -1: errno has why. */
int loopback_connect(int port);

/* Sends all of it, however long the other side takes to read. False: errno has why not. */
bool loopback_send(int fd, const char *bytes, size_t len);

#endif
