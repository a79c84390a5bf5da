/* bench/baselines/baseline.c: what the kernel alone costs: the bare server to compare the six with
 *
 * Model    one thread, epoll(7), level-triggered; for each kind of work the cheapest calls known
 * Batch    with --batch it writes all that one read has brought to each member in one call
 * Limits   no queues: a reader that does not keep up blocks everybody (send_whole); a client that
 *          makes a mistake is closed without a reply; nothing may be pipelined behind G or P
 * Read     bench/README.md for the measurements behind it
 * Man      epoll(7) splice(2) tcp(7)
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
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/stdfds.h"

enum { LINE_BYTES = 1024, READ_BYTES = 64 * 1024, TURN_BYTES = 1024 * 1024, EVENTS = 512 };
enum { SMALL_BYTES = 64 * 1024, HEAD_BYTES = 32, NICK_BYTES = 33 };
enum { LINES, DOWNLOAD, UPLOAD };

struct client {
    int state, file, pipe[2];
    off_t left;               /* of the body under way, in either direction */
    size_t piped, kept, seat; /* bytes in the pipe; bytes in line[]; in members[], plus one */
    char nick[NICK_BYTES];
    char line[LINE_BYTES]; /* the beginning of a request that has not ended yet */
};

static struct client *clients; /* indexed by descriptor */
static int *members, epoll, library;
static size_t n_members, buffer_bytes = 256 * 1024;
static char *buffer, batch[1024 * 1024];
static size_t batch_len, batch_count; /* bytes, messages */
static bool batching;

static void watch(int fd, int operation, uint32_t events)
{
    epoll_ctl(epoll, operation, fd, &(struct epoll_event){.events = events, .data.fd = fd});
}

static void body_end(struct client *c)
{
    for (int i = 0; i < 2 && c->state == DOWNLOAD; i++)
        close(c->pipe[i]);
    if (c->state != LINES)
        close(c->file);
    c->state = LINES;
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
static bool send_whole(int fd, const char *bytes, size_t n)
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
    const size_t each = 5, most = sizeof replies / each;
    if (batch_count > 0)
        members_send(speaker, batch, batch_len);
    batch_len = 0;
    for (; batch_count > most; batch_count -= most) {
        if (!send_whole(speaker, replies, most * each))
            return false;
    }
    size_t left = batch_count * each;
    batch_count = 0;
    return send_whole(speaker, replies, left);
}

static bool chat_say(int speaker, const char *text, size_t n)
{
    batch_len += (size_t)snprintf(batch + batch_len, sizeof batch - batch_len, "* SAY %s %.*s\n",
                                  clients[speaker].nick, (int)n, text);
    batch_count++;
    bool room = sizeof batch - batch_len > LINE_BYTES + NICK_BYTES + 8;
    return (batching && room) || batch_send(speaker);
}

/* Copied twice, but with two calls in all, and head and file in one send. */
static bool download_small(int fd, int file, off_t size)
{
    int head = snprintf(buffer, HEAD_BYTES, "OK %lld\n", (long long)size);
    ssize_t n = read(file, buffer + head, (size_t)size);
    close(file);
    return n == size && send_whole(fd, buffer, (size_t)head + (size_t)n);
}

static bool download_begin(int fd, struct client *c, const char *name)
{
    struct stat st;
    char head[32];
    c->file = openat(library, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (c->file < 0)
        return false;
    bool known = fstat(c->file, &st) == 0;
    if (known && st.st_size <= SMALL_BYTES && (size_t)st.st_size + HEAD_BYTES <= buffer_bytes)
        return download_small(fd, c->file, st.st_size);
    if (!known || pipe2(c->pipe, O_NONBLOCK | O_CLOEXEC) < 0) {
        close(c->file);
        return false;
    }
    fcntl(c->pipe[1], F_SETPIPE_SZ, TURN_BYTES); /* refused: slower, no more */
    c->state = DOWNLOAD, c->left = st.st_size, c->piped = 0;
    setsockopt(fd, IPPROTO_TCP, TCP_CORK, &(int){1}, sizeof(int));
    watch(fd, EPOLL_CTL_MOD, EPOLLOUT);
    int n = snprintf(head, sizeof head, "OK %lld\n", (long long)st.st_size);
    return send_whole(fd, head, (size_t)n);
}

static bool download_turn(int fd, struct client *c)
{
    ssize_t n = 0;
    if (c->piped == 0 && c->left > 0) {
        size_t most = c->left < TURN_BYTES ? (size_t)c->left : TURN_BYTES;
        n = splice(c->file, NULL, c->pipe[1], NULL, most, SPLICE_F_NONBLOCK);
        if (n <= 0)
            return false;
        c->piped = (size_t)n;
    }
    if (c->piped > 0 && (n = splice(c->pipe[0], NULL, fd, NULL, c->piped, SPLICE_F_NONBLOCK)) <= 0)
        return n < 0 && errno == EAGAIN;
    c->piped -= (size_t)n;
    c->left -= n;
    if (c->left <= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_CORK, &(int){0}, sizeof(int));
        body_end(c);
        watch(fd, EPOLL_CTL_MOD, EPOLLIN);
    }
    return true;
}

