/* loopback.h: sockets at 127.0.0.1 */
#ifndef SUPPORT_LOOPBACK_H
#define SUPPORT_LOOPBACK_H

/* A listener at this port; at a free one, which is stored there, if it is 0. -1: errno has why. */
int loopback_listen(int *port, int backlog);

/* A connection to this port. -1: errno has why. */
int loopback_connect(int port);

#endif
