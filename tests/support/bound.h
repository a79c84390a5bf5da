/* bound.h: time for tests: bounds that are generous and can be stretched
 *
 * A test never sleeps for a while and hopes. It waits for something to happen, and gives up
 * after a bound. Bounds are for a quiet machine and a plain build; BOUND=5 in the environment
 * makes all of them five times as long, for valgrind and the sanitizers on a slow machine.
 * BOUND_MS=8000 shortens the usual bound to eight seconds: for servers of which it is known that
 * a case will fail (tests/tools/mutants, which first sees the case pass with the same bound).
 */
#ifndef SUPPORT_BOUND_H
#define SUPPORT_BOUND_H

#include <stdbool.h>

/* The usual bound, in milliseconds: long enough that reaching it means "never". */
enum { BOUND_GENEROUS = 20000 };

/* Milliseconds of CLOCK_MONOTONIC. */
long bound_now(void);

/* ms, stretched by BOUND; the usual bound cut to BOUND_MS before. */
long bound_of(long ms);

/* The factor BOUND asks for, 1 to 100. */
long bound_scale(void);

/* Calls ready(arg) again and again until it returns true or bound_of(ms) is over.
 * For what has no descriptor to poll: /proc, a folder, the state of a process. */
bool bound_await(bool (*ready)(void *arg), void *arg, long ms);

/* Lets clock time pass: only for looking at what a server does in the meantime (its CPU time,
 * its silence), never to give it time to do something. Not stretched. */
void bound_observe(long ms);

#endif
