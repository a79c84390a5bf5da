/* core/base/clock.h: time that never goes back
 *
 * CLOCK_MONOTONIC: to set the date does not change any timeout (clock_gettime(2)).
 */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds since some point in the past. */
int64_t clock_now(void);

/* The same as a timespec, as pthread_cond_timedwait(3) and futex(2) want it: ms >= 0. */
struct timespec clock_timespec(int64_t ms);

/* Sleeps; a signal ends it early. */
void clock_pause(int64_t ms);

/* The sooner of two times to wait; -1 is never. */
int64_t clock_sooner(int64_t a, int64_t b);

#endif
