/* 06_epoll/minimal.c: one thread and epoll(7), on one page
 *
 * Model     One thread waits for all clients at once. The kernel keeps the list of descriptors;
 *           epoll_wait blocks until one of them is ready, and returns only those that are. No other
 *           call may block, or everybody would wait: so sockets are non-blocking, and EAGAIN
 *           means "not now".
 * Left out  All but N (ping) and Q (quit); timeouts; waiting to write: a client that does not read
 *           is closed when its socket is full. SIGINT or SIGTERM ends the process. Without
 *           descriptors accept fails again and again (a busy loop). CRs are skipped; lines have no
 *           limit. Unread input after Q makes close send a reset; the last reply can be lost.
 * Next      server.c: the same model, doing the whole job
 */
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MODEL   "epoll"
#define HELLO   "HELLO 1 " MODEL "\n"
#define UNKNOWN "ERR bad-request only N and Q are known\n"
enum { PORT = 9006, CLIENTS = 10000, EVENTS = 256 }; /* EVENTS: in one wait, at most */
static int seen_of[CLIENTS + 5]; /* see conn_recv; by descriptor; 5: 0, 1, 2, listener, epoll */

static bool conn_recv(int fd, int *seen);

int main(int argc, char **argv)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof addr;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    addr.sin_port = htons((in_port_t)(argc == 3 ? strtol(argv[2], NULL, 10) : PORT)); /* -p PORT */
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(listener, (struct sockaddr *)&addr, len) != 0 || listen(listener, SOMAXCONN) != 0 ||
        getsockname(listener, (struct sockaddr *)&addr, &len) != 0) /* -p 0: which port is it? */
        err(1, "can't listen on port %d", ntohs(addr.sin_port));
    dprintf(1, MODEL ": listening on 127.0.0.1:%d, serving nothing, up to %d clients\n",
            ntohs(addr.sin_port), CLIENTS);

    int epoll = epoll_create1(0);
    struct epoll_event ready[EVENTS], new = {.events = EPOLLIN, .data.fd = listener};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &new) != 0)
        err(1, "can't wait");
    for (;;) {
        bool connects = false;
        int n = epoll_wait(epoll, ready, EVENTS, -1); /* -1: EINTR */
        for (int i = 0; i < n; i++) {
            int fd = ready[i].data.fd;
            if (fd == listener)
                connects = true;
            else if (!conn_recv(fd, &seen_of[fd]))
                close(fd); /* and the kernel takes it off the list */
        }
        int fd = connects ? accept4(listener, NULL, NULL, SOCK_NONBLOCK) : -1;
        new.data.fd = fd;
        if (fd >= CLIENTS + 5 || (fd >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &new) != 0)) {
            close(fd); /* seen_of has no place for it, or there is no memory to watch it */
        } else if (fd >= 0) {
            seen_of[fd] = '\n';
            send(fd, HELLO, strlen(HELLO), MSG_NOSIGNAL); /* it fits: a new socket is empty */
        }
    }
}

/* Receives once, and answers each complete line. *seen is what is known of the incomplete one: '\n'
 * if it is empty, its byte if it has one, '?' if it has more. Returns false to close: also if send
 * takes less than all (the socket is full) or fails (MSG_NOSIGNAL: without SIGPIPE). */
static bool conn_recv(int fd, int *seen)
{
    char in[256], out[sizeof in * sizeof UNKNOWN], *end = out; /* each byte may be a request */
    int request = '\n'; /* of the last complete line; if there is none, send sends 0 bytes */
    ssize_t n = recv(fd, in, sizeof in, 0);
    if (n <= 0) /* 0: the client has closed; -1: it has reset the connection, or nothing came */
        return n < 0 && (errno == EAGAIN || errno == EINTR);
    for (ssize_t i = 0; i < n && request != 'Q'; i++) {
        if (in[i] == '\n') {
            request = *seen;
            end = stpcpy(end, request == 'N' || request == 'Q' ? "OK 0\n" : UNKNOWN);
            *seen = '\n';
        } else if (in[i] != '\r') {
            *seen = *seen == '\n' ? in[i] : '?';
        }
    }
    return send(fd, out, (size_t)(end - out), MSG_NOSIGNAL) == end - out && request != 'Q';
}
