/* bench/load/load_neighbour.c: the client that does no work
 *
 * It connects first, so it is the one that 01_loop serves; NEIGHBOUR_BLOCKED comes and goes.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <unistd.h>

#include "load/load_private.h"

enum { ASKED = 256 }; /* times for the file: more than a server can answer before it has to wait */

static int neighbour_fail(int fd, int error)
{
    close(fd);
    errno = error;
    return -1;
}

/* Waits for the greeting, byte by byte, so that nothing behind it is read. */
static bool neighbour_greeted(int fd)
{
    char line[LOAD_LINE];
    size_t n = 0;
    do {
        ssize_t got = recv(fd, line + n, 1, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            errno = got == 0 ? EPIPE : errno == EAGAIN ? ETIMEDOUT : errno;
            return false;
        }
        n++;
    } while (n < sizeof line && (n == 0 || line[n - 1] != '\n'));
    errno = EPROTO;
    return n > 8 && memcmp(line, "HELLO 1 ", 8) == 0;
}

static void neighbour_ask(const struct load *load, int fd)
{
    char request[320];
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
        !neighbour_greeted(fd))
        return neighbour_fail(fd, errno);
    return fd;
}

static void visit(const struct load *load)
{
    char request[320], reply[LOAD_LINE];
    int fd = neighbour_open(load);
    int n = snprintf(request, sizeof request, "H %s\nQ\n", load->spec->file);
    if (fd < 0)
        return;
    bool sent = send(fd, request, (size_t)n, MSG_NOSIGNAL) == n;
    while (sent && recv(fd, reply, sizeof reply, 0) > 0)
        continue; /* until the server closes */
    close(fd);
}

/* The thread of NEIGHBOUR_BLOCKED. */
static void *visits(void *arg)
{
    const struct load *load = arg;
    const uint64_t times = 4, most = 200 * 1000000;
    struct pollfd end = {.fd = load->neighbour, .events = POLLIN};
    uint64_t pause;
    do {
        uint64_t start = load_now();
        visit(load);
        pause = times * (load_now() - start);
        pause = pause < most ? pause : most;
    } while (poll(&end, 1, (int)(pause / 1000000)) == 0);
    return NULL;
}

bool neighbour_start(struct load *load)
{
    bool comes_and_goes = load->spec->neighbour == NEIGHBOUR_BLOCKED;
    load->neighbour = comes_and_goes ? eventfd(0, EFD_CLOEXEC) : neighbour_open(load);
    if (load->neighbour < 0)
        return false;
    if (comes_and_goes) {
        int error = pthread_create(&load->visitor, NULL, visits, load);
        if (error == 0)
            return true;
        load->neighbour = neighbour_fail(load->neighbour, error);
        return false;
    }
    if (load->spec->neighbour != NEIGHBOUR_SILENT)
        neighbour_ask(load, load->neighbour);
    return true;
}

void neighbour_end(struct load *load)
{
    if (load->neighbour < 0)
        return;
    if (load->spec->neighbour == NEIGHBOUR_BLOCKED &&
        write(load->neighbour, &(uint64_t){1}, sizeof(uint64_t)) == (ssize_t)sizeof(uint64_t))
        pthread_join(load->visitor, NULL);
    close(load->neighbour);
}
