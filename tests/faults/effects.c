/* tests/faults/effects.c: which call can fail how, by its man page and the kernel's source */
#include <errno.h>
#include <string.h>

#include "faults.h"

static const char *const names[] = {
#define INJECT_NAME(name) #name,
    "", INJECT_CALLS(INJECT_NAME)};

/* invisible: no client may notice. interrupts: it may not notice EINTR, EAGAIN and short transfers.
 */
static const struct {
    enum inject_call call;
    enum { NOTICED, INTERRUPTS, INVISIBLE } kind;
    const char *effects;
    const char *model; /* NULL: all */
} table[] = {
    {CALL_accept4, INVISIBLE, "EMFILE ENFILE ENOBUFS ENOMEM ECONNABORTED EINTR EAGAIN EPROTO EPERM",
     NULL},
    {CALL_bind, NOTICED, "EADDRINUSE EADDRNOTAVAIL EACCES ENOMEM", NULL},
    {CALL_calloc, NOTICED, "ENOMEM", NULL},
    {CALL_close, NOTICED, "EINTR EIO ENOSPC EDQUOT", NULL},
    {CALL_dup, INVISIBLE, "EMFILE", NULL},
    {CALL_epoll_create1, NOTICED, "EMFILE ENFILE ENOMEM", NULL},
    {CALL_epoll_ctl, NOTICED, "ENOMEM ENOSPC", NULL},
    {CALL_epoll_wait, INVISIBLE, "EINTR", NULL},
    {CALL_eventfd, NOTICED, "EMFILE ENFILE ENODEV ENOMEM", NULL},
    {CALL_fchmod, NOTICED, "EIO EPERM EROFS", NULL},
    {CALL_fcntl, INVISIBLE, "EPERM EBUSY ENOMEM", NULL},
    {CALL_fdopendir, NOTICED, "ENOMEM", NULL},
    {CALL_flock, NOTICED, "ENOLCK EINTR", NULL},
    {CALL_fork, NOTICED, "EAGAIN ENOMEM", NULL},
    {CALL_fstat, NOTICED, "EIO ENOMEM EOVERFLOW", NULL},
    {CALL_fstatat, NOTICED, "EIO ENOMEM EACCES", NULL},
    {CALL_fstatvfs, NOTICED, "EIO ENOMEM EINTR", NULL},
    {CALL_fsync, NOTICED, "EIO ENOSPC EDQUOT EINTR", NULL},
    {CALL_ftruncate, NOTICED, "EIO EFBIG ENOSPC EDQUOT EINTR", NULL},
    {CALL_futex, INVISIBLE, "EINTR EAGAIN ETIMEDOUT", NULL},
    {CALL_getrandom, NOTICED, "EINTR ENOSYS", NULL},
    {CALL_listen, NOTICED, "EADDRINUSE EOPNOTSUPP", NULL},
    {CALL_malloc, NOTICED, "ENOMEM", NULL},
    {CALL_mkdir, NOTICED, "EACCES ENOSPC EDQUOT EROFS ENOMEM", NULL},
    {CALL_mmap, NOTICED, "ENOMEM EAGAIN", NULL},
    {CALL_open, NOTICED, "EMFILE ENFILE ENOMEM EACCES", NULL},
    {CALL_openat, NOTICED, "EMFILE ENFILE ENOMEM EACCES EIO EINTR ENOSPC EDQUOT EROFS", NULL},
    {CALL_pipe2, INVISIBLE, "EMFILE ENFILE ENOMEM", NULL},
    /* with three descriptors, as 02 and 03 have, the kernel needs no memory */
    {CALL_poll, INVISIBLE, "EINTR ENOMEM", "05_poll"},
    {CALL_poll, INVISIBLE, "EINTR", NULL},
    {CALL_pread, INTERRUPTS, "EINTR EIO ENOMEM SHORT", NULL},
    {CALL_pthread_create, NOTICED, "EAGAIN", NULL},
    {CALL_pwritev2, INVISIBLE, "EAGAIN EIO EOPNOTSUPP EPIPE ENOSPC", NULL},
    {CALL_read, INVISIBLE, "EINTR EAGAIN EIO SHORT", NULL},
    {CALL_readdir, NOTICED, "EIO ENOENT", NULL},
    {CALL_realloc, NOTICED, "ENOMEM", NULL},
    {CALL_recv, INTERRUPTS, "EINTR EAGAIN ECONNRESET ETIMEDOUT EHOSTUNREACH ENOMEM SHORT", NULL},
    {CALL_renameat, NOTICED, "EIO ENOSPC EDQUOT EACCES EROFS ENOMEM", NULL},
    {CALL_select, INVISIBLE, "EINTR ENOMEM", NULL},
    {CALL_send, INTERRUPTS, "EINTR EAGAIN EPIPE ECONNRESET ENOBUFS ENOMEM ETIMEDOUT SHORT", NULL},
    {CALL_sendfile, INTERRUPTS, "EINTR EAGAIN EIO ENOMEM EPIPE ECONNRESET SHORT ZERO", NULL},
    {CALL_sendmsg, INTERRUPTS, "EINTR EAGAIN EPIPE ECONNRESET ENOBUFS ENOMEM ETIMEDOUT SHORT",
     NULL},
    {CALL_setrlimit, INVISIBLE, "EPERM", NULL},
    {CALL_setsockopt, INVISIBLE, "ENOBUFS ENOMEM", NULL},
    {CALL_shutdown, INVISIBLE, "ENOTCONN", NULL},
    {CALL_socket, NOTICED, "EMFILE ENFILE ENOBUFS ENOMEM EACCES EAFNOSUPPORT", NULL},
    {CALL_splice, INTERRUPTS, "EINTR EAGAIN EIO ENOMEM EPIPE ECONNRESET SHORT", NULL},
    {CALL_unlinkat, NOTICED, "EIO EACCES EROFS", NULL},
    {CALL_waitpid, INVISIBLE, "EINTR", NULL},
    {CALL_write, INTERRUPTS, "EINTR EIO ENOSPC EDQUOT EFBIG SHORT", NULL},
};

