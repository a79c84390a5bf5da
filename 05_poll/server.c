/* 05_poll/server.c: one thread, poll(2)
 *
 * Model    One thread waits for all clients at once. It keeps an array with an entry for each
 *          descriptor: what is asked about it, and, filled in by poll, what is true of it. There is
 *          no limit but memory; yet the kernel reads the whole array at every wait, and so do we
 *          afterwards. Nothing is shared, nothing needs a lock.
 * Limits   One processor; a silent client costs time at every turn. A slow disk holds everybody up.
 *          A slow client holds nobody up, and what waits for it is bounded.
 * Read     04_select first; make diff A=04 B=05. Then 06_epoll
 * Man      poll(2) accept(2) recv(2)
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "turn/turn.h"

static struct server {
    struct turn turn;
    struct pollfd *polled;         /* one entry for each descriptor that is watched */
    size_t count, room;            /* entries in use, and room for */
    size_t holes;                  /* of them, those no longer watched: fd is -1 */
    size_t *place;                 /* by descriptor: the index of its entry */
    size_t places;                 /* descriptors there is room for in place */
    char buffer[SESSION_READ_MAX]; /* what was received, until the session has taken it */
} server;

static void serve(void);

/* called by core/turn/turn.c: */
static bool watch(int fd, unsigned int from, unsigned int to);
static void accept_clients(void);
static void conn_recv(struct client *c);
static void conn_send(struct client *c, size_t most);

int main(int argc, char **argv)
{
    static const struct turn_calls calls = {watch, accept_clients, conn_recv, conn_send};
    int status = setup_begin(&server.turn.setup, "poll", 9005, 1, UINT_MAX, argc, argv);
    if (status >= 0)
        return status;
    if (!turn_begin(&server.turn, &calls)) {
        perror("poll-server: can't start");
        return 1;
    }
    serve();
    turn_free(&server.turn);
    free(server.polled);
    free(server.place);
    return 0;
}

/* WHY      an entry that moves is found at its new place
 * WITHOUT  what its client wants from then on is written into another's entry: it is not served any
 *          more, and the other one is asked for the wrong thing       [mutant: 05-old-place]
 */
static void holes_fill(void)
{
    size_t used = 0;
    for (size_t i = 0; server.holes > 0 && i < server.count; i++) {
        if (server.polled[i].fd < 0)
            continue;
        server.place[server.polled[i].fd] = used;
        server.polled[used++] = server.polled[i];
    }
    if (server.holes > 0)
        server.count = used;
    server.holes = 0;
}

static void serve(void)
{
    while (turn_running(&server.turn)) {
        int n = poll(server.polled, server.count, turn_timeout(&server.turn));
        if (n < 0)
            turn_wait_failed(); /* EINTR, or no memory for a copy of the array */
        for (size_t i = 0; n > 0 && i < server.count; i++) {
            short e = server.polled[i].revents;
            if (e == 0)
                continue;
            n--;
            turn_ready(&server.turn, server.polled[i].fd,
                       ((e & POLLIN) != 0 ? WATCH_READ : 0U) |
                           ((e & POLLOUT) != 0 ? WATCH_WRITE : 0U) |
                           ((e & (POLLERR | POLLHUP)) != 0 ? WATCH_ERROR : 0U));
        }
        turn_end(&server.turn);
        holes_fill();
    }
}

static bool watch_begin(int fd)
{
    if ((size_t)fd >= server.places) {
        size_t places = 2 * (size_t)fd + 64;
        size_t *place = realloc(server.place, places * sizeof *place);
        if (place == NULL)
            return false;
        server.place = place;
        server.places = places;
    }
    if (server.count == server.room) {
        size_t room = server.room == 0 ? 64 : server.room * 2;
        struct pollfd *polled = realloc(server.polled, room * sizeof *polled);
        if (polled == NULL)
            return false;
        server.polled = polled;
        server.room = room;
    }
    server.place[fd] = server.count;
    server.polled[server.count++] = (struct pollfd){.fd = fd};
    return true;
}

/* WHY      ask for POLLOUT only while something waits to be sent
 * WITHOUT  a socket can nearly always be written: every wait returns at once, and the loop runs
 *          at 100 % of a processor                                   [mutant: 05-always-out]
 * MAN      poll(2)
 */
static bool watch(int fd, unsigned int from, unsigned int to)
{
    if (from == 0 && !watch_begin(fd))
        return false;
    struct pollfd *entry = &server.polled[server.place[fd]];
    entry->events = 0;
    if ((to & WATCH_READ) != 0)
        entry->events |= POLLIN;
    if ((to & WATCH_WRITE) != 0)
        entry->events |= POLLOUT;
    if (to == 0) { /* poll skips a negative descriptor, holes_fill closes the gap */
        entry->fd = -1;
        entry->revents = 0;
        server.holes++;
    }
    return true;
}

/* WHY      the listener does not block: the client that made it ready may have gone meanwhile
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

/* WHY      read once, then serve the next client; what is left will be reported again
 * WITHOUT  a client that sends without end keeps all the others waiting
 *                                                                    [mutant: 05-read-on]
 * MAN      recv(2)
 */
static void conn_recv(struct client *c)
{
    ssize_t n = recv(c->fd, server.buffer, session_read_size(&c->session), 0);
    if (n > 0) {
        c->moved += (size_t)n;
        session_feed(&c->session, server.buffer, (size_t)n);
    } else if (n == 0) {
        session_end(&c->session); /* the peer has shut down: what it has sent is still answered */
    } else if (errno != EAGAIN && errno != EINTR) {
        clients_close(&server.turn.clients, c); /* most likely reset by the peer */
    }
}

/* WHY      the kernel takes what it has room for: the rest stays in the outbox for the next time
 * WITHOUT  a client that reads slowly gets a part of the file only   [mutant: 05-send-once]
 * MAN      send(2), sendfile(2)
 */
static void conn_send(struct client *c, size_t most)
{
    size_t sent = 0;
    ssize_t n;
    do {
        n = sender_send(&server.turn.sender, c->fd, &c->session.out, most);
        sent += n > 0 ? (size_t)n : 0;
    } while (n > 0 && sent < most);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        clients_close(&server.turn.clients, c);
    c->moved += sent;
}
