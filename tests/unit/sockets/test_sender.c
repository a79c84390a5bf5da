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

/* A connection, and what is sent over it. */
struct delivery {
    struct sender sender;
    struct outbox out;
    struct sink got;
    char *bytes; /* of the file */
    int pair[2], file;
};

static void delivery_begin(struct delivery *t, size_t file_size, void (*connect)(int pair[2]))
{
    *t = (struct delivery){0};
    t->file = file_new(file_size, &t->bytes);
    connect(t->pair);
    unit_check(net_set_nonblocking(t->pair[0]), "fcntl");
    outbox_init(&t->out, NULL);
}

static void send_file(struct delivery *t, off_t offset, size_t len)
{
    outbox_file(&t->out, fcntl(t->file, F_DUPFD_CLOEXEC, 0), offset, len);
    unit_check(!t->out.failed, "out of memory");
}

static void buffer_size(const struct delivery *t, int size)
{
    unit_check(setsockopt(t->pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size) == 0,
               "setsockopt: %s", strerror(errno));
}

/* The other end has received these bytes, and the end. */
static void delivery_end(struct delivery *t, const char *what, const char *want, size_t len)
{
    shutdown(t->pair[0], SHUT_WR);
    sockets_receive_all(t->pair[1], &t->got);
    unit_same(what, "", 0, want, len, t->got.bytes, t->got.len);
    outbox_clear(&t->out);
    sender_close(&t->sender);
    sink_free(&t->got);
    free(t->bytes);
    close(t->file);
    sockets_close(t->pair);
}

/* Many small replies, bodies and files through a socket with a tiny buffer; the other end is read
 * whenever the kernel takes no more. */
static void mixture(void (*connect)(int pair[2]), size_t max)
{
    struct delivery t;
    struct budget budget;
    struct budget_part part;
    struct sink want = {0};
    delivery_begin(&t, 20000, connect);
    buffer_size(&t, 2048);
    budget_init(&budget, &part, SIZE_MAX);
    outbox_init(&t.out, &budget);
    for (size_t i = 0; i < 60; i++) {
        size_t len = i % 20 == 10 ? 19000 : 300; /* now and then more than the socket takes */
        struct body *body = body_new(&budget, len);
        unit_check(body != NULL, "out of memory");
        memcpy(body->bytes, t.bytes + i, len);
        outbox_reply(&t.out, "OK 300\n", 7);
        outbox_body(&t.out, body);
        outbox_reply(&t.out, "ERR a code\n", 11);
        send_file(&t, (off_t)(i * 100), i * 37);
        sink_add(&want, "OK 300\n", 7);
        sink_add(&want, t.bytes + i, len);
        sink_add(&want, "ERR a code\n", 11);
        sink_add(&want, t.bytes + i * 100, i * 37);
    }
    while (!outbox_empty(&t.out)) {
        ssize_t n = sender_send(&t.sender, t.pair[0], &t.out, max);
        unit_check(n > 0 ? (size_t)n <= max : n < 0 && errno == EAGAIN,
                   "sender_send, up to %zu bytes: %zd, %s", max, n, strerror(errno));
        if (n < 0) {
            sockets_wait(t.pair[1], POLLIN);
            sockets_receive(t.pair[1], &t.got);
        }
    }
    unit_check(part.used == 0, "%zu bytes of the budget are not given back", (size_t)part.used);
    delivery_end(&t, "a mixture", want.bytes, want.len);
    sink_free(&want);
}

static void test_send_in_small_parts(void)
{
    static const size_t most[] = {1, 7, 1000, 1 << 20};
    unit_bound(60, "sending in small parts");
    for (size_t i = 0; i < UNIT_COUNT(most); i++) {
        mixture(sockets_pair, most[i]);
        mixture(sockets_tcp, most[i]);
    }
}

/* Large files, some to clients that take everything at once and some to others: one sender has
 * them in turns, and nobody gets what is another's. */
