/* ladder.h: the cases for a server under test, in stages that build on each other
 *
 * A stage has cases that need nothing beyond it. Each stage runs in a process of its own, all at
 * the same time, and ends with its first failure. Somebody who writes a server from nothing sees
 * which stages are complete, and what to write next.
 */
#ifndef CONFORMANCE_LADDER_H
#define CONFORMANCE_LADDER_H

#include "case_run.h"

struct ladder_stage {
    const char *title;
    const char *cases; /* names, separated by spaces, in the order in which they are run */
};

/* Ended by an entry without a title. */
extern const struct ladder_stage ladder_stages[];

enum { LADDER_STAGES = 13 };

/* One stage, while it is run and when it is reported. */
struct ladder_rung {
    const struct ladder_stage *stage;
    struct outcome *outcomes;
    size_t n; /* outcomes */
};

/* What is wanted besides the command. All zero is the usual. */
struct ladder_config {
    int only;           /* this stage only, from 1; 0: all */
    const char *greets; /* the model that the greeting has to name; NULL: any */
    const char *junit;  /* a file for JUnit XML; NULL: none */
};

/* Runs the ladder against the server of serverproc_template, and reports on standard output.
 * Returns the exit status: 0: all that applies has passed; 1: not; 2: it could not be run;
 * 4: nothing of the stage that was wanted applies. */
int ladder_run(const struct ladder_config *config);

/* The report; the model is that of suite. */
void ladder_report(const struct ladder_rung *rungs, size_t n);

/* Whether all that applies of a stage has passed, and something has. */
bool ladder_complete(const struct ladder_rung *rung);

/* Whether no case of it applies. */
bool ladder_empty(const struct ladder_rung *rung);

#endif
