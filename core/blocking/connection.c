/* core/blocking/connection.c: see connection.h */
#include "blocking/connection.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "sockets/linger.h"
#include "sockets/net.h"

void connection_begin(struct connection *conn, const struct setup *setup, int fd,
                      struct client *client, bool (*start)(struct client *client),
                      void (*join)(struct client *client))
{
    *conn = (struct connection){.fd = fd,
                                .thread = pthread_self(),
                                .setup = setup,
                                .client = client,
                                .start_forwarder = start,
                                .join_forwarder = join};
    conn->membership.fd = fd;
    conn->membership.timeouts = &setup->timeouts;
    session_init(&conn->session, &setup->shared, conn);
    deadline_start(&conn->deadline, &setup->timeouts, &conn->session, clock_now());
    setup_log(setup, fd, "is served");
}

bool connection_next(struct connection *conn, bool *sends)
{
    unsigned int waits_for = 0;
    while (!conn->broken && (waits_for = session_waits_for(&conn->session)) == SESSION_CONTINUE)
        session_continue(&conn->session);
    if (session_left_room(&conn->session) != NULL)
        conn->membership.has_left = true;
    *sends = (waits_for & SESSION_WRITE) != 0 || conn->membership.has_left;
    return !conn->broken && (*sends || waits_for != 0);
}

enum {
    BUFFER_KEPT = 100, /* milliseconds that a client has to begin its next upload */
    EVENTS_LONG = 100, /* milliseconds of events after which a member is not called silent */
};

static void upload_buffer_free(struct connection *conn)
{
    if (conn->upload_buffer == NULL)
        return;
    free(conn->upload_buffer);
    conn->upload_buffer = NULL;
    budget_give(conn->session.shared->budget, SESSION_READ_MAX);
}

/* Without it the body comes in smaller parts: that is better than a tight budget for all. */
static void upload_buffer_make(struct connection *conn)
{
    struct budget *budget = conn->session.shared->budget;
    if (conn->upload_buffer != NULL || !budget_take(budget, SESSION_READ_MAX))
        return;
    conn->upload_buffer = budget_tight(budget) ? NULL : malloc(SESSION_READ_MAX);
    if (conn->upload_buffer == NULL)
        budget_give(budget, SESSION_READ_MAX);
}

/* To give memory back and get it again costs more than to receive a file into it. */
static bool sends_soon(int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    return poll(&ready, 1, BUFFER_KEPT) != 0;
}

/* WHY      the timeout of recv is changed; the socket is not shut down for reading
 * WITHOUT  the kernel answers whatever the client is still sending with a reset, which can destroy
 *          the last reply                                            [mutant: 03-stop-resets]
 * MAN      shutdown(2); socket(7), SO_RCVTIMEO; signal-safety(7)
 */
void connection_stop(const struct connection *conn, bool cut)
{
    int error = errno; /* of the call that a signal has interrupted */
    if (cut)
        shutdown(conn->fd, SHUT_RDWR);
    else if (conn->idle)
        (void)net_receive_timeout(conn->fd, 1);
    errno = error;
}

size_t connection_before_recv(struct connection *conn, char **bytes, size_t size)
{
    size_t wanted = session_read_size(&conn->session);
    if (!deadline_before_recv(&conn->deadline, &conn->setup->timeouts, &conn->session, conn->fd))
        return 0;
    conn->idle = session_can_end(&conn->session);
    /* the server sets and reads these two in the other order: see connection_stop */
    if (conn->setup->stopping && conn->idle && !net_ready(conn->fd, POLLIN)) {
        connection_after_recv(conn, "", 0); /* all is answered: that is the end of its input */
        return 0;
    }
    if (wanted > SESSION_READ_LINES)
        upload_buffer_make(conn);
    else if (conn->upload_buffer != NULL && !sends_soon(conn->fd))
        upload_buffer_free(conn); /* an idle client has none */
    if (conn->upload_buffer == NULL)
        return wanted < size ? wanted : size;
    *bytes = conn->upload_buffer;
    return wanted;
}

void connection_after_recv(struct connection *conn, const char *bytes, ssize_t n)
{
    if (n < 0 && errno == EAGAIN && conn->idle && conn->setup->stopping)
        n = 0; /* what it has sent until now was answered: that is the end of its input */
    conn->idle = false;
    if (n >= 0)
        session_feed(&conn->session, bytes, (size_t)n);
    if (n > 0)
        deadline_update(&conn->deadline, &conn->session, (size_t)n, clock_now());
    conn->broken = n < 0 && errno != EAGAIN && errno != EINTR;
}

static bool has_output(const struct connection *conn)
{
    return !conn->broken && (session_waits_for(&conn->session) & SESSION_WRITE) != 0;
}

bool connection_lock(struct connection *conn)
{
    struct membership *membership = &conn->membership;
    int64_t before = clock_now(), now;
    bool ok = membership_lock(membership);
    conn->broken = !ok || (membership->has_left && !membership_deliver(membership));
    now = clock_now();
    if (has_output(conn) || now - before > EVENTS_LONG)
        conn->deadline.since = now; /* the client may have read events all this time */
    return has_output(conn);
}

bool connection_after_send(struct connection *conn, ssize_t n)
{
    bool failed = n < 0 && errno != EAGAIN && errno != EINTR;
    size_t sent = n > 0 ? (size_t)n : 0;
    conn->broken = failed || !deadline_after_send(&conn->deadline, &conn->setup->timeouts,
                                                  &conn->session, sent, conn->fd);
    return has_output(conn);
}

static void join(struct connection *conn)
{
    conn->join_forwarder(conn->client);
    membership_end(&conn->membership);
}

void connection_unlock(struct connection *conn)
{
    if (outbox_empty(&conn->session.out))
        sender_close(&conn->sender); /* an idle client has no pipe */
    membership_unlock(&conn->membership);
    if (conn->membership.has_left)
        join(conn);
}

bool connection_forward(struct connection *conn)
{
    return membership_forward(&conn->membership);
}

void connection_end(struct connection *conn)
{
    bool ok = !conn->broken && !conn->session.out.failed;
    if (!ok)
        shutdown(conn->fd, SHUT_RDWR); /* the forwarder may be sending */
    session_free(&conn->session);
    sender_close(&conn->sender);
    upload_buffer_free(conn);
    membership_unlock(&conn->membership);
    if (conn->membership.member != NULL)
        join(conn);
    if (ok)
        linger_wait(conn->fd,
                    deadline_linger_since(&conn->deadline, conn->setup->stopping, clock_now()));
}

bool connection_enter(void *owner, struct member *member)
{
    struct connection *conn = owner;
    membership_begin(&conn->membership, conn->setup->shared.room, member);
    if (conn->start_forwarder(conn->client))
        return true;
    membership_cancel(&conn->membership);
    return false;
}
