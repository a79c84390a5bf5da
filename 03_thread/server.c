/* 03_thread/server.c: a thread for each client
 *
 * Model    The main thread accepts; each client gets a thread that serves it in a straight line and
 *          blocks whenever there is nothing to do. All memory is shared: the chat room is a log of
 *          events with a read position for each member. A member gets a second thread, its
 *          forwarder, which waits for the log to grow and writes to the member's socket. Two
 *          threads write to that socket, so each holds a lock while it sends whole replies or whole
 *          events.
 * Limits   A stack and a kernel thread for every client, also for a silent one. Every access to
 *          what is shared must be locked, and one mistake ends the whole server.
 * Read     02_fork first, the same with processes; make diff A=02 B=03
 * Man      pthreads(7) pthread_create(3) pthread_cond_wait(3)
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "blocking/acceptor.h"
#include "blocking/peer.h"
#include "process/stop.h"

enum { STACK = 256 * 1024 }; /* bytes of address space; only what is used takes memory */

/* On the stack of its thread. */
struct client {
    struct peer peer;
    pthread_t forwarder; /* while there is a member */
    LIST_ENTRY(client) link;
};

static struct server {
    struct setup setup;
    pthread_attr_t attributes; /* of every thread */
    pthread_mutex_t lock;      /* guards the list of clients */
    pthread_cond_t all_gone;
    LIST_HEAD(client_list, client) clients;
    atomic_uint count; /* of clients, also of those that are not on the list yet, or any more */
    atomic_bool stopping;
} server;

static void serve(void);
static void accept_client(void);
static void serve_client(int fd);
static bool forwarder_start(void *owner, struct member *member);
static void forwarder_join(struct client *c);
static void server_stop(void);

static bool server_start(void)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&server.all_gone, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&server.lock, NULL);
    pthread_attr_init(&server.attributes);
    pthread_attr_setstacksize(&server.attributes, STACK);
    return acceptor_begin(&server.setup, false, forwarder_start);
}

int main(int argc, char **argv)
{
    int status = setup_begin(&server.setup, "thread", 9003, 1, UINT_MAX, argc, argv);
    if (status >= 0)
        return status;
    if (!server_start()) {
        perror("thread-server: can't start");
        return 1;
    }
    setup_announce(&server.setup);
    serve();
    server_stop();
    pthread_attr_destroy(&server.attributes);
    if (server.count == 0) /* else a thread still uses it all; it ends with the process */
        acceptor_end(&server.setup);
    return 0;
}

static void serve(void)
{
    while (stop_requests() == 0)
        if (acceptor_wait(&server.setup, -1))
            accept_client();
}

static void *thread_main(void *argument)
{
    pthread_detach(pthread_self()); /* nobody joins it: its stack is freed when it ends */
    serve_client((int)(intptr_t)argument);
    pthread_mutex_lock(&server.lock);
    if (--server.count == 0)
        pthread_cond_signal(&server.all_gone);
    pthread_mutex_unlock(&server.lock);
    return NULL;
}

/* WHY      pthread_create can fail: then refuse this client, and serve the others
 * WITHOUT  the server ends, or forgets the connection and leaks it   [mutant: 03-thread-fails]
 * MAN      pthread_create(3), EAGAIN
 */
static bool client_start(int fd)
{
    pthread_t thread;
    void *argument = (void *)(intptr_t)fd;
    if (server.count >= server.setup.options.max_clients)
        return false;
    server.count++; /* first: the thread may end before pthread_create returns */
    bool started = pthread_create(&thread, &server.attributes, thread_main, argument) == 0;
    if (!started)
        server.count--;
    return started;
}

static void accept_client(void)
{
    int fd = accept4(server.setup.listener, NULL, NULL, SOCK_CLOEXEC);
    if (acceptor_has_client(&server.setup, fd) && !client_start(fd))
        setup_refuse(&server.setup, fd, clock_now());
}

/* ---- one client, in its own thread ---- */

static void list_add(struct client *c)
{
    pthread_mutex_lock(&server.lock);
    LIST_INSERT_HEAD(&server.clients, c, link);
    pthread_mutex_unlock(&server.lock);
}

static void list_remove(struct client *c)
{
    pthread_mutex_lock(&server.lock);
    LIST_REMOVE(c, link);
    pthread_mutex_unlock(&server.lock);
}

static void conn_open(struct client *c, int fd)
{
    peer_begin(&c->peer, &server.setup, fd, c);
    list_add(c);
}

