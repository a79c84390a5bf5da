/* 06_epoll/server.c: one thread, epoll(7), level-triggered
 *
 * Model    One thread waits for all clients at once. The kernel keeps the list of descriptors and
 *          what is asked about each; epoll_wait returns only those that are ready, so a silent
 *          client costs nothing but memory. Nothing is shared, nothing needs a lock: to speak in
 *          the chat room is to append to everybody's outbox.
 * Limits   One processor. While the disk is slow, everybody waits: files have no "not ready" in
 *          epoll. A slow client holds nobody up; what waits for it is bounded.
 * Read     05_poll first; make diff A=05 B=06
 * Man      epoll(7) epoll_ctl(2) epoll_pwait(2) accept(2) recv(2) sendfile(2)
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clients.h"
#include "clock.h"
#include "console.h"
#include "log.h"
#include "net.h"
#include "room_list.h"
#include "setup.h"

enum {
    EVENTS_A_TURN = 256,         /* descriptors reported at once */
    ACCEPTS_A_TURN = 64,         /* clients taken in a turn */
    SEND_A_TURN = 1024 * 1024,   /* bytes of a file sent to one client in a turn */
    OUTBOX_FULL = 64 * 1024,     /* bytes waiting that are sent before the turn ends */
    ACCEPT_PAUSE = 100,          /* milliseconds without accepting when descriptors ran out */
};

static struct server {
    struct setup setup;
    struct clients clients;
    struct net_refused refused;
    struct console console;
    int64_t accept_again; /* when accepting goes on; 0: it is on */
    int64_t stop_at;      /* when the last transfers are cut; 0: not stopping */
    int epoll;
    char scratch[SESSION_READ_MAX]; /* what was received, until its session has taken it */
} server;

static volatile sig_atomic_t stops; /* how often we were asked to stop */

static void on_stop(int signal)
{
    (void)signal;
    if (stops++ > 0)
        _exit(1);
}

/* ---- what the kernel watches ---- */

/* WHY      ask for EPOLLOUT only while something waits to be sent
 * WITHOUT  a socket can nearly always be written: every wait returns at once, and the loop runs
 *          at 100 % of a processor                                   [mutant: 06-always-out]
 * MAN      epoll(7), "Level-triggered and edge-triggered"
 */
static void watch(struct client *c, unsigned int what)
{
    if (what == c->watched)
        return;
    struct epoll_event event = {.data.fd = c->fd};
    event.events = (what & WATCH_READ ? EPOLLIN : 0U) | (what & WATCH_WRITE ? EPOLLOUT : 0U);
    (void)epoll_ctl(server.epoll, EPOLL_CTL_MOD, c->fd, &event); /* can't fail: it was added */
    c->watched = (unsigned char)what;
}

/* For a new client, the listener and the console. Returns false where the kernel refuses. */
static bool watch_begin(int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    return epoll_ctl(server.epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void watch_end(int fd)
{
    (void)epoll_ctl(server.epoll, EPOLL_CTL_DEL, fd, NULL);
}

/* ---- one client ---- */

static void conn_close(struct client *c)
{
    if (c->closed)
        return;
    if (server.setup.options.verbose)
        log_line("epoll", "client %d has gone", c->fd);
    watch_end(c->fd);
    clients_close(&server.clients, c);
}

static void conn_open(int fd)
{
    struct client *c = clients_add(&server.clients, fd, &server.setup.shared);
    if (c == NULL || !watch_begin(fd)) {
        if (c != NULL)
            conn_close(c);
        else
            net_refuse(&server.refused, fd, server.clients.now);
        return;
    }
    c->watched = WATCH_READ;
    clients_work(&server.clients, c); /* the greeting */
}

/* WHY      read once, then serve the next client; what is left is reported again
 * WITHOUT  a client that sends without end keeps all others waiting  [mutant: 06-read-forever]
 * MAN      recv(2), epoll(7) "Starvation"
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
        conn_close(c); /* reset by the other end, most likely */
        return;
    }
    clients_work(&server.clients, c);
}

/* WHY      the kernel may take a part only: the rest stays in the outbox
 * WITHOUT  a reader slower than its download gets a torn file        [mutant: 06-send-whole]
 * MAN      send(2), sendfile(2)
 */
static void conn_send(struct client *c)
{
    size_t sent = 0;
    while (sent < SEND_A_TURN && !outbox_empty(&c->session.out)) {
        ssize_t n = net_send(c->fd, &c->session.out, SEND_A_TURN - sent);
        if (n < 0) {
            if (errno != EAGAIN && errno != EINTR)
                conn_close(c);
            break;
        }
        sent += (size_t)n;
    }
    c->moved += sent;
}

