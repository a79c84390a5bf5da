/* 01_loop/minimal.c: one client at a time, on one page
 *
 * Model     The six calls of a TCP server: socket, bind and listen once, accept for each client,
 *           recv and send for each request. The last three block: until there is a client, until
 *           bytes have come, until the kernel has taken all bytes. So a second client waits until
 *           the first has left.
 * Left out  All but N (ping) and Q (quit); timeouts: a client that is silent, or does not read,
 *           keeps the others waiting. SIGINT or SIGTERM ends the process. CRs are skipped; lines
 *           have no limit. Unread input after Q makes close send a reset; the last reply can be
 *           lost.
 * Next      server.c: the same model, doing the whole job; or 02_fork/minimal.c
 */
#include <err.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MODEL   "loop"
#define HELLO   "HELLO 1 " MODEL "\n"
#define UNKNOWN "ERR bad-request only N and Q are known\n"
enum { PORT = 9001, CLIENTS = 1 };

static void serve_client(int fd);
static bool conn_recv(int fd, int *seen);

int main(int argc, char **argv)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof addr;
    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    addr.sin_port = htons((in_port_t)(argc == 3 ? strtol(argv[2], NULL, 10) : PORT)); /* -p PORT */
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(listener, (struct sockaddr *)&addr, len) != 0 || listen(listener, SOMAXCONN) != 0 ||
        getsockname(listener, (struct sockaddr *)&addr, &len) != 0) /* -p 0: which port is it? */
        err(1, "can't listen on port %d", ntohs(addr.sin_port));
    dprintf(1, MODEL ": listening on 127.0.0.1:%d, serving nothing, up to %d clients\n",
            ntohs(addr.sin_port), CLIENTS);

    for (;;) {
        int fd = accept(listener, NULL, NULL); /* blocks until there is a client */
        if (fd >= 0)
            serve_client(fd); /* returns when it has left */
    }
}

static void serve_client(int fd)
{
    int seen = '\n';
    bool open = send(fd, HELLO, strlen(HELLO), MSG_NOSIGNAL) > 0; /* no SIGPIPE if it has gone */
    while (open)
        open = conn_recv(fd, &seen); /* blocks until the client sends something */
    close(fd);
}

/* Receives once, and answers each complete line. *seen is what is known of the incomplete one: '\n'
 * if it is empty, its byte if it has one, '?' if it has more. Returns false to close. */
static bool conn_recv(int fd, int *seen)
{
    char in[256], out[sizeof in * sizeof UNKNOWN], *end = out; /* each byte may be a request */
    int request = '\n'; /* of the last complete line; if there is none, send sends 0 bytes */
    ssize_t n = recv(fd, in, sizeof in, 0);
    if (n <= 0) /* 0: the client has closed; -1: it has reset the connection */
        return false;
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
