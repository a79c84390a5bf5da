/* A solution of exercise 25: 06_epoll, edge-triggered
 *
 * Each client is registered once, for reading and writing, with EPOLLET. The kernel reports a
 * client when something new has happened to it, and not again. So the server remembers what it has
 * not used up: a client is UNREAD from a report until recv returns EAGAIN, and on a list as long as
 * it can be served.
 *
 * The listener, the console and stop_descriptor stay level-triggered: turn.c leaves connections in
 * the backlog for the next turn, and relies on hearing of them again.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "process/stop.h"
#include "turn/turn.h"

/* Descriptors reported at once. With fewer, one that is ready waits for several turns when many
 * are. */
enum { EVENTS_A_TURN = 1024 };

static struct server {
    struct turn turn;
    int epoll;
    char buffer[SESSION_READ_MAX]; /* what was received, until the session has taken it */
} server;

/* A bit of client->ready: recv has not returned EAGAIN since the kernel's last report. */
enum { UNREAD = 1 << 7 };

static void serve(void);

/* called by core/turn/turn.c: */
static bool watch(int fd, unsigned int from, unsigned int to);
static void accept_clients(void);
static void conn_recv(struct client *c);
static void conn_send(struct client *c, size_t most);

int main(int argc, char **argv)
{
    static const struct turn_calls calls = {watch, accept_clients, conn_recv, conn_send};
    int status = setup_begin(&server.turn.setup, "epoll", 9006, 1, UINT_MAX, argc, argv);
    if (status >= 0)
        return status;
    server.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (server.epoll < 0 || !turn_begin(&server.turn, &calls)) {
        perror("epoll-server: can't start");
        return 1;
    }
    serve();
    turn_free(&server.turn);
    close(server.epoll);
    return 0;
}

static void serve(void)
{
    struct epoll_event events[EVENTS_A_TURN];
    while (turn_running(&server.turn)) {
        int n = epoll_wait(server.epoll, events, EVENTS_A_TURN, turn_timeout(&server.turn));
        for (int i = 0; i < n; i++) {
            uint32_t e = events[i].events;
            struct client *c = clients_find(&server.turn.clients, events[i].data.fd);
            if (c != NULL && (e & EPOLLIN) != 0)
                c->ready |= UNREAD;
            turn_ready(&server.turn, events[i].data.fd,
                       ((e & EPOLLIN) != 0 ? WATCH_READ : 0U) |
                           ((e & EPOLLOUT) != 0 ? WATCH_WRITE : 0U) |
                           ((e & (EPOLLERR | EPOLLHUP)) != 0 ? WATCH_ERROR : 0U));
        }
        turn_end(&server.turn);
    }
}

/* Is it one of the few that turn.c expects to be level-triggered? */
static bool is_level(int fd)
{
    return fd == server.turn.setup.listener || fd == STDIN_FILENO || fd == stop_descriptor();
}

/* A client is registered once, for everything. A change of what it waits for needs no call: what is
 * not wanted now is remembered. */
static bool watch(int fd, unsigned int from, unsigned int to)
{
    struct epoll_event event = {.data.fd = fd};
    if (to == 0)
        return epoll_ctl(server.epoll, EPOLL_CTL_DEL, fd, &event) == 0;
    if (from != 0)
        return true;
    event.events = is_level(fd) ? EPOLLIN : EPOLLIN | EPOLLOUT | EPOLLET;
    return epoll_ctl(server.epoll, EPOLL_CTL_ADD, fd, &event) == 0;
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

/* What is UNREAD will not be reported again: it is read in the next turn, when the others have had
 * theirs. To read here until EAGAIN would let one client that sends without end stop all others. */
static void read_later(struct client *c)
{
    c->ready |= WATCH_READ;
    clients_list(&server.turn.clients, LIST_INPUT, c);
}

static void conn_recv(struct client *c)
{
    ssize_t n = recv(c->fd, server.buffer, session_read_size(&c->session), 0);
    if (n > 0) {
        c->moved += (size_t)n;
        session_feed(&c->session, server.buffer, (size_t)n);
        read_later(c);
    } else if (n == 0) {
        c->ready &= (unsigned char)~UNREAD;
        session_end(&c->session); /* the peer has shut down: what it has sent is still answered */
    } else if (errno == EINTR) {
        read_later(c);
    } else if (errno == EAGAIN) {
        c->ready &= (unsigned char)~UNREAD;
    } else {
        clients_close(&server.turn.clients, c); /* most likely reset by the peer */
    }
}

/* A socket that has not returned EAGAIN can be written to, and no report of that will come: the
 * client stays ready, and, if it has more to be sent, on the list. And a session that could not
 * take input before may take it now, since it always comes through here in between. */
static void conn_send(struct client *c, size_t most)
{
    size_t sent = 0;
    ssize_t n;
    do {
        n = sender_send(&server.turn.sender, c->fd, &c->session.out, most);
        sent += n > 0 ? (size_t)n : 0;
    } while (n > 0 && sent < most);
    bool full = n < 0 && errno == EAGAIN;
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        clients_close(&server.turn.clients, c);
        return;
    }
    c->moved += sent;
    if (!full)
        c->ready |= WATCH_WRITE;
    if (!full && (session_waits_for(&c->session) & SESSION_WRITE) != 0)
        clients_list(&server.turn.clients, LIST_BULK, c);
    if ((c->ready & UNREAD) != 0 && (session_waits_for(&c->session) & SESSION_READ) != 0)
        read_later(c);
}
