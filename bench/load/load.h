/* bench/load/load.h: the load generator: many clients, driven by a few threads
 *
 * Each thread has an epoll instance and its share of the connections; all are non-blocking. Every
 * reply is checked, and every byte of a body. Not so with `bare`, see clients/bare.c.
 *
 * Closed loop    each client sends, waits for the reply, sends again: the load adapts to the
 *                server. Latency counts from the send.
 * Open loop      requests are due by a schedule, whether or not the server keeps up. Latency counts
 *                from when a request was due, so that a server that stands still for a second is
 *                charged for all requests that were due in that second ("coordinated omission"; Gil
 *                Tene, wrk2). Counted from when they were really sent, the same requests give
 *                `uncorrected`.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "clients/spec.h"

/* Open loop: own_share is over 0.9, or the generator's own lag is more than half of the latency
 * (both p99) and more than half a millisecond. Closed loop: own_share is over 0.9 while the server
 * is not at its own limit. server_share: of the processors that it could use, 0 to 1; below 0: not
 * known, and then a closed loop is never bound (load_run does not know it). */
bool load_bound(const struct load_spec *spec, const struct load_result *result,
                double server_share);

/* Did no reply (LOAD_CHAT: no delivery) come in the measured time? */
bool load_unanswered(const struct load_spec *spec, const struct load_result *result);

/* Connects, warms up, measures, hangs up. Returns false if nothing was measured (no client got in,
 * no memory, stopped before it began): see errors and example. Makes the histograms; call
 * load_result_free, whatever is returned. */
bool load_run(const struct load_spec *spec, struct load_result *result);
void load_result_free(struct load_result *result);

/* lab-bench load: drives a server that is running. */
int cmd_load(int argc, char **argv);

#endif
