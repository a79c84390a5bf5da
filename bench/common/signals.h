/* bench/common/signals.h: signals that end the program
 *
 * The first one is noted, and the program ends in order: the server is stopped, what was measured is written, the
 * temporary folder is removed. A second one ends it at once, but leaves no server and no folder either.
 */
#ifndef BENCH_SIGNALS_H
#define BENCH_SIGNALS_H

#include <signal.h>

extern volatile sig_atomic_t stop_signal; /* the signal; 0: none yet */

void stop_catch(void); /* from now on all signals that would end the process */

int stop_status(
    void); /* the exit status after stop_signal, as a shell gives it: 130 after Ctrl-C */

#endif
