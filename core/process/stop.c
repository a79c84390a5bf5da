/* core/process/stop.c: see stop.h */
#include "process/stop.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Atomic, since with threads any of them may run the handler. */
static atomic_uint requests;
static atomic_int descriptor = -1;
static atomic_bool counts_only;

/* WHY      the handler makes a descriptor readable that the server waits for
 * WITHOUT  a signal that arrives just before the wait is not noticed until the next event
 *                                                                    [mutant: core-no-wake]
 * MAN      signal-safety(7), eventfd(2)
 */
void stop_wake(void)
{
    const uint64_t one = 1;
    int error = errno; /* of the call that the signal has interrupted */
    if (descriptor >= 0)
        (void)!write(descriptor, &one, sizeof one); /* EAGAIN: it is readable already */
    errno = error;
}

static void on_stop(int signal)
{
    (void)signal;
    if (requests++ > 0 && !counts_only)
        _exit(1);
    stop_wake();
}

bool stop_catch(bool only_count)
{
    descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (descriptor < 0)
        return false;
    counts_only = only_count;
    /* The handlers stay: BSD semantics, see signal(2). These also restart calls, but none that
     * waits for a limited time: signal(7). */
    signal(SIGINT, on_stop);
    signal(SIGTERM, on_stop);
    return true;
}

int stop_descriptor(void)
{
    return descriptor;
}

void stop_clear(void)
{
    uint64_t count;
    (void)!read(descriptor, &count, sizeof count);
}

unsigned int stop_requests(void)
{
    return requests;
}

void stop_close(void)
{
    int fd = descriptor;
    descriptor = -1; /* first: a handler must not write to what gets this number next */
    if (fd >= 0)
        close(fd);
}
