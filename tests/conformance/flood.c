#include "flood.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "verdict.h"

enum { BLOCK = 16 * 1024, MOST = 600 };

static char block[BLOCK], rubbish[256 * 1024];
static size_t block_len;

static void block_fill(const char *lines)
{
    size_t len = strlen(lines);

    for (block_len = 0; block_len + len <= BLOCK;)
        for (size_t i = 0; i < len; i++)
            block[block_len++] = lines[i];
}

pid_t flood_fork(void)
{
    pid_t parent = getpid(), child = fork();

    verdict_check(child >= 0, "fork");
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
    }
    return child;
}

/* Moves what can be moved. Returns whether the connection is still there. */
static bool move(struct pollfd *polled, size_t *at)
{
    if (polled->revents & (POLLIN | POLLERR | POLLHUP)) {
        ssize_t n = recv(polled->fd, rubbish, sizeof rubbish, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            return false;
    }
    if (polled->revents & POLLOUT) {
        ssize_t n = send(polled->fd, block + *at, block_len - *at, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0)
            *at = (*at + (size_t)n) % block_len;
    }
    return true;
}

pid_t flood_start(struct wire *const *wires, size_t n, const char *lines)
{
    static struct pollfd polled[MOST];
    static size_t at[MOST];
    size_t left = n;

    verdict_check(n <= MOST, "a flood of %zu clients", n);
    pid_t child = flood_fork();
    if (child > 0)
        return child;
    block_fill(lines);
    for (size_t i = 0; i < n; i++)
        polled[i] = (struct pollfd){.fd = wire_fd(wires[i]), .events = POLLIN | POLLOUT};
    while (left > 0 && poll(polled, n, -1) > 0)
        for (size_t i = 0; i < n; i++)
            if (polled[i].revents && !move(&polled[i], &at[i])) {
                polled[i].fd = -1;
                left--;
            }
    _exit(0);
}

pid_t flood_pipe(int fd, const char *lines)
{
    pid_t child = flood_fork();

    if (child > 0)
        return child;
    signal(SIGPIPE, SIG_DFL); /* ends us when nobody reads any more */
    block_fill(lines);
    for (size_t at = 0;;) {
        struct pollfd polled = {.fd = fd, .events = POLLOUT};
        (void)poll(&polled, 1, -1);
        ssize_t n = write(fd, block + at, block_len - at);
        if (n > 0)
            at = (at + (size_t)n) % block_len;
        else if (n < 0 && errno != EAGAIN && errno != EINTR)
            _exit(1);
    }
}

void flood_stop(pid_t flood)
{
    verdict_check(waitpid(flood, NULL, WNOHANG) == 0, "the flood has ended by itself");
    flood_end(flood);
}

void flood_end(pid_t flood)
{
    kill(flood, SIGKILL);
    while (waitpid(flood, NULL, 0) < 0 && errno == EINTR)
        ;
}
