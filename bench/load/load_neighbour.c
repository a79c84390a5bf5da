/* bench/load/load_neighbour.c: the client that does no work
 *
 * It connects first, so it is the one that 01_loop serves; NEIGHBOUR_BLOCKED comes and goes.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "load/load_private.h"

enum { ASKED = 256 }; /* times for the file: more than a server can answer before it has to wait */

/* Waits for the greeting's beginning; its rest is of no interest. */
static bool neighbour_greeted(int fd)
{
    char begin[8];
    ssize_t got;
    do
        got = recv(fd, begin, sizeof begin, MSG_WAITALL);
    while (got < 0 && errno == EINTR);
    errno = got > 0 ? EPROTO : got == 0 ? EPIPE : errno == EAGAIN ? ETIMEDOUT : errno;
    return got == sizeof begin && memcmp(begin, "HELLO 1 ", sizeof begin) == 0;
}

static void neighbour_ask(const struct load *load, int fd)
{
    char request[LOAD_REQUEST];
    const char *file = load->spec->file;
    const char *verb = load->spec->neighbour == NEIGHBOUR_COMPUTING ? "H" : "G";
    int n = file != NULL ? snprintf(request, sizeof request, "%s %s\n", verb, file)
                         : snprintf(request, sizeof request, "L\n");
    for (int i = 0; i < ASKED; i++) {
        if (send(fd, request, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) != n)
            return; /* full: it has enough to do */
    }
}

/* Connected and greeted; -1: see errno. */
static int neighbour_open(const struct load *load)
{
    int fd = socket(load->to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval bound = {.tv_sec = (time_t)(load->timeout / 1000000000U),
                            .tv_usec = (suseconds_t)(load->timeout / 1000U % 1000000U)};
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof bound);
    if (load->spec->neighbour == NEIGHBOUR_STUCK) /* as little room as there can be */
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){1}, sizeof(int));
    if (connect(fd, (const struct sockaddr *)&load->to, load->to_len) != 0 ||
        !neighbour_greeted(fd)) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

static void visit(const struct load *load)
{
    char request[LOAD_REQUEST], reply[LOAD_LINE];
    int fd = neighbour_open(load);
    int n = snprintf(request, sizeof request, "H %s\nQ\n", load->spec->file);
    bool waits = fd >= 0 && send(fd, request, (size_t)n, MSG_NOSIGNAL) == n;
    while (waits && recv(fd, reply, sizeof reply, 0) > 0)
        continue; /* until the server closes */
    if (fd >= 0)
        close(fd);
}

/* The thread of NEIGHBOUR_BLOCKED. */
static void *visits(void *arg)
{
    struct load *load = arg;
    const uint64_t times = 4, min_ms = 4, max_ms = 200;
    while (atomic_load(&load->phase) % PHASES != PHASE_END) {
        uint64_t start = load_now();
        visit(load);
        uint64_t pause_ms = times * (load_now() - start) / 1000000;
        pause_ms = pause_ms > min_ms ? pause_ms : min_ms;
        (void)poll(NULL, 0, (int)(pause_ms < max_ms ? pause_ms : max_ms));
    }
    return NULL;
}

bool neighbour_start(struct load *load)
{
    if (load->spec->neighbour == NEIGHBOUR_BLOCKED) {
        errno = pthread_create(&load->visitor, NULL, visits, load);
        return load->visits = errno == 0;
    }
    load->neighbour = neighbour_open(load);
    if (load->neighbour >= 0 && load->spec->neighbour != NEIGHBOUR_SILENT)
        neighbour_ask(load, load->neighbour);
    return load->neighbour >= 0;
}

void neighbour_end(struct load *load)
{
    if (load->neighbour >= 0)
        close(load->neighbour);
    if (load->visits)
        pthread_join(load->visitor, NULL);
}
