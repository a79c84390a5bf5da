/* A solution of exercise 32: one thread, aio(7)'s way to wait: IOCB_CMD_POLL
 *
 * shares: one thread
 *
 * Model    One thread, as in 06_epoll, but the kernel is not asked what is ready: it is given one
 *          request for each descriptor, "tell me once", and answers it when it can. io_getevents
 *          collects the answers. An answered request is used up, and has to be given again.
 * Limits   Those of 06_epoll, and a system call for each request; /proc/sys/fs/aio-max-nr.
 * Read     06_epoll first: only watch and serve differ
 * Man      io_setup(2) io_submit(2) io_getevents(2) io_cancel(2)
 */
#include <errno.h>
#include <limits.h>
#include <linux/aio_abi.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "turn/turn.h"

enum { EVENTS_A_TURN = 1024, REQUESTS = 12000 };

/* One for each descriptor that was ever watched; they keep their places, since the kernel returns
 * their addresses. */
struct poll_request {
    struct iocb iocb;
    int fd;
    unsigned int wanted;        /* WATCH_READ | WATCH_WRITE; 0: nobody waits for it any more */
    bool listed;                /* it is on the list of those to be given */
    bool given;                 /* the kernel has it, and has not answered */
    struct poll_request *again; /* the next one that is to be given at the end of the turn */
};

static struct server {
    struct turn turn;
    aio_context_t context;
    struct poll_request **requests; /* by descriptor */
    size_t size;
    struct poll_request *again;
    char buffer[SESSION_READ_MAX]; /* what was received, until the session has taken it */
} server;

static void serve(void);

/* called by core/turn: */
static bool watch(int fd, unsigned int from, unsigned int to);
static void accept_clients(void);
static bool conn_recv(struct client *c);
static bool conn_send(struct client *c, size_t max);

int main(int argc, char **argv)
{
    int status = setup_begin(&server.turn.setup, "epoll", 9007, 1, REQUESTS - 8, argc, argv);
    if (status >= 0)
        return status;
    if (syscall(SYS_io_setup, REQUESTS, &server.context) != 0 ||
        !turn_begin(&server.turn, watch, accept_clients, conn_recv, conn_send)) {
        perror("aio-server: can't start");
        return 1;
    }
    serve();
    turn_free(&server.turn);
    (void)syscall(SYS_io_destroy, server.context); /* waits for nothing: it cancels what is left */
    for (size_t fd = 0; fd < server.size; fd++)
        free(server.requests[fd]);
    free(server.requests);
    return 0;
}

/* Gives a request to the kernel; an event that is there already is answered by the next wait. */
static bool give(struct poll_request *request)
{
    struct iocb *one = &request->iocb;
    memset(one, 0, sizeof *one);
    one->aio_fildes = (uint32_t)request->fd;
    one->aio_lio_opcode = IOCB_CMD_POLL;
    one->aio_data = (uint64_t)(uintptr_t)request;
    one->aio_buf = ((request->wanted & WATCH_READ) != 0 ? POLLIN : 0U) |
                   ((request->wanted & WATCH_WRITE) != 0 ? POLLOUT : 0U);
    request->given = syscall(SYS_io_submit, server.context, 1L, &one) == 1;
    if (!request->given && errno == EINVAL)
        errno = EPERM; /* a file that is always ready: turn.c knows it by what epoll returns */
    return request->given;
}

static void give_later(struct poll_request *request)
{
    if (request->listed)
        return;
    request->listed = true;
    request->again = server.again;
    server.again = request;
}

/* WHY      a request is answered once: whoever is still waited for needs a new one
 * WITHOUT  each client is heard once, and never again
 */
static void give_again(void)
{
    while (server.again != NULL) {
        struct poll_request *request = server.again;
        server.again = request->again;
        request->listed = false;
        if (!request->given && request->wanted != 0 && !give(request))
            turn_ready(&server.turn, request->fd, false, false, true);
    }
}