/* The chat room has an event for this member. */
static void conn_hear(void *owner, const char *event, size_t len)
{
    struct client *c = owner;
    if (c->closed)
        return;
    session_hear(&c->session, event, len);
    if (c->session.out.event_bytes >= OUTBOX_FULL)
        conn_send(c);
    clients_work(&server.clients, c);
}

/* All is said. Shut down, and wait for the other end to do so too. */
static void conn_linger(struct client *c)
{
    if (c->session.broken || c->session.ended) {
        conn_close(c);
        return;
    }
    c->lingering = true;
    shutdown(c->fd, SHUT_WR);
    watch(c, WATCH_READ);
}

/* The kernel has reported something about this client. */
static void conn_ready(struct client *c, bool failed)
{
    if (c->lingering) {
        if (net_drain(c->fd, &c->dropped) || c->dropped > NET_LINGER_MAX)
            conn_close(c);
    } else if (session_wants_read(&c->session)) {
        conn_recv(c);
    } else if (failed) {
        conn_close(c); /* reported whether asked for or not: only closing ends it */
    } else {
        clients_work(&server.clients, c); /* room to send */
    }
}

/* When the server stops: no more requests, but a transfer under way goes on. */
static void conn_stop(struct client *c)
{
    if (session_phase(&c->session) != PHASE_TRANSFER)
        shutdown(c->fd, SHUT_RD);
}

static void conn_expire(struct client *c)
{
    bool silent = !c->lingering && outbox_empty(&c->session.out);
    if (!silent) {
        conn_close(c); /* it does not even read: nothing can be said to it */
        return;
    }
    session_fail(&c->session, PROTO_TIMEOUT);
    clients_work(&server.clients, c);
    clients_wait(&server.clients, c);
}

/* The end of a turn, for one that has work: send, and find out what to wait for. */
static void conn_turn(struct client *c)
{
    struct session *s = &c->session;
    if (c->closed || c->lingering)
        return;
    conn_send(c);
    if (!c->closed && session_done(s))
        conn_linger(c);
    if (c->closed)
        return;
    if (server.stop_at != 0)
        conn_stop(c);
    if (session_runnable(s))
        clients_work(&server.clients, c);
    if (!c->lingering)
        watch(c, (session_wants_read(s) ? WATCH_READ : 0U) |
                     (outbox_empty(&s->out) ? 0U : WATCH_WRITE));
    clients_wait(&server.clients, c);
}

/* ---- all of them ---- */

/* WHY      when descriptors have run out, stop watching the listener for a moment
 * WITHOUT  the waiting client keeps the listener ready, accept fails again and again, and the
 *          loop runs at 100 % of a processor                         [mutant: 06-accept-spin]
 * MAN      accept(2), EMFILE
 */
static void accept_pause(void)
{
    if (server.accept_again == 0)
        log_line("epoll", "out of descriptors or memory: not accepting for a moment");
    watch_end(server.setup.listener);
    server.accept_again = server.clients.now + ACCEPT_PAUSE;
}

/* WHY      the listener does not block: the client that made it ready may be gone by now
 * WITHOUT  accept waits for the next one, and everybody waits with it
 *                                                                    [mutant: 06-blocking-accept]
 * MAN      accept(2), "Notes"
 */
static void accept_clients(void)
{
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        int fd = accept4(server.setup.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
                accept_pause();
            else if (errno == ECONNABORTED || errno == EINTR)
                continue;
            return;
        }
        if (server.clients.count < server.setup.options.max_clients)
            conn_open(fd);
        else
            net_refuse(&server.refused, fd, server.clients.now);
    }
}

static void accept_resume(void)
{
    if (server.accept_again == 0 || server.clients.now < server.accept_again)
        return;
    server.accept_again = 0;
    watch_begin(server.setup.listener);
}

static void stop_begin(void)
{
    server.stop_at = server.clients.now + STOP_GRACE;
    close(server.setup.listener); /* which also ends watching it */
    server.setup.listener = -1;
    server.accept_again = 0;
    for (size_t fd = 0; fd < server.clients.size; fd++)
        if (server.clients.by_fd[fd] != NULL)
            conn_stop(server.clients.by_fd[fd]);
}

