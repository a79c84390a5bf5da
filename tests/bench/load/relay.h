/* relay.h: a proxy between the generator and a server, which counts lines
 *
 * For test_counts.c: the servers keep no counts that a client could ask for, and their protocol is
 * fixed. All that they receive and send passes here, and is counted by code that shares nothing
 * with the generator's. Only for requests without bodies: N, C, S, Q.
 */
#ifndef BENCH_RELAY_H
#define BENCH_RELAY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct relay_counts {
    uint64_t asked[128]; /* lines to the server, by their first byte */
    uint64_t replies;    /* "OK 0" */
    uint64_t says;       /* "* SAY" */
};

struct relay {
    pid_t pid;
    int port;
    int counts; /* a pipe */
};

/* A process of its own; to_port: where the server listens. False: errno. */
bool relay_start(struct relay *relay, int to_port);
/* Ends it. False: it failed. */
bool relay_stop(struct relay *relay, struct relay_counts *counts);

#endif
