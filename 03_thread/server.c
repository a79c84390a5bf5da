/* 03_thread/server.c: a thread for each client
 *
 * Model    The main thread accepts; each client gets a thread that serves it in a straight line and
 *          blocks whenever there is nothing to do. All memory is shared: the chat room is a log of
 *          events with a read position for each member. A member gets a second thread, its
 *          listener, which waits for the log to grow and writes to the member's socket. Two threads
 *          write to that socket, so each holds a lock while it sends whole replies or whole events.
 * Limits   A stack and a kernel thread for every client, also for a silent one. Every access to
 *          what is shared must be locked, and one mistake ends the whole server.
 * Read     02_fork first, the same with processes; make diff A=02 B=03
 * Man      pthreads(7) pthread_create(3) pthread_cond_wait(3)
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "chat/room_ring.h"
#include "process/setup.h"
#include "process/stop.h"
#include "sockets/deliver.h"
#include "sockets/net.h"
#include "sockets/sender.h"

enum {
    STACK = 256 * 1024,      /* bytes of address space; only what is used takes memory */
    SEND_TICK = 100,         /* milliseconds that a send may block; then look at the clock */
    SEND_STEP = 1024 * 1024, /* bytes of a file sent in one call */
    ACCEPT_PAUSE = 100,      /* milliseconds without accepting when descriptors ran out */
};

struct client {
    int fd;
    struct deadline deadline;
    struct session session;
    struct sender sender;
    struct member *member; /* NULL while there is no listener */
    pthread_t listener;
    bool writing;        /* the session holds the member's write lock */
    atomic_bool resting; /* between requests: may be ended at any moment */
    LIST_ENTRY(client) link;
    char scratch[SESSION_READ_MAX]; /* what was received, until the session has taken it */
};

static struct server {
    struct setup setup;
    pthread_attr_t attributes; /* of every thread */
    pthread_mutex_t lock;      /* guards the list of clients */
    pthread_cond_t one_less;
    LIST_HEAD(client_list, client) clients;
    atomic_uint count; /* of clients, also of those that are off the list and closing */
    atomic_bool stopping;
} server;

/* ---- the listener of a member ---- */

/* WHY      events go out under the member's write lock, whole
 * WITHOUT  an event lands in the middle of a reply that the session is sending
 *                                                                    [mutant: 03-no-write-lock]
 */
static bool listener_flush(struct client *c)
{
    return deliver(server.setup.shared.room, c->member, c->fd,
                   server.setup.timeouts.limit[PHASE_TRANSFER]);
}

/* WHY      if the listener fails, it shuts the connection down, and the session's recv returns
 * WITHOUT  the session stays in recv, and a member that hears nothing stays in the room
 *                                                                    [mutant: 03-quiet-end]
 * MAN      shutdown(2)
 */
static void *listener_main(void *argument)
{
    struct client *c = argument;
    bool ok = true;
    while (ok && room_wait(server.setup.shared.room, c->member)) {
        ok = room_write_lock(c->member) && listener_flush(c);
        room_write_unlock(c->member);
    }
    if (!ok)
        shutdown(c->fd, SHUT_RDWR);
    return NULL;
}

/* Called by room_enter: the listener must exist before anybody can speak to the member. The session
 * holds the write lock until C is answered, so that no event is sent before that. */
static bool listener_start(void *owner, struct member *member)
{
    struct client *c = owner;
    c->member = member;
    c->writing = room_write_lock(member);
    if (pthread_create(&c->listener, &server.attributes, listener_main, c) == 0)
        return true;
    room_write_unlock(member);
    c->writing = false;
    c->member = NULL;
    return false;
}

/* The member has left the room, so its listener ends by itself. */
static void listener_join(struct client *c)
{
    pthread_join(c->listener, NULL);
    room_release(server.setup.shared.room, c->member);
    c->member = NULL;
}

/* ---- the list of clients ---- */

static void list_remove(struct client *c)
{
    pthread_mutex_lock(&server.lock);
    LIST_REMOVE(c, link);
    pthread_mutex_unlock(&server.lock);
}

