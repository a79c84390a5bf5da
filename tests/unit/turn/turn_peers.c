/* turn_peers.c: the clients of turns.h */
#include "turns.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sockets/net.h"

struct turn_peer *turns_client(void)
{
    int pair[2];
    unit_check(turns.count < TURNS_PEERS, "too many clients");
    unit_check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0,
               "socketpair: %s", strerror(errno));
    struct turn_peer *peer = &turns.peers[turns.count++];
    (void)turn_accepted(&turns.turn, pair[0]);
    *peer = (struct turn_peer){.fd = pair[1], .server_fd = pair[0]};
    peer->client = clients_find(&turns.turn.clients, pair[0]);
    unit_check(peer->client != NULL, "it is refused");
    turns_pass();
    peer_expect(peer, "HELLO 1 test\n");
    return peer;
}

struct turn_peer *turns_member(void)
{
    char line[16];
    struct turn_peer *peer = turns_client();
    (void)snprintf(line, sizeof line, "C m%zu\n", turns.count - 1);
    peer_say(peer, line);
    turns_until_idle();
    peer_expect(peer, "OK 0\n");
    return peer;
}

void turns_forget(void)
{
    size_t received;
    do {
        received = 0;
        turns_until_idle();
        for (size_t i = 0; i < turns.count; i++) {
            (void)peer_read(&turns.peers[i]);
            received += turns.peers[i].received.len;
            sink_reset(&turns.peers[i].received);
        }
    } while (received > 0);
}

int turns_connect(void)
{
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unit_check(fd >= 0 &&
                   getsockname(turns.turn.setup.listener, (struct sockaddr *)&address, &size) ==
                       0 &&
                   connect(fd, (struct sockaddr *)&address, size) == 0 && net_set_nonblocking(fd),
               "connect: %s", strerror(errno));
    return fd;
}

void turns_hears(int fd, const char *want)
{
    char bytes[200];
    ssize_t n = recv(fd, bytes, sizeof bytes, 0);
    unit_same("a client", "", 0, want, strlen(want), bytes, n < 0 ? 0 : (size_t)n);
}

/* ---- the other ends ---- */

size_t peer_push(struct turn_peer *peer, const char *bytes, size_t len)
{
    ssize_t n = send(peer->fd, bytes, len, MSG_NOSIGNAL);
    unit_check(n >= 0 || errno == EAGAIN, "send: %s", strerror(errno));
    return n < 0 ? 0 : (size_t)n;
}

void peer_say(struct turn_peer *peer, const char *text)
{
    unit_check(peer_push(peer, text, strlen(text)) == strlen(text), "its socket is full");
}

void peer_fill(const struct turn_peer *peer)
{
    static char much[1 << 16];
    while (send(peer->server_fd, much, sizeof much, MSG_DONTWAIT) > 0)
        ;
}

bool peer_read(struct turn_peer *peer)
{
    char bytes[16 * 1024];
    ssize_t n;
    while ((n = recv(peer->fd, bytes, sizeof bytes, 0)) > 0)
        sink_add(&peer->received, bytes, (size_t)n);
    return n < 0 && errno == EAGAIN;
}

void peer_expect(struct turn_peer *peer, const char *want)
{
    (void)peer_read(peer);
    unit_same("a client hears", "", 0, want, strlen(want), peer->received.bytes,
              peer->received.len);
    sink_reset(&peer->received);
}

void peer_close(struct turn_peer *peer)
{
    close(peer->fd);
    peer->fd = -1;
}
