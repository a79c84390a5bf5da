/* core/process/stop.h: SIGINT and SIGTERM ask a server to stop
 *
 * The signals are never blocked: the handler runs at once, whatever the server is doing. It counts,
 * and makes a descriptor readable. Servers wait for that descriptor beside all the others, so a
 * signal that arrives just before a wait ends it. (Not 01_loop: it blocks for a tick at most, and
 * then checks stop_requests.) This is the self-pipe trick (D. J. Bernstein; signal-safety(7)), with
 * an eventfd(2) as the pipe.
 *
 * The other way is to block the signals and to unblock them inside pselect(2), ppoll(2) or
 * epoll_pwait(2) only. It has a hole: a wait that finds something ready returns without having
 * slept, and delivers no signal. A client that sends without end then makes the server deaf to
 * SIGTERM.
 *
 * stop.c is the only file in core/ with global variables: a signal handler has no argument through
 * which it could be given anything.
 */
#ifndef CORE_STOP_H
#define CORE_STOP_H

#include <stdbool.h>

/* Catches SIGINT and SIGTERM. The second signal ends the process at once with status 1; with
 * only_count it does not, and the caller has to check stop_requests. Returns false if no
 * descriptor is left. */
bool stop_catch(bool only_count);

/* Readable once a signal has arrived, until stop_clear. */
int stop_descriptor(void);
void stop_clear(void);

/* How many signals have arrived. */
unsigned int stop_requests(void);

/* Makes the descriptor readable: for another handler whose signal has to end the wait. */
void stop_wake(void);

/* Closes the descriptor: at the end, and in a child, which has handlers of its own. */
void stop_close(void);

#endif
