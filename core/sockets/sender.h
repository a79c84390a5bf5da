/* core/sockets/sender.h: the sending step, from an outbox to a socket */
#ifndef CORE_SENDER_H
#define CORE_SENDER_H

#include <stddef.h>
#include <sys/types.h>

#include "session/outbox.h"

/* What one thread or process needs to send large files cheaply: a pipe. It is empty between two calls,
 * so it serves all clients, one after another. */
struct sender {
    int ends[2]; /* 0, 0: not made; descriptors 0 to 2 are never a pipe's */
};

/* Sends once what stands first in the outbox, up to about max bytes: with send(2), or of a file with
 * sendfile(2) or splice(2). Returns the bytes that went out, 0 where there were none; or -1 and
 * errno. EAGAIN: the kernel takes no more now. EIO: the file is shorter than what was promised. */
ssize_t sender_send(struct sender *sender, int fd, struct outbox *out, size_t max);

/* Makes the pipe now; else it is made when it is first needed. A server with one thread does so at its
 * start, since it keeps it. Where there is no pipe to be had, it goes without. */
void sender_open(struct sender *sender);

/* Closes the pipe; also in a child process that has inherited it. */
void sender_close(struct sender *sender);

#endif
