/* 04_select/server.c: one thread, select(2)
 *
 * Model    One thread waits for all clients at once. It keeps two sets of descriptors, bit by bit:
 *          those to read from, and those to write to. select overwrites its arguments with those
 *          that are ready, so each wait works on a copy; afterwards the server goes through the
 *          bits until it has found all that are set. Nothing is shared, nothing needs a lock.
 * Limits   A set has FD_SETSIZE bits, 1024, whatever the system allows: a descriptor beyond it
 *          can't be watched. One processor; a silent client costs time at every wait. A slow disk
 *          holds everybody up. A slow client holds nobody up, and the output that waits for it is
 *          bounded.
 * Read     core/turn/turn.h, which has what 04, 05 and 06 have in common; then 05_poll with
 *          make diff A=04 B=05
 * Man      select(2) accept(2) recv(2)
 */
#include <errno.h>
#include <stdio.h>
#include <sys/select.h>
#include <sys/socket.h>

#include "turn/turn.h"

static struct server {
    struct turn turn;
    fd_set readers, writers;       /* descriptors to read from, and to write to */
    int highest;                   /* no descriptor above it is in a set */
    char buffer[SESSION_READ_MAX]; /* what was received, until the session has taken it */
} server;

static void serve(void);

/* called by core/turn: watch from turn_begin on, the others in turn_ready and turn_end: */
static bool watch(int fd, unsigned int from, unsigned int to);
static void accept_clients(void);
static bool conn_recv(struct client *c);
static bool conn_send(struct client *c, size_t max);

int main(int argc, char **argv)
{
    /* a client takes one descriptor; a set has FD_SETSIZE bits, some of them for other things */
    int status = setup_begin(&server.turn.setup, "select", 9004, 1, FD_SETSIZE - SETUP_DESCRIPTORS,
                             argc, argv);
    if (status >= 0)
        return status; /* after --help; or an error, which has been printed */
    if (!turn_begin(&server.turn, watch, accept_clients, conn_recv, conn_send)) {
        perror("select-server: can't start");
        return 1;
    }
    serve();
    turn_free(&server.turn);
    return 0;
}

/* The event loop. One iteration is a turn: wait, report what is ready, serve. Beside the clients'
 * sockets the kernel watches the listener, the console, and a descriptor that a signal makes
 * readable. */
static void serve(void)
{
    do {
        int timeout = turn_timeout(&server.turn);
        struct timeval wait = {.tv_sec = timeout / 1000, .tv_usec = timeout % 1000 * 1000};
        fd_set readable = server.readers, writable = server.writers; /* to be overwritten */
        int n = select(server.highest + 1, &readable, &writable, NULL, timeout < 0 ? NULL : &wait);
        if (n < 0)
            turn_wait_failed(); /* EINTR, or no memory for a copy of the sets */
        for (int fd = 0; n > 0 && fd <= server.highest; fd++) {
            bool can_read = FD_ISSET(fd, &readable), can_write = FD_ISSET(fd, &writable);
            n -= can_read + can_write; /* select counts bits */
            if (can_read || can_write)
                turn_ready(&server.turn, fd, can_read, can_write, false);
        }
    } while (turn_end(&server.turn));
}

/* From now on the kernel is to report `to` of a descriptor; until now it was `from`. 0 is nothing.
 * Returns false, with errno, if a new descriptor can't be watched.
 *
 * WHY      ask to write only while something waits to be sent
 * WITHOUT  a socket can nearly always be written: every wait returns at once, and the loop runs
 *          at 100 % of a processor                                   [mutant: 04-always-out]
 * MAN      select(2)
 *
 * WHY      FD_SET does not check whether the set has such a bit
 * WITHOUT  the bit of descriptor 1024 is written past the end of the set, into other memory
 *                                                                    [mutant: 04-no-limit]
 * MAN      select(2), "BUGS"
 */
static bool watch(int fd, unsigned int from, unsigned int to)
{
    (void)from;
    if (fd >= FD_SETSIZE) {
        errno = EMFILE;
        return false;
    }
    FD_CLR(fd, &server.readers);
    FD_CLR(fd, &server.writers);
    if ((to & WATCH_READ) != 0)
        FD_SET(fd, &server.readers);
    if ((to & WATCH_WRITE) != 0)
        FD_SET(fd, &server.writers);
    if (to != 0 && fd > server.highest)
        server.highest = fd;
    while (!FD_ISSET(server.highest, &server.readers) &&
           !FD_ISSET(server.highest, &server.writers) && server.highest > 0)
        server.highest--; /* the highest has gone: the kernel need not check those bits */
    return true;
}

/* turn_accepted serves or refuses each client; it returns false if no other one waits, or if those
 * were enough for one turn.
 *
 * WHY      the listener does not block (turn_begin sets that; SOCK_NONBLOCK is for the new
 *          socket): the client that made it ready may have gone meanwhile
 * WITHOUT  accept waits for the next one, and everybody waits with it [mutant: core-accept-blocks]
 * MAN      accept(2), "Notes"
 */
static void accept_clients(void)
{
    int fd;
    do
        fd = accept4(server.turn.setup.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    while (turn_accepted(&server.turn, fd));
}

/* Receives once, for the client's session: that puts its replies into the client's outbox. Returns
 * false if the connection is broken: most likely, the peer has reset it.
 *
 * WHY      read once, then serve the next client; what is left will be reported again
 * WITHOUT  a client that sends without end keeps all the others waiting
 *                                                                    [mutant: 04-read-on]
 * MAN      recv(2)
 */
static bool conn_recv(struct client *c)
{
    ssize_t n = recv(c->fd, server.buffer, session_read_size(&c->session), 0);
    if (n >= 0) { /* 0: the peer has shut down: what it has sent is still answered */
        c->progress += (size_t)n;
        session_feed(&c->session, server.buffer, (size_t)n);
    }
    return n >= 0 || errno == EAGAIN || errno == EINTR;
}

/* Sends up to `max` bytes from the outbox: the client's share of this list. sender_send calls
 * send(2) or sendmsg(2), for a file sendfile(2) or splice(2). Returns false if the connection is
 * broken.
 *
 * WHY      the kernel takes what it has room for: the rest stays in the outbox for the next time
 * WITHOUT  a client that reads slowly gets a part of the file only   [mutant: 04-send-once]
 * MAN      send(2), sendfile(2)
 */
static bool conn_send(struct client *c, size_t max)
{
    size_t sent = 0;
    ssize_t n;
    do {
        n = sender_send(&server.turn.sender, c->fd, &c->session.out, max - sent);
        sent += n > 0 ? (size_t)n : 0;
    } while (n > 0 && sent < max);
    c->progress += sent;
    return n >= 0 || errno == EAGAIN || errno == EINTR;
}
