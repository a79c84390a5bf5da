/* tests/faults/inject/inject.c: a library to preload into a server, in which a chosen call fails
 *
 * A driver arms the fault, see inject.h: the file INJECT_CONTROL is what both have mapped.
 *
 * A call that fails is not made; but a close that fails has closed (on Linux it always has), and a
 * shutdown that fails with ENOTCONN has shut down, since the connection it complains about is gone.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inject_wrap.h"

static struct inject_control *control; /* NULL: not there, or not yet */
static uintptr_t program;              /* where the program begins in memory */

int inject_event_fd = -1;

void *inject_next(enum inject_call call, const char *name)
{
    static void *_Atomic found[CALLS];
    void *function = found[call];
    if (function == NULL)
        found[call] = function = dlsym(RTLD_NEXT, name);
    return function;
}

/* ---- is this the call that fails? ---- */

static bool spared(int fd)
{
    struct sockaddr_in6 peer = {0}; /* IPv4 fits in; the port is at the same place in both */
    socklen_t len = sizeof peer;
    int error = errno;
    bool is = false;
    if (fd >= 0 && getpeername(fd, (struct sockaddr *)&peer, &len) == 0 &&
        (peer.sin6_family == AF_INET || peer.sin6_family == AF_INET6))
        for (int i = 0; i < INJECT_SPARED && !is; i++)
            is = control->spared[i] != 0 && control->spared[i] == ntohs(peer.sin6_port);
    errno = error;
    return is;
}

static uint64_t place_of(const void *caller)
{
    enum { PROGRAM_MAX = 16 * 1024 * 1024 };
    uintptr_t offset = (uintptr_t)caller - program;
    return offset < PROGRAM_MAX ? offset : 0;
}

static void place_note(enum inject_call call, uint64_t place)
{
    uint64_t entry = (uint64_t)call << 32 | place;
    for (unsigned int i = 0; i < INJECT_PLACES; i++) {
        _Atomic uint64_t *slot = &control->places[(entry * 31 + i) % INJECT_PLACES];
        uint64_t there = 0;
        if (atomic_compare_exchange_strong(slot, &there, entry) || there == entry)
            return;
    }
}

int inject_fault(enum inject_call call, int fd, const void *caller)
{
    if (control == NULL || control->armed == 0 || fd == SPARED || spared(fd))
        return 0;
    uint32_t n = ++control->calls[call];
    uint64_t place = place_of(caller);
    place_note(call, place);
    for (int i = 0; i < INJECT_SLOTS; i++) {
        struct inject_slot *slot = &control->slots[i];
        if (slot->call != call || n < slot->nth || n - slot->nth >= slot->times)
            continue;
        if (slot->injected++ == 0)
            slot->place = place;
        return slot->effect;
    }
    return 0;
}

int inject_fail(int error)
{
    errno = error;
    return -1;
}

/* ---- the beginning ---- */

__attribute__((constructor)) static void inject_start(void)
{
    const char *path = getenv("INJECT_CONTROL");
    int fd = path != NULL ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC) : -1;
    program = getauxval(AT_PHDR) & ~(uintptr_t)0xfff;
    if (fd < 0)
        return;
    void *memory = NEXT(mmap)(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    syscall(SYS_close, fd);
    if (memory != MAP_FAILED)
        control = memory;
}
