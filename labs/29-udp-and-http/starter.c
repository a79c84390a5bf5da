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
    /* yours: SO_RCVBUF of the UDP socket, listen, and a loop around poll */
    return 0;
}
