/* bench/probe/server.h: servers as child processes: start, stop, see what became of them
 *
 * A command is words with {port} and {dir} in them; it is split at spaces and no shell sees it. Our own
 * servers take port 0 and say in their startup line which one they got; a foreign one is told a port
 * that is free, and is up when it accepts a connection.
 *
 * Where something went wrong, a sentence is in why.
 */
#ifndef BENCH_SERVER_H
#define BENCH_SERVER_H

#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { SERVER_WHY = 512 };

struct server {
    const char *name;
    const char *command;
    const char
        *program; /* the file to run, in place of the command's first word; NULL: that word */
    bool foreign;
    pid_t pid;   /* 0: not running */
    bool killed; /* it did not listen to SIGTERM */
    int out;     /* its standard output; -1: a foreign one's goes to the log */
    int port;
    char startup[256]; /* its startup line; "": none */
    unsigned int most; /* clients at once, as that line says; UINT_MAX: it doesn't */
};

struct server_place {
    const char *library;
    const char *log;             /* a file for its standard error, emptied at each start */
    const cpu_set_t *cpus;       /* where it may run; NULL: anywhere */
    volatile sig_atomic_t *stop; /* becomes a signal: starting ends, with false */
};

/* The command of the server of that name: floor, loop, fork, thread, select, poll, epoll; or "01" to
 * "06". *name becomes the word. NULL: none is called so. */
const char *server_command(const char **name);

/* Whatever is returned, server_stop. Where it had ended by itself, why says how. */
bool server_start(struct server *server, const struct server_place *place, char why[SERVER_WHY]);

/* SIGTERM, and SIGKILL for those who do not listen. False where it had ended before, or not as it should. */
bool server_stop(struct server *server, char why[SERVER_WHY]);

extern volatile sig_atomic_t server_running; /* its pid; 0: none */

/* Ends the server that is running, if there is one, with its children, at once; in a signal handler too. */
void server_kill(void);

/* Whether it has ended by itself, now or within so many milliseconds: how is added to why. */
bool server_ended(const struct server *server, long wait_ms, char why[SERVER_WHY]);

/* The last lines of a log, as one line of at most size bytes with " | " between them. */
void server_log_end(const char *log, char *text, size_t size);

#endif
