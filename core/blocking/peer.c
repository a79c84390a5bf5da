/* core/blocking/peer.c: see peer.h */
#include "blocking/peer.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "sockets/linger.h"

void peer_begin(struct peer *peer, const struct setup *setup, int fd, void *owner)
{
    const struct timeouts *timeouts = &setup->timeouts;
    *peer = (struct peer){.fd = fd, .timeouts = timeouts};
    peer->membership.fd = fd;
    peer->membership.timeout = timeouts->limit[PHASE_TRANSFER];
    session_init(&peer->session, &setup->shared, owner);
    deadline_start(&peer->deadline, timeouts, &peer->session, clock_now());
    setup_log(setup, fd, "is served");
}

size_t peer_receive(struct peer *peer, char **bytes)
{
    size_t size = session_read_size(&peer->session);
    if (!deadline_receive(&peer->deadline, peer->timeouts, &peer->session, peer->fd))
        return 0;
    peer->idle = peer->deadline.phase != PHASE_TRANSFER;
    if (size > SESSION_READ_LINES && peer->large == NULL)
        peer->large = malloc(SESSION_READ_MAX);
    if (size <= SESSION_READ_LINES || peer->large == NULL)
        return size < SESSION_READ_SMALL ? size : SESSION_READ_SMALL;
    *bytes = peer->large;
    return size;
}

bool peer_received(struct peer *peer, const char *bytes, ssize_t n)
{
    peer->idle = false;
    if (n >= 0)
        session_feed(&peer->session, bytes, (size_t)n);
    if (n > 0)
        deadline_update(&peer->deadline, &peer->session, (size_t)n, clock_now());
    return n >= 0 || errno == EAGAIN || errno == EINTR;
}

bool peer_sent(struct peer *peer, ssize_t n)
{
    size_t sent = n > 0 ? (size_t)n : 0;
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        return false;
    return deadline_sent(&peer->deadline, peer->timeouts, &peer->session, sent);
}

bool peer_flush_begin(struct peer *peer)
{
    struct membership *membership = &peer->membership;
    if (session_left_room(&peer->session) != NULL)
        membership->has_left = true;
    if (!membership->has_left && outbox_empty(&peer->session.out))
        return true;
    bool ok = membership_lock(membership);
    return ok && (!membership->has_left || membership_deliver(membership));
}

bool peer_flush_end(struct peer *peer)
{
    membership_unlock(&peer->membership);
    return peer->membership.has_left;
}

bool peer_end(struct peer *peer, bool gently)
{
    if (!gently)
        shutdown(peer->fd, SHUT_RDWR);
    session_free(&peer->session);
    sender_close(&peer->sender);
    free(peer->large);
    membership_unlock(&peer->membership);
    return peer->membership.member != NULL;
}

void peer_close(struct peer *peer, bool gently)
{
    if (gently)
        linger_close(peer->fd);
    else
        close(peer->fd);
}