static void serve(void)
{
    static struct io_event events[EVENTS_A_TURN];
    do {
        int ms = turn_timeout(&server.turn);
        struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
        give_again();
        long n = syscall(SYS_io_getevents, server.context, 1L, (long)EVENTS_A_TURN, events,
                         ms < 0 ? NULL : &time);
        for (long i = 0; i < n; i++) {
            struct poll_request *request = (struct poll_request *)(uintptr_t)events[i].data;
            unsigned int e = events[i].res < 0 ? 0U : (unsigned int)events[i].res;
            request->given = false;
            give_later(request);
            bool reads = (e & POLLIN) != 0 && (request->wanted & WATCH_READ) != 0;
            bool writes = (e & POLLOUT) != 0 && (request->wanted & WATCH_WRITE) != 0;
            bool fails = (e & (POLLERR | POLLHUP)) != 0;
            if ((reads || writes || fails) && request->wanted != 0)
                turn_ready(&server.turn, request->fd, reads, writes, fails);
        }
    } while (turn_end(&server.turn));
}

static struct poll_request *request_of(int fd)
{
    size_t at = (size_t)fd;
    if (at >= server.size) {
        size_t size = at + 64;
        struct poll_request **grown =
            realloc(server.requests, size * sizeof(struct poll_request *));
        if (grown == NULL)
            return NULL;
        memset(grown + server.size, 0, (size - server.size) * sizeof(struct poll_request *));
        server.requests = grown;
        server.size = size;
    }
    if (server.requests[at] == NULL)
        server.requests[at] = calloc(1, sizeof(struct poll_request));
    if (server.requests[at] != NULL)
        server.requests[at]->fd = fd;
    return server.requests[at];
}

/* WHY      a request with the kernel holds the old question, and often an old file: it is called
 *          off, and its answer, which says nothing then, makes place for the new one
 * WITHOUT  a client that waits to be sent something is asked only whether it has sent something
 */
static bool watch(int fd, unsigned int from, unsigned int to)
{
    struct poll_request *request = request_of(fd);
    struct io_event unused;
    if (request == NULL)
        return false;
    request->wanted = to;
    if (request->given)
        (void)syscall(SYS_io_cancel, server.context, &request->iocb, &unused);
    else if (from == 0)
        return give(request);
    else if (to != 0)
        give_later(request);
    return true;
}

/* WHY      the listener does not block: the client that made it ready may have gone meanwhile
 * WITHOUT  accept waits for the next one, and everybody waits with it
 * MAN      accept(2), "Notes"
 */
static void accept_clients(void)
{
    int fd;
    do
        fd = accept4(server.turn.setup.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    while (turn_accepted(&server.turn, fd));
}

/* Receives once, for the client's session: that puts its replies into the client's outbox. Returns
 * false if the connection is broken: most likely, the peer has reset it.
 *
 * WHY      read once, then serve the next client; what is left will be reported again
 * WITHOUT  a client that sends without end keeps all the others waiting
 * MAN      recv(2); epoll(7), "Starvation"
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

/* Sends up to `max` bytes from the outbox: the client's share of this list. sender_send calls
 * send(2) or sendmsg(2), for a file sendfile(2) or splice(2). Returns false if the connection is
 * broken.
 *
 * WHY      the kernel takes what it has room for: the rest stays in the outbox for the next time
 * WITHOUT  a client that reads slowly gets a part of the file only
 * MAN      send(2), sendfile(2)
 */
static bool conn_send(struct client *c, size_t max)
{
    size_t sent = 0;
    ssize_t n;
    do {
        n = sender_send(&server.turn.sender, c->fd, &c->session.out, max - sent);
        sent += n > 0 ? (size_t)n : 0;
    } while (n > 0 && sent < max);
    c->progress += sent;
    return n >= 0 || errno == EAGAIN || errno == EINTR;
}
