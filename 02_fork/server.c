/* 02_fork/server.c: a process for each client
 *
 * Model    The parent accepts; each client gets a child process that serves it in a straight line
 *          and blocks whenever there is nothing to do. Only what they ask for is shared: the chat
 *          room, a log of events in shared memory with a read position for each member. A member
 *          gets a second process, its listener, which waits for the log to grow and writes to the
 *          member's socket. Two processes write to that socket, so each holds a lock while it
 *          sends whole replies or whole events.
 * Limits   A process for every client, also for a silent one: the most expensive of the six. In
 *          return a child that crashes ends one client and no other; but it may die while it holds
 *          a lock, so the locks are robust, and the parent takes its member out of the room.
 * Read     01_loop first; then 03_thread, the same with threads: make diff A=02 B=03
 * Man      fork(2) waitpid(2) shm_overview(7) pthread_mutexattr_setrobust(3) futex(2)
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "chat/room_ring.h"
#include "process/console.h"
#include "process/setup.h"
#include "process/stop.h"
#include "shared/sync.h"
#include "sockets/deliver.h"
#include "sockets/net.h"
#include "sockets/pace.h"
#include "sockets/sender.h"

enum {
    SEND_TICK = 100,         /* milliseconds that a send may block; then look at the clock */
    SEND_STEP = 1024 * 1024, /* bytes of a file sent in one call */
    ACCEPT_PAUSE = 100,      /* milliseconds without accepting when descriptors ran out */
    DEAD_MOST = 1024,        /* that wait to be taken out of the room; more are not reaped yet */
    TRY_AGAIN = 100,         /* milliseconds until the room's lock is asked for again */
};

struct client {
    int fd;
    struct pace pace;
    struct session session;
    struct member *member;          /* NULL while there is no listener */
    volatile pid_t listener;        /* 0: none, or reaped */
    bool writing;                   /* the session holds the member's write lock */
    volatile sig_atomic_t resting;  /* between requests: may be ended at any moment */
    char scratch[SESSION_READ_MAX]; /* what was received, until the session has taken it */
};

struct child {
    pid_t pid;
    unsigned int part; /* of the budget: where this child counts the memory it uses */
};

/* Memory that the parent and all its children share. */
struct shared {
    atomic_uint parts; /* how many of part[] have ever been used */
    struct budget_part part[];
};

static struct server {
    struct setup setup;
    struct patience patience;
    struct net_parting parting;
    struct console console;
    struct sender sender;
    struct shared *shared;
    struct child *children; /* the sessions; listeners are their own children */
    unsigned int count;     /* of children. Behind them stand the parts that nobody has */
    pid_t dead[DEAD_MOST];  /* reaped, and still to be taken out of the room */
    unsigned int dead_count;
    struct client self; /* in a child: its client. Untouched pages are not copied */
} server;

static volatile sig_atomic_t stops; /* in a child: how often its parent has asked it to stop */

static void on_child(int signal)
{
    (void)signal;
    stop_wake(); /* ends the wait; serve reaps */
}

/* ---- the listener of a member ---- */

/* WHY      events go out under the member's write lock, whole
 * WITHOUT  an event lands in the middle of a reply that the session is sending
 *                                                                    [mutant: 02-no-write-lock]
 */
static bool listener_flush(struct client *c)
{
    return deliver(server.setup.shared.room, c->member, c->fd,
                   server.patience.limit[PHASE_TRANSFER]);
}

/* WHY      if the listener fails, it shuts the connection down, and the session's recv returns
 * WITHOUT  the session stays in recv, and a member that hears nothing stays in the room
 *                                                                    [mutant: 02-quiet-end]
 * MAN      shutdown(2)
 */
static void listener_main(struct client *c)
{
    bool fine = true;
    while (fine && room_wait(server.setup.shared.room, c->member)) {
        fine = room_write_lock(c->member) && listener_flush(c);
        room_write_unlock(c->member);
    }
    if (!fine)
        shutdown(c->fd, SHUT_RDWR);
    _exit(0);
}

/* WHY      if a listener is killed, its session notices at once, and ends
 * WITHOUT  its member stays in the room and hears nothing any more   [mutant: 02-dead-listener]
 * MAN      waitpid(2), signal-safety(7)
 */
