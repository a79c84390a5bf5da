/* ./udp PORT BYTES: answers pings by UDP, and shows a page by HTTP, both in one loop */
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LONGEST = 1024, REQUEST = 8192, CLIENTS = 64, UDP = 0, LISTENER = 1, FIRST = 2 };
static struct pollfd fds[FIRST + CLIENTS]; /* the UDP socket, the listener, browsers; -1: none */
static bool answered[FIRST + CLIENTS];     /* a browser has got its page, and may still send */
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

/* A line of the page. Returns false if the browser has gone. */
static bool show_option(int to, const char *name, int fd, int option)
{
    int value = 0;
    socklen_t size = sizeof value;
    return getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 &&
           dprintf(to, "%s %d\n", name, value) > 0;
}

static bool send_page(int to)
{
    static const struct {
        const char *name;
        int place, option;
    } shown[] = {
        {"udp SO_RCVBUF", UDP, SO_RCVBUF},      {"udp SO_SNDBUF", UDP, SO_SNDBUF},
        {"udp SO_TYPE", UDP, SO_TYPE},          {"udp SO_PROTOCOL", UDP, SO_PROTOCOL},
        {"tcp SO_RCVBUF", LISTENER, SO_RCVBUF}, {"tcp SO_ACCEPTCONN", LISTENER, SO_ACCEPTCONN},
        {"tcp SO_TYPE", LISTENER, SO_TYPE},     {"tcp SO_DOMAIN", LISTENER, SO_DOMAIN},
    };
    static const char head[] = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n";
    bool there = dprintf(to, "%spings %d\n", head, pings) > 0;

    for (size_t i = 0; there && i < sizeof shown / sizeof *shown; i++)
        there = show_option(to, shown[i].name, fds[shown[i].place].fd, shown[i].option);
    return there;
}

/* The page, then the end of what is sent; the connection is closed when the browser closes. To
 * close while input is unread, or on its way, is a reset, which can take the page with it. */
static void serve_browser(int place)
{
    char in[REQUEST];
    int fd = fds[place].fd;
    bool there = recv(fd, in, sizeof in, 0) > 0;

    if (there && !answered[place])
        there = answered[place] = send_page(fd) && shutdown(fd, SHUT_WR) == 0;
    if (there)
        return;
    close(fd);
    fds[place].fd = -1;
    answered[place] = false;
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

/* An argument that is a decimal number; or the program ends. */
static int number(const char *text, long most)
{
    char *end;
    long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || value < 0 || value > most)
        exit(2);
    return (int)value;
}

int main(int argc, char **argv)
{
    if (argc != 3 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return 2;
    for (int i = 0; i < FIRST + CLIENTS; i++)
        fds[i] = (struct pollfd){.fd = -1, .events = POLLIN};
    fds[UDP].fd = bound(SOCK_DGRAM, number(argv[1], 65535));
    fds[LISTENER].fd = bound(SOCK_STREAM, number(argv[1], 65535));
    int bytes = number(argv[2], INT_MAX);
    if (setsockopt(fds[UDP].fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) != 0 ||
        listen(fds[LISTENER].fd, SOMAXCONN) != 0)
        return 1;
    while (poll(fds, FIRST + CLIENTS, -1) >= 0) {
        if (fds[UDP].revents != 0)
            answer_datagram();
        for (int i = FIRST; i < FIRST + CLIENTS; i++)
            if (fds[i].fd >= 0 && fds[i].revents != 0)
                serve_browser(i);
        if (fds[LISTENER].revents != 0)
            accept_browser();
    }
    return 1;
}
