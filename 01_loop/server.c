/* 01_loop/server.c: one client at a time
 *
 * Model    The oldest server there is: accept a client, serve it until it leaves, accept the next.
 *          Every call blocks, and the program reads from top to bottom like the conversation.
 * Limits   The second client waits until the first has left, and is not even greeted: the kernel
 *          has taken the connection, the server has not. One silent client stops all others, so
 *          timeouts matter most here, also for a client in the chat room that only reads. The chat
 *          room has one member.
 * Read     this is the first of the six; then 02_fork, or 04_select
 * Man      accept(2) recv(2) send(2) socket(7)
 */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#include "blocking/loop.h"

enum { SEND_STEP = 1024 * 1024 }; /* bytes of a file sent in one call */

static struct loop server;

static void serve(void);
static void accept_client(void);
static void serve_client(int fd);
static bool conn_recv(struct client *c);
static bool conn_send(struct client *c);

int main(int argc, char **argv)
{
    /* a client takes one descriptor; there is one client at most */
    int status = setup_begin(&server.setup, "loop", 9001, 1, 1, argc, argv);
    if (status >= 0)
        return status; /* after --help; or an error, which has been printed */
    if (!loop_begin(&server)) {
        perror("loop-server: can't start");
        return 1;
    }
    serve();
    loop_end(&server);
    return 0;
}

static void serve(void)
{
    while (loop_running(&server))
        accept_client();
}

static void accept_client(void)
{
    int fd = accept4(server.setup.listener, NULL, NULL, SOCK_CLOEXEC);
    if (loop_accepted(&server, fd))
        serve_client(fd);
}

/* The whole model: the next client is accepted when this function has returned. */
static void serve_client(int fd)
{
    struct client client, *c = &client;
    unsigned int waits_for;
    bool ok = true;
    loop_client_begin(&server, c, fd);
    while (ok && (waits_for = session_waits_for(&c->session)) != 0) {
        if ((waits_for & SESSION_CONTINUE) != 0)
            session_continue(&c->session);
        else if ((waits_for & SESSION_WRITE) != 0)
            ok = conn_send(c);
        else
            ok = conn_recv(c);
        ok = loop_check(&server, c) && ok;
    }
    loop_client_end(&server, c);
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
        c->progress += (size_t)n;
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
        c->progress += (size_t)n;
    return n >= 0 || errno == EAGAIN || errno == EINTR;
}
