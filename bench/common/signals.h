/* bench/common/signals.h: signals that end the program
 *
 * The first one is recorded, and the program ends in order: the server is stopped, the samples are
 * written, the temporary folder is removed. A second one ends it at once, but leaves no server and
 * no folder either.
 */
#ifndef BENCH_SIGNALS_H
#define BENCH_SIGNALS_H

#include <signal.h>

extern volatile sig_atomic_t stop_signal; /* the signal; 0: none yet */

void stop_catch(void); /* from now on all signals that would end the process */

/* The exit status after stop_signal, as a shell reports it: 130 after Ctrl-C. */
int stop_status(void);

/* The process id of the child that must not outlive us, the leader of a group; 0: none. */
extern volatile sig_atomic_t stop_child;

/* Kills it with its group, if there is one; in a signal handler too. */
void stop_child_kill(void);

#endif
