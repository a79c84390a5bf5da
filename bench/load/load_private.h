/* bench/load/load_private.h: what the parts of the load generator share; its clients are in
 * bench/clients
 *
 * load.c            load_run: allocates, starts the threads, frees
 * load_phases.c     leads the threads from connecting to hanging up
 * load_thread.c     one thread: its wait, its clock, its timeouts
 * load_schedule.c   when requests are due, and which client sends them
 * load_event.c      a client's connection is ready
 * load_neighbour.c  the client that does no work
 * load_sum.c        the results of all threads, added up
 */
#ifndef BENCH_LOAD_PRIVATE_H
#define BENCH_LOAD_PRIVATE_H

#include "clients/clients.h"
#include "load/load.h"
#include "probe/probe.h"

/* load_phases.c */
bool load_drive(struct load *load, struct machine_clock ticks[2]); /* false: nothing was measured */
void load_end(struct load *load);

/* load_thread.c */
void *worker_main(void *worker);
bool worker_make(struct worker *w);
void worker_free(struct worker *w);

/* load_schedule.c */
void schedule_make(struct worker *w);
void schedule_restart(struct worker *w); /* w->start has changed */
void schedule_run(struct worker *w);
/* Sends as many requests as the client may have under way and as are due. freed: when it became
 * able to send; 0: it was all the time. False: it was lost. */
bool schedule_client(struct worker *w, struct client *c, uint64_t freed);
void schedule_chat(struct worker *w);           /* at the end of a turn */
void schedule_mark(struct worker *w);           /* chat: the first message, when it is time */
uint64_t schedule_next(const struct worker *w); /* UINT64_MAX: never */
bool schedule_owes(const struct worker *w);     /* something that was due has not been sent */
void schedule_charge(struct worker *w);         /* charges requests that were not sent */

/* load_event.c */
void client_event(struct worker *w, struct client *c, uint32_t events);

/* load_neighbour.c */
bool neighbour_start(struct load *load); /* false: see errno */
void neighbour_end(struct load *load);

/* load_sum.c */
bool load_result_make(struct load_result *result); /* false: no memory */
void load_sum(const struct load *load, const struct machine_clock ticks[2],
              struct load_result *result);

#endif
