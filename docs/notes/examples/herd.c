/* herd: four processes wait for one listening socket; how many does a connection wake? */
#include <err.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define HERD 4

static void must(long result, const char *call)
{
    if (result < 0)
        err(1, "%s", call);
}

static void by_accept(int listener)
{
    must(accept4(listener, NULL, NULL, SOCK_CLOEXEC), "accept4");
}

static void by_poll(int listener)
{
    struct pollfd polled = {.fd = listener, .events = POLLIN};
    must(poll(&polled, 1, -1), "poll");
}

static void by_epoll_with(int listener, uint32_t extra)
{
    struct epoll_event event = {.events = EPOLLIN | extra}, ready;
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    must(epoll, "epoll_create1");
    must(epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event), "epoll_ctl");
    must(epoll_wait(epoll, &ready, 1, -1), "epoll_wait");
}

static void by_epoll(int listener)
{
    by_epoll_with(listener, 0);
}

static void by_exclusive(int listener)
{
    by_epoll_with(listener, EPOLLEXCLUSIVE);
}

/* A process that has been woken is not asleep before it has reported that. */
static void until_asleep(pid_t pid)
{
    char path[64], state = 0;
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    while (state != 'S') {
        FILE *file = fopen(path, "re");
        if (!file || fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
            err(1, "%s", path);
        fclose(file);
    }
}

static pid_t start(void (*wait_for)(int), int listener, const int report[2])
{
    pid_t pid = fork();
    must(pid, "fork");
    if (pid > 0)
        return pid;
    must(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl");
    must(write(report[1], "b", 1), "write"); /* it begins to wait */
    wait_for(listener);
    must(write(report[1], "w", 1), "write"); /* it is awake */
    for (;;)
        pause();
}

static void show(const char *name, void (*wait_for)(int))
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), report[2];
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pid_t herd[HERD];
    char bytes[HERD + 1];
    must(listener, "socket");
    must(client, "socket");
    must(bind(listener, (struct sockaddr *)&at, size), "bind");
    must(listen(listener, HERD), "listen");
    must(getsockname(listener, (struct sockaddr *)&at, &size), "getsockname");
    must(pipe(report), "pipe");
    for (int i = 0; i < HERD; i++)
        herd[i] = start(wait_for, listener, report);
    for (int i = 0; i < HERD; i++)
        must(read(report[0], bytes, 1), "read");
    for (int i = 0; i < HERD; i++)
        until_asleep(herd[i]);
    must(connect(client, (struct sockaddr *)&at, sizeof at), "connect");
    for (int i = 0; i < HERD; i++)
        until_asleep(herd[i]);
    must(write(report[1], "e", 1), "write"); /* there is something to read, in any case */
    ssize_t woken = read(report[0], bytes, sizeof bytes) - 1;
    must(woken, "read");
    printf("%-21s %zd\n", name, woken);
    for (int i = 0; i < HERD; i++) {
        must(kill(herd[i], SIGKILL), "kill");
        must(waitpid(herd[i], NULL, 0), "waitpid");
    }
    close(listener);
    close(client);
    close(report[0]);
    close(report[1]);
}

int main(void)
{
    show("accept", by_accept);
    show("poll", by_poll);
    show("epoll", by_epoll);
    show("epoll, EPOLLEXCLUSIVE", by_exclusive);
    return 0;
}
