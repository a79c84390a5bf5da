/* core/sockets/sender.h: the sending step, from an outbox to a socket */
#ifndef CORE_SENDER_H
#define CORE_SENDER_H

#include <stddef.h>
#include <sys/types.h>

#include "session/outbox.h"

/* A pipe, to send large files cheaply: one for each thread or process. It is empty between two
 * calls, so it serves all clients of that thread, one after another. */
struct sender {
    int ends[2]; /* 0, 0: not made; descriptors 0 to 2 are never a pipe's */
};

/* Sends once from the head of the outbox, up to max bytes: with send(2), or sendmsg(2) if they are
 * in several pieces; of a file with sendfile(2) or splice(2). Returns the bytes sent, 0 if the
 * outbox is empty; or -1 and errno. EAGAIN: the kernel takes no more now. EIO: the file is shorter
 * than the reply has announced. */
ssize_t sender_send(struct sender *sender, int fd, struct outbox *out, size_t max);

/* Makes the pipe now; else sender_send makes it when it is first needed. A server with one thread
 * makes it at its start, since it keeps it. If that fails, sender_send tries again whenever it
 * needs the pipe, and uses sendfile(2) while there is none. */
void sender_open(struct sender *sender);

/* Closes the pipe; also in a child process that has inherited it. */
void sender_close(struct sender *sender);

#endif
