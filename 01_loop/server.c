/* 01_loop/server.c: one client at a time
 *
 * Model    The oldest server there is: accept a client, serve it until it leaves, accept the next.
 *          Every call blocks, and the program reads from top to bottom like the conversation.
 * Limits   Whoever comes second waits until the first has left, and is not even greeted: the kernel
 *          has taken the connection, nobody has taken the client. One silent client stops all
 *          others, so timeouts matter most here, also for a member that only listens. The chat
 *          room has one member.
 * Read     this is the first of the six; then 02_fork, or 04_select
 * Man      accept(2) recv(2) send(2) socket(7)
 */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "chat/room_ring.h"
#include "process/console.h"
#include "process/setup.h"
#include "process/stop.h"
#include "sockets/net.h"
#include "sockets/patience.h"
#include "sockets/sender.h"

enum {
    TICK = 100,              /* milliseconds that a call may block; then the server looks around */
    SEND_STEP = 1024 * 1024, /* bytes of a file sent in one call */
};

struct client {
    int fd;
    size_t moved; /* bytes received and sent since the last look at the clock */
    struct patience_mark mark;
    struct session session;
};

static struct server {
    struct setup setup;
    struct patience patience;
    struct net_parting parting;
    struct console console;
    struct sender sender;
    int64_t looked;  /* when it last looked around */
    int64_t stop_at; /* when a last transfer is cut; 0: not stopping */
    char scratch[SESSION_READ_MAX];
} server;

/* ---- between two calls ---- */

/* WHY      no call blocks for longer than a tick; between two calls the server looks, without
 *          waiting, whether there is a signal or a line of the console
 * WITHOUT  an announcement stays unread until the client says something
 *                                                                    [mutant: 01-deaf-console]
 * MAN      socket(7), SO_RCVTIMEO
 */
static void look_around(int64_t now)
{
    if (stop_requests() > 0 && server.stop_at == 0)
        server.stop_at = now + STOP_GRACE;
    struct room *room = server.setup.shared.room;
    room_delivered(room, room_head(room)); /* its only member has had its chance */
    if (now - server.looked < TICK / 2)
        return;
    server.looked = now;
    console_read(&server.console, room);
    (void)net_parting_sweep(&server.parting, now);
}

/* ---- one client ---- */

static void conn_open(struct client *c, int fd)
{
    *c = (struct client){.fd = fd};
    session_init(&c->session, &server.setup.shared, c); /* the greeting waits in the outbox */
    patience_begin(&c->mark, &c->session, clock_now());
    setup_note(&server.setup, fd, "is served");
}

static void conn_close(struct client *c)
{
    session_free(&c->session);
    net_part(&server.parting, c->fd, clock_now()); /* closed once the other end has closed */
}

/* Waits, a tick at most, and reads once. Returns false if the connection is broken.
 *
 * WHY      EAGAIN is no error here: the tick is over
 * WITHOUT  a client that sends nothing for a moment is closed         [mutant: 01-tick-is-error]
 * MAN      recv(2)
 */
static bool conn_recv(struct client *c)
{
    ssize_t n = recv(c->fd, server.scratch, session_read_size(&c->session), 0);
    if (n > 0) {
        c->moved += (size_t)n;
        session_feed(&c->session, server.scratch, (size_t)n);
    } else if (n == 0) {
        session_end(&c->session); /* the other end has shut down: what came is still answered */
    }
    return n >= 0 || errno == EAGAIN || errno == EINTR;
}

/* Sends once. Returns false if the connection is broken.
 *
 * WHY      the kernel takes what it has room for: the rest stays in the outbox for the next time
 * WITHOUT  a client that reads slowly gets a part of the file only   [mutant: 01-send-once]
 * MAN      send(2), sendfile(2)
 */
static bool conn_send(struct client *c)
{
    ssize_t n = sender_send(&server.sender, c->fd, &c->session.out, SEND_STEP);
    if (n > 0)
        c->moved += (size_t)n;
    return n >= 0 || errno == EAGAIN || errno == EINTR;
}

/* Has the client timed out? Returns false if no reply can reach it any more. The time before the
 * last wait counts: a request that arrived in time is in time, though the server may have been
 * slow. */
static bool conn_patience(struct client *c, int64_t before, int64_t now)
{
    patience_note(&c->mark, &c->session, c->moved, now);
    c->moved = 0;
    if (server.stop_at != 0) { /* no more requests; but a transfer under way continues */
        if (session_phase(&c->session) != PHASE_TRANSFER)
            shutdown(c->fd, SHUT_RD);
        return now < server.stop_at;
    }
    if (patience_left(&server.patience, &c->mark, before) != 0)
        return true;
    if (!outbox_empty(&c->session.out))
        return false;
    session_fail(&c->session, PROTO_TIMEOUT);
    return true;
}

static void serve_client(int fd)
{
    struct client c;
    bool fine = true;
    conn_open(&c, fd);
    int64_t now = clock_now();
    while (fine && !session_done(&c.session)) {
        int64_t before = now;
        if (session_runnable(&c.session))
            session_run(&c.session);
        else if (!outbox_empty(&c.session.out))
            fine = conn_send(&c);
        else
            fine = conn_recv(&c);
        now = clock_now();
        look_around(now);
        session_news(&c.session);
        fine = fine && conn_patience(&c, before, now);
    }
    conn_close(&c);
}

/* ---- all of them, one after another ---- */

static void accept_client(void)
{
    int fd = accept4(server.setup.listener, NULL, NULL, SOCK_CLOEXEC);
    int error = errno; /* of accept: looking around has errors of its own */
    server.looked = 0; /* at once: what was announced before this client came is not for it */
    look_around(clock_now());
    if (fd >= 0) {
        setup_accepted(&server.setup);
        serve_client(fd);
    } else if (setup_exhausted(&server.setup, error)) {
        clock_pause(TICK); /* accept does not wait for descriptors: so we do */
    }
}

static void serve(void)
{
    while (server.stop_at == 0)
        accept_client();
}

int main(int argc, char **argv)
{
    int status = setup_begin(&server.setup, "loop", 9001, 1, 1, argc, argv);
    if (status >= 0)
        return status;
    server.patience = patience_of(&server.setup.options);
    server.patience.limit[PHASE_CHAT] = server.patience.limit[PHASE_IDLE]; /* others wait */
    server.setup.shared.room = room_ring_new(1, server.setup.options.max_backlog, NULL);
    server.setup.shared.follows = true;
    /* On the listener, this is how long accept blocks; accepted sockets inherit it. */
    if (server.setup.shared.room == NULL || !net_receive_timeout(server.setup.listener, TICK) ||
        !net_send_timeout(server.setup.listener, TICK) || !stop_catch(false)) {
        perror("loop-server: can't start");
        return 1;
    }
    sender_open(&server.sender);
    console_init(&server.console, "loop");
    setup_announce(&server.setup);
    serve();

    room_ring_free(server.setup.shared.room);
    net_parting_close(&server.parting);
    sender_close(&server.sender);
    stop_close();
    setup_end(&server.setup);
    return 0;
}