static void test_large_files(void)
{
    enum { CLIENTS = 3 };
    struct sender sender = {0};
    struct delivery all[CLIENTS];
    size_t left = CLIENTS, piped = 0;
    unit_bound(60, "sending large files");
    sender_open(&sender);
    for (size_t i = 0; i < CLIENTS; i++) {
        delivery_begin(&all[i], BIG, sockets_tcp);
        if (i > 0) { /* one file position for all: nobody may depend on it */
            close(all[i].file);
            all[i].file = fcntl(all[0].file, F_DUPFD_CLOEXEC, 0);
        }
        buffer_size(&all[i], 100000);
        send_file(&all[i], (off_t)i, BIG - i);
    }
    while (left > 0) {
        left = 0;
        for (size_t i = 0; i < CLIENTS; i++) {
            struct delivery *t = &all[i];
            if (outbox_empty(&t->out))
                continue;
            left++;
            /* a little, which is taken whole; then as much as goes through a pipe */
            ssize_t n = sender_send(&sender, t->pair[0], &t->out, 1000);
            piped += n > 0 && t->out.keeps_up;
            if (n > 0 && !outbox_empty(&t->out))
                n = sender_send(&sender, t->pair[0], &t->out, 1 << (20 + i));
            unit_check(n > 0 || (n < 0 && errno == EAGAIN), "client %zu: %s", i, strerror(errno));
            if (n < 0)
                sockets_receive(t->pair[1], &t->got);
        }
    }
    for (size_t i = 0; i < CLIENTS; i++)
        delivery_end(&all[i], "a large file", all[i].bytes + i, BIG - i);
    unit_check(piped > CLIENTS, "only %zu parts may have gone through a pipe", piped);
    sender_close(&sender);
    sender_close(&sender);
}

static void test_nothing_to_send(void)
{
    struct delivery t;
    delivery_begin(&t, 0, sockets_pair);
    unit_check(sender_send(&t.sender, t.pair[0], &t.out, 1000) == 0, "something of nothing");
    delivery_end(&t, "nothing", "", 0);
}

/* A file that has become shorter than what was promised ends in EIO, not in a loop. */
static void test_file_becomes_shorter(void)
{
    static const size_t sizes[] = {100, BIG};
    unit_bound(60, "a file that becomes shorter");
    for (size_t i = 0; i < UNIT_COUNT(sizes); i++) {
        struct delivery t;
        ssize_t n;
        int error;
        delivery_begin(&t, sizes[i], sockets_tcp);
        send_file(&t, 0, sizes[i]);
        unit_check(sender_send(&t.sender, t.pair[0], &t.out, 50) == 50, "the first part");
        unit_check(ftruncate(t.file, 60) == 0, "ftruncate: %s", strerror(errno));
        do {
            n = sender_send(&t.sender, t.pair[0], &t.out, 1 << 21);
            error = errno;
            sockets_receive(t.pair[1], &t.got);
        } while (n > 0 || error == EAGAIN);
        unit_check(error == EIO, "expected EIO, received %s", strerror(error));
        delivery_end(&t, "what there was", t.bytes, 60);
    }
}

/* The other end has closed: an error, and no SIGPIPE (which is ignored, as in the servers). */
static void test_other_end_has_closed(void)
{
    unit_check(signal(SIGPIPE, SIG_IGN) != SIG_ERR, "signal");
    for (int what = 0; what < 2; what++) {
        struct delivery t;
        delivery_begin(&t, 1000, sockets_pair);
        close(t.pair[1]);
        if (what == 1)
            send_file(&t, 0, 1000);
        else
            outbox_reply(&t.out, "x", 1);
        unit_check(sender_send(&t.sender, t.pair[0], &t.out, 1000) == -1 && errno == EPIPE,
                   "received %s", strerror(errno));
        t.pair[1] = -1;
        delivery_end(&t, "nothing", "", 0);
    }
}

/* If there are no descriptors left for a pipe, it goes without. */
static void test_no_descriptors_for_a_pipe(void)
{
    struct delivery t;
    struct rlimit limit, none;
    delivery_begin(&t, BIG, sockets_tcp);
    send_file(&t, 0, BIG);
    unit_check(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
    none = limit;
    none.rlim_cur = 4;
    unit_check(setrlimit(RLIMIT_NOFILE, &none) == 0, "setrlimit");
    sender_open(&t.sender);
    while (!outbox_empty(&t.out)) {
        if (sender_send(&t.sender, t.pair[0], &t.out, 1 << 22) < 0 && errno != EAGAIN)
            break;
        sockets_receive(t.pair[1], &t.got);
    }
    unit_check(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
    delivery_end(&t, "a file without a pipe", t.bytes, BIG);
}

static const struct CMUnitTest tests[] = {
    TEST(test_send_in_small_parts),  TEST(test_large_files),
    TEST(test_nothing_to_send),      TEST(test_file_becomes_shorter),
    TEST(test_other_end_has_closed), TEST(test_no_descriptors_for_a_pipe),
};
UNIT_MAIN("sender", tests)
