/* core/sockets/net.h: listening sockets, and closing in a way that loses nothing */
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
bool net_never_wait(int fd);

/* Has accept(2) failed for want of descriptors or memory? Then it will again, until some are freed. */
bool net_exhausted(int errnum);

/* "127.0.0.1:9006" or "[::1]:9006" of a socket's own end. Returns buffer. */
const char *net_name(int fd, char *buffer, size_t size);

/* The same of the other end. */
const char *net_peer(int fd, char *buffer, size_t size);

/* Raises the soft limit of open descriptors to the hard one, and returns it. */
size_t net_raise_descriptors(void);

/* Says "ERR <code> …" at once or not at all: for a client that nothing else is said to. */
void net_tell(int fd, enum proto_code code);

/* How long a blocking recv(2) or send(2) waits before it gives up with EAGAIN; ms 0: for ever. */
bool net_receive_timeout(int fd, int64_t ms);
bool net_send_timeout(int fd, int64_t ms);

/* What the kernel does when a socket is closed while unread input waits: it sends a reset, and
 * that destroys the last reply on its way (RFC 1122, 4.2.2.13). So the last words are: shut the
 * sending side down, read on until the other end closes too, for a bounded time, then close. */

enum {
    NET_LINGER = 2000,            /* milliseconds that the other end gets for it */
    NET_LINGER_MAX = 1024 * 1024, /* bytes read and dropped meanwhile */
};

/* Reads what is there, without waiting, and drops it. Returns true at the other end's close or a
 * broken connection; *dropped counts the bytes. */
bool net_drain(int fd, size_t *dropped);

/* The same for a blocking server: shuts down, waits for the other end, closes. */
void net_close_gently(int fd);

/* Those to whom all is said but who have not closed yet, where nobody has the time to wait for each:
 * clients turned away as busy, and all clients of 01_loop. They get NET_LINGER. At most NET_PARTING
 * at once; where that is not enough, the oldest is closed early. */
enum { NET_PARTING = 32 };

struct net_parting {
    int fd[NET_PARTING];
    int64_t until[NET_PARTING];
    unsigned int first, count;
};

/* Shuts the sending side down, and takes the descriptor over. */
void net_part(struct net_parting *parting, int fd, int64_t now);

/* The same for a client that can't be served: it is told "ERR busy" first. */
void net_refuse(struct net_parting *parting, int fd, int64_t now);

/* Closes those that have closed or whose time is over. Returns milliseconds to the next call, -1
 * where none is left. */
int64_t net_parting_sweep(struct net_parting *parting, int64_t now);

/* Closes all: at the end, and in a child process, whose copies would keep them open. */
void net_parting_close(struct net_parting *parting);

#endif
