/* ./udp PORT BYTES: answers pings by UDP, and shows a page by HTTP, both in one loop */
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LONGEST = 1024, REQUEST = 8192, CLIENTS = 64, UDP = 0, LISTENER = 1, FIRST = 2 };
static struct pollfd fds[FIRST + CLIENTS]; /* the UDP socket, the listener, browsers; -1: none */
static int pings;                          /* answered */

/* A socket that is bound to a port of 127.0.0.1. */
static int bound(int type, int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, type | SOCK_NONBLOCK, 0), on = 1;
    at.sin_port = htons((in_port_t)port);
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, (struct sockaddr *)&at, sizeof at) != 0) {
        perror("bind");
        exit(1);
    }
    return fd;
}

static void answer_datagram(void)
{
    char in[LONGEST];
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    ssize_t n = recvfrom(fds[UDP].fd, in, sizeof in, MSG_TRUNC, (struct sockaddr *)&from, &size);
    const char *out = n > LONGEST ? "ERR too-long" : "ERR bad-request";
    if (n < 0)
        return;
    if (n == 1 && in[0] == 'N') {
        out = "OK 0";
        pings++;
    }
    if (sendto(fds[UDP].fd, out, strlen(out), 0, (struct sockaddr *)&from, size) < 0)
        perror("sendto"); /* no reply: UDP promises none */
}

/* One line of the page. */
static void show_option(int to, const char *name, int fd, int option)
{
    int value = 0;
    socklen_t size = sizeof value;
    if (getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 &&
        dprintf(to, "%s %d\n", name, value) < 0)
        perror(name);
}

static void answer_browser(struct pollfd *client)
{
    char in[REQUEST];
    if (recv(client->fd, in, sizeof in, 0) > 0 &&
        dprintf(client->fd, "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\npings %d\n",
                pings) > 0) {
        show_option(client->fd, "udp SO_RCVBUF", fds[UDP].fd, SO_RCVBUF);
        show_option(client->fd, "udp SO_SNDBUF", fds[UDP].fd, SO_SNDBUF);
        show_option(client->fd, "udp SO_TYPE", fds[UDP].fd, SO_TYPE);
        show_option(client->fd, "udp SO_PROTOCOL", fds[UDP].fd, SO_PROTOCOL);
        show_option(client->fd, "tcp SO_RCVBUF", fds[LISTENER].fd, SO_RCVBUF);
        show_option(client->fd, "tcp SO_TYPE", fds[LISTENER].fd, SO_TYPE);
        show_option(client->fd, "tcp SO_DOMAIN", fds[LISTENER].fd, SO_DOMAIN);
        show_option(client->fd, "tcp SO_ACCEPTCONN", fds[LISTENER].fd, SO_ACCEPTCONN);
    }
    close(client->fd);
    client->fd = -1;
}

static void accept_browser(void)
{
    int fd = accept4(fds[LISTENER].fd, NULL, NULL, SOCK_NONBLOCK), i = FIRST;
    while (i < FIRST + CLIENTS && fds[i].fd >= 0)
        i++;
    if (i < FIRST + CLIENTS)
        fds[i].fd = fd;
    else if (fd >= 0)
        close(fd); /* no place */
}

int main(int argc, char **argv)
{
    if (argc != 3 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return 2;
    for (int i = 0; i < FIRST + CLIENTS; i++)
        fds[i] = (struct pollfd){.fd = -1, .events = POLLIN};
    fds[UDP].fd = bound(SOCK_DGRAM, atoi(argv[1]));
    fds[LISTENER].fd = bound(SOCK_STREAM, atoi(argv[1]));
    int bytes = atoi(argv[2]);
    if (setsockopt(fds[UDP].fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) != 0 ||
        listen(fds[LISTENER].fd, SOMAXCONN) != 0)
        return 1;
    while (poll(fds, FIRST + CLIENTS, -1) >= 0) {
        if (fds[UDP].revents != 0)
            answer_datagram();
        for (int i = FIRST; i < FIRST + CLIENTS; i++)
            if (fds[i].fd >= 0 && fds[i].revents != 0)
                answer_browser(&fds[i]);
        if (fds[LISTENER].revents != 0)
            accept_browser();
    }
    return 1;
}
