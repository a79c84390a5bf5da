/* bench/experiments/experiment.h: the questions */
#ifndef BENCH_EXPERIMENT_H
#define BENCH_EXPERIMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "clients/spec.h"
#include "common/number.h"
#include "probe/server.h"
#include "results/sample.h"

enum { EXPERIMENT_POINTS = 12 };

/* A figure that is drawn: one chart, with logarithmic axes. */
struct view {
    const char *name;    /* of the chart's files: "ping-cost" */
    const char *title;   /* the question, as a title */
    const char *y_label; /* without a unit that the numbers have: see figure_kind() */
    enum figure figure;
};

struct experiment {
    const char *name;     /* "ping" */
    const char *question; /* one sentence with a question mark */
    struct {
        const char *label, *before, *after; /* around it in a sentence: "Among", " clients" */
        double min, max;                    /* x is a whole number */
        enum number_kind kind;
        const char *const *words; /* what x = 0, 1, 2, … are called; NULL: they are numbers */
    } x;
    double points[2][EXPERIMENT_POINTS]; /* x of a small and of a full run, ended by 0 (a first 0
                                            counts) */
    struct view views[5]; /* ended by a NULL name; the first is the headline of the experiment */
    bool level;           /* x is no work for a server that knows who is ready: the baseline */
    struct view spectrum; /* a chart of all quantiles of its latencies, too; or all NULL */

    struct {
        enum load_kind kind;
        void (*fill)(double x, struct load_spec *spec); /* in what is not the same for all */
        double weight;        /* how long a sample is, compared with the others' */
        unsigned int besides; /* the kinds of servers that take part besides the six and --server */
        bool spare;           /* if there is no time for all, it may be left out */
        bool settles; /* before a sample, what the kernel frees late is waited for: see probe.h */
    } load;
};

extern const struct experiment experiments[];
extern const size_t experiments_count;
const struct experiment *experiment_find(const char *name); /* NULL: none */
/* What load a point is. max_clients: how many this server takes at once, as its startup line says.
 * seconds: how long to measure; spec->seconds may be longer. False: the server can't do it, and the
 * reason is in note, in a few words that fit on a chart ("one client at a time"). */
bool experiment_load(const struct experiment *experiment, const char *model,
                     unsigned int max_clients, double x, double seconds, struct load_spec *spec,
                     char note[160]);
/* The name of an x: "1,000", "64 KiB", or the experiment's word for it. */
const char *experiment_x(const struct experiment *experiment, double x, char text[NUMBER_TEXT]);
size_t experiment_points(const struct experiment *experiment, bool full, double *points);

#endif