/* Reads once. Returns false if the connection is broken. */
static bool conn_recv(struct client *c)
{
    char lines[SESSION_READ_SMALL], *bytes = lines;
    size_t size = peer_receive(&c->peer, &bytes);
    if (size == 0)
        return true;                     /* it has timed out */
    if (c->peer.idle && server.stopping) /* server_stop sets and looks in the other order */
        shutdown(c->peer.fd, SHUT_RD);
    ssize_t n = recv(c->peer.fd, bytes, size, 0);
    return peer_received(&c->peer, bytes, n);
}

/* Sends once. Returns false if the connection is broken, or the client does not read. */
static bool conn_send(struct client *c)
{
    ssize_t n = sender_send(&c->peer.sender, c->peer.fd, &c->peer.session.out, PEER_SEND);
    return peer_sent(&c->peer, n);
}

/* Sends all that waits, under a member's write lock, so that no event gets in between. */
static bool conn_flush(struct client *c)
{
    bool ok = peer_flush_begin(&c->peer);
    while (ok && !outbox_empty(&c->peer.session.out))
        ok = conn_send(c);
    if (peer_flush_end(&c->peer))
        forwarder_join(c);
    return ok;
}

static void conn_close(struct client *c, bool gently)
{
    if (peer_end(&c->peer, gently))
        forwarder_join(c);
    list_remove(c); /* before its descriptor is closed, and its number reused */
    peer_close(&c->peer, gently);
}

static void serve_client(int fd)
{
    struct client client = {0}, *c = &client;
    unsigned int waits_for;
    bool ok = true;
    conn_open(c, fd);
    while (ok && (waits_for = session_waits_for(&c->peer.session)) != 0)
        if ((waits_for & SESSION_WRITE) != 0)
            ok = conn_flush(c);
        else if ((waits_for & SESSION_CONTINUE) != 0)
            session_continue(&c->peer.session);
        else
            ok = conn_recv(c);
    ok = ok && conn_flush(c); /* events for a member whose input has ended */
    conn_close(c, ok && !c->peer.session.out.failed);
}

/* ---- the chat: the forwarder of a member ---- */

/* WHY      if the forwarder fails, it shuts the connection down, and the session's recv returns
 * WITHOUT  a member that gets no events any more stays in the room    [mutant: 03-quiet-end]
 * MAN      shutdown(2)
 */
static void *forwarder_main(void *argument)
{
    struct client *c = argument;
    if (!membership_forward(&c->peer.membership))
        shutdown(c->peer.fd, SHUT_RDWR);
    return NULL;
}

/* Called by room_enter: the forwarder must exist before anybody can speak to the member. */
static bool forwarder_start(void *owner, struct member *member)
{
    struct client *c = owner;
    membership_begin(&c->peer.membership, server.setup.shared.room, member);
    if (pthread_create(&c->forwarder, &server.attributes, forwarder_main, c) == 0)
        return true;
    membership_cancel(&c->peer.membership);
    return false;
}

/* The member has left the room, so its forwarder ends by itself. */
static void forwarder_join(struct client *c)
{
    pthread_join(c->forwarder, NULL);
    membership_end(&c->peer.membership);
}

/* Shuts down one side of every connection, or only of those that are between requests. */
static void clients_shut(bool idle_only, int how)
{
    pthread_mutex_lock(&server.lock);
    struct client *c;
    LIST_FOREACH (c, &server.clients, link)
        if (!idle_only || c->peer.idle)
            shutdown(c->peer.fd, how);
    pthread_mutex_unlock(&server.lock);
}

/* Waits until all clients have gone. */
static void clients_wait(int64_t ms)
{
    const struct timespec until = clock_timespec(clock_now() + ms);
    pthread_mutex_lock(&server.lock);
    while (server.count > 0)
        if (pthread_cond_timedwait(&server.all_gone, &server.lock, &until) == ETIMEDOUT)
            break;
    pthread_mutex_unlock(&server.lock);
}

/* WHY      first set stopping, then look which clients are idle; conn_recv does the reverse
 * WITHOUT  a client that becomes idle at this moment is missed, and the wait for it is in vain
 *                                                                    [mutant: 03-stop-order]
 */
static void server_stop(void)
{
    acceptor_stop(&server.setup);
    server.stopping = true;
    clients_shut(true, SHUT_RD);
    clients_wait(STOP_GRACE);
    clients_shut(false, SHUT_RDWR);
    clients_wait(STOP_CUT);
}
