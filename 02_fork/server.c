/* 02_fork/server.c: a process for each client
 *
 * Model    The parent accepts; each client gets a child process that serves it, one call after the
 *          other, and blocks whenever there is nothing to do. Only the chat room is shared, an
 *          event log in shared memory. A member gets a second process, its forwarder, which waits
 *          for the log to grow and writes to the member's socket. Two processes write to that
 *          socket, so each holds a lock while it sends whole replies or whole events.
 * Limits   A process for every client, also for a silent one: the most expensive of the six. A
 *          child that crashes ends no other client; but it may die while it holds a lock, so the
 *          locks are robust, and the parent takes its member out of the room.
 * Read     01_loop first; then 03_thread, the same with threads: make diff A=02 B=03
 * Man      fork(2) waitpid(2) shm_overview(7) pthread_mutexattr_setrobust(3) futex(2)
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "blocking/acceptor.h"
#include "blocking/children.h"
#include "blocking/connection.h"
#include "process/stop.h"

enum { RECV_STEP = 16 * 1024 };   /* bytes received in one call; more of the body of an upload */
enum { SEND_STEP = 1024 * 1024 }; /* bytes of a file sent in one call */

struct client {
    struct connection conn;
    pid_t forwarder; /* valid while the client is in the chat room */
};

/* After fork, parent and child share each page of memory until one of them writes to it: that costs
 * a page fault, and a copy. So what is written for each client is together, in one page. */
static struct server {
    struct client *self;      /* in a child: its client */
    struct children children; /* the sessions; forwarders are their own children */
    struct setup setup;
} server;

static bool server_start(void);
static void serve(void);
static int64_t reap_children(void);
static void accept_client(void);
static bool client_start(int fd);

/* one client, in its own process: */
static void session_begin(void);
static void on_session_stop(int signal);
static void serve_client(int fd);
static void conn_open(struct client *c, int fd);
static void conn_recv(struct client *c);
static void conn_send(struct client *c);
static void conn_close(struct client *c);

/* the chat: */
static bool forwarder_start(struct client *c);
static void forwarder_main(struct client *c);
static void forwarder_join(struct client *c);
static void on_child(int signal);

int main(int argc, char **argv)
{
    /* a client takes no descriptor of the parent; how many processes there can be is not known */
    int status = setup_begin(&server.setup, "fork", 9002, 0, UINT_MAX, argc, argv);
    if (status >= 0)
        return status; /* after --help; or an error, which has been printed */
    if (!server_start()) {
        perror("fork-server: can't start");
        return 1;
    }
    serve();
    return children_stop(&server.children, reap_children);
}

/* WHY      forwarders whose session was killed become our children, not init's
 * WITHOUT  no process here knows when their member's place is free   [mutant: 02-no-subreaper]
 * MAN      PR_SET_CHILD_SUBREAPER(2const), in prctl(2)
 */
static bool server_start(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    signal(SIGCHLD, on_child);
    return children_begin(&server.children, &server.setup);
}

static void serve(void)
{
    while (stop_requests() == 0)
        if (acceptor_wait(&server.setup, reap_children()))
            accept_client();
}

/* Returns for how many milliseconds the parent may wait before it calls this again; -1: for ever.
 *
 * WHY      one signal can stand for many children: reap until there is none
 * WITHOUT  some stay zombies for ever                                [mutant: 02-wait-once]
 * MAN      waitpid(2), signal(7)
 */
static int64_t reap_children(void)
{
    int status;
    pid_t child;
    while (children_can_remove(&server.children) && (child = waitpid(-1, &status, WNOHANG)) > 0)
        children_remove(&server.children, child, status);
    return children_clean(&server.children);
}

static void accept_client(void)
{
    int fd = accept4(server.setup.listener, NULL, NULL, SOCK_CLOEXEC);
    acceptor_accepted(&server.setup, fd, client_start);
}

/* WHY      fork can fail: then refuse this client, and serve the others
 * WITHOUT  the server ends, or forgets the connection and leaks it   [mutant: 02-fork-fails]
 * MAN      fork(2), EAGAIN
 */
static bool client_start(int fd)
{
    pid_t child = acceptor_full(&server.setup) ? -1 : fork();
    if (child == 0) {
        session_begin();
        serve_client(fd);
        _exit(0);
    }
    if (child < 0)
        return false;
    children_add(&server.children, child);
    close(fd); /* the child has it */
    return true;
}

/* ---- one client, in its own process ---- */

/* WHY      a child closes the descriptors that it inherits and does not need
 * WITHOUT  it keeps the port, and the next server can't start        [mutant: 02-keep-listener]
 */
static void session_begin(void)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* if the parent is killed, end in order */
    acceptor_close(&server.setup);
    children_enter(&server.children, on_session_stop);
}

/* SIGTERM, however often: ends the session between requests. CHILDREN_CUT: ends it at once.
 *
 * WHY      that is another signal: a SIGTERM to all processes, by killall or a shell, comes beside
 *          that of the parent
 * WITHOUT  transfers under way are cut, and do not get their time    [mutant: 02-second-term]
 * MAN      kill(2), "pid is less than -1"; killall(1)
 */
static void on_session_stop(int signal)
{
    server.setup.stopping = true;
    if (server.self != NULL) /* recv was interrupted */
        connection_stop(&server.self->conn, signal == CHILDREN_CUT);
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
    server.self = c; /* for the signals */
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
    server.self = NULL; /* from here on the signals find no client */
    close(c->conn.fd);
}

/* ---- the chat: the forwarder of a member ---- */

/* Called by room_enter: the forwarder must exist before anybody can speak to the member.
 *
 * WHY      a forwarder dies with its session, however that dies
 * WITHOUT  it keeps open a connection that nobody serves              [mutant: 02-orphan-forwarder]
 * MAN      PR_SET_PDEATHSIG(2const), in prctl(2)
 */
static bool forwarder_start(struct client *c)
{
    pid_t session = getpid();
    c->forwarder = fork();
    if (c->forwarder == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGTERM, SIG_IGN); /* it ends when its member leaves the room */
        if (getppid() == session) /* else it died before prctl */
            forwarder_main(c);
        _exit(0);
    }
    return c->forwarder > 0;
}

/* WHY      if the forwarder fails, it shuts the connection down, and the session's recv returns
 * WITHOUT  a member that gets no events any more stays in the room    [mutant: 02-quiet-end]
 * MAN      shutdown(2)
 */
static void forwarder_main(struct client *c)
{
    if (!connection_forward(&c->conn))
        shutdown(c->conn.fd, SHUT_RDWR);
}

/* The member has left the room, so its forwarder ends by itself. */
static void forwarder_join(struct client *c)
{
    while (waitpid(c->forwarder, NULL, 0) < 0 && errno == EINTR)
        ; /* ECHILD: on_child has reaped it */
}

/* WHY      if a forwarder is killed, its session notices at once, and ends
 * WITHOUT  its member stays in the room and gets no events           [mutant: 02-dead-forwarder]
 * MAN      waitpid(2), signal-safety(7)
 */
static void on_child(int signal)
{
    (void)signal;
    int status, error = errno;
    if (server.self == NULL)
        stop_wake(); /* the parent: ends its wait, and it reaps */
    else if (waitpid(-1, &status, WNOHANG) > 0 && status != 0)
        shutdown(server.self->conn.fd, SHUT_RD);
    errno = error;
}
