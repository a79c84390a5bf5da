/* fuzz_client_sim.c: what the client's library takes for the system
 *
 * The linker puts these functions in the place of the system's (ld(1), --wrap), so an input is
 * tried without a socket and without waiting: the clock only continues when it is asked for.
 */
#include "fuzz_client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

enum { TROUBLES_MOST = 200 };

struct sim sim;

ssize_t __wrap_recv(int fd, void *to, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t len, int flags);
ssize_t __wrap_sendfile(int fd, int from, off_t *offset, size_t len);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_close(int fd);
int __real_close(int fd);

void sim_begin(enum fuzz_way way, struct fuzz_choices choices, const uint8_t *bytes, size_t len)
{
    /* a name of one byte, four in the listing, is sixteen in the array; a nick's line of one is
     * eight */
    sim = (struct sim){.way = way,
                       .choices = choices,
                       .bytes = bytes,
                       .len = len,
                       .now = 1000000,
                       .open = true,
                       .memory_most = 8 * len + 300000,
                       .memory_until = SIZE_MAX};
    fuzz_text_add(&sim.sent, "", 0); /* never NULL */
    if (way == WAY_WILD && fuzz_choose(&sim.choices, 4) == 3)
        sim.memory_until = 1 + fuzz_choose(&sim.choices, 16);
}

void sim_end(void)
{
    fuzz_check(!sim.open, "the connection stays open");
    fuzz_text_free(&sim.sent);
}

/* One of these errors, or 0; at last always 0: nothing fails for ever. */
static int injection(const int *errors, size_t count)
{
    size_t which = sim.way == WAY_WILD ? fuzz_choose(&sim.choices, 16) : count;
    if (which >= count || sim.failures == TROUBLES_MOST)
        return 0;
    sim.failures++;
    return errno = errors[which];
}

static size_t portion(size_t most)
{
    if (sim.way == WAY_WHOLE || most == 0)
        return most;
    size_t part = sim.way == WAY_BYTES ? 1 : 1 + fuzz_choose(&sim.choices, 64);
    return part < most ? part : most;
}

/* ---- the socket ---- */

ssize_t __wrap_recv(int fd, void *to, size_t size, int flags)
{
    static const int errors[] = {EAGAIN, EINTR, ECONNRESET};
    (void)flags;
    fuzz_check(fd == SIM_SOCKET && sim.open && size > 0, "recv(%d, %zu)", fd, size);
    if (injection(errors, 2 + (sim.at == sim.len)) != 0)
        return -1;
    size_t left = sim.len - sim.at, part = portion(left < size ? left : size);
    if (part > 0)
        memcpy(to, sim.bytes + sim.at, part);
    sim.at += part;
    return (ssize_t)part;
}

ssize_t __wrap_send(int fd, const void *bytes, size_t len, int flags)
{
    static const int errors[] = {EAGAIN, EINTR, EPIPE};
    fuzz_check(fd == SIM_SOCKET && sim.open, "send(%d)", fd);
    fuzz_check((flags & MSG_NOSIGNAL) != 0, "SIGPIPE would end us");
    int error = injection(errors, 3);
    sim.lost = sim.lost || error == EPIPE;
    if (error != 0)
        return -1;
    size_t part = sim.way == WAY_WILD ? portion(len) : len;
    sim.inside = false;
    fuzz_text_add(&sim.sent, bytes, part);
    sim.inside = true;
    return (ssize_t)part;
}

ssize_t __wrap_sendfile(int fd, int from, off_t *offset, size_t len)
{
    static const int errors[] = {EAGAIN, EINTR, EPIPE, EINVAL, EIO};
    (void)from;
    fuzz_check(fd == SIM_SOCKET && sim.open && len > 0, "sendfile(%d, %zu)", fd, len);
    if (injection(errors, 5) != 0)
        return -1;
    if (sim.way == WAY_WILD && fuzz_choose(&sim.choices, 16) == 15)
        return 0; /* the file is shorter now */
    size_t part = portion(len);
    *offset += (off_t)part;
    return (ssize_t)part;
}

/* Everything is always ready, unless the input decides otherwise. */
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
    static const int errors[] = {EINTR};
    int ready = 0;
    fuzz_check(fds[0].fd != SIM_SOCKET || sim.open, "waits for a socket that is closed");
    if (injection(errors, 1) != 0)
        return -1;
    bool late = sim.way == WAY_WILD && timeout >= 0 && fuzz_choose(&sim.choices, 64) == 63;
    bool cancel = sim.way == WAY_WILD && fuzz_choose(&sim.choices, 256) == 255;
    sim.now += late ? timeout : 0;
    for (nfds_t i = 0; i < count; i++) {
        bool has = fds[i].fd >= 0 && !late && (i == 0 || cancel);
        fds[i].revents = (short)(has ? fds[i].events : 0);
        ready += has;
    }
    return ready;
}

int __wrap_close(int fd)
{
    if (fd != SIM_SOCKET)
        return __real_close(fd);
    fuzz_check(sim.open, "closed twice");
    sim.open = false;
    return 0;
}

int64_t clock_now(void)
{
    sim.now += sim.way == WAY_WILD ? (int64_t)fuzz_choose(&sim.choices, 8) : 0;
    return sim.now;
}

/* ---- memory ---- */

/* Is there room for so much? The library must not ask for more than a few times what has come. */
bool fuzz_memory_is_left(size_t size)
{
    if (!sim.inside)
        return true;
    fuzz_check(size <= sim.memory_most, "asks for %zu bytes, but %zu were received", size, sim.at);
    if (sim.memory_until == SIZE_MAX)
        return true;
    sim.memory_until -= sim.memory_until > 0;
    return sim.memory_until > 0;
}
