/* worker.h: a process for each server: starts it, plays sessions, hands back the records
 *
 * So the six are at work at the same time, and whatever happens to one server or to its worker
 * does not concern the others.
 */
#ifndef ORACLE_WORKER_H
#define ORACLE_WORKER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "record.h"

/* What a worker plays. */
struct order {
    uint64_t seed, number;
    uint64_t dropped; /* steps to leave out, a bit for each */
    bool fresh;       /* with a server that has just been started */
    bool hurry;       /* give up soon: it is known that something is wrong */
};

struct oracle_worker {
    FILE *orders, *records;
    struct tape record; /* of the last order */
    pid_t pid;
    bool played;       /* the last order: 01_loop does not take sessions of several clients */
    char model[16];    /* how it calls itself; known after the first answer */
    char program[256]; /* of the server */
};

/* Starts a worker for a program. False: it can't be. */
bool worker_start(struct oracle_worker *worker, const char *program);

bool worker_order(struct oracle_worker *worker, const struct order *order);

/* Waits for the answer to the oldest order. False: the worker has ended; it has printed why. */
bool worker_answer(struct oracle_worker *worker);

/* Ends it at once, whatever it is doing, and restarts it. The last record stays. */
bool worker_renew(struct oracle_worker *worker);

/* No more orders: the server is stopped, and the worker ends. False: not as it should. */
bool worker_end(struct oracle_worker *worker);

#endif
