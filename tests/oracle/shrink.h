/* shrink.h: what of a session is needed for its difference? */
#ifndef ORACLE_SHRINK_H
#define ORACLE_SHRINK_H

#include <stdbool.h>
#include <stdint.h>

#include "generate.h"
#include "worker.h"

/* Hands one order to all workers; waits for all answers to the oldest one. False: one has ended. */
bool all_order(struct oracle_worker *workers, unsigned int count, const struct order *order);
bool all_answer(struct oracle_worker *workers, unsigned int count);

/* Plays one order with all workers. False: one of them has ended. */
bool all_play(struct oracle_worker *workers, unsigned int count, const struct order *order);

/* The first worker whose record is not that of the others, count if all are the same. */
unsigned int all_compare(const struct oracle_worker *workers, unsigned int count);

/* Leaves out steps of a session that differs as long as it does; returns those to leave out, the
 * best there are after ms milliseconds. */
uint64_t shrink(struct oracle_worker *workers, unsigned int count,
                const struct oracle_session *session, uint64_t dropped, long ms);

#endif
