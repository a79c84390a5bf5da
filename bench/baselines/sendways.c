/* bench/baselines/sendways.c: which calls send a file from the page cache most cheaply?
 *
 * A child, on cpu 0, sends a file over loopback to its parent, on cpu 1, in one way after another,
 * in rounds, each in an order of its own. Reported are medians, and the ratio to the way that the
 * six servers take, within the same round. The results are in bench/README.md.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/stdfds.h"
#include "results/stats.h"

enum { KIB = 1024, CHUNK = 256 * KIB, ROUNDS = 500 };

static const struct way {
    const char *name;
    enum { SENDFILE, SPLICE, COPY } by;
    int most; /* bytes in one call; of the pipe, for splice */
    bool cork;
} ways[] = {
    {"sendfile 1M, corked", SENDFILE, 1024 * KIB, true}, /* the one the others are divided by */
    {"sendfile 64K", SENDFILE, 64 * KIB, false},
    {"sendfile 64K, corked", SENDFILE, 64 * KIB, true},
    {"sendfile 256K", SENDFILE, 256 * KIB, false},
    {"sendfile 256K, corked", SENDFILE, 256 * KIB, true},
    {"sendfile 1M", SENDFILE, 1024 * KIB, false},
    {"sendfile 4M, corked", SENDFILE, 4096 * KIB, true},
    {"sendfile 1G, corked", SENDFILE, 1024 * 1024 * KIB, true},
    {"splice 64K, corked", SPLICE, 64 * KIB, true},
    {"splice 1M", SPLICE, 1024 * KIB, false},
    {"splice 1M, corked", SPLICE, 1024 * KIB, true},
    {"read and send 256K", COPY, CHUNK, false},
};
enum { WAYS = sizeof ways / sizeof ways[0] };

struct cost {
    double sender, both; /* seconds of processor time for 1 GiB */
    double segments;
};

static char chunk[CHUNK];

static void die(const char *what)
{
    fprintf(stderr, "sendways: %s: %s\n", what, strerror(errno));
    _exit(1);
}

static void pin(size_t cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) < 0)
        die("sched_setaffinity (two processors are needed)");
}

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Sends once: the bytes that went, or -1. *held: read from the file and not sent yet. */
static ssize_t way_step(const struct way *w, int to, int file, const int *pipe, size_t *held)
{
    ssize_t n;
    if (w->by == SENDFILE)
        return sendfile(to, file, NULL, (size_t)w->most);
    if (*held == 0) {
        n = w->by == COPY ? read(file, chunk, sizeof chunk)
                          : splice(file, NULL, pipe[1], NULL, (size_t)w->most, SPLICE_F_NONBLOCK);
        if (n <= 0)
            return n;
        *held = (size_t)n;
    }
    if (w->by == SPLICE)
        n = splice(pipe[0], NULL, to, NULL, *held, SPLICE_F_NONBLOCK);
    else /* any bytes of the chunk: the reader only counts them */
        n = send(to, chunk, *held, MSG_NOSIGNAL);
    *held -= n > 0 ? (size_t)n : 0;
    return n;
}

