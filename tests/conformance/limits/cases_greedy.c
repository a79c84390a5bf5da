/* Clients that ask for much, or send much: the server's memory is bounded, and the others are not
 * delayed. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance.h"
#include "flood.h"

enum { BIG = 64 << 20 };

/* A client that sends requests and never reads: the server stops reading from it and its memory
 * does not grow; when the client reads at last, every reply is there. */
static void requests_without_reading(void)
{
    enum { REQUESTS = 3000, SIZE = 20000 };
    struct wire *wire = suite_open_narrow(suite.server), *other;
    long before = procfs_memory_kb(suite.server->pid), grown;
    char *requests = suite_repeated("G file\n", REQUESTS);
    size_t sent, n = strlen(requests);

    folder_write_pattern(suite.server->dir, "file", SIZE, 1);
    wire_stop_reading(wire);
    sent = wire_send_some(wire, requests, n);
    if (suite_many()) {
        other = suite_open();
        for (int i = 0; i < 20; i++)
            suite_download_pattern(other, "file", SIZE, 1);
        wire_close(other);
    }
    grown = procfs_memory_kb(suite.server->pid) - before;
    verdict_check(grown < 32768 * bound_scale(), "the server has grown by %ld KiB", grown);
    for (int i = 0; i < REQUESTS; i++) {
        wire_expect(wire, "OK 20000\n");
        wire_expect_pattern(wire, SIZE, 1, 0);
        if (sent < n)
            sent += wire_send_some(wire, requests + sent, n - sent);
    }
    free(requests);
    wire_expect_quiet(wire);
}

/* Much at once from one client does not keep another waiting. */
static void pipelining_client_delays_nobody(void)
{
    struct wire *greedy = suite_open(), *modest = suite_open();
    char *requests = suite_repeated("N\n", 20000);
    long slowest = 0;

    folder_write_pattern(suite.server->dir, "big", BIG, 1);
    wire_puts(greedy, "G big\n");
    wire_stop_reading(greedy);
    wire_send_some(greedy, requests, strlen(requests));
    free(requests);
    for (int i = 0; i < 30; i++) {
        wire_pump(greedy); /* that takes this program its time */
        long start = bound_now();
        wire_expect_quiet(modest);
        if (bound_now() - start > slowest)
            slowest = bound_now() - start;
    }
    verdict_check(slowest < bound_of(2000), "a ping took %ld ms beside a greedy client", slowest);
}

/* A client that sends without a pause, faster than its bytes are written to the disk: there is
 * always something to read from it, and the others get their turn all the same. */
static void long_upload_delays_nobody(void)
{
    enum { SIZE = 96 << 20, PART = 1 << 20, ENOUGH = 20 };
    static const unsigned char zeros[PART];
    struct wire *modest = suite_open(), *sender = suite_open();
    int pings = 0;

    suite_begin_upload(sender, "zeros", SIZE);
    pid_t child = flood_fork();
    if (child == 0) {
        long left = SIZE;
        struct pollfd out = {.fd = wire_fd(sender), .events = POLLOUT};

        while (left > 0 && poll(&out, 1, -1) == 1) {
            ssize_t n = send(out.fd, zeros, left < PART ? (size_t)left : PART, MSG_NOSIGNAL);
            if (n < 0 && errno != EAGAIN)
                break;
            left -= n > 0 ? n : 0;
        }
        _exit(left == 0 ? 0 : 1);
    }
    while (!wire_readable(sender, 0)) {
        wire_expect_quiet(modest);
        pings++;
    }
    wire_expect_ok(sender);
    int status;
    verdict_check(waitpid(child, &status, 0) == child && status == 0, "the sender: 0x%x", status);
    verdict_check(pings >= ENOUGH,
                  "while a client sent %d MiB without a pause, another one had %d pings answered",
                  SIZE >> 20, pings);
}

const struct conformance_case greedy_cases[] = {
    {"failure_requests_without_reading", ON_ALL, CASE_OURS, .run = requests_without_reading},
    {"failure_pipelining_client_delays_nobody", ON_MANY, .run = pipelining_client_delays_nobody},
    {"failure_long_upload_delays_nobody", ON_MANY, CASE_OURS, .run = long_upload_delays_nobody},
    {.name = NULL},
};
