/* turn_kernel.h: what a student's loop sees of the kernel; see turn.c
 *
 * Descriptors of which it is known what a wait reports. And the waits and epoll_ctl come here
 * first, and turn.c hears of them.
 */
#ifndef TURN_KERNEL_H
#define TURN_KERNEL_H

#include <stdbool.h>

/* Descriptors to be watched, each with *other to be closed later, or -1. */
int kernel_without_writer(int *other); /* a pipe that nobody writes to: has hung up */
int kernel_without_reader(int *other); /* a pipe that nobody reads from: an error */
int kernel_readable(int *other);       /* a socket with a byte in it, sent by *other */

/* Called before each wait. Returns true if this one is to fail, with errno: the first one of a
 * scene. */
bool loop_wait_fails(void);

/* Called before each epoll_ctl. */
void loop_changes_list(void);

#endif
