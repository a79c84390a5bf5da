/* 06_epoll/server.c: one thread, epoll(7), level-triggered
 *
 * Model    One thread waits for all clients at once. The kernel keeps the list of descriptors and
 *          what is asked about each; epoll_wait returns only those that are ready, so a silent
 *          client costs memory and no time. Nothing is shared, nothing needs a lock.
 * Limits   One processor. A slow disk holds everybody up: a file is never "not ready". A slow
 *          client holds nobody up, and what waits for it is bounded.
 * Read     05_poll first; make diff A=05 B=06. core/turn/turn.h has what the three have in common
 * Man      epoll(7) epoll_ctl(2) epoll_wait(2) accept(2) recv(2)
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "process/setup.h"
#include "sockets/sender.h"
#include "turn/turn.h"

/* Descriptors reported at once. With fewer, one that is ready waits for several turns when many are. */
enum { EVENTS_A_TURN = 1024 };

static struct server {
    struct setup setup;
    struct turn turn;
    struct sender sender;
    int epoll;
    char scratch[SESSION_READ_MAX]; /* what was received, until its session has taken it */
} server;

static void serve(void);
static bool watch(int fd, unsigned int from, unsigned int to);
static void accept_clients(void);
static void conn_recv(struct client *c);
static void conn_send(struct client *c, size_t most);

int main(int argc, char **argv)
{
    static const struct turn_calls calls = {watch, accept_clients, conn_recv, conn_send};
    int status = setup_begin(&server.setup, "epoll", 9006, 1, UINT_MAX, argc, argv);
    if (status >= 0)
        return status;
    server.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (server.epoll < 0 || !turn_begin(&server.turn, &server.setup, &calls)) {
        perror("epoll-server: can't start");
        return 1;
    }
    sender_open(&server.sender);
    setup_announce(&server.setup);
    serve();

    turn_free(&server.turn);
    close(server.epoll);
    sender_close(&server.sender);
    setup_end(&server.setup);
    return 0;
}

static void serve(void)
{
    struct epoll_event events[EVENTS_A_TURN];
    while (turn_goes_on(&server.turn)) {
        int n = epoll_wait(server.epoll, events, EVENTS_A_TURN, turn_timeout(&server.turn));
        for (int i = 0; i < n; i++) {
            uint32_t e = events[i].events;
            turn_ready(&server.turn, events[i].data.fd,
                       ((e & EPOLLIN) != 0 ? WATCH_READ : 0U) |
                           ((e & EPOLLOUT) != 0 ? WATCH_WRITE : 0U) |
                           ((e & (EPOLLERR | EPOLLHUP)) != 0 ? TURN_FAILED : 0U));
        }
        turn_end(&server.turn);
    }
}

/* WHY      ask for EPOLLOUT only while something waits to be sent
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

/* WHY      the listener does not block: the client that made it ready may have gone meanwhile
 * WITHOUT  accept waits for the next one, and everybody waits with it [mutant: core-accept-blocks]
 * MAN      accept(2), "Notes"
 */
static void accept_clients(void)
{
    for (int i = 0; i < TURN_ACCEPTS; i++) {
        int fd = accept4(server.setup.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            turn_open(&server.turn, fd);
        } else if (setup_exhausted(&server.setup, errno)) {
            turn_pause_accept(&server.turn);
            return;
        } else if (errno != ECONNABORTED && errno != EINTR) {
            return; /* EAGAIN: nobody is waiting any more */
        }
    }
}

/* WHY      read once, then serve the next client; what is left will be reported again
 * WITHOUT  a client that sends without end keeps all the others waiting
 *                                                                    [mutant: 06-read-on]
 * MAN      recv(2); epoll(7), "Starvation"
 */
static void conn_recv(struct client *c)
{
    ssize_t n = recv(c->fd, server.scratch, session_read_size(&c->session), 0);
    if (n > 0) {
        c->moved += (size_t)n;
        session_feed(&c->session, server.scratch, (size_t)n);
    } else if (n == 0) {
        session_end(&c->session); /* the other end has shut down: what came is still answered */
    } else if (errno != EAGAIN && errno != EINTR) {
        clients_close(&server.turn.clients, c); /* most likely reset by the other end */
    }
}

/* WHY      the kernel takes what it has room for: the rest stays in the outbox for the next time
 * WITHOUT  a client that reads slowly gets a part of the file only   [mutant: 06-send-once]
 * MAN      send(2), sendfile(2)
 */
static void conn_send(struct client *c, size_t most)
{
    size_t sent = 0;
    while (sent < most && !outbox_empty(&c->session.out)) {
        ssize_t n = sender_send(&server.sender, c->fd, &c->session.out, most);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            clients_close(&server.turn.clients, c);
        if (n <= 0)
            break;
        sent += (size_t)n;
    }
    c->moved += sent;
}
