/* 04_select/server.c: one thread, select(2)
 *
 * Model    One thread waits for all clients at once. It keeps two sets of descriptors, bit by bit:
 *          whom to read from, whom to write to. select overwrites its arguments with those that
 *          are ready, so each wait works on a copy, and afterwards every bit is looked at. Nothing
 *          is shared, nothing needs a lock: to speak in the chat room is to append to everybody's
 *          outbox.
 * Limits   A set has FD_SETSIZE bits, 1024, whatever the system allows: a descriptor beyond it
 *          can't be watched. One processor; a silent client costs time at every turn. A slow disk
 *          holds everybody up. A slow client holds nobody up, and what waits for it is bounded.
 * Read     this is the first of the three; then 05_poll with make diff A=04 B=05
 * Man      select(2) pselect(2) accept(2) recv(2)
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clients.h"
#include "clock.h"
#include "console.h"
#include "net.h"
#include "room_list.h"
#include "sender.h"
#include "setup.h"

enum {
    ACCEPTS_A_TURN = 64,       /* clients taken in a turn */
    SEND_A_TURN = 1024 * 1024, /* bytes of a file sent to one client in a turn */
    ACCEPT_PAUSE = 100,        /* milliseconds without accepting when descriptors ran out */
};

static struct server {
    struct setup setup;
    struct clients clients;
    struct console console;
    struct sender sender;
    int64_t accept_again;           /* when accepting goes on; 0: it is on */
    fd_set readers, writers;        /* whom we want to read from, and write to */
    int highest;                    /* no descriptor above it is in a set */
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

/* WHY      ask to write only while something waits to be sent
 * WITHOUT  a socket can nearly always be written: every wait returns at once, and the loop runs
 *          at 100 % of a processor                                   [mutant: 04-always-out]
 * MAN      select(2)
 */
static void watch(struct client *c, unsigned int what)
{
    if ((what & WATCH_READ) != 0)
        FD_SET(c->fd, &server.readers);
    else
        FD_CLR(c->fd, &server.readers);
    if ((what & WATCH_WRITE) != 0)
        FD_SET(c->fd, &server.writers);
    else
        FD_CLR(c->fd, &server.writers);
    c->watched = (unsigned char)what;
    if (what != 0 && c->fd > server.highest)
        server.highest = c->fd;
    while (!FD_ISSET(server.highest, &server.readers) &&
           !FD_ISSET(server.highest, &server.writers) && server.highest > 0)
        server.highest--; /* after a crowd has left, the kernel need not look that far */
}

/* For a new client, the listener and the console. Returns false where select can't watch it.
 *
 * WHY      FD_SET does not look whether the set has such a bit
 * WITHOUT  descriptor 1024 is written behind the end of the set, into whatever stands there
 *                                                                    [mutant: 04-no-limit]
 * MAN      select(2), "BUGS"
 */
static bool watch_begin(int fd)
{
    if (fd >= FD_SETSIZE) {
        errno = EMFILE;
        return false;
    }
    FD_SET(fd, &server.readers);
    if (fd > server.highest)
        server.highest = fd;
    return true;
}

static void watch_end(int fd)
{
    if (fd < FD_SETSIZE)
        FD_CLR(fd, &server.readers);
}

/* ---- one client ---- */

static void conn_open(int fd)
{
    struct client *c = NULL;
    if (server.clients.count < server.setup.options.max_clients && watch_begin(fd))
        c = clients_add(&server.clients, fd, &server.setup.shared);
    if (c == NULL) {
        watch_end(fd);
        setup_note(&server.setup, fd, "is turned away");
        net_refuse(&server.clients.parting, fd, server.clients.now);
        return;
    }
    setup_note(&server.setup, fd, "is served");
    c->watched = WATCH_READ;
}

static void conn_close(struct client *c)
{
    clients_close(&server.clients, c); /* which also ends watching it, and closes c->fd later */
}

/* WHY      read once, then serve the next client; what is left will be reported again
 * WITHOUT  a client that sends without end keeps all the others waiting
 *                                                                    [mutant: 04-read-on]
 * MAN      recv(2)
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
        conn_close(c); /* most likely reset by the other end */
    }
}

/* WHY      the kernel takes what it has room for: the rest stays in the outbox for the next time
 * WITHOUT  a client that reads slower than we send gets a torn file  [mutant: 04-send-once]
 * MAN      send(2), sendfile(2)
 */
