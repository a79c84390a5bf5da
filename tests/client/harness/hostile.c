/* hostile.c: see hostile.h */
#include "hostile.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bound.h"
#include "loopback.h"
#include "unit.h"

enum { MOST = 8, KEPT = 65536, CHUNK = 65536 };

/* In memory that both processes share. */
struct hostile_received {
    _Atomic uint64_t count;
    char bytes[KEPT + 1];
};

static struct hostile all[MOST]; /* pid 0: free */

/* ---- the child ---- */

static ssize_t receive(int fd, struct hostile_received *received, char *bytes, size_t size)
{
    ssize_t n;
    while ((n = recv(fd, bytes, size, 0)) < 0 && errno == EINTR)
        continue;
    uint64_t at = atomic_load(&received->count);
    for (ssize_t i = 0; i < n && at + (uint64_t)i < KEPT; i++)
        received->bytes[at + (uint64_t)i] = bytes[i];
    if (n > 0)
        atomic_store(&received->count, at + (uint64_t)n);
    return n;
}

static bool say(int fd, const struct hostile_step *step)
{
    if (step->len == 0 || step->total <= step->len)
        return loopback_send(fd, step->text, (size_t)step->total);
    size_t size = CHUNK / step->len * step->len; /* whole texts in one call */
    if (size == 0)
        size = step->len;
    char *chunk = malloc(size);
    if (chunk == NULL)
        return false;
    for (size_t i = 0; i < size; i++)
        chunk[i] = step->text[i % step->len];
    bool ok = true;
    for (uint64_t left = step->total; ok && left > 0;) {
        size_t part = left < size ? (size_t)left : size;
        ok = loopback_send(fd, chunk, part);
        left -= part;
    }
    free(chunk);
    return ok;
}

static bool drip(int fd, const struct hostile_step *step, size_t piece)
{
    for (uint64_t i = 0; i < step->total; i += piece) {
        if (!loopback_send(fd, step->text + i % step->len, piece))
            return false;
        bound_observe(step->ms);
    }
    return true;
}

static bool receive_line(int fd, struct hostile_received *received)
{
    char byte;
    while (receive(fd, received, &byte, 1) == 1)
        if (byte == '\n')
            return true;
    return false;
}

static bool receive_bytes(int fd, struct hostile_received *received, uint64_t left)
{
    char bytes[CHUNK];
    while (left > 0) {
        ssize_t n = receive(fd, received, bytes, left < sizeof bytes ? (size_t)left : sizeof bytes);
        if (n <= 0)
            return false;
        left -= (uint64_t)n;
    }
    return true;
}

static bool step_do(int fd, const struct hostile_step *step, struct hostile_received *received)
{
    char byte;
    switch (step->what) {
    case HOSTILE_DO_SEND: return say(fd, step);
    case HOSTILE_DO_DRIP: return drip(fd, step, 1);
    case HOSTILE_DO_TRICKLE: return drip(fd, step, step->len);
    case HOSTILE_DO_LINE: return receive_line(fd, received);
    case HOSTILE_DO_READ: return receive_bytes(fd, received, step->total);
    case HOSTILE_DO_SIGNAL: return kill(getppid(), step->ms) == 0;
    case HOSTILE_DO_AWAIT: return read(step->ms, &byte, 1) == 1;
    case HOSTILE_DO_WRITE: return write(step->ms, "x", 1) == 1;
    case HOSTILE_DO_STAY:
        for (;;)
            (void)pause();
    case HOSTILE_DO_END: (void)receive_bytes(fd, received, UINT64_MAX); return true;
    default: return true;
    }
}

static bool is_end(const struct hostile_step *step)
{
    return step->what == HOSTILE_DO_END || step->what == HOSTILE_DO_CLOSE ||
           step->what == HOSTILE_DO_RESET;
}

/* Returns the step that ended this client. */
static const struct hostile_step *client_serve(int fd, const struct hostile_step *step,
                                               struct hostile_received *received)
{
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    /* or megabytes wait in the kernel, and a client that does not read is not noticed */
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &(int){64 * 1024}, sizeof(int));
    while (!is_end(step) && step_do(fd, step, received))
        step++;
    while (!is_end(step)) /* the client has gone */
        step++;
    if (step->what == HOSTILE_DO_END)
        (void)step_do(fd, step, received);
    if (step->what == HOSTILE_DO_RESET)
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
    close(fd);
    return step;
}

static _Noreturn void serve(int listener, const struct hostile_step *step,
                            struct hostile_received *received)
{
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0 && errno == EINTR)
            continue;
        if (fd < 0)
            _exit(1);
        step = client_serve(fd, step, received);
        if (step->what == HOSTILE_DO_END || step[1].what == HOSTILE_DO_END)
            _exit(0);
        step++;
    }
}

/* The test's own connections came along with the fork: as long as they are open here, their ends
 * are not seen elsewhere. Pipes stay, for HOSTILE_WRITE. */
static void sockets_close(int but)
{
    enum { HIGHEST = 256 };
    struct stat st;
    for (int fd = 3; fd < HIGHEST; fd++)
        if (fd != but && fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode))
            close(fd);
}

/* ---- the test ---- */

struct hostile *hostile_start(const struct hostile_step *script)
{
    size_t i = 0;
    while (i < MOST && all[i].pid != 0)
        i++;
    unit_check(i < MOST, "more than %d hostile servers at once", MOST);
    struct hostile *server = &all[i];
    int port = 0, listener = loopback_listen(&port, 8);
    unit_check(listener >= 0, "listening: %s", strerror(errno));
    (void)snprintf(server->port, sizeof server->port, "%u", (unsigned)port % 65536);
    server->received = mmap(NULL, sizeof *server->received, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    unit_check(server->received != MAP_FAILED, "mmap: %s", strerror(errno));
    server->pid = fork();
    unit_check(server->pid >= 0, "fork: %s", strerror(errno));
    if (server->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)alarm(0);
        sockets_close(listener);
        serve(listener, script, server->received);
    }
    close(listener);
    return server;
}

const char *hostile_received(const struct hostile *server)
{
    return server->received->bytes;
}

uint64_t hostile_count(const struct hostile *server)
{
    return atomic_load(&server->received->count);
}

/* Once the child has been waited for. */
static void forget(struct hostile *server)
{
    (void)munmap(server->received, sizeof *server->received);
    server->pid = 0;
}

static bool has_ended(void *arg)
{
    struct hostile *server = arg;
    return waitpid(server->pid, &server->status, WNOHANG) != 0;
}

void hostile_finish(struct hostile *server)
{
    bool ended = bound_await(has_ended, server, BOUND_GENEROUS);
    unit_check(ended && server->status == 0,
               "the hostile server has not come to the end of its script; it has heard %s",
               unit_quote(hostile_received(server), strlen(hostile_received(server))));
    forget(server);
}

void hostile_finish_all(void)
{
    for (size_t i = 0; i < MOST; i++)
        if (all[i].pid > 0)
            hostile_finish(&all[i]);
}

void hostile_stop(struct hostile *server)
{
    (void)kill(server->pid, SIGKILL);
    (void)waitpid(server->pid, NULL, 0);
    forget(server);
}

void hostile_sweep(void)
{
    for (size_t i = 0; i < MOST; i++)
        if (all[i].pid > 0)
            hostile_stop(&all[i]);
}
