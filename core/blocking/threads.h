/* core/blocking/threads.h: the threads of a server, and how they end when it stops
 *
 * The server keeps its clients on a list, so that their connections can be shut down by another
 * thread: each is woken from the recv(2) or send(2) in which it blocks. setup.clients counts also
 * those that are not on the list yet.
 */
#ifndef CORE_THREADS_H
#define CORE_THREADS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "blocking/connection.h"
#include "process/setup.h"

struct threads {
    struct setup *setup;
    LIST_HEAD(connection_list, connection) connections;
    pthread_attr_t attributes; /* of every thread */
    pthread_mutex_t lock;      /* guards the list */
    pthread_cond_t all_gone;   /* setup->clients has become 0, under the lock */
};

/* After setup_begin: prepares all, and announces the server. stack: bytes of each thread's stack,
 * in address space; only what is used takes memory. Returns false with errno set. */
bool threads_begin(struct threads *threads, struct setup *setup, size_t stack);

/* Stops the server: closes the listener, ends the clients that are between requests, and after
 * STOP_GRACE shuts down the connections of the others. Then frees everything, setup included,
 * unless a thread has not ended even then, and still uses it: it ends with the process. Returns the
 * exit status, 0: a second signal ends the process in its handler. */
int threads_stop(struct threads *threads);

#endif
