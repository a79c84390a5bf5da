/* 03_thread/server.c: a thread for each client
 *
 * Model    The main thread accepts; each client gets a thread that serves it, one call after the
 *          other, and blocks whenever there is nothing to do. All memory is shared: the chat room
 *          is an event log with a read position for each member. A member gets a second thread, its
 *          forwarder, which waits for the log to grow and writes to the member's socket. Two
 *          threads write to that socket, so each holds a lock while it sends whole replies or whole
 *          events.
 * Limits   A thread for every client, also for a silent one: its stack, and what the kernel keeps
 *          for it. Every access to what is shared must be locked, and one mistake ends the whole
 *          server.
 * Read     02_fork first, the same with processes; make diff A=02 B=03
 * Man      pthreads(7) pthread_create(3) pthread_cond_wait(3) queue(7)
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "blocking/acceptor.h"
#include "blocking/connection.h"
#include "blocking/threads.h"
#include "process/stop.h"

enum { STACK = 256 * 1024 };      /* bytes of address space; only what is used takes memory */
enum { RECV_STEP = 16 * 1024 };   /* bytes received in one call; more of the body of an upload */
enum { SEND_STEP = 1024 * 1024 }; /* bytes of a file sent in one call */

/* On the stack of its thread. */
struct client {
    struct connection conn;
    pthread_t forwarder; /* valid while the client is in the chat room */
};

static struct server {
    struct threads threads;
    struct setup setup;
} server;

static bool server_start(void);
static void serve(void);
static void accept_client(void);
static bool client_start(int fd);

/* one client, in its own thread: */
static void *thread_main(void *argument);
static void serve_client(int fd);
static void conn_open(struct client *c, int fd);
static void conn_recv(struct client *c);
static void conn_send(struct client *c);
static void conn_close(struct client *c);

/* the chat: */
static bool forwarder_start(struct client *c);
static void *forwarder_main(void *argument);
static void forwarder_join(struct client *c);

int main(int argc, char **argv)
{
    /* a client takes one descriptor; how many threads there can be is not known beforehand */
    int status = setup_begin(&server.setup, "thread", 9003, 1, UINT_MAX, argc, argv);
    if (status >= 0)
        return status; /* after --help; or an error, which has been printed */
    if (!server_start()) {
        perror("thread-server: can't start");
        return 1;
    }
    serve();
    return threads_stop(&server.threads);
}

static bool server_start(void)
{
    return threads_begin(&server.threads, &server.setup, STACK);
}

static void serve(void)
{
    while (stop_requests() == 0)
        if (acceptor_wait(&server.setup, -1))
            accept_client();
}

static void accept_client(void)
{
    int fd = accept4(server.setup.listener, NULL, NULL, SOCK_CLOEXEC);
    acceptor_accepted(&server.setup, fd, client_start);
}

/* WHY      pthread_create can fail: then refuse this client, and serve the others
 * WITHOUT  the server ends, or forgets the connection and leaks it   [mutant: 03-thread-fails]
 * MAN      pthread_create(3), EAGAIN
 */
static bool client_start(int fd)
{
    pthread_t thread;
    void *argument = (void *)(intptr_t)fd; /* by value: &fd is invalid after the return */
    return !acceptor_full(&server.setup) &&
           pthread_create(&thread, &server.threads.attributes, thread_main, argument) == 0;
}

/* ---- one client, in its own thread ---- */

static void *thread_main(void *argument)
{
    pthread_detach(pthread_self()); /* nobody joins it: its stack is freed when it ends */
    serve_client((int)(intptr_t)argument);
    return NULL;
}

static void serve_client(int fd)
{
    struct client client = {0}, *c = &client;
    bool sends;
    conn_open(c, fd);
    while (connection_next(&c->conn, &sends))
        if (sends)
            conn_send(c);
        else
            conn_recv(c);
    conn_close(c);
}

static void conn_open(struct client *c, int fd)
{
    connection_begin(&c->conn, &server.setup, fd, c, forwarder_start, forwarder_join);
    pthread_mutex_lock(&server.threads.lock);
    LIST_INSERT_HEAD(&server.threads.connections, &c->conn, link); /* a macro: queue(7) */
    pthread_mutex_unlock(&server.threads.lock);
}

static void conn_recv(struct client *c)
{
    char lines[RECV_STEP], *bytes = lines;
    size_t size = connection_before_recv(&c->conn, &bytes, sizeof lines);
    if (size == 0)
        return; /* timed out: ERR timeout is sent next; or the server stops */
    ssize_t n = recv(c->conn.fd, bytes, size, 0);
    connection_after_recv(&c->conn, bytes, n);
}

/* Sends all that waits, under a member's write lock, so that no event gets in between. */
static void conn_send(struct client *c)
{
    bool more = connection_lock(&c->conn);
    while (more) {
        ssize_t n = sender_send(&c->conn.sender, c->conn.fd, &c->conn.session.out, SEND_STEP);
        more = connection_after_send(&c->conn, n);
    }
    connection_unlock(&c->conn);
}

static void conn_close(struct client *c)
{
    connection_end(&c->conn);
    pthread_mutex_lock(&server.threads.lock);
    LIST_REMOVE(&c->conn, link); /* before its descriptor is closed, and its number reused */
    if (--server.setup.clients == 0)
        pthread_cond_signal(&server.threads.all_gone);
    pthread_mutex_unlock(&server.threads.lock);
    close(c->conn.fd);
}

/* ---- the chat: the forwarder of a member ---- */

/* Called by room_enter: the forwarder must exist before anybody can speak to the member. */
static bool forwarder_start(struct client *c)
{
    return pthread_create(&c->forwarder, &server.threads.attributes, forwarder_main, c) == 0;
}

/* WHY      if the forwarder fails, it shuts the connection down: recv ends in the client's thread
 * WITHOUT  a member that gets no events any more stays in the room    [mutant: 03-quiet-end]
 * MAN      shutdown(2)
 */
static void *forwarder_main(void *argument)
{
    struct client *c = argument;
    if (!connection_forward(&c->conn))
        shutdown(c->conn.fd, SHUT_RDWR);
    return NULL;
}

/* The member has left the room, so its forwarder ends by itself. */
static void forwarder_join(struct client *c)
{
    pthread_join(c->forwarder, NULL);
}
