/* faults.h: the fault sweep: every call of every kind fails once, and from then on
 *
 * A scenario is what some clients do (list, put, chat, …). It is run once to count the calls the
 * server makes meanwhile, then once for each of these calls and each errno it can fail with. While
 * the call fails its client may be refused or lose its connection; nobody else may notice, and
 * afterwards everything has to be as it was. See sweep.c for the list of what is checked.
 */
#ifndef FAULTS_H
#define FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inject.h"

struct fault {
    enum inject_call call;
    uint32_t nth;
    int effect;
    bool on; /* from the nth call on; else only that one */
};

/* ---- effects.c: what can fail how ---- */

const char *call_name(enum inject_call call);
enum inject_call call_by_name(const char *name);

/* "EMFILE", "SHORT": the effects of a call in a model, separated by spaces. */
const char *call_effects(enum inject_call call, const char *model);
int effect_by_name(const char *name); /* 0: there is none */
const char *effect_name(int effect);

/* How many calls in a row can fail so at most: nobody is interrupted for ever. */
uint32_t effect_times(int effect);

/* Must no client notice? */
bool fault_is_invisible(const struct fault *fault);

bool fault_is_of_memory(const struct fault *fault);

/* ---- clients/scenarios.c: what clients do meanwhile ---- */

struct scenario {
    const char *name;
    const char *models; /* NULL: all */
    void (*run)(void);
    const char *requests; /* instead of run, of one client: "G small,Q"; P N NAME puts a new file */
    const char *with;     /* a second fault that is there already: "accept4:1:EMFILE" */

    /* For what happens only once to a server; NULL elsewhere. With before, each run has a new one.
     * Both run while no call fails. */
    void (*before)(void), (*after)(void);
    const char *calls; /* the only ones that fail, separated by spaces; NULL: all */
};

extern const struct scenario scenarios[]; /* name NULL ends it */
void scenario_run(const struct scenario *scenario);

/* ---- host*.c and sweep*.c: the server, a fault, and what holds afterwards ---- */

/* Stores what is wrong; only the first sentence is kept. */
void problem(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool has_problem(void);

/* Somebody has waited for a while: a fault without an end of its own ends here. */
void sweep_end_fault(void);

int sweep_port(void);
int sweep_descriptors(void); /* how many the server has open; -1: it is gone */
const char *sweep_model(void);
bool sweep_short_of_memory(void); /* any client that needs some may be closed, the witness too */
bool sweep_many_clients(void);    /* does the model serve several clients at once? */
void sweep_console(const char *line);
bool sweep_console_gone(void);          /* the fault was its end */
bool sweep_hides_entries(void);         /* the fault was that an entry can't be looked at */
const char *sweep_listing(size_t *len); /* of the folder as it is */
const unsigned char *sweep_new(const char *name, size_t n); /* bytes to put there */
void sweep_stored(bool stored);                             /* the server has replied OK, or ERR */
const unsigned char *sweep_file(const char *name, size_t *n);

/* What a sweep of one model has seen; in memory shared with the program that started it. */
struct sweep_totals {
    const char *model;
    unsigned long faults, failing, missed, violations, runs, spins, calls, places, planned;
    double seconds;
};

/* sample 0: all there are. only: NULL, or "CALL:N:EFFECT once|on SCENARIO". Returns whether there
 * was no violation. */
bool sweep_model_all(struct sweep_totals *totals, const char *library, unsigned int sample,
                     unsigned int seed, const char *only);

#endif