static void on_listener(int signal)
{
    (void)signal;
    int status, error = errno;
    pid_t listener = server.self.listener;
    if (listener > 0 && waitpid(listener, &status, WNOHANG) == listener) {
        server.self.listener = 0;
        if (status != 0)
            shutdown(server.self.fd, SHUT_RD);
    }
    errno = error;
}

/* Called by room_enter: the listener must exist before anybody can speak to the member. The session
 * holds the write lock until C is answered, so that no event is sent before that.
 *
 * WHY      a listener dies with its session, however that dies
 * WITHOUT  it lives on, and keeps the connection of a client open that is not served any more
 *                                                                    [mutant: 02-orphan-listener]
 * MAN      PR_SET_PDEATHSIG(2const), in prctl(2)
 */
static bool listener_start(void *owner, struct member *member)
{
    struct client *c = owner;
    pid_t session = getpid();
    c->member = member;
    c->writing = room_write_lock(member);
    c->listener = fork();
    if (c->listener == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != session)
            _exit(0);                  /* the session died before that call */
        setup_catch(SIGTERM, SIG_IGN); /* it ends when its member leaves the room */
        room_listener(member, getpid());
        listener_main(c);
    }
    if (c->listener > 0) {
        on_listener(SIGCHLD); /* it may have been killed before we knew its number */
        return true;
    }
    c->listener = 0;
    room_write_unlock(member);
    c->writing = false;
    c->member = NULL;
    return false;
}

/* The member has left the room, so its listener ends by itself. */
static void listener_join(struct client *c)
{
    while (c->listener > 0 && waitpid(c->listener, NULL, 0) < 0 && errno == EINTR)
        ;
    c->listener = 0;
    room_listener(c->member, 0);
    room_release(server.setup.shared.room, c->member);
    c->member = NULL;
}

/* ---- one client, in its own process ---- */

static struct client *conn_open(int fd)
{
    struct client *c = &server.self;
    c->fd = fd;
    session_init(&c->session, &server.setup.shared, c);
    pace_begin(&c->pace, &server.patience, &c->session, server.patience.limit[PHASE_IDLE]);
    setup_note(&server.setup, fd, "is served");
    return c;
}

static void conn_close(struct client *c, bool gently)
{
    if (!gently)
        shutdown(c->fd, SHUT_RDWR); /* wakes a listener that is still sending */
    session_free(&c->session);      /* leaves the room, which ends the listener */
    if (c->member != NULL && c->writing)
        room_write_unlock(c->member);
    if (c->member != NULL)
        listener_join(c);
    if (gently)
        net_close_gently(c->fd);
    else
        close(c->fd);
}

/* Waits for input, as long as the client may be silent, and reads once. Returns false if the
 * connection is broken. */
static bool conn_recv(struct client *c)
{
    if (!pace_receive(&c->pace, &c->session, c->fd))
        return true; /* it has timed out: the reply that says so is in the outbox */
    c->resting = c->pace.mark.phase != PHASE_TRANSFER;
    if (c->resting && stops > 0) /* on_session_stop sets and looks in the other order */
        shutdown(c->fd, SHUT_RD);
    ssize_t n = recv(c->fd, c->scratch, session_read_size(&c->session), 0);
    c->resting = false;
    if (n > 0) {
        session_feed(&c->session, c->scratch, (size_t)n);
        pace_received(&c->pace, &c->session, (size_t)n);
    } else if (n == 0) {
        session_end(&c->session); /* the other end has shut down: what came is still answered */
    }
    return n >= 0 || errno == EAGAIN || errno == EINTR;
}

/* Sends once. Returns false if the connection is broken, or the client does not read. */
static bool conn_send(struct client *c)
{
    ssize_t n = sender_send(&server.sender, c->fd, &c->session.out, SEND_STEP);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        return false;
    return pace_sent(&c->pace, &c->session, n > 0 ? (size_t)n : 0);
}

/* By X or Q, or because its input has ended. */
static bool has_left_room(const struct client *c)
{
    return c->member != NULL && c->session.member == NULL;
}

/* Sends all that waits, and holds the write lock, so that nothing else is sent in between. A member
 * that has just left the room is first sent the events that it has not received yet. */