static void sender_run(const struct way *w, int listener, int file, off_t size, int report)
{
    struct cost cost = {0};
    struct tcp_info info;
    socklen_t bytes = sizeof info;
    size_t held = 0;
    int to = accept4(listener, NULL, NULL, SOCK_NONBLOCK), pipe[2];
    if (to < 0 || pipe2(pipe, O_NONBLOCK) < 0 || lseek(file, 0, SEEK_SET) < 0)
        die("sender");
    setsockopt(to, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (w->by == SPLICE && fcntl(pipe[1], F_SETPIPE_SZ, w->most) < 0)
        die("F_SETPIPE_SZ");
    double begin = cpu_seconds();
    if (w->cork)
        setsockopt(to, IPPROTO_TCP, TCP_CORK, &(int){1}, sizeof(int));
    for (off_t left = size; left > 0;) {
        struct pollfd room = {.fd = to, .events = POLLOUT};
        if (poll(&room, 1, -1) < 0)
            die("poll");
        ssize_t n = way_step(w, to, file, pipe, &held);
        if (n == 0 || (n < 0 && errno != EAGAIN))
            die(w->name);
        left -= n > 0 ? n : 0;
    }
    if (w->cork)
        setsockopt(to, IPPROTO_TCP, TCP_CORK, &(int){0}, sizeof(int));
    cost.sender = cpu_seconds() - begin;
    getsockopt(to, IPPROTO_TCP, TCP_INFO, &info, &bytes);
    cost.segments = info.tcpi_data_segs_out;
    if (write(report, &cost, sizeof cost) != sizeof cost)
        die("report");
    _exit(0);
}

static struct cost way_run(const struct way *w, int file, off_t size)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof at;
    struct cost cost;
    int report[2], listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&at, bytes) < 0 ||
        listen(listener, 1) < 0 || getsockname(listener, (struct sockaddr *)&at, &bytes) < 0 ||
        pipe(report) < 0)
        die("listening");
    pid_t child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        pin(0);
        sender_run(w, listener, file, size, report[1]);
    }
    close(report[1]);
    close(listener);
    int from = socket(AF_INET, SOCK_STREAM, 0);
    if (from < 0 || connect(from, (struct sockaddr *)&at, sizeof at) < 0)
        die("connect");
    double begin = cpu_seconds(), gib = (double)size / (double)(1 << 30);
    off_t got = 0;
    for (ssize_t n; (n = recv(from, chunk, sizeof chunk, 0)) > 0;)
        got += n;
    double reader = cpu_seconds() - begin;
    if (read(report[0], &cost, sizeof cost) != sizeof cost || got != size)
        die("the file did not come whole");
    waitpid(child, NULL, 0);
    close(report[0]);
    close(from);
    cost.both = (cost.sender + reader) / gib;
    cost.sender /= gib;
    cost.segments /= gib;
    return cost;
}

int main(int argc, char **argv)
{
    static struct cost costs[WAYS][ROUNDS];
    int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 21;
    struct stat st;
    if (!stdfds_open())
        return 1;
    int file = argc > 1 ? open(argv[1], O_RDONLY) : -1;
    if (argc < 2 || argc > 3 || argv[1][0] == '-' || rounds < 1 || rounds > ROUNDS) {
        fprintf(stderr, "usage: sendways FILE [ROUNDS]\n");
        return 2;
    }
    if (file < 0 || fstat(file, &st) < 0 || st.st_size == 0)
        die(argv[1]);
    while (read(file, chunk, sizeof chunk) > 0)
        continue; /* into the page cache */
    pin(1);
    for (int r = 0; r < rounds; r++) {
        int order[WAYS] = {0};
        for (int i = 0; i < (int)WAYS; i++) {
            int j = rand() % (i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        for (int i = 0; i < (int)WAYS; i++)
            costs[order[i]][r] = way_run(&ways[order[i]], file, st.st_size);
    }
    printf("%-24s %10s %10s %10s  %6s  %s\n", "way", "ms/GiB", "both ends", "segments", "ratio",
           "[quartiles]");
    for (int i = 0; i < (int)WAYS; i++) {
        double v[4][ROUNDS];
        for (int r = 0; r < rounds; r++) {
            v[0][r] = 1e3 * costs[i][r].sender;
            v[1][r] = 1e3 * costs[i][r].both;
            v[2][r] = costs[i][r].segments;
            v[3][r] = costs[i][r].sender / costs[0][r].sender;
        }
        for (int k = 0; k < 4; k++)
            (void)stats_estimate(v[k], (size_t)rounds); /* which sorts them */
        printf("%-24s %10.1f %10.1f %10.0f  %6.2f  [%.2f %.2f]\n", ways[i].name, v[0][rounds / 2],
               v[1][rounds / 2], v[2][rounds / 2], v[3][rounds / 2], v[3][rounds / 4],
               v[3][rounds * 3 / 4]);
    }
    return 0;
}
