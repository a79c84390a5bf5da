/* core/blocking/children.h: the child processes of a server, and what is left when one has died
 *
 * Each child counts the memory it uses in a part of the budget of its own, in shared memory
 * (budget.h). A child that was killed leaves a part that counts too much, a member in the chat
 * room, a listing that nobody sends any more (catalog.h) and an incomplete file.
 */
#ifndef CORE_CHILDREN_H
#define CORE_CHILDREN_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "process/setup.h"

/* Dead processes whose members are still to be taken out of the chat room; while there are so many,
 * no other child is reaped. */
enum { CHILDREN_DEAD = 1024 };

/* What the parent sends to a child that has to end its connection at once. A second SIGTERM does
 * not say that: who signals all processes (killall, kill %1) sends each child one beside the
 * parent's. */
enum { CHILDREN_CUT = SIGUSR1 };

struct child;

struct children {
    pid_t parent; /* the process that has called children_begin */
    struct setup *setup;
    struct children_budget *budget; /* in shared memory: its parts */
    struct child *child;            /* max_clients of them; first the living, setup->clients */
    unsigned int part;              /* of the budget, for the next one */
    unsigned int dead_count;
    pid_t *dead; /* space for CHILDREN_DEAD */
    bool killed; /* a child was killed or failed since the last children_clean */
};

/* After setup_begin: prepares all, and announces the server. Returns false with errno set. What is
 * allocated is needed until the process ends. */
bool children_begin(struct children *children, struct setup *setup);

/* In the new child: its memory is counted in its own part, and `handler` is called at the signals
 * of children_stop, SIGTERM and CHILDREN_CUT. If the server was asked to stop before that, or the
 * parent has died, setup.stopping is set. */
void children_enter(struct children *children, void (*handler)(int signal));

/* In the parent, after fork. */
void children_add(struct children *children, pid_t pid);

/* Is there space for one more dead child? */
bool children_can_remove(const struct children *children);

/* To be called for each process that waitpid(2) has returned: a child, or the forwarder of a child
 * that was killed, which became ours (PR_SET_CHILD_SUBREAPER). */
void children_remove(struct children *children, pid_t pid, int status);

/* Cleans up after the children that were killed or failed, without waiting for a lock. Returns in
 * how many milliseconds it is to be called again; -1: all is done. */
int64_t children_clean(struct children *children);

/* Stops the server: closes the listener, and sends SIGTERM to each child; CHILDREN_CUT to those
 * that have not ended after STOP_GRACE, which makes them shut down their connections; STOP_CUT
 * later SIGKILL. Calls `reap`, whose result is not used, to reap the children that have ended. Then
 * frees everything, setup included, and returns the exit status 0. After a second signal it kills
 * the children at once, frees nothing and returns 1. */
int children_stop(struct children *children, int64_t (*reap)(void));

#endif
