/* bench/probe/server.h: servers as child processes: choose, start and stop them, see how they ended
 *
 * A command is words with {port} and {dir} in them; it is split at spaces and no shell sees it.
 * Our own servers get port 0 and print the port that they took in their startup line; a foreign
 * one (a peer, NAME=COMMAND) gets a port that is free, and is up when it accepts a connection.
 *
 * If a function fails, a sentence is in why.
 */
#ifndef BENCH_SERVER_H
#define BENCH_SERVER_H

#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "common/why.h"

enum { SERVER_COMMAND = 1024 };

enum server_kind {
    SERVER_MODEL = 1,    /* one of the six */
    SERVER_MINIMAL = 2,  /* a model on one page */
    SERVER_BASELINE = 4, /* the bare server */
    SERVER_PEER = 8,     /* redis, nginx: another protocol; bench/peers/start starts it */
    SERVER_GIVEN = 16    /* NAME=COMMAND */
};

/* A server as it stands on a command line. */
struct server_choice {
    char name[24], command[SERVER_COMMAND]; /* a peer's name has its version: "redis-7.0.15" */
    char program[PATH_MAX];                 /* of ours: its path; "": the command's first word */
    enum server_kind kind;
    unsigned int max_clients; /* clients at once, by its startup line; UINT_MAX: not known */
    unsigned int failures;    /* starts that failed, in a row */
};

/* given: a name (loop, minimal-loop, baseline, redis, ...), 01 to 06, or NAME=COMMAND. */
bool server_choose(struct server_choice *choice, const char *given, char why[WHY]);

/* By the name of a choice. */
enum server_kind server_kind_of(const char *name);

/* At first only `choice` is set. */
struct server {
    const struct server_choice *choice;
    pid_t pid;   /* 0: not running */
    bool killed; /* it ignored SIGTERM */
    int out;     /* its standard output; -1: a foreign one's goes to the log */
    int port;
    char startup[256];        /* its startup line; "": none */
    unsigned int max_clients; /* clients at once, by that line; UINT_MAX: it has no such number */
};

struct server_place {
    const char *library;
    const char *log;             /* a file for its standard error, emptied at each start */
    const cpu_set_t *cpus;       /* where it may run; NULL: anywhere */
    volatile sig_atomic_t *stop; /* becomes a signal: starting ends, with false */
};

/* Whatever is returned, call server_stop. If it ended by itself, why has its status or signal. */
bool server_start(struct server *server, const struct server_place *place, char why[WHY]);

/* SIGTERM, then SIGKILL for one that ignores it. False: it ended before, or with an error. */
bool server_stop(struct server *server, char why[WHY]);

/* Whether it has ended by itself, now or within so many milliseconds: how is added to why. */
bool server_ended(const struct server *server, long wait_ms, char why[WHY]);

/* Adds the end of a log, if there is any, as one line. */
void server_log_add(const char *log, char why[WHY]);

#endif
