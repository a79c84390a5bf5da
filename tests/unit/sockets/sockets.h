/* sockets.h: connected sockets, and what has arrived at their other end */
#ifndef UNIT_SOCKETS_H
#define UNIT_SOCKETS_H

#include <stdbool.h>

#include "base/options.h"
#include "sink.h"

/* A pair of connected sockets, of the family AF_UNIX. */
void sockets_pair(int pair[2]);

/* Two ends of a TCP connection: accepted, and connected. */
void sockets_tcp(int pair[2]);

void sockets_close(int pair[2]);

int sockets_listener(struct options *options);

/* Adds what has been received, without waiting for more. */
void sockets_receive(int fd, struct sink *sink);

/* Everything up to the end of the connection. False: that is a reset. */
bool sockets_receive_all(int fd, struct sink *sink);

/* Waits for events of poll(2), ten seconds at most. */
void sockets_wait(int fd, short events);

#endif
