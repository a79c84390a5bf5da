/* test_net.c: the sending step, last words, and listening */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/options.h"
#include "session/outbox.h"
#include "sink.h"
#include "sockets/linger.h"
#include "sockets/net.h"
#include "sockets/sender.h"

/* ---- sockets ---- */

static void pair_new(int pair[2])
{
    unit_check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0, "socketpair: %s",
               strerror(errno));
}

static int listener_new(struct options *options)
{
    char why[300];
    int fd = net_listen(options, why, sizeof why);
    unit_check(fd >= 0, "net_listen: %s", why);
    return fd;
}

/* Two ends of a TCP connection. */
static void tcp_new(int pair[2])
{
    struct options options = {.address = "127.0.0.1"};
    struct sockaddr_in address;
    socklen_t len = sizeof address;
    int listener = listener_new(&options);
    unit_check(getsockname(listener, (struct sockaddr *)&address, &len) == 0, "getsockname");
    pair[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unit_check(pair[1] >= 0 && connect(pair[1], (struct sockaddr *)&address, len) == 0,
               "connect: %s", strerror(errno));
    pair[0] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    unit_check(pair[0] >= 0, "accept: %s", strerror(errno));
    close(listener);
}

static void pair_close(int pair[2])
{
    close(pair[0]);
    close(pair[1]);
}

/* What the other end has received, without waiting for more. */
static void receive(int fd, struct sink *sink)
{
    char bytes[4096];
    ssize_t n;
    while ((n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
        sink_add(sink, bytes, (size_t)n);
}

/* Everything up to the other end's end. False: that is a reset. */
static bool receive_all(int fd, struct sink *sink)
{
    char bytes[4096];
    ssize_t n;
    while ((n = recv(fd, bytes, sizeof bytes, 0)) > 0)
        sink_add(sink, bytes, (size_t)n);
    return n == 0;
}

static void wait_for(int fd, short events)
{
    struct pollfd one = {.fd = fd, .events = events};
    unit_check(poll(&one, 1, 10000) == 1, "nothing came in 10 s");
}

/* ---- sending ---- */

enum { BIG = 3 * 1024 * 1024 };

/* `size` bytes that depend on their offset, as a file and as memory. */
static int file_new(size_t size, char **bytes)
{
    struct unit_random random = {.state = 8};
    int fd = memfd_create("net", MFD_CLOEXEC);
    *bytes = malloc(size);
    unit_check(fd >= 0 && *bytes != NULL, "memfd_create: %s", strerror(errno));
    for (size_t i = 0; i < size; i++)
        (*bytes)[i] = (char)unit_random(&random);
    unit_check(write(fd, *bytes, size) == (ssize_t)size, "write: %s", strerror(errno));
    return fd;
}

/* Sends all, to an end that is read whenever the kernel takes no more. */
static void send_all(struct sender *sender, int pair[2], struct outbox *out, size_t max,
                     struct sink *got)
{
    while (!outbox_empty(out)) {
        ssize_t n = sender_send(sender, pair[0], out, max);
        unit_check(n > 0 || (n < 0 && errno == EAGAIN), "sender_send: %zd, %s", n, strerror(errno));
        if (n < 0) {
            wait_for(pair[1], POLLIN);
            receive(pair[1], got);
        }
    }
    shutdown(pair[0], SHUT_WR);
    receive_all(pair[1], got);
}

/* Many small replies, bodies and files through a socket with a tiny buffer. */
static void mixture(int pair[2], size_t max)
{
    struct sender sender = {0};
    struct outbox out;
    struct budget budget;
    struct budget_part part;
    struct sink want = {0}, got = {0};
    char *bytes;
    int tiny = 2048, file = file_new(20000, &bytes);
    unit_check(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &tiny, sizeof tiny) == 0 &&
                   net_set_nonblocking(pair[0]),
               "setsockopt");
    budget_init(&budget, &part, SIZE_MAX);
    outbox_init(&out, &budget);
    for (size_t i = 0; i < 60; i++) {
        size_t len = i % 20 == 10 ? 19000 : 300; /* now and then more than the socket takes */
        struct body *body = body_new(&budget, len);
        unit_check(body != NULL, "out of memory");
        memcpy(body->bytes, bytes + i, len);
        int fd = fcntl(file, F_DUPFD_CLOEXEC, 0);
        outbox_reply(&out, "OK 300\n", 7);
        outbox_body(&out, body);
        outbox_reply(&out, "ERR a code\n", 11);
        outbox_file(&out, fd, (off_t)(i * 100), i * 37);
        unit_check(!out.failed, "out of memory");
        sink_add(&want, "OK 300\n", 7);
        sink_add(&want, bytes + i, len);
        sink_add(&want, "ERR a code\n", 11);
        sink_add(&want, bytes + i * 100, i * 37);
    }
    send_all(&sender, pair, &out, max, &got);
    unit_same("a mixture", "", 0, want.bytes, want.len, got.bytes, got.len);
    unit_check(part.used == 0, "%zu bytes of the budget are not given back", (size_t)part.used);
    sender_close(&sender);
    sink_free(&want);
    sink_free(&got);
    free(bytes);
    close(file);
}

static void test_send_in_small_parts(void **state)
{
    static const size_t most[] = {1, 7, 1000, 1 << 20};
    (void)state;
    unit_bound(60, "sending in small parts");
    for (size_t i = 0; i < UNIT_COUNT(most); i++) {
        int pair[2];
        pair_new(pair);
        mixture(pair, most[i]);
        pair_close(pair);
        tcp_new(pair);
        mixture(pair, most[i]);
        pair_close(pair);
    }
}

/* Large files, some to clients that take everything at once and some to others: one sender has
 * them in turns, and nobody gets what is another's. */
static void test_large_files(void **state)
{
    enum { CLIENTS = 3 };
    struct sender sender = {0};
    struct outbox outs[CLIENTS];
    struct sink got[CLIENTS] = {0};
    int pairs[CLIENTS][2];
    char *bytes;
    int file = file_new(BIG, &bytes);
    size_t left = CLIENTS, piped = 0;
    (void)state;
    unit_bound(60, "sending large files");
    sender_open(&sender);
    for (size_t i = 0; i < CLIENTS; i++) {
        tcp_new(pairs[i]);
        int small = 100000;
        unit_check(setsockopt(pairs[i][0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small) == 0 &&
                       net_set_nonblocking(pairs[i][0]),
                   "setsockopt");
        outbox_init(&outs[i], NULL);
        outbox_file(&outs[i], fcntl(file, F_DUPFD_CLOEXEC, 0), (off_t)i, BIG - i);
        unit_check(!outs[i].failed, "out of memory");
    }
    while (left > 0) {
        left = 0;
        for (size_t i = 0; i < CLIENTS; i++) {
            if (outbox_empty(&outs[i]))
                continue;
            left++;
            /* a little, which is taken whole; then as much as goes through a pipe */
            ssize_t n = sender_send(&sender, pairs[i][0], &outs[i], 1000);
            piped += n > 0 && outs[i].keeps_up;
            if (n > 0 && !outbox_empty(&outs[i]))
                n = sender_send(&sender, pairs[i][0], &outs[i], 1 << (20 + i));
            unit_check(n > 0 || (n < 0 && errno == EAGAIN), "client %zu: %s", i, strerror(errno));
            if (n < 0)
                receive(pairs[i][1], &got[i]);
        }
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        shutdown(pairs[i][0], SHUT_WR);
        receive_all(pairs[i][1], &got[i]);
        unit_same("a large file", "", 0, bytes + i, BIG - i, got[i].bytes, got[i].len);
        sink_free(&got[i]);
        pair_close(pairs[i]);
    }
    unit_check(piped > CLIENTS, "only %zu parts may have gone through a pipe", piped);
    sender_close(&sender);
    sender_close(&sender);
    free(bytes);
    close(file);
}

static void test_nothing_to_send(void **state)
{
    struct sender sender = {0};
    struct outbox out;
    int pair[2];
    (void)state;
    pair_new(pair);
    outbox_init(&out, NULL);
    unit_check(sender_send(&sender, pair[0], &out, 1000) == 0, "something of nothing");
    pair_close(pair);
}

/* A file that has become shorter than what was promised ends in EIO, not in a loop. */
static void test_file_becomes_shorter(void **state)
{
    static const size_t sizes[] = {100, BIG};
    (void)state;
    unit_bound(60, "a file that becomes shorter");
    for (size_t i = 0; i < UNIT_COUNT(sizes); i++) {
        struct sender sender = {0};
        struct outbox out;
        struct sink got = {0};
        char *bytes;
        int pair[2], file = file_new(sizes[i], &bytes);
        ssize_t n;
        tcp_new(pair);
        unit_check(net_set_nonblocking(pair[0]), "fcntl");
        outbox_init(&out, NULL);
        outbox_file(&out, file, 0, sizes[i]);
        unit_check(!out.failed, "out of memory");
        unit_check(sender_send(&sender, pair[0], &out, 50) == 50, "the first part");
        unit_check(ftruncate(file, 60) == 0, "ftruncate: %s", strerror(errno));
        int error;
        do {
            n = sender_send(&sender, pair[0], &out, 1 << 21);
            error = errno;
            receive(pair[1], &got);
        } while (n > 0 || error == EAGAIN);
        unit_check(error == EIO, "expected EIO, received %s", strerror(error));
        outbox_clear(&out);
        shutdown(pair[0], SHUT_WR);
        receive_all(pair[1], &got);
        unit_same("what there was", "", 0, bytes, 60, got.bytes, got.len);
        sender_close(&sender);
        sink_free(&got);
        free(bytes);
        pair_close(pair);
    }
}

/* The other end has closed: an error, and no SIGPIPE (which is ignored, as in the servers). */
static void test_other_end_has_closed(void **state)
{
    (void)state;
    unit_check(signal(SIGPIPE, SIG_IGN) != SIG_ERR, "signal");
    for (int what = 0; what < 2; what++) {
        struct sender sender = {0};
        struct outbox out;
        char *bytes;
        int pair[2], file = file_new(1000, &bytes);
        pair_new(pair);
        close(pair[1]);
        outbox_init(&out, NULL);
        if (what == 1)
            outbox_file(&out, file, 0, 1000);
        else
            outbox_reply(&out, "x", 1);
        unit_check(!out.failed, "out of memory");
        unit_check(sender_send(&sender, pair[0], &out, 1000) == -1 && errno == EPIPE, "received %s",
                   strerror(errno));
        outbox_clear(&out);
        if (what == 0)
            close(file);
        free(bytes);
        close(pair[0]);
        sender_close(&sender);
    }
}

/* Where there are no descriptors left for a pipe, it goes without. */
static void test_no_descriptors_for_a_pipe(void **state)
{
    struct sender sender = {0};
    struct outbox out;
    struct sink got = {0};
    struct rlimit limit, none;
    char *bytes;
    int pair[2], file = file_new(BIG, &bytes);
    (void)state;
    tcp_new(pair);
    unit_check(net_set_nonblocking(pair[0]) && getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
    none = limit;
    none.rlim_cur = 4;
    unit_check(setrlimit(RLIMIT_NOFILE, &none) == 0, "setrlimit");
    sender_open(&sender);
    outbox_init(&out, NULL);
    outbox_file(&out, file, 0, BIG);
    while (!outbox_empty(&out)) {
        if (sender_send(&sender, pair[0], &out, 1 << 22) < 0 && errno != EAGAIN)
            break;
        receive(pair[1], &got);
    }
    unit_check(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
    shutdown(pair[0], SHUT_WR);
    receive_all(pair[1], &got);
    unit_same("a file without a pipe", "", 0, bytes, BIG, got.bytes, got.len);
    sender_close(&sender);
    sink_free(&got);
    free(bytes);
    pair_close(pair);
}

/* ---- last words ---- */

static void test_tell(void **state)
{
    (void)state;
    for (int code = PROTO_OK + 1; code < PROTO_CODES; code++) {
        int pair[2];
        struct sink got = {0};
        char want[200];
        pair_new(pair);
        net_send_error(pair[0], (enum proto_code)code);
        receive(pair[1], &got);
        int n = snprintf(want, sizeof want, "ERR %s %s\n", proto_code_word((enum proto_code)code),
                         proto_code_text((enum proto_code)code));
        unit_same("net_send_error", "", 0, want, (size_t)n, got.bytes, got.len);
        sink_free(&got);
        close(pair[1]);
        net_send_error(pair[0], (enum proto_code)code); /* to nobody: no signal, no wait */
        close(pair[0]);
    }
}

static void test_tell_does_not_wait(void **state)
{
    static char much[1 << 16];
    int pair[2];
    (void)state;
    unit_bound(20, "an error line to a client that does not read");
    pair_new(pair);
    while (send(pair[0], much, sizeof much, MSG_DONTWAIT) > 0)
        ;
    net_send_error(pair[0], PROTO_SLOW);
    pair_close(pair);
}

static void test_drain(void **state)
{
    static char much[30000];
    int pair[2];
    size_t dropped = 0;
    (void)state;
    pair_new(pair);
    unit_check(!linger_drain(pair[0], &dropped) && dropped == 0, "%zu bytes of nothing", dropped);
    unit_check(send(pair[1], much, sizeof much, 0) == (ssize_t)sizeof much, "send");
    unit_check(!linger_drain(pair[0], &dropped) && dropped == sizeof much, "%zu bytes dropped",
               dropped);
    unit_check(send(pair[1], "x", 1, 0) == 1 && shutdown(pair[1], SHUT_WR) == 0, "send");
    unit_check(linger_drain(pair[0], &dropped) && dropped == sizeof much + 1, "%zu bytes dropped",
               dropped);
    pair_close(pair);

    tcp_new(pair); /* a reset is an end as well */
    const struct linger reset = {.l_onoff = 1};
    unit_check(setsockopt(pair[1], SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0, "linger");
    close(pair[1]);
    wait_for(pair[0], POLLIN);
    unit_check(linger_drain(pair[0], &dropped), "a reset is no end");
    close(pair[0]);
}

/* Only a client that sends no more, and has sent nothing that is not read, needs no time. */
static void test_linger_needed(void **state)
{
    int pair[2];
    char bytes[8];
    (void)state;
    tcp_new(pair);
    unit_check(linger_needed(pair[0], false), "it may send more");
    unit_check(!linger_needed(pair[0], true), "nothing is unread");
    unit_check(send(pair[1], "12345", 5, 0) == 5, "send");
    wait_for(pair[0], POLLIN);
    unit_check(linger_needed(pair[0], true), "5 bytes are unread");
    unit_check(recv(pair[0], bytes, sizeof bytes, 0) == 5, "recv");
    unit_check(!linger_needed(pair[0], true), "nothing is unread any more");
    close(pair[1]);
    wait_for(pair[0], POLLIN);
    unit_check(!linger_needed(pair[0], true), "its end is no input");
    close(pair[0]);
}

/* The reply arrives, though the client has sent more than anybody wants to read. */
static void test_linger_close(void **state)
{
    static char more[100000];
    (void)state;
    unit_bound(20, "a lingering close");
    for (int round = 0; round < 20; round++) {
        int pair[2];
        struct sink got = {0};
        tcp_new(pair);
        unit_check(send(pair[1], more, sizeof more, MSG_DONTWAIT) > 0, "send: %s", strerror(errno));
        unit_check(send(pair[0], "OK 0\n", 5, 0) == 5 && shutdown(pair[1], SHUT_WR) == 0, "send");
        linger_wait(pair[0]);
        close(pair[0]);
        bool in_order = receive_all(pair[1], &got);
        unit_same("the last reply", "", 0, "OK 0\n", 5, got.bytes, got.len);
        unit_check(in_order,
                   "after the last reply comes a reset: over a network it could overtake it");
        sink_free(&got);
        close(pair[1]);
    }
}

/* A client that waits for the server's end before it closes sees it at once. */
static void test_linger_close_ends_with_the_peer(void **state)
{
    int pair[2], status = 0;
    (void)state;
    unit_bound(20, "a lingering close");
    tcp_new(pair);
    pid_t child = fork();
    if (child == 0) {
        char byte;
        close(pair[0]);
        _exit(recv(pair[1], &byte, 1, 0) == 0 ? 0 : 1);
    }
    close(pair[1]);
    int64_t since = clock_now();
    linger_wait(pair[0]);
    close(pair[0]);
    int64_t took = clock_now() - since;
    unit_check(child > 0 && waitpid(child, &status, 0) == child && status == 0, "the client: %x",
               (unsigned int)status);
    unit_check(took < LINGER_TIME, "it took %lld ms", (long long)took);
}

/* A client that never closes gets LINGER_TIME, and no more. */
static void test_linger_close_is_bounded(void **state)
{
    int pair[2];
    (void)state;
    unit_bound(20, "a lingering close");
    tcp_new(pair);
    linger_wait(pair[0]);
    close(pair[0]);
    unit_check(fcntl(pair[0], F_GETFD) < 0, "it is not closed");
    close(pair[1]);
}

static void on_signal(int signal)
{
    (void)signal; /* it only has to interrupt */
}

/* Signals do not cut a client's time short: what is still on its way to it would be lost. */
static void test_linger_close_among_signals(void **state)
{
    const struct sigaction interrupt = {.sa_handler = on_signal};
    struct sigaction before;
    int pair[2];
    (void)state;
    unit_bound(20, "a lingering close");
    tcp_new(pair);
    sigaction(SIGUSR1, &interrupt, &before);
    pid_t child = fork();
    for (int i = 0; child == 0 && i < 20; i++) {
        clock_pause(20);
        kill(getppid(), SIGUSR1);
    }
    if (child == 0)
        _exit(0);
    int64_t since = clock_now();
    linger_wait(pair[0]);
    close(pair[0]);
    int64_t took = clock_now() - since;
    waitpid(child, NULL, 0);
    sigaction(SIGUSR1, &before, NULL);
    unit_check(took >= LINGER_TIME, "it took %lld ms", (long long)took);
    close(pair[1]);
}

/* ---- lists of lingering sockets ---- */

static void test_linger_list(void **state)
{
    struct linger_list list = {0};
    struct sink got = {0};
    int pair[2];
    (void)state;
    unit_check(linger_sweep(&list, 0) == -1, "nobody is left");
    pair_new(pair);
    unit_check(send(pair[1], "L\n", 2, 0) == 2, "send");
    net_send_error(pair[0], PROTO_BUSY);
    linger_add(&list, pair[0], 1000);
    receive_all(pair[1], &got);
    unit_check(got.len > 9 && memcmp(got.bytes, "ERR busy ", 9) == 0, "a refused one hears %s",
               unit_quote(got.bytes, got.len));
    for (int64_t now = 1000; now < 1000 + LINGER_TIME; now += 100) {
        int64_t left = linger_sweep(&list, now);
        unit_check(left > 0 && left <= LINGER_TIME && list.count == 1,
                   "after %lld ms: %lld ms left", (long long)(now - 1000), (long long)left);
    }
    unit_check(linger_sweep(&list, 1000 + LINGER_TIME) == -1 && list.count == 0,
               "its time is over, and it is not closed");
    unit_check(fcntl(pair[0], F_GETFD) < 0, "it is not closed");
    close(pair[1]);

    pair_new(pair);
    linger_add(&list, pair[0], 5000);
    close(pair[1]);
    unit_check(linger_sweep(&list, 5001) == -1 && fcntl(pair[0], F_GETFD) < 0,
               "the other end has closed, and it is not");
    sink_free(&got);
}

/* Is the other end of this one still open? (Its number may be another's already.) */
static bool still_open(int fd)
{
    return send(fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
}

/* More than there is room for: the oldest goes early. */
static void test_linger_list_is_full(void **state)
{
    enum { MANY = 3 * LINGER_LIST + 5 };
    struct linger_list list = {0};
    int pairs[MANY][2];
    (void)state;
    for (int i = 0; i < MANY; i++) {
        pair_new(pairs[i]);
        linger_add(&list, pairs[i][0], 1000 + i);
        unit_check(list.count <= LINGER_LIST, "%u linger at once", list.count);
        for (int k = 0; k <= i; k++)
            unit_check(still_open(pairs[k][1]) == (k > i - LINGER_LIST),
                       "after %d: number %d is open or not", i, k);
    }
    for (int i = MANY - LINGER_LIST; i < MANY; i++) { /* each has its own time */
        int64_t over = 1000 + i + LINGER_TIME;
        unit_check(linger_sweep(&list, over - 1) > 0 && still_open(pairs[i][1]),
                   "number %d goes too soon", i);
        (void)linger_sweep(&list, over);
        unit_check(!still_open(pairs[i][1]), "number %d goes too late", i);
        if (i == MANY - 10)
            break;
    }
    linger_close_all(&list);
    unit_check(list.count == 0, "%u are left", list.count);
    for (int i = 0; i < MANY; i++)
        close(pairs[i][1]);
}

/* ---- listening ---- */

static int option_of(int fd, int level, int name)
{
    int value = -1;
    socklen_t len = sizeof value;
    unit_check(getsockopt(fd, level, name, &value, &len) == 0, "getsockopt: %s", strerror(errno));
    return value;
}

static void test_listen(void **state)
{
    struct options options = {.address = "127.0.0.1"};
    char name[64], peer[64], again[64], why[300] = "";
    int pair[2];
    (void)state;
    int fd = listener_new(&options);
    net_name(fd, name, sizeof name);
    unit_check(strncmp(name, "127.0.0.1:", 10) == 0 && strcmp(name, "127.0.0.1:0") != 0,
               "listens on %s", name);
    unit_check((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0, "inherited by children");
    options.port = (unsigned int)strtoul(name + 10, NULL, 10);
    int second = net_listen(&options, why, sizeof why);
    unit_check(second == -1 && strstr(why, name + 10) != NULL, "a port that is taken: %d, %s",
               second, why);
    close(fd);
    fd = listener_new(&options); /* at once */
    assert_string_equal(net_name(fd, again, sizeof again), name);
    close(fd);

    tcp_new(pair); /* what a connection inherits */
    unit_check(option_of(pair[0], IPPROTO_TCP, TCP_NODELAY) != 0 &&
                   option_of(pair[0], SOL_SOCKET, SO_KEEPALIVE) != 0 &&
                   option_of(pair[0], IPPROTO_TCP, TCP_KEEPIDLE) <= 120,
               "TCP_NODELAY, keepalive");
    assert_string_equal(net_name(pair[0], name, sizeof name), net_peer(pair[1], peer, sizeof peer));
    assert_string_equal(net_peer(pair[0], peer, sizeof peer), net_name(pair[1], name, sizeof name));
    pair_close(pair);
}

static void test_listen_on_ipv6(void **state)
{
    static const char *const addresses[] = {"::1", "::"};
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(addresses); i++) {
        struct options options = {.address = addresses[i]};
        char why[300], name[64], want[16];
        int fd = net_listen(&options, why, sizeof why);
        if (fd < 0)
            unit_skip("no IPv6 here: %s", why);
        (void)snprintf(want, sizeof want, "[%s]:", addresses[i]);
        net_name(fd, name, sizeof name);
        unit_check(strncmp(name, want, strlen(want)) == 0, "listens on %s", name);
        close(fd);
    }
}

static void test_listen_in_vain(void **state)
{
    static const char *const addresses[] = {
        "300.1.1.1", "no such name", "192.0.2.1", "2001:db8::1", ":", "-"};
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(addresses); i++) {
        struct options options = {.address = addresses[i]};
        char why[300] = "";
        int fd = net_listen(&options, why, sizeof why);
        unit_check(fd == -1 && strstr(why, addresses[i]) != NULL && strchr(why, '\n') == NULL,
                   "%s: %d, %s", addresses[i], fd, unit_quote(why, strlen(why)));
        char little[10];
        fd = net_listen(&options, little, sizeof little);
        unit_check(fd == -1 && strnlen(little, sizeof little) < sizeof little, "%s in 10 bytes",
                   addresses[i]);
    }
}

/* ---- the rest ---- */

static void test_timeouts(void **state)
{
    int pair[2];
    char byte;
    (void)state;
    unit_bound(20, "a timeout");
    pair_new(pair);
    unit_check(net_receive_timeout(pair[0], 1) && net_send_timeout(pair[0], 1), "setsockopt");
    unit_check(recv(pair[0], &byte, 1, 0) == -1 && errno == EAGAIN, "recv: %s", strerror(errno));
    static char much[1 << 16];
    while (send(pair[0], much, sizeof much, 0) > 0)
        ;
    unit_check(errno == EAGAIN, "send: %s", strerror(errno));
    unit_check(net_receive_timeout(pair[0], 0) && net_send_timeout(pair[0], 1500), "setsockopt");
    struct timeval value;
    socklen_t len = sizeof value;
    unit_check(getsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &value, &len) == 0 &&
                   value.tv_sec == 1 && value.tv_usec / 100000 == 5,
               "1500 ms: %ld s, %ld us", (long)value.tv_sec, (long)value.tv_usec);
    unit_check(!net_receive_timeout(-1, 1), "of no descriptor");
    pair_close(pair);
}

static void test_descriptors(void **state)
{
    struct rlimit limit;
    int pair[2];
    (void)state;
    unit_check(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
    size_t most = net_raise_descriptors();
    unit_check(most == limit.rlim_max, "the hard limit is %llu, received %zu",
               (unsigned long long)limit.rlim_max, most);
    unit_check(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
    pair_new(pair);
    unit_check(net_set_nonblocking(pair[0]) && (fcntl(pair[0], F_GETFL) & O_NONBLOCK) != 0,
               "O_NONBLOCK");
    pair_close(pair);
    unit_check(!net_set_nonblocking(-1), "of no descriptor");
    unit_check(net_exhausted(EMFILE) && net_exhausted(ENFILE) && net_exhausted(ENOMEM) &&
                   net_exhausted(ENOBUFS),
               "what is exhausted");
    unit_check(!net_exhausted(EAGAIN) && !net_exhausted(ECONNABORTED) && !net_exhausted(EINTR),
               "what is not");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        UNIT(test_send_in_small_parts),
        UNIT(test_large_files),
        UNIT(test_nothing_to_send),
        UNIT(test_file_becomes_shorter),
        UNIT(test_other_end_has_closed),
        UNIT(test_no_descriptors_for_a_pipe),
        UNIT(test_tell),
        UNIT(test_tell_does_not_wait),
        UNIT(test_drain),
        UNIT(test_linger_needed),
        UNIT(test_linger_close),
        UNIT(test_linger_close_ends_with_the_peer),
        UNIT(test_linger_close_is_bounded),
        UNIT(test_linger_close_among_signals),
        UNIT(test_linger_list),
        UNIT(test_linger_list_is_full),
        UNIT(test_listen),
        UNIT(test_listen_on_ipv6),
        UNIT(test_listen_in_vain),
        UNIT(test_timeouts),
        UNIT(test_descriptors),
    };
    return unit_run("net", tests, argc, argv);
}
