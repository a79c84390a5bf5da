/* core/blocking/threads.c: see threads.h */
#include "blocking/threads.h"

#include <errno.h>
#include <signal.h>

#include "base/clock.h"
#include "blocking/acceptor.h"

/* Signal that interrupts the recv(2) of a thread. */
enum { THREADS_WAKE = SIGUSR1 };

static void on_wake(int signal)
{
    (void)signal; /* it only has to interrupt */
}

bool threads_begin(struct threads *threads, struct setup *setup, size_t stack)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&threads->all_gone, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&threads->lock, NULL);
    pthread_attr_init(&threads->attributes);
    pthread_attr_setstacksize(&threads->attributes, stack);
    LIST_INIT(&threads->connections);
    threads->setup = setup;
    signal(THREADS_WAKE, on_wake);
    return acceptor_begin(setup, false);
}

/* WHY      a signal interrupts the recv in which the thread sleeps, or is about to
 * WITHOUT  a silent client keeps the server for the whole grace     [mutant: 03-not-woken]
 * MAN      pthread_kill(3); signal(7), "Interruption of system calls"
 */
static void stop_all(struct threads *threads, bool cut)
{
    pthread_mutex_lock(&threads->lock);
    struct connection *conn = NULL;
    LIST_FOREACH (conn, &threads->connections, link) {
        connection_stop(conn, cut);
        if (conn->idle)
            pthread_kill(conn->thread, THREADS_WAKE);
    }
    pthread_mutex_unlock(&threads->lock);
}

static void wait_for_all(struct threads *threads, int64_t ms)
{
    const struct timespec until = clock_timespec(clock_now() + ms);
    pthread_mutex_lock(&threads->lock);
    while (threads->setup->clients > 0)
        if (pthread_cond_timedwait(&threads->all_gone, &threads->lock, &until) == ETIMEDOUT)
            break;
    pthread_mutex_unlock(&threads->lock);
}

/* WHY      first set stopping, then check which clients are idle; connection_before_recv does the
 *          reverse
 * WITHOUT  a client that becomes idle at this moment is missed, and the wait for it is in vain
 *                                                                    [mutant: 03-stop-order]
 */
int threads_stop(struct threads *threads)
{
    acceptor_stop(threads->setup);
    (void)room_close(threads->setup->shared.room); /* if it can't, its members are told */
    threads->setup->stopping = true;
    stop_all(threads, false);
    wait_for_all(threads, STOP_GRACE);
    stop_all(threads, true);
    wait_for_all(threads, STOP_CUT);
    pthread_attr_destroy(&threads->attributes);
    if (threads->setup->clients == 0)
        acceptor_end(threads->setup);
    return 0;
}
