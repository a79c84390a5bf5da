/* core/sockets/net.h: listening sockets, addresses, and options of sockets */
#ifndef CORE_NET_H
#define CORE_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/proto.h"

struct options;

/* Opens a listening socket (IPv4 or IPv6) and sets on it what every connection inherits from it:
 * TCP_NODELAY, keepalive. Returns its descriptor; or -1 with a sentence in why. */
int net_listen(const struct options *options, char *why, size_t why_size);

/* O_NONBLOCK: from now on no call on this descriptor waits. */
bool net_set_nonblocking(int fd);

/* Did a call fail for want of descriptors or memory? Then it will fail again, until some are
 * freed. */
bool net_exhausted(int errnum);

/* "127.0.0.1:9006" or "[::1]:9006" of a socket's own end. Returns buffer. */
const char *net_name(int fd, char *buffer, size_t size);

/* The same of the other end. */
const char *net_peer(int fd, char *buffer, size_t size);

/* Sends "ERR <code> …" without waiting, or nothing: to a client that gets no other reply. */
void net_send_error(int fd, enum proto_code code);

/* Does poll(2) report any of these events of a socket now? Does not wait. */
bool net_ready(int fd, short events);

/* How long a recv(2) or send(2) that blocks waits before it fails with EAGAIN; ms 0: for ever. */
bool net_receive_timeout(int fd, int64_t ms);
bool net_send_timeout(int fd, int64_t ms);

#endif