static void list_count_down(void)
{
    pthread_mutex_lock(&server.lock);
    server.count--;
    pthread_cond_signal(&server.one_less);
    pthread_mutex_unlock(&server.lock);
}

/* ---- one client ---- */

/* WHY      mmap: memory that nobody touches is only address space
 * WITHOUT  each client costs its whole receive buffer                [mutant: 03-touch-buffer]
 * MAN      mmap(2)
 */
static struct client *conn_open(int fd)
{
    struct client *c = mmap(NULL, sizeof *c, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (c == MAP_FAILED)
        return NULL;
    c->fd = fd;
    session_init(&c->session, &server.setup.shared, c);
    deadline_start(&c->deadline, &server.setup.timeouts, &c->session, clock_now());
    setup_log(&server.setup, fd, "is served");
    return c;
}

static void conn_free(struct client *c)
{
    session_free(&c->session);
    sender_close(&c->sender);
    munmap(c, sizeof *c);
}

static void conn_close(struct client *c, bool gently)
{
    int fd = c->fd;
    if (!gently)
        shutdown(fd, SHUT_RDWR); /* wakes a listener that is still sending */
    session_free(&c->session);   /* leaves the room, which ends the listener */
    if (c->member != NULL && c->writing)
        room_write_unlock(c->member);
    if (c->member != NULL)
        listener_join(c);
    list_remove(c); /* before its descriptor is closed, and its number reused */
    conn_free(c);
    if (gently)
        linger_close(fd);
    else
        close(fd);
    list_count_down();
}

/* Waits for input, as long as the client may be silent, and reads once. Returns false if the
 * connection is broken. */
static bool conn_recv(struct client *c)
{
    if (!deadline_receive(&c->deadline, &server.setup.timeouts, &c->session, c->fd))
        return true; /* it has timed out: the reply that says so is in the outbox */
    c->resting = c->deadline.phase != PHASE_TRANSFER;
    if (c->resting && server.stopping) /* server_stop sets and looks in the other order */
        shutdown(c->fd, SHUT_RD);
    ssize_t n = recv(c->fd, c->scratch, session_read_size(&c->session), 0);
    c->resting = false;
    if (n > 0) {
        session_feed(&c->session, c->scratch, (size_t)n);
        deadline_update(&c->deadline, &c->session, (size_t)n, clock_now());
    } else if (n == 0) {
        session_end(&c->session); /* the other end has shut down: what came is still answered */
    }
    return n >= 0 || errno == EAGAIN || errno == EINTR;
}

/* Sends once. Returns false if the connection is broken, or the client does not read. */
static bool conn_send(struct client *c)
{
    ssize_t n = sender_send(&c->sender, c->fd, &c->session.out, SEND_STEP);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        return false;
    return deadline_sent(&c->deadline, &server.setup.timeouts, &c->session, n > 0 ? (size_t)n : 0);
}

/* Sends all that waits, and holds the write lock, so that nothing else is sent in between. A member
 * that has just left the room is first sent the events that it has not received yet. */
static bool conn_flush(struct client *c)
{
    bool ok = true, left_room = session_left_room(&c->session) != NULL;
    if (c->member != NULL && !c->writing)
        ok = room_write_lock(c->member);
    if (ok && left_room)
        ok = listener_flush(c);
    if (c->member != NULL) /* a download can take long: speakers need not wait */
        room_client_waits(c->member, true);
    while (ok && !outbox_empty(&c->session.out))
        ok = conn_send(c);
    if (c->member != NULL) {
        room_client_waits(c->member, false);
        room_write_unlock(c->member);
    }
    c->writing = false;
    if (left_room && ok)
        listener_join(c);
    return ok;
}

static void *serve_client(void *argument)
{
    struct client *c = argument;
    bool ok = conn_flush(c); /* the greeting */
    unsigned int waits_for;
    while (ok && (waits_for = session_waits_for(&c->session)) != 0) {
        if ((waits_for & SESSION_CONTINUE) != 0)
            session_continue(&c->session);
        else
            ok = conn_recv(c);
        waits_for = session_waits_for(&c->session);
        if (ok && ((waits_for & SESSION_WRITE) != 0 || c->session.left != NULL))
            ok = conn_flush(c);
    }
    conn_close(c, ok && !c->session.out.failed);
    return NULL;
}

/* ---- all of them ---- */

/* WHY      pthread_create can fail: then refuse this client, and serve the others
 * WITHOUT  the server ends, or forgets the connection and leaks it   [mutant: 03-thread-fails]
 * MAN      pthread_create(3), EAGAIN
 */
static bool client_start(int fd)
{
    pthread_t thread;
    struct client *c = server.count < server.setup.options.max_clients ? conn_open(fd) : NULL;
    if (c == NULL)
        return false;
    pthread_mutex_lock(&server.lock);
    bool started = pthread_create(&thread, &server.attributes, serve_client, c) == 0;
    if (started) {
        pthread_detach(thread);
        LIST_INSERT_HEAD(&server.clients, c, link);
        server.count++;
    }
    pthread_mutex_unlock(&server.lock);
    if (!started)
        conn_free(c);
    return started;
}

static void accept_client(void)
{
    int fd = accept4(server.setup.listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0) {
        setup_accepted(&server.setup);
        if (!client_start(fd)) {
            setup_refuse(&server.setup, fd, clock_now());
        }
    } else if (setup_exhausted(&server.setup, errno)) {
        clock_pause(ACCEPT_PAUSE);
    }
}

static void serve(void)
{
    struct pollfd polled[] = {{.fd = server.setup.listener, .events = POLLIN},
                              {.fd = STDIN_FILENO, .events = POLLIN},
                              {.fd = stop_descriptor(), .events = POLLIN}};
    while (stop_requests() == 0) {
        int64_t sweep = linger_sweep(&server.setup.lingering, clock_now());
        if (poll(polled, 3, (int)sweep) <= 0)
            continue;
        if (polled[0].revents != 0)
            accept_client();
        if (polled[1].revents != 0)
            console_read(&server.setup.console, server.setup.shared.room);
        if (!server.setup.console.open)
            polled[1].fd = -1; /* its end is "ready" for ever */
    }
}

/* Shuts down one side of every connection, or only of those that are between requests. */
static void clients_shut(bool resting_only, int how)
{
    pthread_mutex_lock(&server.lock);
    struct client *c;
    LIST_FOREACH (c, &server.clients, link)
        if (!resting_only || c->resting)
            shutdown(c->fd, how);
    pthread_mutex_unlock(&server.lock);
}

/* Waits until all clients have gone. */
static void clients_wait(int64_t ms)
{
    const struct timespec until = clock_timespec(clock_now() + ms);
    pthread_mutex_lock(&server.lock);
    while (server.count > 0)
        if (pthread_cond_timedwait(&server.one_less, &server.lock, &until) == ETIMEDOUT)
            break;
    pthread_mutex_unlock(&server.lock);
}

/* WHY      first set stopping, then look which clients rest; conn_recv does the reverse
 * WITHOUT  a client that begins to rest at this moment is missed, and the wait for it is in vain
 *                                                                    [mutant: 03-stop-order]
 */
static void server_stop(void)
{
    close(server.setup.listener);
    server.setup.listener = -1;
    server.stopping = true;
    clients_shut(true, SHUT_RD);
    clients_wait(STOP_GRACE);
    clients_shut(false, SHUT_RDWR);
    clients_wait(LINGER_TIME + 1000);
}

static bool server_start(void)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&server.one_less, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&server.lock, NULL);
    pthread_attr_init(&server.attributes);
    pthread_attr_setstacksize(&server.attributes, STACK);

    const struct options *options = &server.setup.options;
    server.setup.shared.room =
        room_ring_new(options->max_clients, options->max_backlog, listener_start);
    int listener = server.setup.listener; /* accepted sockets inherit these */
    return server.setup.shared.room != NULL && stop_catch(false) && net_set_nonblocking(listener) &&
           net_receive_timeout(listener, server.setup.timeouts.limit[PHASE_IDLE]) &&
           net_send_timeout(listener, SEND_TICK);
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

    if (server.count == 0)
        room_ring_free(server.setup.shared.room);
    pthread_attr_destroy(&server.attributes);
    setup_end(&server.setup);
    return 0;
}
