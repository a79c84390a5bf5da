/* case_run.h: runs cases of the tables, and keeps how each has ended */
#ifndef CONFORMANCE_CASE_RUN_H
#define CONFORMANCE_CASE_RUN_H

#include <stddef.h>

#include "conformance.h"

enum outcome_state {
    OUTCOME_NOT_RUN, /* a failure came before */
    OUTCOME_PASSED,
    OUTCOME_FAILED,
    OUTCOME_SKIPPED, /* it does not apply to this server */
};

struct outcome {
    const struct conformance_case *one;
    int state; /* enum outcome_state */
    long ms;
    char text[65536]; /* the failure, or why it was skipped; ends with NUL, cut if it is longer */
};

/* Memory for n outcomes, shared with the processes that are started later; all zero. */
struct outcome *outcomes_new(size_t n);

/* How many of them have this state. */
size_t outcomes_count(const struct outcome *outcomes, size_t n, enum outcome_state state);

/* Runs the cases of n outcomes. After so many failures the rest is not run. The name of the group
 * is printed by cmocka. Returns how many have failed. */
size_t run_cases(const char *group, struct outcome *outcomes, size_t n, size_t most_failures);

/* Stops the server that cases share: a case of its own, or without checks. */
extern const struct conformance_case end_shared_case;

/* Ends the program as soon as the running case has ended, by its failure; for signal handlers. */
void run_interrupt(int signal);

/* Whether it was called. */
bool run_interrupted(void);

/* Closes, kills and removes all that there is. */
void run_sweep(void);

/* The next case of all tables; NULL: there is no other. Begins with a NULL. */
const struct conformance_case *cases_next(const struct conformance_case *before);

/* The case of this name, or NULL. */
const struct conformance_case *cases_find(const char *name);

/* Why a case is not run against this server: a text that lasts until the next call, or NULL. */
const char *cases_why_not(const struct conformance_case *one);

/* Writes JUnit XML to the file at path. Returns false, and prints why, if it can't. */
bool junit_write(const char *path, const struct outcome *outcomes, size_t n);

#endif