static void stop_now(void)
{
    for (size_t fd = 0; fd < server.clients.size; fd++)
        if (server.clients.by_fd[fd] != NULL)
            conn_close(server.clients.by_fd[fd]);
}

/* WHY      what the turn has queued is sent at its end: however many lines a member is told, that
 *          is one system call
 * WITHOUT  a system call for each line and member: thirty times the cost of a busy chat room
 *                                                                    [mutant: 06-send-each]
 */
static void turn_end(void)
{
    struct client *c;
    while ((c = clients_expired(&server.clients)) != NULL)
        conn_expire(c);
    for (c = server.clients.first_work; c != NULL; c = c->next_work)
        if (session_runnable(&c->session))
            session_run(&c->session);
    const struct client *last = server.clients.last_work;
    while ((c = clients_next_work(&server.clients)) != NULL) {
        conn_turn(c);
        if (c == last)
            break; /* who found more work gets it in the next turn */
    }
    clients_reap(&server.clients);
}

/* How long may the kernel let us sleep? Milliseconds, -1: for ever. */
static int64_t turn_wait(void)
{
    if (server.clients.first_work != NULL)
        return 0;
    int64_t wait = clients_patience(&server.clients);
    wait = clock_sooner(wait, net_refused_sweep(&server.refused, server.clients.now));
    if (server.accept_again != 0)
        wait = clock_sooner(wait, ACCEPT_PAUSE);
    if (server.stop_at != 0)
        wait = clock_sooner(wait, server.stop_at - server.clients.now);
    return wait > INT_MAX ? INT_MAX : wait;
}

/* WHY      the end of the console is the end of watching it
 * WITHOUT  end of file is "ready" for ever: </dev/null makes the loop run at 100 % of a processor
 *                                                                    [mutant: 06-console-eof]
 */
static void console_ready(void)
{
    console_read(&server.console, server.setup.shared.room);
    if (!server.console.open)
        watch_end(STDIN_FILENO);
}

static void ready(int fd, uint32_t events)
{
    struct client *c = clients_find(&server.clients, fd);
    if (c != NULL)
        conn_ready(c, (events & (EPOLLERR | EPOLLHUP)) != 0);
    else if (fd == server.setup.listener)
        accept_clients();
    else if (fd == STDIN_FILENO)
        console_ready();
}

/* WHY      signals are blocked but while we sleep: the wait itself lets them through
 * WITHOUT  one that comes just before the wait is slept over         [mutant: 06-plain-wait]
 * MAN      epoll_pwait(2), signal-safety(7)
 */
static void serve(const sigset_t *while_waiting)
{
    struct epoll_event events[EVENTS_A_TURN];
    while (server.stop_at == 0 || server.clients.count > 0) {
        int n = epoll_pwait(server.epoll, events, EVENTS_A_TURN, (int)turn_wait(), while_waiting);
        server.clients.now = clock_now();
        for (int i = 0; i < n; i++)
            ready(events[i].data.fd, events[i].events);
        accept_resume();
        if (stops > 0 && server.stop_at == 0)
            stop_begin();
        if (server.stop_at != 0 && server.clients.now >= server.stop_at)
            stop_now();
        turn_end();
    }
}

int main(int argc, char **argv)
{
    int status = setup_begin(&server.setup, "epoll", 9006, 1, UINT_MAX, argc, argv);
    if (status >= 0)
        return status;
    server.setup.shared.room = room_list_new(conn_hear);
    server.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (server.setup.shared.room == NULL || server.epoll < 0) {
        perror("epoll-server: can't start");
        return 1;
    }
    server.clients.patience = patience_of(&server.setup.options);
    server.clients.now = clock_now();

    sigset_t stop_signals, while_waiting;
    sigemptyset(&stop_signals);
    sigaddset(&stop_signals, SIGINT);
    sigaddset(&stop_signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &stop_signals, &while_waiting);
    setup_catch(SIGINT, on_stop);
    setup_catch(SIGTERM, on_stop);

    console_init(&server.console, "epoll");
    if (!net_never_wait(server.setup.listener) || !watch_begin(server.setup.listener)) {
        perror("epoll-server: can't watch the listener");
        return 1;
    }
    if (!watch_begin(STDIN_FILENO)) /* a file or /dev/null: always ready, so read it now */
        while (server.console.open)
            console_ready();
    setup_announce(&server.setup);
    serve(&while_waiting);

    net_refused_close(&server.refused);
    clients_free(&server.clients);
    room_list_free(server.setup.shared.room);
    close(server.epoll);
    setup_end(&server.setup);
    return 0;
}
