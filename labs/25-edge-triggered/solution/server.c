/* A solution of exercise 25: 06_epoll, edge-triggered
 *
 * Each client is registered once, for reading and writing, with EPOLLET. The kernel reports a
 * client when something new has happened to it, and not again. So the server remembers what it has
 * not used up: a client is unread from a report until recv returns EAGAIN, and on a list as long as
 * it can be served.
 *
 * The listener, the console and stop_descriptor stay level-triggered: turn.c leaves connections in
 * the backlog for the next turn, and relies on hearing of them again.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
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
    bool *unread; /* by descriptor: recv has not returned EAGAIN since the kernel's last report */
    size_t size;
    char buffer[SESSION_READ_MAX]; /* what was received, until the session has taken it */
} server;

static void serve(void);

/* called by core/turn: */
static bool watch(int fd, unsigned int from, unsigned int to);
static void accept_clients(void);
static bool conn_recv(struct client *c);
static bool conn_send(struct client *c, size_t max);

int main(int argc, char **argv)
{
    int status = setup_begin(&server.turn.setup, "epoll", 9006, 1, UINT_MAX, argc, argv);
    if (status >= 0)
        return status;
    server.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (server.epoll < 0 ||
        !turn_begin(&server.turn, watch, accept_clients, conn_recv, conn_send)) {
        perror("epoll-server: can't start");
        return 1;
    }
    serve();
    turn_free(&server.turn);
    free(server.unread);
    close(server.epoll);
    return 0;
}

static void serve(void)
{
    struct epoll_event events[EVENTS_A_TURN];
    do {
        int n = epoll_wait(server.epoll, events, EVENTS_A_TURN, turn_timeout(&server.turn));
        for (int i = 0; i < n; i++) {
            uint32_t e = events[i].events;
            struct client *c = clients_find(&server.turn.clients, events[i].data.fd);
            if (c != NULL && (e & EPOLLIN) != 0)
                server.unread[c->fd] = true;
            turn_ready(&server.turn, events[i].data.fd, e & EPOLLIN, e & EPOLLOUT,
                       e & (EPOLLERR | EPOLLHUP));
        }
    } while (turn_end(&server.turn));
}

/* Is it one of the few that turn.c expects to be level-triggered? */
static bool is_level(int fd)
{
    return fd == server.turn.setup.listener || fd == STDIN_FILENO || fd == stop_descriptor();
}

static bool unread_reach(size_t fd)
{
    if (fd >= server.size) {
        bool *unread = realloc(server.unread, 2 * fd + 1);
        if (unread == NULL)
            return false;
        server.unread = unread;
        server.size = 2 * fd + 1;
    }
    server.unread[fd] = false;
    return true;
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
    if (!unread_reach((size_t)fd))
        return false;
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

/* What is unread will not be reported again: it is read in the next turn, when the others have had
 * theirs. To read here until EAGAIN would let one client that sends without end stop all others. */
static void read_later(struct client *c)
{
    c->can_read = true;
    clients_list_add(&server.turn.clients, LIST_INPUT, c);
}

static bool conn_recv(struct client *c)
{
    ssize_t n = recv(c->fd, server.buffer, session_read_size(&c->session), 0);
    if (n >= 0) { /* 0: the peer has shut down: what it has sent is still answered */
        c->progress += (size_t)n;
        session_feed(&c->session, server.buffer, (size_t)n);
    }
    if (n > 0 || (n < 0 && errno == EINTR))
        read_later(c);
    else
        server.unread[c->fd] = false;
    return n >= 0 || errno == EAGAIN || errno == EINTR;
}

/* A socket that has not returned EAGAIN can be written to, and no report of that will come: the
 * client stays ready, and, if it has more to be sent, on the list. And a session that could not
 * take input before may take it now, since it always comes through here in between. */
static bool conn_send(struct client *c, size_t max)
{
    size_t sent = 0;
    ssize_t n;
    do {
        n = sender_send(&server.turn.sender, c->fd, &c->session.out, max - sent);
        sent += n > 0 ? (size_t)n : 0;
    } while (n > 0 && sent < max);
    bool full = n < 0 && errno == EAGAIN;
    if (n < 0 && !full && errno != EINTR)
        return false;
    c->progress += sent;
    if (!full)
        c->can_write = true;
    if (!full && (session_waits_for(&c->session) & SESSION_WRITE) != 0)
        clients_list_add(&server.turn.clients, LIST_BULK, c);
    if (server.unread[c->fd] && (session_waits_for(&c->session) & SESSION_READ) != 0)
        read_later(c);
    return true;
}
