/* core/sockets/linger.h: closing a connection so that the last reply arrives
 *
 * If a socket is closed while unread input waits, the kernel sends a reset, and that destroys the
 * last reply on its way (RFC 1122, 4.2.2.13). A lingering close shuts down the sending side, reads
 * and drops input until the peer closes too, for a bounded time, and only then closes. When the
 * server stops, that time is counted from a client's last request on (deadline_linger_since): one
 * that has been silent for longer is sending nothing now, and the server's end does not wait for
 * it.
 *
 * The rule is the same everywhere, but for a client that has been silent for a part of that time:
 * the event loop gives it the whole from then on (clients.c says why). What differs is who waits
 * for the peer: a blocking server in linger_wait; a list of sockets that is swept now and then; or
 * the event loop, which drains a socket when it is readable (turn/clients.h).
 */
#ifndef CORE_LINGER_H
#define CORE_LINGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LINGER_TIME = 2000,       /* milliseconds that the peer gets to close */
    LINGER_MAX = 1024 * 1024, /* bytes read and dropped meanwhile */
};

/* Begins a lingering close: shuts down the sending side. */
void linger_begin(int fd);

/* Drops the input that is there, without waiting; *dropped counts its bytes. Returns true if the
 * socket is to be closed now: the peer has closed or sent too much, or the connection is broken. */
bool linger_drain(int fd, size_t *dropped);

/* For a blocking server: begins a lingering close, and waits until the peer has closed, until
 * LINGER_TIME after `since` at most. Then the caller closes the socket. */
void linger_wait(int fd, int64_t since);

/* Sockets in a lingering close, in a server that has no time to wait for each: refused clients, and
 * in 01_loop all clients. If there are more than LINGER_LIST, the oldest is closed early. */
enum { LINGER_LIST = 32 };

struct linger_list {
    struct {
        int fd;
        size_t dropped;
        int64_t until;
    } sockets[LINGER_LIST];
    unsigned int first, count;
};

/* Begins a lingering close; the descriptor belongs to the list from now on. */
void linger_add(struct linger_list *list, int fd, int64_t now);

/* Closes those whose peer has closed or whose time is over: from the oldest on, up to the first
 * that still has to wait. Returns milliseconds to the next call; -1: the list is empty. */
int64_t linger_sweep(struct linger_list *list, int64_t now);

/* At the end of the server: waits until all are closed, until the time of the last is over. */
void linger_finish(struct linger_list *list);

/* Closes all: in a child process, whose copies would keep them open. */
void linger_close_all(struct linger_list *list);

#endif
