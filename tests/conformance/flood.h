/* flood.h: clients that send without end and read what they are answered, in a process of their own
 */
#ifndef CONFORMANCE_FLOOD_H
#define CONFORMANCE_FLOOD_H

#include <stddef.h>
#include <sys/types.h>

#include "wire.h"

/* fork; the child is killed when this process ends. */
pid_t flood_fork(void);

/* Sends these lines again and again on every wire, and throws away what comes, until all
 * connections have ended. The wires are not to be used meanwhile. */
pid_t flood_start(struct wire *const *wires, size_t n, const char *lines);

/* Writes these lines without end to a descriptor, until nobody reads any more. */
pid_t flood_pipe(int fd, const char *lines);

/* Ends it at once. flood_stop: it must not have ended by itself, or the test had no flood. */
void flood_end(pid_t flood);
void flood_stop(pid_t flood);

#endif