static bool conn_flush(struct client *c)
{
    bool fine = true, left_room = has_left_room(c);
    if (c->member != NULL && !c->writing)
        fine = room_write_lock(c->member);
    if (fine && left_room)
        fine = listener_flush(c);
    if (c->member != NULL) /* a download can take long: speakers need not wait */
        room_client_waits(c->member, true);
    while (fine && !outbox_empty(&c->session.out))
        fine = conn_send(c);
    if (c->member != NULL) {
        room_client_waits(c->member, false);
        room_write_unlock(c->member);
    }
    c->writing = false;
    if (left_room && fine)
        listener_join(c);
    return fine;
}

static void serve_client(int fd)
{
    struct client *c = conn_open(fd);
    bool fine = conn_flush(c); /* the greeting */
    while (fine && !session_done(&c->session)) {
        if (session_runnable(&c->session))
            session_run(&c->session);
        else
            fine = conn_recv(c);
        if (fine && (!outbox_empty(&c->session.out) || has_left_room(c)))
            fine = conn_flush(c);
    }
    conn_close(c, fine && !c->session.broken);
}

/* SIGTERM from the parent: ends the session now if it is between requests, else after the transfer.
 * The second one cuts the transfer. */
static void on_session_stop(int signal)
{
    (void)signal;
    if (stops++ > 0)
        shutdown(server.self.fd, SHUT_RDWR);
    else if (server.self.resting)
        shutdown(server.self.fd, SHUT_RD);
}

/* WHY      a child closes the descriptors that it inherits and does not need
 * WITHOUT  it keeps the port: the next server can't start before this client has left
 *                                                                    [mutant: 02-keep-listener]
 */
static void session_main(int fd, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* if the parent is killed, end in order */
    server.self.fd = fd;
    server.setup.budget.mine = &server.shared->part[server.children[server.count].part];
    close(server.setup.listener);
    net_parting_close(&server.parting);
    setup_catch(SIGINT, SIG_IGN); /* Ctrl-C goes to all: the parent decides */
    setup_catch(SIGTERM, on_session_stop);
    setup_catch(SIGCHLD, on_listener);
    stop_close();
    if (stop_requests() > 0)
        raise(SIGTERM); /* it came before on_session_stop could catch it */
    if (getppid() == parent)
        serve_client(fd);
    _exit(0);
}

/* ---- all of them, in the parent ---- */

/* WHY      fork can fail: then refuse this client, and serve the others
 * WITHOUT  the server ends, or forgets the connection and leaks it   [mutant: 02-fork-fails]
 * MAN      fork(2), EAGAIN
 */
static bool client_start(int fd)
{
    pid_t parent = getpid();
    pid_t child = -1;
    if (server.count < server.setup.options.max_clients) {
        if (server.children[server.count].part >= server.shared->parts)
            server.shared->parts = server.children[server.count].part + 1;
        child = fork();
    }
    if (child == 0)
        session_main(fd, parent);
    if (child < 0)
        return false;
    server.children[server.count++].pid = child;
    close(fd); /* the child has it */
    return true;
}

/* Its part of the budget is free again, however much the child had taken when it died. */
static void child_remove(unsigned int i)
{
    struct child gone = server.children[i];
    server.children[i] = server.children[--server.count];
    server.children[server.count] = gone;
    server.shared->part[gone.part].used = 0;
    server.shared->part[gone.part].listing = 0;
}

/* Takes the dead out of the room, as many as its lock allows. */
static void bury_dead(void)
{
    while (server.dead_count > 0 &&
           room_bury(server.setup.shared.room, server.dead[server.dead_count - 1]))
        server.dead_count--;
}

/* WHY      one signal can stand for many children: reap until there is none
 * WITHOUT  some stay zombies for ever                                [mutant: 02-wait-once]
 * MAN      waitpid(2), signal(7)
 */
static void reap_children(void)
{
    int status;
    pid_t child;
    bool killed = false;
    while (server.dead_count < DEAD_MOST && (child = waitpid(-1, &status, WNOHANG)) > 0) {
        unsigned int i = 0;
        while (i < server.count && server.children[i].pid != child)
            i++;
        bool session = i < server.count; /* else a listener whose session died: see server_start */
        if (session)
            child_remove(i);
        if (session && status == 0)
            continue;
        killed = true;
        server.dead[server.dead_count++] = child;
        (void)store_clean(&server.setup.store); /* at worst, the next start does it */
    }
    if (killed)
        catalog_reclaim(server.setup.shared.catalog);
    bury_dead();
}