static void conn_send(struct client *c)
{
    size_t sent = 0;
    while (sent < SEND_A_TURN && !outbox_empty(&c->session.out)) {
        ssize_t n = sender_send(&server.sender, c->fd, &c->session.out, SEND_A_TURN);
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
    clients_work(&server.clients, c);
    if (c->session.out.event_bytes > server.setup.options.max_backlog / 4)
        conn_send(c);
}

/* WHY      a client whose connection broke is "ready" too: the next recv or send says so
 * WITHOUT  a client that has reset is reported for ever: 100 % of a processor
 *                                                                    [mutant: 04-ignore-error]
 * MAN      select(2)
 */
static void conn_ready(struct client *c)
{
    if (c->lingering)
        clients_drain(&server.clients, c);
    else if (session_wants_read(&c->session))
        conn_recv(c);
    clients_work(&server.clients, c); /* something to answer, or room to send */
}

/* ---- all of them ---- */

/* WHY      when descriptors have run out, stop watching the listener for a moment
 * WITHOUT  the waiting client keeps the listener ready, accept fails again and again, and the
 *          loop runs at 100 % of a processor                         [mutant: 04-accept-spin]
 * MAN      accept(2), EMFILE
 */
static void accept_pause(void)
{
    watch_end(server.setup.listener);
    server.accept_again = server.clients.now + ACCEPT_PAUSE;
}

static void accept_resume(void)
{
    if (server.accept_again == 0 || server.clients.now < server.accept_again)
        return;
    bool watched = watch_begin(server.setup.listener); /* memory for that may be lacking still */
    server.accept_again = watched ? 0 : server.clients.now + ACCEPT_PAUSE;
}

/* WHY      the listener does not block: the client that made it ready may have gone meanwhile
 * WITHOUT  accept waits for the next one, and everybody waits with it [mutant: 04-accept-blocks]
 * MAN      accept(2), "Notes"
 */
static void accept_clients(void)
{
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        int fd = accept4(server.setup.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            setup_accepted(&server.setup);
            conn_open(fd);
        } else if (setup_exhausted(&server.setup, errno)) {
            accept_pause();
            return;
        } else if (errno != ECONNABORTED && errno != EINTR) {
            return; /* EAGAIN: nobody is waiting any more */
        }
    }
}

/* WHY      the end of the console is the end of watching it
 * WITHOUT  end of file is "ready" for ever: with </dev/null the loop runs at 100 % of a processor
 *                                                                    [mutant: 04-console-eof]
 */
static void console_ready(void)
{
    console_read(&server.console, server.setup.shared.room);
    if (!server.console.open)
        watch_end(STDIN_FILENO);
}

static void stop_begin(void)
{
    watch_end(server.setup.listener);
    close(server.setup.listener);
    server.setup.listener = -1;
    server.accept_again = 0;
    clients_stop(&server.clients);
}

/* WHY      what a turn has queued is sent at its end: however many lines a member is told, that
 *          is one system call
 * WITHOUT  a busy chat room costs a system call for each line and member
 *                                                                    [mutant: 04-send-each]
 */
static void turn_end(void)
{
    struct client *c;
    clients_expire(&server.clients);
    for (c = server.clients.first_work; c != NULL; c = c->next_work)
        if (!c->closed && session_runnable(&c->session))
            session_run(&c->session);
    const struct client *last = server.clients.last_work;
    while ((c = clients_next_work(&server.clients)) != NULL) {
        if (!c->closed && !c->lingering)
            conn_send(c);
        clients_settle(&server.clients, c);
        if (c == last)
            break; /* who has found more work gets it in the next turn */
    }
    clients_reap(&server.clients);
}

static void ready(int fd)
{
    struct client *c = clients_find(&server.clients, fd);
    if (c != NULL)
        conn_ready(c);
    else if (fd == server.setup.listener)
        accept_clients();
    else if (fd == STDIN_FILENO)
        console_ready();
}

/* WHY      the signals are blocked but while we sleep: the wait itself lets them through
 * WITHOUT  one that comes just before the wait is slept over         [mutant: 04-plain-wait]
 * MAN      pselect(2), signal(7)
 */
static void serve(const sigset_t *while_waiting)
{
    while (server.clients.stop_at == 0 || server.clients.count > 0) {
        int timeout = clients_timeout(&server.clients);
        if (server.accept_again != 0)
            timeout = (int)clock_sooner(timeout, ACCEPT_PAUSE);
        const struct timespec wait = clock_timespec(timeout);
        fd_set readable = server.readers, writable = server.writers; /* to be overwritten */
        int n = pselect(server.highest + 1, &readable, &writable, NULL, timeout < 0 ? NULL : &wait,
                        while_waiting);
        if (n < 0 && net_exhausted(errno)) /* there was no memory for a copy of the sets */
            clock_pause(ACCEPT_PAUSE);
        server.clients.now = clock_now();
        for (int fd = 0; n > 0 && fd <= server.highest; fd++)
            if (FD_ISSET(fd, &readable) || FD_ISSET(fd, &writable))
                ready(fd);
        accept_resume();
        if (stops > 0 && server.clients.stop_at == 0)
            stop_begin();
        turn_end();
    }
}

int main(int argc, char **argv)
{
    int status =
        setup_begin(&server.setup, "select", 9004, 1, FD_SETSIZE - SETUP_DESCRIPTORS, argc, argv);
    if (status >= 0)
        return status;
    sigset_t while_waiting;
    setup_stop_signals(on_stop, &while_waiting);
    server.clients.watch = watch;
    server.clients.patience = patience_of(&server.setup.options);
    server.clients.now = clock_now();
    server.setup.shared.room = room_list_new(conn_hear);
    if (server.setup.shared.room == NULL || !net_never_wait(server.setup.listener) ||
        !watch_begin(server.setup.listener) || !watch_begin(STDIN_FILENO)) {
        perror("select-server: can't start");
        return 1;
    }
    sender_open(&server.sender);
    console_init(&server.console, "select");
    setup_announce(&server.setup);
    serve(&while_waiting);

    room_list_free(server.setup.shared.room);
    clients_free(&server.clients);
    sender_close(&server.sender);
    setup_end(&server.setup);
    return 0;
}
