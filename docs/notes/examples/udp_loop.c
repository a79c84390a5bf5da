/* udp_loop: an iterative server over UDP, and two clients that take turns
 *
 * The server is the loop of 01_loop without accept: each datagram is a whole request, with its
 * sender's address. Nobody has to leave before the next is served.
 */
#include <err.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void serve(int fd)
{
    char request[1024];
    struct sockaddr_in from;
    for (;;) {
        socklen_t len = sizeof from;
        ssize_t n = recvfrom(fd, request, sizeof request, 0, (struct sockaddr *)&from, &len);
        if (n < 0)
            continue; /* EINTR, or the error of a reply that could not be delivered */
        const char *reply = n == 1 && request[0] == 'N' ? "OK 0" : "ERR bad-request";
        (void)sendto(fd, reply, strlen(reply), 0, (struct sockaddr *)&from, len);
    }
}

static int udp_socket(struct sockaddr_in *address)
{
    socklen_t len = sizeof *address;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    *address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (fd < 0 || bind(fd, (struct sockaddr *)address, len) != 0 ||
        getsockname(fd, (struct sockaddr *)address, &len) != 0)
        err(1, "can't bind");
    return fd;
}

static void ask(const char *name, int fd, const char *request, const struct sockaddr_in *server)
{
    char reply[1024];
    struct timeval bound = {.tv_sec = 5}; /* a datagram can be lost, and nobody repeats it for us */
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound) != 0 ||
        sendto(fd, request, strlen(request), 0, (const struct sockaddr *)server, sizeof *server) <
            0)
        err(1, "sendto");
    ssize_t n = recv(fd, reply, sizeof reply, 0);
    if (n < 0)
        err(1, "recv");
    printf("client %s  %-2s  %.*s\n", name, request, (int)n, reply);
}

int main(void)
{
    struct sockaddr_in server, unused;
    int fd = udp_socket(&server), a = udp_socket(&unused), b = udp_socket(&unused);
    pid_t pid = fork();
    if (pid < 0)
        err(1, "fork");
    if (pid == 0) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0)
            serve(fd);
        _exit(1);
    }
    ask("A", a, "N", &server);
    ask("B", b, "N", &server);
    ask("A", a, "?", &server);
    ask("B", b, "N", &server);
    return kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid ? 0 : 1;
}
