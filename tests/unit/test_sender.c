/* test_sender.c: the sending step */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "session/outbox.h"
#include "sink.h"
#include "sockets.h"
#include "sockets/net.h"
#include "sockets/sender.h"

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
            sockets_wait(pair[1], POLLIN);
            sockets_receive(pair[1], got);
        }
    }
    shutdown(pair[0], SHUT_WR);
    sockets_receive_all(pair[1], got);
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

static void test_send_in_small_parts(void)
{
    static const size_t most[] = {1, 7, 1000, 1 << 20};
    unit_bound(60, "sending in small parts");
    for (size_t i = 0; i < UNIT_COUNT(most); i++) {
        int pair[2];
        sockets_pair(pair);
        mixture(pair, most[i]);
        sockets_close(pair);
        sockets_tcp(pair);
        mixture(pair, most[i]);
        sockets_close(pair);
    }
}

/* Large files, some to clients that take everything at once and some to others: one sender has
 * them in turns, and nobody gets what is another's. */
static void test_large_files(void)
{
    enum { CLIENTS = 3 };
    struct sender sender = {0};
    struct outbox outs[CLIENTS];
    struct sink got[CLIENTS] = {0};
    int pairs[CLIENTS][2];
    char *bytes;
    int file = file_new(BIG, &bytes);
    size_t left = CLIENTS, piped = 0;
    unit_bound(60, "sending large files");
    sender_open(&sender);
    for (size_t i = 0; i < CLIENTS; i++) {
        sockets_tcp(pairs[i]);
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
                sockets_receive(pairs[i][1], &got[i]);
        }
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        shutdown(pairs[i][0], SHUT_WR);
        sockets_receive_all(pairs[i][1], &got[i]);
        unit_same("a large file", "", 0, bytes + i, BIG - i, got[i].bytes, got[i].len);
        sink_free(&got[i]);
        sockets_close(pairs[i]);
    }
    unit_check(piped > CLIENTS, "only %zu parts may have gone through a pipe", piped);
    sender_close(&sender);
    sender_close(&sender);
    free(bytes);
    close(file);
}

static void test_nothing_to_send(void)
{
    struct sender sender = {0};
    struct outbox out;
    int pair[2];
    sockets_pair(pair);
    outbox_init(&out, NULL);
    unit_check(sender_send(&sender, pair[0], &out, 1000) == 0, "something of nothing");
    sockets_close(pair);
}

/* A file that has become shorter than what was promised ends in EIO, not in a loop. */
static void test_file_becomes_shorter(void)
{
    static const size_t sizes[] = {100, BIG};
    unit_bound(60, "a file that becomes shorter");
    for (size_t i = 0; i < UNIT_COUNT(sizes); i++) {
        struct sender sender = {0};
        struct outbox out;
        struct sink got = {0};
        char *bytes;
        int pair[2], file = file_new(sizes[i], &bytes);
        ssize_t n;
        sockets_tcp(pair);
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
            sockets_receive(pair[1], &got);
        } while (n > 0 || error == EAGAIN);
        unit_check(error == EIO, "expected EIO, received %s", strerror(error));
        outbox_clear(&out);
        shutdown(pair[0], SHUT_WR);
        sockets_receive_all(pair[1], &got);
        unit_same("what there was", "", 0, bytes, 60, got.bytes, got.len);
        sender_close(&sender);
        sink_free(&got);
        free(bytes);
        sockets_close(pair);
    }
}

/* The other end has closed: an error, and no SIGPIPE (which is ignored, as in the servers). */
static void test_other_end_has_closed(void)
{
    unit_check(signal(SIGPIPE, SIG_IGN) != SIG_ERR, "signal");
    for (int what = 0; what < 2; what++) {
        struct sender sender = {0};
        struct outbox out;
        char *bytes;
        int pair[2], file = file_new(1000, &bytes);
        sockets_pair(pair);
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

/* If there are no descriptors left for a pipe, it goes without. */
static void test_no_descriptors_for_a_pipe(void)
{
    struct sender sender = {0};
    struct outbox out;
    struct sink got = {0};
    struct rlimit limit, none;
    char *bytes;
    int pair[2], file = file_new(BIG, &bytes);
    sockets_tcp(pair);
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
        sockets_receive(pair[1], &got);
    }
    unit_check(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
    shutdown(pair[0], SHUT_WR);
    sockets_receive_all(pair[1], &got);
    unit_same("a file without a pipe", "", 0, bytes, BIG, got.bytes, got.len);
    sender_close(&sender);
    sink_free(&got);
    free(bytes);
    sockets_close(pair);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(test_send_in_small_parts),  TEST(test_large_files),
        TEST(test_nothing_to_send),      TEST(test_file_becomes_shorter),
        TEST(test_other_end_has_closed), TEST(test_no_descriptors_for_a_pipe),
    };
    return unit_run("sender", tests, argc, argv);
}
