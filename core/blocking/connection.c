/* core/blocking/peer.c: see peer.h */
#include "blocking/peer.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "sockets/linger.h"

void peer_begin(struct peer *peer, const struct setup *setup, int fd, struct client *client,
                bool (*start)(struct client *client), void (*join)(struct client *client))
{
    *peer = (struct peer){.fd = fd,
                          .setup = setup,
                          .client = client,
                          .start_forwarder = start,
                          .join_forwarder = join};
    peer->membership.fd = fd;
    peer->membership.timeout = setup->timeouts.limit[PHASE_TRANSFER];
    session_init(&peer->session, &setup->shared, peer);
    deadline_start(&peer->deadline, &setup->timeouts, &peer->session, clock_now());
    setup_log(setup, fd, "is served");
}

bool peer_next(struct peer *peer, bool *sends)
{
    unsigned int waits_for = 0;
    while (!peer->broken && (waits_for = session_waits_for(&peer->session)) == SESSION_CONTINUE)
        session_continue(&peer->session);
    if (session_left_room(&peer->session) != NULL)
        peer->membership.has_left = true;
    *sends = (waits_for & SESSION_WRITE) != 0 || peer->membership.has_left;
    return !peer->broken && (*sends || waits_for != 0);
}

size_t peer_receive(struct peer *peer, char **bytes, size_t size)
{
    size_t wanted = session_read_size(&peer->session);
    if (!deadline_receive(&peer->deadline, &peer->setup->timeouts, &peer->session, peer->fd))
        return 0;
    peer->idle = peer->deadline.phase != PHASE_TRANSFER;
    if (peer->idle && peer->setup->stopping)
        shutdown(peer->fd, SHUT_RD); /* to stop it, both are set and read in the other order */
    if (wanted > SESSION_READ_LINES && peer->large == NULL)
        peer->large = malloc(SESSION_READ_MAX);
    if (wanted <= SESSION_READ_LINES || peer->large == NULL)
        return wanted < size ? wanted : size;
    *bytes = peer->large;
    return wanted;
}

void peer_received(struct peer *peer, const char *bytes, ssize_t n)
{
    peer->idle = false;
    if (n >= 0)
        session_feed(&peer->session, bytes, (size_t)n);
    if (n > 0)
        deadline_update(&peer->deadline, &peer->session, (size_t)n, clock_now());
    peer->broken = n < 0 && errno != EAGAIN && errno != EINTR;
}

static bool has_output(const struct peer *peer)
{
    return !peer->broken && (session_waits_for(&peer->session) & SESSION_WRITE) != 0;
}

bool peer_lock(struct peer *peer)
{
    struct membership *membership = &peer->membership;
    bool ok = membership_lock(membership);
    peer->broken = !ok || (membership->has_left && !membership_deliver(membership));
    return has_output(peer);
}

bool peer_sent(struct peer *peer, ssize_t n)
{
    bool failed = n < 0 && errno != EAGAIN && errno != EINTR;
    size_t sent = n > 0 ? (size_t)n : 0;
    peer->broken =
        failed || !deadline_sent(&peer->deadline, &peer->setup->timeouts, &peer->session, sent);
    return has_output(peer);
}

static void join(struct peer *peer)
{
    peer->join_forwarder(peer->client);
    membership_end(&peer->membership);
}

void peer_unlock(struct peer *peer)
{
    membership_unlock(&peer->membership);
    if (peer->membership.has_left)
        join(peer);
}

bool peer_forward(struct peer *peer)
{
    return membership_forward(&peer->membership);
}

void peer_end(struct peer *peer)
{
    bool ok = !peer->broken && !peer->session.out.failed;
    if (!ok)
        shutdown(peer->fd, SHUT_RDWR); /* the forwarder may be sending */
    session_free(&peer->session);
    sender_close(&peer->sender);
    free(peer->large);
    membership_unlock(&peer->membership);
    if (peer->membership.member != NULL)
        join(peer);
    if (ok)
        linger_wait(peer->fd);
}

bool peer_enter(void *owner, struct member *member)
{
    struct peer *peer = owner;
    membership_begin(&peer->membership, peer->setup->shared.room, member);
    if (peer->start_forwarder(peer->client))
        return true;
    membership_cancel(&peer->membership);
    return false;
}