enum { ROWS = sizeof table / sizeof table[0] };

const char *call_name(enum inject_call call)
{
    return names[call];
}

enum inject_call call_by_name(const char *name)
{
    for (int call = 1; call < CALLS; call++)
        if (strcmp(names[call], name) == 0)
            return (enum inject_call)call;
    return CALL_NONE;
}

const char *call_effects(enum inject_call call, const char *model)
{
    for (size_t i = 0; i < ROWS; i++)
        if (table[i].call == call && (table[i].model == NULL || strcmp(table[i].model, model) == 0))
            return table[i].effects;
    return "";
}

int effect_by_name(const char *name)
{
    if (strcmp(name, "SHORT") == 0)
        return EFFECT_SHORT;
    if (strcmp(name, "ZERO") == 0)
        return EFFECT_ZERO;
    for (int error = 1; error < 256; error++)
        if (strerrorname_np(error) != NULL && strcmp(strerrorname_np(error), name) == 0)
            return error;
    return 0;
}

const char *effect_name(int effect)
{
    return effect == EFFECT_SHORT  ? "SHORT"
           : effect == EFFECT_ZERO ? "ZERO"
                                   : strerrorname_np(effect);
}

uint32_t effect_times(int effect)
{
    switch (effect) {
    case EINTR: /* a signal each */
    case EAGAIN:
    case ETIMEDOUT:
    case ECONNABORTED: /* a client each */
    case EPROTO:
    case EPERM: return 3;
    default: return UINT32_MAX;
    }
}

static bool effect_interrupts(int effect)
{
    return effect == EINTR || effect == EAGAIN || effect == EFFECT_SHORT;
}

bool fault_is_invisible(const struct fault *fault)
{
    for (size_t i = 0; i < ROWS; i++)
        if (table[i].call == fault->call)
            return table[i].kind == INVISIBLE ||
                   (table[i].kind == INTERRUPTS && effect_interrupts(fault->effect));
    return false;
}

bool fault_is_of_memory(const struct fault *fault)
{
    return fault->call == CALL_malloc || fault->call == CALL_calloc || fault->call == CALL_realloc;
}
