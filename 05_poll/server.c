/* 05_poll/server.c: one thread, poll(2)
 *
 * Model    One thread waits for all clients at once. It keeps an array with an entry for each
 *          descriptor: which events to wait for and, filled in by poll, which have happened. There
 *          is no limit of 1024; but the kernel goes through the whole array at every wait, and then
 *          the server does, until it has found every ready entry. Nothing is shared, nothing needs
 *          a lock.
 * Limits   One processor; a silent client costs time at every wait. A slow disk holds everybody up.
 *          A slow client holds nobody up, and the output that waits for it is bounded.
 * Read     04_select first; make diff A=04 B=05. Then 06_epoll
 * Man      poll(2) accept(2) recv(2)
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/array.h"
#include "turn/turn.h"

static struct server {
    struct turn turn;
    struct pollfd *polled;         /* an entry for each descriptor that is watched */
    size_t count, size;            /* entries in use, and allocated */
    size_t *index_of, indices;     /* index_of[fd]: where its entry is; indices: allocated */
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
    /* a client takes one descriptor; poll has no limit of its own */
    int status = setup_begin(&server.turn.setup, "poll", 9005, 1, UINT_MAX, argc, argv);
    if (status >= 0)
        return status; /* after --help; or an error, which has been printed */
    if (!turn_begin(&server.turn, watch, accept_clients, conn_recv, conn_send)) {
        perror("poll-server: can't start");
        return 1;
    }
    serve();
    turn_free(&server.turn);
    free(server.polled);
    free(server.index_of);
    return 0;
}

/* The event loop. One iteration is a turn: wait, report what is ready, serve. Beside the clients'
 * sockets the kernel watches the listener, the console, and a descriptor that a signal makes
 * readable. */
static void serve(void)
{
    do {
        int n = poll(server.polled, server.count, turn_timeout(&server.turn));
        if (n < 0)
            turn_wait_failed(); /* EINTR, or no memory for a copy of the array */
        for (size_t i = server.count; n > 0 && i-- > 0;) { /* down: see watch_end */
            short e = server.polled[i].revents;
            if (e == 0)
                continue;
            n--;
            turn_ready(&server.turn, server.polled[i].fd, e & POLLIN, e & POLLOUT,
                       e & (POLLERR | POLLHUP));
        }
    } while (turn_end(&server.turn));
}

/* Adds an entry at the end. */
static bool watch_begin(int fd)
{
    struct pollfd *polled = array_reach(server.polled, &server.size, server.count, sizeof *polled);
    if (polled == NULL)
        return false;
    server.polled = polled;
    size_t *index_of = array_reach(server.index_of, &server.indices, (size_t)fd, sizeof *index_of);
    if (index_of == NULL)
        return false;
    server.index_of = index_of;
    server.index_of[fd] = server.count++;
    return true;
}

/* The last entry moves to the place of the one that is removed. The loop in serve goes down, so an
 * entry that moves has been reported already.
 *
 * WHY      an entry that moves is found at its new place
 * WITHOUT  the events to wait for are written into another client's entry: this client is not
 *          served any more, and the other is watched for the wrong events [mutant: 05-old-place]
 */
static void watch_end(int fd)
{
    struct pollfd last = server.polled[--server.count];
    server.polled[server.index_of[fd]] = last;
    server.index_of[last.fd] = server.index_of[fd];
}

/* From now on the kernel is to report `to` of a descriptor; until now it was `from`. 0 is nothing.
 * Returns false, with errno, if a new descriptor can't be watched.
 *
 * WHY      ask for POLLOUT only while something waits to be sent
 * WITHOUT  a socket can nearly always be written: every wait returns at once, and the loop runs
 *          at 100 % of a processor                                   [mutant: 05-always-out]
 * MAN      poll(2)
 */
static bool watch(int fd, unsigned int from, unsigned int to)
{
    if (from == 0 && !watch_begin(fd))
        return false;
    struct pollfd *entry = &server.polled[server.index_of[fd]];
    *entry = (struct pollfd){.fd = fd};
    if ((to & WATCH_READ) != 0)
        entry->events |= POLLIN;
    if ((to & WATCH_WRITE) != 0)
        entry->events |= POLLOUT;
    if (to == 0)
        watch_end(fd);
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
 *                                                                    [mutant: 05-read-on]
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
 * WITHOUT  a client that reads slowly gets a part of the file only   [mutant: 05-send-once]
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
