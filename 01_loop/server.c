/* 01_loop/server.c: one client at a time
 *
 * Model    The oldest server there is: accept a client, serve it until it leaves, accept the next.
 *          Every call blocks, and the program reads from top to bottom like the conversation.
 * Limits   The second client waits until the first has left, and is not even greeted: the kernel
 *          has taken the connection, the server has not. One silent client stops all others, so
 *          timeouts matter most here, also for a member that only reads. The chat room has one
 *          member.
 * Read     this is the first of the six; then 02_fork, or 04_select
 * Man      accept(2) recv(2) send(2) socket(7)
 */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "chat/room_ring.h"
#include "process/setup.h"
#include "process/stop.h"
#include "sockets/net.h"
#include "sockets/sender.h"

enum {
    TICK = 100,              /* milliseconds that a call may block; then the server looks around */
    SEND_STEP = 1024 * 1024, /* bytes of a file sent in one call */
};

struct client {
    int fd;
    size_t moved; /* bytes received and sent in this tick */
    struct deadline deadline;
    struct session session;
};

static struct server {
    struct setup setup;
    struct sender sender;
    int64_t looked_at; /* when it last looked around */
    int64_t stop_at;   /* when a last transfer is cut; 0: not stopping */
    char buffer[SESSION_READ_MAX];
} server;

static void serve(void);
static void accept_client(void);
static void serve_client(int fd);
static bool conn_recv(struct client *c);
static bool conn_send(struct client *c);
static bool conn_in_time(struct client *c, int64_t before, int64_t now);
static void look_around(int64_t now);

int main(int argc, char **argv)
{
    struct setup *setup = &server.setup;
    int status = setup_begin(setup, "loop", 9001, 1, 1, argc, argv);
    if (status >= 0)
        return status;
    setup->timeouts.limit[PHASE_CHAT] = setup->timeouts.limit[PHASE_IDLE]; /* others wait */
    setup->shared.room = room_ring_new(1, setup->options.max_backlog, NULL);
    setup->shared.follows = true;
    /* On the listener, this is how long accept blocks; accepted sockets inherit it. */
    if (setup->shared.room == NULL || !net_receive_timeout(setup->listener, TICK) ||
        !net_send_timeout(setup->listener, TICK) || !stop_catch(false)) {
        perror("loop-server: can't start");
        return 1;
    }
    sender_open(&server.sender);
    setup_announce(setup);
    serve();

    room_ring_free(setup->shared.room);
    sender_close(&server.sender);
    setup_end(setup);
    return 0;
}

static void serve(void)
{
    while (server.stop_at == 0)
        accept_client();
}

static void accept_client(void)
{
    int fd = accept4(server.setup.listener, NULL, NULL, SOCK_CLOEXEC);
    int error = errno;    /* of accept: looking around has errors of its own */
    server.looked_at = 0; /* now: what is announced before this client came is not for it */
    look_around(clock_now());
    if (fd >= 0) {
        setup_accepted(&server.setup);
        serve_client(fd);
    } else if (setup_exhausted(&server.setup, error)) {
        clock_pause(TICK); /* accept does not wait for descriptors: so we do */
    }
}

/* ---- one client ---- */

static void serve_client(int fd)
{
    struct client c = {.fd = fd};
    int64_t now = clock_now();
    bool ok = true;
    unsigned int waits_for;
    session_init(&c.session, &server.setup.shared, &c); /* the greeting waits in the outbox */
    deadline_start(&c.deadline, &server.setup.timeouts, &c.session, now);
    setup_log(&server.setup, fd, "is served");
    while (ok && (waits_for = session_waits_for(&c.session)) != 0) {
        int64_t before = now;
        if ((waits_for & SESSION_CONTINUE) != 0)
            session_continue(&c.session);
        else if ((waits_for & SESSION_WRITE) != 0)
            ok = conn_send(&c);
        else
            ok = conn_recv(&c);
        now = clock_now();
        look_around(now);
        session_check_lag(&c.session);
        ok = ok && conn_in_time(&c, before, now);
    }
    session_free(&c.session);
    linger_add(&server.setup.lingering, fd, clock_now()); /* closed once the peer has closed */
}

/* Waits, a tick at most, and reads once. Returns false if the connection is broken.
 *
 * WHY      EAGAIN is no error here: the tick is over
 * WITHOUT  a client that sends nothing for a moment is closed         [mutant: 01-tick-is-error]
 * MAN      recv(2)
 */
static bool conn_recv(struct client *c)
{
    ssize_t n = recv(c->fd, server.buffer, session_read_size(&c->session), 0);
    if (n >= 0) { /* 0: the peer has shut down: what it has sent is still answered */
        c->moved += (size_t)n;
        session_feed(&c->session, server.buffer, (size_t)n);
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

/* Returns false if the client has timed out, and no reply can reach it any more. The deadline is
 * compared with the time before the last wait: a request that arrived in time is in time, though
 * the server may have been slow. */
static bool conn_in_time(struct client *c, int64_t before, int64_t now)
{
    deadline_update(&c->deadline, &c->session, c->moved, now);
    c->moved = 0;
    if (server.stop_at != 0) { /* no more requests; but a transfer under way continues */
        if (session_phase(&c->session) != PHASE_TRANSFER)
            shutdown(c->fd, SHUT_RD);
        return now < server.stop_at;
    }
    if (deadline_left(&c->deadline, &server.setup.timeouts, before) != 0)
        return true;
    if (!outbox_empty(&c->session.out))
        return false;
    session_fail(&c->session, PROTO_TIMEOUT);
    return true;
}

/* ---- between two calls ---- */

/* WHY      no call blocks for longer than a tick; between two calls the server looks, without
 *          waiting, whether there is a signal or a line of the console
 * WITHOUT  an announcement stays unread until the client sends something
 *                                                                    [mutant: 01-deaf-console]
 * MAN      socket(7), SO_RCVTIMEO
 */
static void look_around(int64_t now)
{
    struct room *room = server.setup.shared.room;
    if (stop_requests() > 0 && server.stop_at == 0)
        server.stop_at = now + STOP_GRACE;
    room_delivered(room, room_head(room)); /* its only member had its chance to be sent it */
    if (now - server.looked_at < TICK / 2)
        return;
    server.looked_at = now;
    console_read(&server.setup.console, room);
    (void)linger_sweep(&server.setup.lingering, now);
}