static bool upload_begin(int fd, struct client *c, const char *size, const char *name)
{
    c->left = strtoll(size, NULL, 10);
    c->file = openat(library, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    c->state = c->file < 0 ? LINES : UPLOAD;
    return c->file >= 0 && c->left > 0 && send_whole(fd, "GO\n", 3);
}

static bool upload_turn(int fd, struct client *c)
{
    size_t most = c->left < (off_t)buffer_bytes ? (size_t)c->left : buffer_bytes;
    ssize_t n = recv(fd, buffer, most, 0);
    if (n <= 0)
        return n < 0 && errno == EAGAIN;
    for (ssize_t at = 0, w; at < n; at += w) {
        if ((w = write(c->file, buffer + at, (size_t)(n - at))) <= 0)
            return false;
    }
    if ((c->left -= n) > 0)
        return true;
    body_end(c);
    return send_whole(fd, "OK 0\n", 5);
}

static bool request(int fd, struct client *c, const char *line, size_t n) /* line ends in NUL */
{
    const char *name = line[0] == 'P' ? strchr(line + 1, ' ') : line + 1;
    name = name != NULL && line[0] == 'P' ? strchr(name + 1, ' ') : name;
    if (n >= LINE_BYTES)
        return false;
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
    static char lines[LINE_BYTES + READ_BYTES];
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
    if (c->kept > 0 && (c->kept > LINE_BYTES || c->state != LINES))
        return false;
    memcpy(c->line, at, c->kept);
    return batch_send(fd);
}

static void serve(int listener, int most)
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
                if (fd >= most || !send_whole(fd, hello, sizeof hello - 1))
                    client_end(fd);
            }
        }
    }
}

static void on_stop(int signal_number)
{
    _exit(signal_number == SIGTERM || signal_number == SIGINT ? 0 : 1);
}

static int usage(FILE *out, int status)
{
    fputs("usage: baseline [-p PORT] [-d DIR] [-B BYTES] [--batch]\n"
          "  -p PORT   port on 127.0.0.1, 0 takes a free one (9000)\n"
          "  -d DIR    the library (./files)\n"
          "  -B BYTES  buffer for uploads (262144)\n"
          "  --batch   chat: write all that one read has brought to each member in one call\n",
          out);
    return status;
}

static int start_failed(const char *what)
{
    fprintf(stderr, "baseline: %s: %s\n", what, strerror(errno));
    return 1;
}

int main(int argc, char **argv)
{
    static const struct option longs[] = {{"batch", no_argument, NULL, 'b'}, {NULL, 0, NULL, 0}};
    const char *dir = "files";
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(9000)};
    struct rlimit limit;
    if (!stdfds_open())
        return start_failed("/dev/null");
    for (int option; (option = getopt_long(argc, argv, "p:d:B:h", longs, NULL)) != -1;) {
        const char *value = optarg != NULL ? optarg : ""; /* -h has none */
        long n = strtol(value, NULL, 10);
        if (option == 'p' && n >= 0 && n <= 65535)
            at.sin_port = htons((uint16_t)n);
        else if (option == 'd')
            dir = value;
        else if (option == 'b')
            batching = true;
        else if (option == 'B' && n > 0)
            buffer_bytes = (size_t)n;
        else
            return usage(option == 'h' ? stdout : stderr, option == 'h' ? 0 : 2);
    }
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return start_failed("limit of descriptors");
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    int most = limit.rlim_max < 1 << 20 ? (int)limit.rlim_max : 1 << 20;

    clients = calloc((size_t)most, sizeof *clients);
    members = calloc((size_t)most, sizeof *members);
    buffer = malloc(buffer_bytes);
    if (clients == NULL || members == NULL || buffer == NULL)
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
           ntohs(at.sin_port), dir, most - 16);
    fflush(stdout);
    serve(listener, most - 8);
}
