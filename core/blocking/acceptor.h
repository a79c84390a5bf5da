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
    STOP_CUT = 400, /* milliseconds that clients have to end after STOP_GRACE, once their
                     * connections have been shut down */
};

/* After setup_begin: makes the chat room, catches the signals, prepares the listener, announces the
 * server. only_count: see stop_catch. Returns false with errno set. */
bool acceptor_begin(struct setup *setup, bool only_count);

/* Waits for a client, a line on the console or a signal, for at most `ms` milliseconds (-1: no
 * limit). Announces the console's lines, and closes the connections of refused clients when it is
 * time. Returns true if a client waits to be accepted; false also if there was a signal, which the
 * caller has to handle first. Once the listener is closed, the console is ignored, too. */
bool acceptor_wait(struct setup *setup, int64_t ms);

/* fd is what accept has returned. A connection is counted in setup.clients (subtract it there when
 * the client ends), and handed to `start`; if that returns false, because it can't start a thread
 * or process, the client is refused. If accept has failed for want of descriptors or memory, waits
 * a moment, since it would fail again at once. */
void acceptor_accepted(struct setup *setup, int fd, bool (*start)(int fd));

/* For `start`, which then returns false: with this client, are there more than max_clients? */
bool acceptor_full(const struct setup *setup);

/* From now on no client is accepted: closes the listener. */
void acceptor_stop(struct setup *setup);

/* In a child process: closes the descriptors that only its parent needs. */
void acceptor_close(struct setup *setup);

/* Frees all, the chat room and the setup too, when there are no clients any more. */
void acceptor_end(struct setup *setup);

#endif
