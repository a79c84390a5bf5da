/* core/process/setup.h: what every server does before it serves its first client */
#ifndef CORE_SETUP_H
#define CORE_SETUP_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/options.h"
#include "files/store.h"
#include "session/session.h"

struct setup {
    struct budget_part budget_part; /* of budget: its only one, where there is one process */
    struct options options;
    struct store store;
    struct store_log store_log;
    struct session_shared shared; /* all but the room, which is the model's own */
    struct budget budget;
    int listener;
    bool exhausted; /* and said so; false again once a client is accepted */
};

enum {
    STOP_GRACE = 5000,      /* milliseconds that transfers under way get once the server stops */
    SETUP_DESCRIPTORS = 16, /* that are no client's: listener, folder, the console, … */
};

/* Options, signals that are ignored, descriptors, the library, the listener; then all that is not
 * needed any more is given up (harden.h). descriptors: how many a client takes in this model (0: they
 * are another process's), most: how many clients the mechanism holds. Lowers options.max_clients to
 * what fits. Returns -1 to go on; else what went wrong has been said, and this is the status to exit
 * with. */
int setup_begin(struct setup *setup, const char *model, unsigned int port, unsigned int descriptors,
                unsigned int most, int argc, char **argv);

/* The line on standard output that tools wait for. Call it when clients can connect. */
void setup_announce(const struct setup *setup);

/* Has accept(2) failed for want of descriptors or memory? Says so in the log, but once, not ten times
 * a second: until setup_accepted. */
bool setup_exhausted(struct setup *setup, int errnum);
void setup_accepted(struct setup *setup);

/* With -v: logs what a client does, by its address. */
void setup_note(const struct setup *setup, int fd, const char *what);

/* Catches a signal with a handler. Calls that it interrupts are restarted, but for those that wait for
 * several descriptors or with a timeout (signal(7)). */
void setup_catch(int signal, void (*handler)(int));

void setup_end(struct setup *setup);

#endif
