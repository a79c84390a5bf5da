/* bench/baselines/baseline.c: what the kernel alone costs: the bare server to compare the six with
 *
 * Model    one thread, epoll(7), level-triggered; for each kind of work the cheapest calls known
 * Batch    with --batch it writes all that one read has brought to each member in one call
 * Work     with --work 1000 a request costs a microsecond more: the self-check has to find it
 * Limits   no queues: a reader that does not keep up blocks everybody (send_whole); a client that
 *          makes a mistake is closed without a reply; nothing may be pipelined behind G or P
 * Read     bench/README.md for the measurements behind it
 * Man      epoll(7) splice(2) sendfile(2) tcp(7)
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/descriptors.h"
#include "baselines/baseline.h"

enum { READ_BYTES = 64 * 1024, EVENTS = 512 };

int library;
static struct client *clients; /* indexed by descriptor */
static int *members, epoll;
static size_t n_members;
static char batch[1024 * 1024];
static size_t batch_len, batch_count; /* bytes, messages */
static bool batching;
static long work; /* nanoseconds for each request */

void watch(int fd, int operation, uint32_t events)
{
    epoll_ctl(epoll, operation, fd, &(struct epoll_event){.events = events, .data.fd = fd});
}

static void client_end(int fd)
{
    struct client *c = &clients[fd];
    body_end(c);
    if (c->seat > 0) {
        int last = members[--n_members];
        members[c->seat - 1] = last;
        clients[last].seat = c->seat;
    }
    c->seat = c->kept = 0;
    batch_len = batch_count = 0;
    close(fd);
}

/* One send, as there is room in all that is measured; else it waits, which no server should. */
bool send_whole(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
        struct pollfd room = {.fd = fd, .events = POLLOUT};
        if (sent < 0 && (errno != EAGAIN || poll(&room, 1, 10000) <= 0))
            return false;
        bytes += sent < 0 ? 0 : sent;
        n -= sent < 0 ? 0 : (size_t)sent;
    }
    return true;
}

static void members_send(int speaker, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n_members; i++) {
        if (members[i] != speaker && !send_whole(members[i], bytes, n))
            shutdown(members[i], SHUT_RDWR); /* its next turn ends it */
    }
}

/* What one read of this speaker's socket has brought: to each member in one call. */
static bool batch_send(int speaker)
{
    static const char replies[] = "OK 0\nOK 0\nOK 0\nOK 0\nOK 0\nOK 0\nOK 0\nOK 0\n";
    const size_t each = 5, max = sizeof replies / each;
    if (batch_count > 0)
        members_send(speaker, batch, batch_len);
    batch_len = 0;
    for (; batch_count > max; batch_count -= max)
        if (!send_whole(speaker, replies, max * each))
            return false;
    size_t left = batch_count * each;
    batch_count = 0;
    return send_whole(speaker, replies, left);
}

static bool chat_say(int speaker, const char *text, size_t n)
{
    batch_len += (size_t)snprintf(batch + batch_len, sizeof batch - batch_len, "* SAY %s %.*s\n",
                                  clients[speaker].nick, (int)n, text);
    batch_count++;
    bool room = sizeof batch - batch_len > BASELINE_LINE + NICK_BYTES + 8;
    return (batching && room) || batch_send(speaker);
}

static void work_do(void)
{
    struct timespec now, begin;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - begin.tv_sec) * 1000000000 + now.tv_nsec - begin.tv_nsec < work);
}

static bool request(int fd, struct client *c, const char *line, size_t n) /* line ends in NUL */
{
    const char *name = line[0] == 'P' ? strchr(line + 1, ' ') : line + 1;
    name = name != NULL && line[0] == 'P' ? strchr(name + 1, ' ') : name;
    if (n >= BASELINE_LINE)
        return false;
    if (work > 0)
        work_do();
    if (line[0] == 'S' && n > 2)
        return chat_say(fd, line + 2, n - 2);
    if (!batch_send(fd)) /* replies come in the order of the requests */
        return false;
    if (line[0] == 'G' || line[0] == 'P') {
        if (name == NULL || name[0] != ' ' || name[1] == '.' || strchr(name, '/') != NULL)
            return false;
        return line[0] == 'G' ? download_begin(fd, c, name + 1)
                              : upload_begin(fd, c, line + 2, name + 1);
    }
    if (line[0] == 'C' && c->seat == 0) {
        members[n_members++] = fd;
        c->seat = n_members;
        snprintf(c->nick, sizeof c->nick, "%s", n > 2 ? line + 2 : "");
    }
    return send_whole(fd, "OK 0\n", 5) && line[0] != 'Q';
}

