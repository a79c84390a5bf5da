/* relay.c: see relay.h */
#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loopback.h"

enum { ENDS = 4096, HEAD = 5, CHUNK = 65536, EVENTS = 64 };

/* One end of a pair of connections, by its descriptor. */
static struct end {
    int other;       /* -1: free */
    bool is_server;  /* what it sends are replies and events */
    char head[HEAD]; /* the beginning of the line that is coming */
    size_t length;   /* of what came of it, at most HEAD */
} ends[ENDS];

static volatile sig_atomic_t ended;

static void on_end(int signal_number)
{
    ended = signal_number;
}

static void line_count(const struct end *end, struct relay_counts *counts)
{
    unsigned char first = end->length > 0 ? (unsigned char)end->head[0] : 0;
    if (!end->is_server)
        counts->asked[first & 127]++;
    else if (memcmp(end->head, "OK 0", 4) == 0)
        counts->replies++;
    else if (memcmp(end->head, "* SAY", 5) == 0)
        counts->says++;
}

static void bytes_count(struct end *end, const char *bytes, size_t n, struct relay_counts *counts)
{
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] == '\n') {
            line_count(end, counts);
            memset(end->head, 0, sizeof end->head);
            end->length = 0;
        } else if (end->length < HEAD) {
            end->head[end->length++] = bytes[i];
        }
    }
}

static void pair_close(int fd)
{
    (void)close(ends[fd].other);
    (void)close(fd);
    ends[ends[fd].other].other = -1;
    ends[fd].other = -1;
}

static void end_serve(int fd, struct relay_counts *counts)
{
    static char chunk[CHUNK];
    ssize_t n = ends[fd].other < 0 ? -1 : recv(fd, chunk, sizeof chunk, MSG_DONTWAIT);
    if (ends[fd].other < 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
        return;
    if (n > 0)
        bytes_count(&ends[fd], chunk, (size_t)n, counts);
    if (n <= 0 ||
        !loopback_send(ends[fd].other, chunk, (size_t)n)) /* waits: the other side reads */
        pair_close(fd);
}

static void pair_open(int epoll, int listener, int to_port)
{
    int pair[2] = {accept4(listener, NULL, NULL, SOCK_CLOEXEC), loopback_connect(to_port)};
    bool ok = pair[0] >= 0 && pair[1] >= 0 && pair[0] < ENDS && pair[1] < ENDS;
    for (int i = 0; i < 2 && ok; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = pair[i]};
        (void)setsockopt(pair[i], IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        ends[pair[i]] = (struct end){.other = pair[1 - i], .is_server = i == 1};
        ok = epoll_ctl(epoll, EPOLL_CTL_ADD, pair[i], &event) == 0;
    }
    for (int i = 0; i < 2 && !ok; i++) {
        if (pair[i] >= 0)
            (void)close(pair[i]);
        if (pair[i] >= 0 && pair[i] < ENDS)
            ends[pair[i]].other = -1;
    }
}

static _Noreturn void relay_run(int listener, int to_port, int out)
{
    struct relay_counts counts = {.replies = 0};
    struct epoll_event events[EVENTS];
    struct sigaction end = {.sa_handler = on_end};
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    sigset_t none;
    sigemptyset(&end.sa_mask);
    sigemptyset(&none);
    (void)sigaction(SIGTERM, &end, NULL);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    (void)signal(SIGINT, SIG_IGN); /* the process that started it ends it */
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) < 0)
        _exit(1);
    for (int i = 0; i < ENDS; i++)
        ends[i].other = -1;
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    while (ended == 0) {
        int n = epoll_wait(epoll, events, EVENTS, 100); /* SIGTERM may come just before it */
        for (int i = 0; i < n; i++) {
            if (events[i].data.fd == listener)
                pair_open(epoll, listener, to_port);
            else
                end_serve(events[i].data.fd, &counts);
        }
    }
    _exit(write(out, &counts, sizeof counts) == sizeof counts ? 0 : 1);
}

bool relay_start(struct relay *relay, int to_port)
{
    int pipe_ends[2] = {-1, -1};
    relay->port = 0;
    int listener = loopback_listen(&relay->port, SOMAXCONN);
    bool ok = listener >= 0 && pipe2(pipe_ends, O_CLOEXEC) == 0;
    relay->pid = ok ? fork() : -1;
    if (relay->pid == 0)
        relay_run(listener, to_port, pipe_ends[1]);
    relay->counts = pipe_ends[0];
    if (listener >= 0)
        (void)close(listener);
    if (pipe_ends[1] >= 0)
        (void)close(pipe_ends[1]);
    if (relay->pid < 0 && relay->counts >= 0)
        (void)close(relay->counts);
    return relay->pid > 0;
}

bool relay_stop(struct relay *relay, struct relay_counts *counts)
{
    int status = -1;
    (void)kill(relay->pid, SIGTERM);
    bool read_all = read(relay->counts, counts, sizeof *counts) == (ssize_t)sizeof *counts;
    (void)close(relay->counts);
    return waitpid(relay->pid, &status, 0) == relay->pid && status == 0 && read_all;
}
