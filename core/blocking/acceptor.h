/* core/blocking/acceptor.h: what the main thread or process of 02_fork and 03_thread waits for
 *
 * Clients that connect, lines on the console, signals; and the clients that were refused, whose
 * connections are closed a moment later (linger.h).
 */
#ifndef CORE_ACCEPTOR_H
#define CORE_ACCEPTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "process/setup.h"

enum {
    STOP_CUT = 400, /* milliseconds to end after the grace, when connections have been cut */
};

/* After setup_begin: makes the chat room, catches the signals, prepares the listener, announces the
 * server. only_count: see stop_catch. Returns false with errno set. */
bool acceptor_begin(struct setup *setup, bool only_count);

/* Waits for at most `ms` milliseconds, -1: no bound. Returns true if a client waits to be accepted,
 * and no signal has come that is to be looked at first. Once the listener is closed, only signals
 * are waited for. */
bool acceptor_wait(struct setup *setup, int64_t ms);

/* accept has returned fd: a connection, which is refused if `start` can't start a thread or process
 * for it; or -1, and errno. Counts the client in setup.clients; subtract it there when it ends.
 * If descriptors or memory have run out, waits a moment: accept would fail again at once. */
void acceptor_accepted(struct setup *setup, int fd, bool (*start)(int fd));

/* In `start`: is this client more than max_clients? */
bool acceptor_full(const struct setup *setup);

/* From now on no client is accepted: closes the listener. */
void acceptor_stop(struct setup *setup);

/* In a child process: closes the descriptors that only its parent needs. */
void acceptor_close(struct setup *setup);

/* Frees all, the chat room and the setup too, when there are no clients any more. */
void acceptor_end(struct setup *setup);

#endif
