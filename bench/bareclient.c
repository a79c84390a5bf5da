/* bench/bareclient.c: what a load generator costs at the very least: the yardstick for lab-bench load
 *
 * One thread, epoll(7), N and OK 0 in a closed loop; measures nothing but the rate and
 * its own processor time, and does not survive an error. bench/bare-compare runs the two against each other.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 512 };

static volatile sig_atomic_t over;

static void on_alarm(int signal_number)
{
    (void)signal_number;
    over = 1;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void ask(int fd)
{
    if (send(fd, "N\n", 2, MSG_NOSIGNAL) != 2)
        fail("send");
}

static int client_open(const struct sockaddr_in *to)
{
    char line[64];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)to, sizeof *to) != 0)
        fail("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (recv(fd, line, sizeof line, 0) < 8 || memcmp(line, "HELLO 1 ", 8) != 0)
        fail("greeting");
    return fd;
}

static unsigned long run(int epoll, int seconds)
{
    struct epoll_event events[EVENTS];
    char reply[4096];
    unsigned long requests = 0;
    over = 0;
    alarm((unsigned int)seconds);
    while (!over) {
        int n = epoll_wait(epoll, events, EVENTS, 1000);
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            if (recv(fd, reply, sizeof reply, 0) != 5 || memcmp(reply, "OK 0\n", 5) != 0)
                fail("reply");
            ask(fd);
            requests++;
        }
    }
    return requests;
}

int main(int argc, char **argv)
{
    int clients = 1, seconds = 2, port = 9000;
    struct rlimit limit;
    struct sockaddr_in to = {.sin_family = AF_INET};
    struct sigaction action = {.sa_handler = on_alarm};
    for (int option; (option = getopt(argc, argv, "c:t:p:")) != -1;) {
        int value = option == '?' ? 0 : (int)strtol(optarg, NULL, 10);
        if (value <= 0) {
            fputs("usage: bareclient [-c CLIENTS] [-t SECONDS] [-p PORT]\n", stderr);
            return 2;
        }
        *(option == 'c' ? &clients : option == 't' ? &seconds : &port) = value;
    }
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons((uint16_t)port);
    sigaction(SIGALRM, &action, NULL);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < clients; i++) {
        int fd = client_open(&to);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
            fail("epoll");
        ask(fd);
    }
    run(epoll, 1); /* warm up */
    double begin = seconds_of(CLOCK_MONOTONIC), cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    double requests = (double)run(epoll, seconds);
    cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    printf("%.0f /s, %.2f us a request\n", requests / (seconds_of(CLOCK_MONOTONIC) - begin),
           cpu / requests * 1e6);
    return 0;
}
