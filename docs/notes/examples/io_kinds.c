/* io_kinds: one client, which sends a line after 100 ms, received in three ways
 *
 * What differs is the number of calls: blocking I/O sleeps in recv(2), non-blocking I/O asks again
 * and again, multiplexed I/O sleeps in poll(2) and receives when there is something.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void must(long result, const char *call)
{
    if (result < 0)
        err(1, "%s", call);
}

/* Returns a socket whose other end is a process that thinks for 100 ms, then sends a line. */
static int slow_client(void)
{
    int pair[2];
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
    pid_t client = fork();
    must(client, "fork");
    if (client == 0) {
        usleep(100000);
        _exit(send(pair[1], "N\n", 2, 0) == 2 ? 0 : 1);
    }
    close(pair[1]);
    return pair[0];
}

static void done(int fd)
{
    close(fd);
    must(wait(NULL), "wait");
}

static void blocking(void)
{
    char line[16];
    int fd = slow_client();
    ssize_t n = recv(fd, line, sizeof line, 0);
    printf("blocking      recv called once, asleep until the line came: %zd bytes\n", n);
    done(fd);
}

static void non_blocking(void)
{
    char line[16];
    long calls = 1;
    int fd = slow_client();
    must(fcntl(fd, F_SETFL, O_NONBLOCK), "fcntl");
    while (recv(fd, line, sizeof line, 0) < 0 && errno == EAGAIN)
        calls++; /* a program would do something else here */
    printf("non-blocking  recv called more than 1000 times: %s; all but the last: -1 EAGAIN\n",
           calls > 1000 ? "yes" : "no");
    done(fd);
}

static void multiplexed(void)
{
    char line[16];
    int fds[2] = {slow_client(), slow_client()}, left = 2, waits = 0;
    struct pollfd entries[2] = {{.fd = fds[0], .events = POLLIN}, {.fd = fds[1], .events = POLLIN}};
    ssize_t sum = 0;
    for (; left > 0; waits++) {
        must(poll(entries, 2, -1), "poll");
        for (int i = 0; i < 2; i++) {
            if (entries[i].revents == 0)
                continue;
            sum += recv(entries[i].fd, line, sizeof line, 0);
            entries[i].fd = -1;
            left--;
        }
    }
    printf("multiplexed   two clients, %s, recv called twice: %zd bytes\n",
           waits <= 2 ? "poll called at most twice" : "poll called too often", sum);
    done(fds[0]);
    done(fds[1]);
}

int main(void)
{
    blocking();
    non_blocking();
    multiplexed();
    return 0;
}
