/* bench/common/signals.c: see signals.h */
#include "common/signals.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "common/scratch.h"
#include "common/seconds.h"

volatile sig_atomic_t stop_signal, stop_child;

int stop_status(void)
{
    return 128 + stop_signal;
}

void stop_child_kill(void)
{
    if (stop_child == 0)
        return;
    (void)kill(-stop_child, SIGKILL); /* its group: its children with it */
    (void)kill(stop_child, SIGKILL);
}

/* A signal right after the first is the same one: timeout(1) and some shells send it to the process
 * and to its group. And SIGPIPE comes with every line to a reader that has gone. */
static void on_stop(int signal_number)
{
    static volatile double first;
    if (stop_signal == 0) {
        first = seconds_now();
        stop_signal = signal_number;
    } else if (signal_number != SIGPIPE && seconds_now() - first > 1) {
        stop_child_kill();
        (void)scratch_remove();
        _exit(128 + signal_number);
    }
}

/* A bug, or abort(3): the signal comes again when this returns, and then ends the process. */
static void on_crash(int signal_number)
{
    stop_child_kill();
    (void)scratch_remove();
    (void)raise(signal_number);
}

void stop_catch(void)
{
    static const char harmless[] = {SIGKILL, SIGSTOP, SIGCHLD, SIGCONT, SIGTSTP,
                                    SIGTTIN, SIGTTOU, SIGURG,  SIGWINCH};
    static const char crashes[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGTRAP};
    for (int i = 1; i <= SIGRTMAX; i++) {
        bool crash = memchr(crashes, i, sizeof crashes) != NULL;
        struct sigaction before, stop = {.sa_handler = crash ? on_crash : on_stop,
                                         .sa_flags = crash ? (int)SA_RESETHAND : 0};
        sigemptyset(&stop.sa_mask);
        if (memchr(harmless, i, sizeof harmless) != NULL || sigaction(i, NULL, &before) < 0)
            continue; /* between 31 and SIGRTMIN are the C library's own */
        if (crash && before.sa_handler != SIG_DFL)
            continue; /* a sanitizer's */
        if (i == SIGHUP && before.sa_handler == SIG_IGN)
            continue; /* nohup(1) */
        (void)sigaction(i, &stop, NULL);
    }
}
