/* core/blocking/threads.c: see threads.h */
#include "blocking/threads.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "blocking/acceptor.h"

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
    return acceptor_begin(setup, false);
}

/* Shuts down one side of every connection, or only of those that are between requests. */
static void shut(struct threads *threads, bool idle_only, int how)
{
    pthread_mutex_lock(&threads->lock);
    struct connection *conn;
    LIST_FOREACH (conn, &threads->connections, link)
        if (!idle_only || conn->idle)
            shutdown(conn->fd, how);
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
    shut(threads, true, SHUT_RD);
    wait_for_all(threads, STOP_GRACE);
    shut(threads, false, SHUT_RDWR);
    wait_for_all(threads, STOP_CUT);
    pthread_attr_destroy(&threads->attributes);
    if (threads->setup->clients == 0)
        acceptor_end(threads->setup);
    return 0;
}
