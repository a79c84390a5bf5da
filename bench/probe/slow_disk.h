/* bench/probe/slow_disk.h: a slow disk for one server and one size of file, without privileges
 *
 * A thread installs a filter (seccomp(2), SECCOMP_RET_USER_NOTIF) and starts the server, which
 * inherits it, and whose children do. A pread(2) of exactly `bytes` bytes is then reported to that
 * thread, and sleeps in the kernel until the thread lets it continue: `ms` later. So the server's
 * process or thread is where a slow disk would have it. All other calls of the server pass the
 * filter, at the same price in all servers; no other process is concerned.
 */
#ifndef BENCH_SLOW_DISK_H
#define BENCH_SLOW_DISK_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>

#include "probe/server.h"

struct slow_disk {
    uint32_t bytes; /* a size that no other read of the server has */
    double ms;      /* how long each such read is held up, below a second; 0: goes on at once */
    struct server *server;
    const struct server_place *place;
    char *why; /* WHY bytes */

    atomic_uint delayed; /* reads so far */
    /* the rest is its own */
    bool runs, started;
    int listener;
    sem_t ready;
    pthread_t thread;
};

bool slow_disk_possible(void); /* Does this kernel have such filters? (Linux 5.5) */

/* Starts the server, as server_start does. Whatever is returned, call slow_disk_end when the server
 * has ended: it ends with the thread. */
bool slow_disk_start(struct slow_disk *disk);
void slow_disk_end(struct slow_disk *disk); /* nothing if it was never started */

#endif
