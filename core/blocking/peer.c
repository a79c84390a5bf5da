/* core/blocking/peer.c: see peer.h */
#include "blocking/peer.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sockets/net.h"

void peer_begin(struct peer *peer, const struct acceptor *acceptor, int fd, void *owner)
{
    const struct patience *patience = &acceptor->patience;
    *peer = (struct peer){.fd = fd};
    peer->membership.fd = fd;
    peer->membership.timeout = patience->limit[PHASE_TRANSFER];
    session_init(&peer->session, &acceptor->setup->shared, owner);
    pace_begin(&peer->pace, patience, &peer->session, patience->limit[PHASE_IDLE]);
    setup_note(acceptor->setup, fd, "is served");
}

size_t peer_recv_size(struct peer *peer, size_t most)
{
    size_t size = session_read_size(&peer->session);
    if (!pace_receive(&peer->pace, &peer->session, peer->fd))
        return 0;
    peer->resting = peer->pace.mark.phase != PHASE_TRANSFER;
    return size < most ? size : most;
}

bool peer_received(struct peer *peer, const char *bytes, ssize_t n)
{
    peer->resting = false;
    if (n > 0) {
        session_feed(&peer->session, bytes, (size_t)n);
        pace_received(&peer->pace, &peer->session, (size_t)n);
    } else if (n == 0) {
        session_end(&peer->session); /* what came before is still answered */
    }
    return n >= 0 || errno == EAGAIN || errno == EINTR;
}

bool peer_sent(struct peer *peer, ssize_t n)
{
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        return false;
    return pace_sent(&peer->pace, &peer->session, n > 0 ? (size_t)n : 0);
}

bool peer_flush_begin(struct peer *peer)
{
    bool has_left = membership_has_left(&peer->membership);
    if (!has_left && outbox_empty(&peer->session.out))
        return true;
    bool ok = membership_lock(&peer->membership);
    return ok && (!has_left || membership_deliver(&peer->membership));
}

bool peer_flush_end(struct peer *peer)
{
    membership_unlock(&peer->membership);
    return membership_has_left(&peer->membership);
}

bool peer_end(struct peer *peer, bool gently)
{
    if (!gently)
        shutdown(peer->fd, SHUT_RDWR);
    session_free(&peer->session);
    sender_close(&peer->sender);
    membership_unlock(&peer->membership);
    return membership_has_left(&peer->membership);
}

void peer_close(struct peer *peer, bool gently)
{
    if (gently)
        net_close_gently(peer->fd);
    else
        close(peer->fd);
}
