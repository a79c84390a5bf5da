/* sweep.h: the parts of the sweep of one model
 *
 * sweep.c       runs scenarios with faults, one after another
 * sweep_ends.c  the scenarios in which the server starts, or ends
 * sweep_plan.c  which faults there are to try
 */
#ifndef FAULTS_SWEEP_H
#define FAULTS_SWEEP_H

#include <stdbool.h>
#include <stddef.h>

#include "faults.h"

/* Forgets the clients of the run before, and starts a server if there is none. */
void sweep_fresh(void);

/* Runs a scenario with a fault; without one (NULL) it counts the calls. look: whether the server
 * spins. */
void sweep_run(const struct scenario *scenario, const struct fault *fault, bool look);

/* They start and end servers of their own. */
enum { SWEEP_ENDS = 2 };
extern const struct scenario sweep_ends[SWEEP_ENDS];
bool sweep_is_end(const struct scenario *scenario);

struct sweep_step {
    const struct scenario *scenario;
    struct fault fault;
};

struct plan {
    struct sweep_step *steps;
    size_t count, room;
};

/* Runs the scenario without a fault, and adds each call that there is, with its effects. */
void plan_scenario(struct plan *plan, const struct scenario *scenario);

/* A sample in random order; the same for the same seed. */
void plan_sample(struct plan *plan, unsigned int sample, unsigned int seed);

#endif
