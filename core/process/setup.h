/* core/process/setup.h: what every server has: options, library, listener; and refusing clients */
#ifndef CORE_SETUP_H
#define CORE_SETUP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/options.h"
#include "files/store.h"
#include "process/console.h"
#include "session/session.h"
#include "sockets/deadline.h"
#include "sockets/linger.h"

struct setup {
    struct budget_part budget_part; /* of budget: its only one, if there is one process */
    struct options options;
    struct store store;
    struct store_log store_log;
    struct session_shared shared; /* all but the room, which is the model's own */
    struct budget budget;
    struct timeouts timeouts;
    int listener;
    bool exhausted;       /* and logged; false again once a client is accepted */
    atomic_bool stopping; /* threads and processes: a client ends when it is between requests */
    atomic_uint clients;  /* threads and processes: how many there are */
    struct linger_list lingering; /* refused clients, and what the model adds */
    struct console console;
};

enum {
    STOP_GRACE = 5000,      /* milliseconds that transfers under way get once the server stops */
    SETUP_DESCRIPTORS = 16, /* that are no client's: listener, folder, the console, … */
};

/* Options, signals that are ignored, descriptors, the library, the listener; then all that is not
 * needed any more is given up (harden.h). descriptors: how many a client takes in this model (0:
 * they are another process's); max_clients: how many clients there can be in this model. Lowers
 * options.max_clients to what fits. Returns -1 on success; otherwise an exit status: after --help;
 * or after an error, which has been printed (but if descriptors 0 to 2 can't be opened, there is
 * nothing to print it to). */
int setup_begin(struct setup *setup, const char *model, unsigned int port, unsigned int descriptors,
                unsigned int max_clients, int argc, char **argv);

/* The line on standard output that tools wait for. Call it when clients can connect. */
void setup_announce(const struct setup *setup);

/* Did accept(2) fail for want of descriptors or memory? Logs that once, not ten times a second: the
 * next time only after setup_accepted. */
bool setup_exhausted(struct setup *setup, int errnum);
void setup_accepted(struct setup *setup);

/* There are too many clients: sends ERR busy, and takes the descriptor over for a lingering close.
 * setup.lingering is to be swept. */
void setup_refuse(struct setup *setup, int fd, int64_t now);

/* With -v: logs an event of a client, by its address. */
void setup_log(const struct setup *setup, int fd, const char *what);

/* Completes the lingering closes; then closes and frees all of it. */
void setup_end(struct setup *setup);

#endif
