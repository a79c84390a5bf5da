/* core/blocking/children.h: the child processes of a server, and what is left when one has died
 *
 * Each child counts the memory it uses in a part of the budget of its own, in shared memory
 * (budget.h). A child that was killed leaves a part that counts too much, a member in the chat
 * room, a listing that nobody sends any more (catalog.h) and an incomplete file.
 */
#ifndef CORE_CHILDREN_H
#define CORE_CHILDREN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "process/setup.h"

enum { CHILDREN_DEAD = 1024 }; /* that wait for the chat room's lock; more are not reaped yet */

struct child;

struct children {
    pid_t parent; /* the process that has called children_begin */
    struct setup *setup;
    struct shared *shared; /* the parts of the budget */
    struct child *child;   /* max_clients of them; first the living, setup->clients */
    unsigned int part;     /* of the budget, for the next one */
    unsigned int dead_count;
    pid_t *dead; /* CHILDREN_DEAD of them, still to be taken out of the room */
    bool killed; /* one since the last children_clean */
};

/* After setup_begin: prepares all, and announces the server. Returns false with errno set. What is
 * allocated is needed until the process ends. */
bool children_begin(struct children *children, struct setup *setup);

/* In the new child: its memory is counted in its own part. */
void children_enter(struct children *children);

/* In the parent, after fork. */
void children_add(struct children *children, pid_t pid);

/* Can one more be removed now? */
bool children_can_remove(const struct children *children);

/* One has been reaped, with this status; also one that a dead child has left to us. */
void children_remove(struct children *children, pid_t pid, int status);

/* Cleans up after those that were killed, without waiting for a lock. Returns in how many
 * milliseconds it is to be called again; -1: all is done. */
int64_t children_clean(struct children *children);

/* The server stops: accepts nobody any more; asks each child to end (SIGTERM), cuts those that have
 * not ended after STOP_GRACE (SIGTERM again), and kills what is left. reap: called when some may
 * have ended. Then frees everything, setup included. Returns the exit status: 0; 1 after a second
 * signal, at which nothing more is waited for. */
int children_stop(struct children *children, int64_t (*reap)(void));

#endif
