/* 06_epoll/server.c: one thread, epoll(7), level-triggered
 *
 * Model    One thread waits for all clients at once. The kernel keeps the list of descriptors,
 *          and for each the events to wait for; epoll_wait returns only those that are ready, so a
 *          silent client costs memory and no time. Nothing is shared, nothing needs a lock.
 * Limits   One processor. A slow disk holds everybody up: a file is never "not ready". A slow
 *          client holds nobody up, and the output that waits for it is bounded.
 * Read     05_poll first; make diff A=05 B=06. core/turn/turn.h has what the three have in common
 * Man      epoll(7) epoll_ctl(2) epoll_wait(2) accept(2) recv(2)
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "turn/turn.h"

/* Descriptors reported at once, at most. If more are ready, the others are reported at the next
 * wait. */
enum { EVENTS_A_TURN = 1024 };

static struct server {
    struct turn turn;
    int epoll;
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
    /* a client takes one descriptor; epoll has no limit of its own */
    int status = setup_begin(&server.turn.setup, "epoll", 9006, 1, UINT_MAX, argc, argv);
    if (status >= 0)
        return status; /* after --help; or an error, which has been printed */
    server.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (server.epoll < 0 ||
        !turn_begin(&server.turn, watch, accept_clients, conn_recv, conn_send)) {
        perror("epoll-server: can't start");
        return 1;
    }
    serve();
    turn_free(&server.turn);
    close(server.epoll);
    return 0;
}

/* The event loop. One iteration is a turn: wait, report what is ready, serve. Beside the clients'
 * sockets the kernel watches the listener, the console, and a descriptor that a signal makes
 * readable. */
static void serve(void)
{
    struct epoll_event events[EVENTS_A_TURN];
    do {
        int n = epoll_wait(server.epoll, events, EVENTS_A_TURN, turn_timeout(&server.turn));
        for (int i = 0; i < n; i++) { /* -1: EINTR; unlike select and poll, it needs no memory */
            uint32_t e = events[i].events;
            turn_ready(&server.turn, events[i].data.fd, e & EPOLLIN, e & EPOLLOUT,
                       e & (EPOLLERR | EPOLLHUP));
        }
    } while (turn_end(&server.turn));
}

/* From now on the kernel is to report `to` of a descriptor; until now it was `from`. 0 is nothing.
 * Returns false, with errno, if a new descriptor can't be watched.
 *
 * WHY      ask for EPOLLOUT only while something waits to be sent
 * WITHOUT  a socket can nearly always be written: every wait returns at once, and the loop runs
 *          at 100 % of a processor                                   [mutant: 06-always-out]
 * MAN      epoll(7), "Level-triggered and edge-triggered"
 */
static bool watch(int fd, unsigned int from, unsigned int to)
{
    struct epoll_event event = {.data.fd = fd};
    if ((to & WATCH_READ) != 0)
        event.events |= EPOLLIN;
    if ((to & WATCH_WRITE) != 0)
        event.events |= EPOLLOUT;
    int change = from == 0 ? EPOLL_CTL_ADD : to == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
    return epoll_ctl(server.epoll, change, fd, &event) == 0;
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
 *                                                                    [mutant: 06-read-on]
 * MAN      recv(2); epoll(7), "Starvation"
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
 * WITHOUT  a client that reads slowly gets a part of the file only   [mutant: 06-send-once]
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