static void accept_client(void)
{
    int fd = accept4(server.setup.listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0) {
        setup_accepted(&server.setup);
        if (!client_start(fd)) {
            setup_note(&server.setup, fd, "is turned away");
            net_refuse(&server.parting, fd, clock_now());
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
        int64_t sweep = net_parting_sweep(&server.parting, clock_now());
        if (server.dead_count > 0 || console_pending(&server.console))
            sweep = clock_sooner(sweep, TRY_AGAIN);
        int n = poll(polled, 3, (int)sweep);
        if (n > 0 && polled[2].revents != 0)
            stop_clear();
        reap_children();
        if (console_pending(&server.console) || (n > 0 && polled[1].revents != 0))
            console_read(&server.console, server.setup.shared.room);
        if (n > 0 && polled[0].revents != 0)
            accept_client();
        bool listens = server.console.open && !console_pending(&server.console);
        polled[1].fd = listens ? STDIN_FILENO : -1; /* its end is "ready" for ever */
    }
}

static void clients_signal(int signal)
{
    for (unsigned int i = 0; i < server.count; i++)
        kill(server.children[i].pid, signal);
}

/* Waits until all clients have gone, or until we are asked to stop for the second time. */
static void clients_wait(int64_t ms)
{
    struct pollfd polled = {.fd = stop_descriptor(), .events = POLLIN};
    int64_t until = clock_now() + ms;
    for (int64_t left = ms; server.count > 0 && left > 0; left = until - clock_now()) {
        if (stop_requests() > 1)
            return;
        (void)poll(&polled, 1, (int)left);
        stop_clear();
        reap_children();
    }
}

static void server_stop(void)
{
    close(server.setup.listener);
    server.setup.listener = -1;
    clients_signal(SIGTERM);
    clients_wait(STOP_GRACE);
    clients_signal(SIGTERM);
    clients_wait(NET_LINGER + 1000);
    clients_signal(SIGKILL); /* none should be left */
    if (stop_requests() > 1)
        _exit(1);
    clients_wait(1000);
}

/* WHY      listeners whose session was killed become our children, not init's
 * WITHOUT  nobody here can tell when their member's place is free    [mutant: 02-no-subreaper]
 * MAN      PR_SET_CHILD_SUBREAPER(2const), in prctl(2)
 */
static bool server_start(void)
{
    const struct options *options = &server.setup.options;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    server.patience = patience_of(options);
    server.children = calloc(options->max_clients, sizeof *server.children);
    server.shared =
        sync_alloc(sizeof *server.shared + (options->max_clients + 1) * sizeof(struct budget_part));
    if (server.children == NULL || server.shared == NULL)
        return false;
    for (unsigned int i = 0; i < options->max_clients; i++)
        server.children[i].part = i + 1;
    server.shared->parts = 1; /* the parent's own */
    server.setup.budget.parts = server.setup.budget.mine = server.shared->part;
    server.setup.budget.count = &server.shared->parts;
    server.setup.shared.room =
        room_ring_new(options->max_clients, options->max_backlog, listener_start);
    int listener = server.setup.listener; /* accepted sockets inherit these */
    setup_catch(SIGCHLD, on_child);
    return server.setup.shared.room != NULL && stop_catch(true) && net_never_wait(listener) &&
           net_receive_timeout(listener, server.patience.limit[PHASE_IDLE]) &&
           net_send_timeout(listener, SEND_TICK);
}

int main(int argc, char **argv)
{
    int status = setup_begin(&server.setup, "fork", 9002, 0, UINT_MAX, argc, argv);
    if (status >= 0)
        return status;
    if (!server_start()) {
        perror("fork-server: can't start");
        return 1;
    }
    console_init(&server.console, "fork");
    setup_announce(&server.setup);
    serve();
    server_stop();

    net_parting_close(&server.parting);
    stop_close();
    free(server.children);
    room_ring_free(server.setup.shared.room);
    setup_end(&server.setup);
    return 0;
}