static bool lines_turn(int fd, struct client *c)
{
    static char lines[BASELINE_LINE + READ_BYTES];
    memcpy(lines, c->line, c->kept);
    ssize_t n = recv(fd, lines + c->kept, READ_BYTES, 0);
    if (n <= 0)
        return n < 0 && errno == EAGAIN;
    char *at = lines, *end = lines + c->kept + (size_t)n, *lf;
    while ((lf = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        *lf = '\0';
        if (c->state != LINES || !request(fd, c, at, (size_t)(lf - at)))
            return false;
        at = lf + 1;
    }
    c->kept = (size_t)(end - at);
    if (c->kept > 0 && (c->kept > BASELINE_LINE || c->state != LINES))
        return false;
    memcpy(c->line, at, c->kept);
    return batch_send(fd);
}

static void serve(int listener, int max)
{
    static bool (*const turn[])(int, struct client *) = {lines_turn, download_turn, upload_turn};
    static const char hello[] = "HELLO 1 baseline\n";
    struct epoll_event events[EVENTS];
    for (;;) {
        int n = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            if (fd != listener) {
                if (!turn[clients[fd].state](fd, &clients[fd]))
                    client_end(fd);
            } else if ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
                watch(fd, EPOLL_CTL_ADD, EPOLLIN);
                if (fd >= max || !send_whole(fd, hello, sizeof hello - 1))
                    client_end(fd);
            }
        }
    }
}

static void on_stop(int signal_number)
{
    _exit(signal_number == SIGTERM || signal_number == SIGINT ? 0 : 1);
}

static int start_failed(const char *what)
{
    fprintf(stderr, "baseline: %s: %s\n", what, strerror(errno));
    return 1;
}

int main(int argc, char **argv)
{
    static const struct option longs[] = {{"batch", no_argument, NULL, 'b'},
                                          {"work", required_argument, NULL, 'w'},
                                          {NULL, 0, NULL, 0}};
    const char *dir = "files";
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(9000)};
    if (!descriptors_open_standard())
        return start_failed("/dev/null");
    for (int option; (option = getopt_long(argc, argv, "p:d:w:h", longs, NULL)) != -1;) {
        const char *value = optarg != NULL ? optarg : ""; /* -h has none */
        long n = strtol(value, NULL, 10);
        if (option == 'p' && n >= 0 && n <= 65535)
            at.sin_port = htons((uint16_t)n);
        else if (option == 'd')
            dir = value;
        else if (option == 'b')
            batching = true;
        else if (option == 'w' && n >= 0)
            work = n;
        else {
            fputs("usage: baseline [-p PORT] [-d LIBRARY] [--work NANOSECONDS] [--batch]\n",
                  option == 'h' ? stdout : stderr);
            return option == 'h' ? 0 : 2;
        }
    }
    size_t fds = descriptors_raise();
    int max = fds < 1 << 20 ? (int)fds : 1 << 20;

    clients = calloc((size_t)max, sizeof *clients);
    members = calloc((size_t)max, sizeof *members);
    if (clients == NULL || members == NULL)
        return start_failed("memory");
    if ((library = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        return start_failed(dir);
    socklen_t size = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(listener, (struct sockaddr *)&at, size) < 0 || listen(listener, SOMAXCONN) < 0 ||
        getsockname(listener, (struct sockaddr *)&at, &size) < 0)
        return start_failed("listening");
    if ((epoll = epoll_create1(EPOLL_CLOEXEC)) < 0)
        return start_failed("epoll");
    watch(listener, EPOLL_CTL_ADD, EPOLLIN);
    signal(SIGTERM, on_stop);
    signal(SIGINT, on_stop);
    printf("baseline: listening on 127.0.0.1:%d, serving %s, up to %d clients\n",
           ntohs(at.sin_port), dir, max - 16);
    fflush(stdout);
    serve(listener, max - 8);
}
